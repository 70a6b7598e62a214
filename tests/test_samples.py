"""The sample group, heard by the real models: what docs/accuracy.md says of it holds."""

from __future__ import annotations

from pathlib import Path

import pytest

from session_audio.formats import rttm
from session_audio.ports import Diarizer, SpeakerCount
from session_audio.scoring import evaluation
from session_audio.settings import Settings
from session_audio.sound.ingest import ingest, load_audio
from session_audio.workspace.manifest import load_session

DATES = ("2026-03-03", "2026-03-10", "2026-03-17", "2026-03-24")


@pytest.fixture(scope="module")
def diarizer() -> Diarizer:
    from session_audio.backends.load import load_diarizer

    return load_diarizer(Settings(), threads=1)


@pytest.mark.models
@pytest.mark.parametrize("date", DATES)
def test_every_voice_is_found_and_shares_are_near(
    samples: Path, tmp_path: Path, diarizer: Diarizer, date: str
) -> None:
    session = load_session(samples / "tuesday" / date)
    sound = tmp_path / "sound.npy"
    ingest(session.recordings, [sound], Settings().sound)
    # One more than attended: the count comes from the voices.
    diarization = diarizer.diarize(
        load_audio(sound), SpeakerCount(at_most=len(session.attendance) + 1)
    )
    truth = rttm.read(session.folder / "reference.rttm")
    assert len(diarization.speakers) == len(session.attendance)
    assert evaluation.score_shares(truth, diarization.full).worst <= 3.0
