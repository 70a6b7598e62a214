"""Named features: what one part of the model reads of each unit or candidate.

A `FeatureTable` has one row an item (a unit, or a candidate) and one named column a feature.
The tables are filled by name, and a set of trees takes its columns by name, in the order in
which it was trained (`trees.Trees.predict_proba`); no order of columns is agreed anywhere
else.  Missing values are NaN.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class FeatureTable:
    """Features by name; `values` has shape ``(items, len(names))``, NaN where undefined."""

    names: tuple[str, ...]
    values: Floats

    @classmethod
    def of(cls, names: Collection[str], columns: Mapping[str, NDArray[np.generic]]) -> FeatureTable:
        """A table of `columns`, which are of equal length and are those in `names`.

        Raises
        ------
        ValueError
            When a column is missing, or is not one of `names`.

        Examples
        --------
        >>> table = FeatureTable.of(("a", "b"), {"b": np.array([3, 4]), "a": np.array([1, 2])})
        >>> table.select(["b"]).tolist(), len(table)
        ([[3.0], [4.0]], 2)
        """
        if set(columns) != set(names):
            odd = sorted(set(columns) ^ set(names))
            raise ValueError(f"features that are declared or computed, not both: {', '.join(odd)}")
        return cls(tuple(names), np.column_stack([columns[name] for name in names]).astype(float))

    def __len__(self) -> int:
        """How many items."""
        return len(self.values)

    def __getitem__(self, name: str) -> Floats:
        """The column `name`."""
        return self.values[:, self.names.index(name)]

    def select(self, names: Sequence[str]) -> Floats:
        """The columns `names`, in that order; shape ``(items, len(names))``.

        Raises
        ------
        ValueError
            When a name is not in the table.
        """
        if tuple(names) == self.names:
            return self.values
        return self.values[:, [self.names.index(name) for name in names]]


def by_unit(values: NDArray[np.generic], at: Ints, absent: float = np.nan) -> Floats:
    """`values` at the positions `at`; `absent` where a position is -1.

    >>> by_unit(np.array([5, 7]), np.array([1, -1, 0])).tolist()
    [7.0, nan, 5.0]
    """
    return np.where(at >= 0, values[at], absent)
