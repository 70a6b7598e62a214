"""What others compute with keeps its names: a file or a column that vanishes fails here."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from session_audio.formats import outputs, seglst
from session_audio.schema import Diarization, SessionResult, SpeakerSegment, Word
from session_audio.testing import example_result

FORMATS = (Path(__file__).parents[1] / "docs" / "formats.md").read_text(encoding="utf-8")

COLUMNS = {
    "members.csv": "participant role present speaking_time speaking_time_share "
    "speaking_time_share_low speaking_time_share_high turn_count words backchannel_count "
    "backchannels_received median_turn longest_turn median_response interruptions_made "
    "interruptions_received unsuccessful_made unsuccessful_received interruptions_made_rate "
    "interruptions_made_rate_low interruptions_made_rate_high interruptions_received_rate "
    "interruptions_received_rate_low interruptions_received_rate_high answered_share "
    "last_third_change last_third_change_low last_third_change_high median_silence_after_cut",
    "turns.csv": "index start end participant responds_to text",
    "interactions.csv": "kind start end participant holder confidence",
    "responses.csv": "source target count expected median_offset",
    "flags.csv": "kind subtype target start end participant turns score reasons quote review",
}
"""Written out here on purpose: a change breaks somebody's script, so it is made knowingly."""
TOP = (
    "schema version units session duration quality measures interactions flags ratings "
    "chat_messages settings models"
)


@pytest.fixture(scope="module")
def result() -> SessionResult:
    return example_result(12, 5)


@pytest.fixture(scope="module")
def out(result: SessionResult, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("out")
    segments = tuple(SpeakerSegment(t.start, t.end, t.participant) for t in result.turns)
    wrote = outputs.write_tables(result, Diarization(segments, segments), folder)
    assert sorted(p.name for p in wrote) == sorted(p.name for p in folder.iterdir())
    return folder


def test_every_file_is_there_and_described(out: Path) -> None:
    here = {p.name for p in out.iterdir()}
    assert here == {
        *COLUMNS,
        "diarization.rttm",
        "exclusive.rttm",
        "transcript.vtt",
        "session.json",
    }
    written_elsewhere = {"report.html", "report.pdf", "words.seglst.json", "provenance.json"}
    for name in here | written_elsewhere:
        assert f"`{name}`" in FORMATS, name


@pytest.mark.parametrize("name", sorted(COLUMNS))
def test_columns_keep_their_names_and_order(out: Path, name: str) -> None:
    with (out / name).open(newline="", encoding="utf-8") as file:
        header, *rows = list(csv.reader(file))
    known = COLUMNS[name].split()
    assert header[: len(known)] == known  # a new column goes to the end
    assert rows and all(len(row) == len(header) for row in rows)
    for column in known:
        assert f"`{column}`" in FORMATS, column


def test_the_rows_are_those_of_the_result(out: Path, result: SessionResult) -> None:
    def rows(name: str) -> list[dict[str, str]]:
        with (out / name).open(newline="", encoding="utf-8") as file:
            return list(csv.DictReader(file))

    assert [r["participant"] for r in rows("members.csv")] == [
        str(m.participant) for m in result.measures.members
    ]
    assert [int(r["index"]) for r in rows("turns.csv")] == [t.index for t in result.turns]
    assert {r["kind"] for r in rows("flags.csv")} <= {"rupture", "repair"}
    assert len(rows("interactions.csv")) == len(result.interactions)


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
    said = [t.text for t in result.turns if len(t.text) > 30]
    said += [m.text for m in result.session.chat] + [f.quote for f in result.flags]
    assert said and not [words for words in said if words in text]


def test_words_keep_their_fields(tmp_path: Path) -> None:
    seglst.write(tmp_path / "w.json", "s", [Word(0.1, 0.5, "yes", "P01", 0.9)])
    (row,) = json.loads((tmp_path / "w.json").read_text())
    assert list(row) == ["session_id", "speaker", "start_time", "end_time", "words", "probability"]
