"""Which voices are withheld, and which words go with them.

Two kinds are: the voice of somebody present whom consent leaves out (`Admission.left_out`,
`Admission.without_words`), and a **voice on nobody's list**, which has consented to nothing.

A voice is on nobody's list where others were told by name and it is nobody's: it is like no
enrolled member, and there are more such voices than people present who are not enrolled and
were not told.  Which of them is the stranger is not known, so all of them are withheld until
a person says under ``[speakers]`` whose they are.  Where nobody was told, voices stand for
themselves; only those beyond the number of people present, which spoke least, are withheld.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from session_audio.errors import ConsentError
from session_audio.interval import Interval, difference, total, union
from session_audio.schema import (
    UNATTRIBUTED,
    Admission,
    Diarization,
    Identification,
    ParticipantId,
    Session,
    SpeakerSegment,
    Word,
)
from session_audio.speakers.align import assign_speakers


@dataclass(frozen=True, slots=True)
class Withheld:
    """One voice that is withheld."""

    voice: str
    """The diarizer's label, or the id of somebody whose words came with their name."""
    participant: ParticipantId | None
    """Who lacks consent; None where it is nobody's, or may be somebody's who does;
    ``unattributed`` where it is too short to be told."""
    what: Literal["words", "all"]
    """Its words alone, or its speech too."""


def withheld(
    session: Session,
    admission: Admission,
    diarization: Diarization,
    identified: Sequence[Identification],
    enrolled: Collection[str],
) -> tuple[Withheld, ...]:
    """The voices that are withheld, in order; empty where all is as everybody consented.

    Parameters
    ----------
    session : Session
    admission : Admission
        Who is left out.
    diarization : Diarization
        With the labels of `identified`.
    identified : sequence of Identification
        Who each label is.
    enrolled : collection of str
        Ids of those present whose voice profile every label was compared with.

    Raises
    ------
    ConsentError
        When somebody is to be left out and no voice is told from the others'.
    """
    masked = dict.fromkeys(admission.left_out, "all")
    masked |= dict.fromkeys(admission.without_words, "words")
    told = {i.participant for i in identified if i.how != "unknown"} & set(session.attendance)
    unknown = [i for i in identified if _is_nobodys(i)]
    unheard = [who for who in masked if who not in told]
    if unheard and unknown and not told:
        raise ConsentError(
            f"{', '.join(unheard)} is to be left out, and no voice is told from the others'",
            session=session.id,
            stage="withhold",
            hint="Say under [speakers] whose voices they are, enrol those who consent to it, "
            "or leave the session out.",
        )
    hidden = {i.label for i in unknown} if unheard else set()
    hidden |= set(_on_nobodys_list(session, diarization, unknown, told, enrolled))
    out = [
        Withheld(i.label, i.participant, "all" if masked[i.participant] == "all" else "words")
        for i in identified
        if i.participant in masked
    ]
    out += [Withheld(i.label, None, "all") for i in identified if i.label in hidden]
    if out or masked:  # what is too short to be told may be theirs
        short = [i.label for i in identified if i.participant == UNATTRIBUTED]
        out += [Withheld(label, UNATTRIBUTED, "all") for label in short if label not in hidden]
    labels = {x.voice for x in out}
    out += [
        Withheld(who, who, "all" if what == "all" else "words")
        for who, what in masked.items()
        if who not in labels
    ]
    return tuple(out)


def _is_nobodys(one: Identification) -> bool:
    """Whether nobody said whose a voice is that is long enough to be told.

    That it is nobody's in particular, as a reviewer may say, makes it nobody's who consented.
    """
    if one.participant == UNATTRIBUTED:
        return one.how == "given"
    return one.how == "unknown"


def _on_nobodys_list(
    session: Session,
    diarization: Diarization,
    unknown: Sequence[Identification],
    told: Collection[str],
    enrolled: Collection[str],
) -> list[str]:
    """Labels of voices that nobody on the attendance list can be."""
    if not told:
        surplus = max(0, len(unknown) - len(session.attendance))
        by_length = sorted(unknown, key=lambda i: total(spans(diarization, [i.label])))
        return [i.label for i in by_length[:surplus]]
    compared = any(i.similarity is not None for i in unknown)
    possible = [
        who for who in session.attendance if who not in told and not (compared and who in enrolled)
    ]
    return [i.label for i in unknown] if len(unknown) > len(possible) else []


def spans(diarization: Diarization, labels: Collection[str]) -> list[Interval]:
    """When the voices with `labels` speak, sorted and disjoint."""
    return union(s.interval for s in diarization.full if s.speaker in labels)


def kept_words(
    words: Iterable[Word], found: Sequence[Withheld], diarization: Diarization
) -> tuple[Word, ...]:
    """`words` without those of the voices in `found`, or that nobody is known to have said.

    Parameters
    ----------
    words : iterable of Word
        With or without speakers.
    found : sequence of Withheld
    diarization : Diarization
        By the diarizer's labels.  A word that has no speaker of its own goes where one of the
        voices speaks at its middle, even under another's.

    Raises
    ------
    ConsentError
        When words have no speaker and it is not known who spoke when.

    Examples
    --------
    >>> from session_audio.schema import SpeakerSegment
    >>> spoken = (SpeakerSegment(0.0, 1.0, "S01"), SpeakerSegment(1.0, 3.0, "S02"))
    >>> words = [Word(0.2, 0.6, "yes"), Word(1.8, 2.2, "but")]
    >>> gone = [Withheld("S02", None, "all")]
    >>> [w.text for w in kept_words(words, gone, Diarization(spoken, spoken))]
    ['yes']
    """
    given = list(words)
    if not found:
        return tuple(given)
    if not diarization.full and any(word.speaker is None for word in given):
        raise ConsentError(
            "some words are not to be shown, and it is not known who said which",
            stage="withhold",
            hint="Give a transcript with speakers, or leave the session out.",
        )
    gone = {x.voice for x in found} | {x.participant for x in found} | {UNATTRIBUTED}
    speaks = spans(diarization, {x.voice for x in found})
    out = []
    for word, aligned in zip(
        sorted(given, key=lambda w: (w.start, w.end)),
        assign_speakers(given, diarization),
        strict=True,
    ):
        middle = (word.start + word.end) / 2
        under = word.speaker is None and any(s.start <= middle < s.end for s in speaks)
        if aligned.speaker not in gone and not under:
            out.append(word)
    return tuple(out)


def speech_of(words: Iterable[Word]) -> tuple[SpeakerSegment, ...]:
    """Who speaks when by `words` that came with their speakers, in order.

    Examples
    --------
    >>> said = [Word(0.0, 0.5, "so", "P01"), Word(0.5, 1.0, "yes", "P01")]
    >>> [(s.start, s.end, s.speaker) for s in speech_of([*said, Word(2.0, 3.0, "hm", "P02")])]
    [(0.0, 1.0, 'P01'), (2.0, 3.0, 'P02')]
    """
    pieces: dict[str, list[Interval]] = {}
    for word in words:
        if word.speaker is not None:
            pieces.setdefault(word.speaker, []).append(Interval(word.start, word.end))
    spoken = (
        SpeakerSegment(x.start, x.end, who) for who, own in pieces.items() for x in union(own)
    )
    return tuple(sorted(spoken, key=lambda s: (s.start, s.end)))


def as_nobodys(diarization: Diarization, found: Sequence[Withheld]) -> Diarization:
    """`diarization` with nobody for those who are withheld whole and stand in it by their id."""
    gone = {x.participant for x in found if x.what == "all" and x.voice == x.participant}
    full, exclusive = (
        tuple(replace(s, speaker=UNATTRIBUTED) if s.speaker in gone else s for s in kind)
        for kind in (diarization.full, diarization.exclusive)
    )
    return replace(diarization, full=full, exclusive=exclusive)


def hidden(
    identified: Sequence[Identification], found: Sequence[Withheld]
) -> tuple[Identification, ...]:
    """`identified` with nobody for the voices that are withheld whole."""
    gone = {x.voice for x in found if x.what == "all"}
    return tuple(
        Identification(i.label, UNATTRIBUTED, None, None, "unknown") if i.label in gone else i
        for i in identified
    )


def without_speech(diarization: Diarization, found: Sequence[Withheld]) -> Diarization:
    """`diarization` without the speech of the voices that are withheld whole."""
    gone = {x.voice for x in found if x.what == "all"}
    return replace(
        diarization,
        full=tuple(s for s in diarization.full if s.speaker not in gone),
        exclusive=tuple(s for s in diarization.exclusive if s.speaker not in gone),
    )


def no_longer(before: Iterable[Interval], now: Iterable[Interval]) -> float:
    """Seconds that were withheld `before` and are not `now`."""
    return total(difference(union(before), union(now)))
