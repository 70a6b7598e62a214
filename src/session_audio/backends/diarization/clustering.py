"""Speaker clustering: how many speakers there are, and the centroid of each.

Windows of one speaker each are joined to tracklets, as long as they follow one another and
stay alike.  Tracklets are clustered by agglomeration (average linkage, cosine distance); then
each window goes to the nearest centroid, and centroids are computed anew from their windows,
a few times (spherical k-means).  Clusters that are one speaker twice, or too little to be
anybody, are merged.  So the cost grows with the recording's length, not with its square.

Embeddings are unit rows, so similarity is their inner product, the cosine.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from session_audio.backends.diarization.windows import SingleSpeakerWindows
from session_audio.ports import SpeakerCount
from session_audio.settings import DiarizationSettings

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

MAX_TRACKLETS = 1500
"""Tracklets that agglomeration compares; more would cost time with the square."""
LONG_VOICE = 15.0
"""Seconds of single-speaker speech from which a centroid is exact, so that two of one person
are more alike than `same_voice` asks (ours; 10 to 15 measured the same)."""
ROUNDS = 3
"""Times that windows are assigned and centroids computed anew; later rounds change nothing."""


@dataclass(frozen=True)
class SpeakerClusters:
    """The speakers of a recording."""

    centroids: Floats
    """Unit rows, shape (speakers, d)."""
    seconds: Floats
    """Single-speaker speech of each, shape (speakers,)."""
    unbounded: int = 0
    """How many there would be if nothing were known of the number."""


def unit(x: Floats) -> Floats:
    """Rows scaled to length one; rows of zeros stay."""
    return np.asarray(x / np.maximum(np.linalg.norm(x, axis=-1, keepdims=True), 1e-12))


def cluster_speakers(
    windows: SingleSpeakerWindows,
    hop: float,
    speakers: SpeakerCount,
    settings: DiarizationSettings,
) -> SpeakerClusters:
    """The speakers of a recording.

    Parameters
    ----------
    windows : SingleSpeakerWindows
    hop : float
        Seconds between windows.
    speakers : SpeakerCount
        What is known of the number.  `exact` is kept to where the recording allows it.
    settings : DiarizationSettings

    Returns
    -------
    SpeakerClusters
        No speaker where there is no window.
    """
    if not len(windows.window):
        return SpeakerClusters(np.zeros((0, windows.vectors.shape[1])), np.zeros(0))
    # A window is chosen in every chunk that holds it; each counts once.
    window, first, which = np.unique(windows.window, return_index=True, return_inverse=True)
    x = unit(windows.vectors[first].astype(np.float64))
    weight = np.zeros(len(window))
    np.maximum.at(weight, which, windows.weight.astype(np.float64))
    seconds = weight * hop
    tracklets = _tracklets(x, window, round(4.0 / hop), settings)
    centroids = _agglomerate(*_centroids(x, seconds, tracklets), settings.cluster_distance)
    labels = _nearest(x, centroids)
    for _ in range(ROUNDS):
        labels = _nearest(x, _centroids(x, seconds, labels)[0])
    unbounded = _merge_clusters(x, seconds, labels, SpeakerCount(), settings)
    labels = _merge_clusters(x, seconds, labels, speakers, settings)
    return SpeakerClusters(*_centroids(x, seconds, labels), int(unbounded.max()) + 1)


def _centroids(x: Floats, weight: Floats, labels: Ints) -> tuple[Floats, Floats]:
    """Unit mean and total weight of each cluster 0, 1, ..."""
    total = np.asarray(np.bincount(labels, weight), dtype=np.float64)
    sums = np.zeros((len(total), x.shape[1]))
    np.add.at(sums, labels, x * weight[:, None])
    return unit(sums), total


def _nearest(x: Floats, centroids: Floats) -> Ints:
    """Which centroid each row is closest to, numbered without gaps."""
    nearest = (x @ centroids.T).argmax(axis=1)
    return np.asarray(np.unique(nearest, return_inverse=True)[1], dtype=np.int64)


def _tracklets(x: Floats, window: Ints, longest: int, settings: DiarizationSettings) -> Ints:
    """The tracklet of each window: neighbours that stay alike, at most `longest` together."""
    out = np.zeros(len(window), np.int64)
    begin = 0
    for i in range(1, len(window)):
        before = max(begin, i - 2)
        apart = window[i] - window[i - 1] > 1 or i - begin >= longest
        if apart or x[i] @ x[before] < settings.same_stretch:
            begin = i
        out[i] = out[i - 1] + (begin == i)
    return out


def _agglomerate(x: Floats, weight: Floats, distance: float) -> Floats:
    """Centroids of average linkage of the heaviest rows, cut at a cosine `distance`."""
    from scipy.cluster.hierarchy import fcluster, linkage

    heavy = weight >= min(2.0, float(np.median(weight)))
    if heavy.sum() > MAX_TRACKLETS:
        heavy = np.zeros(len(x), bool)
        heavy[np.argsort(-weight, kind="stable")[:MAX_TRACKLETS]] = True
    x, weight = x[heavy], weight[heavy]
    if len(x) < 2:
        return x
    labels = fcluster(linkage(x, "average", "cosine"), distance, "distance").astype(np.int64) - 1
    return _centroids(x, weight, labels)[0]


def _merge_clusters(
    x: Floats,
    seconds: Floats,
    labels: Ints,
    speakers: SpeakerCount,
    settings: DiarizationSettings,
) -> Ints:
    """Clusters merged where they are one speaker or too small, and to the count that is known."""
    most = speakers.exact if speakers.exact is not None else speakers.at_most
    least = speakers.exact if speakers.exact is not None else speakers.at_least
    smallest = min(settings.least_voice, settings.least_voice_share * float(seconds.sum()))
    labels = np.unique(labels, return_inverse=True)[1]
    while labels.max() > 0 and labels.max() + 1 > least:
        centroids, _ = _centroids(x, seconds, labels)
        duration = np.bincount(labels, seconds)
        similarity = centroids @ centroids.T
        np.fill_diagonal(similarity, -1.0)
        # Little speech makes a speaker only where it is like nobody else's.
        like_another = similarity.max(axis=1) > settings.distinct_voice
        if speakers.expected is not None and len(duration) > speakers.expected:
            like_another |= True  # more than are listed: a few seconds are nobody new
        doubtful = (duration < smallest) & ((duration < settings.sure_voice) | like_another)
        asked = np.where(
            np.minimum.outer(duration, duration) >= LONG_VOICE,
            settings.same_long_voice,
            settings.same_voice,
        )
        closest = np.unravel_index(int((similarity - asked).argmax()), similarity.shape)
        if doubtful.any():
            small = int(np.where(doubtful, duration, np.inf).argmin())
            pair = (small, int(similarity[small].argmax()))
        elif similarity[closest] > asked[closest] or (most is not None and len(duration) > most):
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
    """The least coherent cluster split in two."""
    from scipy.cluster.vq import kmeans2

    centroids, _ = _centroids(x, seconds, labels)
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
