"""Stretches of ICSI meetings spoken by synthetic voices: their words, at their times.

    apt-get install espeak-ng
    pip install hibari-tts==0.2.1 py-nanotts==0.1.1 soundfile scipy    # not into .venv
    python benchmarks/speak_meetings.py BENCH OUT [--stretches Bmr016:1500 ...] [--minutes 5]

So events from sound have human labels behind them.  Writes ``Bmr016-1500.flac`` (16 kHz, mono),
``.rttm`` (who speaks when) and ``.seglst.json`` (what, a run of words an entry) for each stretch,
times from its start; `interaction_from_sound.py --spoken OUT` goes on from there.  "mm-hm" is
spoken as the engines read it.  There is no laughter.  Each person has an engine's voice, some
moved in pitch and formants, and a loudness, an echo and a place of their own.
"""

from __future__ import annotations

import argparse
import importlib
import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import soundfile as sf
from numpy.typing import NDArray
from scipy.signal import fftconvolve, resample_poly

Sound = NDArray[np.float32]
RATE = 16_000
STRETCHES = ("Bro017:1650", "Bmr026:1800", "Bed009:2400")
"""Of meetings kept out of training."""
PAUSE = 0.3
"""Seconds of silence of a person's own between two runs of words."""
FASTEST, SLOWEST = 1.9, 0.6
"""How far an engine's pace is moved to fit the time that the words took."""
NOISE_DB = -26.0
VOICES = (
    ("hibari", "heart", 1.0),
    ("nanotts", "en-US", 0.86),
    ("nanotts", "en-GB", 1.0),
    ("espeak", "en-us+m3", 1.0),
    ("espeak", "en-gb+f4", 1.0),
    ("hibari", "heart", 0.8),
    ("nanotts", "en-US", 1.08),
    ("nanotts", "en-GB", 0.8),
)
"""Engine, its voice, and the factor of pitch and formants."""


@dataclass(frozen=True)
class Run:
    """Words of one person without a pause; times in seconds from the stretch's start."""

    speaker: str
    start: float
    end: float
    text: str


def runs(gold: list[Any], start: float, end: float) -> Iterator[Run]:
    """Runs of words of the utterances that lie in ``[start, end)``."""
    inside = [u for u in gold if start <= u.start and u.end < end]
    for who in sorted({u.speaker for u in inside}):
        words = sorted(w for u in inside if u.speaker == who for w in u.words)
        own: list[tuple[float, float, str]] = []
        for word in words:
            if own and word[0] - own[-1][1] > PAUSE:
                yield _run(who, own, start)
                own = []
            own.append(word)
        yield _run(who, own, start)


def _run(who: str, words: list[tuple[float, float, str]], start: float) -> Run:
    text = " ".join(word.rstrip("-") for _, _, word in words)
    return Run(who, words[0][0] - start, max(end for _, end, _ in words) - start, text)


class Engines:
    """Text to sound at 16 kHz."""

    def __init__(self) -> None:
        from hibari import Hibari
        from py_nanotts import NanoTTS

        self._hibari, self._nanotts = Hibari(threads=1), NanoTTS()

    def render(self, text: str, voice: tuple[str, str, float], seconds: float) -> Sound:
        """`text` in about so many seconds, without silence around it."""
        plain = self._speak(text, voice, 1.0)
        pace = float(np.clip(len(plain) / RATE / max(seconds, 0.1), SLOWEST, FASTEST))
        return plain if abs(pace - 1) < 0.05 else self._speak(text, voice, pace)

    def _speak(self, text: str, voice: tuple[str, str, float], pace: float) -> Sound:
        engine, name, factor = voice
        if engine == "hibari":
            wave, rate = np.asarray(self._hibari(text, speed=pace / factor, seed=0)), 24_000
        elif engine == "espeak":
            command = ["espeak-ng", "--stdout", "-v", name, "-s", str(round(170 * pace / factor))]
            said = subprocess.run([*command, text], check=True, capture_output=True).stdout
            wave, rate = np.frombuffer(said[44:], dtype="<i2") / 32768, 22_050
        else:
            said = self._nanotts.speak(text, voice=name, speed=pace / factor)
            wave, rate = np.frombuffer(said, dtype="<i2") / 32768, RATE
        wave = resample_poly(wave, 2 * RATE // 100, round(2 * rate * factor / 100))
        return _trimmed(wave.astype(np.float32))


def _trimmed(wave: Sound) -> Sound:
    frame = RATE // 100
    level = np.abs(wave[: len(wave) // frame * frame]).reshape(-1, frame).max(axis=1, initial=0.0)
    loud = np.flatnonzero(level > 0.03 * level.max(initial=1e-6))
    return wave[loud[0] * frame : (loud[-1] + 1) * frame] if len(loud) else wave[:0]


def speak(gold: list[Any], start: float, seconds: float, engines: Engines, out: Path) -> None:
    """Render, mix and write one stretch."""
    draw = np.random.default_rng(round(start))
    said = list(runs(gold, start, start + seconds))
    people = sorted({run.speaker for run in said})
    mixed = np.zeros(round(seconds * RATE) + RATE, np.float64)
    rttm, words = [], []
    for k, who in enumerate(people):
        track = np.zeros(len(mixed), np.float64)
        own = [run for run in said if run.speaker == who]
        for run, following in zip(own, [*own[1:], None], strict=True):
            wave = engines.render(run.text, VOICES[k % len(VOICES)], run.end - run.start)
            room = (following.start if following else seconds) - run.start
            wave = wave[: round(max(0.0, room) * RATE)]
            if not len(wave):
                continue
            at, rms = round(run.start * RATE), float(np.sqrt(np.mean(wave**2)))
            track[at : at + len(wave)] += wave * (0.06 / max(rms, 1e-6))
            rttm.append((run.start, len(wave) / RATE, who))
            words.append((run.start, run.start + len(wave) / RATE, who, run.text))
        echo = draw.standard_normal(round(0.25 * RATE)) * np.exp(-np.arange(0.25 * RATE) / 1000)
        echo *= 10 ** (-15 / 20) / np.linalg.norm(echo)
        echo[0] = 1.0
        loudness = 10 ** (draw.uniform(-4, 2) / 20)
        mixed += loudness * fftconvolve(track, echo)[: len(mixed)]
    mixed += 0.06 * 10 ** (NOISE_DB / 20) * draw.standard_normal(len(mixed))
    sf.write(out.with_suffix(".flac"), 0.7 * mixed / np.abs(mixed).max(), RATE)
    lines = [f"SPEAKER {out.name} 1 {a:.3f} {b:.3f} <NA> <NA> {w} <NA> <NA>\n" for a, b, w in rttm]
    out.with_suffix(".rttm").write_text("".join(lines), encoding="utf-8")
    entries = [
        {"session_id": out.name, "speaker": who, "start_time": a, "end_time": b, "words": text}
        for a, b, who, text in sorted(words)
    ]
    out.with_suffix(".seglst.json").write_text(json.dumps(entries, indent=0), encoding="utf-8")


def main() -> None:
    """Speak the stretches that are not there yet."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("bench", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--stretches", nargs="+", default=STRETCHES, help="MEETING:SECONDS")
    parser.add_argument("--minutes", type=float, default=5.0)
    args = parser.parse_args()
    sys.path.insert(0, str(args.bench))
    icsi = importlib.import_module("icsi")
    args.out.mkdir(parents=True, exist_ok=True)
    engines = Engines()
    for stretch in args.stretches:
        meeting, start = stretch.split(":")
        out = args.out / f"{meeting}-{start}"
        if not out.with_suffix(".flac").exists():
            gold = icsi.read(args.bench / "structures" / "icsi" / f"{meeting}.dadb.gz")
            speak(gold, float(start), 60 * args.minutes, engines, out)
            print(out.name, flush=True)


if __name__ == "__main__":
    main()
