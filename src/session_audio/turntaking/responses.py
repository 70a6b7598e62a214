"""Who answers whom: the participant to whom each turn responds.

The **rule**: the other participant who last began a turn (backchannels aside) before this
one, within the setting ``turns.response_reach`` (30 s, ours); before that, whoever asked by
name, and whoever was interrupted.  A backchannel responds to whoever had the floor.  The
**model**, where words are read and it is there: the candidates are the others who spoke
lately, ranked by timing, questions, names, words in common and the order of speakers
(`model.response_features`; learned from the adjacency pairs of the MRDA corpus, Shriberg et
al. 2004).  `basis` says which of the two is used.

Conventions: seconds; turns in order of start.  ``unattributed`` speech is answered by nobody,
which is decided in `assign_responses`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from session_audio.interval import exceeds
from session_audio.names import NameMatcher
from session_audio.schema import (
    UNATTRIBUTED,
    Interaction,
    Participant,
    ParticipantId,
    Spoken,
    Turn,
)
from session_audio.settings import TurnSettings
from session_audio.turntaking.basis import Basis
from session_audio.turntaking.lexicon import plain
from session_audio.turntaking.model import InteractionModel
from session_audio.turntaking.model.response_features import response_candidates
from session_audio.turntaking.model.trees import sigmoid

_DEFAULTS = TurnSettings()
BY_RULE = 0.75
"""Confidence of the rule: about its accuracy on the ICSI meetings."""
NAMED_ME, NAMED_THEM = 1.5, 1.0
"""Log-odds for a candidate whose last words name who answers, and for one who is named in the
answer (ours: the training meetings do not say which name is whose)."""
ADDRESS = 12
"""How many words at the end of a turn may address who answers (ours)."""


def assign_responses(
    turns: Sequence[Turn],
    interactions: Sequence[Interaction] = (),
    people: Sequence[Participant] = (),
    settings: TurnSettings = _DEFAULTS,
    model: InteractionModel | None = None,
    language: str | Spoken | None = None,
) -> tuple[Turn, ...]:
    """The turns with `responds_to` and `response_confidence` set.

    Parameters
    ----------
    turns : sequence of Turn
        Turns and backchannels, in any order.
    interactions : sequence of Interaction
        For the rule: who interrupts answers whom they interrupted.
    people : sequence of Participant
        Whose first names are looked for in the words.
    settings : TurnSettings
    model : InteractionModel, optional
        Used where there are words in English; the rule otherwise.
    language : str or Spoken, optional
        Of the words, an ISO 639 code; or which is spoken where.

    Returns
    -------
    tuple of Turn
        In order of start.  A turn with nobody else's turn within reach before it (it opens, or
        comes after a long silence) responds to nobody: both fields are None.  So does one
        that follows ``unattributed`` speech, for nobody knows whom that would be.
    """
    ordered = sorted(turns, key=lambda turn: (turn.start, turn.end, turn.index))
    names = _first_names(people)
    has_words = any(turn.text for turn in ordered)
    basis = Basis.of(has_words=has_words, language=language, model=model)
    held = {(e.participant, e.start): e.holder for e in interactions if e.kind != "backchannel"}
    answers = _by_rule(ordered, held, names, settings)
    if basis.model is not None:
        by_model = _by_model(ordered, names, settings, basis.model)
        answers = [
            by_model[k] if basis.by_model(turn, turn.participant) else answers[k]
            for k, turn in enumerate(ordered)
        ]
    return tuple(
        replace(turn, responds_to=None, response_confidence=None)
        if answer is None or answer.target == UNATTRIBUTED
        else replace(turn, responds_to=answer.target, response_confidence=answer.confidence)
        for turn, answer in zip(ordered, answers, strict=True)
    )


@dataclass(frozen=True, slots=True)
class _Answer:
    """Whom a turn answers, and the confidence in [0, 1]."""

    target: ParticipantId
    confidence: float


def _first_names(people: Sequence[Participant]) -> dict[str, str]:
    """First name in plain form by participant id; names that two share are left out."""
    called = NameMatcher.of(people, form=plain).first_names
    return {who[0]: name for name, who in called.items() if len(name) > 1 and len(who) == 1}


def _by_rule(
    turns: Sequence[Turn],
    holders: Mapping[tuple[ParticipantId, float], ParticipantId | None],
    names: dict[str, str],
    settings: TurnSettings,
) -> list[_Answer | None]:
    latest: dict[ParticipantId, Turn] = {}
    answers: list[_Answer | None] = []
    for turn in turns:
        others = [
            held
            for who, held in latest.items()
            if who != turn.participant
            and not exceeds(turn.start - held.end, settings.response_reach)
        ]
        others.sort(key=lambda held: (held.start, held.end), reverse=True)
        mine = names.get(turn.participant)
        asked = [held for held in others[:2] if mine and mine in _address(held)]
        holder = holders.get((turn.participant, turn.start))
        interrupted = [held for held in others if held.participant == holder]
        target = next(iter(asked or interrupted or others), None)
        answers.append(_Answer(target.participant, BY_RULE) if target else None)
        if not turn.backchannel:
            latest[turn.participant] = turn
    return answers


def _address(turn: Turn) -> set[str]:
    return {plain(word) for word in turn.text.split()[-ADDRESS:]}


def _by_model(
    turns: Sequence[Turn], names: dict[str, str], settings: TurnSettings, model: InteractionModel
) -> list[_Answer | None]:
    candidates = response_candidates(turns, model.tables, settings.response_reach)
    log_odds = model.response.log_odds(candidates.features)
    pairs = list(zip(candidates.turn.tolist(), candidates.target.tolist(), strict=True))
    if names:
        log_odds = log_odds + np.array([_naming(turns[i], turns[j], names) for i, j in pairs])
    probabilities = sigmoid(log_odds)
    answers: list[_Answer | None] = [None] * len(turns)
    highest = np.full(len(turns), -np.inf)
    for k, (i, j) in enumerate(pairs):
        if log_odds[k] > highest[i]:
            highest[i] = log_odds[k]
            answers[i] = _Answer(turns[j].participant, float(probabilities[k]))
    return answers


def _naming(turn: Turn, theirs: Turn, names: dict[str, str]) -> float:
    """Log-odds that names add for `turn` answering `theirs`."""
    mine, their = names.get(turn.participant), names.get(theirs.participant)
    bonus = NAMED_ME if mine and mine in _address(theirs) else 0.0
    if their and their in {plain(word) for word in turn.text.split()}:
        bonus += NAMED_THEM
    return bonus
