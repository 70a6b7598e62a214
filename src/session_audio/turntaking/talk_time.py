"""How long a speaker talks within a stretch of time, for many stretches at once.

Conventions: seconds; stretches are half-open ``[start, end)``; a speaker's own units are in
order and do not overlap.  Time grows with the logarithm of their number.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class TalkTime:
    """The speech of one speaker.  Each array has one entry a unit, in order of start."""

    start: Floats
    end: Floats
    before: Floats
    """Seconds the speaker talked before the unit."""

    @classmethod
    def of(cls, start: Floats, end: Floats) -> TalkTime:
        """Talk time of units that run from `start` to `end`.

        >>> talk = TalkTime.of(np.array([0.0, 4.0]), np.array([1.0, 6.0]))
        >>> talk.between(np.array([0.5, 2.0]), np.array([5.0, 3.0])).tolist()
        [1.5, 0.0]
        """
        return cls(start, end, np.concatenate([[0.0], np.cumsum(end - start)])[:-1])

    def until(self, time: Floats) -> Floats:
        """Seconds the speaker talked before each `time`."""
        if not len(self.start):
            return np.zeros(len(time))
        unit = np.searchsorted(self.start, time, side="right") - 1
        talked = self.before[unit] + np.minimum(time, self.end[unit]) - self.start[unit]
        return np.where(unit >= 0, talked, 0.0)

    def between(self, start: Floats, end: Floats) -> Floats:
        """Seconds the speaker talks in each ``[start, end)``."""
        return self.until(end) - self.until(start)

    def next_start(self, time: Floats) -> Floats:
        """When the speaker next begins a unit after each `time`; infinite for never."""
        return np.append(self.start, np.inf)[np.searchsorted(self.start, time, side="right")]
