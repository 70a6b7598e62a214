"""Parts of one recording put together to one sound: what lies between them is zeros."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

from session_audio import files
from session_audio.schema import Notice, Recording, SoundQuality
from session_audio.sound.clock import cuts_between
from session_audio.sound.samples import MODEL_RATE, SampleFile
from session_audio.sound.standard import write_header

_BLOCK = 1 << 20


def put_together(
    parts: Sequence[Recording],
    pieces: Sequence[Path],
    qualities: Sequence[SoundQuality],
    out: Path,
) -> SoundQuality:
    """Write the `pieces` one after the other to `out`, and say what the whole is like.

    What was not recorded is zeros.  Each part was brought to the standard by itself.

    Returns
    -------
    SoundQuality
        Its level is that of the longest part.  Adds ``parts:COUNT`` and
        ``unrecorded:SECONDS`` to the warnings.

    Raises
    ------
    AudioError
        See `cuts_between`.
    """
    durations = [quality.duration for quality in qualities]
    cuts = cuts_between(parts, durations)
    counts = [round(seconds * MODEL_RATE) for seconds in durations]
    zeros = [round(cut.duration * MODEL_RATE) for cut in cuts]
    with files.into(out) as file:
        write_header(file, sum(counts) + sum(zeros))
        for piece, empty in zip(pieces, (*zeros, 0), strict=True):
            _copy(piece, file)
            for start in range(0, empty, _BLOCK):
                file.write(bytes(2 * min(_BLOCK, empty - start)))
    unrecorded = sum(cut.duration for cut in cuts)
    notices = [Notice("parts", str(len(parts)))]
    if unrecorded >= 1:
        notices.append(Notice("unrecorded", f"{unrecorded:.0f}"))
    for quality in qualities:
        notices += [n for n in quality.warnings if n.key != "silent"]
    if all(Notice("silent") in quality.warnings for quality in qualities):
        notices.append(Notice("silent"))
    longest = max(qualities, key=lambda quality: quality.duration)
    return replace(
        longest,
        duration=sum(durations) + unrecorded,
        warnings=tuple(dict.fromkeys(notices)),
        cuts=cuts,
    )


def _copy(piece: Path, file: BinaryIO) -> None:
    """The samples of a NumPy file, a block at a time."""
    samples = SampleFile(piece)
    for start in range(0, len(samples), _BLOCK):
        file.write(samples[start : start + _BLOCK].tobytes())
