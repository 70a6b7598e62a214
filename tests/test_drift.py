"""Two recorders whose clocks run apart: told from what leaks of one track into the other."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile as sf
from numpy.typing import NDArray
from sound_cases import RATE

from session_audio.schema import ParticipantId, Recording
from session_audio.sound.ingest import ingest

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
def test_clocks_that_run_apart_are_told_where_tracks_hear_each_other(
    tmp_path: Path, clock: float, bleed: float, seconds: float | None
) -> None:
    first, second = ingest(tracks(tmp_path, clock, bleed), [tmp_path / "a.npy", tmp_path / "b.npy"])
    assert first.warnings == ()
    drifts = [float(n.value) for n in second.warnings if n.key == "clock_drift"]
    assert drifts == ([] if seconds is None else [pytest.approx(seconds, abs=0.15)])
