"""The tables of `out/`: written, read back, stacked and joined.  Everybody is invented."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import replace
from datetime import date
from pathlib import Path

import hypothesis
import pandas as pd
import pytest
import tomlkit
from hypothesis import strategies as st

from session_audio.errors import FormatError, ManifestError
from session_audio.formats import columns, csv_transcript, frames, outputs, tables
from session_audio.formats.stacked import read_tables
from session_audio.schema import Identification, ParticipantId, Rating, TranscriptSource, Turn
from session_audio.testing.examples import example_result, example_series
from session_audio.testing.folders import write_example_group

COLUMN = columns.Column("said", "text", "", "words", "nothing")
TEXTS = columns.Table("texts", "one text", (), (*columns.IDS, COLUMN))


def texts(*values: str | None) -> pd.DataFrame:
    rows = [{"group": "g", "session": "s", "said": value} for value in values]
    return tables.frame(TEXTS, rows)


# --- one file -----------------------------------------------------------------------------


@pytest.mark.parametrize("name", [t.name for t in columns.OF_A_SESSION])
def test_a_table_is_read_back_as_it_was_written(tmp_path: Path, name: str) -> None:
    table = {t.name: t for t in columns.OF_A_SESSION}[name]
    data = frames.frames_of(example_result(12, 5))[name]
    back = tables.read(tables.write(tmp_path / table.file, table, data), table)
    assert len(back) > 3
    assert {c.name: str(back[c.name].dtype) for c in table.columns} == {
        c.name: c.dtype for c in table.columns
    }
    pd.testing.assert_frame_equal(back, data, atol=0.0006, rtol=0)


def test_a_formula_in_a_text_is_not_run_and_is_read_back(tmp_path: Path) -> None:
    spoken = ("=HYPERLINK(1)", "-2+3 was it", "+1", "@all", "\tx", "\rx", "'=1", "'tis", "yes")
    path = tables.write(tmp_path / "t.csv", TEXTS, texts(*spoken))
    with path.open(newline="", encoding="utf-8") as file:
        cells = [row["said"] for row in csv.DictReader(file)]
    assert cells == [f"'{text}" for text in spoken[:7]] + ["'tis", "yes"]
    assert list(tables.read(path, TEXTS)["said"]) == list(spoken)


SAID = st.lists(st.text(st.sampled_from("=+-@＝;,\t\r\n\"' a1")), min_size=1)


@hypothesis.given(SAID)
def test_however_a_spreadsheet_parts_cells_none_is_a_formula(
    tmp_path_factory: pytest.TempPathFactory, values: list[str]
) -> None:
    path = tables.write(tmp_path_factory.getbasetemp() / "cells.csv", TEXTS, texts(*values))
    assert tables.read(path, TEXTS)["said"].fillna("").to_list() == values
    with path.open(newline="", encoding="utf-8") as file:
        written = file.read()
    cells = [cell for row in csv.reader(io.StringIO(written, newline="")) for cell in row]
    for delimiter in ";\t":
        rows = csv.reader(io.StringIO(written, newline=""), delimiter=delimiter)
        cells += [cell for row in rows for cell in row]
    cells += re.split(r"[;\t\r\n]", written)  # one that sees no quotes at all
    assert not [cell for cell in cells if re.match(r"[\s\"]*[=+\-@＝]", cell)]


def test_our_table_of_turns_is_read_back_as_a_transcript(tmp_path: Path) -> None:
    said = ("=HYPERLINK(1)", "well;=1+1", "'tis so")
    turns = [Turn(i, 2.0 * i, 2.0 * i + 1, ParticipantId("P01"), t) for i, t in enumerate(said)]
    data = frames.frames_of(replace(example_result(12, 5), turns=tuple(turns)))["turns"]
    path = tables.write(tmp_path / "turns.csv", columns.TURNS, data)
    source = TranscriptSource(path, "csv", {"speaker": "participant"})
    assert [u.text for u in csv_transcript.read(path, source)] == list(said)


@hypothesis.given(
    st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")))
)
def test_any_text_is_read_back(tmp_path_factory: pytest.TempPathFactory, values: list[str]) -> None:
    path = tmp_path_factory.getbasetemp() / "any.csv"
    back = tables.read(tables.write(path, TEXTS, texts(*values)), TEXTS)["said"]
    assert back.fillna("").to_list() == values


def test_an_id_that_looks_like_something_else_stays_text(tmp_path: Path) -> None:
    """pandas takes NA, null, 007 and true for other things unless it is told."""
    values = ("NA", "null", "nan", "007", "true", "1e5", "")
    back = tables.read(tables.write(tmp_path / "t.csv", TEXTS, texts(*values)), TEXTS)["said"]
    assert back.fillna("").to_list() == list(values)


def test_undefined_is_empty_and_never_zero(tmp_path: Path) -> None:
    result = example_result(12, 5, words=False, silent=("P01",))
    data = frames.frames_of(result)["members"]
    path = tables.write(tmp_path / "members.csv", columns.MEMBERS, data)
    with path.open(newline="") as file:
        row = next(r for r in csv.DictReader(file) if r["participant"] == "P01")
    assert (row["words"], row["median_turn"], row["turn_count"]) == ("", "", "0")
    assert row["present"] == "true"
    back = tables.read(path, columns.MEMBERS).set_index("participant").loc["P01"]
    assert pd.isna(back["words"]) and pd.isna(back["median_turn"]) and back["turn_count"] == 0


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (("turn_count", "turns"), "members.csv has no column turn_count"),
        (("true", "maybe"), "members.csv, row 1: present holds no true or false"),
        (("member", ""), "members.csv, row 2: role holds no text"),
        (
            ("tuesday,2026-03-16,P01,member,true,", "tuesday,2026-03-16,P01,member,true,lots"),
            "members.csv, row 2: speaking_time holds no number",
        ),
    ],
)
def test_what_is_no_such_table_is_refused(
    tmp_path: Path, change: tuple[str, str], says: str
) -> None:
    data = frames.frames_of(example_result(12, 5))["members"]
    path = tables.write(tmp_path / "members.csv", columns.MEMBERS, data)
    path.write_text(path.read_text().replace(*change))
    with pytest.raises(FormatError, match=says):
        tables.read(path, columns.MEMBERS)


@pytest.mark.parametrize("content", [b"", b'group,session\n"a', b"group,session\n\xff,b\n"])
def test_what_is_no_table_at_all_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "t.csv").write_bytes(content)
    with pytest.raises(FormatError, match=r"t\.csv"):
        tables.read(tmp_path / "t.csv", TEXTS)


def test_a_voice_tied_to_nobody_is_marked() -> None:
    result = example_result(12, 5)
    unknown = Identification("S02", ParticipantId("P02"), None, None, "unknown")
    quality = replace(result.quality, identifications=(unknown,))
    data = frames.frames_of(replace(result, quality=quality))["members"]
    assert list(data.loc[~data["identified"], "participant"]) == ["P02"]


# --- many sessions ------------------------------------------------------------------------


@pytest.fixture
def group(tmp_path: Path) -> Path:
    return write_example_group(tmp_path / "tuesday", example_series())


def test_the_tables_of_a_group_are_stacked_and_joined(group: Path) -> None:
    read = read_tables([group, group / "2026-03-09"])  # one named twice is read once
    assert read.left_out == {}
    assert list(read.sessions["session"]) == [
        "2026-03-02",
        "2026-03-09",
        "2026-03-16",
        "2026-03-23",
    ]
    for data in (read.members, read.turns, read.interactions, read.flags, read.ratings):
        assert list(data.columns[:4]) == ["group", "session", "date", "number"]
        assert data["date"].dtype == "datetime64[s]" and data["number"].dtype == "Int64"
        assert data["session"].nunique() == 4
    turns = read.turns[read.turns["session"] == "2026-03-16"]
    assert set(turns["date"]) == {pd.Timestamp(2026, 3, 16)} and set(turns["number"]) == {3}
    assert not read.members.duplicated(list(columns.MEMBERS.key)).any()
    away = read.members[read.members["session"] == "2026-03-09"]
    assert "P04" not in set(away["participant"])
    results = example_series()
    assert list(read.sessions["gini"]) == pytest.approx(
        [r.measures.group.gini.value for r in results], abs=0.0006
    )


def test_members_have_their_ratings(group: Path) -> None:
    read = read_tables([group])
    items = read.ratings.groupby(["session", "participant"])["value"].mean()
    rated = read.members.set_index(["session", "participant"])["rating_GSRS"].dropna()
    assert len(rated) == 15
    for key, mean in rated.items():
        assert mean == pytest.approx(items[key])
    therapists = read.members[read.members["role"] == "therapist"]
    assert therapists["rating_GSRS"].isna().all()


def test_ratings_are_those_of_the_manifest_of_today(group: Path) -> None:
    manifest = group / "2026-03-02" / "session.toml"
    added = (
        '\n[[rating]]\nparticipant = "P01"\ninstrument = "WAI"\nitems = { bond = 3, goal = 6 }\n'
    )
    manifest.write_text(manifest.read_text() + added)
    members = read_tables([group]).members
    assert members["rating_WAI"].dropna().to_list() == [4.5]


def test_a_group_without_ratings_is_read(tmp_path: Path) -> None:
    results = [example_result(5, 3, ratings=False, flags=0)]
    read = read_tables([write_example_group(tmp_path / "tuesday", results)])
    assert read.ratings.empty and read.flags.empty
    assert not [name for name in read.members.columns if name.startswith("rating_")]


def test_the_recording_need_not_be_there(group: Path) -> None:
    assert not list(group.rglob("*.flac"))
    assert "recording" in (group / "2026-03-02" / "session.toml").read_text()
    assert len(read_tables([group]).sessions) == 4


def test_a_session_that_cannot_be_read_is_left_out_and_named(group: Path) -> None:
    (group / "2026-03-09" / "out" / "turns.csv").unlink()
    (group / "2026-03-16" / "out" / "session.json").write_text("[]")
    (group / "2026-03-23").rename(group / "renamed")
    read = read_tables([group])
    assert list(read.sessions["session"]) == ["2026-03-02"]
    assert read.left_out == {
        "tuesday/2026-03-09": "turns.csv is not there",
        "tuesday/2026-03-16": "session.json does not hold what was written",
        "tuesday/renamed": "members.csv was written for another group or session",
    }


def test_a_session_whose_consent_was_withdrawn_is_left_out(group: Path) -> None:
    roster = tomlkit.parse((group / "group.toml").read_text())
    roster["participant"][4]["consent"]["analysis"]["withdrawn"] = date(2026, 4, 1)  # type: ignore[index]
    (group / "group.toml").write_text(tomlkit.dumps(roster))
    read = read_tables([group])
    assert list(read.sessions["session"]) == ["2026-03-09"]  # P04 was away
    assert set(read.turns["session"]) == set(read.ratings["session"]) == {"2026-03-09"}
    assert all("P04: analysis withdrawn" in why for why in read.left_out.values())
    assert len(read.left_out) == 3


def test_nothing_to_read_is_an_error(group: Path, tmp_path: Path) -> None:
    for path in group.rglob("members.csv"):
        path.unlink()
    with pytest.raises(FormatError, match=r"no tables to read \(members.csv is not there\)"):
        read_tables([group])
    with pytest.raises(ManifestError):
        read_tables([tmp_path / "nowhere"])


def test_the_groups_tables_are_written_stacked_and_without_words(tmp_path: Path) -> None:
    results = list(example_series())
    wrote = outputs.write_group_tables(results[::-1], tmp_path)
    assert (
        {p.name for p in wrote}
        == {p.name for p in tmp_path.iterdir()}
        == {
            "sessions.csv",
            "members.csv",
            "interactions.csv",
            "responses.csv",
            "ratings.csv",
        }
    )
    for table in columns.OF_A_GROUP:
        data = tables.read(tmp_path / table.file, table)
        assert list(data.columns[:4]) == ["group", "session", "date", "number"]
        assert list(data["session"].unique()) == sorted(r.session.id for r in results)
        assert list(data["date"].dt.date.unique()) == [r.session.date for r in results]
    everything = "".join(p.read_text() for p in wrote)
    words = {t.text[:25] for r in results for t in r.turns} | {
        f.quote for r in results for f in r.flags
    }
    assert words and not [some for some in words if some in everything]
    names = {p.name for p in results[0].session.group.participants}
    assert not [name for name in names if name in everything]


def test_the_last_of_several_answers_counts(tmp_path: Path) -> None:
    """As in the series: a rating given twice was corrected."""
    result = example_result(5, 3, ratings=False)
    who = ParticipantId("P01")
    given = tuple(Rating(who, "mood", {"now": value}) for value in (2.0, 7.0))
    result = replace(result, session=replace(result.session, ratings=given))
    read = read_tables([write_example_group(tmp_path / "tuesday", [result])])
    assert list(read.ratings["value"]) == [2.0, 7.0]
    assert read.members["rating_mood"].dropna().to_list() == [7.0]


def test_the_example_group_is_as_its_results(group: Path) -> None:
    from session_audio.workspace.manifest import load_session

    result = example_series()[1]
    loaded = load_session(group / "2026-03-09", with_files=False)
    assert (loaded.date, loaded.number) == (date(2026, 3, 9), 2)
    assert loaded.attendance == result.session.attendance
    assert loaded.ratings == result.session.ratings
    with pytest.raises(ManifestError, match="is not there"):
        load_session(group / "2026-03-09")
