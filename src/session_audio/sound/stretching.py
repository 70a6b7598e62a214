"""A recorder's clock set right: its sound read a little faster or slower."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from session_audio import files
from session_audio.sound.samples import SampleFile
from session_audio.sound.standard import write_header

_BLOCK = 1 << 16
_REACH = 8
"""Samples on each side that a sample between two is made of (windowed sinc)."""


def stretch(path: Path, slope: float) -> int:
    """Write the sound in `path` anew, so that what came at ``t * (1 + slope)`` comes at ``t``.

    Parameters
    ----------
    path : Path
        As ``ingest`` writes it (int16, mono); replaced whole.
    slope : float
        By how much its clock ran fast, per second; within -0.1 and 0.1.

    Returns
    -------
    int
        Samples in it now.
    """
    samples = SampleFile(path)
    count = int((len(samples) - 1) / (1 + slope)) + 1 if len(samples) else 0
    with files.writing(path) as file:
        write_header(file, count)
        for start in range(0, count, _BLOCK):
            last = min(count, start + _BLOCK)
            positions = np.asarray(np.arange(start, last) * (1 + slope), dtype=np.float64)
            first = int(positions[0]) - _REACH
            end = int(positions[-1]) + _REACH + 2
            around = np.asarray(samples[max(0, first) : end], dtype=np.float64)
            ends = (max(0, -first), max(0, end - max(0, first) - len(around)))
            sound = between(np.pad(around, ends).astype(np.float64), positions - first)
            file.write(np.clip(np.round(sound), -32_768, 32_767).astype("<i2").tobytes())
    return count


def between(sound: NDArray[np.float64], positions: NDArray[np.float64]) -> NDArray[np.float64]:
    """The sound at positions between its samples, each at least eight samples from its ends.

    >>> line = np.sin(np.arange(40) / 3)
    >>> float(abs(between(line, np.array([20.25])) - np.sin(20.25 / 3))[0]) < 1e-3
    True
    """
    whole = np.floor(positions).astype(np.int64)
    rest = positions - whole
    sine = np.sin(np.pi * rest) / np.pi
    out = np.zeros(len(positions))
    for tap in range(1 - _REACH, _REACH + 1):
        distance = rest - tap
        near = np.abs(distance) < 1e-9
        weight = np.where(near, 1.0, (-1) ** tap * sine / np.where(near, 1.0, distance))
        out += sound[whole + tap] * weight * np.cos(np.pi * distance / (2 * _REACH)) ** 2
    return out
