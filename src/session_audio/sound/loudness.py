"""Brings speech to one loudness, slowly: pure functions on levels and blocks of sound.

Models hear level: the segmentation model normalises each chunk, but adds a constant that
swallows a recording at -65 dBFS; an energy of noise far below speech must stay there.  So
everything here is relative to the recording's own speech: scaling the input by any factor
gives the same output.

Levels are dB relative to full scale of frames of `FRAME` seconds, in the band of speech.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d, percentile_filter

FRAME = 0.05
"""Seconds in one level frame."""
SILENT_DBFS = -94.0
"""Loudest frames below this are the rounding of 16-bit samples, not sound."""
_KNEE = 0.7

Levels = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Speech:
    """Level of speech and noise in a recording, dBFS."""

    speech: float
    noise: float

    @property
    def snr(self) -> float:
        """Level of speech above the noise, dB; noise included in the speech."""
        return self.speech - self.noise


def mean_level(levels: Levels) -> float:
    """Level of the mean energy, dB.

    Examples
    --------
    >>> round(mean_level(np.array([-20.0, -20.0], dtype=np.float32)), 1)
    -20.0
    """
    return float(10 * np.log10(np.mean(10 ** (levels.astype(np.float64) / 10))))


def active(levels: Levels, margin: float = 25.0) -> NDArray[np.bool_]:
    """Frames that hold speech, by level alone: a rough guess that serves to set a gain.

    A frame counts when it is within `margin` dB of the loud ones (95th percentile) and
    above the noise by a third of what lies between noise and the loud ones.
    """
    audible = levels[levels > SILENT_DBFS - 60]
    if not len(audible):
        return np.zeros(len(levels), dtype=np.bool_)
    loud, noise = np.percentile(audible, 95), np.percentile(audible, 10)
    return np.asarray(levels > max(loud - margin, noise + (loud - noise) / 3))


def measure(levels: Levels) -> Speech | None:
    """Speech and noise level of a recording; None when it is silent."""
    audible = levels[levels > SILENT_DBFS - 60]
    if not len(audible) or (
        np.percentile(levels, 99) < SILENT_DBFS and levels.max() < SILENT_DBFS + 6
    ):
        return None
    return Speech(mean_level(levels[active(levels)]), float(np.percentile(audible, 10)))


def gain_curve(
    levels: Levels,
    target: float,
    window: float = 6.0,
    strength: float = 0.7,
    reach: float = 10.0,
) -> NDArray[np.float32]:
    """Gain in dB, one value a frame, that brings speech near `target` dBFS.

    One gain for the whole recording, and on it a slow correction towards the level of the
    speech nearby.  Where nobody speaks nothing pulls, so noise between two turns is not
    pumped up; a frame's weight is whether it is speech, and the recording's own level
    counts as a second of speech everywhere.

    Parameters
    ----------
    levels : ndarray, shape (frames,)
        dBFS a frame of `FRAME` seconds.
    target : float
        dBFS of speech after the gain.
    window : float
        Seconds over which the level of nearby speech is taken (two standard deviations
        of a Gaussian to each side are about this long in all).
    strength : float
        Share of the difference that is made up, in [0, 1].
    reach : float
        The correction is at most this many dB, up or down.

    Returns
    -------
    ndarray, shape (frames,)
        All zero for a silent recording.
    """
    speech = measure(levels)
    if speech is None:
        return np.zeros(len(levels), dtype=np.float32)
    # Somebody far from the microphone is below the threshold of a loud recording, and
    # above that of the quiet minute around them.
    span = max(3, round(30.0 / FRAME))
    ceiling = percentile_filter(levels[::4], 95, size=max(3, span // 4))
    near = np.repeat(ceiling, 4)[: len(levels)]
    talks = active(levels) | (
        (levels > near - 15) & (levels > speech.noise + max(6.0, speech.snr / 3))
    )
    sigma = window / 4 / FRAME
    weight = gaussian_filter1d(talks.astype(np.float64), sigma, mode="constant")
    # The mean of dB, not of energy: a laugh beside a murmur should not set the level alone.
    usual = float(np.mean(levels[talks]))
    over = np.where(talks, np.clip(levels - usual, -30, 20), 0.0)
    prior = 1.0 / window
    nearby = gaussian_filter1d(over, sigma, mode="constant") / (weight + prior)
    correction = np.clip(-strength * nearby, -reach, reach)
    return np.asarray(target - speech.speech + correction, dtype=np.float32)


def limit(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """Bend what exceeds 0.7 of full scale so that nothing exceeds 1; leave the rest.

    Examples
    --------
    >>> limit(np.array([0.5, -2.0], dtype=np.float32)).round(2).tolist()
    [0.5, -1.0]
    """
    size = np.abs(samples)
    over = size > _KNEE
    if not over.any():
        return samples
    out = samples.copy()
    bent = _KNEE + (1 - _KNEE) * np.tanh((size[over] - _KNEE) / (1 - _KNEE))
    out[over] = np.sign(samples[over]) * bent
    return out
