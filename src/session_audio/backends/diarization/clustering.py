"""How many voices there are, and what each sounds like.

Windows of one voice each are strung together to stretches, as long as they follow one
another and stay alike.  Stretches are clustered by agglomeration; then each window goes to
the voice that it is closest to, and voices are learnt anew from their windows, a few
times.  What is one voice twice, or too little to be anybody, is joined.  So the cost grows
with the recording's length, not with its square.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from session_audio.backends.diarization.windows import PureWindows
from session_audio.ports import SpeakerCount
from session_audio.settings import DiarizationSettings

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

MOST_STRETCHES = 1500
"""Stretches that agglomeration compares; more would cost time with the square."""
ROUNDS = 3
"""Times that windows are assigned and voices learnt anew; later rounds change nothing."""


@dataclass(frozen=True)
class Voices:
    """The voices of a recording: unit rows of `centroids`, and seconds of pure windows."""

    centroids: Floats
    seconds: Floats
    unbounded: int = 0
    """How many there would be if nothing were known of the number."""


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
    # A window is found in every chunk that holds it; each counts once.
    window, first, which = np.unique(pure.window, return_index=True, return_inverse=True)
    x = unit(pure.vectors[first].astype(np.float64))
    weight = np.zeros(len(window))
    np.maximum.at(weight, which, pure.weight.astype(np.float64))
    seconds = weight * hop
    stretches, heard = _means(x, seconds, _strung(x, window, round(4.0 / hop), settings))
    centroids = _agglomerated(stretches, heard, settings.cluster_distance)
    labels = _nearest(x, centroids)
    for _ in range(ROUNDS):
        labels = _nearest(x, _means(x, seconds, labels)[0])
    free = _settled(x, seconds, labels, SpeakerCount(), settings)
    labels = _settled(x, seconds, labels, speakers, settings)
    centroids, heard = _means(x, seconds, labels)
    return Voices(centroids, heard, int(free.max()) + 1)


def _means(x: Floats, weight: Floats, group: Ints) -> tuple[Floats, Floats]:
    """Unit mean and total weight of each group 0, 1, ..."""
    total = np.asarray(np.bincount(group, weight), dtype=np.float64)
    sums = np.zeros((len(total), x.shape[1]))
    np.add.at(sums, group, x * weight[:, None])
    return unit(sums), total


def _nearest(x: Floats, centroids: Floats) -> Ints:
    """Which centroid each row is closest to, numbered without gaps."""
    found = (x @ centroids.T).argmax(axis=1)
    return np.asarray(np.unique(found, return_inverse=True)[1], dtype=np.int64)


def _strung(x: Floats, window: Ints, longest: int, settings: DiarizationSettings) -> Ints:
    """A stretch for each window: neighbours that stay alike, at most `longest` together."""
    out = np.zeros(len(window), np.int64)
    begin = 0
    for i in range(1, len(window)):
        before = max(begin, i - 2)
        apart = window[i] - window[i - 1] > 1 or i - begin >= longest
        if apart or x[i] @ x[before] < settings.same_stretch:
            begin = i
        out[i] = out[i - 1] + (begin == i)
    return out


def _agglomerated(x: Floats, weight: Floats, distance: float) -> Floats:
    """Centroids of average linkage of the heaviest rows, cut at a cosine `distance`."""
    from scipy.cluster.hierarchy import fcluster, linkage

    keen = weight >= min(2.0, float(np.median(weight)))
    if keen.sum() > MOST_STRETCHES:
        keen = np.zeros(len(x), bool)
        keen[np.argsort(-weight, kind="stable")[:MOST_STRETCHES]] = True
    x, weight = x[keen], weight[keen]
    if len(x) < 2:
        return x
    found = fcluster(linkage(x, "average", "cosine"), distance, "distance").astype(np.int64) - 1
    return _means(x, weight, found)[0]


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
        # Little speech makes a voice only where it is like nobody else's.
        like_another = alike.max(axis=1) > settings.distinct_voice
        doubtful = (heard < smallest) & ((heard < settings.sure_voice) | like_another)
        closest = np.unravel_index(int(alike.argmax()), alike.shape)
        if doubtful.any():
            small = int(np.where(doubtful, heard, np.inf).argmin())
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
