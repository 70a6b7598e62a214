"""Where in a session something is uncertain: minutes, and from when to when."""

import json
import re

import numpy as np
import pytest
import soundfile
from flow_cases import DURATION, spoken, stages
from sound_cases import RATE, noise, take, voice

from session_audio.backends.diarization import faint
from session_audio.backends.diarization.speech_activity import Speech
from session_audio.interval import Interval
from session_audio.metrics.doubt import crowded, wordless
from session_audio.schema import SpeakerSegment, Word


def speech(*parts):
    return [SpeakerSegment(float(a), float(b), who) for a, b, who in parts]


def said(*starts):
    return [Word(float(at), at + 0.4, "word") for at in starts]


@pytest.mark.parametrize(
    ("spoken", "starts", "left_out", "found"),
    [
        ([(0, 60, "P01")], range(60), [], []),
        ([(0, 60, "P01")], [*range(20), *range(40, 60)], [], [(19.9, 39.5)]),
        ([(0, 60, "P01")], [*range(20), *range(40, 60)], [Interval(15, 45)], []),
        # A pause of a second goes on; one of ten ends the stretch.
        ([(0, 3, "P01"), (4, 7, "P02")], [], [], [(0, 7)]),
        ([(0, 3, "P01"), (13, 16, "P02")], [], [], []),
        ([(0, 60, "gone")], [], [], []),
    ],
)
def test_speech_for_which_no_words_were_written(spoken, starts, left_out, found):
    told = wordless(said(*starts), speech(*spoken), left_out, {"gone"})
    assert [(round(x.start, 6), round(x.end, 6)) for x in told] == found


def test_much_talk_at_once_is_told_where_it_is():
    talk = speech((0, 300, "P01"), (100, 120, "P02"), (200, 203, "P02"))
    (one,) = crowded(talk)
    assert one.start < 100 < 120 < one.end
    assert one.duration < 60
    assert crowded(speech((0, 300, "P01"))) == []
    assert crowded([]) == []


def test_soft_speech_that_is_not_counted_is_told():
    scores = np.zeros((20_000, 3), np.float32)
    scores[:5_000, 0] = 0.9
    scores[10_000:13_000, 0] = 0.2  # heard, and below the threshold
    scores[18_000:18_200, 0] = 0.2  # two seconds are nothing
    count = (scores[:, 0] > 0.3).astype(np.int8)
    (one,) = faint.stretches(Speech(count, np.zeros(20_000, np.float32), scores))
    assert 90 < one.start < 110
    assert 120 < one.end < 140


def test_loud_noise_is_told_from_when_to_when(tmp_path):
    sound = voice(300)
    sound[120 * RATE : 210 * RATE] += noise(90, -28)
    soundfile.write(tmp_path / "a.wav", sound, RATE)
    quality, _ = take(tmp_path / "a.wav")
    (told,) = [n for n in quality.warnings if n.key == "noisy_at"]
    assert float(told.value) == pytest.approx(120, abs=15)
    assert float(told.of) == pytest.approx(210, abs=15)
    soundfile.write(tmp_path / "b.wav", voice(300), RATE)
    assert not [n for n in take(tmp_path / "b.wav")[0].warnings if n.key == "noisy_at"]


def test_the_report_says_how_long_and_from_when(session, engines):
    """The recogniser writes nothing of the last fourteen seconds."""
    engines.diarizer.segments = [*spoken()[0], SpeakerSegment(10.0, DURATION, "S03")]
    engines.transcriber.words = [w for w in spoken()[1] if w.end < 10]
    stages(session)
    facts = json.loads((session / "out" / "session.json").read_text())
    assert "wordless_at:10/24" in facts["quality"]["warnings"]
    page = (session / "out" / "report.html").read_text()
    told = re.findall(r"Speech of 14 s for which no words were written: 0:10\u20130:24", page)
    assert len(told) >= 2  # on the first screen, and where it stands what cannot be said
