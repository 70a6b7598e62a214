import json
from pathlib import Path

import pytest
from praatio import textgrid
from pympi.Elan import Eaf

from session_audio.errors import FormatError
from session_audio.formats import transcripts
from session_audio.schema import Session, TranscriptSource, Word
from session_audio.workspace.manifest import load_session


@pytest.fixture
def session(session_folder: Path) -> Session:
    return load_session(session_folder)


def read(session: Session, name: str, text: str | None = None, **more: object) -> tuple[Word, ...]:
    path = session.folder / name
    if text is not None:
        path.write_text(text, encoding="utf-8")
    kind = str(more.pop("kind", "auto"))
    return transcripts.read(TranscriptSource(path, kind, **more), session).words  # type: ignore[arg-type]


def said(words: tuple[Word, ...]) -> list[tuple[str | None, str]]:
    return [(w.speaker, w.text) for w in words]


EXPECTED = [("P01", "hello"), ("P01", "there"), ("T01", "welcome")]


def test_webvtt_with_voice_tags(session: Session) -> None:
    text = (
        "WEBVTT\n\n00:00:01.000 --> 00:00:03.000\n<v Maya Quillfeather>hello there</v>\n\n"
        "00:00:04.000 --> 00:00:05.000\n<v T01>welcome\n"
    )
    words = read(session, "a.vtt", text)
    assert said(words) == EXPECTED
    assert not any(w.timed for w in words[:2])
    assert words[0].start == 1.0
    assert words[1].end == 3.0


def test_a_meeting_platforms_captions(session: Session) -> None:
    text = (
        "WEBVTT\n\n1\n00:00:01.000 --> 00:00:03.000\nMaya Quillfeather: hello there\n\n"
        "2\n00:00:04.000 --> 00:00:05.000\nRuth Ardent: welcome\n"
    )
    assert said(read(session, "a.vtt", text)) == EXPECTED


def test_srt_with_names(session: Session) -> None:
    text = (
        "1\n00:00:01,000 --> 00:00:03,000\nP01: hello there\n\n"
        "2\n00:00:04,000 --> 00:00:05,000\nT01: welcome\n"
    )
    assert said(read(session, "a.srt", text)) == EXPECTED


def test_ctm_has_word_times(session: Session) -> None:
    text = "s P01 1.0 0.5 hello 0.9\ns P01 1.6 0.4 there 0.8\n;; note\ns T01 4.0 1.0 welcome\n"
    words = read(session, "a.ctm", text)
    assert said(words) == EXPECTED
    assert words[0] == Word(1.0, 1.5, "hello", "P01", 0.9)


def test_stm(session: Session) -> None:
    text = "s 1 P01 1.0 3.0 <o,f0> hello there\ns 1 T01 4.0 5.0 welcome\n"
    assert said(read(session, "a.stm", text)) == EXPECTED


def test_seglst(session: Session) -> None:
    rows = [
        {
            "session_id": "s",
            "speaker": "P01",
            "start_time": 1,
            "end_time": 3,
            "words": "hello there",
        },
        {"session_id": "s", "speaker": "T01", "start_time": 4, "end_time": 5, "words": "welcome"},
    ]
    assert said(read(session, "a.json", json.dumps(rows))) == EXPECTED


def test_textgrid(session: Session) -> None:
    grid = textgrid.Textgrid()
    grid.addTier(textgrid.IntervalTier("P01", [(1.0, 1.5, "hello"), (1.6, 2.0, "there")], 0, 6))
    grid.addTier(textgrid.IntervalTier("T01", [(4.0, 5.0, "welcome")], 0, 6))
    path = session.folder / "a.TextGrid"
    grid.save(str(path), "long_textgrid", includeBlankSpaces=True)
    words = read(session, "a.TextGrid")
    assert said(words) == EXPECTED
    assert words[1].start == 1.6
    assert words[1].timed


def test_elan(session: Session) -> None:
    document = Eaf()
    document.remove_tier("default")
    document.add_tier("speech of Maya", part="P01")
    document.add_tier("T01")
    document.add_annotation("speech of Maya", 1000, 3000, "hello there")
    document.add_annotation("T01", 4000, 5000, "welcome")
    document.to_file(str(session.folder / "a.eaf"))
    assert said(read(session, "a.eaf")) == EXPECTED


def test_a_csv_with_columns_named_in_the_manifest(session: Session) -> None:
    text = "Begin;Who;Said\n0:01;Maya;hello there\n0:04;T01;welcome\n"
    words = read(
        session,
        "a.csv",
        text,
        columns={"start": "Begin", "speaker": "Who", "text": "Said"},
        speakers={"Maya": "P01"},
    )
    assert said(words) == EXPECTED
    assert words[1].end == pytest.approx(1 + 2 / transcripts.WORDS_A_SECOND)


def test_rows_out_of_order_and_overlapping_are_sorted(session: Session) -> None:
    text = "start,end,speaker,text\n4,5,T01,welcome\n1.2,2,P01,there\n1,1.5,P01,hello\n"
    words = read(session, "a.csv", text)
    assert said(words) == EXPECTED
    assert words[0].end > words[1].start


def test_a_segment_of_nobody_has_no_speaker(session: Session) -> None:
    row = {"words": "hello", "speaker": None, "start_time": 0, "end_time": 1}
    assert said(read(session, "a.json", json.dumps([row]))) == [(None, "hello")]


def test_a_name_that_two_people_have_is_nobodys(group_folder: Path) -> None:
    roster = group_folder / "group.toml"
    roster.write_text(roster.read_text().replace("Tom Brackenridge", "Maya Quillfeather"))
    session = load_session(group_folder / "2026-03-03")
    with pytest.raises(FormatError, match="nobody who was present"):
        read(session, "a.csv", "start,end,speaker,text\n1,2,Maya Quillfeather,hello\n")


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("a.csv", "start,end,speaker,text\n1,2,Secretname,hello\n", "1 speaker is nobody who was"),
        ("a.csv", "start,end,speaker,text\n3,2,P01,hello\n", "line 2: ends before it begins"),
        ("a.csv", "start,end,speaker,text\nsoon,2,P01,hello\n", "line 2: a time is not seconds"),
        ("a.csv", "onset,speaker,text\n1,P01,hello\n", "no column for 'start'"),
        ("a.csv", "start,end,speaker,text\n", "holds no words"),
        ("a.vtt", "1\n00:00 hello", "is not WebVTT"),
        ("a.ctm", "s P01 1.0\n", "line 1: 3 fields; expected 5"),
        ("a.json", "[]", "holds no words"),
        (
            "a.json",
            '[{"words": null, "speaker": "P01", "start_time": 0, "end_time": 1}]',
            "be text",
        ),
        (
            "a.json",
            '[{"words": "hello", "speaker": "P01", "start_time": null, "end_time": 1}]',
            "segment 1: start_time and end_time must be seconds",
        ),
        (
            "a.json",
            '[{"words": "hello", "speaker": "P01", "start_time": -1, "end_time": 1}]',
            "segment 1: runs from -1.0 to 1.0 s",
        ),
        (
            "a.json",
            '[{"words": "hello", "speaker": "P01", "start_time": NaN, "end_time": 1}]',
            "segment 1: runs from nan to 1.0 s",
        ),
        (
            "a.json",
            '[{"words": "hello", "speaker": "P01", "start_time": 0, "end_time": 1, '
            '"probability": "high"}]',
            "probability a number",
        ),
        (
            "a.json",
            '[{"words": "hello", "speaker": "P01", "start_time": 0, "end_time": 1, '
            '"probability": 7}]',
            "probability 7; expected 0 to 1",
        ),
        ("a.csv", "start,end,speaker,text\n-1,2,P01,hello\n", "line 2: begins before 0"),
        ("a.csv", "start,end,speaker,text\nnan,2,P01,hello\n", "line 2: a time is not seconds"),
        ("a.csv", "start,end,speaker,text\n,2,P01,hello\n", "line 2: a time is not seconds"),
        ("a.TextGrid", "nothing", "not a TextGrid"),
        ("a.eaf", "<nothing", "not an ELAN file"),
        ("a.docx", "x", "is not a Word document"),
        ("a.pdf", "x", "the ending tells no format"),
    ],
)
def test_what_is_wrong_is_named_without_names_or_words(
    session: Session, name: str, text: str, message: str
) -> None:
    with pytest.raises(FormatError) as bad:
        read(session, name, text)
    assert message in str(bad.value)
    assert "Secretname" not in str(bad.value)
    assert "hello" not in str(bad.value)


def test_an_unknown_format_names_the_known_ones(session: Session) -> None:
    with pytest.raises(FormatError, match="Known: csv, ctm, docx, elan, json, seglst"):
        read(session, "a.csv", "", kind="word")
