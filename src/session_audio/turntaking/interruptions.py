"""Who was interrupted, by the trained model.

A unit's speaker was interrupted when they left it unfinished because another, the incomer,
came in: the label ``%-`` of the MRDA corpus (Shriberg et al. 2004), on which the model
learned.  The limit is the probability that the model's file keeps as ``threshold`` of
``cut``, or as ``when_recognised`` where a recogniser wrote the words.  Without the model,
`interactions` goes by rules.

Whoever begins in the silence after a question answers it: where the words end in a question mark
nobody is told to have cut in then (on the labelled meetings 4 of 27 such were interruptions).
"""

from __future__ import annotations

from dataclasses import dataclass

from session_audio.interval import reaches
from session_audio.turntaking.context import Context
from session_audio.turntaking.ipu import Ipu
from session_audio.turntaking.model import InteractionModel
from session_audio.turntaking.model.interruption_features import interruption_candidates
from session_audio.turntaking.model.readings import Readings


@dataclass(frozen=True, slots=True)
class Interruption:
    """The unit `holder` was interrupted by the unit `incomer` (positions in the context)."""

    holder: int
    incomer: int
    probability: float


def find_interruptions(context: Context, model: InteractionModel) -> tuple[Interruption, ...]:
    """Every unit that the model takes to have been interrupted, in order of start."""
    if not context.units:
        return ()
    readings = Readings.of(context, model.tables)
    candidates = interruption_candidates(readings)
    probabilities = model.interruption.predict_proba(candidates.features)
    limit = model.interruption.limit(recognised=readings.recognised)
    return tuple(
        Interruption(int(holder), int(incomer), float(probability))
        for holder, incomer, probability in zip(
            candidates.holder, candidates.incomer, probabilities, strict=True
        )
        if probability >= limit
        and not _answers(context.units[int(holder)], context.units[int(incomer)])
    )


def _answers(holder: Ipu, incomer: Ipu) -> bool:
    """Whether the incomer began in the silence after the holder's question."""
    asked = bool(holder.words) and holder.words[-1].text.rstrip("\"')”’").endswith("?")
    return asked and reaches(incomer.start, holder.end)
