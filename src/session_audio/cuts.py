"""Cuts."""

from collections.abc import Sequence
from dataclasses import dataclass

from session_audio.boosting import InteractionModel
from session_audio.unit_context import Context


@dataclass(frozen=True, slots=True)
class Cut:
    """One."""

    holder: int
    incomer: int
    chance: float


def find_cuts(
    context: Context, is_backchannel: Sequence[bool], model: InteractionModel
) -> tuple[Cut, ...]:
    """Find."""
    return ()
