"""Resegmentation: from the speakers of a recording to who talks at each frame.

How many talk at once is known from the segmentation model; who they are is searched for as
one sequence of sets, of one speaker or of two (Viterbi).  Two scores are added: the log
likelihood of the embeddings (`likelihood`), and the log of the local speakers' scores mapped to
speakers (`local_mapping`).  Whoever joins without need costs, and less where the model found a
speaker change: so who overlaps another most likely talks alone before or after.

Steps are of `likelihood.STEP` frames; costs and scores are log scores without a unit.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from session_audio.backends.diarization.clustering import unit
from session_audio.backends.diarization.likelihood import (
    STEP,
    SpeakerLikelihood,
    score_windows,
)
from session_audio.backends.diarization.local_activity import LocalActivity
from session_audio.backends.diarization.local_mapping import map_local_speakers
from session_audio.backends.diarization.short_stretches import HeardApart, judge_again
from session_audio.backends.diarization.speech_activity import Speech
from session_audio.backends.diarization.windows import EmbeddingWindows
from session_audio.settings import DiarizationSettings

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]
Scores = NDArray[np.floating[Any]]
PIECE = 2000
"""Steps of overlap scored at once, to bound memory."""


@dataclass(frozen=True)
class Assignment:
    """Who talks at each frame."""

    first: NDArray[np.int16]
    """The speaker of the exclusive diarization, -1 where nobody, shape (frames,)."""
    active: NDArray[np.bool_]
    """Everybody who talks, shape (frames, speakers)."""
    certainty: Floats
    """By how much the first speaker is nearer than the next best, a difference of cosines,
    shape (frames,)."""


def assign(
    local: LocalActivity,
    speech: Speech,
    windows: EmbeddingWindows,
    centroids: NDArray[np.float64],
    settings: DiarizationSettings,
    apart: HeardApart | None = None,
) -> Assignment:
    """Give every frame of speech its speakers.

    Parameters
    ----------
    local : LocalActivity
    speech : Speech
    windows : EmbeddingWindows
        Short ones, that tell when one speaker stops and another begins.
    centroids : ndarray, shape (speakers, d)
        Unit rows, at least one.
    settings : DiarizationSettings
    apart : HeardApart, optional
        With it, short stretches under another's talk are judged once more (`short_stretches`).
    """
    frames, speakers = local.frames, len(centroids)
    if speakers == 1:
        only = np.where(speech.any, 0, -1).astype(np.int16)
        return Assignment(only, speech.any[:, None], np.ones(frames, np.float32))
    likelihood = score_windows(windows, speech, centroids, settings.voice_shrinkage)
    mapped = map_local_speakers(local, speech, likelihood)
    local_scores = np.log(_steps(mapped).mean(axis=1) + 0.03)
    fraction = _steps(speech.any.astype(np.float32)).mean(axis=1)
    overlap = np.asarray(_steps(speech.count >= 2).any(axis=1))
    everywhere = np.arange(len(fraction))
    single = settings.voice_weight * likelihood.log_likelihood_single(everywhere)
    single = single + settings.local_weight * local_scores
    single = (single - single.max(axis=1, keepdims=True)) * fraction[:, None]
    pairs = np.stack(np.triu_indices(speakers, 1), axis=1)
    both = np.flatnonzero(overlap)
    pair = _pair_scores(likelihood, local_scores, both, pairs, settings)
    change = _steps(speech.change).max(axis=1)
    cost = settings.change_cost * np.maximum(0.1, 1.0 - change)
    state = best_sets(single, pair, overlap, pairs, cost)
    talks = np.zeros(single.shape, bool)
    talks[~overlap, state[~overlap]] = True
    talks[both[:, None], pairs[state[both]]] = True
    # Of two, the first is who goes on being the better explanation alone.
    path = viterbi(np.where(talks, single, np.float32(-1e6)), cost)
    first: NDArray[np.signedinteger[Any]] = np.repeat(path, STEP)[:frames]
    active = np.zeros((frames, speakers), bool)
    active[speech.any, first[speech.any]] = True
    active |= np.repeat(talks, STEP, axis=0)[:frames] & (speech.count >= 2)[:, None]
    if (speech.count >= 3).any():
        _add_third(active, speech, np.repeat(single, STEP, axis=0)[:frames])
    if apart is not None:
        active, first = judge_again(active, first, centroids, mapped, apart)
    certainty = _certainty(windows, centroids, first)
    return Assignment(np.where(speech.any, first, -1).astype(np.int16), active, certainty)


def _steps(values: NDArray[Any]) -> NDArray[Any]:
    """Frames in steps, shape (steps, STEP, ...); the last frame fills the last step up."""
    steps = -(-len(values) // STEP)
    wide = ((0, steps * STEP - len(values)), *[(0, 0)] * (values.ndim - 1))
    return np.pad(values, wide, mode="edge").reshape(steps, STEP, *values.shape[1:])


def _pair_scores(
    likelihood: SpeakerLikelihood,
    local_scores: Floats,
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
        out[now] = settings.voice_weight * likelihood.log_likelihood_pair(here)[:, a, b]
        out[now] += settings.local_weight * (local_scores[here][:, a] + local_scores[here][:, b])
    if out.size:
        out -= out.max(axis=1, keepdims=True)
    return out


def best_sets(
    single: Scores, pair: Scores, overlap: NDArray[np.bool_], pairs: Ints, cost: Scores
) -> Ints:
    """The best sequence of speakers where one talks, and of pairs where two do.

    Parameters
    ----------
    single : ndarray, shape (steps, speakers)
        Log scores of each speaker alone; not read where two talk.
    pair : ndarray, shape (steps where two talk, pairs)
        Log scores of each pair.
    overlap : ndarray, shape (steps,)
        Where two talk.
    pairs : ndarray, shape (pairs, 2)
        The speakers of each pair.
    cost : ndarray, shape (steps,)
        Of each person who joins at a step beyond what the number needs.

    Returns
    -------
    ndarray, shape (steps,)
        A speaker, or where two talk the row of `pairs`.

    Examples
    --------
    Who talks before and after stays in the pair, though another fits a little better:

    >>> single = np.log(np.array([[0.9, 0.05, 0.05], [1, 1, 1], [0.9, 0.05, 0.05]]))
    >>> pair = np.log(np.array([[0.3, 0.3, 0.4]]))
    >>> pairs = np.array([[0, 1], [0, 2], [1, 2]])
    >>> best_sets(single, pair, np.array([False, True, False]), pairs, np.ones(3)).tolist()
    [0, 0, 0]
    """
    steps, speakers = single.shape
    member = np.zeros((len(pairs), speakers), np.float32)
    member[np.arange(len(pairs))[:, None], pairs] = 1.0
    # How many join beyond need: from (row) to (column).
    needless = {
        (False, True): 1.0 - member.T,
        (True, False): 1.0 - member,
        (True, True): 2.0 - member @ member.T,
    }
    row = np.cumsum(overlap) - 1
    here = np.arange(speakers)
    came: list[NDArray[np.int16]] = []
    total = (pair[0] if overlap[0] else single[0]).astype(np.float64)
    for t in range(1, steps):
        kind = (bool(overlap[t - 1]), bool(overlap[t]))
        if kind == (False, False):
            top = int(total.argmax())
            switched = total[top] - cost[t]
            stays = total >= switched
            before = np.where(stays, here, top)
            total = np.where(stays, total, switched) + single[t]
        else:
            options = total[:, None] - cost[t] * needless[kind]
            before = options.argmax(axis=0)
            total = options.max(axis=0) + (pair[row[t]] if overlap[t] else single[t])
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
    nowhere = np.zeros(len(scores), bool)
    empty = np.zeros((0, 0), np.float32)
    return best_sets(scores, empty, nowhere, np.zeros((0, 2), np.int64), cost)


def _add_third(active: NDArray[np.bool_], speech: Speech, single: Floats) -> None:
    """Where three talk, add who is the likeliest alone next to both; in place."""
    three = np.flatnonzero((speech.count >= 3) & (active.sum(axis=1) == 2))
    if active.shape[1] > 2:
        left = np.where(active[three], -np.inf, single[three])
        active[three, left.argmax(axis=1)] = True


def _certainty(
    windows: EmbeddingWindows, centroids: NDArray[np.float64], first: NDArray[Any]
) -> Floats:
    """By how much each frame's sound is closer to its first speaker than to any other."""
    rows = unit(windows.vectors.astype(np.float64)) @ centroids.T
    known = np.flatnonzero(windows.vectors.any(axis=1))
    if not len(known):
        return np.zeros(len(first), np.float32)
    frames = np.arange(len(first))
    at = frames / windows.hop
    similarity = np.stack([np.interp(at, known, x) for x in rows[known].T], axis=1)
    best = similarity[frames, first].copy()
    similarity[frames, first] = -1.0
    return np.asarray(best - similarity.max(axis=1), dtype=np.float32)
