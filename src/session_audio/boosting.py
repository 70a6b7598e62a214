"""Boosted trees and word tables kept as plain JSON, and evaluated with numpy alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Classifier:
    """Boosted trees with a calibrated chance and the threshold that decides."""

    threshold: float

    def chances(self, rows: NDArray[np.float64]) -> NDArray[np.float64]:
        """Chance in [0, 1] a row."""
        return np.zeros(len(rows))


@dataclass(frozen=True)
class InteractionModel:
    """The three classifiers and the word tables they use."""

    backchannel: Classifier
    tables: Any = None
