"""Decodes a recording: any format that PyAV reads, video included, as blocks of sound.

One pass that holds seconds of sound, not hours.  Samples stay float, so a recording at
-65 dBFS loses nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from session_audio.errors import AudioError
from session_audio.sound import joined, media

if TYPE_CHECKING:
    import av

_CLIPPED = 0.999
_GAP = 0.25
_BLOCK = 4.0
"""Seconds in a block."""
_PLANES = 8
"""Planes that PyAV reads of a frame; of a planar frame with so many channels it reads on into
other memory, and the process dies (18.1.0)."""

Samples = NDArray[np.float32]


@dataclass
class Source:
    """What decoding saw of a file; filled while its blocks are read."""

    rate: int = 0
    channels: int = 0
    names: tuple[str, ...] = ()
    """What the layout calls the channels: ``FL``, ``FC``, ``LFE``; empty where it does not."""
    declared: float | None = 0.0
    total: int = 0
    clipped: int = 0
    broken: bool = False
    """Whether it broke off: nothing could be decoded after some place."""
    damaged: float = 0.0
    """Seconds before that in which nothing could be decoded."""
    late: float = 0.0
    """Seconds by which the sound starts later than its file; they are zeros."""
    joined: int = 1
    streams: tuple[int, ...] = ()
    undecodable: tuple[int, ...] = ()


def blocks(path: Path, stream: int | None, rate: int, source: Source) -> Iterator[Samples]:
    """Blocks of seconds at `rate`, shape ``(channels, n)``; channels may change within a file.

    Stops where the file breaks off, and says so in `source`.

    Parameters
    ----------
    path : Path
    stream : int or None
        Which stream of sound; the first that can be decoded when None.
    rate : int
        Hz of the result.
    source : Source
        A fresh one.

    Raises
    ------
    AudioError
        When the file is no sound, or nothing in it can be decoded.
    """
    held: list[Samples] = []
    size = 0
    for samples in _frames(path, stream, rate, source):
        if held and len(held[0]) != len(samples):
            yield np.concatenate(held, axis=1)
            held, size = [], 0
        held.append(samples)
        size += samples.shape[1]
        if size >= rate * _BLOCK:
            yield np.concatenate(held, axis=1)
            held, size = [], 0
    if held:
        yield np.concatenate(held, axis=1)


def _frames(path: Path, stream: int | None, rate: int, source: Source) -> Iterator[Samples]:
    """Frames of every recording that is joined in the file, at `rate`."""
    media.there(path)
    ranges = joined.parts(path)
    source.joined = len(ranges)
    for i, stretch in enumerate(ranges):
        alone = len(ranges) == 1
        with media.opened(path, stream, None if alone else stretch) as (container, chosen):
            if i == 0:
                source.streams, source.undecodable = media.decodable(container)
                source.late = media.late(container, chosen)
            claims = media.claimed(container, chosen, path if alone else None)
            known = source.declared is not None and claims is not None
            source.declared = source.declared + claims if known else None  # type: ignore[operator]
            yield from _decoded(container, chosen, path, rate, source)


def _decoded(
    container: Any, stream: Any, path: Path, rate: int, source: Source
) -> Iterator[Samples]:
    """Decoded frames, shape (channels, n), at `rate`; stops where the recording breaks off."""
    import av

    stream.thread_type = "AUTO"
    resampler = packer = None
    written = 0
    shape: tuple[object, ...] | None = None
    first: float | None = None
    began_at = 0
    decoded = 0
    try:
        for frame in _decodable(container, stream, source):
            key = (frame.format.name, frame.layout.name, frame.sample_rate)
            if resampler is None or key != shape:
                if resampler is not None:
                    yield from _arrays(resampler.resample(None))
                    if frame.sample_rate != source.rate:
                        source.declared = None  # it was guessed from the first rate
                # Interleaved, whatever the number of channels: see _PLANES.
                resampler = av.AudioResampler("flt", frame.layout, rate)
                packer = None
                if frame.format.is_planar and frame.layout.nb_channels >= _PLANES:
                    packer = av.AudioResampler(frame.format.packed, frame.layout, frame.sample_rate)
                shape = key
                source.rate, source.channels = frame.sample_rate, frame.layout.nb_channels
                source.names = tuple(channel.name for channel in frame.layout.channels)
            stamp, frame.pts = frame.time, None
            for part in packer.resample(frame) if packer else [frame]:
                _count_clipped(part, source)
            # A call's recording leaves holes where nothing was sent; time must not shrink.
            # Of parts joined at another rate the file's times are wrong.
            if stamp is not None and (first is None or frame.sample_rate == began_at):
                if first is None:
                    first, began_at = stamp, frame.sample_rate
                    yield _nothing(source, media.late(container, stream) * rate)
                hole = stamp - first - decoded / frame.sample_rate
                if hole > _GAP and (not source.declared or hole < source.declared):
                    yield _nothing(source, hole * rate)
                    decoded += round(hole * frame.sample_rate)
            decoded += frame.samples
            for array in _arrays(resampler.resample(frame)):
                written += array.shape[1]
                yield array
    except (av.FFmpegError, ValueError):
        source.broken = True
    if source.broken and not written:
        raise AudioError(
            f"{path.name} is damaged: no sound in it can be decoded", hint="Export it again."
        )
    if resampler is not None:
        with suppress(av.FFmpegError):
            yield from _arrays(resampler.resample(None))


def _decodable(container: Any, stream: Any, source: Source) -> Iterator[av.AudioFrame]:
    """Frames of the packets that can be decoded; damage in the middle does not end a recording."""
    import av

    damaged = 0.0
    for packet in container.demux(stream):
        try:
            frames = packet.decode()
        except (av.FFmpegError, ValueError):
            source.broken = True  # unless something follows
            damaged += float((packet.duration or 0) * (packet.time_base or 0))
            continue
        if frames and source.broken:
            source.broken = False
            source.damaged += damaged
            damaged = 0.0
        yield from frames


def _nothing(source: Source, samples: float) -> Samples:
    return np.zeros((source.channels, round(samples)), dtype=np.float32)


def _arrays(frames: Sequence[av.AudioFrame]) -> Iterator[Samples]:
    """Samples of interleaved frames by channel, without what is not a number."""
    for frame in frames:
        samples = frame.to_ndarray().reshape(-1, frame.layout.nb_channels).T
        yield np.nan_to_num(samples, posinf=1.0, neginf=-1.0)


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
