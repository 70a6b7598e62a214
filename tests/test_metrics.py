"""What is measured of a session."""

from __future__ import annotations

import math
from dataclasses import fields, replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from metric_cases import ERROR, IDS, QUICK, from_room, run, session, turn

from session_audio.interval import Interval
from session_audio.metrics import measure, participation, timing
from session_audio.metrics.diarization_error import speech_source
from session_audio.schema import (
    Diarization,
    Estimate,
    ParticipantId,
    Recording,
    SpeakerSegment,
    Turn,
)


@st.composite
def sessions(draw: st.DrawFn) -> list[Turn]:
    """Turns with responses, in time with overlaps and silences."""
    made: list[Turn] = []
    clock, before = 0, None
    for index in range(draw(st.integers(0, 40))):
        who = draw(st.sampled_from(IDS))
        clock = max(0, clock + draw(st.integers(-5, 40)))
        length = draw(st.integers(1, 100))
        to = before if before != who else None
        made.append(turn(index, who, clock / 8, (clock + length) / 8, to))
        clock, before = clock + length, who
    made.sort(key=lambda t: (t.start, t.end))
    return [replace(t, index=k) for k, t in enumerate(made)]


class TestProperties:
    @given(sessions())
    def test_shares_sum_to_one(self, turns: list[Turn]) -> None:
        measures = run(turns)
        values = [m.speaking_time_share.value for m in measures.members]
        if turns:
            assert sum(v or 0.0 for v in values) == pytest.approx(1.0)
        else:
            assert values == [None] * len(IDS)
        for window in measures.windows:
            assert sum(window.shares.values()) == pytest.approx(1.0) or not window.shares

    @given(sessions(), st.integers(1, 4000))
    def test_a_shift_in_time_changes_no_number(self, turns: list[Turn], by: int) -> None:
        later = [
            replace(
                t,
                start=t.start + by,
                end=t.end + by,
                speech=tuple(piece.shifted(by) for piece in t.speech),
            )
            for t in turns
        ]
        for here, there in zip(run(turns).members, run(later).members, strict=True):
            moved = replace(
                here, quieter_from=None if here.quieter_from is None else here.quieter_from + by
            )
            for one in fields(here):
                assert_close(getattr(moved, one.name), getattr(there, one.name))

    @given(sessions())
    def test_renaming_people_changes_no_number(self, turns: list[Turn]) -> None:
        new = dict(zip(IDS, ("T09", "Q3", "Q2", "Q1"), strict=True))
        other = [
            replace(
                t,
                participant=ParticipantId(new[t.participant]),
                responds_to=ParticipantId(new[t.responds_to]) if t.responds_to else None,
            )
            for t in turns
        ]
        renamed = session(tuple(new.values()), tuple(new.values()))
        end = max((t.end for t in turns), default=0.0)
        here, there = run(turns), measure(renamed, other, (), None, end, QUICK)
        for one in fields(here.group):
            assert_close(getattr(here.group, one.name), getattr(there.group, one.name))
        for a, b in zip(here.members, there.members, strict=True):
            assert_close(a.speaking_time_share, b.speaking_time_share)
            assert (new[a.participant], a.turn_count) == (b.participant, b.turn_count)

    @given(sessions(), st.integers(0, 40))
    def test_splitting_a_session_adds_up(self, turns: list[Turn], split: int) -> None:
        whole, first, second = run(turns), run(turns[:split]), run(turns[split:])
        for k in range(len(IDS)):
            parts = (first.members[k], second.members[k])
            assert whole.members[k].turn_count == sum(p.turn_count for p in parts)
            assert whole.members[k].words == sum(p.words or 0 for p in parts) or not turns
            # One who talks across the cut is counted once in the whole.
            assert whole.members[k].speaking_time <= sum(p.speaking_time for p in parts) + 1e-9

    @given(sessions())
    def test_played_backwards_it_keeps_its_balance(self, turns: list[Turn]) -> None:
        end = max((t.end for t in turns), default=0.0)
        back = [
            turn(k, t.participant, end - t.end, end - t.start)
            for k, t in enumerate(sorted(turns, key=lambda t: -t.end))
        ]
        here = run(turns).group
        there = measure(session(), back, (), None, end, QUICK).group
        for name in ("speech_time", "overlap_share", "turn_count"):
            assert_close(getattr(here, name), getattr(there, name))
        for name in ("gini", "entropy", "participation_equality", "gini_members"):
            assert_close(getattr(here, name).value, getattr(there, name).value)

    def test_the_same_session_gives_the_same_intervals(self) -> None:
        turns = [turn(k, IDS[k % 4], k * 3.0, k * 3.0 + 1 + k % 3) for k in range(60)]
        assert run(turns) == run(turns)


def assert_wider(a: Estimate, b: Estimate) -> None:
    """`a` holds `b` and more."""
    assert a.value == b.value
    assert (a.low or 0) <= (b.low or 0) <= (b.high or 0) <= (a.high or 0)
    assert (a.high or 0) - (a.low or 0) > (b.high or 0) - (b.low or 0) + 0.01


def assert_close(a: object, b: object) -> None:
    """Equal, numbers up to rounding."""
    if isinstance(a, Estimate) and isinstance(b, Estimate):
        for one in ("value", "low", "high"):
            assert_close(getattr(a, one), getattr(b, one))
    elif isinstance(a, float) and isinstance(b, float):
        assert a == pytest.approx(b, abs=1e-6)
    elif isinstance(a, tuple) and isinstance(b, tuple):
        for x, y in zip(a, b, strict=True):
            assert_close(x, y)
    else:
        assert a == b


class TestBalance:
    @given(st.lists(st.floats(0, 1e4), min_size=2, max_size=12))
    def test_all_stay_in_range(self, talk: list[float]) -> None:
        for one in (
            participation.gini,
            participation.entropy,
            participation.participation_equality,
        ):
            value = one(talk)
            assert value is None if not sum(talk) else value is not None and 0 <= value <= 1

    def test_known_values(self) -> None:
        assert participation.gini([1, 3]) == pytest.approx(0.5)
        assert participation.entropy([1, 3]) == pytest.approx(0.811278, abs=1e-6)
        assert participation.participation_equality([1, 3]) == pytest.approx(0.75)

    def test_a_silent_member_counts_with_zero(self) -> None:
        turns = [turn(0, "P01", 0, 10), turn(1, "P02", 10, 20, "P01")]
        measures = run(turns)
        silent = next(m for m in measures.members if m.participant == "P03")
        assert (silent.speaking_time, silent.turn_count, silent.words) == (0.0, 0, 0)
        assert silent.speaking_time_share.value == 0.0
        assert silent.median_turn is None
        assert silent.answered_share is None
        assert silent.interruptions_received_rate.value is None
        assert measures.group.gini.value == pytest.approx(participation.gini([10, 10, 0, 0]) or 0)
        assert "P03" in measures.network.isolates

    def test_who_talks_unlisted_is_measured_as_absent(self) -> None:
        measures = run([turn(0, "P01", 0, 10)], here=("T01",))
        assert [(m.participant, m.present) for m in measures.members] == [
            ("T01", True),
            ("P01", False),
        ]

    def test_unattributed_time_stays_visible_and_out_of_shares(self) -> None:
        measures = run([turn(0, "P01", 0, 10), turn(1, "unattributed", 12, 15)])
        assert measures.group.unattributed_time == pytest.approx(3.0)
        assert (
            next(m for m in measures.members if m.participant == "P01").speaking_time_share.value
            == 1
        )
        assert "unattributed_speech_left_out_of_shares" in measures.notes

    def test_overlapping_intervals_are_not_ranked(self) -> None:
        even = [turn(k, IDS[k % 4], k * 3.0, k * 3.0 + 1 + k % 3 / 2) for k in range(80)]
        assert {m.share_rank for m in run(even).members} == {None}
        lopsided = [
            turn(k, IDS[k % 4], k * 30.0, k * 30.0 + (1, 4, 12, 29)[k % 4]) for k in range(120)
        ]
        assert [m.share_rank for m in run(lopsided).members] == [4, 3, 2, 1]

    def test_diarization_error_widens_an_interval(self) -> None:
        turns = [turn(k, IDS[k % 4], k * 3.0, k * 3.0 + 2) for k in range(60)]
        plain, wide = run(turns), measure(from_room(), turns, (), None, 200.0, QUICK)
        one, other = plain.members[0].speaking_time_share, wide.members[0].speaking_time_share
        assert other.value == one.value == 0.25
        assert other.low == pytest.approx(0.25 - math.hypot(0.25 - (one.low or 0), ERROR))
        assert other.high == pytest.approx(0.25 + math.hypot((one.high or 0) - 0.25, ERROR))
        for name in ("gini", "entropy", "participation_equality", "gini_members"):
            assert_wider(getattr(wide.group, name), getattr(plain.group, name))
        for a, b in zip(wide.members, plain.members, strict=True):
            assert_wider(a.last_third_change, b.last_third_change)

    def test_the_error_of_all_alike_moves_the_balance_one_way_only(self) -> None:
        turns = [turn(k, IDS[k % 4], k * 3.0, k * 3.0 + 2) for k in range(60)]
        group = measure(from_room(), turns, (), None, 200.0, QUICK).group
        assert (group.gini.low, group.entropy.high) == (0.0, 1.0)
        assert (group.gini.high or 0) > 0.05 > 1 - (group.entropy.low or 0) > 0

    def test_where_the_blocks_give_no_interval_the_error_alone_gives_none(self) -> None:
        turns = [turn(0, "P01", 0, 9), turn(1, "P02", 9, 10)]
        measures = measure(from_room(), turns, (), None, 10.0, QUICK)
        assert {m.speaking_time_share.low for m in measures.members} == {None}
        assert {m.share_rank for m in measures.members} == {None}

    def test_only_a_diarizer_on_a_room_has_a_measured_error(self) -> None:
        turns = [turn(k, IDS[k % 4], k * 3.0, k * 3.0 + 2) for k in range(60)]
        segments = tuple(SpeakerSegment(t.start, t.end, t.participant) for t in turns)
        exact = run(turns).members
        tracks = tuple(Recording(Path(f"{i}.flac"), ParticipantId(i)) for i in IDS)
        for source, one in (
            ("given", replace(from_room(), diarization=Path("by-hand.rttm"))),
            ("tracks", replace(session(), recordings=tracks)),
            ("words", session()),
        ):
            assert speech_source(one) == source
            speech = Diarization(segments, segments) if source != "words" else None
            measures = measure(one, turns, (), speech, 180.0, QUICK)
            assert [m.speaking_time_share for m in measures.members] == [
                m.speaking_time_share for m in exact
            ]
            note = "speech_from_words" if source == "words" else f"speech_error_unknown_{source}"
            assert note in measures.notes
        assert speech_source(from_room()) == "diarizer"
        measures = measure(from_room(), turns, (), Diarization(segments, segments), 180.0, QUICK)
        assert not measures.notes

    def test_speech_from_the_diarization_wins_over_turns(self) -> None:
        segments = (SpeakerSegment(0, 4, "P01"), SpeakerSegment(3, 8, "P01"))
        measures = measure(
            session(), [turn(0, "P01", 0, 2)], (), Diarization(segments, segments), 10.0, QUICK
        )
        assert measures.group.speech_time == pytest.approx(8.0)
        assert measures.group.silence_share == pytest.approx(0.2)

    def test_windows_suit_the_number_of_people(self) -> None:
        turns = [turn(k, IDS[k % 4], k * 5.0, k * 5.0 + 4) for k in range(240)]
        windows = run(turns).windows
        assert windows[0].end - windows[0].start == pytest.approx(150.0)
        assert windows[1].start - windows[0].start == pytest.approx(30.0)

    def test_who_falls_silent(self) -> None:
        turns = [turn(k, "P01" if k < 40 else "P02", k * 5.0, k * 5.0 + 4) for k in range(60)]
        change = {m.participant: m.last_third_change.value for m in run(turns).members}
        assert change["P01"] == pytest.approx(-1.0, abs=0.05)
        assert change["P02"] == pytest.approx(1.0, abs=0.05)


class TestTiming:
    def test_response_latency_is_negative_in_overlap(self) -> None:
        turns = [turn(0, "P01", 0, 5), turn(1, "P02", 4.5, 9, "P01")]
        assert [a.offset for a in timing.answers(turns)] == [-0.5]

    def test_an_answer_inside_the_others_talk_has_no_latency(self) -> None:
        turns = [turn(0, "P01", 0, 9), turn(1, "P02", 4, 5, "P01")]
        assert [a.offset for a in timing.answers(turns)] == [None]

    def test_short_silences_are_none(self) -> None:
        talk = {"P01": [Interval(0, 1)], "P02": [Interval(1.1, 2)]}
        assert timing.find_silences(talk) == ()

    def test_turn_freedom_has_its_extremes(self) -> None:
        ring = [turn(k, IDS[k % 4], k, k + 1.0) for k in range(40)]
        assert timing.turn_freedom(ring, 4) == pytest.approx(0.0)
        assert timing.turn_freedom(ring[:1], 4) is None

    def test_back_and_forth_is_the_same_pair(self) -> None:
        turns = [turn(k, IDS[k % 2], k, k + 1.0) for k in range(10)]
        assert timing.same_pair_share(turns) == 1.0


@pytest.mark.parametrize("people", [0, 1, 20])
def test_any_number_of_people(people: int) -> None:
    ids = tuple(f"P{k:02d}" for k in range(people))
    turns = [turn(k, ids[k % people], 3 * k, 3 * k + 2) for k in range(people * 3)]
    measures = measure(session(ids, ids), turns, (), None, 100.0, QUICK)
    assert len(measures.members) == people
    assert (measures.group.gini.value is None) == (people < 2)


def test_monologues_are_the_longest_turns() -> None:
    turns = [turn(k, IDS[k % 4], 20 * k, 20 * k + k + 1) for k in range(10)]
    assert run(turns).monologues == (9, 8, 7, 6, 5)
