"""How many voices there are, and what each sounds like.

Clustering works on windows of one voice each.  What varies within a voice is learnt from
the session itself: windows of one local speaker of one chunk are surely one person.  That
gives a probabilistic linear discriminant model (PLDA) of this room and these people, and
the variational Bayes clustering of VBx (Landini et al. 2022; pyannote.audio's
implementation) finds how many voices explain the windows.  It starts from agglomerative
clusters of the longest stretches; so the cost is linear in the recording's length.

A short recording teaches no such model: it is clustered by agglomeration alone, with a
cautious threshold.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from session_audio.backends.voice_windows import PureWindows
from session_audio.ports import SpeakerCount
from session_audio.settings import DiarizationSettings

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

MOST_STRETCHES = 1200
"""Stretches that agglomeration compares; more would cost time with the square."""


@dataclass(frozen=True)
class Voices:
    """The voices of a recording: unit rows of `centroids`, and seconds of pure windows."""

    centroids: Floats
    seconds: Floats


def unit(x: Floats) -> Floats:
    """Rows scaled to length one; rows of zeros stay."""
    return np.asarray(x / np.maximum(np.linalg.norm(x, axis=-1, keepdims=True), 1e-12))


def find_voices(
    pure: PureWindows, hop: float, speakers: SpeakerCount, settings: DiarizationSettings
) -> Voices:
    """The voices in a recording.

    Parameters
    ----------
    pure : PureWindows
        Windows of one voice each.
    hop : float
        Seconds between windows.
    speakers : SpeakerCount
        What is known of the number.  `exact` is kept to where the recording allows it.
    settings : DiarizationSettings
    """
    if not len(pure.window):
        return Voices(np.zeros((0, pure.vectors.shape[1])), np.zeros(0))
    x = unit(pure.vectors.astype(np.float64))
    weight = pure.weight.astype(np.float64)
    _, voice = np.unique(pure.voice, return_inverse=True)
    stretches, heard = _means(x, weight, voice)
    # A window is found once in every chunk that holds it; count its time once.
    repeats = np.bincount(pure.window)[pure.window]
    seconds = weight * hop / repeats
    tree = _Tree(stretches, heard)
    if len(np.unique(pure.window)) < settings.least_windows:
        labels = tree.cut(settings.short_threshold)[voice]
    else:
        starts = [tree.cut(threshold)[voice] for threshold in settings.start_thresholds]
        labels = _bayes(x, weight, voice, starts, settings)
    labels = _settled(x, seconds, labels, speakers, settings)
    centroids, _ = _means(x, seconds, labels)
    return Voices(centroids, np.asarray(np.bincount(labels, seconds), dtype=np.float64))


def _means(x: Floats, weight: Floats, group: Ints) -> tuple[Floats, Floats]:
    """Unit mean and total weight of each group 0, 1, ..."""
    total = np.asarray(np.bincount(group, weight), dtype=np.float64)
    sums = np.zeros((len(total), x.shape[1]))
    np.add.at(sums, group, x * weight[:, None])
    return unit(sums), total


class _Tree:
    """Average linkage of the heaviest stretches; the others join the nearest cluster."""

    def __init__(self, x: Floats, weight: Floats) -> None:
        from scipy.cluster.hierarchy import linkage

        keen = weight >= min(2.0, float(np.median(weight)))
        if keen.sum() > MOST_STRETCHES:
            keen = weight >= np.sort(weight)[-MOST_STRETCHES]
            keen &= np.cumsum(keen) <= MOST_STRETCHES
        if keen.sum() < 2:
            keen = np.ones(len(x), bool)
        self._x, self._keen, self._weight = x, keen, weight
        self._tree = linkage(x[keen], "average", "cosine") if len(x) > 1 else None

    def cut(self, threshold: float) -> Ints:
        """A cluster for each stretch, none wider than `threshold` (cosine distance)."""
        from scipy.cluster.hierarchy import fcluster

        if self._tree is None:
            return np.zeros(len(self._x), np.int64)
        found = fcluster(self._tree, threshold, "distance").astype(np.int64) - 1
        centroids, _ = _means(self._x[self._keen], self._weight[self._keen], found)
        return np.asarray((self._x @ centroids.T).argmax(axis=1))


def _bayes(
    x: Floats, weight: Floats, voice: Ints, starts: Sequence[Ints], settings: DiarizationSettings
) -> Ints:
    """VBx on windows, in the space of a PLDA learnt from this session.

    VBx drops voices that explain nothing, and never makes a new one: what it finds hangs on
    where it starts.  So it starts from several clusterings, and the one whose evidence is
    highest is kept; then two voices are joined wherever that raises the evidence.
    """
    features, spread = _plda(x, weight, voice, settings)
    best, evidence = max(
        (_vbx(features, spread, start, settings) for start in starts), key=lambda found: found[1]
    )
    improved = True
    while improved and best.max() > 0:
        improved = False
        count = int(best.max()) + 1
        for a in range(count):
            for b in range(a + 1, count):
                joined = np.unique(np.where(best == b, a, best), return_inverse=True)[1]
                labels, value = _vbx(features, spread, joined, settings, rounds=5)
                if value > evidence:
                    best, evidence, improved = labels, value, True
                    break
            if improved:
                break
    return best


def _vbx(
    features: Floats,
    spread: Floats,
    start: Ints,
    settings: DiarizationSettings,
    rounds: int = 30,
) -> tuple[Ints, float]:
    """Labels and evidence (the lower bound on it) of VBx from one start."""
    from pyannote.audio.utils.vbx import VBx
    from scipy.special import softmax

    shares = np.zeros((len(start), int(start.max()) + 1))
    shares[np.arange(len(start)), start] = 7.0
    shares, priors, bounds = VBx(
        features,
        spread,
        Fa=settings.bayes_evidence,
        Fb=settings.bayes_speaker_cost,
        pi=shares.shape[1],
        gamma=softmax(shares, axis=1),
        maxIters=rounds,
    )
    labels = shares[:, priors > 1e-3].argmax(axis=1)
    return np.asarray(np.unique(labels, return_inverse=True)[1]), float(bounds[-1][0])


def _plda(
    x: Floats, weight: Floats, voice: Ints, settings: DiarizationSettings
) -> tuple[Floats, Floats]:
    """Windows where a voice varies by 1 in each direction, and how much voices differ there."""
    from scipy.linalg import eigh

    counts = np.bincount(voice)
    centre = np.zeros((len(counts), x.shape[1]))
    np.add.at(centre, voice, x * weight[:, None])
    centre /= np.bincount(voice, weight)[:, None]
    many = counts[voice] >= 3
    rest = (x - centre[voice])[many]
    # 1.3: the means of so few windows follow them.
    within = 1.3 * (rest.T * weight[many]) @ rest / max(float(weight[many].sum()), 1e-9)
    within += settings.plda_shrinkage * np.trace(within) / len(within) * np.eye(len(within))
    mean = np.average(x, axis=0, weights=weight)
    overall = ((x - mean).T * weight) @ (x - mean) / weight.sum()
    values, vectors = eigh(overall, within)
    best = np.argsort(-values)[: settings.plda_dimensions]
    return (x - mean) @ vectors[:, best], np.maximum(values[best] - 1.0, 1e-3)


def _settled(
    x: Floats,
    seconds: Floats,
    labels: Ints,
    speakers: SpeakerCount,
    settings: DiarizationSettings,
) -> Ints:
    """Clusters joined where they are one voice or too small, and to the count that is known."""
    most = speakers.exact if speakers.exact is not None else speakers.at_most
    least = speakers.exact if speakers.exact is not None else speakers.at_least
    smallest = min(settings.least_voice, settings.least_voice_share * float(seconds.sum()))
    labels = np.unique(labels, return_inverse=True)[1]
    while labels.max() > 0 and labels.max() + 1 > least:
        centroids, _ = _means(x, seconds, labels)
        heard = np.bincount(labels, seconds)
        alike = centroids @ centroids.T
        np.fill_diagonal(alike, -1.0)
        small = int(heard.argmin())
        closest = np.unravel_index(int(alike.argmax()), alike.shape)
        if heard[small] < smallest:
            pair = (small, int(alike[small].argmax()))
        elif alike[closest] > settings.same_voice or (most is not None and len(heard) > most):
            pair = (int(closest[0]), int(closest[1]))
        else:
            break
        labels = np.where(labels == pair[0], pair[1], labels)
        labels = np.unique(labels, return_inverse=True)[1]
    if speakers.exact is not None:
        while labels.max() + 1 < min(speakers.exact, len(x)):
            labels = _split(x, seconds, labels)
    return np.asarray(labels, dtype=np.int64)


def _split(x: Floats, seconds: Floats, labels: Ints) -> Ints:
    """The least coherent cluster parted in two."""
    from scipy.cluster.vq import kmeans2

    centroids, _ = _means(x, seconds, labels)
    loss = np.bincount(labels, seconds * (1 - (x * centroids[labels]).sum(axis=1)))
    loss[np.bincount(labels) < 2] = -1.0
    target = int(loss.argmax())
    members = np.flatnonzero(labels == target)
    # The two windows least alike make a start that is the same at every run.
    far = members[int((x[members] @ centroids[target]).argmin())]
    other = members[int((x[members] @ x[far]).argmin())]
    _, side = kmeans2(x[members], x[[far, other]], minit="matrix", seed=0)
    if side.min() == side.max():
        side = (members == far).astype(side.dtype)
    out = labels.copy()
    out[members[side == 1]] = labels.max() + 1
    return out
