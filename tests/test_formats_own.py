import json
from pathlib import Path

import pytest

from session_audio.errors import FormatError
from session_audio.formats import seglst, webvtt
from session_audio.schema import ParticipantId, Turn, Word


def test_words_survive_seglst(tmp_path: Path) -> None:
    words = (Word(0.5, 1.0, "one", "P01", 0.5), Word(1.5, 2.0, "two", None, None, timed=False))
    seglst.write(tmp_path / "w.json", "s1", words)
    assert seglst.read(tmp_path / "w.json") == words


def test_a_segment_of_several_words_shares_its_time(tmp_path: Path) -> None:
    row = {"session_id": "s", "speaker": "A", "start_time": 1.0, "end_time": 3.0, "words": "ab ab"}
    (tmp_path / "w.json").write_text(json.dumps([row]))
    words = seglst.read(tmp_path / "w.json")
    assert [(w.start, w.end, w.timed) for w in words] == [(1.0, 2.0, False), (2.0, 3.0, False)]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("not json", "is not JSON"),
        ("{}", "holds no list"),
        ('[{"speaker": "A", "start_time": 0, "words": "x"}]', "segment 1: end_time is missing"),
        (
            '[{"speaker": "A", "start_time": 5, "end_time": 2, "words": "x"}]',
            "runs from 5.0 to 2.0 s",
        ),
        ('[{"speaker": "A", "start_time": "now", "end_time": 2, "words": "x"}]', "must be seconds"),
    ],
)
def test_what_is_not_seglst_is_refused(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "w.json").write_text(text)
    with pytest.raises(FormatError, match=message):
        seglst.read(tmp_path / "w.json")


def test_captions_escape_names_and_words(tmp_path: Path) -> None:
    turn = Turn(0, 0.0, 1.5, ParticipantId("P01"), "a < b")
    webvtt.write(tmp_path / "t.vtt", [turn], {"P01": "<b>Maya</b>"})
    text = (tmp_path / "t.vtt").read_text()
    assert text.startswith("WEBVTT\n")
    assert "00:00:00.000 --> 00:00:01.500\n<v &lt;b&gt;Maya&lt;/b&gt;>a &lt; b" in text


def test_a_name_on_several_lines_does_not_end_a_cue(tmp_path: Path) -> None:
    turn = Turn(0, 0.0, 1.5, ParticipantId("P01"), "yes")
    webvtt.write(tmp_path / "t.vtt", [turn], {"P01": "Maya\n\nWill"})
    assert (tmp_path / "t.vtt").read_text().endswith("\n<v Maya Will>yes\n")
