"""Who answers whom: the participant to whom each turn responds.

The rule: the other participant who last began a turn (backchannels aside) before this one,
within reach.  A backchannel responds to whoever had the floor.  With words and a model, the
candidates are the others who spoke lately, ranked by timing, questions, names, words in
common and the order of speakers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from session_audio.interval import exceeds
from session_audio.names import NameMatcher
from session_audio.schema import UNATTRIBUTED, Interaction, Participant, ParticipantId, Turn
from session_audio.settings import TurnSettings
from session_audio.turntaking.lexicon import are_known, plain
from session_audio.turntaking.model import InteractionModel
from session_audio.turntaking.model.response_features import response_rows

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
    language: str | None = None,
) -> tuple[Turn, ...]:
    """The turns with `responds_to` and `response_confidence` set.

    Parameters
    ----------
    turns : sequence of Turn
        Turns and backchannels, in any order.
    interactions : sequence of Interaction
        For the rule: who cuts in answers whom they cut off.
    people : sequence of Participant
        Whose first names are looked for in the words.
    settings : TurnSettings
    model : InteractionModel, optional
        Used where there are words in English; the rule otherwise.
    language : str, optional
        Of the words, an ISO 639 code.

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
    if model is not None and has_words and are_known(language):
        chosen = _by_model(ordered, names, settings, model)
    else:
        held = {(e.participant, e.start): e.holder for e in interactions if e.kind != "backchannel"}
        chosen = _by_rule(ordered, held, names, settings)
    out = []
    for turn, (target, confidence) in zip(ordered, chosen, strict=True):
        if target is None or target == UNATTRIBUTED:
            out.append(replace(turn, responds_to=None, response_confidence=None))
        else:
            out.append(replace(turn, responds_to=target, response_confidence=confidence))
    return tuple(out)


_Choice = tuple[ParticipantId | None, float | None]


def _first_names(people: Sequence[Participant]) -> dict[str, str]:
    """First name in plain form by participant id; names that two share are left out."""
    called = NameMatcher.of(people, form=plain).first_names
    return {who[0]: name for name, who in called.items() if len(name) > 1 and len(who) == 1}


def _by_rule(
    turns: Sequence[Turn],
    holders: Mapping[tuple[ParticipantId, float], ParticipantId | None],
    names: dict[str, str],
    settings: TurnSettings,
) -> list[_Choice]:
    latest: dict[ParticipantId, Turn] = {}
    out: list[_Choice] = []
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
        met = [held for held in others if held.participant == holder]
        target = next(iter(asked or met or others), None)
        out.append((target.participant, BY_RULE) if target else (None, None))
        if not turn.backchannel:
            latest[turn.participant] = turn
    return out


def _address(turn: Turn) -> set[str]:
    return {plain(word) for word in turn.text.split()[-ADDRESS:]}


def _by_model(
    turns: Sequence[Turn], names: dict[str, str], settings: TurnSettings, model: InteractionModel
) -> list[_Choice]:
    found = response_rows(turns, model.tables, settings.response_reach)
    odds = model.response.scale * model.response.scores(found.rows) + model.response.shift
    if names:
        odds = odds + np.array(
            [
                _naming(turns[i], turns[j], names)
                for i, j in zip(found.turn, found.target, strict=True)
            ]
        )
    out: list[_Choice] = [(None, None)] * len(turns)
    highest = np.full(len(turns), -np.inf)
    for i, j, value in zip(found.turn, found.target, odds, strict=True):
        if value > highest[i]:
            highest[i] = value
            out[i] = (turns[j].participant, float(1 / (1 + np.exp(-np.clip(value, -50, 50)))))
    return out


def _naming(turn: Turn, theirs: Turn, names: dict[str, str]) -> float:
    mine, their = names.get(turn.participant), names.get(theirs.participant)
    bonus = NAMED_ME if mine and mine in _address(theirs) else 0.0
    if their and their in {plain(word) for word in turn.text.split()}:
        bonus += NAMED_THEM
    return bonus
