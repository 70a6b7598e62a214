"""What surrounds each inter-pausal unit: who else talks, and how far away they are.

Conventions: seconds; units are in order of start; positions are indices into them, and -1
stands for no unit.  Everything is computed for all units at once, one speaker at a time, by
binary search: time grows with units times speakers, not with their square.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from session_audio.turntaking.ipu import Ipu

FAR = 30.0
"""Seconds; what lies farther away counts as this far."""

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Context:
    """Units in order of start, and arrays about them (one entry, or one row, a unit).

    `who` is the speaker's column.  `before_start[k, q]` is the index of speaker q's last unit
    that begins at or before the start of unit k, -1 where there is none; `before_end[k, q]`
    the same for the end of unit k.  For a unit's own speaker the first is the unit itself.
    """

    units: tuple[Ipu, ...]
    speakers: tuple[str, ...]
    start: Floats
    end: Floats
    who: Ints
    before_start: Ints
    before_end: Ints
    own_previous: Ints
    own_next: Ints

    @classmethod
    def of(cls, units: Sequence[Ipu]) -> Context:
        """Context of `units`, which are in order of start."""
        speakers = tuple(dict.fromkeys(unit.speaker for unit in units))
        column = {speaker: k for k, speaker in enumerate(speakers)}
        start = np.array([unit.start for unit in units])
        end = np.array([unit.end for unit in units])
        who = np.array([column[unit.speaker] for unit in units], dtype=np.int64)
        before_start = np.full((len(units), len(speakers)), -1, dtype=np.int64)
        before_end = before_start.copy()
        own_previous = np.full(len(units), -1, dtype=np.int64)
        own_next = own_previous.copy()
        for q in range(len(speakers)):
            mine = np.flatnonzero(who == q)
            lookup = np.append(mine, -1)  # index -1 picks the last entry: none
            before_start[:, q] = lookup[np.searchsorted(start[mine], start, side="right") - 1]
            before_end[:, q] = lookup[np.searchsorted(start[mine], end, side="right") - 1]
            own_previous[mine[1:]] = mine[:-1]
            own_next[mine[:-1]] = mine[1:]
        rows = np.arange(len(units))
        before_start[rows, who] = rows
        return cls(
            tuple(units),
            speakers,
            start,
            end,
            who,
            before_start,
            before_end,
            own_previous,
            own_next,
        )

    @property
    def own_before(self) -> Floats:
        """Silence of the speaker's own before each unit, at most `FAR`."""
        previous = np.where(self.own_previous >= 0, self.end[self.own_previous], -np.inf)
        return np.minimum(self.start - previous, FAR)

    @property
    def own_after(self) -> Floats:
        """Silence of the speaker's own after each unit, at most `FAR`."""
        following = np.where(self.own_next >= 0, self.start[self.own_next], np.inf)
        return np.minimum(following - self.end, FAR)

    def others(self, at: Ints) -> Ints:
        """`at` (a before-matrix) with each unit's own speaker blanked to -1."""
        blanked = at.copy()
        blanked[np.arange(len(self.units)), self.who] = -1
        return blanked

    def ends(self, at: Ints) -> Floats:
        """End of the units in `at`; -inf where there is none."""
        return np.where(at >= 0, self.end[at], -np.inf)

    def starts(self, at: Ints) -> Floats:
        """Start of the units in `at`; -inf where there is none."""
        return np.where(at >= 0, self.start[at], -np.inf)

    @property
    def other_before(self) -> Floats:
        """Seconds since another spoke when each unit begins: 0 in overlap, at most `FAR`."""
        last = self.ends(self.others(self.before_start)).max(axis=1, initial=-np.inf)
        return np.asarray(np.clip(self.start - last, 0.0, FAR))
