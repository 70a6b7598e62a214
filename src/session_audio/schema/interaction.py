"""Turns, what happens between them, and turns as the classifier reads them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from session_audio.interval import Interval
from session_audio.schema.labels import InteractionKind, ParticipantId, TargetLabel, TurnLabel


@dataclass(frozen=True, slots=True)
class Turn:
    """A participant's turn: their speech until somebody else's turn begins.

    `responds_to` is the participant whom it answers, or None.
    `word_count` is None where there is no transcript.
    """

    index: int
    start: float
    end: float
    participant: ParticipantId
    text: str = ""
    responds_to: ParticipantId | None = None
    response_confidence: float | None = None
    word_count: int | None = None
    speech: tuple[Interval, ...] = ()
    """Its inter-pausal units."""
    backchannel: bool = False
    """True for a listener's backchannel: listed so that no speech is lost, never counted
    as a turn."""
    backchannel_confidence: float | None = None
    """Confidence in [0, 1] that it is one, or (where `backchannel` is False) that it might be."""


@dataclass(frozen=True, slots=True)
class Interaction:
    """One backchannel, overlap or interruption.  `participant` came in, `holder` had the floor."""

    kind: InteractionKind
    start: float
    end: float
    participant: ParticipantId
    holder: ParticipantId | None
    confidence: float


@dataclass(frozen=True, slots=True)
class ContextTurn:
    """One line of context for the text classifier."""

    speaker: str
    role: str
    text: str


@dataclass(frozen=True, slots=True)
class TurnInContext:
    """One turn to be scored, with up to three before it."""

    id: str
    context: tuple[ContextTurn, ...]
    speaker: str
    role: str
    text: str


@dataclass(frozen=True, slots=True)
class TurnScores:
    """Calibrated probabilities of one turn; `scores` sum to 1, so do `targets`."""

    id: str
    label: TurnLabel
    target: TargetLabel
    scores: Mapping[str, float]
    targets: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Flag:
    """A candidate moment: where to listen, and why.  Never a finding about a person."""

    kind: Literal["rupture", "repair"]
    subtype: Literal["withdrawal", "confrontation"] | None
    target: TargetLabel
    start: float
    end: float
    participant: ParticipantId
    concerned: tuple[ParticipantId, ...]
    """Others whom the moment concerns, e.g. the one a put-down was aimed at."""
    turns: tuple[int, ...]
    score: float
    reasons: tuple[str, ...]
    """Keys and numbers worded by the report, e.g. ``"laughter_followed"``, ``"lapse:4.2"``."""
    quote: str
    aftermath: Mapping[str, float | str | None] = field(default_factory=dict)
    repair: int | None = None
    """Index in the flag list of the repair candidate that followed; None when none came."""
    review: Literal["", "yes", "no", "unsure"] = ""
