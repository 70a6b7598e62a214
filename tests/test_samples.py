"""The sample group, heard by the real models: what docs/accuracy.md says of it holds."""

from __future__ import annotations

from pathlib import Path

import pytest

from session_audio.backends.load import load_diarizer
from session_audio.formats import rttm
from session_audio.ports import SpeakerCount
from session_audio.scoring import evaluation
from session_audio.settings import Settings
from session_audio.sound.ingest import ingest, load_audio
from session_audio.workspace.manifest import load_session

DATES = ("2026-03-03", "2026-03-10", "2026-03-17", "2026-03-24")


@pytest.mark.models
@pytest.mark.timeout(900)
@pytest.mark.parametrize("date", DATES)
def test_everybody_is_known_and_shares_are_near(demo: Path, samples: Path, date: str) -> None:
    attendance = {str(who) for who in load_session(samples / "tuesday" / date).attendance}
    found = rttm.read(demo / "tuesday" / date / "out" / "diarization.rttm")
    truth = rttm.read(samples / "tuesday" / date / "reference.rttm")
    assert {s.speaker for s in found} - {"unattributed"} == attendance
    assert evaluation.score_shares(truth, found).worst <= 3.0


@pytest.mark.models
def test_the_count_comes_from_the_voices_and_hides_nobody(samples: Path, tmp_path: Path) -> None:
    session = load_session(samples / "tuesday" / DATES[0])
    sound = tmp_path / "sound.npy"
    ingest(session.recordings, [sound], Settings().sound)
    listed = SpeakerCount(expected=len(session.attendance) - 1)
    found = load_diarizer(Settings(), threads=1).diarize(load_audio(sound), listed)
    assert len(found.speakers) == len(session.attendance)
