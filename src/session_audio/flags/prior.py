"""Scores of turns as they count in one session, from those of the classifier.

The classifier's scores are calibrated to the written turns, more than half of which are
something.  In a session few are.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from session_audio.flags.evidence import Spoken
from session_audio.schema import TurnLabel

LABELS: tuple[TurnLabel, ...] = ("none", "withdrawal", "confrontation", "repair")
TRAINED_SHARES: Mapping[str, float] = {
    "none": 0.39,
    "withdrawal": 0.20,
    "confrontation": 0.20,
    "repair": 0.21,
}
"""Shares of the labels that the classifier's scores presume: those of the written turns, with its
own weight for a strain or repair (``training/rupture/train.py``)."""
EXPECTED_SHARES: Mapping[str, float] = {
    "none": 0.936,
    "withdrawal": 0.018,
    "confrontation": 0.02,
    "repair": 0.026,
}
"""Shares of the labels in a session before anything is known of it: in the scripted ones."""


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


def in_session(rows: Sequence[Scored]) -> list[Scored]:
    """Scores brought from the label shares that they presume to those of a session."""
    out = []
    for row in rows:
        raw = {k: row.scores[k] * EXPECTED_SHARES[k] / TRAINED_SHARES[k] for k in LABELS}
        total = math.fsum(raw.values()) or 1.0
        shares: dict[str, float] = {k: v / total for k, v in raw.items()}
        out.append(Scored(row.position, row.said, shares, row.targets))
    return out


def logit(share: float) -> float:
    """Log odds of a share, held off 0 and 1.

    >>> logit(0.5)
    0.0
    """
    bounded = min(max(share, 1e-6), 1 - 1e-6)
    return math.log(bounded / (1 - bounded))
