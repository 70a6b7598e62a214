"""Two recorders whose clocks run apart: set right by what leaks of one track into the other."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile as sf
from numpy.typing import NDArray
from sound_cases import RATE

from session_audio.schema import ParticipantId, Recording
from session_audio.sound.drift import Drift, clocks, drift, rises
from session_audio.sound.ingest import ingest
from session_audio.sound.samples import SampleFile
from session_audio.sound.stretching import stretch

MINUTES = 6


def talk(seed: int, others: int = 2) -> NDArray[np.float64]:
    """Noise in bursts of syllables, in turns of 2 to 8 s, silent while the others talk."""
    rng = np.random.default_rng(seed)
    size = MINUTES * 60 * RATE
    syllables = np.repeat(rng.random(size // 1600 + 1) > 0.4, 1600)[:size]
    turns = np.zeros(size)
    order = np.random.default_rng(1)
    at = turn = 0
    while at < size:
        length = int(order.integers(2 * RATE, 8 * RATE))
        turns[at : at + length] = turn % others == seed
        at, turn = at + length, turn + 1
    return rng.normal(size=size) * 0.05 * syllables * turns


def tracks(folder: Path, clock: float, bleed: float) -> list[Recording]:
    voices = [talk(0), talk(1)]
    rng = np.random.default_rng(5)
    heard = [voices[0] + bleed * voices[1], voices[1] + bleed * voices[0]]
    at = np.arange(int(len(heard[1]) * clock)) / clock
    heard[1] = np.interp(at, np.arange(len(heard[1])), heard[1])
    made = []
    for i, sound in enumerate(heard):
        path = folder / f"{i}.flac"
        sf.write(path, sound + 1e-4 * rng.normal(size=len(sound)), RATE)
        made.append(Recording(path, ParticipantId(f"P0{i + 1}")))
    return made


@pytest.mark.parametrize(
    ("clock", "bleed", "seconds"),
    [(1.003, 0.1, 1.08), (0.998, 0.1, 0.72), (1.0, 0.1, None), (1.003, 0.0, None)],
)
def test_clocks_that_run_apart_are_set_right_where_tracks_hear_each_other(
    tmp_path: Path, clock: float, bleed: float, seconds: float | None
) -> None:
    out = [tmp_path / "a.npy", tmp_path / "b.npy"]
    first, second = ingest(tracks(tmp_path, clock, bleed), out)
    assert first.warnings == ()
    drifts = [float(n.value) for n in second.warnings if n.key == "clock_drift_corrected"]
    assert drifts == ([] if seconds is None else [pytest.approx(seconds, abs=0.15)])
    assert second.duration == pytest.approx(60 * MINUTES * (1 if bleed else clock), abs=0.02)
    one, other = (rises(SampleFile(path)) for path in out)
    if bleed:
        left = drift(one, other)
        assert left is not None and abs(left.slope) * 60 * MINUTES < 0.03


def test_of_three_the_one_that_runs_apart_is_set_right(tmp_path: Path) -> None:
    slopes, told = clocks([SampleFile(path) for path in three(tmp_path, 1.002)], [0.0] * 3)
    assert slopes == [pytest.approx(0.002, abs=1e-4), 0.0, 0.0]
    assert [[n.key for n in notices] for notices in told] == [["clock_drift_corrected"], [], []]


def three(folder: Path, clock: float) -> list[Path]:
    """Three tracks that hear each other; the first one's clock is fast."""
    voices = [talk(k, 3) for k in range(3)]
    made = []
    for k in range(3):
        sound = voices[k] + 0.1 * (sum(voices) - voices[k])
        at = np.arange(int(len(sound) * (clock if k == 0 else 1.0)))
        sound = np.interp(at / (clock if k == 0 else 1.0), np.arange(len(sound)), sound)
        sound += 1e-4 * np.random.default_rng(k).normal(size=len(sound))
        path = folder / f"{k}.npy"
        np.save(path, (sound * 32_767).astype(np.int16))
        made.append(path)
    return made


@pytest.mark.parametrize(
    "change", [{"windows": 11}, {"share": 0.5}, {"spread": 0.05}, {"span": 100.0}, {"slope": 0.02}]
)
def test_a_drift_is_sure_on_many_windows_alone(change: dict[str, float]) -> None:
    sure = Drift(0.003, 0.01, 30, 0.9, 300.0)
    assert sure.is_sure(360.0)
    assert not replace(sure, **change).is_sure(360.0)  # type: ignore[arg-type]


def test_a_drift_that_is_not_sure_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Drift, "is_sure", lambda *_: False)
    out = [tmp_path / "a.npy", tmp_path / "b.npy"]
    _, second = ingest(tracks(tmp_path, 1.003, 0.1), out)
    assert [n.key for n in second.warnings] == ["clock_drift"]
    assert second.duration == pytest.approx(60 * MINUTES * 1.003, abs=0.02)


def test_a_stretched_sound_is_the_sound_at_other_times(tmp_path: Path) -> None:
    path, slope = tmp_path / "a.npy", 0.003
    time = np.arange(5 * RATE) / RATE
    np.save(path, (8000 * np.sin(2 * np.pi * 1000 * time)).astype(np.int16))
    count = stretch(path, slope)
    assert count == len(SampleFile(path)) == pytest.approx(5 * RATE / (1 + slope), abs=2)
    made = np.asarray(SampleFile(path)[100 : count - 100], dtype=float)
    wanted = 8000 * np.sin(2 * np.pi * 1000 * (1 + slope) * np.arange(count)[100:-100] / RATE)
    assert np.abs(made - wanted).max() < 40
