import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from session_audio.interval import (
    Interval,
    crop,
    difference,
    gaps,
    intersection,
    overlaps,
    total,
    union,
)

times = st.integers(0, 200)
intervals = st.lists(
    st.tuples(times, times).map(lambda p: Interval(min(p) / 4, max(p) / 4)), max_size=12
)


def covered(items: list[Interval]) -> set[int]:
    """Quarter-second cells that `items` cover."""
    return {k for i in items for k in range(round(i.start * 4), round(i.end * 4))}


def test_an_interval_may_not_end_before_it_starts() -> None:
    with pytest.raises(ValueError, match=r"ends at 1.0 s, before its start at 2.0 s"):
        Interval(2.0, 1.0)


def test_intervals_that_touch_do_not_overlap() -> None:
    assert Interval(0, 1).overlap(Interval(1, 2)) == 0


@given(intervals, intervals)
def test_the_algebra_agrees_with_sets_of_cells(a: list[Interval], b: list[Interval]) -> None:
    assert covered(union(a)) == covered(a)
    assert covered(intersection(a, b)) == covered(a) & covered(b)
    assert covered(difference(a, b)) == covered(a) - covered(b)
    assert covered(overlaps([a, b])) == covered(a) & covered(b)
    assert total(a) == pytest.approx(len(covered(a)) / 4)


@given(intervals)
def test_union_is_sorted_and_disjoint(a: list[Interval]) -> None:
    merged = union(a)
    assert all(x.end < y.start for x, y in itertools.pairwise(merged))


@given(intervals)
def test_gaps_and_speech_fill_the_window(a: list[Interval]) -> None:
    window = Interval(5, 45)
    inside = crop(a, window)
    assert total(inside) + total(gaps(a, window)) == pytest.approx(window.duration)
