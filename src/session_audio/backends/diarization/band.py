"""Band-limited sound: telephone calls, and what was recorded at 8 kHz.

The voice encoder learned from wide-band speech.  Where nothing is above the telephone's band
(300 to 3400 Hz), any two voices share what the band itself does to an embedding, so their
cosine is about `narrowband_likeness` where it would be 0.  Cosines are judged by what is left:
every threshold on likeness is raised by as much (`for_narrow_band`).
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from session_audio.backends.diarization.local_activity import FRAMES, RATE
from session_audio.schema import Audio
from session_audio.settings import DiarizationSettings

UPPER, TELEPHONE = (4400.0, 7000.0), (300.0, 3400.0)
"""Hz of the bands compared; the telephone's ends well below the upper one."""
LEAST_UPPER = -22.0
"""dB of the upper band over the telephone's, with the high frequencies raised, below which
speech is band-limited (ours: -11 and more in wide-band recordings, -31 and less at 8 kHz)."""
LEAST_SHARE = 0.1
"""Share of all speech that a voice needs, where that is less than `least_voice`: seconds of
somebody are less like the rest of theirs in such sound (ours, on calls of 45 s to 2 min: with
what serves wide-band clips, a laugh or 2 s in noise became a person of its own)."""
LONG_APART = 0.08
"""By how much more two voices of much speech must be alike to be one (ours; 0.05 to 0.12 measured
the same): in such sound those of two people come near the threshold, those of one do not."""
PIECES = 60
"""Most seconds of the recording that are looked at, evenly spread."""


def is_narrow_band(audio: Audio, speech: NDArray[np.bool_]) -> bool:
    """Whether the speech of a recording has nothing above the telephone's band.

    Parameters
    ----------
    audio : Audio
        At 16 kHz.
    speech : ndarray, shape (frames,)
        Where anybody talks.

    Returns
    -------
    bool
        False where nobody talks.
    """
    whole = len(speech) // FRAMES
    seconds = np.flatnonzero(speech[: whole * FRAMES].reshape(whole, FRAMES).any(axis=1))
    chosen = seconds[:: max(1, -(-len(seconds) // PIECES))]
    size = 512
    frequency = np.fft.rfftfreq(size, 1 / RATE)
    window = np.hanning(size)
    spectrum = np.zeros(len(frequency))
    for second in chosen:
        sound = audio.read(float(second), float(second) + 1.0).astype(np.float64)
        talks = speech[second * FRAMES : (second + 1) * FRAMES]
        # High frequencies are weak in speech: the difference of neighbours raises them.
        sound = np.diff(sound, prepend=0.0)[: len(sound) // size * size].reshape(-1, size)
        at = np.minimum((np.arange(len(sound)) + 0.5) * size * FRAMES / RATE, FRAMES - 1)
        sound = sound[talks[at.astype(int)]]
        spectrum += (np.abs(np.fft.rfft(sound * window)) ** 2).sum(axis=0)
    upper, telephone = (
        spectrum[(frequency >= low) & (frequency < high)].sum() for low, high in (UPPER, TELEPHONE)
    )
    return bool(telephone > 0 and upper < telephone * 10 ** (LEAST_UPPER / 10))


def for_narrow_band(settings: DiarizationSettings) -> DiarizationSettings:
    """`settings` with the thresholds on likeness as band-limited sound needs them.

    Examples
    --------
    >>> round(for_narrow_band(DiarizationSettings(narrowband_likeness=0.4)).same_voice, 2)
    0.7
    """
    shared = settings.narrowband_likeness

    def raised(cosine: float) -> float:
        return shared + (1.0 - shared) * cosine

    return replace(
        settings,
        cluster_distance=(1.0 - shared) * settings.cluster_distance,
        same_stretch=raised(settings.same_stretch),
        same_voice=raised(settings.same_voice),
        same_long_voice=min(1.0, raised(settings.same_long_voice) + LONG_APART),
        distinct_voice=raised(settings.distinct_voice),
        least_voice_share=max(LEAST_SHARE, settings.least_voice_share),
    )
