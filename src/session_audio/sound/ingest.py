"""Takes a recording in: decode it, mix to one channel, bring it to a standard.

Decoded samples go to a scratch file; once their levels are known, the gain is applied and
a NumPy file of int16 samples is written, which the stages read a piece at a time.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.signal import butter, sosfilt

from session_audio import permissions
from session_audio.errors import AudioError
from session_audio.files import written
from session_audio.ports import Progress, no_progress, part_of
from session_audio.schema import Audio, Notice, Recording, SoundQuality
from session_audio.settings import SoundSettings
from session_audio.sound import loudness, media
from session_audio.sound.decoding import Samples, Source, blocks

MODEL_RATE = 16_000
"""Hz of the sound that every stage reads: what every model here was trained on."""
_BLOCK = 1 << 20


def ingest(
    recordings: Sequence[Recording],
    out: Sequence[Path],
    settings: SoundSettings | None = None,
    progress: Progress = no_progress,
) -> tuple[SoundQuality, ...]:
    """Bring each recording to the standard, and say what it was like before.

    Parameters
    ----------
    recordings : sequence of Recording
        One room recording, or one track a participant.
    out : sequence of Path
        Where each is written (``.npy``, int16, mono); appears whole or not at all.
    settings : SoundSettings, optional
    progress : Progress
        Called with the share done.

    Returns
    -------
    tuple of SoundQuality
        One a recording.  Its `warnings`, as they are written: ``truncated:SECONDS/DECLARED``,
        ``clipped:PERCENT``, ``short:SECONDS``, ``narrowband:HZ``, ``low_snr:DB``,
        ``channels_cancel:CHANNEL``, ``silent``.

    Raises
    ------
    AudioError
        When a recording is missing, empty, not audio, under 1 s, or silent.  A silent
        track of one participant is a warning: not everybody speaks.
    """
    settings = settings or SoundSettings()
    qualities = []
    for i, (recording, path) in enumerate(zip(recordings, out, strict=True)):
        advance = part_of(progress, i, len(out))
        qualities.append(_ingest_one(recording, path, settings, advance))
    if qualities and all(Notice("silent") in quality.warnings for quality in qualities):
        raise AudioError(
            f"{recordings[0].file.name} is silent"
            if len(qualities) == 1
            else f"all {len(qualities)} tracks are silent",
            hint="Check the microphone and the export.",
        )
    return tuple(qualities)


class SampleFile:
    """The samples in a NumPy file, a slice at a time.

    Not a memory map: each page that was ever read would count as memory of the process, once
    a map, which for two hours is 230 MB for the diarizer and again for the recogniser.
    """

    def __init__(self, path: Path) -> None:
        samples = np.load(path, mmap_mode="r", allow_pickle=False)
        if samples.ndim != 1:
            raise ValueError("not one channel")
        self._path, self._count, self._start = path, len(samples), int(samples.offset)
        self.dtype = samples.dtype

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, some: slice, /) -> NDArray[np.generic]:
        first, last, _ = some.indices(self._count)
        start = self._start + first * self.dtype.itemsize
        return np.fromfile(self._path, self.dtype, max(0, last - first), offset=start)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[np.generic]:
        return np.asarray(self[:], dtype=dtype)


def load_audio(path: Path) -> Audio:
    """The sound that `ingest` wrote; read piece by piece, as it is asked for.

    Raises
    ------
    AudioError
        When it is not there or damaged.
    """
    try:
        samples = SampleFile(path)
    except (OSError, ValueError) as error:
        raise AudioError(
            f"{path.name} cannot be read ({type(error).__name__})", hint="Run the session again."
        ) from error
    return Audio(samples, MODEL_RATE)


def _ingest_one(
    recording: Recording, out: Path, settings: SoundSettings, progress: Progress
) -> SoundQuality:
    """Decode to a scratch file, measure, then write with the gain."""
    path = recording.file
    warnings: list[Notice] = []
    permissions.new_folder(out.parent)
    with tempfile.TemporaryFile(dir=out.parent) as scratch:
        channel = recording.channel
        while True:
            source = Source()
            levels, count = _decode(path, channel, settings, source, scratch, progress)
            best = _cancelled(source, channel)
            if best is None:
                break
            warnings.append(Notice("channels_cancel", str(best)))
            channel = best
        if not count:
            raise media.undecodable(path)
        duration = count / MODEL_RATE
        if duration < media.SHORTEST:
            raise media.too_short(path, duration, "Export it again." if source.broken else None)
        speech = loudness.measure(levels)
        if speech is None:
            warnings.append(Notice("silent"))
            if recording.participant is None:
                raise AudioError(f"{path.name} is silent", hint="Check the microphone.")
        warnings += _warnings(source, duration, speech, settings)
        gain = loudness.gain_curve(
            levels,
            settings.target_dbfs,
            settings.gain_window,
            settings.gain_strength,
            settings.gain_reach,
        )
        scratch.seek(0)
        _write(scratch, count, gain, MODEL_RATE, out, lambda s: progress(0.7 + 0.3 * s))
    level = source.mixed / max(1, count)
    return SoundQuality(
        duration=duration,
        rate=source.rate,
        channels=source.channels,
        level_dbfs=None if speech is None else round(10 * float(np.log10(level)), 2),
        clipped_share=source.clipped / max(1, source.total),
        gain_db=round(float(np.median(gain)), 2),
        warnings=tuple(warnings),
        snr_db=None if speech is None else round(speech.snr, 1),
    )


def _warnings(
    source: Source, duration: float, speech: loudness.Speech | None, settings: SoundSettings
) -> list[Notice]:
    """What is doubtful about a recording."""
    out = []
    declared = source.declared
    if source.broken or (declared is not None and duration < 0.98 * declared - 1.0):
        out.append(Notice("truncated", f"{duration:.1f}", f"{declared or duration:.1f}"))
    if source.clipped > settings.much_clipped * source.total:
        out.append(Notice("clipped", f"{100 * source.clipped / source.total:.1f}"))
    if duration < settings.short:
        out.append(Notice("short", f"{duration:.1f}"))
    if source.rate < MODEL_RATE:
        out.append(Notice("narrowband", str(source.rate)))
    if speech is not None and speech.snr < settings.low_snr:
        out.append(Notice("low_snr", f"{speech.snr:.0f}"))
    return out


def _cancelled(source: Source, channel: int | None) -> int | None:
    """The loudest channel, where mixing the channels cancels nearly all of it; else None."""
    if channel is not None or source.channels < 2 or not source.energy.any():
        return None
    best = int(np.argmax(source.energy))
    return best if source.mixed < 0.01 * source.energy[best] else None


def _decode(
    path: Path,
    channel: int | None,
    settings: SoundSettings,
    source: Source,
    scratch: Any,
    progress: Progress,
) -> tuple[loudness.Levels, int]:
    """Write float32 mono samples to `scratch`; levels a frame and the number of samples."""
    scratch.seek(0)
    scratch.truncate()
    # Hum and rumble carry energy and no speech; the level is taken in the band of speech.
    keep = _Filter(butter(2, settings.high_pass, "highpass", fs=MODEL_RATE, output="sos"))
    band = _Filter(butter(2, (150, 3800), "bandpass", fs=MODEL_RATE, output="sos"))
    size = round(loudness.FRAME * MODEL_RATE)
    rest = np.zeros(0, dtype=np.float32)
    squares: list[NDArray[np.float64]] = []
    count = 0
    for block in blocks(path, channel, MODEL_RATE, source):
        filtered = keep(block)
        scratch.write(filtered.tobytes())
        count += len(filtered)
        in_band = np.concatenate([rest, band(filtered)])
        whole = len(in_band) // size * size
        squares.append(np.mean(in_band[:whole].reshape(-1, size).astype(np.float64) ** 2, axis=1))
        rest = in_band[whole:]
        if source.declared:
            progress(0.7 * min(1.0, count / MODEL_RATE / source.declared))
    if len(rest):
        squares.append(np.array([np.mean(rest.astype(np.float64) ** 2)]))
    energy = np.concatenate(squares) if squares else np.zeros(0)
    return (10 * np.log10(energy + 1e-30)).astype(np.float32), count


class _Filter:
    """A second-order-section filter that goes on from block to block."""

    def __init__(self, sections: NDArray[np.float64]) -> None:
        self._sections = sections
        self._state = np.zeros((len(sections), 2))

    def __call__(self, samples: Samples) -> Samples:
        """The next block, filtered."""
        out, self._state = sosfilt(self._sections, samples, zi=self._state)
        return np.asarray(out, dtype=np.float32)


def _write(
    scratch: Any,
    count: int,
    gain: NDArray[np.float32],
    rate: int,
    out: Path,
    progress: Callable[[float], None],
) -> None:
    """Apply the gain and write int16 beside `out`, then rename."""
    amplitude = 10 ** (gain.astype(np.float64) / 20)
    centres = (np.arange(len(gain)) + 0.5) * loudness.FRAME * rate
    with written(out) as part, part.open("wb") as file:
        np.lib.format.write_array_header_1_0(
            file, {"descr": "<i2", "fortran_order": False, "shape": (count,)}
        )
        for start in range(0, count, _BLOCK):
            raw = np.frombuffer(scratch.read(4 * _BLOCK), dtype=np.float32)
            at = np.arange(start, start + len(raw))
            loud = raw * np.interp(at, centres, amplitude).astype(np.float32)
            bent = loudness.limit(loud)
            file.write(np.round(bent * 32767).astype("<i2").tobytes())
            progress((start + len(raw)) / count)
