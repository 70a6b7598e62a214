"""Small sessions for the tests of metrics."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

from session_audio.interval import Interval
from session_audio.metrics import measure
from session_audio.metrics.diarization_error import share_error
from session_audio.schema import (
    Group,
    Interaction,
    Measures,
    Participant,
    ParticipantId,
    Recording,
    Session,
    Turn,
)
from session_audio.settings import MetricSettings

IDS = ("T01", "P01", "P02", "P03")
QUICK = MetricSettings(resamples=100, shuffles=19)


def session(present: tuple[str, ...] = IDS, roster: tuple[str, ...] = IDS) -> Session:
    people = tuple(
        Participant(ParticipantId(i), i, "therapist" if i.startswith("T") else "member")
        for i in roster
    )
    group = Group("g", "Group", Path(), people)
    here = tuple(ParticipantId(i) for i in present)
    return Session("s", Path(), group, date(2026, 3, 2), 1, here)


def turn(index: int, who: str, start: float, end: float, to: str | None = None) -> Turn:
    return Turn(
        index,
        start,
        end,
        ParticipantId(who),
        responds_to=ParticipantId(to) if to else None,
        word_count=3,
        speech=(Interval(start, end),),
    )


def from_room(present: tuple[str, ...] = IDS) -> Session:
    """The session with one recording of the room, so that a diarizer said who spoke."""
    return replace(session(present), recordings=(Recording(Path("session.flac")),))


ERROR = share_error(0.25, 120.0)
"""Of one of four who talk alike for two minutes together."""


def event(kind: str, at: float, who: str, holder: str) -> Interaction:
    return Interaction(kind, at, at + 0.5, ParticipantId(who), ParticipantId(holder), 0.5)  # type: ignore[arg-type]


def run(turns: list[Turn], *events: Interaction, here: tuple[str, ...] = IDS) -> Measures:
    end = max((t.end for t in turns), default=0.0)
    return measure(session(here), turns, events, None, end, QUICK)
