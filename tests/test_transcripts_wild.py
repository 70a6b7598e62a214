"""Transcripts as people have them: every platform's names, every program's text, every accident."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from session_audio.cli import main
from session_audio.errors import FormatError
from session_audio.formats import rttm, transcripts
from session_audio.formats.formulas import unguarded
from session_audio.formats.transcripts import Transcript
from session_audio.schema import Session, SpeakerSegment, TranscriptSource
from session_audio.workspace.manifest import load_session

PEOPLE = (
    ("T01", "Ruth Müller", "therapist"),
    ("P01", "Anna Berg", "member"),
    ("P02", "Anna Schmidt", "member"),
    ("P03", "Tom", "member"),
    ("P04", "Iris Vale", "member"),
)
HEAD = "start,end,speaker,text\n"


@pytest.fixture
def session(tmp_path: Path) -> Session:
    """A group of four who came, and one who was away."""
    folder = tmp_path / "tuesday" / "2026-03-03"
    folder.mkdir(parents=True)
    given = "{ given = 2026-01-01 }"
    consent = "\n".join(f"{p} = {given}" for p in ("recording", "transcription", "analysis"))
    roster = "".join(
        f'[[participant]]\nid = "{who}"\nname = "{name}"\nrole = "{role}"\n'
        f"[participant.consent]\n{consent}\n"
        for who, name, role in PEOPLE
    )
    (folder.parent / "group.toml").write_text(f'id = "tuesday"\n{roster}', encoding="utf-8")
    (folder / "session.toml").write_text(
        'date = 2026-03-03\nattendance = ["T01", "P01", "P02", "P03"]\n'
        '[transcript]\nfile = "call.vtt"\n'
    )
    (folder / "call.vtt").write_text(vtt("<v T01>welcome"))
    return load_session(folder)


def vtt(*cues: str) -> str:
    """Cues of two seconds, four seconds apart."""
    return "WEBVTT\n" + "".join(
        f"\n00:00:{4 * k:02d}.000 --> 00:00:{4 * k + 2:02d}.000\n{cue}\n"
        for k, cue in enumerate(cues)
    )


def read(session: Session, name: str, content: str | bytes, **more: object) -> Transcript:
    path = session.folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    spoken = more.pop("spoken", ())
    source = TranscriptSource(path, "auto", **more)  # type: ignore[arg-type]
    return transcripts.read(source, session, spoken)  # type: ignore[arg-type]


def said(found: Transcript) -> list[tuple[str | None, str]]:
    out: list[tuple[str | None, str]] = []
    for word in found.words:
        if out and out[-1][0] == word.speaker:
            out[-1] = (word.speaker, f"{out[-1][1]} {word.text}")
        else:
            out.append((word.speaker, word.text))
    return out


# --- names


@pytest.mark.parametrize(
    ("label", "who"),
    [
        ("Tom (External)", "P03"),
        ("Tom (Guest)", "P03"),
        ("tom (he/him)", "P03"),
        ("Tom, he/him", "P03"),
        ("TOM [Gast]", "P03"),
        ("Müller, Ruth", "T01"),
        ("Dr. Ruth Mueller", "T01"),
        ("Frau Müller", "T01"),
        ("ruth mu\u0308ller", "T01"),
        ("Ruth\u00a0Müller", "T01"),
        ("Anna B.", "P01"),
        ("Schmidt, A.", "P02"),
        ("p02", "P02"),
        ("+49 170 1234567", "P02"),
        ("xxx-xxx-1234", "P03"),
    ],
)
def test_a_name_as_a_platform_writes_it(session: Session, label: str, who: str) -> None:
    mapped = {"+49 170  1234567": "P02", "XXX-XXX-1234": "P03"}
    found = read(session, "a.vtt", vtt(f"{label}: hello"), speakers=mapped)
    assert said(found) == [(who, "hello")]
    assert said(read(session, "b.vtt", vtt(f"<v {label}>hello"), speakers=mapped)) == said(found)


@pytest.mark.parametrize(
    ("label", "told"),
    [
        ("Anna", "could be P01 or P02"),
        ("Tom Becker", "could be P03"),
        ("Tomm", "could be P03"),
        ("Iris Vale", "P04, who is not in attendance"),
        ("Iris", "P04, who is not in attendance"),
        ("Callum Reed", "like nobody of the roster"),
        ("+49 170 1234567", "like nobody of the roster"),
        ("SPEAKER_00", "like nobody of the roster"),
    ],
)
def test_a_label_that_is_not_clear_is_nobodys(session: Session, label: str, told: str) -> None:
    with pytest.raises(FormatError) as bad:
        read(session, "a.vtt", vtt(f"{label}: hello", "P01: yes", f"{label}: well"))
    assert f"2 utterances from 0:00: {told}" in str(bad.value)
    assert label not in str(bad.value)


def test_every_label_is_listed_once_and_shown_to_the_screen_only(session: Session) -> None:
    cues = vtt("Anna: a", "Callum Reed: b", "Anna: c", '<v Tom "T" Reed>d', "Tom: e")
    (session.folder / "call.vtt").write_text(cues)
    done = CliRunner().invoke(main, ["check", "--labels", str(session.folder)])
    assert done.exit_code == 1
    assert "3 speakers are nobody who was present" in done.stdout
    assert not any(name in done.stdout for name in ("Anna", "Callum", "Reed"))
    assert '"Anna" = ""  # 2 utterances from 0:00: could be P01 or P02' in done.stderr
    assert '"Callum Reed" = ""  # 1 utterance from 0:04: like nobody' in done.stderr
    filled = (session.folder / "session.toml").read_text() + "".join(
        f"{line.split(' = ')[0]} = {who}\n"
        for line, who in zip(
            [x for x in done.stderr.splitlines() if x.startswith('"')],
            ('"P01"', '"P02"', '"P03"'),
            strict=True,
        )
    )
    table = "[transcript.speakers]\n"
    (session.folder / "session.toml").write_text(filled.replace('"Anna"', f'{table}"Anna"', 1))
    done = CliRunner().invoke(main, ["check", str(session.folder)])
    assert done.exit_code == 0, done.output


def test_a_colon_in_what_was_said_is_no_name(session: Session) -> None:
    found = read(
        session,
        "a.vtt",
        vtt("Tom: hello", "One thing: leave me alone.", "Ruth Müller: Yes.\nOne more: go on"),
    )
    assert said(found) == [
        ("P03", "hello One thing: leave me alone."),
        ("T01", "Yes. One more: go on"),
    ]
    assert "2 lines begin with words and a colon" in found.notes[0]
    assert "line 6, 9" in found.notes[0]


def test_a_label_that_is_mapped_to_nothing_is_what_was_said(session: Session) -> None:
    cues = vtt("Tom: hello", "Rule one: listen", "Rule one: again")
    with pytest.raises(FormatError, match="1 speaker is nobody"):
        read(session, "a.vtt", cues)
    found = read(session, "a.vtt", cues, speakers={"Rule one": ""})
    assert said(found) == [("P03", "hello Rule one: listen Rule one: again")]


def test_a_stranger_who_speaks_once_is_not_taken_for_the_speaker_before(session: Session) -> None:
    with pytest.raises(FormatError, match="1 speaker is nobody"):
        read(session, "a.vtt", vtt("Tom: hello", "Callum Reed: good evening"))


# --- captions


def test_wild_webvtt_loses_nothing(session: Session) -> None:
    text = (
        "\ufeffWEBVTT - call\r\nKind: captions\r\n\r\nNOTE Confidence: 0.9\r\n\r\n"
        "NOTE-1\r\n00:01.000 --> 00:02.000 align:start\r\n<v.loud Tom>I &amp; <i>you</i> a < b\r\n"
        "\r\n8f0e1c2a-1b2c-4d5e-8f90-0a1b2c3d4e5f/12-0\r\n0:00:03,500 --> 0:00:05,000\r\n"
        "<v Tom>one</v> two <v T01>three\r\n\r\nand four\r\n\r\n00:00:06.000 --> 00:00:07.000\r\n"
        "Tom: five"
    )
    assert said(read(session, "a.vtt", text)) == [
        ("P03", "I & you a < b one two"),
        ("T01", "three and four"),
        ("P03", "five"),
    ]


@pytest.mark.parametrize(
    ("name", "bad"),
    [
        ("a.srt", "00:00:0x,000 --> 00:00:05,000"),
        ("a.vtt", "00:00:04.000 -> 00:00:05.000"),
        ("a.vtt", "00:00:04.000 --> soon"),
        ("a.vtt", "00:00:75.000 --> 00:01:20.000"),
        ("a.srt", "--> 00:00:05,000"),
    ],
)
def test_a_cue_whose_time_cannot_be_read_is_told_by_line(
    session: Session, name: str, bad: str
) -> None:
    head = "WEBVTT\n" if name == "a.vtt" else ""
    good = "1\n00:00:01.000 --> 00:00:02.000\nTom: hello\n"
    text = f"{head}\n{good}\n2\n{bad}\nTom: lost\n\n3\n{bad}\nTom: lost\n\n{good}"
    with pytest.raises(FormatError, match=r"line \d+, 1\d: the time of a cue cannot be read"):
        read(session, name, text)


def test_captions_without_blank_lines_between_them(session: Session) -> None:
    text = (
        "1\n00:00:01,000 --> 00:00:02,000\nTom: one\n2\n00:00:03,000 --> 00:00:04,000\nT01: two\n\n"
        "and three\n00:00:05,000 --> 00:00:06,000\nTom: four"
    )
    assert said(read(session, "a.srt", text)) == [
        ("P03", "one"), ("T01", "two and three"), ("P03", "four")
    ]  # fmt: skip


# --- tables


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16", "utf-16-le"])
def test_a_csv_in_any_usual_encoding(session: Session, encoding: str) -> None:
    text = "Beginn;Ende;Sprecherin;Text\r\n1,5;2,5;Müller, Ruth;für mich\r\n"
    found = read(session, "a.csv", text.encode(encoding))
    assert said(found) == [("T01", "für mich")]
    assert found.words[0].start == 1.5
    assert bool(found.notes) == (not encoding.startswith("utf-8"))


def test_a_sheet_that_names_its_own_separator(session: Session) -> None:
    found = read(session, "a.csv", "sep=;\nstart;end;speaker;text\n1;2;Tom;a, b, c, d\n")
    assert said(found) == [("P03", "a, b, c, d")]


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ('1,2,P01,"hello\n3,4,P02,bye\n5,6,P03,so\n', "line 2: a quote is opened and not closed"),
        ('1,2,P01,"hello\n3,4,P02,"bye"\n', "line 2: a quote is opened and not closed"),
        ('1,2,P01,"hello\n3,4,P02,bye"\n5,6,P03,so\n', "line 2: a quote is opened"),
        ("1,2,P01,hello\n3,4,P02,well, no\n5,6,P01,a,b\n", "line 3, 4: too many columns"),
        ("1,2,P01\n", "line 2: too few columns"),
        ("1,2,P01," + "x" * 200_000 + "\n", "line 2: a text is endless"),
        ("1:75,,P01,hello\n", "line 2: a time is not seconds"),
        ("1_0,,P01,hello\n", "line 2: a time is not seconds"),
    ],
)
def test_a_row_that_would_lose_or_move_words_is_told(
    session: Session, rows: str, told: str
) -> None:
    with pytest.raises(FormatError) as bad:
        read(session, "a.csv", HEAD + rows)
    assert told in str(bad.value)
    assert "hello" not in str(bad.value)


@pytest.mark.parametrize(
    ("header", "columns", "told"),
    [
        ("start,text,text", {}, "has 2 columns for 'text'"),
        ("start,text,who", {"speaker": "Wer"}, "no column for 'speaker'"),
    ],
)
def test_a_column_that_is_missing_or_there_twice(
    session: Session, header: str, columns: dict[str, str], told: str
) -> None:
    with pytest.raises(FormatError, match=told):
        read(session, "a.csv", f"{header}\n1,hello,P01\n", columns=columns)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("Müller für Ärger 1\n".encode() + b"\xff\n", "line 2 is damaged: 1 bytes"),
        (b"\x00\x01\x02\x03" * 200, "no text that can be read"),
    ],
)
def test_what_is_no_text_is_told(session: Session, content: bytes, told: str) -> None:
    with pytest.raises(FormatError, match=told):
        read(session, "a.csv", content)


# --- other programs


def test_whisper_s_relatives(session: Session) -> None:
    words = [
        {"word": "hello", "start": 1.0, "end": 1.4, "score": 0.8},
        {"word": "2026"},
        {"word": "there", "start": 2.0, "end": 2.4, "speaker": "SPEAKER_01"},
    ]
    segments = [
        {"start": 1.0, "end": 3.0, "text": " hello 2026 there", "speaker": "S0", "words": words},
        {"start": 4.0, "end": 5.0, "text": " welcome now", "speaker": "SPEAKER_01"},
        {"start": 6.0, "end": 7.0, "text": " mm"},
    ]
    found = read(
        session,
        "a.json",
        json.dumps({"segments": segments, "language": "en"}),
        speakers={"S0": "P01", "SPEAKER_01": "T01"},
    )
    assert said(found) == [("P01", "hello 2026"), ("T01", "there welcome now"), (None, "mm")]
    assert [(w.start, w.timed) for w in found.words[:3]] == [
        (1.0, True), (1.4, False), (2.0, True)
    ]  # fmt: skip
    assert found.words[0].probability == 0.8


@pytest.mark.parametrize(
    "text",
    [
        "Tom  0:05\nHello there.\n\nRuth Müller  0:12\nWelcome.\n\n"
        "Transcribed by https://otter.ai\n",
        "Meeting in March\n\n[0:05] Tom: Hello there.\n[00:00:12] Ruth Müller: Welcome.\n",
        "Tom [0:05]: Hello there.\nRuth Müller [0:12]: Welcome.",
        "0:00:05.100 --> 0:00:07.000\nTom\nHello\nthere.\n\n"
        "0:00:12.0 --> 0:00:13.0\nRuth Müller\nWelcome.",
        "0:05 Tom: Hello there.\n0:12 Ruth Müller: Welcome.",
    ],
)
def test_text_with_names_and_times(session: Session, text: str) -> None:
    assert said(read(session, "a.txt", text)) == [("P03", "Hello there."), ("T01", "Welcome.")]
    assert said(read(session, "a.docx", docx(text))) == said(read(session, "a.txt", text))


def docx(text: str, before: str = "") -> bytes:
    import io

    kept = io.BytesIO()
    space = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    rows = "</w:t><w:br/><w:t>".join(text.replace(">", "&gt;").split("\n"))
    with zipfile.ZipFile(kept, "w", zipfile.ZIP_DEFLATED) as packed:
        body = f'<w:document xmlns:w="{space}"><w:p><w:r><w:t>{rows}</w:t></w:r></w:p>'
        packed.writestr("word/document.xml", f"{before}{body}</w:document>")
    return kept.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("a.txt", "Tom: hello\nRuth: hi\n", "has no times that can be read"),
        ("a.docx", docx("Tom  0:05\nhi", '<!DOCTYPE x [<!ENTITY a "b">]>'), "not a Word document"),
        ("a.json", '{"results": []}', "holds neither SegLST"),
        ("a.json", '{"segments": [{"start": true, "end": 1, "text": "x"}]}', "be seconds"),
        ("a.json", "[" * 200_000, "is not JSON"),
        ("a.json", '[{"start_time": ' + "1" * 5000 + "}]", "is not JSON"),
        ("a.json", '[{"words": "a", "speaker": "", "start_time": 1' + "0" * 4000
         + ', "end_time": 1}]', "must be seconds"),
        ("a.rst", "", "the ending tells no format"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_says_what_to_do(
    session: Session, name: str, content: str | bytes, told: str
) -> None:
    with pytest.raises(FormatError, match=told):
        read(session, name, content)


# --- times


def rows_of(scale: float, *, with_ends: bool) -> str:
    lines = (
        f"{3 * k * scale},{(3 * k + 2.5) * scale if with_ends else ''},P01,so it is about that\n"
        for k in range(400)
    )
    return HEAD + "".join(lines)


@pytest.mark.parametrize("with_ends", [True, False])
def test_times_in_milliseconds_are_told_and_can_be_said(session: Session, with_ends: bool) -> None:
    with pytest.raises(FormatError, match="milliseconds"):
        read(session, "a.csv", rows_of(1000, with_ends=with_ends))
    found = read(session, "a.csv", rows_of(1000, with_ends=with_ends), times="ms")
    assert found.words[-1].start < 1210
    short = HEAD + "".join(f"{3000 * k},{3000 * k + 2500},P01,so it is\n" for k in range(12))
    with pytest.raises(FormatError, match="milliseconds"):
        read(session, "a.csv", short)


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("a.csv", f"{HEAD}1e7,,P01,hello\n", "a time is not seconds"),
        ("a.csv", f"{HEAD}10000000,,P01,hello\n", "runs to 2,777.8 hours"),
        ("a.csv", f"{HEAD}{'9' * 400},,P01,hello\n", "a time is no number"),
        ("a.csv", f"{HEAD}1,2,P01,a\n360000,360001,P01,b\n", "at most 24 hours"),
        ("a.srt", "1\n999999:00:00,0 --> 999999:00:01,0\nTom: a\n", "at most 24 hours"),
        ("a.ctm", "s P01 1e300 1 hello\n", "a time is not seconds"),
        ("a.json", '{"segments": [{"start": 1e308, "end": 1e308, "text": "x"}]}', "24 hours"),
    ],
)
def test_a_time_that_no_session_has_is_told(
    session: Session, name: str, content: str, told: str
) -> None:
    with pytest.raises(FormatError, match=told):
        read(session, name, content)


@pytest.mark.parametrize("start", ["10000000", "1e300", "1e308", "inf"])
def test_an_rttm_that_no_session_has(session: Session, start: str) -> None:
    path = session.folder / "a.rttm"
    path.write_text(f"SPEAKER s 1 {start} 1 <NA> <NA> S01 <NA> <NA>\n")
    with pytest.raises(FormatError):
        rttm.read(path)


def test_an_rttm_in_milliseconds_or_with_a_misspelt_type(session: Session) -> None:
    path = session.folder / "a.rttm"
    line = "SPEAKER s 1 {} 900 <NA> <NA> S01 <NA> <NA>\n"
    path.write_text("".join(line.format(1000 * k) for k in range(8)))
    with pytest.raises(FormatError, match="milliseconds"):
        rttm.read(path)
    path.write_text(line.format(1) + line.format(2).replace("SPEAKER", "SPAEKER"))
    with pytest.raises(FormatError, match="line 2 is not RTTM"):
        rttm.read(path)


def test_hours_without_a_word_are_told(session: Session) -> None:
    found = read(session, "a.csv", f"{HEAD}1,2,P01,a\n9000,9001,P01,b\n")
    assert found.notes == ("nothing is said from 0:02 to 2:30:00",)


def test_words_after_the_recordings_end_are_told(session: Session) -> None:
    path = session.folder / "a.csv"
    path.write_text(f"{HEAD}1,2,P01,a b c\n90,91,P01,d\n")
    source = TranscriptSource(path, "auto")
    (note,) = transcripts.read(source, session, length=20.0).notes
    assert note == "1 words lie after the recording's end at 0:20"
    with pytest.raises(FormatError, match=r"runs to 91\.0 s, the recording to 0\.5 s"):
        path.write_text(f"{HEAD}1.6,2,P01,a b c\n90,91,P01,d\n")
        transcripts.read(source, session, length=0.5)


@pytest.mark.parametrize(
    ("rows", "touch"),
    [
        ("1.0,3.02,P01,a\n3.0,5,P02,b\n", True),
        ("1,4,P01,a\n3,5,P02,b\n", True),
        ("1.0,3.4,P01,a\n3.0,5,P02,b\n", False),
        ("0.5,4,P01,a\n3,5,P02,b\n", False),
    ],
)
def test_an_overlap_of_a_rounding_error_is_none(session: Session, rows: str, touch: bool) -> None:
    first, second = read(session, "a.csv", HEAD + rows).words
    assert (first.end <= second.start) == touch


def test_a_long_cue_over_several_speakers_is_split_by_the_diarization(session: Session) -> None:
    turns = [SpeakerSegment(3.0 * k, 3.0 * k + 2.9, ("P01", "T01")[k % 2]) for k in range(18)]
    text = " ".join(f"word{k}" for k in range(90))
    cue = f"WEBVTT\n\n00:00:00.000 --> 00:00:55.000\nAnna Berg: {text}\n"
    found = read(session, "a.vtt", cue, spoken=turns)
    assert {w.speaker for w in found.words} == {None}  # alignment gives each its speaker
    assert " ".join(w.text for w in found.words) == text
    assert all(any(t.start <= w.start < t.end for t in turns) for w in found.words)
    assert "1 long cues are split" in found.notes[0]
    alone = [*turns[::2], turns[1]]
    for kept in (sorted(alone), [SpeakerSegment(0, 50, "S01"), SpeakerSegment(50, 55, "S02")]):
        found = read(session, "a.vtt", cue, spoken=kept)
        assert {w.speaker for w in found.words} == {"P01"}


# --- anything at all

_BYTES = st.binary(max_size=300) | st.text(
    alphabet="<>v-:,.0123456789 \n\t\"'[]{}ePTSmKERnul", max_size=300
).map(str.encode)
_BEGINS: dict[str, bytes] = {
    "a.vtt": b"WEBVTT\n\n",
    "a.csv": HEAD.encode(),
    "a.json": b'{"segments": [{"start": 1,',
    "a.srt": b"1\n00:00:01,000 --> 00:00:02,000\n",
    "a.txt": b"Tom 0:05\n",
    "a.ctm": b"s P01 1 1 a\n",
    "a.stm": b"s 1 P01 1 2 a\n",
    "a.docx": docx("Tom  0:05\nhi")[:200],
    "a.eaf": b"<?xml version='1.0'?>",
    "a.TextGrid": b'File type = "ooTextFile"\nObject class = "TextGrid"\n',
    "a.rttm": b"SPEAKER s 1 ",
}


@pytest.mark.parametrize("name", sorted(_BEGINS))
def test_no_file_makes_a_reader_fail_otherwise_than_by_its_own_error(
    session: Session, name: str
) -> None:
    path = session.folder / name

    def tried(content: bytes) -> None:
        path.write_bytes(content)
        try:
            if name == "a.rttm":
                rttm.read_diarization(path)
            else:
                transcripts.read(TranscriptSource(path, "auto"), session)
        except FormatError as error:
            assert str(error)

    check: Callable[[bytes, bool], None] = lambda tail, bare: tried(  # noqa: E731
        tail if bare else _BEGINS[name] + tail
    )
    ran = settings(max_examples=40, suppress_health_check=list(HealthCheck))(
        given(_BYTES, st.booleans())(check)
    )
    ran()


@given(
    st.lists(
        st.tuples(st.sampled_from(["T01", "P01", "P03"]), st.text("abc ,;:\"'\n<&", min_size=1)),
        min_size=1,
        max_size=8,
    )
)
@settings(max_examples=60, suppress_health_check=list(HealthCheck))
def test_every_word_of_a_well_written_table_arrives(
    session: Session, rows: list[tuple[str, str]]
) -> None:
    import csv
    import io

    kept = io.StringIO()
    writer = csv.writer(kept)
    writer.writerow(["start", "end", "speaker", "text"])
    for k, (who, text) in enumerate(rows):
        writer.writerow([k * 3, k * 3 + 2, who, text])
    # An apostrophe that keeps a spreadsheet from running a cell is no part of what was said.
    spoken = [(who, word) for who, text in rows for word in unguarded(text).split()]
    if spoken:
        found = read(session, "a.csv", kept.getvalue())
        assert [(w.speaker, w.text) for w in found.words] == spoken
        assert all(a.start <= b.start for a, b in pairwise(found.words))
