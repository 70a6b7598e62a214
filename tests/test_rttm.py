import itertools
import random

import pytest

from session_audio.errors import FormatError
from session_audio.formats import rttm
from session_audio.schema import Notice, SpeakerSegment


def test_what_is_written_is_read_again(tmp_path):
    segments = (SpeakerSegment(0.1234, 2.5, "P01"), SpeakerSegment(2.0, 3.0, "P 02"))
    rttm.write(tmp_path / "a.rttm", "2026-03-02", segments)
    assert rttm.read(tmp_path / "a.rttm") == (
        SpeakerSegment(0.123, 2.5, "P01"),
        SpeakerSegment(2.0, 3.0, "P_02"),
    )


def test_other_lines_are_passed_over(tmp_path):
    file = tmp_path / "a.rttm"
    file.write_text(
        ";; comment\nSPKR-INFO a 1 <NA> <NA> <NA> unknown x <NA>\n\n"
        "SPEAKER a 1 1.0 0.5 <NA> <NA> x <NA> <NA>\nSPEAKER a 1 2.0 0.0 <NA> <NA> x <NA> <NA>\n"
    )
    assert rttm.read(file) == (SpeakerSegment(1.0, 1.5, "x"),)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("SPEAKER a 1 1.0 x <NA> <NA> y <NA> <NA>\n", "line 1: start and duration"),
        ("SPEAKER a 1 1.0 -2 <NA> <NA> y <NA> <NA>\n", "from 0 on"),
        ("SPEAKER a 1 1.0 nan <NA> <NA> y <NA> <NA>\n", "from 0 on"),
        ("SPEAKER a 1 1.0\n", "4 fields"),
        ("start,end,who\n", "not RTTM"),
        (
            "SPEAKER a 1 0 1 <NA> <NA> y <NA> <NA>\nSPEAKER b 1 0 1 <NA> <NA> y <NA> <NA>\n",
            "2 recordings",
        ),
    ],
)
def test_bad_files_are_explained(tmp_path, text, says):
    file = tmp_path / "a.rttm"
    file.write_text(text)
    with pytest.raises(FormatError, match=says):
        rttm.read(file)


def test_missing_and_binary_files_are_explained(tmp_path):
    with pytest.raises(FormatError, match="not there"):
        rttm.read(tmp_path / "none.rttm")
    (tmp_path / "b.rttm").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(FormatError, match="UTF-8"):
        rttm.read(tmp_path / "b.rttm")


def test_speech_beyond_the_end_is_cut_with_a_warning(tmp_path):
    file = tmp_path / "a.rttm"
    rttm.write(file, "s", [SpeakerSegment(0, 8, "A"), SpeakerSegment(9, 12, "B")])
    diarization = rttm.read_diarization(file, 10.0)
    assert diarization.full == (SpeakerSegment(0, 8, "A"), SpeakerSegment(9, 10, "B"))
    assert diarization.warnings == (Notice("rttm_beyond_end", "2.0"),)
    assert rttm.read_diarization(file, 12.0).warnings == ()


def test_times_of_another_recording_are_refused(tmp_path):
    file = tmp_path / "a.rttm"
    rttm.write(file, "s", [SpeakerSegment(1, 2, "A"), SpeakerSegment(900, 1000, "B")])
    with pytest.raises(FormatError, match=r"1000\.0 s, the recording to 60\.0 s"):
        rttm.read_diarization(file, 60.0)


def test_exclusive_has_one_speaker_at_a_time_and_loses_no_speech():
    rng = random.Random(3)
    segments = []
    for _ in range(60):
        start = rng.uniform(0, 50)
        segments.append(SpeakerSegment(start, start + rng.uniform(0.1, 6), rng.choice("ABC")))
    alone = rttm.exclusive(segments)
    assert all(a.end <= b.start for a, b in itertools.pairwise(alone))
    for at in [x / 10 for x in range(600)]:
        speaking = {s.speaker for s in segments if s.start <= at < s.end}
        chosen = {s.speaker for s in alone if s.start <= at < s.end}
        assert bool(chosen) == bool(speaking)
        assert chosen <= speaking
