"""The copy of the sound that a report plays: its length, its mix, and when there is none."""

from __future__ import annotations

import resource
from pathlib import Path

import av
import numpy as np
import pytest
from flow_cases import DURATION, Fakes, run
from numpy.typing import NDArray

from session_audio.errors import StoreError
from session_audio.schema import Audio
from session_audio.sound.listening import write_listening_copy

RATE = 16_000


def tone(seconds: float, level: float = 0.3) -> Audio:
    """A tone of 440 Hz."""
    at = np.arange(round(seconds * RATE)) / RATE
    return Audio((level * np.sin(2 * np.pi * 440 * at)).astype(np.float32), RATE)


def decoded(path: Path) -> NDArray[np.float32]:
    """The samples of a written file."""
    with av.open(str(path)) as container:
        assert container.streams.audio[0].rate == RATE
        frames = [frame.to_ndarray()[0] for frame in container.decode(audio=0)]
    return np.concatenate(frames)


def loudness(samples: NDArray[np.float32], start: float, end: float) -> float:
    return float(np.sqrt(np.mean(samples[round(start * RATE) : round(end * RATE)] ** 2)))


def test_tracks_are_mixed_at_the_sessions_own_time(tmp_path: Path) -> None:
    path, shares = tmp_path / "sound.m4a", list[float]()
    write_listening_copy([tone(4.0), tone(4.0)], [0.0, 6.0], path, shares.append)
    samples = decoded(path)
    assert len(samples) / RATE == pytest.approx(10.0, abs=0.1)
    assert loudness(samples, 1, 3) == pytest.approx(0.3 / 2**0.5, abs=0.03)
    assert loudness(samples, 4.3, 5.7) < 0.01
    assert loudness(samples, 7, 9) > 0.15
    assert shares[-1] == 1.0
    assert [file.name for file in tmp_path.iterdir()] == ["sound.m4a"]


def test_a_disk_that_is_full_is_told_as_such(tmp_path: Path) -> None:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, before[1]))  # no file may grow any more
    try:
        with pytest.raises(StoreError, match=r"the disk is full; sound\.m4a could not be written"):
            write_listening_copy([tone(4.0)], [0.0], tmp_path / "sound.m4a")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert not list(tmp_path.iterdir())


@pytest.mark.timeout(300)
def test_the_flow_lays_it_beside_the_report_and_takes_it_away(
    session: Path, engines: Fakes
) -> None:
    (outcome,) = run(session)
    assert outcome.status == "done", outcome.message
    out = session / "out"
    assert len(decoded(out / "sound.m4a")) / RATE == pytest.approx(DURATION, abs=0.1)
    assert 'src="sound.m4a"' in (out / "report.html").read_text("utf-8")
    (session.parent / "settings.toml").write_text("[report]\nsound = false\n")
    calls = engines.calls
    (outcome,) = run(session)
    assert outcome.status == "done", outcome.message
    assert not (out / "sound.m4a").exists()
    assert "<audio" not in (out / "report.html").read_text("utf-8")
    assert engines.calls == calls
