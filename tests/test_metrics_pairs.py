"""What is measured between two: interruptions and answers."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from metric_cases import IDS, event, run, turn

from session_audio.metrics import interruption, network
from session_audio.metrics.intervals import count_rate
from session_audio.schema import (
    Estimate,
    Interaction,
    InterruptionPair,
    Participant,
    ParticipantId,
)
from session_audio.settings import MetricSettings


class TestInterruptions:
    def test_rates_are_by_opportunity(self) -> None:
        turns = [turn(0, "P01", 0, 300), turn(1, "P02", 300, 400)]
        measures = run(turns, event("interruption_successful", 100, "P02", "P01"))
        by = {m.participant: m for m in measures.members}
        assert by["P01"].interruptions_received_rate.value == pytest.approx(2.0)
        assert by["P02"].interruptions_made_rate.value == pytest.approx(2.0)
        pair = next(
            p for p in measures.interruption_pairs if (p.participant, p.holder) == ("P02", "P01")
        )
        assert (pair.successful, pair.opportunity) == (1, 300.0)

    def test_chance_gives_more_to_who_talks_more(self) -> None:
        expected = interruption.expected_pairs({"a": 6, "b": 0, "c": 0}, {"a": 9, "b": 4, "c": 2})
        assert (expected["b", "a"], expected["c", "a"]) == (4.0, 2.0)

    def test_rivals_need_both_directions(self) -> None:
        counts = dict.fromkeys(IDS, 10)

        def rivals(events: list[Interaction]) -> list[tuple[str, str]]:
            measures = interruption.find_rivals(
                events, IDS, counts, shuffles=999, significance=0.05, seed=1
            )
            return [(pair.first, pair.second) for pair in measures]

        one_way = [event("interruption_successful", k, "P01", "P02") for k in range(12)]
        back = [event("interruption_unsuccessful", k, "P02", "P01") for k in range(12)]
        assert rivals(one_way) == []
        assert rivals(one_way + back) == [("P01", "P02")]
        assert rivals([]) == []

    def test_an_attribute_is_crossed_only_between_groups_of_two(self) -> None:
        def person(who: str, value: str) -> Participant:
            return Participant(ParticipantId(who), who, attributes={"gender": value})

        pairs = [
            InterruptionPair(
                ParticipantId(a), ParticipantId(b), 1, 0, 60.0, Estimate(1.0), expected=0.5
            )
            for a in "abcd"
            for b in "abcd"
            if a != b
        ]
        two_each = [person("a", "f"), person("b", "f"), person("c", "m"), person("d", "m")]
        rows = interruption.by_attribute(pairs, two_each, "gender", 2)
        assert [(r.incomer, r.holder, r.successful, r.expected) for r in rows] == [
            ("f", "f", 2, 1.0),
            ("f", "m", 4, 2.0),
            ("m", "f", 4, 2.0),
            ("m", "m", 2, 1.0),
        ]
        alone = [*two_each[:3], person("d", "x")]
        assert interruption.by_attribute(pairs, alone, "gender", 2) == ()

    def test_the_attribute_is_off_by_default(self) -> None:
        assert MetricSettings().attribute is None

    def test_silence_after_a_cut(self) -> None:
        turns = [turn(0, "P01", 0, 10), turn(1, "P02", 9, 20), turn(2, "P01", 30, 40)]
        waits = interruption.silence_after_cut(
            [event("interruption_successful", 9, "P02", "P01")], turns
        )
        assert waits == {"P01": (20.5, 0)}  # the event ends, and the holder stops, at 9.5

    def test_who_talks_on_over_a_cut_is_silent_from_their_stop_only(self) -> None:
        """A piece begun after the incomer, and before the stop, is no return."""
        turns = [
            turn(0, "P01", 0, 9.2),
            turn(1, "P02", 9, 15),
            turn(2, "P01", 9.4, 10),
            turn(3, "P01", 16, 20),
        ]
        events_made = replace(event("interruption_successful", 9, "P02", "P01"), end=10.0)
        assert interruption.silence_after_cut([events_made], turns) == {"P01": (6.0, 0)}

    def test_no_return_after_a_cut_is_longer_than_any_silence(self) -> None:
        turns = [turn(0, "P01", 0, 10), turn(1, "P02", 9, 20), turn(2, "P01", 30, 40)]
        interruptions = [event("interruption_successful", at, "P02", "P01") for at in (9, 39, 39.5)]
        measures = run([*turns, turn(3, "P02", 39, 50)], *interruptions)
        interrupted = next(m for m in measures.members if m.participant == "P01")
        assert (interrupted.median_silence_after_cut, interrupted.cuts_without_return) == (None, 2)
        assert {m.cuts_without_return for m in measures.members if m.participant != "P01"} == {0}

    def test_a_rate_without_opportunity_is_undefined(self) -> None:
        assert count_rate(2, 0.0) == Estimate(None)


class TestNetwork:
    def test_expected_counts_keep_the_margins_and_an_empty_diagonal(self) -> None:
        counts = np.array([[0, 5, 2.0, 1], [4, 0, 3, 2], [1, 2, 0, 6], [2, 2, 5, 0]])
        fit = network.quasi_independence(counts)
        np.testing.assert_allclose(fit.sum(axis=0), counts.sum(axis=0), atol=1e-6)
        np.testing.assert_allclose(fit.sum(axis=1), counts.sum(axis=1), atol=1e-6)
        assert np.diag(fit).tolist() == [0, 0, 0, 0]

    def test_no_responses(self) -> None:
        measures = run([turn(0, "P01", 0, 3)]).network
        assert (measures.reciprocity, measures.centralisation, measures.modularity) == (
            None,
            None,
            None,
        )
        assert measures.subgroups == ()
        assert {p.expected for p in measures.pairs} == {None}

    def test_channels_tell_therapist_from_members(self) -> None:
        turns = [
            turn(0, "P01", 0, 3),
            turn(1, "T01", 3, 6, "P01"),
            turn(2, "P02", 6, 9, "T01"),
            turn(3, "P03", 9, 12, "P02"),
        ]
        measures = run(turns).network.channels
        for channel in measures:  # like is compared with like: a count with a count
            assert channel.expected_share == pytest.approx((channel.expected or 0) / 3)
        channels = {c.name: (c.count, c.share) for c in measures}
        assert channels == {
            "therapist_to_member": (1, pytest.approx(1 / 3)),
            "member_to_therapist": (1, pytest.approx(1 / 3)),
            "member_to_member": (1, pytest.approx(1 / 3)),
        }

    def test_two_circles_are_subgroups_and_a_ring_of_all_is_not(self) -> None:
        pairs = [("T01", "P01"), ("P02", "P03")]
        apart, clock = [], 0.0
        for k in range(80):
            a, b = pairs[(k // 10) % 2][:: 1 if k % 2 else -1]
            apart.append(turn(k, a, clock, clock + 2, b))
            clock += 2
        measures = run(apart).network
        assert measures.subgroups == (("T01", "P01"), ("P02", "P03"))
        assert (measures.modularity_p or 1.0) <= 0.05
        draw = np.random.default_rng(3)
        mixed, before = [], 0
        for k in range(80):
            who = int((before + draw.integers(1, 4)) % 4)
            mixed.append(turn(k, IDS[who], 2 * k, 2 * k + 2, IDS[before] if k else None))
            before = who
        assert run(mixed).network.subgroups == ()
