"""Times of a transcript or a diarization that cannot be those of a session.

A session lasts at most a day.  Times in milliseconds are told by how slowly words would be
spoken; what overlaps by less than the times are exact is brought to touch.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import pairwise

from session_audio.errors import FormatError
from session_audio.formats.utterance import Faults, Utterance

LONGEST = 86_400.0
"""Seconds; no session is longer."""
SLOWEST = 0.05
"""Words a second below which times are not in seconds (ours; speech has 1 to 4, and in
milliseconds it would have some 0.003)."""
_ENOUGH = 20
"""Words from which that is judged."""
LONG_SILENCE = 3600.0
"""Seconds without a word that are told of: a pause of a session is shorter (ours)."""
ROUNDING = 0.05
"""Seconds of overlap that come of rounding, where times are given more exactly than that."""
UNITS = {"s": 1.0, "ms": 0.001}


def clock(seconds: float) -> str:
    """Seconds as people write a time.

    >>> clock(75), clock(3725.4)
    ('1:15', '1:02:05')
    """
    hours, rest = divmod(int(seconds), 3600)
    minutes, whole = divmod(rest, 60)
    return f"{hours}:{minutes:02d}:{whole:02d}" if hours else f"{minutes}:{whole:02d}"


def long_name(seconds: float) -> str:
    """A length that may be absurd.

    >>> long_name(90.0), long_name(1e6), long_name(1e300)
    ('90.0 s', '277.8 hours', '1e+300 s')
    """
    if seconds < LONGEST:
        return f"{seconds:.1f} s"
    return f"{seconds / 3600:,.1f} hours" if seconds < 1e9 else f"{seconds:.0e} s"


def check_length(end: float, name: str) -> None:
    """Refuse what runs longer than a day.

    Raises
    ------
    FormatError
        With what may be the matter.
    """
    if not end <= LONGEST:
        raise FormatError(
            f"{name} runs to {long_name(end)}; a session lasts at most {LONGEST / 3600:.0f} hours",
            hint="Are its times in milliseconds, or the time of day?",
        )


def checked(utterances: Iterable[Utterance], name: str, unit: str) -> list[Utterance]:
    """Utterances in seconds, in order of start.

    Parameters
    ----------
    utterances : iterable of Utterance
        With times as the file has them.
    name : str
        The file's.
    unit : str
        Of its times: ``"s"`` or ``"ms"``.

    Raises
    ------
    FormatError
        Naming every place with an impossible time.
    """
    faults, scale = Faults(name), UNITS[unit]
    out = []
    for u in utterances:
        end = u.start if u.end is None else u.end
        if not (math.isfinite(u.start) and math.isfinite(end)):
            faults.add(u.where, "a time is no number")
        elif u.start < 0:
            faults.add(u.where, "begins before 0")
        elif u.start > end:
            faults.add(u.where, "ends before it begins")
        else:
            until = None if u.end is None else u.end * scale
            out.append(replace(u, start=u.start * scale, end=until))
    faults.tell("Are the times from the start of the recording?")
    check_length(max((u.end or u.start for u in out), default=0.0), name)
    _check_pace(out, name)
    return sorted(out, key=lambda u: u.start)


def _check_pace(utterances: Sequence[Utterance], name: str) -> None:
    """Refuse times in which words would be spoken too slowly for seconds."""
    timed = [u for u in utterances if u.end is not None and u.end > u.start]
    words = sum(len(u.text.split()) for u in timed)
    lasts = sum(u.end - u.start for u in timed if u.end is not None)
    if words < _ENOUGH and utterances:
        words = sum(len(u.text.split()) for u in utterances)
        starts = [u.start for u in utterances]
        lasts = (max(starts) - min(starts)) / 10  # most of it may be silence
    if words >= _ENOUGH and words < SLOWEST * lasts:
        raise FormatError(
            f"{name}: at its times a word would take {lasts / words:.0f} s",
            hint='Are they in milliseconds? Then write times = "ms" under [transcript].',
        )


def touching(utterances: Sequence[Utterance]) -> tuple[list[Utterance], int]:
    """Utterances in order, and how many ended a rounding error after the next one began.

    Such an end is brought to the next one's start: it is no overlap, and no interruption.
    """
    exact = ROUNDING if any(_finer(u) for u in utterances) else 1.0
    out, brought = list(utterances), 0
    for k, (u, after) in enumerate(pairwise(utterances)):
        if u.end is None or u.speaker == after.speaker or not u.start < after.start < u.end:
            continue
        if u.end - after.start <= exact and after.start - u.start > exact:
            out[k] = replace(u, end=after.start)
            brought += 1
    return out, brought


def _finer(u: Utterance) -> bool:
    """Whether a time is given more exactly than in whole seconds."""
    return u.start % 1 != 0 or (u.end is not None and u.end % 1 != 0)


def silences(spans: Iterable[tuple[float, float]]) -> list[str]:
    """What is told of hours without a word."""
    notes, latest = [], 0.0
    for start, end in sorted(spans):
        if start - latest > LONG_SILENCE:
            notes.append(f"nothing is said from {clock(latest)} to {clock(start)}")
        latest = max(latest, end)
    return notes
