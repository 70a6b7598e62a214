"""Where somebody talks, how many do, and where the speaker changes.

The segmentation model bridges pauses of up to a second; the truth does not.  So a pause
is cut out where the sound drops towards the room's own noise for long enough.  What is
speech is never decided by level alone: a quiet speaker stays.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import uniform_filter1d

from session_audio.backends.diarization.local_activity import FRAMES, LocalActivity
from session_audio.settings import DiarizationSettings

Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class Speech:
    """On the common grid: how many talk, and how likely the speaker changes there."""

    count: NDArray[np.int8]
    change: NDArray[np.float32]
    share: NDArray[np.float32]
    """Scores that at least one, two and three talk, shape (frames, 3)."""

    @property
    def any(self) -> Bools:
        """Where at least one talks."""
        return self.count > 0


def find_speech(
    local: LocalActivity, energy: NDArray[np.float32], settings: DiarizationSettings
) -> Speech:
    """How many people talk at each frame of the grid.

    Parameters
    ----------
    local : LocalActivity
    energy : ndarray, shape (frames,)
        Power of the sound in each frame, in any unit.
    settings : DiarizationSettings
    """
    ranked = local.counts()
    shift = FRAMES // 10
    changes = local.averaged((_changes(x, shift) for _, _, x in local.chunks()), 1)[:, 0]
    if local.frames <= settings.short_length * FRAMES:
        least_overlap = settings.short_overlap
        talking = ranked[:, 0] > settings.short_speech
    else:
        least_overlap = settings.overlap_threshold
        talking = ranked[:, 0] > settings.speech_threshold
        talking &= loud_enough(energy[: local.frames], settings.pause_depth)
    talking = bridge(talking, round(settings.shortest_pause * FRAMES))
    talking = without_blips(talking, round(settings.shortest_speech * FRAMES))
    count = talking.astype(np.int8)
    second = talking & (ranked[:, 1] > least_overlap)
    count[second] = 2
    count[second & (ranked[:, 2] > least_overlap)] = 3
    return Speech(count, changes, ranked)


def _changes(x: NDArray[np.float32], shift: int) -> NDArray[np.float32]:
    """How much the most changing local speaker changes within twice `shift` frames."""
    out = np.zeros((len(x), 1), np.float32)
    out[shift:-shift, 0] = np.abs(x[2 * shift :] - x[: -2 * shift]).max(axis=1)
    return out


def loud_enough(energy: NDArray[np.float32], depth: float) -> Bools:
    """Frames above the room's noise by `depth` of the way to the level of speech (in dB).

    Noise and speech level are the 5th and 90th percentile of the half minute around.
    """
    if not len(energy):
        return np.zeros(0, bool)
    level = 10 * np.log10(uniform_filter1d(energy.astype(np.float64), 5) + 1e-12)
    reach, hop = 30 * FRAMES, FRAMES
    at = np.arange(0, len(level), hop)
    marks = np.array([np.percentile(level[max(0, t - reach) : t + reach : 4], (5, 90)) for t in at])
    where = np.arange(len(level))
    low, high = (np.interp(where, at, marks[:, i]) for i in (0, 1))
    return np.asarray(level > low + depth * (high - low))


def runs(flags: Bools) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Starts and ends (exclusive) of the stretches where `flags` holds."""
    steps = np.diff(np.concatenate(([0], flags.astype(np.int8), [0])))
    return np.flatnonzero(steps == 1), np.flatnonzero(steps == -1)


def bridge(flags: Bools, gap: int) -> Bools:
    """`flags` with inner gaps of fewer than `gap` frames filled."""
    out = flags.copy()
    starts, ends = runs(flags)
    for end, start in zip(ends[:-1], starts[1:], strict=True):
        if start - end < gap:
            out[end:start] = True
    return out


def without_blips(flags: Bools, least: int) -> Bools:
    """`flags` without stretches of fewer than `least` frames."""
    out = flags.copy()
    for start, end in zip(*runs(flags), strict=True):
        if end - start < least:
            out[start:end] = False
    return out
