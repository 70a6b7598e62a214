"""Turns, what happens between them, and turns as the classifier reads them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import BeforeValidator

from session_audio.interval import Interval
from session_audio.schema.labels import InteractionKind, ParticipantId, TargetLabel, TurnLabel
from session_audio.schema.notes import Reason


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
    language: str | None = None
    """Of its words, an ISO 639-1 code; ``und`` where it is none of those named, and has no text."""


@dataclass(frozen=True, slots=True)
class Interaction:
    """One backchannel, overlap or interruption.  `participant` came in, `holder` had the floor."""

    kind: InteractionKind
    start: float
    end: float
    participant: ParticipantId
    holder: ParticipantId | None
    confidence: float


MOST_CONTEXT = 3
"""Turns before a turn that the text classifier is given with it."""


@dataclass(frozen=True, slots=True)
class ContextTurn:
    """One line of context for the text classifier."""

    speaker: str
    role: str
    text: str


@dataclass(frozen=True, slots=True)
class TurnInContext:
    """One turn to be scored, with up to three before it.

    Where each turn of a conversation is to be scored, the turns before it are how the classifier
    knows that they follow one another: it reads them together.
    """

    id: str
    context: tuple[ContextTurn, ...]
    speaker: str
    role: str
    text: str

    @classmethod
    def at(cls, name: str, said: Sequence[ContextTurn], place: int) -> TurnInContext:
        """The turn at a place of a conversation, with those before it.

        >>> said = [ContextTurn(who, "member", "Hm.") for who in "ABCDE"]
        >>> [turn.speaker for turn in TurnInContext.at("5", said, 4).context]
        ['B', 'C', 'D']
        """
        own, before = said[place], tuple(said[max(0, place - MOST_CONTEXT) : place])
        return cls(name, before, own.speaker, own.role, own.text)


@dataclass(frozen=True, slots=True)
class TurnScores:
    """Calibrated probabilities of one turn; `scores` sum to 1, so do `targets`."""

    id: str
    label: TurnLabel
    target: TargetLabel
    scores: Mapping[str, float]
    targets: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Aftermath:
    """One person's talk before a moment and after it; None where there is nothing to measure."""

    who: ParticipantId
    share_before: float | None = None
    """Their share of everybody's talk in the window before, 0 to 1 ..."""
    share_after: float | None = None
    """... and after."""
    share_change: float | None = None
    """After minus before, -1 to 1, with its 95 % interval."""
    share_change_low: float | None = None
    share_change_high: float | None = None
    latency_before: float | None = None
    """Median seconds from the last speaker's end to their begin; below 0 where they overlap."""
    latency_after: float | None = None
    turn_length_before: float | None = None
    """Median seconds of their turns."""
    turn_length_after: float | None = None
    silent_for: float | None = None
    """Seconds until they are next heard; to the session's end when never again."""

    @property
    def share_fell(self) -> bool:
        """Whether the interval of the change of share lies below 0."""
        return self.share_change_high is not None and self.share_change_high < 0


@dataclass(frozen=True, slots=True)
class Flag:
    """A candidate moment: where to listen, and why.  Never a finding about a person."""

    kind: Literal["rupture", "repair"]
    subtype: Literal["withdrawal", "confrontation"] | None
    target: TargetLabel
    start: float
    """Seconds at which what is quoted begins."""
    end: float
    """Seconds at which the last of `turns` ends."""
    participant: ParticipantId
    """Who is quoted."""
    concerned: tuple[ParticipantId, ...]
    """Others whom the moment concerns, e.g. the one a put-down was aimed at."""
    turns: tuple[int, ...]
    """Every turn of the moment; some may begin before `start`."""
    score: float
    reasons: tuple[Reason, ...]
    quote: str
    """What `participant` said from `start` on: a turn, with their own next ones where nobody else
    spoke between."""
    aftermath: Annotated[Aftermath | None, BeforeValidator(lambda value: value or None)] = None
    """Of a rupture; None for a repair."""
    repair: int | None = None
    """Index in the flag list of the repair candidate that followed; None when none is listed."""
    review: Literal["", "yes", "no", "unsure"] = ""
    note: str = ""
    """What a person wrote of it."""
    marked: bool = False
    """Whether a person marked it, and not the software."""
