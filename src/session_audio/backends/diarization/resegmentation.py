"""From voices to who speaks at each moment.

How many talk at once is known from the segmentation model; who they are is searched for as
one sequence of sets, of one person or of two.  Two witnesses are joined: how well the voices
explain the sound, and which voice each local speaker of the segmentation model was found to
be.  Whoever joins without need costs, and less where the model heard a change: so who overlaps
another most likely talks alone before or after.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from session_audio.backends.diarization.clustering import unit
from session_audio.backends.diarization.likelihood import STEP, VoiceEvidence, weigh
from session_audio.backends.diarization.local_activity import LocalActivity
from session_audio.backends.diarization.local_mapping import mapped
from session_audio.backends.diarization.speech_activity import Speech
from session_audio.backends.diarization.windows import VoiceWindows
from session_audio.settings import DiarizationSettings

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]
Scores = NDArray[np.floating[Any]]
PIECE = 2000
"""Steps of overlap weighed at once, to bound memory."""


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
    centroids: NDArray[np.float64],
    settings: DiarizationSettings,
) -> Assignment:
    """Give every frame of speech its speakers.

    Parameters
    ----------
    centroids : ndarray, shape (voices, d)
        Unit rows, at least one.
    """
    frames, voices = local.frames, len(centroids)
    if voices == 1:
        only = np.where(speech.any, 0, -1).astype(np.int16)
        return Assignment(only, speech.any[:, None], np.ones(frames, np.float32))
    evidence = weigh(windows, speech, centroids, settings.voice_shrinkage)
    tracks = np.log(_steps(mapped(local, speech, evidence)).mean(axis=1) + 0.03)
    share = _steps(speech.any.astype(np.float32)).mean(axis=1)
    double = np.asarray(_steps(speech.count >= 2).any(axis=1))
    everywhere = np.arange(len(share))
    one = settings.voice_weight * evidence.one(everywhere) + settings.local_weight * tracks
    one = (one - one.max(axis=1, keepdims=True)) * share[:, None]
    pairs = np.stack(np.triu_indices(voices, 1), axis=1)
    both = np.flatnonzero(double)
    two = _two(evidence, tracks, both, pairs, settings)
    change = _steps(speech.change).max(axis=1)
    cost = settings.change_cost * np.maximum(0.1, 1.0 - change)
    state = best_sets(one, two, double, pairs, cost)
    talks = np.zeros(one.shape, bool)
    talks[~double, state[~double]] = True
    talks[both[:, None], pairs[state[both]]] = True
    # Of two, the first is who goes on being the better explanation alone.
    path = viterbi(np.where(talks, one, np.float32(-1e6)), cost)
    first = np.repeat(path, STEP)[:frames]
    active = np.zeros((frames, voices), bool)
    active[speech.any, first[speech.any]] = True
    active |= np.repeat(talks, STEP, axis=0)[:frames] & (speech.count >= 2)[:, None]
    if (speech.count >= 3).any():
        _third(active, speech, np.repeat(one, STEP, axis=0)[:frames])
    certainty = _certainty(windows, centroids, first)
    return Assignment(np.where(speech.any, first, -1).astype(np.int16), active, certainty)


def _steps(values: NDArray[Any]) -> NDArray[Any]:
    """Frames in steps, shape (steps, STEP, ...); the last frame fills the last step up."""
    steps = -(-len(values) // STEP)
    wide = ((0, steps * STEP - len(values)), *[(0, 0)] * (values.ndim - 1))
    return np.pad(values, wide, mode="edge").reshape(steps, STEP, *values.shape[1:])


def _two(
    evidence: VoiceEvidence,
    tracks: Floats,
    steps: Ints,
    pairs: Ints,
    settings: DiarizationSettings,
) -> Floats:
    """Log scores of each pair at `steps`, shape (len(steps), len(pairs))."""
    a, b = pairs.T
    out = np.zeros((len(steps), len(pairs)), np.float32)
    for begin in range(0, len(steps), PIECE):
        now = slice(begin, begin + PIECE)
        here = steps[now]
        out[now] = settings.voice_weight * evidence.two(here)[:, a, b]
        out[now] += settings.local_weight * (tracks[here][:, a] + tracks[here][:, b])
    if out.size:
        out -= out.max(axis=1, keepdims=True)
    return out


def best_sets(
    one: Scores, two: Scores, double: NDArray[np.bool_], pairs: Ints, cost: Scores
) -> Ints:
    """The best sequence of speakers where one talks, and of pairs where two do.

    Parameters
    ----------
    one : ndarray, shape (steps, voices)
        Log scores of each voice alone; not read where two talk.
    two : ndarray, shape (steps where two talk, pairs)
        Log scores of each pair.
    double : ndarray, shape (steps,)
        Where two talk.
    pairs : ndarray, shape (pairs, 2)
        The voices of each pair.
    cost : ndarray, shape (steps,)
        Of each person who joins at a step beyond what the number needs.

    Returns
    -------
    ndarray, shape (steps,)
        A voice, or where two talk the row of `pairs`.

    Examples
    --------
    Who talks before and after stays in the pair, though another fits a little better:

    >>> one = np.log(np.array([[0.9, 0.05, 0.05], [1, 1, 1], [0.9, 0.05, 0.05]]))
    >>> two = np.log(np.array([[0.3, 0.3, 0.4]]))
    >>> pairs = np.array([[0, 1], [0, 2], [1, 2]])
    >>> best_sets(one, two, np.array([False, True, False]), pairs, np.ones(3)).tolist()
    [0, 0, 0]
    """
    steps, voices = one.shape
    member = np.zeros((len(pairs), voices), np.float32)
    member[np.arange(len(pairs))[:, None], pairs] = 1.0
    # How many join beyond need: from (row) to (column).
    needless = {
        (False, True): 1.0 - member.T,
        (True, False): 1.0 - member,
        (True, True): 2.0 - member @ member.T,
    }
    row = np.cumsum(double) - 1
    here = np.arange(voices)
    came: list[NDArray[np.int16]] = []
    total = (two[0] if double[0] else one[0]).astype(np.float64)
    for t in range(1, steps):
        kind = (bool(double[t - 1]), bool(double[t]))
        if kind == (False, False):
            top = int(total.argmax())
            switched = total[top] - cost[t]
            stays = total >= switched
            before = np.where(stays, here, top)
            total = np.where(stays, total, switched) + one[t]
        else:
            options = total[:, None] - cost[t] * needless[kind]
            before = options.argmax(axis=0)
            total = options.max(axis=0) + (two[row[t]] if double[t] else one[t])
        came.append(before.astype(np.int16))
    path = np.empty(steps, np.int64)
    path[-1] = int(total.argmax())
    for t in range(steps - 1, 0, -1):
        path[t - 1] = came[t - 1][path[t]]
    return path


def viterbi(scores: Scores, cost: Scores) -> Ints:
    """The best path through `scores` (steps, states) when a change at a step costs `cost`.

    Examples
    --------
    >>> scores = np.array([[1.0, 0.0], [0.0, 0.4], [1.0, 0.0]])
    >>> viterbi(scores, np.array([0.0, 1.0, 1.0])).tolist()
    [0, 0, 0]
    >>> viterbi(scores, np.array([0.0, 0.1, 0.1])).tolist()
    [0, 1, 0]
    """
    none = np.zeros(len(scores), bool)
    empty = np.zeros((0, 0), np.float32)
    return best_sets(scores, empty, none, np.zeros((0, 2), np.int64), cost)


def _third(active: NDArray[np.bool_], speech: Speech, one: Floats) -> None:
    """Where three talk, add who explains most of the voice next to both; in place."""
    three = np.flatnonzero((speech.count >= 3) & (active.sum(axis=1) == 2))
    if active.shape[1] > 2:
        left = np.where(active[three], -np.inf, one[three])
        active[three, left.argmax(axis=1)] = True


def _certainty(windows: VoiceWindows, centroids: NDArray[np.float64], first: Ints) -> Floats:
    """By how much each frame's sound is closer to its first speaker than to any other."""
    rows = unit(windows.vectors.astype(np.float64)) @ centroids.T
    known = np.flatnonzero(windows.vectors.any(axis=1))
    if not len(known):
        return np.zeros(len(first), np.float32)
    frames = np.arange(len(first))
    at = frames / windows.hop
    likeness = np.stack([np.interp(at, known, x) for x in rows[known].T], axis=1)
    best = likeness[frames, first].copy()
    likeness[frames, first] = -1.0
    return np.asarray(best - likeness.max(axis=1), dtype=np.float32)
