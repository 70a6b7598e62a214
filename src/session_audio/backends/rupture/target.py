"""Whose alliance a turn concerns, as far as names, roles and who spoke before tell.

A small linear model on such clues, for each label; its log shares are added to what the
network's target head says.  The turn's words alone do not tell who is spoken to.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from session_audio.backends.rupture.text import role_word
from session_audio.names import NameMatcher
from session_audio.schema import TurnInContext

RUPTURE_LABELS = ("withdrawal", "confrontation", "repair")

_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
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


def clues(turn: TurnInContext, label: str) -> list[float]:
    """What tells who is spoken to, as numbers; `label` as if it were the turn's.

    >>> from session_audio.schema import ContextTurn
    >>> said = TurnInContext("1", (ContextTurn("Ann", "therapist", "?"),), "Bo", "member", "No.")
    >>> len(clues(said, "withdrawal"))
    48
    """
    own = turn.speaker.strip().lower()
    others = [c for c in turn.context if c.speaker.strip().lower() != own]
    roles = {c.speaker.strip().lower(): role_word(c.role) for c in others}
    text = turn.text.lower().replace("’", "'")
    words = {word.removesuffix("'s") for word in _WORD.findall(text)}
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


def log_shares(
    turns: Sequence[TurnInContext], labels: NDArray[np.float64], model: Mapping[str, Any]
) -> NDArray[np.float64]:
    """Log shares of therapist, member and group by the clues, times the model's weight.

    Parameters
    ----------
    turns : sequence of TurnInContext
    labels : ndarray, shape (turns, 3)
        Scores of withdrawal, confrontation and repair; only their ratios count.
    model : mapping
        ``weights`` (3, clues), ``bias`` (3) and ``weight``.

    Returns
    -------
    ndarray, shape (turns, 3)
    """
    weights, bias = np.array(model["weights"]), np.array(model["bias"])
    shares = np.zeros((len(turns), 3))
    for k, name in enumerate(RUPTURE_LABELS):
        seen = np.array([clues(turn, name) for turn in turns]).reshape(len(turns), -1)
        logit = seen @ weights.T + bias if len(turns) else np.zeros((0, 3))
        power = np.exp(logit - logit.max(axis=1, keepdims=True, initial=-np.inf))
        share = power / power.sum(axis=1, keepdims=True)
        shares += share * (labels[:, [k]] / np.maximum(labels.sum(axis=1, keepdims=True), 1e-9))
    return np.asarray(float(model["weight"]) * np.log(np.maximum(shares, 1e-6)))
