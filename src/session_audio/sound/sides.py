"""Whether a recording holds a person a channel, told from its first minutes, before a run."""

from __future__ import annotations

import numpy as np
from scipy.signal import butter, sosfilt

from session_audio.ports import Progress, no_progress
from session_audio.schema import SIDES_APART, Notice, Recording
from session_audio.sound import channels
from session_audio.sound.decoding import Source, blocks
from session_audio.sound.samples import MODEL_RATE
from session_audio.sound.standard import SPEECH_BAND

FIRST = 300.0
"""Seconds that are decoded for it."""
KEYS = (SIDES_APART, "person_a_side")


def look(recording: Recording, progress: Progress = no_progress) -> Notice | None:
    """What a run will most likely tell of the two channels of `recording`, of `KEYS`, or None.

    Decodes: to be called in the decoding process (`sound.process`).
    """
    source = Source()
    sections = butter(2, SPEECH_BAND, "bandpass", fs=MODEL_RATE, output="sos")
    seen = channels.Seen(2)
    seconds = 0.0
    for block in blocks(recording.file, recording.stream, MODEL_RATE, source):
        if len(block) != seen.count or seconds >= FIRST:
            break
        seconds += block.shape[1] / MODEL_RATE
        if seen.wants():
            seen.add(np.asarray(sosfilt(sections, block), dtype=np.float32), MODEL_RATE)
        progress(seconds / FIRST)
    if not seen.levels:
        return None
    _, notices = channels.choose(seen, source.names)
    return next((notice for notice in notices if notice.key in KEYS), None)
