"""How well each speaker, and each two at once, explain the embedding of a moment.

The embedding of a moment lies near the mean of its speaker's; where two talk, between both
means, with mixing weights that change with who is louder.  Each speaker's embeddings are taken
as Gaussian around a multiple of the mean, with one covariance for all, measured on the
recording (within-class covariance normalisation, Hatch, Kajarekar & Stolcke 2006).  A log
likelihood here is the gain over the zero vector at the best mixing weights, in squared standard
deviations: twice the log likelihood ratio.

Steps are of `STEP` frames (40 ms).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import uniform_filter1d

from session_audio.backends.diarization.speech_activity import Speech
from session_audio.backends.diarization.windows import EmbeddingWindows

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]

STEP = 4
"""Frames to one step of the search (40 ms)."""
USUAL_LENGTH = 0.75
"""Length of a speaker's mean of unit embeddings, where too few windows tell it."""
MIN_WINDOWS = 4
"""Windows of one speaker from which its mean is its own."""


@dataclass(frozen=True)
class SpeakerLikelihood:
    """Whitened inner products of embeddings and speakers' means: all that the likelihoods need."""

    products: Floats
    """Of each step's embedding with each mean, shape (steps, speakers)."""
    gram: Floats
    """Of the means with one another, shape (speakers, speakers)."""

    def log_likelihood_single(self, steps: Ints) -> Floats:
        """Log likelihood of each speaker alone at `steps`, shape (len(steps), speakers), >= 0."""
        return np.asarray(np.maximum(self.products[steps], 0.0) ** 2 / np.diag(self.gram))

    def log_likelihood_pair(self, steps: Ints) -> Floats:
        """Log likelihood of each pair at `steps`, at the best mixing weights, none below 0.

        Shape (len(steps), speakers, speakers), symmetric; one speaker alone on the diagonal.
        """
        x, gram = self.products[steps], self.gram
        own = np.diag(gram)
        alone = self.log_likelihood_single(steps)
        # Of two means that are nearly one, the weights would be anything.
        free = np.maximum(np.outer(own, own) - gram**2, 1e-3 * np.outer(own, own))
        a, b = x[:, :, None], x[:, None, :]
        weight_a = (own[None, :] * a - gram * b) / free
        weight_b = (own[:, None] * b - gram * a) / free
        best = np.maximum(alone[:, :, None], alone[:, None, :])
        out = np.where((weight_a > 0) & (weight_b > 0), weight_a * a + weight_b * b, best)
        each = np.arange(len(own))
        out[:, each, each] = alone
        return np.asarray(out)


def score_windows(
    windows: EmbeddingWindows, speech: Speech, centroids: NDArray[np.float64], shrinkage: float
) -> SpeakerLikelihood:
    """Likelihoods of the speakers of `centroids` at every step, from `windows`.

    Parameters
    ----------
    windows : EmbeddingWindows
        Short ones.  Those within one person's speech, each under the speaker it is closest to,
        give the means and the covariance within a speaker.
    speech : Speech
    centroids : ndarray, shape (speakers, d)
        Unit rows.
    shrinkage : float
        Weight of an even covariance that is added to the measured one; above 0.
    """
    frames = len(speech.count)
    vectors = windows.vectors.astype(np.float32)
    known = np.flatnonzero(vectors.any(axis=1))
    steps = -(-frames // STEP)
    if not len(known):
        speakers = len(centroids)
        none = np.zeros((steps, speakers), np.float32)
        return SpeakerLikelihood(none, np.eye(speakers, dtype="f4"))
    closest = (vectors @ centroids.T.astype(np.float32)).argmax(axis=1)
    around = windows.width + windows.hop
    single = uniform_filter1d((speech.count == 1).astype(np.float32), around) > 0.99
    at = np.minimum(np.arange(len(vectors)) * windows.hop, frames - 1)
    alone = vectors.any(axis=1) & single[at]
    means = USUAL_LENGTH * centroids.astype(np.float32)
    for k in range(len(centroids)):
        own = alone & (closest == k)
        if own.sum() >= MIN_WINDOWS:
            means[k] = vectors[own].mean(axis=0)
    covariance = np.eye(vectors.shape[1])
    if alone.any():
        residual = (vectors[alone] - means[closest[alone]]).astype(np.float64)
        measured = residual.T @ residual / len(residual)
        even = max(float(np.trace(measured)) / len(measured), 1e-6)
        covariance = (measured + shrinkage * even * covariance) / (1.0 + shrinkage)
    whitened = np.linalg.solve(covariance, means.T.astype(np.float64)).astype(np.float32)
    products = vectors @ whitened
    middle = (np.arange(steps) * STEP + (STEP - 1) / 2) / windows.hop
    return SpeakerLikelihood(
        np.stack([np.interp(middle, known, x) for x in products[known].T], axis=1).astype("f4"),
        np.asarray(means @ whitened, dtype=np.float32),
    )
