"""From voices to who speaks at each moment.

Two witnesses are joined: how similar the sound around a moment is to each voice, and
which voice each local speaker of the segmentation model was found to be.  A Viterbi
search picks one speaker at a time, who changes more readily where the model heard a
change.  Where two talk at once, the second is sought in what the first leaves unexplained
of the voice, in the model's local speakers, and among those who talk just before or after.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d

from session_audio.backends.clustering import unit
from session_audio.backends.local_activity import FRAMES, LocalActivity
from session_audio.backends.speech import Speech
from session_audio.backends.voice_windows import PureWindows, VoiceWindows
from session_audio.settings import DiarizationSettings

Floats = NDArray[np.float32]
POOL = 4
"""Frames that the search treats as one (40 ms)."""


@dataclass(frozen=True)
class Assignment:
    """Who speaks at each frame: `first` (-1 where nobody), and all, shape (frames, voices)."""

    first: NDArray[np.int16]
    active: NDArray[np.bool_]
    certainty: Floats
    """How clearly the first speaker is closest in voice to the next best, cosine."""


def assign(
    local: LocalActivity,
    speech: Speech,
    windows: VoiceWindows,
    pure: PureWindows,
    centroids: NDArray[np.float64],
    settings: DiarizationSettings,
) -> Assignment:
    """Give every frame of speech its speakers.

    Parameters
    ----------
    centroids : ndarray, shape (voices, d)
        Unit rows, at least one.
    """
    likeness = _likeness(windows, centroids, local.frames)
    mapped = _mapped(local, pure, centroids)
    path = _search(likeness, mapped, speech, settings)
    best = likeness[np.arange(len(path)), path]
    others = likeness.copy()
    others[np.arange(len(path)), path] = -1.0
    certainty = best - others.max(axis=1) if len(centroids) > 1 else np.ones_like(best)
    active = _with_overlap(path, speech, likeness, mapped, centroids, settings)
    first = np.where(speech.any, path, -1).astype(np.int16)
    return Assignment(first, active, certainty.astype(np.float32))


def _likeness(windows: VoiceWindows, centroids: NDArray[np.float64], frames: int) -> Floats:
    """Cosine of the sound around each frame with each voice, shape (frames, voices)."""
    rows = unit(windows.vectors.astype(np.float64)) @ centroids.T
    known = np.flatnonzero(windows.vectors.any(axis=1))
    out = np.zeros((frames, len(centroids)), np.float32)
    if len(known):
        at = np.arange(frames) / windows.hop
        for k in range(len(centroids)):
            out[:, k] = np.interp(at, known, rows[known, k])
    return out


def _mapped(local: LocalActivity, pure: PureWindows, centroids: NDArray[np.float64]) -> Floats:
    """The local speakers' scores, each under the voice it is closest to."""
    speakers = local.scores.shape[2]
    which = np.full(len(local.starts) * speakers, -1)
    if len(pure.voice):
        ids, group = np.unique(pure.voice, return_inverse=True)
        sums = np.zeros((len(ids), pure.vectors.shape[1]))
        np.add.at(sums, group, pure.vectors * pure.weight[:, None])
        which[ids] = (unit(sums) @ centroids.T).argmax(axis=1)
    which = which.reshape(-1, speakers)

    def renamed(c: int, scores: Floats) -> Floats:
        out = np.zeros((len(scores), len(centroids)), np.float32)
        for k in np.flatnonzero(which[c] >= 0):
            out[:, which[c, k]] += scores[:, k]
        return np.minimum(out, 1.0)

    return local.averaged((renamed(c, x) for c, _, x in local.chunks()), len(centroids))


def _search(
    likeness: Floats, mapped: Floats, speech: Speech, settings: DiarizationSettings
) -> NDArray[np.int64]:
    """The most likely sequence of single speakers."""
    frames, voices = likeness.shape
    if voices == 1:
        return np.zeros(frames, np.int64)
    scores = settings.voice_weight * (likeness - likeness.max(axis=1, keepdims=True))
    scores += settings.local_weight * np.log(mapped + 0.03)
    scores *= speech.any[:, None]
    steps = -(-frames // POOL)
    spare = steps * POOL - frames
    pooled = np.pad(scores, ((0, spare), (0, 0))).reshape(steps, POOL, voices).mean(axis=1)
    change = np.pad(speech.change, (0, spare)).reshape(steps, POOL).max(axis=1)
    cost = settings.change_cost * np.maximum(0.1, 1.0 - change)
    path = viterbi(pooled.astype(np.float64), cost.astype(np.float64))
    return np.repeat(path, POOL)[:frames]


def viterbi(scores: NDArray[np.float64], cost: NDArray[np.float64]) -> NDArray[np.int64]:
    """The best path through `scores` (steps, states) when a change at a step costs `cost`.

    Examples
    --------
    >>> scores = np.array([[1.0, 0.0], [0.0, 0.4], [1.0, 0.0]])
    >>> viterbi(scores, np.array([0.0, 1.0, 1.0])).tolist()
    [0, 0, 0]
    >>> viterbi(scores, np.array([0.0, 0.1, 0.1])).tolist()
    [0, 1, 0]
    """
    steps, states = scores.shape
    came = np.empty((steps, states), np.int16)
    here = np.arange(states)
    total = scores[0].copy()
    for t in range(1, steps):
        top = int(total.argmax())
        switched = total[top] - cost[t]
        stays = total >= switched
        came[t] = np.where(stays, here, top)
        total = np.where(stays, total, switched) + scores[t]
    path = np.empty(steps, np.int64)
    path[-1] = int(total.argmax())
    for t in range(steps - 1, 0, -1):
        path[t - 1] = came[t, path[t]]
    return path


def _with_overlap(
    path: NDArray[np.int64],
    speech: Speech,
    likeness: Floats,
    mapped: Floats,
    centroids: NDArray[np.float64],
    settings: DiarizationSettings,
) -> NDArray[np.bool_]:
    """All speakers of each frame, shape (frames, voices)."""
    frames, voices = likeness.shape
    active = np.zeros((frames, voices), bool)
    some = np.flatnonzero(speech.any)
    active[some, path[some]] = True
    both = np.flatnonzero(speech.count >= 2)
    if voices < 2 or not len(both):
        return active
    alone = np.zeros((frames, voices), np.float32)
    single = np.flatnonzero(speech.count == 1)
    alone[single, path[single]] = 1.0
    usual = 0.2 * alone.mean(axis=0) / max(float(alone.mean(axis=0).sum()), 1e-6)
    score = settings.second_local * np.log(mapped[both] + 0.03)
    for seconds, weight in ((4.0, settings.second_near), (0.6, settings.second_next)):
        near = gaussian_filter1d(alone[::10], seconds * FRAMES / 10, axis=0)[both // 10] + usual
        score += weight * np.log(near / np.maximum(near.sum(axis=1, keepdims=True), 1e-6) + 0.02)
    # What is left of the sound's voice when the first speaker's part is taken out.
    first = path[both]
    between = (centroids @ centroids.T).astype(np.float32)[first]
    own = likeness[both, first][:, None]
    left = (likeness[both] - own * between) / np.sqrt(np.maximum(1 - between**2, 0.05))
    score += settings.second_voice * left
    rows = np.arange(len(both))
    stretch = _stretches(both, first)
    score[rows, first] = -np.inf
    second = _steady(score, stretch)
    active[both, second] = True
    if voices > 2:
        score[rows, second] = -np.inf
        three = speech.count[both] >= 3
        active[both[three], _steady(score, stretch)[three]] = True
    return active


def _stretches(frames: NDArray[np.int64], first: NDArray[np.int64]) -> NDArray[np.int64]:
    """A number for each frame: one for neighbours under the same first speaker."""
    new = (np.diff(frames) > 1) | (np.diff(first) != 0)
    return np.concatenate(([0], np.cumsum(new)))


def _steady(score: Floats, stretch: NDArray[np.int64]) -> NDArray[np.int64]:
    """The best second speaker of each frame: one a stretch, as who cuts in goes on talking.

    Examples
    --------
    >>> score = np.array([[0.0, 1.0], [0.3, 0.2], [0.5, 0.1]], np.float32)
    >>> _steady(score, np.array([0, 0, 1])).tolist()
    [1, 1, 0]
    """
    sums = np.zeros((int(stretch.max()) + 1, score.shape[1]))
    np.add.at(sums, stretch, score)
    return np.asarray(sums.argmax(axis=1)[stretch])
