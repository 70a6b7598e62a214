"""Cuts speech into chunks for a recogniser that always reads thirty seconds, and maps back.

The recogniser's cost is a chunk's, however little is said in it, so long silences are left
out and chunks are filled; a chunk is cut in the longest silence of its last part, so that
sentences stay whole.  All times are in seconds.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from session_audio.interval import Interval


@dataclass(frozen=True, slots=True)
class Chunk:
    """Stretches of a recording that are decoded together, one after the other.

    Examples
    --------
    >>> chunk = Chunk((Interval(10.0, 12.0), Interval(20.0, 21.0)))
    >>> chunk.duration, chunk.original(2.5)
    (3.0, 20.5)
    """

    pieces: tuple[Interval, ...]

    @property
    def duration(self) -> float:
        """Seconds of sound in it."""
        return sum(p.end - p.start for p in self.pieces)

    def original(self, time: float) -> float:
        """Time in the recording of `time` seconds into the chunk, held within its pieces."""
        starts = [0.0]
        for piece in self.pieces:
            starts.append(starts[-1] + piece.end - piece.start)
        index = min(max(0, bisect_right(starts, time) - 1), len(self.pieces) - 1)
        piece = self.pieces[index]
        return min(max(piece.start, piece.start + time - starts[index]), piece.end)


def make_chunks(
    speech: Sequence[Interval],
    duration: float,
    longest: float = 28.0,
    pad: float = 0.2,
    keep: float = 1.0,
) -> list[Chunk]:
    """Group `speech` into chunks of at most `longest` seconds.

    Parameters
    ----------
    speech : sequence of Interval
        Sorted, disjoint, none longer than `longest`.
    duration : float
        Of the recording, seconds.
    longest : float
        Most sound in one chunk, silences kept inside included.
    pad : float
        Silence left around each piece.
    keep : float
        Silences up to this stay as they are; longer ones are cut out but for the pads.

    Returns
    -------
    list of Chunk
        In order; every stretch of speech is in exactly one.
    """
    out: list[Chunk] = []
    waiting = list(speech)
    while waiting:
        taken = 1
        while taken < len(waiting) and _length(waiting[: taken + 1], pad, keep) <= longest:
            taken += 1
        if taken < len(waiting) and taken > 1:
            # The longest pause in the last third is the best place to stop.
            first = max(1, taken - max(1, taken // 3))
            gaps = {i: waiting[i].start - waiting[i - 1].end for i in range(first, taken + 1)}
            taken = max(gaps, key=lambda i: (gaps[i], i))
        out.append(Chunk(_pieces(waiting[:taken], duration, pad, keep)))
        waiting = waiting[taken:]
    return out


def _length(speech: Sequence[Interval], pad: float, keep: float) -> float:
    """Sound that a chunk of `speech` would hold."""
    gaps = (b.start - a.end for a, b in pairwise(speech))
    inside = sum(gap if gap <= keep else 2 * pad for gap in gaps)
    return sum(s.end - s.start for s in speech) + inside + 2 * pad


def _pieces(
    speech: Sequence[Interval], duration: float, pad: float, keep: float
) -> tuple[Interval, ...]:
    """The stretches to read: padded, and joined over short silences."""
    joined: list[Interval] = []
    for stretch in speech:
        if joined and stretch.start - joined[-1].end <= keep:
            joined[-1] = Interval(joined[-1].start, stretch.end)
        else:
            joined.append(stretch)
    return tuple(Interval(max(0.0, s.start - pad), min(duration, s.end + pad)) for s in joined)
