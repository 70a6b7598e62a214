"""Where somebody may have spoken too softly to be counted.

The segmentation model hears more than is counted as speech: below the threshold lie voices at
the far end of the room, and noises.  Which of the two cannot be told, so they are not counted,
but where there is much of it that is said.
"""

from __future__ import annotations

import numpy as np
from scipy.ndimage import uniform_filter1d

from session_audio.backends.diarization.local_activity import FRAMES
from session_audio.backends.diarization.speech_activity import Speech, runs
from session_audio.interval import Interval, union

SCORE = 0.1
"""Score of speech from which something was heard (ours: in simulated sessions it holds nine tenths
of the seconds that were missed altogether, and as many where nobody spoke)."""
WINDOW, SHARE = 30.0, 0.25
"""Seconds that are looked at together, and the share of them from which it is told (ours)."""
SHORTEST = 10.0
"""Seconds of such a stretch that are told; those less than half a window apart are one."""


def stretches(speech: Speech) -> list[Interval]:
    """Where much was heard that is not counted as speech, in seconds."""
    faint = (speech.count_scores[:, 0] > SCORE) & ~speech.any
    size = round(WINDOW * FRAMES)
    much = uniform_filter1d(faint.astype(np.float32), size, mode="constant") > SHARE
    found = [
        Interval(float(a) / FRAMES, float(b) / FRAMES) for a, b in zip(*runs(much), strict=True)
    ]
    return [one for one in union(found, WINDOW / 2) if one.duration >= SHORTEST]
