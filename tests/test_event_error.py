"""Counts of events: what each counts for, what is not told, chance and what the model mistakes."""

from __future__ import annotations

from dataclasses import replace

import pytest
from metric_cases import QUICK, event, from_room, session, turn

from session_audio.metrics import event_error, measure
from session_audio.metrics.event_error import (
    LEAST,
    WIDEST,
    EventError,
    count_interval,
    errors_of,
    event_rate,
    likely_number,
)
from session_audio.metrics.events import counts_for
from session_audio.metrics.intervals import poisson_interval
from session_audio.schema import Estimate, Interaction, Measures

ERROR = EventError(0.6, 0.8, 0.2, sure=0.7)
CUT, LISTENING = "interruption_successful", "backchannel"


@pytest.mark.parametrize("count", [0, 1, 7, 400])
class TestInterval:
    def test_without_a_measured_error_it_is_that_of_chance(self, count: int) -> None:
        assert count_interval(count) == poisson_interval(count)

    def test_it_is_about_the_corrected_count(self, count: int) -> None:
        low, high = count_interval(count, ERROR)
        assert low <= count * 0.6 / 0.8 <= high
        exact = EventError(1.0, 1.0, 0.0)
        assert count_interval(count, exact) == pytest.approx(poisson_interval(count))

    def test_what_differs_between_meetings_widens_it(self, count: int) -> None:
        low, high = count_interval(count, ERROR)
        wider = count_interval(count, replace(ERROR, spread=0.5))
        assert wider[0] <= low <= high < wider[1]


def test_an_unsure_event_counts_for_its_confidence_and_no_more() -> None:
    assert likely_number([0.3, 0.7, 0.9], ERROR) == pytest.approx(2.3)
    assert likely_number([0.3, 0.7, 0.9]) == 3


def test_a_rate_is_the_likely_number_by_time_and_its_interval_goes_with_it() -> None:
    told = [0.5] * 6
    rate, (low, high) = event_rate(told, 1200.0, ERROR), count_interval(6, ERROR)
    assert (rate.value, rate.low, rate.high) == pytest.approx((1.5, low / 2, high / 2))
    assert event_rate(told, 0.0, ERROR) == Estimate(None)


@pytest.mark.parametrize(
    ("change", "doubt"),
    [
        ({}, None),
        ({"precision": LEAST - 0.01}, "precision"),
        ({"recall": LEAST - 0.01}, "recall"),
        ({"spread": WIDEST + 0.01}, "spread"),
    ],
)
def test_what_cannot_be_told_is_no_number_and_says_why(
    change: dict[str, float], doubt: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    errors = {CUT: replace(ERROR, **change), LISTENING: ERROR}
    monkeypatch.setattr(event_error, "measured", lambda: {"diarizer": errors})
    made = measured_of(events())
    (cut, _) = made.event_kinds
    assert cut.doubt == doubt
    first = next(m for m in made.members if m.participant == "P01")
    second = next(m for m in made.members if m.participant == "P02")
    pair = next(p for p in made.interruption_pairs if p.holder == "P02" and p.successful != 0)
    of_cuts = (
        first.interruptions_made,
        first.interruptions_made_low,
        first.interruptions_made_rate.value,
        second.interruptions_received,
        second.cuts_without_return,
        made.group.interruption_rate.value,
        pair.successful,
        pair.rate.value,
        pair.expected,
        counts_for(events()[0], made),
    )
    assert all((number is None) == (doubt is not None) for number in of_cuts)
    assert second.backchannel_count == pytest.approx(0.5 + 0.5)
    if doubt is None:
        assert first.interruptions_made == pytest.approx(3 * 0.5)
        assert made.untold == ()


def test_what_was_measured_can_be() -> None:
    assert set(event_error.measured()) == {"words", "tracks", "diarizer"}
    for errors in event_error.measured().values():
        assert {CUT, LISTENING} <= set(errors)
        for error in errors.values():
            assert 0 <= error.precision <= 1
            assert 0 <= error.recall <= 1
            assert 0 <= error.sure <= 1


def test_what_rules_find_and_input_that_nobody_measured_counts_as_it_is() -> None:
    assert errors_of("diarizer", by_model=True)
    assert not errors_of("diarizer", by_model=False)
    assert not errors_of("given", by_model=True)
    made = measure(session(), TURNS, events(), None, 100.0, QUICK)
    assert made.event_kinds == ()
    assert next(m for m in made.members if m.participant == "P01").interruptions_made == 3
    assert counts_for(events()[0], made) == 1


TURNS = [turn(k, ("P01", "P02")[k % 2], 5.0 * k, 5.0 * k + 4) for k in range(20)]


def events() -> list[Interaction]:
    """Three times P01 cuts in on P02, who listens twice; confidence one half."""
    cuts = [event(CUT, 5.0 * k, "P01", "P02") for k in (2, 4, 8)]
    found = cuts + [event(LISTENING, 5.0 * k, "P02", "P01") for k in (1, 3)]
    return [replace(one, confidence=0.5) for one in found]


def measured_of(found: list[Interaction]) -> Measures:
    return measure(from_room(), TURNS, found, None, 100.0, QUICK, by_model=True)


def test_members_carry_the_interval_of_their_input(monkeypatch: pytest.MonkeyPatch) -> None:
    errors = {"diarizer": {LISTENING: ERROR}, "words": {LISTENING: replace(ERROR, spread=0.1)}}
    monkeypatch.setattr(event_error, "measured", lambda: errors)
    for one, source in ((from_room(), "diarizer"), (session(), "words")):
        made = measure(one, TURNS, events(), None, 100.0, QUICK, by_model=True)
        second = next(m for m in made.members if m.participant == "P02")
        told = count_interval(2, errors[source][LISTENING])
        assert (second.backchannel_count_low, second.backchannel_count_high) == told
