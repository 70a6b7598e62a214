"""Whose alliance a turn concerns, as far as names, roles and who spoke before tell.

A multinomial logistic regression on such features, for each label; its log probabilities are
added to those of the network's target head.  The turn's words alone do not tell who is
addressed.  Targets are in the order therapist, member, group.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from session_audio.backends.rupture.scores import softmax
from session_audio.backends.rupture.text import WORD, role_word
from session_audio.names import NameMatcher
from session_audio.schema import TurnInContext

RUPTURE_LABELS = ("withdrawal", "confrontation", "repair")

_ALL = frozenset(["everyone", "everybody", "all", "group", "we", "us", "room", "here", "session"])
_MANY = re.compile(r"\byou (?:lot|all|guys|people)\b|\by'all\b|\byous\b")
_ROOM = re.compile(
    r"\b(?:everyone|everybody|the group|this group|in here|this room|all of you|these sessions"
    r"|this thing|the rules?)\b"
)
_LEADS = re.compile(
    r"\b(?:your (?:job|training|notes|questions?|book|clipboard|degree)|paid|professional"
    r"|doctor|therapist|therapy)\b"
)
_ABSENT = re.compile(r"\b(?:he|she|him|her|they|them)\b")


def target_features(turn: TurnInContext, label: str) -> list[float]:
    """What tells who is addressed, as 48 numbers; `label` as if it were the turn's.

    >>> from session_audio.schema import ContextTurn
    >>> turn = TurnInContext("1", (ContextTurn("Ann", "therapist", "?"),), "Bo", "member", "No.")
    >>> len(target_features(turn, "withdrawal"))
    48
    """
    own = turn.speaker.strip().lower()
    others = [c for c in turn.context if c.speaker.strip().lower() != own]
    roles = {c.speaker.strip().lower(): role_word(c.role) for c in others}
    text = turn.text.lower().replace("’", "'")
    words = {word.removesuffix("'s") for word in WORD.findall(text)}
    matcher = NameMatcher(tuple((role, name) for name, role in roles.items()))
    named = {role for word in words for role in matcher.called(word)}
    last = [role_word(c.role) for c in reversed(others)]
    asked = bool(turn.context) and "?" in turn.context[-1].text
    leads_last = bool(last) and last[0] == "therapist"
    place = [
        role_word(turn.role) == "therapist",
        "therapist" in named,
        "member" in named,
        leads_last,
        bool(last) and last[0] == "member",
        len(last) > 1 and last[1] == "therapist",
    ]
    spoken = [bool(words & _ALL), bool(words & {"you", "your"}), "therapist" in roles.values()]
    base = [*place, len(last) > 1 and last[1] == "member", not last, *spoken]
    is_label = [label == name for name in RUPTURE_LABELS]
    crossed = [a and b for a in is_label for b in (*place, *spoken)]
    wording = [
        len(roles),
        len(turn.text.split()) < 5,
        bool(_MANY.search(text)),
        bool(_ROOM.search(text)),
        bool(_LEADS.search(text)),
        asked,
        leads_last and asked,
        bool(_ABSENT.search(text)),
    ]
    return [float(v) for v in (*base, *is_label[:2], *crossed, *wording)]


def log_target_probabilities(
    turns: Sequence[TurnInContext], labels: NDArray[np.float64], model: Mapping[str, Any]
) -> NDArray[np.float64]:
    """Log probabilities of therapist, member and group, times the model's weight.

    Parameters
    ----------
    turns : sequence of TurnInContext
    labels : ndarray, shape (turns, 3)
        Probabilities of withdrawal, confrontation and repair; only their ratios count.
    model : mapping
        ``weights`` (3, features), ``bias`` (3) and ``weight``.

    Returns
    -------
    ndarray, shape (turns, 3)
    """
    weights, bias = np.array(model["weights"]), np.array(model["bias"])
    out = np.zeros((len(turns), 3))
    if not len(turns):
        return out
    total = np.maximum(labels.sum(axis=1, keepdims=True), 1e-9)
    for k, name in enumerate(RUPTURE_LABELS):
        features = np.array([target_features(turn, name) for turn in turns])
        out += softmax(features @ weights.T + bias) * (labels[:, [k]] / total)
    return np.asarray(float(model["weight"]) * np.log(np.maximum(out, 1e-6)))
