"""Who was cut off, by the trained model."""

from __future__ import annotations

from dataclasses import dataclass

from session_audio.turntaking.context import Context
from session_audio.turntaking.model import InteractionModel
from session_audio.turntaking.model.overlap_features import Readings, cut_rows


@dataclass(frozen=True, slots=True)
class Cut:
    """The unit `holder` was cut off by the unit `incomer` (positions), with its chance."""

    holder: int
    incomer: int
    chance: float


def find_cuts(context: Context, model: InteractionModel) -> tuple[Cut, ...]:
    """Every unit that the model takes to have been cut off, in order."""
    if not context.units:
        return ()
    found = cut_rows(Readings.of(context, model.tables))
    chances = model.cut.chances(found.rows)
    return tuple(
        Cut(int(holder), int(incomer), float(chance))
        for holder, incomer, chance in zip(found.holder, found.incomer, chances, strict=True)
        if chance >= model.cut.threshold
    )
