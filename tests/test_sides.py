"""A recording with a person a channel: who speaks is told by channel, and who it is by nobody."""

import json
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
import soundfile
from flow_cases import Fakes, run, stages
from sound_cases import RATE, call

from session_audio.flow.check import check_session
from session_audio.flow.sides import in_room
from session_audio.formats import rttm
from session_audio.ports import SpeakerCount
from session_audio.schema import Audio, Diarization, Recording, SpeakerSegment
from session_audio.settings import Settings
from session_audio.sound.ingest import ingest, load_audio


@pytest.fixture
def two_sided(session: Path) -> Path:
    """The session as a call with a side a channel; nobody has said whose they are."""
    call(session / "call.wav", -40)
    manifest = session / "session.toml"
    text = manifest.read_text().replace("session.flac", "call.wav")
    manifest.write_text(text.split("[speakers]")[0])
    return session


def quality(session: Path) -> dict:
    return json.loads((session / "out" / "session.json").read_text())["quality"]


def who(session: Path) -> dict[str, tuple[str, str]]:
    return {i["label"]: (i["participant"], i["how"]) for i in quality(session)["identifications"]}


def test_each_channel_is_a_track_of_nobody_in_particular(two_sided: Path, engines: Fakes) -> None:
    assert "each is used as a track" in check_session(two_sided)
    engines.diarizer.segments = [SpeakerSegment(0.0, 40.0, "S01")]
    engines.diarizer.embeddings = {"S01": (1.0, 0.0)}
    (outcome,) = run(two_sided)
    assert outcome.status == "done", outcome.message
    voices = json.loads((two_sided / "out" / "work" / "voices.json").read_text())
    assert set(voices[0]) == {"S01", "S02"}  # so enrolled voices can be recognised
    told = quality(two_sided)["warnings"]
    assert "sides_as_tracks" in told
    assert any(warning.startswith("sides_apart:") for warning in told)
    assert who(two_sided) == {"S01": ("S01", "unknown"), "S02": ("S02", "unknown")}
    assert "S01 is channel 0 (left)" in (two_sided / "out" / "report.html").read_text()
    (again,) = run(two_sided)
    assert again.status == "skipped"


def test_a_person_says_whose_a_channel_is(two_sided: Path, engines: Fakes) -> None:
    manifest = two_sided / "session.toml"
    manifest.write_text(manifest.read_text() + '\n[speakers]\nS01 = "T01"\nS02 = "P01"\n')
    engines.diarizer.segments = [SpeakerSegment(0.0, 40.0, "S01")]
    stages(two_sided)
    assert who(two_sided) == {"S01": ("T01", "given"), "S02": ("P01", "given")}


def test_the_channels_are_mixed_where_a_setting_says_so(two_sided: Path, engines: Fakes) -> None:
    work = two_sided / "out" / "work"
    stages(two_sided, "diarize")
    assert len(list(work.glob("sound-side-*.npy"))) == 2
    (two_sided.parent / "settings.toml").write_text("[sound]\nsides_as_tracks = false\n")
    assert "they are mixed" in check_session(two_sided)
    stages(two_sided, "diarize")
    assert not list(work.glob("sound-side-*.npy"))
    assert "sides_as_tracks" not in (work / "voices.json").read_text()
    assert "person_a_side" in (work / "sound.json").read_text()


class Heard:
    """A diarizer that hears another voice in the last `second` seconds of each sound."""

    revision = "heard"

    def __init__(self, second: float) -> None:
        self._change = 20.0 - second

    def diarize(self, *_: object) -> Diarization:
        parts = SpeakerSegment(0.0, self._change, "S01"), SpeakerSegment(self._change, 20.0, "S02")
        return Diarization(parts, parts, {"S01": (1.0,), "S02": (0.0,)})

    def diarize_tracks(self, tracks: list[tuple[str, Audio, float]], *_: object) -> Diarization:
        own = tuple(SpeakerSegment(0.0, 20.0, label) for label, _, _ in tracks)
        return Diarization(own, own)


@pytest.mark.parametrize(("second", "told"), [(2, "sides_as_tracks"), (8, "sides_of_several")])
def test_a_side_with_two_voices_is_no_persons_track(second: float, told: str) -> None:
    sound = Audio(np.zeros(20 * RATE, np.int16), RATE)
    found = in_room(Heard(second), sound, [sound, sound], SpeakerCount(), Settings())
    assert [warning.key for warning in found.warnings] == [told]
    assert found.full[0].end == (20.0 if told == "sides_as_tracks" else 20 - second)
    assert in_room(Heard(second), sound, [], SpeakerCount(), Settings()).warnings == ()


@pytest.mark.models
def test_the_models_tell_who_speaks_by_channel(tmp_path: Path) -> None:
    """The call that pyannote.audio carries, its two people put on a channel each."""
    from session_audio.backends.load import load_diarizer
    from session_audio.scoring import evaluation

    spec = find_spec("pyannote.audio")
    assert spec is not None
    assert spec.origin is not None
    file = Path(spec.origin).parent / "sample" / "sample.wav"
    truth = rttm.read(file.with_suffix(".rttm"))
    sound, rate = soundfile.read(file)
    rows = np.random.default_rng(0).normal(size=(len(sound), 2)) * 1e-4
    for row, speaker in enumerate(sorted({s.speaker for s in truth})):
        for s in truth:
            if s.speaker == speaker:
                here = slice(round(s.start * rate), round(s.end * rate))
                rows[here, row] = sound[here]
    soundfile.write(tmp_path / "call.wav", rows, rate)
    paths = [tmp_path / f"{name}.npy" for name in ("mix", "left", "right")]
    ingest([Recording(tmp_path / "call.wav")], paths[:1], sides=paths[1:])
    room, *sides = [load_audio(path) for path in paths]
    settings = Settings()
    found = in_room(load_diarizer(settings, 2), room, sides, SpeakerCount(expected=2), settings)
    assert [warning.key for warning in found.warnings] == ["sides_as_tracks"]
    assert set(found.embeddings) == {"S01", "S02"}
    score = evaluation.score_diarization(truth, found.full, room.duration)
    assert score.confusion < 0.05 * score.speech
    assert score.der < 0.25
