"""Which inter-pausal units are backchannels, and where the limit is decided.

A backchannel is a listener's short signal that makes no bid for the floor.  The limit is
decided, in this order, by

- the **model**, where words are read and the model is there: a unit of at most
  `model.backoff.LONGEST` (4) words, or without words and at most `LONGEST_WITHOUT_WORDS` long
  (a recogniser rarely writes "mm-hm"), counts from the probability that the model's file keeps
  as ``threshold`` of ``backchannel``, or as ``when_recognised`` where a recogniser wrote the
  words (``models/interaction/model.json``; training chooses both);
- the **rule by words**, without the model or in another language that has word lists
  (`lexicons`; `_by_words`): at most the setting ``turns.backchannel_words`` (3) words, at least
  half of them cue words, none that opens content (after the Backbiter of Reece et al. 2023†);
- the **rule by timing**, without words or lists (`_by_timing`): at most the setting
  ``turns.backchannel_longest`` (1 s) of speech after another's, with own silence of the
  setting ``turns.backchannel_margin`` (1 s) before and after (Ekstedt & Skantze 2022; made
  for two people, our use for more is an extension).  Timing alone is a weak guide, so its
  confidence is low.

In each case there must be somebody to listen to: where nobody else spoke for half a minute
(`context.FAR`) nothing is a backchannel.  `basis` says which of the three is used for a unit; the
settings are in `settings.TurnSettings`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from session_audio.interval import TOLERANCE, exceeds
from session_audio.schema import Spoken
from session_audio.settings import TurnSettings
from session_audio.turntaking.basis import Basis
from session_audio.turntaking.context import FAR, Context
from session_audio.turntaking.ipu import Ipu
from session_audio.turntaking.lexicon import plain
from session_audio.turntaking.lexicons import Lexicon
from session_audio.turntaking.model import InteractionModel
from session_audio.turntaking.model.backchannel_features import backchannel_features
from session_audio.turntaking.model.backoff import LONGEST
from session_audio.turntaking.model.readings import Readings

LONGEST_WITHOUT_WORDS = 2.0
"""Seconds of a unit without words that may be a backchannel (ours)."""
BY_WORDS = 0.6
"""Confidence of the rule by words: about its precision on the ICSI meetings."""
BY_OTHER_WORDS = 0.45
"""The same in another language than English, where its precision is not known (ours)."""
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
    language: str | Spoken | None = None,
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
    by_timing = _by_timing(context, settings)
    by_model = None if basis.model is None else _by_model(context, listening, basis.model)
    out = []
    for k, unit in enumerate(units):
        lists = basis.lexicon(unit, unit.speaker)
        if by_model is not None and lists is not None and lists.is_english:
            out.append(by_model[k])
        elif lists is None or not (unit.words or lists.is_english):  # recognisers leave "mhm" out
            out.append(_by_rule(bool(by_timing[k]), BY_TIMING))
        else:
            found = bool(listening[k]) and _by_words(unit, lists, settings)
            out.append(_by_rule(found, BY_WORDS if lists.is_english else BY_OTHER_WORDS))
    return out


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


def _by_words(unit: Ipu, lists: Lexicon, settings: TurnSettings) -> bool:
    words = [plain(word.text) for word in unit.words]
    if not words or len(words) > settings.backchannel_words:
        return False
    if words[0] in lists.content:
        return False
    return 2 * sum(word in lists.backchannel for word in words) >= len(words)


def _by_timing(context: Context, settings: TurnSettings) -> NDArray[np.bool_]:
    margin = settings.backchannel_margin - TOLERANCE
    return (
        (context.end - context.start <= settings.backchannel_longest + TOLERANCE)
        & (context.own_before >= margin)
        & (context.own_after >= margin)
        & (context.other_before < margin)
    )


def _by_rule(backchannel: bool, confidence: float) -> Judgement:
    return Judgement(backchannel, confidence if backchannel else 0.0)
