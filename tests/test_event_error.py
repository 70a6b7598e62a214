"""Intervals of counts of events: chance, and what the model mistakes."""

from __future__ import annotations

from dataclasses import replace

import pytest
from metric_cases import QUICK, event, from_room, session, turn

from session_audio.metrics import event_error, measure
from session_audio.metrics.event_error import EventError, count_interval, errors_of, event_rate
from session_audio.metrics.intervals import poisson_interval
from session_audio.schema import Estimate

ERROR = EventError(0.6, 0.8, 0.2)


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


def test_a_rate_is_the_count_by_time_and_its_interval_goes_with_it() -> None:
    rate = event_rate(6, 1200.0, ERROR)
    low, high = count_interval(6, ERROR)
    assert (rate.value, rate.low, rate.high) == pytest.approx((3.0, low / 2, high / 2))
    assert event_rate(6, 0.0, ERROR) == Estimate(None)


def test_what_was_measured_can_be() -> None:
    kinds = {"backchannel", "interruption_successful"}
    assert set(event_error.measured()) == {"words", "tracks", "diarizer"}
    for errors in event_error.measured().values():
        assert set(errors) == kinds
        for error in errors.values():
            assert 0 < error.precision <= 1
            assert 0 < error.recall <= 1
            assert 0 <= error.spread < 1


def test_what_rules_find_and_input_that_nobody_measured_has_no_error() -> None:
    assert errors_of("diarizer", by_model=True)
    assert not errors_of("diarizer", by_model=False)
    assert not errors_of("given", by_model=True)


def test_members_carry_the_interval_of_their_input() -> None:
    turns = [turn(k, ("P01", "P02")[k % 2], 5.0 * k, 5.0 * k + 4) for k in range(20)]
    events = [event("interruption_successful", 5.0 * k, "P01", "P02") for k in (2, 4, 8)]
    events += [event("backchannel", 5.0 * k, "P02", "P01") for k in (1, 3)]
    for one, source in ((from_room(), "diarizer"), (session(), "words")):
        measured = errors_of(source, by_model=True)  # type: ignore[arg-type]
        for by_model, errors in ((True, measured), (False, {})):
            made = measure(one, turns, events, None, 100.0, QUICK, by_model=by_model)
            by = {m.participant: m for m in made.members}
            cut, listening = (errors.get(k) for k in ("interruption_successful", "backchannel"))
            first, second = (by[p] for p in sorted(by) if p in ("P01", "P02"))
            assert (first.interruptions_made_low, first.interruptions_made_high) == count_interval(
                3, cut
            )
            assert second.interruptions_received_high == count_interval(3, cut)[1]
            assert second.backchannel_count_low == count_interval(2, listening)[0]
            assert first.interruptions_made_rate == event_rate(3, 40.0, cut)
            (pair,) = [p for p in made.interruption_pairs if p.successful]
            assert pair.rate == event_rate(3, pair.opportunity, cut)
