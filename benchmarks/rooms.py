"""Who spoke, in what rooms and telephones do to a session.

    python benchmarks/rooms.py BENCH [--only calls telephone stranger noise member empty]
        [--keep FOLDER]

BENCH is the folder with ``simulate_session.py``, ``voices``, ``structures`` and ``real``.

``calls``: real recordings of two (telephone calls mixed to one channel, a consultation by
video, the call that pyannote.audio's wheel carries): people counted, talk shares.
``telephone``: simulated sessions cut to 300 to 3400 Hz at 8 kHz.  ``stranger``: the same
sessions, one person less listed than talk for 10 s.  ``noise``: brown noise 3 dB under the speech;
how much of the speech found without it is still found.  ``member``: one of them by telephone, 6 dB
softer.  ``empty``: six minutes of session, then an hour of an empty room with a door and steps: words and
speech after the end.  Simulated sessions are four of ``check`` (see ``diarization.py``), on which
nothing was chosen.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import soundfile
from diarization import SETS, SEEDS, Tally, standardised, structure, timed
from numpy.typing import NDArray
from scipy.signal import butter, sosfiltfilt
from simulated import simulate

from session_audio.backends.diarization.diarizer import GroupDiarizer
from session_audio.backends.load import load_diarizer, load_transcriber
from session_audio.formats import rttm
from session_audio.interval import intersection, total, union
from session_audio.ports import SpeakerCount
from session_audio.schema import SpeakerSegment
from session_audio.scoring import evaluation
from session_audio.settings import Settings

RATE = 16_000
SESSIONS = (0, 3, 6, 8)
"""Which of the twelve sessions of ``check`` are used."""
Sound = NDArray[np.float64]
Truth = tuple[SpeakerSegment, ...]


def by_telephone(sound: Sound) -> Sound:
    """300 to 3400 Hz of `sound`."""
    return np.asarray(sosfiltfilt(butter(4, (300, 3400), "bandpass", fs=RATE, output="sos"), sound))


def brown(count: int, seed: int) -> Sound:
    """Brown noise of power 1, nothing below 20 Hz."""
    walk = np.cumsum(np.random.default_rng(seed).normal(size=count))
    walk = sosfiltfilt(butter(2, 20, "highpass", fs=RATE, output="sos"), walk)
    return np.asarray(walk / walk.std())


def empty_room(seconds: int, level: float, seed: int) -> Sound:
    """Room noise of `level` (root mean square), every four minutes a door and eight steps."""
    rng = np.random.default_rng(seed)
    sound = level * rng.normal(size=seconds * RATE)
    fade = np.exp(-np.arange(RATE // 2) / (0.06 * RATE))
    low = butter(2, (60, 900), "bandpass", fs=RATE, output="sos")
    for minute in range(1, seconds // 60, 4):
        for k in range(9):
            at = minute * 60 * RATE + round((2.0 + 0.55 * k) * RATE) * (k > 0)
            thud = sosfiltfilt(low, rng.normal(size=len(fade)) * fade)
            sound[at : at + len(thud)] += thud / np.abs(thud).max() * (0.3 if k == 0 else 0.06)
    return sound


class Bench:
    """The simulated sessions, and what is done to them."""

    def __init__(self, bench: Path, folder: Path) -> None:
        self.bench, self.folder = bench, folder
        self.diarizer: GroupDiarizer = load_diarizer(Settings())

    def sessions(self) -> list[tuple[Path, Truth]]:
        """Four sessions of ten minutes and their truth."""
        out = []
        for i in SESSIONS:
            name, meeting, first = SETS["check"][i]
            window = structure(self.bench, name, meeting, first, first + 600)
            seed = str(SEEDS["check"] + i)
            file = simulate(self.bench, self.folder / f"check{i:02d}", *window, "--seed", seed)
            out.append((file, tuple(rttm.read(file.with_suffix(".rttm")))))
        return out

    def changed(self, file: Path, name: str, change: Callable[[Sound], Sound], rate: int) -> Path:
        """A session with its sound changed, at `rate`."""
        out = file.with_name(f"{file.stem}-{name}.flac")
        if not out.exists():
            sound = change(soundfile.read(file)[0])[:: RATE // rate]
            soundfile.write(out, sound * (0.8 / np.abs(sound).max()), rate, subtype="PCM_16")
        return out

    def row(self, name: str, files: list[tuple[Path, Truth]], less: int | None = None) -> None:
        """Diarize, score and print; `less` than who talks are listed, None lists nobody."""
        tally = Tally()
        for file, truth in files:
            audio, count = standardised(file), SpeakerCount()
            if less is not None:
                times = evaluation.speaking_times(truth).values()
                count = SpeakerCount(expected=sum(t >= 10 for t in times) - less)
            line = tally.add(truth, *timed(self.diarizer, audio, count)[:1], audio.duration, 0.0)
            print(f"  {file.stem}: {line}", flush=True)
        print(f"{name}: {tally.line()}", flush=True)
