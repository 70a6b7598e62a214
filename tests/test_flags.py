"""Candidate moments: from scores and what happened around them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from pydantic import TypeAdapter

from session_audio.flags import candidates
from session_audio.flags.evidence import (
    aftermath_of,
    cut_then_silent,
    is_question,
    laughs,
    signals_risk,
    topic_moved,
    utterances_of,
)
from session_audio.flags.moments import REASONS
from session_audio.flags.prior import EXPECTED_SHARES, TRAINED_SHARES, Scored, adjust_prior
from session_audio.interval import Interval
from session_audio.metrics.diarization_error import share_error
from session_audio.resources import models_folder
from session_audio.schema import (
    Flag,
    Group,
    Interaction,
    Participant,
    ParticipantId,
    Reason,
    Session,
    Turn,
    TurnScores,
)
from session_audio.settings import FlagSettings
from session_audio.testing import FakeClassifier, conversation, events

T1, P1, P2, P3 = (ParticipantId(k) for k in ("T01", "P01", "P02", "P03"))
PEOPLE = (
    Participant(T1, "Thea", "therapist"),
    Participant(P1, "Maya"),
    Participant(P2, "Eli"),
    Participant(P3, "Noor"),
)
SESSION = Session(
    "s", Path(), Group("g", "g", Path(), PEOPLE), date(2026, 3, 2), 1, tuple(p.id for p in PEOPLE)
)
SETTINGS = FlagSettings(threshold=0.5, repair_threshold=0.5, session_evidence=0.0)


def laid_out(lines: Sequence[tuple[ParticipantId, str]], gap: float = 0.5) -> tuple[Turn, ...]:
    """Turns one after the other, three seconds each."""
    return tuple(
        Turn(k, k * (3 + gap), k * (3 + gap) + 3, who, text) for k, (who, text) in enumerate(lines)
    )


def calm(count: int = 40) -> list[tuple[ParticipantId, str]]:
    """Ordinary talk that goes round the group."""
    return [((T1, P1, P2, P3)[k % 4], f"Ordinary words number {k} here.") for k in range(count)]


def found(
    turns: Sequence[Turn],
    cues: Mapping[str, str],
    interactions: Sequence[Interaction] = (),
    settings: FlagSettings = SETTINGS,
    language: str | None = None,
) -> tuple[Flag, ...]:
    scores = FakeClassifier(cues).score(candidates.turns_in_context(SESSION, turns))
    return candidates.find_candidates(
        SESSION, turns, interactions, scores, turns[-1].end, settings, language
    )


def written(flag: Flag) -> list[str]:
    """Its reasons as in the tables."""
    return [str(reason) for reason in flag.reasons]


def test_turns_in_context_leave_backchannels_out_and_join_a_speakers_own() -> None:
    turns = (
        Turn(0, 0, 2, T1, "How was it?"),
        Turn(1, 2.5, 3, P2, "mhm", backchannel=True),
        Turn(2, 3, 4, P1, "It was"),
        Turn(3, 6, 7, P1, "hard."),
        Turn(4, 8, 9, P2, "For me too."),
    )
    asked = candidates.turns_in_context(SESSION, turns)
    assert [(t.id, t.speaker, t.role, t.text) for t in asked] == [
        ("0", "Thea", "therapist", "How was it?"),
        ("2", "Maya", "member", "It was hard."),
        ("4", "Eli", "member", "For me too."),
    ]
    assert [c.text for c in asked[2].context] == ["How was it?", "It was hard."]


def test_context_holds_at_most_three_and_turns_without_words_are_not_asked() -> None:
    turns = laid_out([*calm(6), (P1, "")])
    asked = candidates.turns_in_context(SESSION, turns)
    assert len(asked) == 6
    assert max(len(t.context) for t in asked) == 3


def test_a_speaker_nobody_knows_has_no_role() -> None:
    turns = (Turn(0, 0, 2, ParticipantId("unattributed"), "Who is that?"),)
    assert candidates.turns_in_context(SESSION, turns)[0].role == ""


def test_no_words_no_candidates() -> None:
    turns = laid_out([(who, "") for who, _ in calm()])
    assert candidates.turns_in_context(SESSION, turns) == []
    assert candidates.find_candidates(SESSION, turns, (), (), 200.0, SETTINGS) == ()


def test_a_calm_session_has_none() -> None:
    assert found(laid_out(calm()), {}) == ()


def test_a_put_down_is_one_candidate_with_who_whom_and_why() -> None:
    lines = calm()
    lines[20] = (P2, "Maya, another useless chapter.")
    lines[21] = (P3, "Ha ha, true.")
    turns = laid_out(lines)
    (flag,) = found(turns, {"useless": "confrontation"})
    assert (flag.kind, flag.subtype, flag.target) == ("rupture", "confrontation", "member")
    assert (flag.participant, flag.concerned) == (P2, (P1,))
    assert (flag.start, flag.end) == (turns[20].start, turns[20].end)
    assert flag.quote == "Maya, another useless chapter."
    assert flag.reasons[0].key == "confrontation_words"
    assert Reason("laughter_followed") in flag.reasons
    assert Reason("no_repair_seen") in flag.reasons
    assert flag.aftermath is not None and flag.aftermath.who == P1
    assert flag.repair is None


def test_every_reason_is_documented() -> None:
    lines = calm(60)
    lines[20] = (T1, "What was that like for you, Maya?")
    lines[21] = (P1, "Nothing much.")
    lines[23] = (P2, "Typical and useless.")
    lines[30] = (T1, "I was too quick and I regret it.")
    turns = laid_out(lines)
    interruption = Interaction(
        "interruption_successful", turns[20].start, turns[20].end, P2, P1, 0.8
    )
    out = found(
        turns,
        {"nothing": "withdrawal", "useless": "confrontation", "regret": "repair"},
        (interruption,),
    )
    names = {reason.key for flag in out for reason in flag.reasons}
    assert names <= REASONS.keys()
    assert "repair_followed" in names


def test_nearby_evidence_is_one_candidate() -> None:
    lines = calm()
    lines[20], lines[22] = (P2, "That is useless."), (P3, "Useless, yes.")
    out = found(laid_out(lines), {"useless": "confrontation"})
    assert len(out) == 1
    assert set(out[0].turns) >= {20, 22}


def test_far_apart_is_two() -> None:
    lines = calm(60)
    lines[10], lines[50] = (P2, "That is useless."), (P3, "Useless, yes.")
    assert len(found(laid_out(lines), {"useless": "confrontation"})) == 2


def test_a_repair_after_a_strain_is_linked_and_ranked() -> None:
    lines = calm()
    lines[15] = (P2, "That is useless.")
    lines[22] = (P2, "I was unkind, Maya.")
    out = found(laid_out(lines), {"useless": "confrontation", "unkind": "repair"})
    rupture = next(f for f in out if f.kind == "rupture")
    assert rupture.repair is not None
    mend = out[rupture.repair]
    assert (mend.kind, mend.subtype) == ("repair", None)
    assert mend.start > rupture.end
    assert [f.score for f in out] == sorted((f.score for f in out), reverse=True)


def test_a_repair_before_a_strain_does_not_mend_it() -> None:
    lines = calm()
    lines[10] = (P2, "I was unkind, Maya.")
    lines[25] = (P2, "That is useless.")
    out = found(laid_out(lines), {"useless": "confrontation", "unkind": "repair"})
    assert next(f for f in out if f.kind == "rupture").repair is None


def test_a_minimal_answer_and_a_lapse_are_told() -> None:
    lines = calm()
    lines[20], lines[21] = (T1, "What was the night like, Maya?"), (P1, "Long.")
    turns = list(laid_out(lines))
    later = [replace(t, start=t.start + 6, end=t.end + 6) for t in turns[22:]]
    (flag,) = found((*turns[:22], *later), {"long": "withdrawal"})
    assert "minimal_answer:1" in written(flag)
    assert "lapse:6.5" in written(flag)


def test_going_quiet_after_a_put_down_raises_the_score() -> None:
    lines = calm(120)
    lines[60] = (P2, "Maya, useless.")
    quiet = [(P3 if who == P1 and k > 60 else who, text) for k, (who, text) in enumerate(lines)]
    low = replace(SETTINGS, threshold=0.1)
    (before,) = found(laid_out(lines), {"useless": "confrontation"}, settings=low)
    (after,) = found(laid_out(quiet), {"useless": "confrontation"}, settings=low)
    assert any(r.startswith("quieter_after:0") for r in written(after))
    assert any(r.startswith("silent_after:") for r in written(after))
    assert after.score > before.score


def test_text_that_signals_risk_is_not_scored() -> None:
    lines = calm()
    lines[20] = (P1, "It is useless, some nights I want to die.")
    assert found(laid_out(lines), {"useless": "confrontation"}) == ()
    assert signals_risk("He said he'd kill himself.")
    assert not signals_risk("My feet are killing me, and the deadline.")


def test_the_budget_keeps_the_strongest() -> None:
    lines = calm(200)
    for k in range(5, 200, 15):
        lines[k] = (P2, "That is useless.")
    some = replace(SETTINGS, per_hour=1.0, at_least=3)
    assert len(found(laid_out(lines), {"useless": "confrontation"}, settings=some)) == 3


def test_weak_candidates_are_told_only_where_others_stand_out() -> None:
    lines = calm(100)
    lines[10], lines[50] = (P2, "That is useless."), (P3, "Useless, yes.")
    cue = {"useless": "confrontation"}
    scores = [f.score for f in found(laid_out(lines), cue)]
    enough = replace(SETTINGS, session_evidence=sum(scores) - 0.01, strong=1.0)
    assert len(found(laid_out(lines), cue, settings=enough)) == 2
    more = replace(enough, session_evidence=sum(scores) + 0.01)
    assert found(laid_out(lines), cue, settings=more) == ()
    strong = replace(more, strong=max(scores))
    assert {f.score for f in found(laid_out(lines), cue, settings=strong)} == {max(scores)}


def test_a_session_of_few_turns_need_not_hold_three_moments() -> None:
    lines = calm(30)
    lines[10] = (P2, "That is useless.")
    cue = {"useless": "confrontation"}
    (score,) = (f.score for f in found(laid_out(lines), cue))
    one = replace(SETTINGS, session_evidence=3 * score - 0.01, strong=1.0)
    assert len(found(laid_out(lines), cue, settings=one)) == 1
    assert found(laid_out(lines + calm(70)), cue, settings=one) == ()


def test_a_strain_that_is_mended_at_once_is_one_candidate() -> None:
    lines = calm()
    lines[20], lines[21] = (P2, "That is useless."), (P2, "I was unkind, Maya.")
    out = found(laid_out(lines), {"useless": "confrontation", "unkind": "repair"})
    assert len(out) == 1
    assert set(out[0].turns) >= {20, 21}


def test_a_long_session_needs_more_to_tell_weak_candidates() -> None:
    lines = calm(110)
    lines[50] = (P2, "That is useless.")
    cue = {"useless": "confrontation"}
    (score,) = (f.score for f in found(laid_out(lines), cue))
    enough = replace(SETTINGS, session_evidence=score - 0.01, strong=1.0)
    assert len(found(laid_out(lines), cue, settings=enough)) == 1
    assert found(laid_out(lines + calm(200)), cue, settings=enough) == ()


def test_adjusted_probabilities_still_sum_to_one() -> None:
    turns = laid_out(calm(4))
    given = {"none": 0.4, "withdrawal": 0.3, "confrontation": 0.2, "repair": 0.1}
    rows = [Scored(k, one, given, {}) for k, one in enumerate(utterances_of(turns))]
    for row in adjust_prior(rows):
        assert sum(row.scores.values()) == pytest.approx(1.0)
        assert row.scores["repair"] < 0.1 and row.scores["withdrawal"] > 0.3


def test_the_prior_that_is_replaced_is_the_classifiers_own() -> None:
    config = models_folder() / "rupture" / "conversation" / "config.json"
    shares = json.loads(config.read_text(encoding="utf-8"))["calibration"]["shares"]
    assert list(TRAINED_SHARES.values()) == shares
    assert sum(EXPECTED_SHARES.values()) == pytest.approx(1.0)


def test_change_of_share_has_an_interval_and_knows_what_it_cannot_say() -> None:
    lines = calm(120)
    lines = [(P3 if who == P1 and k > 60 else who, text) for k, (who, text) in enumerate(lines)]
    turns = laid_out(lines)
    moment = Interval(turns[60].start, turns[60].end)
    after = aftermath_of(P1, utterances_of(turns), moment, turns[-1].end, 300.0, 60.0)
    assert after.share_before == pytest.approx(0.25, abs=0.03)
    assert after.share_after == 0.0
    assert after.share_fell
    assert after.silent_for == pytest.approx(turns[-1].end - moment.end)
    doubted = aftermath_of(
        P1, utterances_of(turns), moment, turns[-1].end, 300.0, 60.0, share_error
    )
    assert doubted.share_change == after.share_change
    assert after.share_change_high is not None and doubted.share_change_high is not None
    # The diarizer's error is in it.
    assert doubted.share_change_high > after.share_change_high + 0.01
    short = aftermath_of(P1, utterances_of(turns[:5]), moment, turns[-1].end, 300.0, 60.0)
    assert short.share_after is None and short.share_change is None


# --- language ---


def test_english_word_lists_say_nothing_of_another_language() -> None:
    assert not laughs("haha", "de") and not signals_risk("I want to die", "de")
    assert not is_question("hur var det", "sv") and is_question("Hur var det?", "sv")
    before = ["Meine Schwester hat am Sonntag angerufen und wegen Mutters kalter Küche geweint."]
    after = ["Weiß jemand, ob Parken hinter der Bücherei nächsten Dienstag etwas kosten wird?"]
    assert topic_moved(before, after) and not topic_moved(before, after, "de")


def test_a_session_in_german_gets_no_english_evidence() -> None:
    lines = calm()
    lines[20], lines[21] = (P2, "Maya, useless."), (P3, "Haha.")
    turns = laid_out(lines)
    (english,) = found(turns, {"useless": "confrontation"}, language="en")
    (german,) = found(turns, {"useless": "confrontation"}, language="de")
    assert "laughter_followed" in written(english)
    assert "laughter_followed" not in written(german)


def test_the_english_classifier_is_given_what_is_said_in_english_alone() -> None:
    lines = [(P1, "How was it?"), (P2, "Het was goed."), (P2, "I mean fine."), (P3, "Ja hoor.")]
    languages = ["en", "nl", "en", "nl"]
    turns = [replace(t, language=x) for t, x in zip(laid_out(lines), languages, strict=True)]
    asked = candidates.turns_in_context(SESSION, turns, english_only=True)
    assert [(one.text, len(one.context)) for one in asked] == [
        ("How was it?", 0),
        ("I mean fine.", 1),
    ]
    assert len(candidates.turns_in_context(SESSION, turns)) == 4


# --- stored and read back ---


def test_flags_are_stored_as_they_are_written_and_read_back() -> None:
    lines = calm()
    lines[15], lines[22] = (P2, "That is useless."), (P2, "I was unkind, Maya.")
    flags = found(laid_out(lines), {"useless": "confrontation", "unkind": "repair"})
    adapter = TypeAdapter(tuple[Flag, ...])
    stored = adapter.dump_json(flags)
    assert adapter.validate_json(stored) == flags
    assert [f["reasons"] for f in json.loads(stored)] == [written(f) for f in flags]
    older = [f | {"aftermath": f["aftermath"] or {}} for f in json.loads(stored)]
    assert adapter.validate_python(older) == flags


def test_silence_after_a_cut_runs_from_the_stop_not_from_the_incomers_start() -> None:
    turns = conversation("P01 0-9 well | P02 8-70 no | P01 8.5-9.5 but | P01 71-75 so")
    interruption = events("P02 cuts P01 8-9.5")
    ((_, quiet),) = cut_then_silent(utterances_of(turns), interruption, 80.0, 60.0)
    assert quiet == pytest.approx(61.5)


def test_scores_of_other_turns_are_ignored() -> None:
    stray = TurnScores("999", "repair", "group", {"none": 1.0}, {})
    assert (
        candidates.find_candidates(SESSION, laid_out(calm()), (), (stray,), 100.0, SETTINGS) == ()
    )
