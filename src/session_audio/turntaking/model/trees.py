"""Boosted regression trees, kept as plain JSON and evaluated with numpy: no pickle, no library.

A tree is five lists over its nodes: the feature that is compared (its position in the trees'
own list of features; -1 at a leaf), the threshold, the left and the right child, and whether
a missing value goes left; at a leaf the threshold's place holds the leaf's value.  A value
goes left when it is at most the threshold.  The sum over the trees is in log-odds, calibrated
after Platt (1999).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from session_audio.turntaking.model.features import FeatureTable, Floats


def sigmoid(log_odds: Floats) -> Floats:
    """Probability of `log_odds`; beyond 50 either way it is that of 50.

    >>> sigmoid(np.array([0.0, -1000.0])).round(6).tolist()
    [0.5, 0.0]
    """
    return np.asarray(1.0 / (1.0 + np.exp(-np.clip(log_odds, -50, 50))))


@dataclass(frozen=True)
class Tree:
    """One regression tree; arrays over its nodes, the root first."""

    feature: NDArray[np.int64]
    threshold: Floats
    left: NDArray[np.int64]
    right: NDArray[np.int64]
    missing_left: NDArray[np.bool_]

    def values(self, rows: Floats) -> Floats:
        """Value of the leaf that each row reaches."""
        node = np.zeros(len(rows), dtype=np.int64)
        active = np.flatnonzero(self.feature[node] >= 0)
        while len(active):
            here = node[active]
            value = rows[active, self.feature[here]]
            goes_left = np.where(
                np.isnan(value), self.missing_left[here], value <= self.threshold[here]
            )
            node[active] = np.where(goes_left, self.left[here], self.right[here])
            active = active[self.feature[node[active]] >= 0]
        return self.threshold[node]


@dataclass(frozen=True)
class Trees:
    """A sum of trees over the named `features`, and the limit on its probability.

    `threshold` is the probability from which on an item counts as positive, `when_recognised`
    the same where a recogniser wrote the words (None: `threshold`); `scale` and `shift` calibrate
    the log-odds.
    """

    features: tuple[str, ...]
    baseline: float
    trees: tuple[Tree, ...]
    threshold: float = 0.5
    scale: float = 1.0
    shift: float = 0.0
    when_recognised: float | None = None

    def limit(self, *, recognised: bool) -> float:
        """The threshold for this kind of words."""
        if recognised and self.when_recognised is not None:
            return self.when_recognised
        return self.threshold

    def decision_function(self, rows: Floats) -> Floats:
        """Log-odds a row, not calibrated; columns of `rows` are in the order of `features`."""
        rows = np.round(rows, 6)  # the same length is the same number anywhere in the recording
        total = np.full(len(rows), self.baseline)
        for tree in self.trees:
            total += tree.values(rows)
        return total

    def log_odds(self, table: FeatureTable) -> Floats:
        """Calibrated log-odds of each item."""
        return self.scale * self.decision_function(table.select(self.features)) + self.shift

    def predict_proba(self, table: FeatureTable) -> Floats:
        """Calibrated probability of each item, in [0, 1]."""
        return sigmoid(self.log_odds(table))

    def to_json(self) -> dict[str, Any]:
        """Plain lists and numbers."""
        return {
            "features": list(self.features),
            "baseline": self.baseline,
            "threshold": self.threshold,
            "when_recognised": self.when_recognised,
            "scale": self.scale,
            "shift": self.shift,
            "trees": [
                [
                    tree.feature.tolist(),
                    [float(f"{value:.6g}") for value in tree.threshold],
                    tree.left.tolist(),
                    tree.right.tolist(),
                    tree.missing_left.astype(int).tolist(),
                ]
                for tree in self.trees
            ],
        }

    @classmethod
    def from_json(cls, plain: Mapping[str, Any]) -> Trees:
        """The inverse of `to_json`.

        Raises
        ------
        KeyError, TypeError, ValueError
            When `plain` is not of that form; `model.load` words it.
        """
        return cls(
            tuple(plain["features"]),
            float(plain["baseline"]),
            tuple(_tree(parts) for parts in plain["trees"]),
            float(plain["threshold"]),
            float(plain["scale"]),
            float(plain["shift"]),
            plain["when_recognised"],
        )


def _tree(parts: Sequence[Sequence[float]]) -> Tree:
    feature, threshold, left, right, missing = parts
    return Tree(
        np.array(feature, dtype=np.int64),
        np.array(threshold, dtype=float),
        np.array(left, dtype=np.int64),
        np.array(right, dtype=np.int64),
        np.array(missing, dtype=bool),
    )
