"""Half-open intervals of time, and the few operators the other modules need.

Times are float seconds from the start of the recording.  An interval is
``[start, end)``: two that touch do not overlap.  Lists given to the algebra may be
in any order and may overlap; lists returned are sorted and disjoint.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

TOLERANCE = 5e-7
"""Seconds by which a length may differ from a setting and still equal it.

The same length comes out a little different early and late in a recording (4.4 - 2.9 and
6.4 - 4.9 are not the same float).  Half a microsecond is far below any real difference."""


def exceeds(seconds: float, limit: float) -> bool:
    """Whether a length or time is more than `limit`, wherever in the recording it was taken.

    >>> 4.4 - 2.9 > 1.5, exceeds(4.4 - 2.9, 1.5), exceeds(1.501, 1.5)
    (True, False, True)
    """
    return seconds > limit + TOLERANCE


def reaches(seconds: float, limit: float) -> bool:
    """Whether a length or time is at least `limit`, wherever in the recording it was taken.

    >>> 1.3 - 1.0 >= 0.3, reaches(1.3 - 1.0, 0.3), reaches(0.299, 0.3)
    (True, True, False)
    """
    return seconds >= limit - TOLERANCE


def on_grid(time: float) -> float:
    """`time` to the microsecond, so that equal times are equal floats.

    >>> 2.9 + 1.5 == 4.4, on_grid(0.1 + 0.2) == 0.3
    (True, True)
    """
    return round(time, 6)


@dataclass(frozen=True, slots=True, order=True)
class Interval:
    """A stretch of time ``[start, end)`` in seconds, ``start <= end``.

    Examples
    --------
    >>> Interval(1.0, 3.5).duration
    2.5
    >>> Interval(3.0, 1.0)
    Traceback (most recent call last):
        ...
    ValueError: interval ends at 1.0 s, before its start at 3.0 s
    """

    start: float
    end: float

    def __post_init__(self) -> None:
        if not self.start <= self.end:
            raise ValueError(f"interval ends at {self.end} s, before its start at {self.start} s")

    @property
    def duration(self) -> float:
        """Length in seconds."""
        return self.end - self.start

    @property
    def middle(self) -> float:
        """Midpoint in seconds."""
        return (self.start + self.end) / 2

    def overlap(self, other: Interval) -> float:
        """Seconds shared with `other`; 0 when they only touch.

        >>> Interval(0, 2).overlap(Interval(1.5, 4))
        0.5
        """
        return max(0.0, min(self.end, other.end) - max(self.start, other.start))

    def shifted(self, seconds: float) -> Interval:
        """The same stretch, later by `seconds`."""
        return Interval(self.start + seconds, self.end + seconds)


def union(intervals: Iterable[Interval], gap: float = 0.0) -> list[Interval]:
    """Sorted, disjoint cover of `intervals`; silences of at most `gap` seconds are filled.

    >>> union([Interval(2, 3), Interval(0, 1), Interval(0.5, 1.5)])
    [Interval(start=0, end=1.5), Interval(start=2, end=3)]
    >>> union([Interval(0, 1), Interval(1.2, 2)], gap=0.2)
    [Interval(start=0, end=2)]
    """
    out: list[Interval] = []
    for item in sorted(intervals):
        if out and item.start - out[-1].end <= gap + TOLERANCE:
            if item.end > out[-1].end:
                out[-1] = Interval(out[-1].start, item.end)
        else:
            out.append(item)
    return out


def intersection(a: Iterable[Interval], b: Iterable[Interval]) -> list[Interval]:
    """Stretches that lie in both `a` and `b`.

    >>> intersection([Interval(0, 2), Interval(3, 5)], [Interval(1, 4)])
    [Interval(start=1, end=2), Interval(start=3, end=4)]
    """
    left, right = union(a), union(b)
    out: list[Interval] = []
    i = j = 0
    while i < len(left) and j < len(right):
        start = max(left[i].start, right[j].start)
        end = min(left[i].end, right[j].end)
        if start < end:
            out.append(Interval(start, end))
        if left[i].end <= right[j].end:
            i += 1
        else:
            j += 1
    return out


def difference(a: Iterable[Interval], b: Iterable[Interval]) -> list[Interval]:
    """Stretches of `a` that lie outside every interval of `b`.

    >>> difference([Interval(0, 5)], [Interval(1, 2), Interval(4, 9)])
    [Interval(start=0, end=1), Interval(start=2, end=4)]
    """
    out: list[Interval] = []
    holes = union(b)
    first = 0
    for item in union(a):
        start = item.start
        while first < len(holes) and holes[first].end <= start:
            first += 1
        k = first
        while k < len(holes) and holes[k].start < item.end:
            if holes[k].start > start:
                out.append(Interval(start, holes[k].start))
            start = max(start, holes[k].end)
            k += 1
        if start < item.end:
            out.append(Interval(start, item.end))
    return out


def total(intervals: Iterable[Interval]) -> float:
    """Seconds covered by at least one of `intervals`.

    >>> total([Interval(0, 2), Interval(1, 3)])
    3
    """
    return sum((item.duration for item in union(intervals)), 0)


def crop(intervals: Iterable[Interval], window: Interval) -> list[Interval]:
    """The parts of `intervals` inside `window`, each kept apart (no merging).

    >>> crop([Interval(0, 2), Interval(3, 9)], Interval(1, 4))
    [Interval(start=1, end=2), Interval(start=3, end=4)]
    """
    return [
        Interval(max(item.start, window.start), min(item.end, window.end))
        for item in sorted(intervals)
        if item.start < window.end and item.end > window.start
    ]


def gaps(intervals: Iterable[Interval], window: Interval) -> list[Interval]:
    """Stretches of `window` that no interval covers.

    >>> gaps([Interval(1, 2)], Interval(0, 3))
    [Interval(start=0, end=1), Interval(start=2, end=3)]
    """
    return difference([window], intervals)


def overlaps(tracks: Sequence[Iterable[Interval]], at_least: int = 2) -> list[Interval]:
    """Stretches covered by at least `at_least` of `tracks`.

    >>> overlaps([[Interval(0, 3)], [Interval(1, 5)], [Interval(2, 4)]])
    [Interval(start=1, end=4)]
    >>> overlaps([[Interval(0, 3)], [Interval(1, 5)], [Interval(2, 4)]], at_least=3)
    [Interval(start=2, end=3)]
    """
    edges: list[tuple[float, int]] = []
    for track in tracks:
        for item in union(track):
            if item.duration:
                edges += [(item.start, 1), (item.end, -1)]
    edges.sort()
    out: list[Interval] = []
    depth, opened = 0, 0.0
    for at, step in edges:
        if depth < at_least <= depth + step:
            opened = at
        elif depth + step < at_least <= depth and at > opened:
            out.append(Interval(opened, at))
        depth += step
    return union(out)
