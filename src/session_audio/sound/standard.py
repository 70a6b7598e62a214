"""One recording decoded, mixed to one channel and brought to a standard.

Decoded samples go to a scratch file; once their levels are known, the gain is applied and
a NumPy file of int16 samples is written, which the stages read a piece at a time.  This is
what the decoding process does; see `sound.process`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.signal import butter, sosfilt

from session_audio import files
from session_audio.errors import AudioError
from session_audio.ports import Progress, no_progress
from session_audio.schema import Notice, Recording, SoundQuality, of_stretches
from session_audio.settings import SoundSettings
from session_audio.sound import channels, loudness, media, noise, ogg, room
from session_audio.sound.decoding import Samples, Source, blocks
from session_audio.sound.samples import MODEL_RATE

_BLOCK = 1 << 20
SPEECH_BAND = (150, 3800)
"""Hz between which channels and streams are compared."""
_LEAST_SNR = 6.0
"""dB of the louder frames over the softer ones below which a stream holds no speech."""


@dataclass
class Decoded:
    """One recording in the scratch file."""

    source: Source
    levels: loudness.Levels
    count: int
    energy: float
    """Sum of squares of the mono samples."""
    sum: float
    """Sum of the mono samples."""
    seen: channels.Seen


def standardise(
    recording: Recording, out: Path, settings: SoundSettings, progress: Progress = no_progress
) -> SoundQuality:
    """Decode `recording` and write it to `out`, int16, mono, at the standard loudness.

    Raises
    ------
    AudioError
        When it is no sound, under 1 s, or (unless it is one participant's) silent.
    """
    path = recording.file
    notices: list[Notice] = []
    stream = recording.stream
    if stream is None:
        stream, notices = _fullest(path, progress)
    with files.scratch(out.parent) as scratch:
        pass_ = _decode(recording, stream, None, settings, scratch, out.parent, progress)
        source = pass_.source
        if recording.channel is None:
            weights, told = channels.choose(pass_.seen, source.names)
            notices += told
            if not np.allclose(weights, channels.plain(pass_.seen.count)):
                pass_ = _decode(recording, stream, weights, settings, scratch, out.parent, progress)
                source = pass_.source
        source.broken = source.broken or not ogg.is_whole(path)
        if not pass_.count:
            raise media.cannot_decode(path)
        duration = pass_.count / MODEL_RATE
        if duration < media.SHORTEST:
            raise media.too_short(path, duration, "Export it again." if source.broken else None)
        speech = loudness.measure(pass_.levels)
        if speech is None:
            notices.append(Notice("silent"))
            if recording.participant is None and not recording.is_part:
                raise AudioError(f"{path.name} is silent", hint="Check the microphone.")
        notices += _notices(source, duration, speech, settings)
        if speech is not None:
            loud = noise.stretches(pass_.levels, speech, settings.low_snr)
            notices += of_stretches("noisy_at", loud)
        gain = loudness.gain_curve(
            pass_.levels,
            settings.target_dbfs,
            settings.gain_window,
            settings.gain_strength,
            settings.gain_reach,
        )
        scratch.seek(0)
        _write(scratch, pass_.count, gain, out, lambda s: progress(0.7 + 0.3 * s))
    # A microphone's constant offset is no sound.
    level = max(1e-20, pass_.energy / max(1, pass_.count) - (pass_.sum / max(1, pass_.count)) ** 2)
    return SoundQuality(
        duration=duration,
        rate=source.rate,
        channels=source.channels,
        level_dbfs=None if speech is None else round(10 * float(np.log10(level)), 2),
        clipped_share=source.clipped / max(1, source.total),
        gain_db=round(float(np.median(gain)), 2),
        warnings=tuple(notices),
        snr_db=None if speech is None else round(speech.snr, 1),
    )


def _fullest(path: Path, progress: Progress) -> tuple[int | None, list[Notice]]:
    """The stream of sound with the most speech, where there are several; what is told of it."""
    media.there(path)
    with media.opened(path) as (container, _):
        streams, lost = media.decodable(container)
    notices = [Notice("stream_undecodable", str(i)) for i in lost]
    if len(streams) == 1:
        return (streams[0] if lost else None), notices
    seconds: dict[int, float] = {}
    first: AudioError | None = None
    for stream in streams:
        try:
            seconds[stream] = _seconds_of_speech(path, stream, progress)
        except AudioError as error:
            first = first or error
            notices.append(Notice("stream_undecodable", str(stream)))
    if not seconds:
        raise first or media.cannot_decode(path)
    best = max(seconds, key=lambda stream: seconds[stream])
    return best, [Notice("streams", str(best), str(len(streams) + len(lost))), *notices]


def _seconds_of_speech(path: Path, stream: int, progress: Progress) -> float:
    """Seconds that sound like speech, by level alone."""
    band = _Filter(butter(2, SPEECH_BAND, "bandpass", fs=MODEL_RATE, output="sos"))
    frames = _Frames()
    for block in blocks(path, stream, MODEL_RATE, Source()):
        frames.add(band(block.mean(axis=0)))
        progress(0.0)
    levels = frames.levels()
    speech = loudness.measure(levels)
    if speech is None or speech.snr < _LEAST_SNR:
        return 0.0
    return float(np.count_nonzero(loudness.active(levels))) * loudness.FRAME


def _notices(
    source: Source, duration: float, speech: loudness.Speech | None, settings: SoundSettings
) -> list[Notice]:
    """What is doubtful about a recording."""
    out = []
    declared = source.declared
    if source.joined > 1:
        out.append(Notice("joined", str(source.joined)))
    if source.late:
        out.append(Notice("starts_late", f"{source.late:.1f}"))
    if source.broken or media.breaks_off(duration, declared):
        out.append(Notice("truncated", f"{duration:.1f}", f"{declared or duration:.1f}"))
    if source.damaged:
        out.append(Notice("damaged", f"{source.damaged:.1f}"))
    if source.clipped > settings.much_clipped * source.total:
        out.append(Notice("clipped", f"{100 * source.clipped / source.total:.1f}"))
    if duration < settings.short:
        out.append(Notice("short", f"{duration:.1f}"))
    if source.rate < MODEL_RATE:
        out.append(Notice("narrowband", str(source.rate)))
    if speech is not None and speech.snr < settings.low_snr:
        out.append(Notice("low_snr", f"{speech.snr:.0f}"))
    return out


def _decode(
    recording: Recording,
    stream: int | None,
    weights: channels.Weights | None,
    settings: SoundSettings,
    scratch: Any,
    folder: Path,
    progress: Progress,
) -> Decoded:
    """Write float32 mono samples to `scratch`: the channel asked for, or a mix by `weights`.

    Without either it is the plain mean, and the channels are looked at on the way.
    """
    scratch.truncate(0)
    # Hum and rumble carry energy and no speech; the level is taken in the band of speech.
    sections = butter(2, SPEECH_BAND, "bandpass", fs=MODEL_RATE, output="sos")
    keep = _Filter(butter(2, settings.high_pass, "highpass", fs=MODEL_RATE, output="sos"))
    band, frames, source = _Filter(sections), _Frames(), Source()
    seen: channels.Seen | None = None
    count, energy, total = 0, 0.0, 0.0
    for block in blocks(recording.file, stream, MODEL_RATE, source):
        if not count:
            room.check(source.declared, folder)
        if recording.channel is not None and recording.channel >= len(block):
            raise media.no_channel(recording.file, len(block), recording.channel)
        seen = seen or channels.Seen(len(block))
        if recording.channel is not None:
            mono = block[recording.channel]
        else:
            mono = channels.mixed(block, channels.plain(len(block)) if weights is None else weights)
            if weights is None and len(block) == seen.count and seen.wants():
                seen.add(np.asarray(sosfilt(sections, block), dtype=np.float32), MODEL_RATE)
        energy += float(np.sum(mono.astype(np.float64) ** 2))
        total += float(np.sum(mono, dtype=np.float64))
        filtered = keep(mono)
        scratch.write(filtered.tobytes())
        count += len(filtered)
        frames.add(band(filtered))
        read = count / MODEL_RATE / source.declared if source.declared else 0.0
        progress(0.7 * min(1.0, read))
    return Decoded(source, frames.levels(), count, energy, total, seen or channels.Seen(1))


class _Frames:
    """Mean squares of frames of `loudness.FRAME` seconds, from block to block."""

    def __init__(self) -> None:
        self._size = round(loudness.FRAME * MODEL_RATE)
        self._rest = np.zeros(0, dtype=np.float32)
        self._squares: list[NDArray[np.float64]] = []

    def add(self, samples: Samples) -> None:
        """The next samples."""
        samples = np.concatenate([self._rest, samples])
        whole = len(samples) // self._size * self._size
        squares = samples[:whole].reshape(-1, self._size).astype(np.float64) ** 2
        self._squares.append(np.mean(squares, axis=1))
        self._rest = samples[whole:]

    def levels(self) -> loudness.Levels:
        """Level of each frame, dB; the last may be shorter."""
        rest = [np.array([np.mean(self._rest.astype(np.float64) ** 2)])] if len(self._rest) else []
        energy = np.concatenate([*self._squares, *rest]) if self._squares or rest else np.zeros(0)
        return (10 * np.log10(energy + 1e-30)).astype(np.float32)


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
    out: Path,
    progress: Callable[[float], None],
) -> None:
    """Apply the gain and write int16."""
    amplitude = 10 ** (gain.astype(np.float64) / 20)
    centres = (np.arange(len(gain)) + 0.5) * loudness.FRAME * MODEL_RATE
    with files.into(out) as file:
        write_header(file, count)
        for start in range(0, count, _BLOCK):
            raw = np.frombuffer(scratch.read(4 * _BLOCK), dtype=np.float32)
            at = np.arange(start, start + len(raw))
            loud = raw * np.interp(at, centres, amplitude).astype(np.float32)
            bent = loudness.limit(loud)
            file.write(np.round(bent * 32767).astype("<i2").tobytes())
            progress((start + len(raw)) / count)


def write_header(file: Any, count: int) -> None:
    """The head of a NumPy file of `count` int16 samples."""
    np.lib.format.write_array_header_1_0(
        file, {"descr": "<i2", "fortran_order": False, "shape": (count,)}
    )
