"""Takes recordings in: each decoded and brought to a standard, parts put on one clock.

The work is done in a process of its own (`sound.process`); here its results are put together.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from session_audio.errors import AudioError
from session_audio.files import PART, written
from session_audio.ports import Progress, no_progress, part_of
from session_audio.schema import SIDES_APART, Notice, Recording, SoundQuality, in_parts, offsets
from session_audio.settings import SoundSettings
from session_audio.sound import drift, media, process, stretching, waiting
from session_audio.sound.parts import put_together
from session_audio.sound.process import Limits
from session_audio.sound.samples import MODEL_RATE, SampleFile, load_audio
from session_audio.sound.standard import standardise

__all__ = ["MODEL_RATE", "Limits", "SampleFile", "ingest", "load_audio"]


def ingest(
    recordings: Sequence[Recording],
    out: Sequence[Path],
    settings: SoundSettings | None = None,
    progress: Progress = no_progress,
    limits: Limits | None = None,
    sides: Sequence[Path] = (),
) -> tuple[SoundQuality, ...]:
    """Bring each recording to the standard, and say what it was like before.

    Parameters
    ----------
    recordings : sequence of Recording
        One room recording, or one track a participant; each may be in parts.
    out : sequence of Path
        Where each sound of `schema.in_parts` is written (``.npy``, int16, mono); appears whole
        or not at all.
    settings : SoundSettings, optional
    progress : Progress
        Called with the share done.
    limits : Limits, optional
        What decoding may take.
    sides : sequence of Path, optional
        Where the two channels of a room's recording are written as well, each a sound of its
        own, if they are ``sides_apart``.  Without it such channels are ``person_a_side``.

    Returns
    -------
    tuple of SoundQuality
        One a sound.  Its `warnings`, as they are written: ``truncated:SECONDS/DECLARED``,
        ``clipped:PERCENT``, ``short:SECONDS``, ``narrowband:HZ``, ``low_snr:DB``, ``silent``,
        ``joined:RECORDINGS``, ``damaged:SECONDS``, ``starts_late:SECONDS``, ``streams:USED/COUNT``,
        ``stream_undecodable:STREAM``, those of `channels.choose`, `parts.put_together` and
        `drift.clocks`.

    Raises
    ------
    AudioError
        When a recording is missing, empty, not audio, under 1 s, or silent; when it grows
        meanwhile, there is no room for its sound, or decoding it broke a limit; when parts
        overlap.  A silent track of one participant is a warning: not everybody speaks.
    """
    settings, sounds = settings or SoundSettings(), in_parts(recordings)
    qualities = []
    for i, (parts, path) in enumerate(zip(sounds, out, strict=True)):
        work = _Work(settings, part_of(progress, i, len(out)), limits)
        qualities.append(work.whole(parts, path))
    used = sides if settings.sides_as_tracks and _is_whole_room(recordings) else ()
    qualities = [quality if used else _not_apart(quality) for quality in qualities]
    if any(notice.key == SIDES_APART for quality in qualities for notice in quality.warnings):
        for channel, path in enumerate(used):
            one = (replace(recordings[0], channel=channel),)
            _Work(settings, no_progress, limits).whole(one, path)
    if len(sounds) > 1:
        qualities = _on_one_clock(qualities, out, offsets(sounds))
    if qualities and all(Notice("silent") in quality.warnings for quality in qualities):
        raise AudioError(
            f"{recordings[0].file.name} is silent"
            if len(qualities) == 1
            else f"all {len(qualities)} tracks are silent",
            hint="Check the microphone and the export.",
        )
    return tuple(qualities)


def _is_whole_room(recordings: Sequence[Recording]) -> bool:
    """Whether it is one recording of everybody, in one piece."""
    return len(recordings) == 1 and recordings[0].participant is None and not recordings[0].is_part


def _not_apart(quality: SoundQuality) -> SoundQuality:
    """What is told of channels with a person each that are not used as two tracks."""
    told = (Notice("person_a_side") if n.key == SIDES_APART else n for n in quality.warnings)
    return replace(quality, warnings=tuple(told))


def _on_one_clock(
    qualities: Sequence[SoundQuality], out: Sequence[Path], begins: Sequence[float]
) -> list[SoundQuality]:
    """Tracks of recorders whose clocks run apart, set right where it is sure; else told.

    A track in parts is left as it is: each part may come from another recorder.
    """
    slopes, notices = drift.clocks([SampleFile(path) for path in out], begins)
    made = []
    for quality, path, slope, told in zip(qualities, out, slopes, notices, strict=True):
        if slope and quality.cuts:
            told = [Notice("clock_drift", notice.value) for notice in told]
        elif slope:
            quality = replace(quality, duration=stretching.stretch(path, slope) / MODEL_RATE)
        made.append(replace(quality, warnings=(*quality.warnings, *told)))
    return made


@dataclass(frozen=True)
class _Work:
    """One sound to be made."""

    settings: SoundSettings
    progress: Progress
    limits: Limits | None

    def whole(self, parts: Sequence[Recording], out: Path) -> SoundQuality:
        """All parts of a sound, written as `out`."""
        if len(parts) == 1:
            with written(out) as part:
                return self._one(parts[0], part, self.progress)
        pieces = [out.with_name(f"{out.stem}-{i}{PART}") for i in range(len(parts))]
        try:
            qualities = []
            for i, (recording, piece) in enumerate(zip(parts, pieces, strict=True)):
                advance = part_of(self.progress, i, len(parts))
                with written(piece) as part:
                    qualities.append(self._one(recording, part, advance))
            with written(out) as whole:
                return put_together(parts, pieces, qualities, whole)
        finally:
            for piece in pieces:
                piece.unlink(missing_ok=True)

    def _one(self, recording: Recording, out: Path, progress: Progress) -> SoundQuality:
        """One recording, decoded while nothing else writes to it."""
        waiting.settle(recording.file)
        with waiting.unchanged(recording.file):
            return process.run(
                standardise,
                media.absolute(recording),
                out.absolute(),
                self.settings,
                name=recording.file.name,
                progress=progress,
                limits=self.limits,
            )
