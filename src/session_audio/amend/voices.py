"""Who speaks: voices named, joined and split, stretches given to somebody else or to nobody.

Works on the diarizer's labels, before they become participants, so that what is decided of a
voice holds for all that it says.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace

from session_audio.amend.in_files import FITS, shared
from session_audio.amend.mending import mended
from session_audio.interval import exceeds
from session_audio.schema import (
    UNATTRIBUTED,
    Diarization,
    Identification,
    ParticipantId,
    SpeakerSegment,
    Word,
)
from session_audio.turntaking.ipu import NEAR
from session_audio.workspace.review_file import Operation

Span = tuple[float, float]
_CRUMB = 0.3
"""Seconds: what a stretch would leave of a segment at its edge goes with it (ours)."""


@dataclass(frozen=True)
class Spoken:
    """Who speaks when by the diarizer's labels, whose each label is, and words by label."""

    diarization: Diarization
    people: tuple[Identification, ...]
    words: tuple[Word, ...]

    def person(self, label: str) -> str:
        """The participant that a label stands for; the label where nobody decided."""
        return next((str(i.participant) for i in self.people if i.label == label), label)

    def said_by(self, label: str) -> list[SpeakerSegment]:
        """The segments of a label."""
        return [s for s in self.diarization.full if s.speaker == label]

    def words_in(self, own: Callable[[str], bool], span: Span) -> list[int]:
        """Which words the labels `own` say in `span`, as turns have them.

        A word's time may lie a little outside its label's speech: it is where that speech is.
        """
        low, high = span[0] - NEAR, span[1] + NEAR
        speech: dict[str, list[SpeakerSegment]] = {}
        out: list[int] = []
        for k, w in enumerate(self.words):
            if w.end < low or w.start > high or w.speaker is None or not own(w.speaker):
                continue
            if w.speaker not in speech:
                speech[w.speaker] = sorted(self.said_by(w.speaker))
            at = _place(w, speech[w.speaker])
            if not exceeds(span[0], at) and not exceeds(at, span[1]):
                out.append(k)
        return out

    @property
    def labels(self) -> tuple[str, ...]:
        """Every label, of segments and of words."""
        spoken = [w.speaker for w in self.words if w.speaker]
        return tuple(dict.fromkeys([*self.diarization.speakers, *spoken]))


def amended(spoken: Spoken, operations: Sequence[Operation], present: Collection[str]) -> Spoken:
    """`spoken` after `operations`, in order; each is marked with whether it fits.

    Parameters
    ----------
    spoken : Spoken
        As the software found it.
    operations : sequence of dict
        Those of `operations.SPEECH`; ``fits`` is set in each.
    present : collection of str
        Ids of the participants who were there: nobody else can be named.
    """
    for o in operations:
        changed = _DO[o["do"]](spoken, o, present)
        o["fits"] = changed is not None
        spoken = spoken if changed is None else changed
    return _without_the_silent(spoken) if operations else spoken


def _without_the_silent(spoken: Spoken) -> Spoken:
    """Without labels that nothing is left of."""
    heard = set(spoken.labels)
    return replace(spoken, people=tuple(i for i in spoken.people if i.label in heard))


# --- voices


def _name(spoken: Spoken, o: Operation, present: Collection[str]) -> Spoken | None:
    label = _voice(spoken, o)
    if label is None:
        return None
    to = str(o["to"])
    if to in spoken.labels and to not in present:
        return _moved(spoken, lambda other: other == label, (0.0, float("inf")), to)
    known = _known(label, to, present)
    return None if known is None else _with(spoken, known)


def _known(label: str, to: str, present: Collection[str]) -> Identification | None:
    """That a person said whose `label` is; None where that one was not there."""
    if to not in present and to != UNATTRIBUTED:
        return None
    return Identification(label, ParticipantId(to), None, None, "given")


def _with(spoken: Spoken, known: Identification) -> Spoken:
    if known.label not in {i.label for i in spoken.people}:
        return replace(spoken, people=(*spoken.people, known))
    return replace(
        spoken, people=tuple(known if i.label == known.label else i for i in spoken.people)
    )


def _voice(spoken: Spoken, o: Operation) -> str | None:
    """The label that speaks where the operation's voice did when it was made."""
    like = [(float(a), float(b)) for a, b in o.get("like") or []]
    label = str(o["voice"])
    if not like:
        return label if label in spoken.labels else None
    met = {known: sum(shared(s, like) for s in spoken.said_by(known)) for known in spoken.labels}
    best = max(met, key=lambda known: (met[known], known == label), default=None)
    enough = FITS * sum(b - a for a, b in like)
    return best if best is not None and met[best] >= enough else None


def _split(spoken: Spoken, o: Operation, present: Collection[str]) -> Spoken | None:
    label, since = _voice(spoken, o), float(o["since"])
    if label is None:
        return None
    new = _new_label(label, spoken)
    to = str(o.get("to") or new)
    known = (
        Identification(new, ParticipantId(new), None, None, "unknown")
        if to == new
        else _known(new, to, present)
    )
    moved = _moved(spoken, lambda other: other == label, (since, float("inf")), new)
    return None if moved is None or known is None else _with(moved, known)


def _new_label(label: str, spoken: Spoken) -> str:
    count = 2
    while f"{label}.{count}" in spoken.labels:
        count += 1
    return f"{label}.{count}"


# --- stretches


def _give(spoken: Spoken, o: Operation, present: Collection[str]) -> Spoken | None:
    to = str(o["to"])
    label = next((i.label for i in spoken.people if str(i.participant) == to), None)
    if label is None:
        label = to
        if to not in spoken.labels or to == UNATTRIBUTED:
            known = _known(label, to, present)
            if known is None:
                return None
            spoken = _with(spoken, known)
    return _picked(spoken, o, label)


def _noise(spoken: Spoken, o: Operation, _: Collection[str]) -> Spoken | None:
    return _picked(spoken, o, None)


def _picked(spoken: Spoken, o: Operation, to: str | None) -> Spoken | None:
    span = (float(o["start"]), float(o["end"]))
    who = _speaker(spoken, str(o["from"]), span)
    if who is None:
        return None
    return _moved(spoken, lambda label: spoken.person(label) == who, span, to)


def _speaker(spoken: Spoken, who: str, span: Span) -> str | None:
    """`who`, where they speak in `span`; else whoever speaks most in it."""
    seconds: dict[str, float] = {}
    for s in spoken.diarization.full:
        own = spoken.person(s.speaker)
        seconds[own] = seconds.get(own, 0.0) + shared(s, (span,))
    for k in spoken.words_in(lambda _: True, span):
        w = spoken.words[k]
        own = spoken.person(str(w.speaker))
        seconds[own] = seconds.get(own, 0.0) + (w.end - w.start) * 1e-3
    if seconds.get(who, 0.0) > 0:
        return who
    best = max(seconds, key=lambda one: seconds[one], default=None)
    return best if best is not None and seconds[best] > 0 else None


def _moved(spoken: Spoken, own: Callable[[str], bool], span: Span, to: str | None) -> Spoken | None:
    """What the labels `own` say in `span` under the label `to`, or gone; None where nothing is."""
    full, met = _cut(spoken.diarization.full, own, span, to)
    exclusive, _ = _cut(spoken.diarization.exclusive, own, span, to)
    words = list(spoken.words)
    for k in reversed(spoken.words_in(own, span)):
        met = True
        words[k : k + 1] = [] if to is None else [replace(words[k], speaker=to)]
    if not met:
        return None
    diarization = replace(spoken.diarization, full=full, exclusive=exclusive)
    return replace(spoken, diarization=diarization, words=tuple(words))


def _cut(
    segments: Sequence[SpeakerSegment], own: Callable[[str], bool], span: Span, to: str | None
) -> tuple[tuple[SpeakerSegment, ...], bool]:
    """`segments` with those of `own` cut at the edges of `span`; whether any lay in it."""
    out: list[SpeakerSegment] = []
    met = False
    for s in segments:
        low, high = max(s.start, span[0]), min(s.end, span[1])
        if not own(s.speaker) or high <= low:
            out.append(s)
            continue
        met = True
        low = s.start if low - s.start < _CRUMB else low
        high = s.end if s.end - high < _CRUMB else high
        out += [SpeakerSegment(s.start, low, s.speaker)] if low > s.start else []
        out += [SpeakerSegment(high, s.end, s.speaker)] if high < s.end else []
        out += [SpeakerSegment(low, high, to)] if to is not None else []
    return tuple(sorted(out)), met


def _place(word: Word, speech: Sequence[SpeakerSegment]) -> float:
    """The middle of a word; where `speech` is, in order, when that is near."""
    middle = (word.start + word.end) / 2
    k = bisect_right(speech, middle, key=lambda s: s.start)
    places = [min(max(middle, s.start), s.end) for s in speech[max(0, k - 1) : k + 1]]
    nearest = min(places, key=lambda at: abs(at - middle), default=middle)
    return nearest if abs(nearest - middle) <= NEAR else middle


def _mend(spoken: Spoken, o: Operation, _: Collection[str]) -> Spoken | None:
    words = mended(spoken.words, o)
    return None if words is None else replace(spoken, words=words)


_DO = {"name": _name, "split": _split, "give": _give, "noise": _noise, "mend": _mend}
