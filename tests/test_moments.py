"""A moment's time is that of its quote; what its reasons refer to is listed, or said not to be.

In sessions made by hand, in scripted ones, in those of the samples and through the flow.
"""

from __future__ import annotations

import csv
import itertools
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter
from test_flags import P1, P2, P3, SESSION, SETTINGS, T1, calm, found, laid_out, written

from session_audio.flags import candidates
from session_audio.formats import columns, frames, tables
from session_audio.report.page import Page
from session_audio.report.sections.brief import highlight
from session_audio.report.sections.moments import in_order, moment
from session_audio.schema import (
    Flag,
    Interaction,
    Participant,
    ParticipantId,
    Session,
    Turn,
    TurnScores,
)
from session_audio.settings import FlagSettings, ReportSettings
from session_audio.testing.examples import example_result
from session_audio.testing.fakes import FakeClassifier

DATA = Path(__file__).parent / "data"


# --- a moment's time is that of what is quoted ---


def quoted_turns(flag: Flag, turns: Sequence[Turn]) -> list[Turn]:
    """The turn at the flag's start, with the same person's next ones up to anybody else's."""
    spoken = [t for t in turns if t.start >= flag.start and not t.backchannel]
    return list(itertools.takewhile(lambda t: t.participant == flag.participant, spoken))


def assert_quoted(flag: Flag, turns: Sequence[Turn]) -> None:
    quote = quoted_turns(flag, turns)
    assert quote and quote[0].start == flag.start and quote[0].text
    assert flag.quote.startswith(quote[0].text)
    assert " ".join(t.text for t in quote if t.text).startswith(flag.quote)
    assert quote[0].index in flag.turns


def test_a_moment_begins_with_what_is_quoted_not_with_what_is_near() -> None:
    lines = calm()
    lines[21], lines[22] = (P1, "Useless and rude."), (P2, "Another useless chapter.")
    turns = laid_out(lines)
    weak = {"none": 0.1, "withdrawal": 0.03, "confrontation": 0.84, "repair": 0.03}
    (flag,) = with_scores(turns, {"useless": "confrontation"}, {21: weak}, SETTINGS)
    assert {21, 22} <= set(flag.turns)
    assert (flag.participant, flag.start) == (P2, turns[22].start)
    assert_quoted(flag, turns)


def with_scores(
    turns: Sequence[Turn],
    cues: Mapping[str, str],
    given: Mapping[int, Mapping[str, float]],
    settings: FlagSettings,
) -> tuple[Flag, ...]:
    """Candidates by `cues`, with other scores for some turns."""
    scores = FakeClassifier(cues).score(candidates.turns_in_context(SESSION, turns))
    scores = [replace(s, scores=given.get(int(s.id), s.scores)) for s in scores]
    return candidates.find_candidates(SESSION, turns, (), scores, turns[-1].end, settings)


def test_a_turn_without_words_does_not_begin_the_quote() -> None:
    lines = calm()
    lines[20], lines[21] = (P2, ""), (P2, "Another useless chapter.")
    turns = laid_out(lines)
    (flag,) = found(turns, {"useless": "confrontation"})
    assert flag.start == turns[21].start
    assert_quoted(flag, turns)


# --- what a reason refers to is listed, or is said not to be ---


def written_session(file: Path) -> tuple[Session, tuple[Turn, ...], float, FakeClassifier]:
    """A scripted session laid out in time, and a classifier that knows its labels."""
    _, *rows = (json.loads(line) for line in file.read_text(encoding="utf-8").splitlines())
    at, turns, people, cues = 0.0, [], {}, {}
    for row in rows:
        if "event" in row:
            at += row["seconds"]
            continue
        who = ParticipantId(row["speaker"])
        people[who] = Participant(who, row["speaker"], row["role"])
        length = max(0.4, len(row["text"].split()) / 2.6)
        turns.append(Turn(len(turns), at, at + length, who, row["text"]))
        at += length + 0.4
        if row.get("label", "none") != "none":
            cues[row["text"].lower()] = row["label"]
    group = replace(SESSION.group, participants=tuple(people.values()))
    session = replace(SESSION, group=group, attendance=tuple(people))
    return session, tuple(turns), at, FakeClassifier(cues)


def sample(
    number: int,
) -> tuple[Session, tuple[Turn, ...], float, tuple[Interaction, ...], tuple[TurnScores, ...]]:
    """A session of the samples as recognised, with the classifier's probabilities."""
    data = json.loads((DATA / f"moments_session_{number}.json").read_text(encoding="utf-8"))

    def read(key: str, kind: Any) -> Any:
        return TypeAdapter(kind).validate_python(data[key])

    people = read("people", tuple[Participant, ...])
    group = replace(SESSION.group, participants=people)
    session = replace(SESSION, group=group, attendance=tuple(p.id for p in people))
    return (
        session,
        read("turns", tuple[Turn, ...]),
        data["duration"],
        read("interactions", tuple[Interaction, ...]),
        read("scores", tuple[TurnScores, ...]),
    )


def assert_refers_to_what_is_listed(flags: Sequence[Flag]) -> None:
    answered = {flag.repair for flag in flags if flag.repair is not None}
    for k, flag in enumerate(flags):
        keys = [reason.key for reason in flag.reasons]
        links = set(keys) & LINKS[flag.kind]
        assert len(links) == 1 if flag.kind == "rupture" else len(links) <= 1
        assert ("repair_followed" in keys) == (flag.repair is not None)
        assert ("repair_of" in keys) == (k in answered)
        if flag.repair is not None:
            answer = flags[flag.repair]
            seconds = {r.key: r.value for r in flag.reasons}["repair_followed"]
            assert answer.kind == "repair" and answer.start > flag.start
            assert seconds == pytest.approx(max(0.0, answer.start - flag.end), rel=0.01, abs=1e-6)
    for flag in flags:
        if flag.kind == "rupture" and flag.repair is None:
            until = flag.end + SETTINGS.repair_reach
            within = [r for r in flags if r.kind == "repair" and flag.start < r.start <= until]
            theirs = [r for r in within if flag.participant in (r.participant, *r.concerned)]
            assert not theirs and all(r.concerned for r in within)


LINKS = {
    "rupture": {"repair_followed", "unlisted_repair", "no_repair_seen"},
    "repair": {"repair_of", "unlisted_strain"},
}
FEW = replace(SETTINGS, threshold=0.96, at_least=2)
"""Few are listed, so that many are linked to what is not."""
SCRIPTS = sorted((Path(__file__).parents[1] / "training/rupture/sessions").glob("*.jsonl"))[::6]


def assert_report_and_table_agree(
    session: Session, turns: Sequence[Turn], flags: tuple[Flag, ...], folder: Path
) -> None:
    """The report's line on each moment's link says what the moment's row in the table says."""
    blank = example_result(8, 4, silent=(), flags=0)
    result = replace(blank, session=session, turns=tuple(turns), flags=flags)
    tables.write(folder / "flags.csv", columns.FLAGS, frames.frames_of(result)["flags"])
    with (folder / "flags.csv").open(newline="", encoding="utf-8") as file:
        table = {(r["start"], r["kind"]): r["reasons"].split() for r in csv.DictReader(file)}
    page = Page(result, ReportSettings())
    for number, flag in enumerate(in_order(flags), 1):
        shown = moment(page, flag, number, in_order(flags))
        keys = {r.split(":")[0] for r in table[f"{flag.start:.3f}", flag.kind]}
        text = shown.repair.text if shown.repair else ""
        assert ("A repair candidate by" in text) == ("repair_followed" in keys)
        assert ("No repair candidate is listed" in text) == ("unlisted_repair" in keys)
        assert ("No repair candidate was found" in text) == ("no_repair_seen" in keys)
        assert ("Listed before it as a candidate strain" in text) == ("repair_of" in keys)
        assert ("No candidate strain is listed" in text) == ("unlisted_strain" in keys)
        if shown.repair and keys & {"repair_followed", "repair_of"}:
            places = [int(link.href.removeprefix("#moment-")) for link in shown.repair.links]
            kinds = {in_order(flags)[k - 1].kind for k in places}
            assert kinds == ({"repair"} if flag.kind == "rupture" else {"rupture"})
        assert shown.when.startswith(page.say.clock(flag.start))
        marked = [line for line in shown.quote if line.marked]
        assert marked[0].at == page.say.clock(flag.start)
        assert marked[0].who == page.who(flag.participant)
        first = highlight(page, flag, number).text
        assert ("perhaps repaired at" in first) == ("repair_followed" in keys)
        assert bool(first) == (flag.kind == "rupture")


@pytest.mark.parametrize("file", SCRIPTS, ids=lambda file: file.stem)
@pytest.mark.parametrize("settings", [FlagSettings(), FEW], ids=["default", "few"])
def test_in_written_sessions_reasons_refer_to_what_is_listed(
    file: Path, settings: FlagSettings, tmp_path: Path
) -> None:
    session, turns, duration, classifier = written_session(file)
    scores = classifier.score(candidates.turns_in_context(session, turns))
    flags = candidates.find_candidates(session, turns, (), scores, duration, settings)
    for flag in flags:
        assert_quoted(flag, turns)
    assert_refers_to_what_is_listed(flags)
    assert_report_and_table_agree(session, turns, flags, tmp_path)


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        (1, []),
        (
            3,
            [
                ("rupture", "P05", 162.52, "confrontation_words:0.631 nearby:6 no_repair_seen"),
                (
                    "repair",
                    "T01",
                    135.56,
                    "repair_words:0.49 nearby:4 repair_of:45.4 repair_of:74.3",
                ),
                ("rupture", "P02", 88.2, "withdrawal_words:0.0957 repair_followed:45.4"),
                (
                    "rupture",
                    "P02",
                    60.26,
                    "withdrawal_words:0.0953 minimal_answer:3 repair_followed:74.3",
                ),
            ],
        ),
    ],
)
def test_in_the_samples_reasons_refer_to_what_is_listed(
    number: int, expected: list[tuple[str, str, float, str]], tmp_path: Path
) -> None:
    session, turns, duration, interactions, scores = sample(number)
    flags = candidates.find_candidates(
        session, turns, interactions, scores, duration, FlagSettings()
    )
    assert [(f.kind, f.participant, f.start, " ".join(written(f))) for f in flags] == expected
    for flag in flags:
        assert_quoted(flag, turns)
    assert_refers_to_what_is_listed(flags)
    assert_report_and_table_agree(session, turns, flags, tmp_path)


@pytest.mark.parametrize(
    ("speaker", "words", "joined"),
    [
        (T1, "I was too quick, Noor.", False),  # between the therapist and somebody else
        (T1, "I was too quick, Maya.", True),
        (P1, "I was too quick, Noor.", True),
        (P3, "I was too quick, Eli.", True),
    ],
)
def test_a_repair_between_others_is_not_joined_to_a_strain(
    speaker: ParticipantId, words: str, joined: bool
) -> None:
    """The strain is Eli's, about Maya; who is named or speaks tells whose the repair is."""
    lines = calm(40)
    lines[14], lines[26] = (P2, "Maya, another useless chapter."), (speaker, words)
    flags = found(laid_out(lines), {"useless": "confrontation", "too quick": "repair"})
    assert [flag.kind for flag in sorted(flags, key=lambda f: f.start)] == ["rupture", "repair"]
    keys = {r.key for flag in flags for r in flag.reasons}
    assert ("repair_followed" in keys) == ("repair_of" in keys) == joined
    assert ("no_repair_seen" in keys) == (not joined)
    assert_refers_to_what_is_listed(flags)


def test_a_strain_is_linked_to_the_first_repair_that_is_listed() -> None:
    """A weak turn like a repair, that is not listed, does not hide a later candidate."""
    lines = calm(60)
    lines[14], lines[25], lines[34] = (P2, "Useless."), (P1, "A weak one."), (P2, "I was unkind.")
    turns = laid_out(lines)
    cues = {"useless": "confrontation", "weak": "repair", "unkind": "repair"}
    weak = {"none": 0.565, "withdrawal": 0.0075, "confrontation": 0.0075, "repair": 0.42}
    settings = replace(SETTINGS, threshold=0.3, repair_threshold=0.3)
    flags = with_scores(turns, cues, {25: weak}, settings)
    assert sorted(f.start for f in flags) == [turns[14].start, turns[34].start]
    assert_refers_to_what_is_listed(flags)
