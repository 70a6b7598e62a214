"""Recordings as people have them, built with PyAV and soundfile; sound like speech."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import soundfile
from numpy.typing import NDArray

from session_audio.schema import Recording, SoundQuality
from session_audio.sound.ingest import ingest

RATE = 16_000


def voice(
    seconds: float, level: float = -25.0, seed: int = 0, rate: int = RATE
) -> NDArray[np.float64]:
    """Something like speech: harmonics of 140 Hz in bursts of syllables, over soft noise."""
    rng = np.random.default_rng(seed)
    time = np.arange(round(seconds * rate)) / rate
    buzz = sum(np.sin(2 * np.pi * 140 * k * time + k) / k for k in range(1, 25))
    syllables = np.repeat(rng.random(int(seconds * 4) + 2) > 0.35, rate // 4)[: len(time)]
    sound = buzz * syllables
    sound *= 10 ** (level / 20) / np.sqrt(np.mean(sound[syllables] ** 2))
    return np.asarray(sound + rng.normal(size=len(time)) * 10 ** ((level - 40) / 20))


def noise(seconds: float, level: float, seed: int = 9) -> NDArray[np.float64]:
    """White noise at `level` dBFS."""
    size = round(seconds * RATE)
    return np.random.default_rng(seed).normal(size=size) * 10 ** (level / 20)


def take(path: Path, out: Path | None = None, **recording: object) -> tuple[SoundQuality, Path]:
    """Ingest one file of the room."""
    target = out or path.with_suffix(".npy")
    made = Recording(path, **recording)  # type: ignore[arg-type]
    return ingest([made], [target])[0], target


def call(path: Path, leak: float) -> Path:
    """Forty seconds of two people, a channel each, which hear the other by `leak` dB.

    The left one talks for two of three stretches of five seconds, the right one in the third.
    """
    sound, other = voice(40), 10 ** (leak / 20)
    left = np.repeat(np.arange(8) % 3 > 0, 5 * RATE)
    both = [np.where(left, sound, other * sound), np.where(left, other * sound, sound)]
    rows = [side + noise(40, -70, seed=i) for i, side in enumerate(both)]
    soundfile.write(path, np.stack(rows, axis=1), RATE)
    return path


def mux(
    path: Path,
    streams: Sequence[NDArray[np.float64]],
    codec: str = "aac",
    rate: int = RATE,
    start: float = 0.0,
    layout: str = "mono",
) -> Path:
    """A file with a stream of sound for each of `streams`, shape ``(n,)`` or ``(channels, n)``."""
    with av.open(str(path), "w") as container:
        tracks = [container.add_stream(codec, rate=rate, layout=layout) for _ in streams]
        for track, sound in zip(tracks, streams, strict=True):
            rows = np.atleast_2d(sound).astype(np.float32)
            into = av.AudioResampler(track.format, layout, rate)
            for at in range(0, rows.shape[1], 1024):
                packed = np.ascontiguousarray(rows[:, at : at + 1024].T).reshape(1, -1)
                frame = av.AudioFrame.from_ndarray(packed, format="flt", layout=layout)
                frame.sample_rate = rate
                for part in into.resample(frame):
                    part.pts, part.time_base = at + round(start * rate), Fraction(1, rate)
                    container.mux(track.encode(part))
            container.mux(track.encode(None))
    return path


def without_decoder(path: Path) -> None:
    """Make the first AAC stream of an MP4 one of a kind that nothing decodes (Apple's APAC)."""
    data = bytearray(path.read_bytes())
    for known, unknown in ((b"mp4a", b"apac"), (b"esds", b"dapa")):
        at = data.find(known, data.find(b"stsd"))
        data[at : at + 4] = unknown
    path.write_bytes(data)
