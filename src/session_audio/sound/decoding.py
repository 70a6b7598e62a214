"""Decodes a recording: any format that PyAV reads, video included, as blocks of mono sound.

One pass that holds seconds of sound, not hours.  Samples stay float, so a recording at
-65 dBFS loses nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from session_audio.errors import AudioError
from session_audio.sound import media

if TYPE_CHECKING:
    import av

_CLIPPED = 0.999
_GAP = 0.25

Samples = NDArray[np.float32]


@dataclass
class Source:
    """What decoding saw of a file; filled while its blocks are read."""

    rate: int = 0
    channels: int = 0
    declared: float | None = None
    total: int = 0
    clipped: int = 0
    energy: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))
    """Sum of squares of each channel."""
    mixed: float = 0.0
    broken: bool = False


def blocks(path: Path, channel: int | None, rate: int, source: Source) -> Iterator[Samples]:
    """Mono blocks of seconds at `rate`: the mix of all channels, or one of them.

    Stops where the file breaks off, and says so in `source`.

    Raises
    ------
    AudioError
        When the file is no sound, lacks the channel, or nothing in it can be decoded.
    """
    held: list[Samples] = []
    size = 0
    for samples in _frames(path, rate, source):
        if channel is not None and channel >= len(samples):
            raise media.no_channel(path, len(samples), channel)
        energy = np.sum(samples.astype(np.float64) ** 2, axis=1)
        if len(energy) != len(source.energy):
            source.energy = np.zeros(len(energy))
        source.energy += energy
        mono = samples.mean(axis=0) if channel is None else samples[channel]
        source.mixed += float(np.sum(mono.astype(np.float64) ** 2))
        held.append(mono)
        size += len(mono)
        if size >= rate * 4:
            yield np.concatenate(held)
            held, size = [], 0
    if held:
        yield np.concatenate(held)


def _frames(path: Path, rate: int, source: Source) -> Iterator[Samples]:
    """Decoded frames, shape (channels, n), at `rate`; stops where the file breaks off."""
    import av

    with media.opened(path) as (container, stream):
        stream.thread_type = "AUTO"
        source.declared = media.claimed(container, stream, path)
        resampler = None
        written = 0
        shape: tuple[object, ...] | None = None
        first: float | None = None
        decoded = 0
        try:
            for frame in container.decode(stream):
                key = (frame.format.name, frame.layout.name, frame.sample_rate)
                if resampler is None or key != shape:
                    if resampler is not None:
                        yield from _arrays(resampler.resample(None))
                    resampler = av.AudioResampler("fltp", frame.layout.name, rate)
                    shape = key
                    source.rate, source.channels = frame.sample_rate, len(frame.layout.channels)
                _count_clipped(frame, source)
                # A call's recording leaves holes where nothing was sent; time must not shrink.
                if frame.time is not None:
                    first = frame.time if first is None else first
                    hole = frame.time - first - decoded / frame.sample_rate
                    if hole > _GAP and (not source.declared or hole < source.declared):
                        yield np.zeros((source.channels, round(hole * rate)), dtype=np.float32)
                        decoded += round(hole * frame.sample_rate)
                decoded += frame.samples
                frame.pts = None
                for array in _arrays(resampler.resample(frame)):
                    written += array.shape[1]
                    yield array
        except (av.FFmpegError, ValueError) as error:
            source.broken = True
            if not written:
                raise AudioError(
                    f"{path.name} is damaged: no sound in it can be decoded "
                    f"({type(error).__name__})",
                    hint="Export it again.",
                ) from error
        if resampler is not None:
            with suppress(av.FFmpegError):
                yield from _arrays(resampler.resample(None))


def _arrays(frames: Sequence[av.AudioFrame]) -> Iterator[Samples]:
    """Samples of resampled frames, without what is not a number."""
    for frame in frames:
        yield np.nan_to_num(frame.to_ndarray(), copy=False, posinf=1.0, neginf=-1.0)


def _count_clipped(frame: av.AudioFrame, source: Source) -> None:
    """Count samples at full scale, before resampling smooths them."""
    array = frame.to_ndarray()
    if array.dtype == np.uint8:
        size = np.abs(array.astype(np.int16) - 128) / 127.0
    elif np.issubdtype(array.dtype, np.integer):
        size = np.abs(array.astype(np.float32)) / float(np.iinfo(array.dtype).max)
    else:
        size = np.abs(array)
    source.clipped += int(np.count_nonzero(size >= _CLIPPED))
    source.total += array.size
