"""Scores of turns as they count in one session, from those of the classifier.

The classifier's scores are calibrated to the written turns, more than half of which are
something.  In a session few are.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from session_audio.flag_evidence import Spoken
from session_audio.schema import TurnLabel

LABELS: tuple[TurnLabel, ...] = ("none", "withdrawal", "confrontation", "repair")
TRAINED_SHARES: Mapping[str, float] = {
    "none": 0.48,
    "withdrawal": 0.17,
    "confrontation": 0.17,
    "repair": 0.18,
}
"""Shares of the labels in the written turns that the classifier was trained on."""
EXPECTED_SHARES: Mapping[str, float] = {
    "none": 0.936,
    "withdrawal": 0.018,
    "confrontation": 0.02,
    "repair": 0.026,
}
"""Shares of the labels in a session before anything is known of it: in the scripted ones."""
USUAL = 0.25
"""Score of anything but ``none``, as the classifier gives it, under which four turns in five of a
scripted session stay (their median) ..."""
AGAINST = 2.0
"""... and how much log odds above it, in a session, count against each of its turns (chosen on
development sessions and meetings)."""

ENOUGH = 40
"""Turns below which a session has no usual score to speak of (ours)."""


@dataclass(frozen=True, slots=True)
class Scored:
    """A turn as spoken, with its place and its scores in this session."""

    position: int
    said: Spoken
    scores: Mapping[str, float]
    targets: Mapping[str, float]

    @property
    def something(self) -> float:
        """Probability of a rupture or a repair."""
        return math.fsum(self.scores[k] for k in LABELS[1:])

    @property
    def movement(self) -> TurnLabel:
        """Likeliest label but ``none``."""
        return max(LABELS[1:], key=self.scores.__getitem__)


def in_session(rows: Sequence[Scored], relative: bool = True) -> list[Scored]:
    """Scores brought from the label shares in training to those of a session.

    Where very many turns stand out, as in talk that is not of the kind that the classifier
    learnt from, each counts for less (`relative`): by what four turns in five stay under.
    """
    shift = 0.0
    if relative and len(rows) >= ENOUGH:
        ranked = sorted(row.something for row in rows)
        usual = ranked[min(len(ranked) - 1, math.floor(0.8 * len(ranked)))]
        shift = AGAINST * max(0.0, logit(usual) - logit(USUAL))
    return [_shifted(row, shift) for row in rows]


def _shifted(row: Scored, against: float) -> Scored:
    raw = {k: row.scores[k] * EXPECTED_SHARES[k] / TRAINED_SHARES[k] for k in LABELS}
    raw["none"] *= math.exp(against)
    total = math.fsum(raw.values()) or 1.0
    return Scored(row.position, row.said, {k: v / total for k, v in raw.items()}, row.targets)


def logit(share: float) -> float:
    """Log odds of a share, held off 0 and 1.

    >>> logit(0.5)
    0.0
    """
    bounded = min(max(share, 1e-6), 1 - 1e-6)
    return math.log(bounded / (1 - bounded))
