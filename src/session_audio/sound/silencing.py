"""A recording written anew with stretches of it silenced."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any, BinaryIO

import soundfile

from session_audio import files
from session_audio.errors import AudioError
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
        with (
            files.opened(path) as given,
            soundfile.SoundFile(given) as source,
            files.scratch(path.parent) as made,
        ):
            silenced = _silenced(source, made, stretches)
            made.seek(0)
            with files.writing(path) as file:
                shutil.copyfileobj(made, file)
            return float(silenced / source.samplerate)
    except soundfile.LibsndfileError:
        raise AudioError(
            f"{path.name} cannot be written anew with a voice silenced",
            hint="Export it as WAV or FLAC, or delete it.",
        ) from None


def _silenced(source: Any, made: BinaryIO, stretches: Sequence[Interval]) -> int:
    """Write `source` to `made` with silence in `stretches`; samples silenced."""
    rate, silenced, at = source.samplerate, 0, 0
    kind = "int32" if source.subtype.startswith("PCM") else "float64"  # exact, both
    spans = [(int((s.start - PADDING) * rate), int((s.end + PADDING) * rate)) for s in stretches]
    with soundfile.SoundFile(
        made,
        "w",
        rate,
        source.channels,
        subtype=source.subtype,
        endian=source.endian,
        format=source.format,
    ) as target:
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
    return silenced
