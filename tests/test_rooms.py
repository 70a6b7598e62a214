"""Recordings as rooms and telephones give them: band-limited, noisy, left running."""

import json
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
import soundfile
from flow_cases import DURATION, run
from scipy.signal import butter, sosfiltfilt

from session_audio.backends.diarization.band import for_narrow_band, is_narrow_band
from session_audio.backends.diarization.clustering import cluster_speakers
from session_audio.backends.diarization.local_activity import FRAMES, RATE
from session_audio.backends.diarization.speech_activity import without_empty_room
from session_audio.backends.diarization.windows import SingleSpeakerWindows
from session_audio.ports import SpeakerCount
from session_audio.schema import EMPTY_ROOM, Audio, Recording, Word
from session_audio.settings import DiarizationSettings, Settings
from session_audio.sound.ingest import ingest, load_audio


def like_speech(seconds=20, seed=0, floor=0.003):
    """Bursts of coloured noise, and hiss between them, shape (samples,)."""
    rng = np.random.default_rng(seed)
    sound = np.cumsum(rng.normal(size=seconds * RATE)) * 0.02
    sound = 0.05 * rng.normal(size=len(sound)) + 0.3 * (sound - np.roll(sound, 8))
    active = np.repeat(rng.random(seconds * 4) < 0.6, RATE // 4)
    return sound * active + floor * rng.normal(size=len(sound)), active[:: RATE // FRAMES]


def by_telephone(sound):
    """What a telephone leaves of a sound."""
    return sosfiltfilt(butter(4, (300, 3400), "bandpass", fs=RATE, output="sos"), sound)


def as_audio(sound):
    return Audio(np.round(np.clip(sound, -1, 1) * 32767).astype(np.int16), RATE)


@pytest.mark.parametrize("seed", range(3))
def test_band_limited_sound_is_told_by_its_spectrum(seed):
    sound, speech = like_speech(seed=seed)
    assert not is_narrow_band(as_audio(sound), speech)
    assert is_narrow_band(as_audio(by_telephone(sound)), speech)
    # Hiss that was added after the telephone, as a recorder does, 30 dB below.
    hiss = np.random.default_rng(9).normal(size=len(sound)) * sound.std() * 10 ** (-30 / 20)
    assert not is_narrow_band(as_audio(sound + hiss), speech)
    assert not is_narrow_band(as_audio(sound), np.zeros(len(speech), bool))


def test_thresholds_on_likeness_rise_in_band_limited_sound():
    wide = DiarizationSettings()
    narrow = for_narrow_band(wide)
    raised = ("same_stretch", "same_voice", "distinct_voice")
    assert all(getattr(narrow, name) > getattr(wide, name) for name in raised)
    assert narrow.cluster_distance < wide.cluster_distance
    assert narrow.least_voice_share > wide.least_voice_share
    assert narrow.same_long_voice > narrow.same_voice
    assert for_narrow_band(DiarizationSettings(narrowband_likeness=0.0)).same_voice == 0.5


@pytest.mark.parametrize(("seconds", "people"), [(24, 2), (8, 1)])
def test_by_telephone_two_voices_of_much_speech_must_be_more_alike_to_be_one(seconds, people):
    """Two with a cosine of 0.74: near the threshold, where a few seconds prove nothing."""
    first, second = np.array([1.0, 0.0]), np.array([0.74, np.sqrt(1 - 0.74**2)])
    count = round(seconds / 0.4)
    vectors = np.concatenate([np.tile(first, (60, 1)), np.tile(second, (count, 1))])
    window = np.concatenate([np.arange(60), 200 + np.arange(count)])
    heard = SingleSpeakerWindows(vectors.astype("f4"), window, np.ones(len(window), np.float32))
    narrow = replace(for_narrow_band(DiarizationSettings()), cluster_distance=0.2)
    assert len(cluster_speakers(heard, 0.4, SpeakerCount(), narrow).centroids) == people


@pytest.mark.parametrize(
    ("after", "dropped"),
    [(EMPTY_ROOM + 60, True), (EMPTY_ROOM - 60, False)],
)
def test_steps_in_an_empty_room_are_no_speech_after_the_session(after, dropped):
    talking = np.zeros(round((60 + after) * FRAMES), bool)
    talking[500:5500] = True
    talking[-5000:-4950] = True
    kept = without_empty_room(talking)
    assert kept[:6000].tolist() == talking[:6000].tolist()
    assert kept[6000:].any() != dropped
    talking[-4000:-3700] = True  # three seconds are somebody's
    assert without_empty_room(talking).tolist() == talking.tolist()


def test_an_empty_room_after_the_end_is_no_part_of_the_session(session, engines):
    invented = Word(DURATION + 180, DURATION + 180.4, "invented", None, 0.4)
    engines.transcriber.words = [*engines.transcriber.words, invented]
    sound, rate = soundfile.read(session / "session.flac")
    empty = 0.001 * np.random.default_rng(1).normal(size=360 * rate)
    soundfile.write(session / "session.flac", np.concatenate([sound, empty]), rate)
    (outcome,) = run(session)
    assert outcome.status == "done"
    facts = json.loads((session / "out" / "session.json").read_text())
    end = max(s.end for s in engines.diarizer.segments)
    assert f"ended:{end:.0f}/{DURATION + 360:.0f}" in facts["quality"]["warnings"]
    assert facts["duration"] == pytest.approx(end)
    assert all(silence["end"] <= end for silence in facts["measures"]["silences"])
    assert "invented" not in (session / "out" / "transcript.vtt").read_text()
    page = (session / "out" / "report.html").read_text()
    assert f"The session ended about 0:{end:02.0f}; nothing was said in the 6 min" in page


@pytest.mark.models
def test_a_telephone_call_of_two_on_one_channel_is_two_people(tmp_path):
    """The call that pyannote.audio's own wheel carries."""
    from session_audio.backends.load import load_diarizer

    spec = find_spec("pyannote.audio")
    assert spec is not None and spec.origin is not None
    file = Path(spec.origin).parent / "sample" / "sample.wav"
    ingest([Recording(file)], [tmp_path / "sound.npy"], Settings().sound)
    found = load_diarizer(Settings(), 1).diarize(load_audio(tmp_path / "sound.npy"), SpeakerCount())
    assert len(found.speakers) == 2
