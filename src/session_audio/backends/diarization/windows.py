"""Speaker embeddings on a regular grid, and which of them hold one speaker alone.

pyannote.audio embeds every local speaker of every chunk anew; with overlapping chunks the
same second is read many times.  Here a window slides over the recording once
(`session_audio.backends.embedding.campplus`), and every later step takes what it needs from
those windows.  Window ``i`` is centred on frame ``i * hop`` of the common grid.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from session_audio.backends.diarization.local_activity import LocalActivity


@dataclass(frozen=True)
class EmbeddingWindows:
    """Embeddings of windows of `width` frames centred on every `hop`-th frame.

    `vectors` has unit rows, shape (windows, d); rows of windows without speech are zero.
    """

    vectors: NDArray[np.float16]
    hop: int
    width: int


@dataclass(frozen=True)
class SingleSpeakerWindows:
    """Windows in which one speaker talks alone; a window may stand here once a chunk."""

    vectors: NDArray[np.float32]
    """Their embeddings, shape (n, d)."""
    window: NDArray[np.int64]
    """Index of each in its `EmbeddingWindows`, shape (n,)."""
    weight: NDArray[np.float32]
    """Fraction of the window that is clean speech, in (0, 1], shape (n,)."""


def single_speaker_windows(
    windows: EmbeddingWindows,
    local: LocalActivity,
    speech: NDArray[np.bool_],
    threshold: float = 0.5,
) -> SingleSpeakerWindows:
    """The windows in which one local speaker talks, and nobody else.

    A window counts in a chunk when one local speaker's clean speech fills over half of
    it and other activity under a tenth.

    Parameters
    ----------
    windows : EmbeddingWindows
    local : LocalActivity
    speech : ndarray, shape (frames,)
        Where anybody talks.
    threshold : float
        Score from which a local speaker talks.
    """
    half = windows.width // 2
    padded = np.pad(speech, (0, local.length))
    chosen: list[tuple[NDArray[np.int64], NDArray[np.float32]]] = []
    for _, start, scores in local.chunks():
        active = scores > threshold
        alone = active.sum(axis=1) == 1
        anybody = active.any(axis=1)
        talking = padded[start : start + local.length]
        first = -(-start // windows.hop)
        last = min(len(windows.vectors), (start + local.length - 1) // windows.hop + 1)
        window = np.arange(first, last)
        centre = window * windows.hop - start
        low = np.clip(centre - half, 0, local.length)
        high = np.clip(centre + half, 0, local.length)
        for k in range(scores.shape[1]):
            clean = active[:, k] & alone
            if (clean & talking).sum() < windows.width // 2:
                continue
            own_sums = np.concatenate(([0], np.cumsum(clean & talking)))
            other_sums = np.concatenate(([0], np.cumsum(anybody & ~clean)))
            own = (own_sums[high] - own_sums[low]) / windows.width
            others = (other_sums[high] - other_sums[low]) / windows.width
            single = (own > 0.55) & (others < 0.1) & windows.vectors[window].any(axis=1)
            if single.any():
                chosen.append((window[single], own[single].astype(np.float32)))
    if not chosen:
        empty = np.zeros((0, windows.vectors.shape[1]), np.float32)
        return SingleSpeakerWindows(empty, np.zeros(0, np.int64), np.zeros(0, np.float32))
    window = np.concatenate([w for w, _ in chosen])
    return SingleSpeakerWindows(
        windows.vectors[window].astype(np.float32), window, np.concatenate([x for _, x in chosen])
    )
