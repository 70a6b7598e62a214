"""Voice embeddings on a regular grid: each second of speech is read once, for all uses.

pyannote.audio embeds every local speaker of every chunk anew; with overlapping chunks the
same second is read many times.  Here a window slides over the recording's mel energies
once, and whoever needs the voice of some stretch averages the windows inside it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from session_audio.backends.local_activity import FRAMES, LocalActivity
from session_audio.backends.voice import BANDS, DIMENSION, HOP, LEVEL_DBFS, RATE, VoiceEmbedding
from session_audio.ports import Progress, no_progress
from session_audio.schema import Audio

LOUD_HALF = 0.0044
"""Mean mel energy of the louder half of a window of read speech at the encoder's level."""
PIECE = 60 * FRAMES


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


def mel_energies(embedding: VoiceEmbedding, audio: Audio) -> NDArray[np.float32]:
    """Mel energies of the recording on the common grid, shape (frames, 40), level kept."""
    import torch

    frames = int(np.ceil(audio.duration * FRAMES))
    out = np.zeros((frames, BANDS), np.float32)
    edge = 2
    for first in range(0, frames, PIECE):
        last = min(frames, first + PIECE)
        begin, end = (first - edge) * HOP, (last + edge) * HOP
        sound = np.zeros(end - begin, np.float32)
        piece = audio.read(max(0, begin) / RATE, end / RATE)
        skip = max(0, -begin)
        sound[skip : skip + len(piece)] = piece[: len(sound) - skip]
        power = float(np.mean(sound**2))
        if power <= 0:
            continue
        with torch.inference_mode():
            mels = embedding.mels(torch.from_numpy(sound).to(embedding.device)).cpu().numpy()
        # `mels` brings its input to the encoder's level; undo that to compare pieces.
        out[first:last] = mels[edge : edge + last - first] * (power / 10 ** (LEVEL_DBFS / 10))
    return out


def embed_windows(
    embedding: VoiceEmbedding,
    mels: NDArray[np.float32],
    speech: NDArray[np.bool_],
    width: float,
    hop: float,
    progress: Progress = no_progress,
) -> VoiceWindows:
    """Embed every window that is at least four tenths speech.

    Parameters
    ----------
    mels : ndarray, shape (frames, 40)
    speech : ndarray, shape (frames,)
        Where somebody talks.
    width, hop : float
        Seconds in a window, and between windows.
    """
    import torch

    size, every = round(width * FRAMES), round(hop * FRAMES)
    count = len(mels) // every + 1
    sums = np.concatenate(([0], np.cumsum(speech)))
    centres = np.arange(count) * every
    low = np.clip(centres - size // 2, 0, len(mels))
    high = np.clip(centres + size // 2, 0, len(mels))
    wanted = np.flatnonzero(sums[high] - sums[low] >= 0.4 * size)
    vectors = np.zeros((count, DIMENSION), np.float16)
    padded = np.pad(mels, ((size // 2, size + every), (0, 0)))
    for first in range(0, len(wanted), embedding.batch_size):
        chosen = wanted[first : first + embedding.batch_size]
        batch = np.stack([padded[j * every : j * every + size] for j in chosen])
        loud = np.sort(batch.mean(axis=2), axis=1)[:, size // 2 :].mean(axis=1)
        batch *= (LOUD_HALF / np.maximum(loud, 1e-12))[:, None, None]
        with torch.inference_mode():
            out = embedding.network(torch.from_numpy(batch).to(embedding.device))
        vectors[chosen] = out.cpu().numpy()
        progress(min(1.0, (first + len(chosen)) / len(wanted)))
    return VoiceWindows(vectors, every, size)


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
