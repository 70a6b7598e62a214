"""Voice embeddings on a regular grid, and which of them hold one voice alone.

pyannote.audio embeds every local speaker of every chunk anew; with overlapping chunks the
same second is read many times.  Here a window slides over the recording's features
once, and whoever needs the voice of some stretch averages the windows inside it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from session_audio.backends.diarization.local_activity import LocalActivity


@dataclass(frozen=True)
class VoiceWindows:
    """Embeddings of windows of `width` frames centred on every `hop`-th frame.

    `vectors` has unit rows, shape (windows, d); rows of windows without speech are zero.
    """

    vectors: NDArray[np.float16]
    hop: int
    width: int


@dataclass(frozen=True)
class PureWindows:
    """Windows that hold one voice: `window` index, `weight` in (0, 1], local `voice`.

    `voice` numbers (chunk, local speaker) pairs: windows of one are surely one person.
    """

    vectors: NDArray[np.float32]
    window: NDArray[np.int64]
    weight: NDArray[np.float32]
    voice: NDArray[np.int64]


def pure_windows(
    windows: VoiceWindows,
    local: LocalActivity,
    speech: NDArray[np.bool_],
    threshold: float = 0.5,
) -> PureWindows:
    """The windows in which one local speaker talks, and nobody else.

    A window is pure in a chunk when one local speaker's clean speech fills over half of
    it and other activity under a tenth.
    """
    half = windows.width // 2
    padded = np.pad(speech, (0, local.length))
    found: list[tuple[NDArray[np.int64], NDArray[np.float32], int]] = []
    for c, start, scores in local.chunks():
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
            good = np.concatenate(([0], np.cumsum(clean & talking)))
            bad = np.concatenate(([0], np.cumsum(anybody & ~clean)))
            share = (good[high] - good[low]) / windows.width
            spoilt = (bad[high] - bad[low]) / windows.width
            ok = (share > 0.55) & (spoilt < 0.1) & windows.vectors[window].any(axis=1)
            if ok.any():
                found.append((window[ok], share[ok].astype(np.float32), c * scores.shape[1] + k))
    if not found:
        nothing = np.zeros(0, np.int64)
        empty = np.zeros((0, windows.vectors.shape[1]), np.float32)
        return PureWindows(empty, nothing, np.zeros(0, np.float32), nothing)
    window = np.concatenate([w for w, _, _ in found])
    return PureWindows(
        windows.vectors[window].astype(np.float32),
        window,
        np.concatenate([s for _, s, _ in found]),
        np.concatenate([np.full(len(w), v) for w, _, v in found]),
    )
