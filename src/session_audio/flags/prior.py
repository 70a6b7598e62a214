"""Label probabilities of a session, from those of the classifier: the change of prior.

So that single turns are told best, the classifier raises the odds of a repair and lowers those of
a rupture.  `adjust_prior` replaces the prior that this comes to by one of whole sessions
(Saerens, Latinne & Decaestecker 2002), with the new prior given and not estimated.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from session_audio.flags.evidence import Utterance
from session_audio.schema import TurnLabel

LABELS: tuple[TurnLabel, ...] = ("none", "withdrawal", "confrontation", "repair")
TRAINED_SHARES: Mapping[str, float] = {
    "none": 0.8653,
    "withdrawal": 0.0117,
    "confrontation": 0.0198,
    "repair": 0.1031,
}
"""Shares of the labels that the classifier's scores of a conversation presume: those of the talk
that it is calibrated with, with its own odds for a strain or repair (``shares`` in
``models/rupture/conversation/config.json``)."""
EXPECTED_SHARES: Mapping[str, float] = {
    "none": 0.917,
    "withdrawal": 0.021,
    "confrontation": 0.035,
    "repair": 0.027,
}
"""Shares of the labels in a session before anything is known of it: as in that talk, which was
written with strain in mind, but half as many ruptures (ours)."""


@dataclass(frozen=True, slots=True)
class Scored:
    """An utterance with its position among all, its label and its target probabilities."""

    position: int
    utterance: Utterance
    scores: Mapping[str, float]
    targets: Mapping[str, float]

    @property
    def p_any(self) -> float:
        """Probability of a rupture or a repair."""
        return math.fsum(self.scores[k] for k in LABELS[1:])

    @property
    def best_label(self) -> TurnLabel:
        """Likeliest label but ``none``."""
        return max(LABELS[1:], key=self.scores.__getitem__)


def adjust_prior(rows: Sequence[Scored]) -> list[Scored]:
    """Label probabilities under the prior of a session, `EXPECTED_SHARES`.

    Each is multiplied by the ratio of the new prior to that of the training (`TRAINED_SHARES`)
    and the four are brought to sum to 1 again (Saerens, Latinne & Decaestecker 2002).  Target
    probabilities stay.
    """
    out = []
    for row in rows:
        raw = {k: row.scores[k] * EXPECTED_SHARES[k] / TRAINED_SHARES[k] for k in LABELS}
        total = math.fsum(raw.values()) or 1.0
        adjusted: dict[str, float] = {k: v / total for k, v in raw.items()}
        out.append(Scored(row.position, row.utterance, adjusted, row.targets))
    return out


def logit(probability: float) -> float:
    """Log odds of a probability, held off 0 and 1.

    >>> logit(0.5)
    0.0
    """
    bounded = min(max(probability, 1e-6), 1 - 1e-6)
    return math.log(bounded / (1 - bounded))
