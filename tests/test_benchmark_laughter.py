"""How `benchmarks/laughter.py` counts: what is told against what is marked."""

from __future__ import annotations

import importlib
from pathlib import Path

import numpy as np
import pytest

from session_audio.interval import Interval


@pytest.fixture(scope="module")
def laughter():
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(Path(__file__).parents[1] / "benchmarks"))
        yield importlib.import_module("laughter")


def clip(laughter, name: str = "a", people: str = "A", marked=((5.0, 6.0),), unsure=()):
    return laughter.Clip(
        name,
        frozenset(people),
        tuple(Interval(*m) for m in marked),
        (),
        tuple(Interval(*u) for u in unsure),
    )


@pytest.mark.parametrize(
    ("told", "counts"),
    [
        ((), (0, 0, 1, 0)),
        (((5.2, 5.6),), (1, 1, 1, 1)),
        (((5.2, 5.6), (20.0, 21.0)), (2, 1, 1, 1)),
        (((0.0, 30.0),), (1, 0, 1, 0)),
        (((8.1, 8.5),), (0, 0, 1, 0)),
    ],
    ids=["nothing told", "found", "and one invented", "all of the clip is no event", "unsure"],
)
def test_what_is_told_is_right_only_where_it_is_marked(laughter, told, counts) -> None:
    found = laughter.judged(clip(laughter, unsure=((8.0, 9.0),)), [Interval(*t) for t in told])
    assert (found.told, found.right, found.marked, found.found) == counts


def test_places_that_are_near_are_one_event_and_blips_none(laughter) -> None:
    scores = np.zeros(100)
    scores[[*range(10, 15), *range(17, 20), 50]] = 0.9
    assert laughter.events(scores, 0.5) == [Interval(1.0, 2.0)]


def test_clips_that_share_a_speaker_are_left_out_together(laughter) -> None:
    clips = [clip(laughter, name, people) for name, people in (("a", "AB"), ("b", "C"), ("c", "B"))]
    groups = [sorted(c.name for c in group) for group in laughter.grouped(clips)]
    assert sorted(groups) == [["a", "c"], ["b"]]
