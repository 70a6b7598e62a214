"""Whose a short stretch under another's talk is: judged once more from its own sound.

"Mm-hm" and "right" under somebody's talk last half a second, and the network of the voice
encoder hears what is around them: mostly the one who holds the floor.  So such a stretch is
embedded once more by itself, and so are pieces of talk of one person, from which each voice's
mean and the spread within a voice of so short sound are taken.  With the holder given, it goes
to another speaker where that one explains it clearly better.

Times are frames of the common grid; `hear_apart` runs the encoder, the rest is arithmetic.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from session_audio.backends.diarization.likelihood import USUAL_LENGTH, SpeakerLikelihood
from session_audio.backends.diarization.local_activity import FRAMES, RATE
from session_audio.backends.diarization.speech_activity import (
    Speech,
    drop_short,
    fill_gaps,
    runs,
)
from session_audio.backends.workers import over
from session_audio.schema import Audio

if TYPE_CHECKING:
    from session_audio.backends.embedding.base import VoiceEmbedding

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]

LEAST, LONGEST = 15, 150
"""Frames of a stretch that is judged again (ours)."""
HEARD = 40
"""Frames that are embedded at least: a shorter stretch with some of its surroundings."""
PIECE = 50
"""Frames of a piece of one person's talk."""
MOST_PIECES, PIECES_A_SECOND = 240, 0.5
"""Pieces that are embedded of a recording at most, spread evenly, and of a second of it (ours)."""
TOGETHER_HEARD = 16
"""Stretches that the encoder takes at once."""
MIN_PIECES = 3
"""Pieces of a speaker from which their mean is their own."""
PAUSE = 30
"""Frames up to which a speaker's pause does not end a stretch (ours)."""
UNDER = 0.5
"""Share of a stretch that lies under others' talk."""
TOGETHER = 0.3
"""Share of it from which somebody else is heard in it already."""
SHRINKAGE = 1.0
"""Weight of an even spread beside the measured one: pieces are few."""
OWN_WEIGHT = 0.07
"""Weight of the log likelihood by a stretch's own sound (ours, measured) ..."""
LOCAL_WEIGHT = 0.5
"""... beside the mean log score of the segmentation's own speakers (ours, measured)."""
MARGIN = 1.0
"""By how much another speaker must be likelier than the one who was found (ours, measured: 0.5
to 1.5 give the same): of a stretch that its own sound does not tell, nothing changes."""


@dataclass(frozen=True)
class StretchEmbeddings:
    """Stretches that the encoder heard by themselves."""

    spans: NDArray[np.int64]
    """First frame and the one after the last, in order, shape (n, 2)."""
    vectors: NDArray[np.float32]
    """Unit rows, shape (n, d); NaN where a stretch is silent."""


@dataclass(frozen=True)
class HeardApart:
    """What is needed to judge short stretches again."""

    overlaps: StretchEmbeddings
    """Where two or more talk."""
    pieces: StretchEmbeddings
    """Talk of one person."""


def hear_apart(
    audio: Audio, speech: Speech, encoder: VoiceEmbedding, threads: int = 0
) -> HeardApart:
    """Embed short overlaps, and pieces of talk of one person, each by itself.

    Parameters
    ----------
    audio : Audio
        At 16 kHz.
    speech : Speech
    encoder : VoiceEmbedding
    threads : int
        Stretches heard beside each other; 0 for one a processor.
    """
    overlaps = [
        _widened(a, b, len(speech.count))
        for a, b in zip(*runs(speech.count >= 2), strict=True)
        if b - a <= LONGEST
    ]
    pieces: list[tuple[int, int]] = []
    if overlaps:
        for a, b in zip(*runs(speech.count == 1), strict=True):
            pieces += [(s, s + PIECE) for s in range(a, b - PIECE + 1, PIECE)]
        most = min(MOST_PIECES, round(PIECES_A_SECOND * audio.duration))
        spread = np.linspace(0, len(pieces) - 1, min(most, len(pieces)))
        pieces = [pieces[k] for k in spread.round().astype(int)]

    def embed(spans: Sequence[tuple[int, int]]) -> NDArray[np.float32]:
        return encoder.embed_each([_sound(audio, *span) for span in spans])

    def heard(spans: Sequence[tuple[int, int]]) -> StretchEmbeddings:
        some = [spans[k : k + TOGETHER_HEARD] for k in range(0, len(spans), TOGETHER_HEARD)]
        rows = [np.zeros((0, encoder.dimension), np.float32), *over(embed, some, threads)]
        return StretchEmbeddings(np.array(spans, np.int64).reshape(-1, 2), np.concatenate(rows))

    return HeardApart(heard(overlaps), heard(pieces))


def _sound(audio: Audio, start: int, end: int) -> NDArray[np.float32]:
    """The frames from `start` to `end`; zeros beyond the recording's end."""
    sound = audio.read(start / FRAMES, end / FRAMES)
    return np.pad(sound, (0, max(0, (end - start) * (RATE // FRAMES) - len(sound))))


def _widened(start: int, end: int, frames: int) -> tuple[int, int]:
    """At least `HEARD` frames around the middle of a stretch, held within the recording."""
    more = max(0, HEARD - (end - start))
    begin = max(0, min(start - more // 2, frames - max(HEARD, end - start)))
    return begin, min(frames, begin + max(HEARD, end - start))


def judge_again(
    active: Bools,
    first: NDArray[np.signedinteger[Any]],
    centroids: Floats,
    local: NDArray[np.float32],
    apart: HeardApart,
) -> tuple[Bools, NDArray[np.signedinteger[Any]]]:
    """Give each short stretch under another's talk to whom it fits best; the arrays are new.

    Parameters
    ----------
    active : ndarray, shape (frames, speakers)
        Who talks.
    first : ndarray, shape (frames,)
        The speaker of the exclusive diarization.
    centroids : ndarray, shape (speakers, d)
        Unit rows.
    local : ndarray, shape (frames, speakers)
        Scores of the local speakers mapped to speakers.
    apart : HeardApart
    """
    active, first = active.copy(), first.copy()
    if active.shape[1] < 3 or not len(apart.overlaps.spans):
        return active, first  # of two speakers the other is the other
    own = _OwnSound.of(active, centroids, apart.pieces)
    smooth = np.stack([drop_short(fill_gaps(a, FRAMES // 10), FRAMES // 20) for a in active.T], 1)
    for start, end, who in _short(smooth):
        vector = _heard_at(start, end, apart.overlaps)
        if vector is None:
            continue
        heard = smooth[start:end].mean(axis=0)
        heard[who] = 0.0
        holder = int(heard.argmax())
        score = OWN_WEIGHT * own.pairs(vector)[holder]
        score += LOCAL_WEIGHT * np.log(local[start:end] + 0.03).mean(axis=0)
        score[who] += MARGIN
        score[heard > TOGETHER] = -np.inf
        score[holder] = -np.inf
        best = int(score.argmax())
        if best != who:
            here = slice(start, end)
            active[here, best] |= active[here, who]
            active[here, who] = False
            first[here][first[here] == who] = best
    return active, first


def _short(smooth: Bools) -> list[tuple[int, int, int]]:
    """Short stretches under others' talk: start, end and speaker, in order."""
    out = []
    for who in range(smooth.shape[1]):
        others: Bools = np.asarray(np.delete(smooth, who, axis=1).any(axis=1))
        for a, b in zip(*runs(fill_gaps(smooth[:, who], PAUSE)), strict=True):
            if LEAST <= b - a <= LONGEST and others[a:b].mean() >= UNDER:
                out.append((int(a), int(b), who))
    return sorted(out)


def _heard_at(start: int, end: int, overlaps: StretchEmbeddings) -> NDArray[np.float32] | None:
    """The embedding of the overlap that fills half of a stretch; None where none does."""
    shared = np.minimum(end, overlaps.spans[:, 1]) - np.maximum(start, overlaps.spans[:, 0])
    k = int(shared.argmax())
    vector: NDArray[np.float32] = overlaps.vectors[k]
    return None if 2 * shared[k] < end - start or not np.isfinite(vector).all() else vector


def _alone(active: Bools) -> int:
    """Who talks throughout, and nobody else; -1 where that is nobody."""
    talks = np.flatnonzero(active.any(axis=0))
    return int(talks[0]) if len(talks) == 1 and active[:, talks[0]].all() else -1


@dataclass(frozen=True)
class _OwnSound:
    """Speakers' means of pieces heard by themselves, whitened."""

    whitened: Floats
    """Shape (d, speakers)."""
    gram: Floats
    """Shape (speakers, speakers)."""

    @classmethod
    def of(cls, active: Bools, centroids: Floats, pieces: StretchEmbeddings) -> _OwnSound:
        """From pieces in which one speaker, and no other, talks throughout."""
        known = np.isfinite(pieces.vectors).all(axis=1)
        spans, vectors = pieces.spans[known], pieces.vectors[known].astype(np.float64)
        whose = np.array([_alone(active[a:b]) for a, b in spans], dtype=np.int64)
        means = USUAL_LENGTH * centroids.astype(np.float64)
        for k in range(len(means)):
            if (whose == k).sum() >= MIN_PIECES:
                means[k] = vectors[whose == k].mean(axis=0)
        even = np.eye(centroids.shape[1])
        covariance = even
        if (whose >= 0).any():
            rest = vectors[whose >= 0] - means[whose[whose >= 0]]
            measured = rest.T @ rest / len(rest)
            level = max(float(np.trace(measured)) / len(measured), 1e-6)
            covariance = (measured + SHRINKAGE * level * even) / (1.0 + SHRINKAGE)
        whitened = np.linalg.solve(covariance, means.T).astype(np.float64)
        return cls(whitened, means @ whitened)

    def pairs(self, vector: NDArray[np.float32]) -> NDArray[np.float32]:
        """Log likelihood of each pair for one stretch, shape (speakers, speakers)."""
        products = (vector.astype(np.float64) @ self.whitened)[None].astype(np.float32)
        likelihood = SpeakerLikelihood(products, self.gram.astype(np.float32))
        return np.asarray(likelihood.log_likelihood_pair(np.zeros(1, np.int64))[0])
