"""How well each voice, and each two voices at once, explain the sound around a moment.

The embedding of a moment lies near the mean of its speaker's; where two talk, between both
means, in shares that change with who is louder.  What a voice's embeddings do among
themselves (its sounds, the room) is measured on the recording, and differences that look like
that count less (within-class covariance normalisation, Hatch, Kajarekar & Stolcke 2006).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import uniform_filter1d

from session_audio.backends.diarization.speech_activity import Speech
from session_audio.backends.diarization.windows import VoiceWindows

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]

STEP = 4
"""Frames to one step of the search (40 ms)."""
USUAL_LENGTH = 0.75
"""Length of a voice's mean of unit embeddings, where too few windows tell it."""
FEWEST = 4
"""Windows of one voice from which its mean is its own."""


@dataclass(frozen=True)
class VoiceEvidence:
    """Embeddings and the voices' means, as far as it matters: their inner products, whitened."""

    towards: Floats
    """Of each step's embedding with each mean, shape (steps, voices)."""
    between: Floats
    """Of the means with one another, shape (voices, voices)."""

    def one(self, steps: Ints) -> Floats:
        """What each voice alone explains of the embeddings, shape (len(steps), voices).

        In squared standard deviations of one voice's embeddings.
        """
        return np.asarray(np.maximum(self.towards[steps], 0.0) ** 2 / np.diag(self.between))

    def two(self, steps: Ints) -> Floats:
        """What each pair explains in the shares that fit best, none below nothing.

        Shape (len(steps), voices, voices), symmetric; one voice alone on the diagonal.
        """
        x, gram = self.towards[steps], self.between
        own = np.diag(gram)
        alone = self.one(steps)
        # Of two means that are nearly one, the shares would be anything.
        free = np.maximum(np.outer(own, own) - gram**2, 1e-3 * np.outer(own, own))
        a, b = x[:, :, None], x[:, None, :]
        share_a = (own[None, :] * a - gram * b) / free
        share_b = (own[:, None] * b - gram * a) / free
        best = np.maximum(alone[:, :, None], alone[:, None, :])
        out = np.where((share_a > 0) & (share_b > 0), share_a * a + share_b * b, best)
        each = np.arange(len(own))
        out[:, each, each] = alone
        return np.asarray(out)


def weigh(
    windows: VoiceWindows, speech: Speech, centroids: NDArray[np.float64], shrinkage: float
) -> VoiceEvidence:
    """The evidence of `windows` for the voices of `centroids` (unit rows) at every step.

    Parameters
    ----------
    windows : VoiceWindows
        Short ones.  Those within one person's speech, each under the voice it is closest to,
        give the means and the spread within a voice.
    shrinkage : float
        Share of an even spread that is added to the measured one; above 0.
    """
    frames = len(speech.count)
    vectors = windows.vectors.astype(np.float32)
    known = np.flatnonzero(vectors.any(axis=1))
    steps = -(-frames // STEP)
    if not len(known):
        voices = len(centroids)
        return VoiceEvidence(np.zeros((steps, voices), np.float32), np.eye(voices, dtype="f4"))
    closest = (vectors @ centroids.T.astype(np.float32)).argmax(axis=1)
    around = windows.width + windows.hop
    single = uniform_filter1d((speech.count == 1).astype(np.float32), around) > 0.99
    at = np.minimum(np.arange(len(vectors)) * windows.hop, frames - 1)
    pure = vectors.any(axis=1) & single[at]
    means = USUAL_LENGTH * centroids.astype(np.float32)
    for k in range(len(centroids)):
        mine = pure & (closest == k)
        if mine.sum() >= FEWEST:
            means[k] = vectors[mine].mean(axis=0)
    spread = np.eye(vectors.shape[1])
    if pure.any():
        off = (vectors[pure] - means[closest[pure]]).astype(np.float64)
        measured = off.T @ off / len(off)
        even = max(float(np.trace(measured)) / len(measured), 1e-6)
        spread = (measured + shrinkage * even * spread) / (1.0 + shrinkage)
    towards_means = np.linalg.solve(spread, means.T.astype(np.float64)).astype(np.float32)
    towards = vectors @ towards_means
    middle = (np.arange(steps) * STEP + (STEP - 1) / 2) / windows.hop
    return VoiceEvidence(
        np.stack([np.interp(middle, known, x) for x in towards[known].T], axis=1).astype("f4"),
        np.asarray(means @ towards_means, dtype=np.float32),
    )
