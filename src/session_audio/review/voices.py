"""The voices of a session for whoever names them: where they are heard best, what is doubtful."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from types import MappingProxyType

from session_audio.interval import Interval, difference, total, union
from session_audio.schema import UNATTRIBUTED, Diarization, Identification, SpeakerSegment
from session_audio.settings import IdentificationSettings

CLEAREST = 3
"""Stretches in which a voice is played."""
_SHORT, _LONG = 1.5, 8.0
"""Seconds that such a stretch lasts at least, where there is one, and at most (ours)."""
_APART = 0.05
"""Cosine by which a margin must exceed the threshold not to be called low (ours)."""
_SHORT_WORDS = 1.0
"""Median seconds of a label's stretches below which it may be everybody's short words (ours) ..."""
_MANY = 5
"""... from so many stretches on."""
_NOBODY: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True)
class Voice:
    """One of the diarizer's labels."""

    label: str
    participant: str
    how: str
    """``enrolled``, ``track``, ``given`` (a person said so) or ``unknown``."""
    seconds: float
    clearest: tuple[Interval, ...]
    warnings: tuple[str, ...]
    """Keys: ``unclaimed``, ``short_words``, ``low_margin``, ``like_other``."""
    like: str = ""
    """Whom it sounds more like, where that is another member."""


def voices_of(
    diarization: Diarization,
    people: Sequence[Identification],
    settings: IdentificationSettings,
    likely: Mapping[str, str] = _NOBODY,
) -> tuple[Voice, ...]:
    """Every voice, in the order they first speak.

    Parameters
    ----------
    diarization : Diarization
        By the diarizer's labels.
    people : sequence of Identification
    settings : IdentificationSettings
    likely : mapping of str to str
        Whom a label sounds more like, see `exchanged.by_voice`.
    """
    segments: dict[str, list[SpeakerSegment]] = {}
    for s in diarization.full:
        segments.setdefault(s.speaker, []).append(s)
    spans = {label: union(s.interval for s in own) for label, own in segments.items()}
    out = []
    for known in people:
        own = spans.get(known.label)
        if not own:
            continue
        out.append(
            Voice(
                known.label,
                str(known.participant),
                known.how,
                total(own),
                clearest(known.label, spans),
                (
                    *warnings(known, own, settings),
                    *(("like_other",) if known.label in likely else ()),
                ),
                likely.get(known.label, ""),
            )
        )
    return tuple(out)


def clearest(label: str, spans: Mapping[str, Sequence[Interval]]) -> tuple[Interval, ...]:
    """Where a voice is best heard alone: its longest stretches without anybody else, by time.

    Examples
    --------
    >>> alone = {"A": [Interval(0, 2), Interval(3, 20)], "B": [Interval(1.8, 2.5)]}
    >>> [(x.start, x.end) for x in clearest("A", alone)]
    [(0, 1.8), (3, 11.0)]
    """
    others = union(x for other, own in spans.items() if other != label for x in own)
    alone = difference(spans[label], others)
    ranked = sorted(alone, key=lambda x: -(x.end - x.start))
    long_enough = [x for x in ranked if x.end - x.start >= _SHORT] or ranked[:1]
    best = [Interval(x.start, min(x.end, x.start + _LONG)) for x in long_enough[:CLEAREST]]
    return tuple(sorted(best, key=lambda x: x.start))


def warnings(
    known: Identification, own: Sequence[Interval], settings: IdentificationSettings
) -> tuple[str, ...]:
    """What a reviewer should look at first, as keys."""
    out = []
    if known.how == "unknown" and known.participant != UNATTRIBUTED:
        out.append("unclaimed")
    if len(own) >= _MANY and median(x.end - x.start for x in own) < _SHORT_WORDS:
        out.append("short_words")
    margin = known.margin
    if known.how == "enrolled" and margin is not None and margin < settings.margin + _APART:
        out.append("low_margin")
    return tuple(out)
