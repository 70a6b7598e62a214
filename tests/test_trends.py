"""A group over the weeks: own past, correction, attendance, arcs."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import timedelta

import pytest

from session_audio.metrics import measure as measure_session
from session_audio.metrics.intervals import count_rate, share_of_count
from session_audio.schema import Estimate
from session_audio.series.comparison import (
    against_past,
    benjamini_hochberg,
    pool,
    with_least_error,
)
from session_audio.series.trends import MEASURES, concerns, measure, series
from session_audio.testing import conversation, example_series, session_of, speech_of


def around(value: float, error: float) -> Estimate:
    return Estimate(value, value - 1.96 * error, value + 1.96 * error)


def test_undefined_is_not_compared() -> None:
    assert against_past(Estimate(None), [around(0.2, 0.02)]) is None
    assert against_past(around(0.2, 0.02), []) is None
    assert against_past(around(0.2, 0.02), [Estimate(0.3)]) is None
    assert against_past(Estimate(0.2), [around(0.3, 0.02)]) is None


def test_sessions_that_differ_widen_the_expectation() -> None:
    now = around(0.1, 0.02)
    steady = against_past(now, [around(0.3, 0.02)] * 3)
    uneven = against_past(now, [around(v, 0.02) for v in (0.1, 0.3, 0.5)])
    assert steady is not None
    assert uneven is not None
    assert steady.p < 0.001 < uneven.p
    assert uneven.high - uneven.low > 2 * (steady.high - steady.low)


def test_false_alarms_stay_near_their_rate() -> None:
    """Sessions drawn around one mean: few comparisons fall below 0.05."""
    draw = random.Random(1)
    below = 0
    for _ in range(400):
        values = [around(draw.gauss(0.25, 0.03), 0.03) for _ in range(5)]
        seen = against_past(values[-1], values[:-1])
        assert seen is not None
        below += seen.p < 0.05
    assert below / 400 < 0.08


def test_correction_keeps_the_rate() -> None:
    assert benjamini_hochberg([0.04] * 3, 0.05) == [True] * 3
    assert benjamini_hochberg([0.04, 0.5, 0.9], 0.05) == [False] * 3
    draw = random.Random(2)
    wrong = sum(
        any(benjamini_hochberg([draw.random() for _ in range(50)], 0.05)) for _ in range(400)
    )
    assert wrong / 400 < 0.09


def test_intervals() -> None:
    rate = count_rate(4, 1200.0)
    assert (rate.value, round(rate.low or 0, 2), round(rate.high or 0, 2)) == (2.0, 0.54, 5.12)
    assert share_of_count(None, 30) == Estimate(None)
    half = share_of_count(0.5, 20)
    assert (round(half.low or 0, 2), round(half.high or 0, 2)) == (0.3, 0.7)
    assert pool([Estimate(None)]) == Estimate(None)
    assert with_least_error(Estimate(None), 0.01) == Estimate(None)


def test_a_rate_needs_a_minute_of_opportunity() -> None:
    member = replace(example_series()[0].measures.members[1], speaking_time=59.0)
    assert measure("cut_off", member, 2400.0) == Estimate(None)
    assert measure("turn_rate", member, 59.0) == Estimate(None)
    assert measure("turn_rate", member, 2400.0) == count_rate(member.turn_count, 2400.0)


def test_what_is_within_the_diarizers_error_does_not_stand_out() -> None:
    """The same change of a share, told by a diarizer and by a person."""
    weeks = []
    for week, quiet in enumerate((30, 30, 30, 21)):
        people = (("T01", 30), ("P01", quiet), ("P02", 30), ("P03", 30))
        text, clock = [], 0.0
        for _ in range(64):
            for who, tenths in people:
                text.append(f"{who} {clock:.1f}-{clock + tenths / 10:.1f} well")
                clock += tenths / 10 + 0.2
        weeks.append((week, conversation(" | ".join(text)), clock))

    def significant(*, room: bool) -> bool:
        past = []
        for _, turns, end in weeks:
            session = session_of(("T01", "P01", "P02", "P03"), room=room)
            rows = measure_session(session, turns, (), speech_of(turns), end).members
            past.append(measure("share", rows[1], end))
        seen = against_past(past[-1], past[:-1])
        assert seen is not None
        return seen.p < 0.01

    assert significant(room=False)
    assert not significant(room=True)


def test_order_of_sessions_does_not_matter() -> None:
    results = list(example_series())
    assert series(results[::-1]) == series(results)


def test_attendance_and_who_was_away() -> None:
    seen = series(example_series())
    nora = next(p for p in seen.people if p.participant == "P04")
    assert nora.attendance == ("present", "away", "present", "present")
    assert nora.points["share"][1] is None
    assert nora.interruptions_received[1] is None


def test_joining_and_leaving() -> None:
    results = []
    for k, result in enumerate(example_series()):
        people = result.session.group.participants
        joined = replace(people[1], joined=example_series()[1].session.date)
        left = replace(people[3], left=example_series()[2].session.date)
        group = replace(
            result.session.group, participants=(people[0], joined, people[2], left, people[4])
        )
        gone = {0: "P01", 3: "P03"}.get(k)
        here = tuple(who for who in result.session.attendance if who != gone)
        results.append(
            replace(result, session=replace(result.session, group=group, attendance=here))
        )
    seen = {p.participant: p.attendance for p in series(results).people}
    assert seen["P01"] == ("not_yet", "present", "present", "present")
    assert seen["P03"] == ("present", "present", "present", "left")


def test_the_first_session_is_compared_with_nothing() -> None:
    for person in series(example_series()).people:
        for name in MEASURES:
            first = person.points[name][0]
            assert first is None or first.comparison is None


def test_the_quiet_weeks_stand_out_and_no_one_else_does() -> None:
    seen = series(example_series())
    out = {
        (p.participant, k)
        for p in seen.people
        for k, point in enumerate(p.points["share"])
        if point and point.significant
    }
    assert out == {("P02", 1)}
    assert seen.comparisons == sum(
        point is not None and point.comparison is not None
        for p in seen.people
        for name in MEASURES
        for point in p.points[name]
    ) + sum(c is not None for arc in seen.arcs for c in (arc.fell, arc.rose))


def test_the_arc_from_the_joke_to_the_repair() -> None:
    (arc,) = series(example_series()).arcs
    assert arc.participant == "P02"
    assert arc.strains == ((0, 0),)
    assert arc.withdrawals == ((1, 0), (2, 0))
    assert arc.repairs == ((3, 0), (3, 1))
    assert arc.phases == ("before", "between", "between", "after")
    assert arc.fell_significantly
    assert arc.rose_significantly
    assert arc.between.value == pytest.approx(0.066, abs=0.005)


def test_a_repair_before_the_strain_is_none() -> None:
    results = list(example_series())
    results[0], results[3] = (
        replace(results[0], flags=results[3].flags),
        replace(results[3], flags=results[0].flags),
    )
    (arc,) = series(results).arcs
    assert arc.repairs == ((0, 0), (0, 1)) or arc.repairs == ()
    assert min((*arc.strains, *arc.withdrawals))[0] > 0
    assert all(k > 0 for k, _ in arc.repairs)


def test_a_rating_that_fell_begins_an_arc_where_no_strain_was_found() -> None:
    results = [replace(r, flags=r.flags if k == 3 else ()) for k, r in enumerate(example_series())]
    (arc,) = series(results, rating_drop=2.0).arcs
    assert arc.participant == "P02"
    assert (arc.strains, arc.withdrawals) == ((), ())
    assert arc.drops[0][:2] == (1, "GSRS")
    assert arc.begun == 1
    assert arc.repairs == ((3, 0), (3, 1))
    assert arc.phases == ("before", "between", "between", "after")
    assert series(results, rating_drop=9.0).arcs == ()
    assert series([replace(r, flags=()) for r in results], rating_drop=2.0).arcs == ()


def test_two_attempts_in_a_row_are_one_repair() -> None:
    results = list(example_series())
    results[2] = replace(results[2], flags=results[3].flags[:1])
    (arc,) = series(results).arcs
    assert [k for k, _ in arc.repairs] == [2, 3, 3]
    assert arc.phases == ("before", "between", "between", "after")


def test_whom_a_candidate_concerns() -> None:
    joke = example_series()[0].flags[0]
    assert concerns(joke) == ("P02",)
    assert concerns(replace(joke, subtype="withdrawal")) == ("P03",)
    assert concerns(replace(joke, target="therapist")) == ("P03",)
    assert concerns(replace(joke, kind="repair", subtype=None)) == ("P03", "P02")


def test_ratings_are_means_and_changes_of_the_same_person() -> None:
    seen = series(example_series())
    row = next(r for r in seen.ratings if r.participant == "P04")
    assert row.means[1] is None
    assert row.changes[0] is None
    assert row.changes[2] == pytest.approx((row.means[2] or 0) - (row.means[0] or 0))


def test_a_silent_session_is_not_measured_without_error() -> None:
    member = example_series()[0].measures.members[1]
    silent = replace(member, speaking_time_share=Estimate(0.0, 0.0, 0.0), turn_count=0)
    value = measure("share", silent, 2400.0)
    assert value.high is not None
    assert value.high > 0.01


def test_shifting_the_dates_changes_nothing() -> None:
    results = example_series()
    moved = [
        replace(r, session=replace(r.session, date=r.session.date + timedelta(days=7)))
        for r in results
    ]
    assert series(moved).people == series(results).people


def test_a_voice_of_nobody_is_no_person_of_the_series() -> None:
    results = list(example_series())
    quality = results[1].quality
    seen = (
        replace(quality.identifications[0], how="unknown"),
        *quality.identifications[1:],
    )
    results[1] = replace(results[1], quality=replace(quality, identifications=seen))
    nobody = seen[0].participant
    over_time = series(results)
    assert nobody not in {p.participant for p in over_time.people}
    nora = next(p for p in over_time.people if p.participant == "P04")
    assert nora.attendance[1] == "unclear"
