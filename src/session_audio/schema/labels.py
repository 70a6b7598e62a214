"""Ids and the words that values are labelled with."""

from __future__ import annotations

from typing import Literal, NewType

ParticipantId = NewType("ParticipantId", str)
SpeakerLabel = NewType("SpeakerLabel", str)

UNATTRIBUTED = ParticipantId("unattributed")
"""Stands for speech by nobody known.  It is shown apart and is never ranked."""

Role = Literal["therapist", "co_therapist", "member", "observer"]
Purpose = Literal[
    "recording",
    "transcription",
    "analysis",
    "moments",
    "voiceprint",
    "member_report",
    "leaving",
    "research",
]
InteractionKind = Literal[
    "backchannel",
    "interruption_successful",
    "interruption_unsuccessful",
    "cooperative_overlap",
    "terminal_overlap",
    "dual_start",
]
TurnLabel = Literal["none", "withdrawal", "confrontation", "repair"]
TargetLabel = Literal["therapist", "member", "group", "none"]

THERAPIST_ROLES: frozenset[str] = frozenset({"therapist", "co_therapist"})
