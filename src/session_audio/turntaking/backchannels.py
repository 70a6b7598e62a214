"""Which inter-pausal units are backchannels, by the model or by rules.

Rules: by words, at most three, at least half of them from a cue list, none of the words
that open content (after the Backbiter of Reece et al. 2023); by timing, at most one second
of speech after another's, with a second of own silence before and after (Ekstedt & Skantze
2022; made for two people, our use for more is an extension).  Timing alone is a weak guide,
so without text a rule's backchannel has low confidence.
"""

from __future__ import annotations

from collections.abc import Sequence

from session_audio.interval import TOLERANCE
from session_audio.settings import TurnSettings
from session_audio.turntaking.context import FAR, Context
from session_audio.turntaking.ipu import Ipu
from session_audio.turntaking.lexicon import BACKCHANNEL, NOT_BACKCHANNEL_START, are_known, plain
from session_audio.turntaking.model import InteractionModel
from session_audio.turntaking.model.backoff import LONGEST
from session_audio.turntaking.model.overlap_features import Readings, backchannel_rows

BY_WORDS = 0.6
"""Confidence of the rule by words: about its precision on the ICSI meetings."""
BY_TIMING = 0.3
"""Confidence of the rule by timing alone."""


def backchannel_chances(
    units: Sequence[Ipu],
    settings: TurnSettings,
    model: InteractionModel | None = None,
    language: str | None = None,
) -> list[tuple[bool, float]]:
    """For each unit, whether it counts as a backchannel, and the confidence that it is one.

    `units` are in order of start.  The model is used where there are words, timing alone where
    they are in a language it does not know.  Where nobody else
    spoke for half a minute there is nobody to listen to, and no backchannel.
    """
    if not units:
        return []
    has_words = are_known(language) and any(unit.words for unit in units)
    context = Context.of(units)
    since = context.other_before
    listens = (since < FAR - TOLERANCE).tolist()
    if model is not None and has_words:
        chances = model.backchannel.chances(backchannel_rows(Readings.of(context, model.tables)))
        limit = model.backchannel.threshold
        return [
            (chance >= limit, chance)
            if listening and 0 < len(unit.words) <= LONGEST
            else (False, 0.0)
            for unit, chance, listening in zip(units, chances.tolist(), listens, strict=True)
        ]
    if has_words:
        return [
            _judged(listening and _by_words(unit, settings), BY_WORDS)
            for unit, listening in zip(units, listens, strict=True)
        ]
    before, after = context.own_before, context.own_after
    margin = settings.backchannel_margin - TOLERANCE
    found = (
        (context.end - context.start <= settings.backchannel_longest + TOLERANCE)
        & (before >= margin)
        & (after >= margin)
        & (since < margin)
    )
    return [_judged(bool(one), BY_TIMING) for one in found]


def _judged(found: bool, confidence: float) -> tuple[bool, float]:
    return found, confidence if found else 0.0


def _by_words(unit: Ipu, settings: TurnSettings) -> bool:
    said = [plain(word.text) for word in unit.words]
    if not said or len(said) > settings.backchannel_words:
        return False
    if said[0] in NOT_BACKCHANNEL_START:
        return False
    return 2 * sum(word in BACKCHANNEL for word in said) >= len(said)
