"""Where a recording is so loud with noise that speech may be lost in it."""

from __future__ import annotations

import numpy as np

from session_audio.interval import Interval, union
from session_audio.sound import loudness

WINDOW, HOP = 30.0, 15.0
"""Seconds of which the noise is taken, and between two looks: longer than anybody's one breath."""


def stretches(levels: loudness.Levels, speech: loudness.Speech, margin: float) -> list[Interval]:
    """Where the noise comes within `margin` dB of the recording's speech, in seconds.

    Parameters
    ----------
    levels : ndarray, shape (frames,)
        dB of frames of `loudness.FRAME` seconds, in the band of speech.
    speech : Speech
        Level of the recording's speech.
    margin : float
        dB.  The noise is the 10th percentile of a window: between words it is heard.
    """
    size, hop = round(WINDOW / loudness.FRAME), round(HOP / loudness.FRAME)
    found = []
    for first in range(0, max(1, len(levels) - size // 2), hop):
        window = levels[first : first + size]
        if np.percentile(window, 10) > speech.speech - margin:
            found.append(Interval(first * loudness.FRAME, (first + len(window)) * loudness.FRAME))
    return union(found)
