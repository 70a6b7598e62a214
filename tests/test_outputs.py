"""What others compute with keeps its names: a file or a column that vanishes fails here."""

from __future__ import annotations

import csv
import json
import re
from dataclasses import fields, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from flow_cases import SPOKEN, Fakes, run

from session_audio.formats import columns, dictionary, outputs, rttm, seglst
from session_audio.interval import Interval
from session_audio.metrics import measure
from session_audio.schema import (
    Diarization,
    Estimate,
    GroupMeasures,
    SessionResult,
    SpeakerSegment,
    Turn,
    Word,
)
from session_audio.testing import example_result

FORMATS = (Path(__file__).parents[1] / "docs" / "formats.md").read_text(encoding="utf-8")

COLUMNS = {
    "members.csv": "group session participant role present speaking_time speaking_time_share "
    "speaking_time_share_low speaking_time_share_high turn_count words backchannel_count "
    "backchannels_received median_turn longest_turn median_response interruptions_made "
    "interruptions_received unsuccessful_made unsuccessful_received interruptions_made_rate "
    "interruptions_made_rate_low interruptions_made_rate_high interruptions_received_rate "
    "interruptions_received_rate_low interruptions_received_rate_high answered_share "
    "last_third_change last_third_change_low last_third_change_high median_silence_after_cut "
    "cuts_without_return identified backchannel_count_low backchannel_count_high "
    "interruptions_made_low interruptions_made_high interruptions_received_low "
    "interruptions_received_high untold quieter_from quieter_share_before quieter_share_after "
    "quieter_p",
    "turns.csv": "group session index start end participant responds_to text backchannel "
    "responds_to_turn response_offset language",
    "interactions.csv": "group session kind start end participant holder confidence counts_for",
    "responses.csv": "group session source target count expected median_offset",
    "flags.csv": "group session kind subtype target start end participant turns score reasons "
    "quote review note marked",
}
"""Written out here on purpose: a change breaks somebody's script, so it is made knowingly."""
TOP = (
    "schema version units session duration quality measures interactions flags ratings "
    "chat_messages private_chat_messages settings models speech_by_language"
)


def segments_of(result: SessionResult) -> Diarization:
    segments = tuple(SpeakerSegment(t.start, t.end, t.participant) for t in result.turns)
    return Diarization(segments, segments)


@pytest.fixture(scope="module")
def result() -> SessionResult:
    """An invented session with some backchannels, as it is measured."""
    made = example_result(12, 5)
    turns = tuple(replace(t, backchannel=t.index % 11 == 5) for t in made.turns)
    turns = tuple(replace(t, responds_to=None, text="mm") if t.backchannel else t for t in turns)
    turns = tuple(replace(t, word_count=len(t.text.split())) for t in turns)
    made = replace(made, turns=turns)
    speech = segments_of(made)
    return replace(
        made, measures=measure(made.session, turns, made.interactions, speech, made.duration)
    )


@pytest.fixture(scope="module")
def out(result: SessionResult, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("out")
    wrote = outputs.write_tables(result, segments_of(result), folder)
    assert sorted(p.name for p in wrote) == sorted(p.name for p in folder.iterdir())
    return folder


def header(path: Path) -> list[str]:
    with path.open(newline="", encoding="utf-8") as file:
        return next(csv.reader(file))


# --- documents ----------------------------------------------------------------------------


def named(heading: str) -> set[str]:
    """The names in code type in the first column of the table after `heading` in the docs."""
    part = FORMATS.split(heading)[1].split("|---|")[1]
    rows = [line for line in part.split("\n\n")[0].splitlines() if line.startswith("|")]
    return {name for row in rows for name in re.findall(r"`([^`]+)`", row.split("|")[1])}


def test_the_data_dictionary_is_that_of_the_code() -> None:
    assert dictionary.as_markdown() in FORMATS


def test_the_dictionary_says_all_of_every_column() -> None:
    for table in (*columns.OF_A_SESSION, *columns.OF_A_GROUP):
        assert table.names[:2] == ("group", "session")
        assert len(set(table.names)) == len(table.names)
        assert set(table.key) <= set(table.names)
        for column in table.columns:
            assert column.meaning and column.empty, column.name
            assert column.unit or column.kind in ("text", "true or false", "whole number")


def test_the_sessions_table_has_every_number_of_the_group() -> None:
    names: list[str] = []
    for field in fields(GroupMeasures):
        ends = ("", "_low", "_high") if field.type == Estimate.__name__ else ("",)
        names += [field.name + end for end in ends]
    assert list(columns.SESSIONS.names[5:]) == names


@pytest.mark.timeout(300)
def test_a_run_leaves_the_files_and_columns_that_the_documents_name(
    session: Path,
    engines: Fakes,
) -> None:
    (outcome,) = run(session)
    assert outcome.status == "done", outcome.message
    out = session / "out"
    files = {p.name + "/" * p.is_dir() for p in out.iterdir()}
    assert files == named("## What `out/` holds")
    for name, names in COLUMNS.items():
        assert header(out / name) == names.split()
        assert tuple(names.split()) == {t.file: t for t in columns.OF_A_SESSION}[name].names
    facts = json.loads((out / "session.json").read_text())
    assert set(facts) == named("`session.json`:\n")
    measures = FORMATS.split("| `measures` | ")[1].split(" and what else")[0]
    for key in re.findall("`([^`]+)`", measures):
        assert key in facts["measures"], key
    session_keys = FORMATS.split("| `session` | ")[1].split(" |")[0]
    assert set(facts["session"]) == set(re.findall("`([^`]+)`", session_keys))
    assert set(facts["measures"]["group"]["gini"]) == {"value", "low", "high"}
    with (out / "interactions.csv").open(newline="") as file:
        assert facts["interactions"] == len(list(csv.DictReader(file)))
    exclusive = rttm.read(out / "exclusive.rttm")
    assert exclusive and all(a.end <= b.start + 0.002 for a, b in pairwise(exclusive))
    assert (out / "transcript.vtt").read_text().count("<v ") == len(SPOKEN)
    words = json.loads((out / "words.seglst.json").read_text())
    assert {key for word in words for key in word} - {"timed"} == {
        "session_id",
        "speaker",
        "start_time",
        "end_time",
        "words",
        "probability",
    }
    provenance = json.loads((out / "provenance.json").read_text())
    paragraph = FORMATS.split("`provenance.json`: ")[1].split("\n\n")[0]
    assert set(provenance) == {"session", "inputs", "stages", "consent", "version", "settings"}
    for key in provenance:
        assert f"`{key}`" in paragraph, key
    for stage in provenance["stages"].values():
        assert set(stage) == {"finished", "seconds", "models"}
    group = {p.name for p in (session.parent / "out").iterdir() if p.is_file()}
    assert group <= named("A group has an `out/` of its own")


# --- the tables of a session --------------------------------------------------------------


@pytest.mark.parametrize("name", sorted(COLUMNS))
def test_columns_keep_their_names_and_order(out: Path, name: str) -> None:
    with (out / name).open(newline="", encoding="utf-8") as file:
        names, *rows = list(csv.reader(file))
    known = COLUMNS[name].split()
    assert names[: len(known)] == known  # a new column goes to the end
    assert rows and all(len(row) == len(names) for row in rows)
    assert {tuple(row[:2]) for row in rows} == {("tuesday", "2026-03-16")}


def test_the_rows_are_those_of_the_result(out: Path, result: SessionResult) -> None:
    def rows(name: str) -> list[dict[str, str]]:
        with (out / name).open(newline="", encoding="utf-8") as file:
            return list(csv.DictReader(file))

    assert [r["participant"] for r in rows("members.csv")] == [
        str(m.participant) for m in result.measures.members
    ]
    turns = rows("turns.csv")
    assert [int(r["index"]) for r in turns] == [t.index for t in result.turns]
    assert [r["backchannel"] for r in turns] == [
        "true" if t.backchannel else "false" for t in result.turns
    ]
    assert [r["start"] for r in turns] == [f"{t.start:.3f}" for t in result.turns]
    assert {r["kind"] for r in rows("flags.csv")} <= {"rupture", "repair"}
    assert [r["reasons"] for r in rows("flags.csv")][1] == " ".join(
        str(reason) for reason in result.flags[1].reasons
    )
    assert len(rows("interactions.csv")) == len(result.interactions)


def test_members_can_be_computed_again_from_the_other_files(out: Path) -> None:
    """As docs/formats.md says, from the files alone, and without the code that made them."""
    text: dict[str, Any] = {"keep_default_na": False, "na_values": [""]}
    members, turns, events, pairs = (
        pd.read_csv(out / f"{name}.csv", **text)
        for name in ("members", "turns", "interactions", "responses")
    )
    assert turns["backchannel"].any()
    floor = turns[~turns["backchannel"]]
    talk: dict[str, float] = {}
    for line in (out / "diarization.rttm").read_text().splitlines():
        fields_ = line.split()
        talk[fields_[7]] = talk.get(fields_[7], 0.0) + float(fields_[4])
    attributed = sum(s for who, s in talk.items() if who != "unattributed")
    answered = set(turns["responds_to_turn"].dropna().astype(int))
    for _, row in members.iterrows():
        who = row["participant"]
        own = floor[floor["participant"] == who]
        seconds = talk.get(who, 0.0)
        others = attributed - seconds
        interruptions = events[events["kind"] == "interruption_successful"]
        tries = events[events["kind"] == "interruption_unsuccessful"]
        given = events[events["kind"] == "backchannel"]
        expected = {
            "speaking_time": seconds,
            "speaking_time_share": seconds / attributed,
            "turn_count": len(own),
            "words": turns[turns["participant"] == who]["text"].str.split().str.len().sum(),
            "backchannel_count": (given["participant"] == who).sum(),
            "backchannels_received": (given["holder"] == who).sum(),
            "median_turn": (own["end"] - own["start"]).median(),
            "longest_turn": (own["end"] - own["start"]).max(),
            "median_response": own["response_offset"].median(),
            "interruptions_made": (interruptions["participant"] == who).sum(),
            "interruptions_received": (interruptions["holder"] == who).sum(),
            "unsuccessful_made": (tries["participant"] == who).sum(),
            "unsuccessful_received": (tries["holder"] == who).sum(),
            "interruptions_made_rate": 600 * (interruptions["participant"] == who).sum() / others,
            "interruptions_received_rate": 600 * (interruptions["holder"] == who).sum() / seconds,
            "answered_share": own["index"].isin(answered).mean(),
        }
        for name, value in expected.items():
            near = 0.02 if name == "speaking_time" else 0.002  # each segment is rounded
            assert row[name] == pytest.approx(value, abs=near), (who, name)
    for _, pair in pairs.iterrows():
        answers = floor[
            (floor["participant"] == pair["source"]) & (floor["responds_to"] == pair["target"])
        ]
        assert len(answers) == pair["count"]
        offset = answers["response_offset"].median()
        assert pair["median_offset"] == pytest.approx(offset, abs=0.002, nan_ok=True)


def test_a_turn_names_the_turn_that_it_answers(result: SessionResult, tmp_path: Path) -> None:
    who = [m.participant for m in result.measures.members]
    turns = (
        Turn(0, 0.0, 2.0, who[0], "one", None, None, 1, (Interval(0.0, 0.8), Interval(1.5, 2.0))),
        Turn(1, 1.0, 1.4, who[1], "mm", None, None, 1, backchannel=True),
        Turn(2, 2.25, 4.0, who[1], "two", who[0], 0.9, 1),
        Turn(3, 3.0, 3.5, who[2], "three", who[1], 0.9, 1),
        Turn(4, 5.0, 6.0, who[2], "four", who[3], 0.9, 1),
    )
    outputs.write_tables(replace(result, turns=turns), segments_of(result), tmp_path)
    with (tmp_path / "turns.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(r["responds_to_turn"], r["response_offset"]) for r in rows] == [
        ("", ""),
        ("", ""),
        ("0", "0.250"),
        ("2", ""),  # inside the other's talk: the floor did not change hands
        ("", ""),  # P03 had no turn
    ]


# --- the other files ----------------------------------------------------------------------


def test_session_json_holds_every_part_and_neither_names_nor_words(
    out: Path, result: SessionResult
) -> None:
    text = (out / "session.json").read_text(encoding="utf-8")
    facts = json.loads(text)
    assert list(facts) == TOP.split()
    for key in facts:
        assert f"`{key}`" in FORMATS, key
    assert len(facts["measures"]["members"]) == len(result.measures.members)
    assert len(facts["ratings"]) == len(result.session.ratings)
    assert sum(facts["chat_messages"].values()) == len(result.session.chat)
    for person in result.session.group.participants:
        assert person.name not in text
    words = [t.text for t in result.turns if len(t.text) > 30]
    words += [m.text for m in result.session.chat] + [f.quote for f in result.flags]
    assert words and not [some for some in words if some in text]


def test_numbers_of_session_json_have_three_decimals(out: Path) -> None:
    numbers: list[str] = []
    json.loads((out / "session.json").read_text(), parse_float=lambda n: numbers.append(n))
    assert len(numbers) > 200
    assert not [n for n in numbers if not re.fullmatch(r"-?\d+\.\d{1,3}", n)]


def test_words_keep_their_fields(tmp_path: Path) -> None:
    seglst.write(tmp_path / "w.json", "s", [Word(0.1, 0.5, "yes", "P01", 0.9)])
    (row,) = json.loads((tmp_path / "w.json").read_text())
    assert list(row) == ["session_id", "speaker", "start_time", "end_time", "words", "probability"]
