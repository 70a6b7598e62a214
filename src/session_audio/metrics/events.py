"""Counting events: each for how sure it is, and no kind that cannot be told from the input."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from session_audio.metrics.event_error import (
    Errors,
    count_interval,
    event_rate,
    likely_number,
    weight,
)
from session_audio.schema import Estimate, Interaction, InteractionKind, Measures

SUCCESSFUL: InteractionKind = "interruption_successful"
UNSUCCESSFUL: InteractionKind = "interruption_unsuccessful"


def counts_for(event: Interaction, measures: Measures) -> float | None:
    """What an event counts for in the numbers of `measures`; None where its kind is not told."""
    known = next((one for one in measures.event_kinds if one.kind == event.kind), None)
    if known is None:
        return 1.0
    return None if known.doubt else weight(event.confidence, known.sure)


@dataclass(frozen=True, slots=True)
class Events:
    """A session's interactions, and what is known of how well each kind is told."""

    interactions: Sequence[Interaction]
    errors: Errors

    def told(self, kind: InteractionKind) -> bool:
        """Whether this kind can be told from this input."""
        error = self.errors.get(kind)
        return error is None or error.doubt is None

    def of(
        self, kind: InteractionKind, participant: str | None = None, holder: str | None = None
    ) -> list[Interaction]:
        """Events of a kind, of one who came in, of one who held the floor."""
        return [
            event
            for event in self.interactions
            if event.kind == kind
            and (participant is None or event.participant == participant)
            and (holder is None or event.holder == holder)
        ]

    def number(
        self, kind: InteractionKind, participant: str | None = None, holder: str | None = None
    ) -> float | None:
        """How many of these events are likely right; None where the kind cannot be told."""
        if not self.told(kind):
            return None
        return likely_number(self._sure(kind, participant, holder), self.errors.get(kind))

    def interval(
        self, kind: InteractionKind, participant: str | None = None, holder: str | None = None
    ) -> tuple[float | None, float | None]:
        """95 % interval of how many there were; None where the kind cannot be told."""
        if not self.told(kind):
            return None, None
        return count_interval(len(self.of(kind, participant, holder)), self.errors.get(kind))

    def rate(
        self,
        kind: InteractionKind,
        seconds: float,
        participant: str | None = None,
        holder: str | None = None,
    ) -> Estimate:
        """Likely number per ten minutes; None without opportunity, or where it cannot be told."""
        if not self.told(kind):
            return Estimate(None)
        return event_rate(self._sure(kind, participant, holder), seconds, self.errors.get(kind))

    def _sure(
        self, kind: InteractionKind, participant: str | None, holder: str | None
    ) -> list[float]:
        return [event.confidence for event in self.of(kind, participant, holder)]
