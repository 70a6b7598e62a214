"""Sessions written as a line of text, for tests: who talks when, to whom, and what is said.

A conversation is turns separated by ``|``; a turn is

    WHO START-END[,START-END ...] [>WHOM] [~] [words]

with times in seconds.  Several stretches are the turn's inter-pausal units; ``>WHOM`` is whom
it answers; ``~`` marks a backchannel.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from session_audio.interval import Interval
from session_audio.schema import (
    UNATTRIBUTED,
    Diarization,
    Group,
    Interaction,
    InteractionKind,
    Participant,
    ParticipantId,
    Recording,
    Role,
    Session,
    SpeakerSegment,
    Turn,
)

_TIMES = r"[\d.]+-[\d.]+"
_TURN = re.compile(
    rf"(?P<who>\S+)\s+(?P<times>{_TIMES}(?:,{_TIMES})*)"
    r"(?:\s+>(?P<whom>\S+))?(?P<back>\s+~)?(?:\s+(?P<words>.+))?"
)


def conversation(text: str) -> tuple[Turn, ...]:
    """The turns of a conversation written down, in order of start.

    `word_count` is None where no turn has words.

    Raises
    ------
    ValueError
        When a turn is not written as above.

    Examples
    --------
    >>> turns = conversation("A 0-2 What was it like? | B 1.8-3,3.4-5 >A Long. | A 4-4.5 ~ mm")
    >>> [(t.participant, t.start, t.end, t.responds_to, t.backchannel) for t in turns]
    [('A', 0.0, 2.0, None, False), ('B', 1.8, 5.0, 'A', False), ('A', 4.0, 4.5, None, True)]
    """
    drafts = []
    for written in filter(None, (part.strip() for part in text.split("|"))):
        match = _TURN.fullmatch(written)
        if match is None:
            raise ValueError(f"no turn: {written!r}; expected WHO START-END [>WHOM] [~] [words]")
        units = tuple(
            Interval(*(float(edge) for edge in times.split("-")))
            for times in match["times"].split(",")
        )
        drafts.append((units, match))
    drafts.sort(key=lambda draft: (draft[0][0].start, draft[0][-1].end))
    has_words = any(match["words"] for _, match in drafts)
    return tuple(
        Turn(
            index=k,
            start=units[0].start,
            end=units[-1].end,
            participant=ParticipantId(match["who"]),
            text=match["words"] or "",
            responds_to=ParticipantId(match["whom"]) if match["whom"] else None,
            word_count=_words(match["words"] or "") if has_words else None,
            speech=units,
            backchannel=bool(match["back"]),
        )
        for k, (units, match) in enumerate(drafts)
    )


def _words(text: str) -> int:
    """Words with a letter or digit in them."""
    return sum(any(character.isalnum() for character in word) for word in text.split())


def speech_of(turns: Sequence[Turn]) -> Diarization:
    """Who spoke when, by the turns' units; they may overlap."""
    segments = tuple(
        SpeakerSegment(unit.start, unit.end, turn.participant)
        for turn in turns
        for unit in turn.speech or (Interval(turn.start, turn.end),)
    )
    return Diarization(segments, segments)


def session_of(present: Sequence[str], roster: Sequence[str] = (), *, room: bool = True) -> Session:
    """A session of these people: ids that begin with T lead, those with O observe.

    Parameters
    ----------
    present, roster
        Ids; the roster is those present where it is not given.
    room
        Whether there is a recording of the room, so that a diarizer said who spoke.
    """
    roles: dict[str, Role] = {"T": "therapist", "O": "observer"}
    people = tuple(
        Participant(ParticipantId(who), who, roles.get(who[0], "member"))
        for who in roster or present
        if who != UNATTRIBUTED
    )
    return Session(
        "written",
        Path(),
        Group("written", "Written", Path(), people),
        date(2026, 3, 2),
        1,
        tuple(ParticipantId(who) for who in present),
        recordings=(Recording(Path("session.flac")),) if room else (),
    )


def events(text: str) -> tuple[Interaction, ...]:
    """Interactions written down: ``INCOMER cuts|tries|backs HOLDER START-END | ...``.

    Examples
    --------
    >>> [(e.kind, e.participant, e.holder, e.end) for e in events("B cuts A 1.8-2")]
    [('interruption_successful', 'B', 'A', 2.0)]
    """
    kinds: dict[str, InteractionKind] = {
        "cuts": "interruption_successful",
        "tries": "interruption_unsuccessful",
        "backs": "backchannel",
    }
    out = []
    for written in filter(None, (part.strip() for part in text.split("|"))):
        who, what, holder, times = written.split()
        start, end = (float(edge) for edge in times.split("-"))
        out.append(
            Interaction(kinds[what], start, end, ParticipantId(who), ParticipantId(holder), 0.5)
        )
    return tuple(out)
