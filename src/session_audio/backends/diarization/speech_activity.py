"""Speech activity: where anybody talks, how many do, and where the speaker changes.

The segmentation model bridges pauses of up to a second; the reference does not.  So a pause
is cut out where the sound drops towards the room's own noise for long enough.  What is
speech is never decided by level alone: a quiet speaker stays.

Everything is on the common grid of `FRAMES` frames a second; flags are boolean, shape
``(frames,)``; durations in frames.  `speech_activity` gives a `Speech`; `fill_gaps`,
`drop_short`, `runs` and `to_segments` are the usual post-processing.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import uniform_filter1d

from session_audio.backends.diarization.local_activity import FRAMES, LocalActivity
from session_audio.schema import EMPTY_ROOM, SpeakerSegment
from session_audio.settings import DiarizationSettings

Bools = NDArray[np.bool_]
LAST_WORDS = 2.0
"""Seconds of speech, with pauses of under 5 s, that no door and no steps make (ours)."""


@dataclass(frozen=True)
class Speech:
    """Speech activity of a recording, frame by frame."""

    count: NDArray[np.int8]
    """Speakers who talk at once, 0 to 3, shape (frames,)."""
    change: NDArray[np.float32]
    """How much the most changing local speaker changes there, in [0, 1], shape (frames,)."""
    count_scores: NDArray[np.float32]
    """Scores that at least one, two and three talk, in [0, 1], shape (frames, 3)."""

    @property
    def any(self) -> Bools:
        """Where at least one talks, shape (frames,)."""
        return self.count > 0


def speech_activity(
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
    scores = local.count_scores()
    shift = FRAMES // 10
    changes = local.averaged((_changes(x, shift) for _, _, x in local.chunks()), 1)[:, 0]
    if local.frames <= settings.short_length * FRAMES:
        overlap_threshold = settings.short_overlap
        talking = scores[:, 0] > settings.short_speech
    else:
        overlap_threshold = settings.overlap_threshold
        talking = scores[:, 0] > settings.speech_threshold
        talking &= loud_enough(energy[: local.frames], settings.pause_depth)
    talking = fill_gaps(talking, round(settings.shortest_pause * FRAMES))
    talking = drop_short(talking, round(settings.shortest_speech * FRAMES))
    talking = without_empty_room(talking)
    count = talking.astype(np.int8)
    second = talking & (scores[:, 1] > overlap_threshold)
    count[second] = 2
    count[second & (scores[:, 2] > overlap_threshold)] = 3
    return Speech(count, changes, scores)


def without_empty_room(talking: Bools) -> Bools:
    """`talking` without what is heard of a door and steps after the session.

    The session ends with its last `LAST_WORDS` of speech; where the recording goes on for
    `EMPTY_ROOM` after them, what else is taken for speech is dropped.
    """
    starts, ends = runs(fill_gaps(talking, 5 * FRAMES))
    spoken = np.concatenate(([0], np.cumsum(talking)))
    whole = spoken[ends] - spoken[starts] >= LAST_WORDS * FRAMES
    out = talking.copy()
    if whole.any() and len(talking) - (end := int(ends[whole][-1])) >= EMPTY_ROOM * FRAMES:
        out[end:] = False
    return out


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
    """Starts and ends (exclusive) of the stretches where `flags` holds, in frames."""
    steps = np.diff(np.concatenate(([0], flags.astype(np.int8), [0])))
    return np.flatnonzero(steps == 1), np.flatnonzero(steps == -1)


def fill_gaps(flags: Bools, min_duration_off: int) -> Bools:
    """`flags` with inner gaps of fewer than `min_duration_off` frames filled."""
    out = flags.copy()
    starts, ends = runs(flags)
    for end, start in zip(ends[:-1], starts[1:], strict=True):
        if start - end < min_duration_off:
            out[end:start] = True
    return out


def drop_short(flags: Bools, min_duration_on: int) -> Bools:
    """`flags` without stretches of fewer than `min_duration_on` frames."""
    out = flags.copy()
    for start, end in zip(*runs(flags), strict=True):
        if end - start < min_duration_on:
            out[start:end] = False
    return out


def to_segments(flags: Bools, speaker: str, origin: int = 0) -> list[SpeakerSegment]:
    """The stretches where `flags` holds as segments of `speaker`, in seconds.

    Frame 0 is frame `origin` of the session's clock; what lies before 0 s is left out.

    Examples
    --------
    >>> to_segments(np.array([True] * 50 + [False] * 50), "S01", origin=-20)
    [SpeakerSegment(start=0.0, end=0.3, speaker='S01')]
    """
    starts, ends = runs(flags)
    return [
        SpeakerSegment(max(0.0, float(a + origin) / FRAMES), float(b + origin) / FRAMES, speaker)
        for a, b in zip(starts, ends, strict=True)
        if b + origin > 0
    ]
