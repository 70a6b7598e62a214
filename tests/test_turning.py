"""Who became quieter within a session, and which two came in early on each other."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from metric_cases import turn
from scipy import stats

from session_audio.formats import rttm, seglst
from session_audio.interval import Interval
from session_audio.metrics import measure, quality
from session_audio.metrics.exchanges import find_exchanges
from session_audio.metrics.quieting import Quieting, find_quieting
from session_audio.report.elements import Facts, Report
from session_audio.report.series.content import series_report
from session_audio.report.session import session_report
from session_audio.schema import (
    Diarization,
    Exchange,
    Flag,
    ParticipantId,
    SessionResult,
    SessionSummary,
    Turn,
)
from session_audio.series.between import between, together
from session_audio.series.quieter import met, quieter
from session_audio.settings import QualitySettings, ReportSettings
from session_audio.testing import conversation, events, session_of, speech_of
from session_audio.turntaking.turns import build_turns
from session_audio.workspace.manifest import load_session

P01, P02, P03, P04 = (ParticipantId(f"P0{k}") for k in range(1, 5))
PEOPLE = ("T01", "P01", "P02", "P03", "P04")


# --- quieter from some place on ------------------------------------------------------


def found(turns: list[Turn], shuffles: int = 199) -> dict[ParticipantId, Quieting]:
    own: dict[ParticipantId, list[Turn]] = {}
    for one in turns:
        own.setdefault(one.participant, []).append(one)
    spoken = {who: [Interval(t.start, t.end) for t in theirs] for who, theirs in own.items()}
    return find_quieting(spoken, own, list(own), shuffles=shuffles, seed=1)


def talk(minutes: int, who: str, until: float, people: int = 4) -> list[Turn]:
    """Turns of 10 s by each in order; `who` says nothing from `until` seconds on."""
    turns: list[Turn] = []
    for k in range(6 * minutes):
        speaker = f"P0{k % people + 1}"
        if speaker == who and 10 * k >= until:
            speaker = f"P0{(k + 1) % people + 1}"
        turns.append(turn(k, speaker, 10.0 * k, 10.0 * k + 9))
    return turns


def test_the_place_and_what_is_before_and_after() -> None:
    whole = found(talk(60, "P02", 1200.0))
    assert set(whole) == {P02}
    place = whole[P02]
    assert place.start == pytest.approx(1179.0 + 10 * 1, abs=41)  # the last turn before 1200 s
    assert (place.before, place.after) == (pytest.approx(0.25, abs=0.01), 0.0)
    assert place.p_value is not None
    assert place.p_value <= 0.01


@pytest.mark.parametrize(
    ("turns", "why"),
    [
        (talk(60, "", 0.0), "talks evenly"),
        (talk(60, "P02", 3300.0), "too near the end"),
        ([turn(0, "P01", 0, 5), *(turn(k, "P02", 6 * k, 6 * k + 5) for k in range(1, 90))], "5 s"),
        ([turn(k, "P01", 9 * k, 9 * k + 8) for k in range(90)], "alone"),
        ([], "nobody talks"),
    ],
)
def test_there_is_no_such_place(turns: list[Turn], why: str) -> None:
    assert found(turns) == {}, why


def test_a_short_session_tells_nothing_of_chance() -> None:
    assert found(talk(45, "P02", 900.0))[P02].p_value is None


def test_a_long_turn_somewhere_is_within_chance() -> None:
    """Sessions whose blocks are exchangeable: hardly more than one in twenty is beyond 0.05."""
    draw, beyond = np.random.default_rng(5), 0
    for _ in range(60):
        turns, at = [], 0.0
        while at < 3600:
            length = float(draw.exponential(12)) + 1
            turns.append(turn(len(turns), f"P0{draw.integers(1, 5)}", at, at + length))
            at += length + 0.5
        beyond += any((q.p_value or 1.0) * 4 <= 0.05 for q in found(turns, 399).values())
    assert beyond <= 7


# --- two who come in early on each other ----------------------------------------------


def exchanges(written: str) -> tuple[Exchange, ...]:
    return find_exchanges(conversation(written), [ParticipantId(p) for p in PEOPLE])


QUIET = " | ".join(f"{PEOPLE[k % 5]} {100 + 4 * k}-{103 + 4 * k} yes" for k in range(20))
HEATED = "P01 0-5 a | P02 4-9 b | P01 8-13 c | P02 13.1-18 d | P01 17.5-22 e"


def test_a_stretch_of_two_and_its_chance() -> None:
    (one,) = exchanges(f"{HEATED} | {QUIET}")
    assert (one.first, one.second, one.changes) == (P01, P02, 4)
    assert (one.first_early, one.second_early, one.early) == (2, 1, 3)
    assert (one.all_changes, one.all_early) == (24, 3)
    assert one.starts == (4.0, 8.0, 17.5)
    assert one.p_value == pytest.approx(stats.hypergeom.sf(2, 24, 3, 4))


@pytest.mark.parametrize(
    ("written", "count"),
    [
        (HEATED.replace("P01 8-13", "P03 8-13"), 0),  # a third person breaks it
        (HEATED.rsplit(" | ", 1)[0], 0),  # four turns
        (f"{HEATED} | P03 9-9.3 oh", 1),  # too short to break it
        (f"{HEATED} | P03 9-10 ~ mhm", 1),  # a backchannel
        (HEATED.replace("P01", "unattributed"), 0),
        ("", 0),
    ],
)
def test_what_is_a_stretch(written: str, count: int) -> None:
    assert len(exchanges(written)) == count


def exchange(first: int, second: int, changes: int, early: int, whole: int) -> Exchange:
    return Exchange(P01, P02, changes, first, second, whole, early, (), 1.0)


def test_chances_of_several_sessions_add_up() -> None:
    one, two = exchange(1, 1, 4, 2, 38), exchange(2, 0, 4, 3, 30)
    assert together([one]) == pytest.approx(stats.hypergeom.sf(1, 38, 2, 4))
    first = [stats.hypergeom.pmf(k, 38, 2, 4) for k in range(3)]
    expected = sum(p * stats.hypergeom.sf(3 - k, 30, 3, 4) for k, p in enumerate(first))
    assert together([one, two]) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("sessions", "early"),
    [
        ([[exchange(1, 1, 4, 2, 38)]], 2),
        ([[exchange(2, 0, 4, 2, 38)]], None),  # one way alone
        ([[exchange(2, 0, 4, 3, 30)], [exchange(1, 1, 4, 2, 38)]], 4),
        ([[exchange(1, 1, 4, 20, 38)]], None),  # as everybody does
        ([[], []], None),
    ],
)
def test_who_is_told(sessions: list[list[Exchange]], early: int | None) -> None:
    assert [one.early for one in between(sessions)] == ([] if early is None else [early])


# --- what is told of a session --------------------------------------------------------

STORY = (
    "T01 0-4 Hello. | P01 5-35 I will tell you a long story | P02 34-40 Chapter seven. | "
    "P03 41-60 Well. | T01 61-66 P01? | P01 67-68 Fine. | P02 69-90 Anyway. | P03 91-120 Yes."
)


def result(written: str = STORY) -> SessionResult:
    session, turns = session_of(PEOPLE), conversation(written)
    measures = measure(session, turns, events(""), speech_of(turns), 125.0)
    judged = quality.assess(session, (), (), (), measures, (), QualitySettings())
    return SessionResult(session, 125.0, judged, turns, (), measures, ())


def strain(who: ParticipantId, start: float, subtype: str, *, review: str = "") -> Flag:
    concerned = (P01,) if who != P01 else (ParticipantId("T01"),)
    return Flag(
        "rupture",
        subtype,  # type: ignore[arg-type]
        "member",
        start,
        start + 1,
        who,
        concerned,
        (),
        0.9,
        (),
        "Fine.",
        review=review,  # type: ignore[arg-type]
    )


@pytest.mark.parametrize(
    ("flags", "fell", "told"),
    [
        ((), (), []),
        ((), (P01,), [P01]),
        ((), (P03,), []),
        ((strain(P01, 67, "withdrawal"),), (), [P01]),
        ((strain(P02, 34, "confrontation"),), (), [P01]),
        ((strain(P01, 67, "confrontation"),), (), []),
        ((strain(P01, 67, "withdrawal", review="no"),), (), []),
    ],
)
def test_less_talk_alone_is_told_of_nobody(
    flags: tuple[Flag, ...], fell: tuple[ParticipantId, ...], told: list[ParticipantId]
) -> None:
    made = replace(result(), flags=flags)
    assert [m.participant for m in quieter(made, fell)] == told


@pytest.mark.parametrize(
    ("p_value", "fell", "told"),
    [(0.002, (), True), (0.01, (), False), (0.2, (P01,), True), (0.3, (P01,), False)],
)
def test_chance_decides_with_or_without_another_sign(
    p_value: float, fell: tuple[ParticipantId, ...], told: bool
) -> None:
    made = result()
    rows = tuple(
        replace(m, quieter_p=p_value) if m.quieter_from is not None else m
        for m in made.measures.members
        if m.participant != P02
    )
    made = replace(made, measures=replace(made.measures, members=rows))
    assert bool(quieter(made, fell)) == told


def test_what_was_said_just_then() -> None:
    made = result()
    member = next(m for m in made.measures.members if m.participant == P01)
    assert member.quieter_from == 35.0
    said = met(made, member)
    assert said is not None
    assert said.text == "Chapter seven."
    assert met(replace(made, turns=()), member) is None


# --- the sample group, by its script --------------------------------------------------

DATES = ("2026-03-03", "2026-03-10", "2026-03-17", "2026-03-24")


@pytest.fixture(scope="module")
def story(samples: Path) -> list[SessionResult]:
    """The four sessions as they were scripted, without candidate moments."""
    out = []
    for day in DATES:
        folder = samples / "tuesday" / day
        session = load_session(folder, with_files=False)
        words = seglst.read(folder / "reference.seglst.json")
        segments = rttm.read(folder / "reference.rttm")
        speech = Diarization(segments, rttm.exclusive(segments))
        turns = build_turns(words, speech)
        length = max(s.end for s in segments)
        measures = measure(session, turns, (), speech, length)
        judged = quality.assess(session, (), words, (), measures, (), QualitySettings())
        out.append(SessionResult(session, length, judged, turns, (), measures, (), has_words=True))
    return out


def facts(report: Report) -> dict[str, str]:
    return {f.term: f.text for e in report.brief if isinstance(e, Facts) for f in e.items}


def test_the_first_screens_tell_the_joke_and_the_two_who_compete(
    story: list[SessionResult],
) -> None:
    history: list[SessionSummary] = []
    told = []
    for one in story:
        told.append(facts(session_report(one, ReportSettings(), history)))
        session, m = one.session, one.measures
        history.append(
            SessionSummary(
                session.id,
                session.date,
                session.number,
                m.members,
                m.group,
                session.ratings,
                m.exchanges,
            )
        )
    assert [t.get("Quieter", "").split(" from")[0] for t in told] == ["", "Maya", "", ""]
    assert "Next, Daniel: “Careful, everybody, hide the tissues." in told[1]["Quieter"]
    assert [bool(t.get("Pair")) for t in told] == [True, True, False, False]
    assert told[1]["Pair"].endswith("Also in session 1.")
    over = facts(series_report(story, ReportSettings()))
    assert over["Quieter"].startswith("Maya from session 2, 1:0")
    assert "Owen and Grace" in over["Pair"]
    assert "session 1 and 2" in over["Pair"]
