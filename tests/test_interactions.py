"""Backchannels, overlaps and interruptions, by rule and by a trained model."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from session_audio.schema import Diarization, Interaction, SpeakerSegment, Word
from session_audio.turntaking.interactions import find_interactions
from session_audio.turntaking.model import InteractionModel, load
from session_audio.turntaking.model.backchannel_features import BACKCHANNEL_FEATURES
from session_audio.turntaking.model.backoff import BackoffTable, WordTables
from session_audio.turntaking.model.interruption_features import INTERRUPTION_FEATURES
from session_audio.turntaking.model.response_features import RESPONSE_FEATURES
from session_audio.turntaking.model.trees import Tree, Trees
from session_audio.turntaking.turns import build_turns


def events(
    words: Sequence[Word] | None,
    speech: Diarization | None = None,
    model: InteractionModel | None = None,
) -> tuple[Interaction, ...]:
    return find_interactions(build_turns(words, speech, model=model), words, speech, model=model)


def say(who: str, start: float, end: float, text: str) -> list[Word]:
    """`text` spread evenly over the time."""
    words = text.split()
    step = (end - start) / len(words)
    return [
        Word(start + k * step, start + (k + 1) * step, word, who) for k, word in enumerate(words)
    ]


def speech(*pieces: tuple[float, float, str]) -> Diarization:
    segments = tuple(SpeakerSegment(*piece) for piece in pieces)
    return Diarization(segments, segments)


class TestRulesWithText:
    def test_cut_off_in_overlap(self) -> None:
        words = say("P01", 0, 5, "I was about to tell you that the")
        words += say("P02", 4.4, 9, "No wait let me say this first please")
        (event,) = events(words)
        assert (event.kind, event.participant, event.holder) == (
            "interruption_successful",
            "P02",
            "P01",
        )
        assert event.start == pytest.approx(4.4)

    def test_cut_off_in_a_short_silence_while_the_sentence_is_open(self) -> None:
        words = say("P01", 0, 5, "I was about to tell you that the")
        words += say("P02", 5.3, 9, "No wait let me say this first please")
        (event,) = events(words)
        assert event.kind == "interruption_successful"

    def test_a_change_of_speaker_without_a_gap_is_no_interruption(self) -> None:
        words = say("P01", 0, 5, "I told them everything yesterday")
        words += say("P02", 5.0, 9, "What did they say about it all")
        assert events(words) == ()

    def test_overlap_at_the_end_of_a_finished_sentence_is_terminal(self) -> None:
        words = say("P01", 0, 5, "I told them everything yesterday")
        words += say("P02", 4.7, 9, "What did they say about it all")
        assert [e.kind for e in events(words)] == ["terminal_overlap"]

    def test_a_bid_that_fails(self) -> None:
        words = say("P01", 0, 10, "so we went there and then she told me the whole story again")
        words += say("P02", 4, 5.5, "but why did she")
        assert [e.kind for e in events(words)] == ["interruption_unsuccessful"]

    @pytest.mark.parametrize(("end", "text"), [(4.4, "but"), (4.5, "well")])
    def test_a_short_word_inside_anothers_talk_is_no_bid(self, end: float, text: str) -> None:
        words = say("P01", 0, 10, "so we went there and then she told me the whole story again")
        assert events(words + say("P02", 4, end, text)) == ()

    def test_agreement_over_anothers_talk_is_cooperative(self) -> None:
        words = say("P01", 0, 10, "so we went there and then she told me the whole story again")
        words += say("P02", 4, 5.2, "yeah that is so true")
        assert [e.kind for e in events(words)] == ["cooperative_overlap"]

    def test_dual_start(self) -> None:
        words = say("P03", 0, 3, "does anybody want to begin today")
        words += say("P01", 4.0, 8, "well I could tell you about my week")
        words += say("P02", 4.1, 5, "I had a")
        assert "dual_start" in [e.kind for e in events(words)]

    def test_backchannel_names_who_had_the_floor(self) -> None:
        words = say("P01", 0, 10, "so we went there and then she told me the whole story again")
        words += say("P02", 4, 4.4, "mm-hmm")
        (event,) = events(words)
        assert (event.kind, event.participant, event.holder) == ("backchannel", "P02", "P01")


class TestRulesWithoutText:
    def test_kinds_come_from_timing_with_low_confidence(self) -> None:
        interactions = events(
            None,
            speech((0, 5, "P01"), (4.2, 9, "P02"), (10, 20, "P03"), (13, 14.5, "P01")),
        )
        assert [e.kind for e in interactions] == [
            "interruption_successful",
            "interruption_unsuccessful",
        ]
        assert all(e.confidence <= 0.3 for e in interactions)

    def test_overlap_too_short_to_resolve_halves_the_confidence(self) -> None:
        long = events(None, speech((0, 5, "P01"), (4.6, 9, "P02")))
        short = events(None, speech((0, 5, "P01"), (4.9, 9, "P02")))
        assert [e.kind for e in long + short] == ["terminal_overlap"] * 2
        assert short[0].confidence == pytest.approx(long[0].confidence / 2)

    def test_short_sounds_inside_anothers_talk_are_no_bid(self) -> None:
        """Too near to one another to be backchannels by timing."""
        assert events(None, speech((0, 9, "P01"), (4, 4.4, "P02"), (4.9, 5.3, "P02"))) == ()

    def test_silence_between_speakers_gives_nothing(self) -> None:
        assert events(None, speech((0, 5, "P01"), (6, 9, "P02"))) == ()


@pytest.mark.parametrize("speakers", [0, 1, 20])
def test_any_number_of_speakers(speakers: int) -> None:
    words = [w for k in range(3 * speakers) for w in say(f"P{k % speakers}", k, k + 1.4, "so we")]
    interactions = events(words)
    assert all(e.participant != e.holder for e in interactions)
    assert bool(interactions) == (speakers > 1)


def _stump(names: Collection[str], name: str, above: float) -> Trees:
    """Positive where `name` is more than `above`."""
    features = tuple(names)
    tree = Tree(
        np.array([features.index(name), -1, -1]),
        np.array([above, -4.0, 4.0]),
        np.array([1, 0, 0]),
        np.array([2, 0, 0]),
        np.array([True, False, False]),
    )
    return Trees(features, 0.0, (tree,))


@pytest.fixture
def model() -> InteractionModel:
    """Backchannel: known words; interruption: a broken-off last word; response: a question."""
    nothing = BackoffTable(0.1)
    return InteractionModel(
        _stump(BACKCHANNEL_FEATURES, "chance_by_words", 0.5),
        _stump(INTERRUPTION_FEATURES, "fragment", 0.5),
        _stump(RESPONSE_FEATURES, "their_last_question", 0.5),
        WordTables(
            nothing, BackoffTable(0.1, {"why": 0.9}), BackoffTable(0.1, {"mm-hmm": 0.9}), nothing
        ),
        "made by hand",
    )


SHIPPED = load(Path(__file__).parents[1] / "models" / "interaction" / "model.json")
STORY = "so we went there and then she told me the whole story again from the start"


class TestSpeechWithoutWords:
    """As a recogniser leaves "mm-hm": somebody spoke, and nothing is written."""

    def kinds(self, model: InteractionModel, end: float, listener: str = "P02") -> list[str]:
        words = say("P01", 0, 10, STORY)
        diarization = speech((0, 10, "P01"), (4, end, listener))
        return [e.kind for e in events(words, diarization, model)]

    def test_a_short_one_is_judged_like_any_other(self, model: InteractionModel) -> None:
        talks_on = _stump(BACKCHANNEL_FEATURES, "holder_after_3", 1.0)
        never = _stump(BACKCHANNEL_FEATURES, "holder_after_3", 4.0)
        assert self.kinds(replace(model, backchannel=talks_on), 4.4) == ["backchannel"]
        assert self.kinds(replace(model, backchannel=never), 4.4) == []

    def test_a_long_one_is_none(self, model: InteractionModel) -> None:
        always = _stump(BACKCHANNEL_FEATURES, "holder_after_3", -1.0)
        assert self.kinds(replace(model, backchannel=always), 6.5) == ["interruption_unsuccessful"]

    def test_the_shipped_model_takes_it_for_listening(self) -> None:
        assert self.kinds(SHIPPED, 4.4) == ["backchannel"]

    def test_who_stops_without_a_word_may_have_been_interrupted(
        self, model: InteractionModel
    ) -> None:
        cut_short = _stump(INTERRUPTION_FEATURES, "incomer_after_3", 1.0)
        words = say("P02", 1.2, 9, "No wait let me say this first please")
        diarization = speech((0, 1.5, "P01"), (1.2, 9, "P02"))
        (event,) = events(words, diarization, replace(model, interruption=cut_short))
        assert (event.kind, event.holder) == ("interruption_successful", "P01")


class TestModel:
    def test_it_decides_who_was_cut_off(self, model: InteractionModel) -> None:
        words = say("P01", 0, 5, "I told them everything yest-")
        words += say("P02", 4.4, 9, "What did they say about it all")
        (event,) = events(words, model=model)
        assert (event.kind, event.holder) == ("interruption_successful", "P01")
        assert event.confidence == pytest.approx(1 / (1 + np.exp(-4.0)))

    @pytest.mark.parametrize(
        ("ends", "comes_in", "told"),
        [("it?", 5.3, False), ("it.", 5.3, True), ("it?", 4.4, True), ('it?"', 5.0, False)],
    )
    def test_whoever_begins_after_a_question_answers_it(
        self, model: InteractionModel, ends: str, comes_in: float, told: bool
    ) -> None:
        always = _stump(INTERRUPTION_FEATURES, "incomer_after_3", 1.0)
        words = say("P01", 0, 5, f"And did you tell them all of {ends}")
        words += say("P02", comes_in, 9, "I told them everything that they did not want to hear")
        kinds = [e.kind for e in events(words, model=replace(model, interruption=always))]
        assert ("interruption_successful" in kinds) == told

    def test_it_decides_what_is_a_backchannel(self, model: InteractionModel) -> None:
        words = say("P01", 0, 5, "I told them everything yesterday") + say("P02", 2, 2.4, "yeah")
        assert "backchannel" not in [e.kind for e in events(words, model=model)]
        words = words[:-1] + say("P02", 2, 2.4, "mm-hmm")
        assert [e.kind for e in events(words, model=model)] == ["backchannel"]

    def test_the_limit_for_a_backchannel_is_the_models_threshold(
        self, model: InteractionModel
    ) -> None:
        words = say("P01", 0, 5, "I told them everything yesterday") + say("P02", 2, 2.4, "mm-hmm")
        probability = 1 / (1 + np.exp(-4.0))

        def kinds(threshold: float) -> list[str]:
            trees = replace(model.backchannel, threshold=threshold)
            return [e.kind for e in events(words, model=replace(model, backchannel=trees))]

        assert kinds(probability - 1e-6) == ["backchannel"]
        assert "backchannel" not in kinds(probability + 1e-6)

    def test_an_event_starts_at_most_the_window_before_the_cut(
        self, model: InteractionModel
    ) -> None:
        words = say("P01", 0, 8, "I told them everything that I know yest-")
        words += say("P02", 3, 12, "What did they say about it all when you asked them")
        (event,) = [e for e in events(words, model=model) if e.kind == "interruption_successful"]
        assert (event.start, event.end) == pytest.approx((6.5, 8.0))

    def test_words_without_times_of_their_own_halve_the_confidence(
        self, model: InteractionModel
    ) -> None:
        words = say("P01", 0, 5, "I told them everything yest-")
        words += say("P02", 4.4, 9, "What did they say about it all") + say("P03", 6, 6.4, "mm-hmm")
        shared_out = [replace(word, timed=False) for word in words]
        for a, b in zip(events(words, model=model), events(shared_out, model=model), strict=True):
            assert (a.kind, a.start) == (b.kind, b.start)
            assert b.confidence == pytest.approx(a.confidence / 2)

    def test_what_a_diarizer_cannot_resolve_has_half_the_confidence(
        self, model: InteractionModel
    ) -> None:
        words = say("P01", 0, 5, "I told them everything yest-")
        words += say("P02", 4.8, 9, "What did they say about it all") + say("P03", 6, 6.2, "mm-hmm")
        diarization = speech(*((w.start, w.end, w.speaker or "") for w in words))
        from_words, from_sound = events(words, model=model), events(words, diarization, model)
        assert [e.kind for e in from_sound] == ["interruption_successful", "backchannel"]
        assert [e.confidence for e in from_sound] == pytest.approx(
            [e.confidence / 2 for e in from_words]
        )

    def test_words_of_another_language_leave_it_to_timing(self, model: InteractionModel) -> None:
        spoken = say("P01", 0, 5, "ich wollte gerade sagen, dass the yest-") + say(
            "P02", 2, 2.4, "ja"
        )
        spoken += say("P02", 4.3, 9, "Nein, lass mich das erst sagen") + say(
            "P01", 6, 6.4, "mm-hmm"
        )
        diarization = speech(*((w.start, w.end, w.speaker or "") for w in spoken))

        def told(words: Sequence[Word] | None, **more: object) -> list[tuple[str, float, float]]:
            turns = build_turns(words, diarization, model=model, **more)  # type: ignore[arg-type]
            interactions = find_interactions(turns, words, diarization, model=model, **more)  # type: ignore[arg-type]
            return [(e.kind, e.start, e.confidence) for e in interactions]

        assert told(spoken, language="sv") == told(None)  # no word lists
        assert told(spoken, language="en") != told(None)

    def test_without_words_the_rules_speak(self, model: InteractionModel) -> None:
        diarization = speech((0, 5, "P01"), (4.2, 9, "P02"))
        assert events(None, diarization, model) == events(None, diarization)

    def test_shift_and_renaming_change_nothing_else(self, model: InteractionModel) -> None:
        words = say("P01", 0, 5, "I told them everything yest-")
        words += say("P02", 4.4, 9, "What did they say about it all")
        new = {"P01": "B", "P02": "A"}
        moved = [
            replace(w, start=w.start + 100, end=w.end + 100, speaker=new[w.speaker or ""])
            for w in words
        ]
        here, there = events(words, model=model), events(moved, model=model)
        assert [(e.kind, new[e.participant], round(e.start + 100, 6)) for e in here] == [
            (e.kind, e.participant, round(e.start, 6)) for e in there
        ]
