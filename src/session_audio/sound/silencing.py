"""A recording written anew with stretches of it silenced."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import soundfile

from session_audio.errors import AudioError
from session_audio.files import written
from session_audio.interval import Interval

PADDING = 0.25
"""Seconds silenced before and after a stretch: the diarizer's limits are no more exact."""
_BLOCK = 1 << 16


def silence(path: Path, stretches: Sequence[Interval]) -> float:
    """Write `path` anew, in its own format, with digital silence in `stretches`.

    What a file says of itself beside the sound (title, artist) is left out.

    Parameters
    ----------
    path : Path
        WAV, FLAC, OGG, MP3 or AIFF.
    stretches : sequence of Interval
        Seconds of the file; each is widened by `PADDING` on both sides.

    Returns
    -------
    float
        Seconds silenced.

    Raises
    ------
    AudioError
        When the file is of another format.
    """
    try:
        with soundfile.SoundFile(path) as source:
            rate, silenced = source.samplerate, 0
            kind = "int32" if source.subtype.startswith("PCM") else "float64"  # exact, both
            spans = [
                (int((s.start - PADDING) * rate), int((s.end + PADDING) * rate)) for s in stretches
            ]
            with (
                written(path) as part,
                soundfile.SoundFile(
                    part,
                    "w",
                    rate,
                    source.channels,
                    subtype=source.subtype,
                    endian=source.endian,
                    format=source.format,
                ) as target,
            ):
                at = 0
                for block in source.blocks(_BLOCK, dtype=kind, always_2d=True):
                    quiet = [False] * len(block)
                    for start, end in spans:
                        first, last = max(0, start - at), min(len(block), end - at)
                        if first < last:
                            block[first:last] = 0
                            quiet[first:last] = [True] * (last - first)
                    silenced += sum(quiet)
                    target.write(block)
                    at += len(block)
    except soundfile.LibsndfileError:
        raise AudioError(
            f"{path.name} cannot be written anew with a voice silenced",
            hint="Export it as WAV or FLAC, or delete it.",
        ) from None
    return float(silenced / rate)
