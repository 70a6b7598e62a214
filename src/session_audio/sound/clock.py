"""Parts of one recording on one clock: what lies between them.  Needs no NumPy."""

from __future__ import annotations

from collections.abc import Sequence

from session_audio.errors import AudioError
from session_audio.interval import Interval
from session_audio.schema import Recording

_DAY = 86_400.0
_LONGEST = 12 * 3600.0
"""Seconds between two parts from which their order is taken for a mistake."""
_TO_THE_SECOND, _TO_THE_MINUTE = 2.0, 60.0
"""Seconds by which a time of day may be off."""


def cuts_between(parts: Sequence[Recording], durations: Sequence[float]) -> tuple[Interval, ...]:
    """What lies between parts, in seconds from the start of the first.

    Parameters
    ----------
    parts : sequence of Recording
        In order; with `start`, each begins at that second of the day (midnight may pass).
    durations : sequence of float
        Seconds of each.

    Raises
    ------
    AudioError
        When a part begins before the one before it ends, or half a day later.

    Examples
    --------
    >>> from pathlib import Path
    >>> one, two = Recording(Path("a"), start=64800.0), Recording(Path("b"), start=64870.0)
    >>> cuts_between([one, two], [60.0, 60.0])
    (Interval(start=60.0, end=70.0),)
    """
    cuts, at = [], 0.0
    for k in range(1, len(parts)):
        at += durations[k - 1]
        before, after = parts[k - 1].start, parts[k].start
        gap = 0.0
        if before is not None and after is not None:
            gap = (after - before) % _DAY - durations[k - 1]
            slack = _TO_THE_MINUTE if after % 60 == 0 else _TO_THE_SECOND
            if gap < -slack or gap > _LONGEST:
                raise AudioError(
                    f"part {k + 1} would begin {abs(gap):.0f} s "
                    f"{'before' if gap < 0 else 'after'} the end of part {k}",
                    hint="Check `start` in session.toml, and that the parts are listed in the "
                    "order in which they were recorded.",
                )
        cuts.append(Interval(at, at + max(0.0, gap)))
        at = cuts[-1].end
    return tuple(cuts)
