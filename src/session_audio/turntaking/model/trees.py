"""Boosted trees kept as plain JSON and evaluated with numpy alone: no pickle, no library.

A tree is five lists over its nodes: the feature that is compared (-1 at a leaf), the
threshold, the left and the right child, and where a missing value goes; at a leaf the
threshold's place holds the leaf's value.  A value goes left when it is at most the threshold.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


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
    """A sum of trees: log-odds, and from them a calibrated chance.

    `threshold` is the chance from which on a row counts as positive; `scale` and `shift`
    calibrate the log-odds (Platt 1999).
    """

    features: tuple[str, ...]
    baseline: float
    trees: tuple[Tree, ...]
    threshold: float = 0.5
    scale: float = 1.0
    shift: float = 0.0

    def scores(self, rows: Floats) -> Floats:
        """Log-odds a row, uncalibrated."""
        rows = np.round(rows, 6)  # the same length is the same number anywhere in the recording
        total = np.full(len(rows), self.baseline)
        for tree in self.trees:
            total += tree.values(rows)
        return total

    def chances(self, rows: Floats) -> Floats:
        """Calibrated chance in [0, 1] a row."""
        odds = self.scale * self.scores(rows) + self.shift
        return np.asarray(1.0 / (1.0 + np.exp(-np.clip(odds, -50, 50))))

    def to_json(self) -> dict[str, Any]:
        """Plain lists and numbers."""
        return {
            "features": list(self.features),
            "baseline": self.baseline,
            "threshold": self.threshold,
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
            When `plain` is not of that form; `interaction_model.load` words it.
        """
        return cls(
            tuple(plain["features"]),
            float(plain["baseline"]),
            tuple(_tree(parts) for parts in plain["trees"]),
            float(plain["threshold"]),
            float(plain["scale"]),
            float(plain["shift"]),
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
