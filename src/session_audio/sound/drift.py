"""Whether the clocks of two recorders run apart, from what leaks of one track into the other.

Each track hears a little of the others.  Where the rises and falls of two tracks' levels fit
best, window by window, is the delay between them; if it grows steadily, so do the clocks'
differences.  Without such leaks nothing is known, and nothing is told.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from session_audio.schema import Notice
from session_audio.sound.samples import MODEL_RATE, SampleFile

FRAME = 0.01
"""Seconds in a frame of level."""
_WINDOW, _HOP = 1500, 1000
"""Frames in a window, and from one to the next."""
_REACH = 3000
"""Frames of delay that are looked for."""
_LEAST_FIT = 0.2
"""Correlation from which a window's delay is believed (ours; chance reaches about 0.1)."""
_LEAST_WINDOWS = 6
_STEADY = 0.1
"""Seconds by which a delay may lie off the line."""
TOLD = 0.25
"""Seconds of drift over the session from which it is told: about a short pause (ours)."""

Rises = NDArray[np.float32]


def rises(samples: SampleFile) -> Rises:
    """How much the level rises from frame to frame, in dB, each at most 6; shape ``(frames,)``."""
    size = round(FRAME * MODEL_RATE)
    levels = []
    for start in range(0, len(samples) // size * size, 6000 * size):
        block = np.asarray(samples[start : start + 6000 * size], dtype=np.float64)
        block = block[: len(block) // size * size].reshape(-1, size)
        levels.append(10 * np.log10(np.mean(block**2, axis=1) + 1.0))
    level = np.convolve(np.concatenate(levels or [np.zeros(1)]), np.ones(3) / 3, mode="same")
    return np.clip(np.diff(level, prepend=level[:1]), -6, 6).astype(np.float32)


def drift(one: Rises, other: Rises) -> float | None:
    """Seconds that `other` falls behind `one` in a second; None where it cannot be told.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> heard = rng.normal(size=30_000).astype(np.float32)
    >>> drift(heard, np.roll(heard, 40)), drift(heard, rng.normal(size=30_000).astype(np.float32))
    (0.0, None)
    """
    times, delays = [], []
    for start in range(0, len(one) - _WINDOW, _HOP):
        found = _delay(one[start : start + _WINDOW], other, start)
        if found is not None:
            times.append(start * FRAME)
            delays.append(found)
    if len(times) < _LEAST_WINDOWS:
        return None
    at, behind = np.array(times), np.array(delays)
    near = np.subtract.outer(at, at)
    slopes = np.subtract.outer(behind, behind)[near > 0] / near[near > 0]
    slope = float(np.median(slopes))
    off = np.abs(behind - slope * at - np.median(behind - slope * at))
    return (
        slope if np.mean(off < _STEADY) > 0.5 and np.sum(off < _STEADY) >= _LEAST_WINDOWS else None
    )


def _delay(window: Rises, other: Rises, start: int) -> float | None:
    """Seconds by which `window` comes later in `other`; None where nothing fits."""
    first = max(0, start - _REACH)
    there = other[first : start + _WINDOW + _REACH]
    if len(there) < 2 * len(window) or not window.any():
        return None
    size = 1 << (len(there) + len(window)).bit_length()
    product = np.fft.irfft(np.fft.rfft(there, size) * np.conj(np.fft.rfft(window, size)), size)[
        : len(there) - len(window) + 1
    ]
    squares = np.concatenate([[0.0], np.cumsum(there.astype(np.float64) ** 2)])
    power = squares[len(window) :] - squares[: -len(window)]
    fit = product / np.sqrt(np.maximum(power * float(np.sum(window**2)), 1e-9))
    best = int(np.argmax(fit))
    return (first + best - start) * FRAME if fit[best] >= _LEAST_FIT else None


def told(tracks: Sequence[SampleFile], offsets: Sequence[float]) -> list[list[Notice]]:
    """For each track, ``clock_drift:SECONDS`` where it runs apart from another by its end.

    Parameters
    ----------
    tracks : sequence of SampleFile
    offsets : sequence of float
        Seconds from the start of the session to each; right to half a minute.
    """
    begin = min(offsets, default=0.0)
    heard = [
        np.pad(rises(track), (round((offset - begin) / FRAME), 0))
        for track, offset in zip(tracks, offsets, strict=True)
    ]
    apart = [0.0] * len(tracks)
    for i, j in combinations(range(len(tracks)), 2):
        slope = drift(heard[i], heard[j])
        if slope is not None:
            seconds = abs(slope) * min(len(heard[i]), len(heard[j])) * FRAME
            apart[j] = max(apart[j], seconds)
    return [[Notice("clock_drift", f"{s:.1f}")] if s >= TOLD else [] for s in apart]
