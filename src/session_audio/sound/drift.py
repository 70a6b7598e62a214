"""Whether the clocks of two recorders run apart, from what leaks of one track into the other.

Each track hears a little of the others.  Where the rises and falls of two tracks' levels fit
best, window by window, is the delay between them; if it grows steadily, so do the clocks'
differences.  Without such leaks nothing is known, and nothing is told.  Where it is sure by how
much, it is set right; else it is told.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
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
_SURE_WINDOWS, _SURE_SHARE, _SURE_SPREAD = 12, 0.6, 0.03
"""Windows, their share and their spread in seconds from which a drift is corrected (ours)."""
_MOST = 0.01
"""Seconds a second: no recorder's clock is worse; such a slope is a mistake (ours)."""

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


@dataclass(frozen=True, slots=True)
class Drift:
    """By how much one track's clock runs away from another's."""

    slope: float
    """Seconds that it falls behind in a second."""
    spread: float
    """Median distance of the windows' delays from the line, in seconds."""
    windows: int
    """How many windows lie on the line."""
    share: float
    """Of the windows in which something fits, how many."""
    span: float
    """Seconds from the first window on the line to the last."""

    def is_sure(self, lasts: float) -> bool:
        """Whether it may be corrected, for tracks of `lasts` seconds in common."""
        fits = self.windows >= _SURE_WINDOWS and self.share >= _SURE_SHARE
        return (
            fits
            and self.spread <= _SURE_SPREAD
            and self.span >= lasts / 2
            and abs(self.slope) <= _MOST
        )


def drift(one: Rises, other: Rises) -> Drift | None:
    """How `other` falls behind `one`; None where it cannot be told.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> heard = rng.normal(size=30_000).astype(np.float32)
    >>> later, unlike = np.roll(heard, 40), rng.normal(size=30_000).astype(np.float32)
    >>> round(abs(drift(heard, later).slope), 6), drift(heard, unlike)
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
    on = off < _STEADY
    if np.mean(on) <= 0.5 or np.sum(on) < _LEAST_WINDOWS:
        return None
    line = np.polyfit(at[on], behind[on], 1)
    spread = float(np.median(np.abs(behind[on] - np.polyval(line, at[on]))))
    return Drift(float(line[0]), spread, int(on.sum()), float(np.mean(on)), float(np.ptp(at[on])))


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


def clocks(
    tracks: Sequence[SampleFile], offsets: Sequence[float]
) -> tuple[list[float], list[list[Notice]]]:
    """By how much each track's clock is to be set right, and what is told.

    Parameters
    ----------
    tracks : sequence of SampleFile
    offsets : sequence of float
        Seconds from the start of the session to each; right to half a minute.

    Returns
    -------
    slopes : list of float
        What `stretching.stretch` is to be given; 0 where nothing is to be done.
    notices : list of list of Notice
        ``clock_drift_corrected:SECONDS`` by the end of a track that is set right;
        ``clock_drift:SECONDS`` of one that runs apart from another and is not.
    """
    begin = min(offsets, default=0.0)
    heard = [
        np.pad(rises(track), (round((offset - begin) / FRAME), 0))
        for track, offset in zip(tracks, offsets, strict=True)
    ]
    found = {
        (i, j): estimate
        for i, j in combinations(range(len(tracks)), 2)
        if (estimate := drift(heard[i], heard[j])) is not None
    }
    lasts = {(i, j): min(len(heard[i]), len(heard[j])) * FRAME for i, j in found}
    slopes = [0.0] * len(tracks)
    told: list[list[Notice]] = [[] for _ in tracks]
    right = _most_alike(found, len(tracks))
    for pair, estimate in found.items():
        apart = abs(estimate.slope) * lasts[pair]
        if apart < TOLD:
            continue
        i, j = pair
        other = i if j == right else j
        if right in pair and estimate.is_sure(lasts[pair]):
            slope = estimate.slope if other == j else 1 / (1 + estimate.slope) - 1
            if _is_mended(heard[right], heard[other], slope):
                slopes[other] = slope
                told[other] = [Notice("clock_drift_corrected", f"{apart:.1f}")]
    for (i, j), estimate in found.items():
        apart = abs(estimate.slope) * lasts[i, j]
        unmended = not slopes[i] and not slopes[j]
        if apart >= TOLD and unmended and not told[j]:
            told[j] = [Notice("clock_drift", f"{apart:.1f}")]
    return slopes, told


def _most_alike(found: Mapping[tuple[int, int], Drift], count: int) -> int:
    """The track whose clock most others keep to: the first of those with the least drift."""
    sums = [0.0] * count
    for (i, j), estimate in found.items():
        sums[i] += abs(estimate.slope)
        sums[j] += abs(estimate.slope)
    known = sorted({i for pair in found for i in pair})
    return min(known, key=lambda i: (round(sums[i], 5), i), default=0)


def _is_mended(right: Rises, other: Rises, slope: float) -> bool:
    """Whether nothing of a drift would be left."""
    at = np.arange(int((len(other) - 1) / (1 + slope))) * (1 + slope)
    after = np.interp(at, np.arange(len(other)), other).astype(np.float32)
    left = drift(right, after)
    return left is not None and abs(left.slope) * min(len(right), len(after)) * FRAME < TOLD / 2
