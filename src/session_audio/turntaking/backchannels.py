"""Which inter-pausal units are backchannels, and where the limit is decided.

A backchannel is a listener's short signal that makes no bid for the floor.  The limit is
decided, in this order, by

- the **model**, where words are read and the model is there: a unit of at most
  `model.backoff.LONGEST` (4) words, or without words and at most `LONGEST_WITHOUT_WORDS` long
  (a recogniser rarely writes "mm-hm"), counts from the probability that the model's file keeps
  as ``threshold`` of ``backchannel``, or as ``when_recognised`` where a recogniser wrote the
  words (``models/interaction/model.json``; training chooses both);
- the **rule by words**, without the model (`_by_words`): at most the setting
  ``turns.backchannel_words`` (3) words, at least half of them cue words, none that opens
  content (after the Backbiter of Reece et al. 2023†);
- the **rule by timing**, without words (`_by_timing`): at most the setting
  ``turns.backchannel_longest`` (1 s) of speech after another's, with own silence of the
  setting ``turns.backchannel_margin`` (1 s) before and after (Ekstedt & Skantze 2022; made
  for two people, our use for more is an extension).  Timing alone is a weak guide, so its
  confidence is low.

In each case there must be somebody to listen to: where nobody else spoke for half a minute
(`context.FAR`) nothing is a backchannel.  `basis` says which of the three is used; the
settings are in `settings.TurnSettings`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from session_audio.interval import TOLERANCE, exceeds
from session_audio.settings import TurnSettings
from session_audio.turntaking.basis import Basis
from session_audio.turntaking.context import FAR, Context
from session_audio.turntaking.ipu import Ipu
from session_audio.turntaking.lexicon import BACKCHANNEL, NOT_BACKCHANNEL_START, plain
from session_audio.turntaking.model import InteractionModel
from session_audio.turntaking.model.backchannel_features import backchannel_features
from session_audio.turntaking.model.backoff import LONGEST
from session_audio.turntaking.model.readings import Readings

LONGEST_WITHOUT_WORDS = 2.0
"""Seconds of a unit without words that may be a backchannel (ours)."""
BY_WORDS = 0.6
"""Confidence of the rule by words: about its precision on the ICSI meetings."""
BY_TIMING = 0.3
"""Confidence of the rule by timing alone."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """Whether a unit counts as a backchannel, and the confidence in [0, 1] that it is one."""

    backchannel: bool
    confidence: float


def judge_backchannels(
    units: Sequence[Ipu],
    settings: TurnSettings,
    model: InteractionModel | None = None,
    language: str | None = None,
) -> list[Judgement]:
    """One judgement a unit; `units` are in order of start.

    The confidence is the model's probability, or a rough figure of the rule where the rule
    found one, else 0.
    """
    if not units:
        return []
    basis = Basis.of(has_words=any(unit.words for unit in units), language=language, model=model)
    context = Context.of(units)
    listening = context.other_before < FAR - TOLERANCE
    if basis.model is not None:
        return _by_model(context, listening, basis.model)
    if basis.words:
        by_words = [_by_words(unit, settings) for unit in units]
        return _by_rule(listening & np.array(by_words), BY_WORDS)
    return _by_rule(_by_timing(context, settings), BY_TIMING)


def may_be_backchannel(unit: Ipu) -> bool:
    """Whether a unit is short enough for the model to take it for a backchannel."""
    if unit.words:
        return len(unit.words) <= LONGEST
    return not exceeds(unit.duration, LONGEST_WITHOUT_WORDS)


def _by_model(
    context: Context, listening: NDArray[np.bool_], model: InteractionModel
) -> list[Judgement]:
    readings = Readings.of(context, model.tables)
    probabilities = model.backchannel.predict_proba(backchannel_features(readings))
    limit = model.backchannel.limit(recognised=readings.recognised)
    return [
        Judgement(p >= limit, p) if listens and may_be_backchannel(unit) else Judgement(False, 0.0)
        for unit, p, listens in zip(
            context.units, probabilities.tolist(), listening.tolist(), strict=True
        )
    ]


def _by_words(unit: Ipu, settings: TurnSettings) -> bool:
    words = [plain(word.text) for word in unit.words]
    if not words or len(words) > settings.backchannel_words:
        return False
    if words[0] in NOT_BACKCHANNEL_START:
        return False
    return 2 * sum(word in BACKCHANNEL for word in words) >= len(words)


def _by_timing(context: Context, settings: TurnSettings) -> NDArray[np.bool_]:
    margin = settings.backchannel_margin - TOLERANCE
    return (
        (context.end - context.start <= settings.backchannel_longest + TOLERANCE)
        & (context.own_before >= margin)
        & (context.own_after >= margin)
        & (context.other_before < margin)
    )


def _by_rule(backchannel: NDArray[np.bool_], confidence: float) -> list[Judgement]:
    return [Judgement(one, confidence if one else 0.0) for one in backchannel.tolist()]
