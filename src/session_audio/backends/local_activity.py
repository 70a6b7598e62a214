"""Runs the segmentation model over a recording and puts what it says on one time grid.

The model hears a few seconds at a time and tells up to three local speakers apart, whose
numbering means nothing outside the chunk.  Chunks overlap; what does not depend on the
numbering (is anybody talking, are two, does the speaker change) is averaged over them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from session_audio.ports import Progress, no_progress
from session_audio.schema import Audio

if TYPE_CHECKING:
    from pyannote.audio import Inference

RATE = 16_000
FRAMES = 100
"""Frames of the common grid a second."""


@dataclass(frozen=True)
class LocalActivity:
    """Who of the local speakers talks, chunk by chunk.

    `scores` has shape (chunks, frames of the grid in a chunk, speakers), in [0, 1];
    chunk ``c`` starts at frame ``starts[c]`` of the grid; the recording has `frames`.
    """

    scores: NDArray[np.float16]
    starts: NDArray[np.int64]
    frames: int

    @property
    def length(self) -> int:
        """Frames in one chunk."""
        return int(self.scores.shape[1])

    def chunks(self) -> Iterator[tuple[int, int, NDArray[np.float32]]]:
        """Index, first frame and scores (frames, speakers) of each chunk."""
        for c, start in enumerate(self.starts):
            yield c, int(start), self.scores[c].astype(np.float32)

    def averaged(self, values: Iterator[NDArray[np.float32]], width: int) -> NDArray[np.float32]:
        """Mean over chunks of what each says about a frame, its middle counting most.

        Parameters
        ----------
        values : iterator of arrays, shape (length, width)
            One a chunk, in order.
        width : int
            Columns.

        Returns
        -------
        ndarray, shape (frames, width)
        """
        window = (np.hamming(self.length) + 0.05).astype(np.float32)[:, None]
        sums = np.zeros((self.frames + self.length, width), np.float32)
        weights = np.zeros((self.frames + self.length, 1), np.float32)
        for start, value in zip(self.starts, values, strict=True):
            sums[start : start + self.length] += window * value
            weights[start : start + self.length] += window
        out = sums / np.maximum(weights, np.float32(1e-6))
        return out[: self.frames].astype(np.float32)


def listen(
    inference: Inference,
    audio: Audio,
    step: float,
    batch: int = 32,
    progress: Progress = no_progress,
) -> LocalActivity:
    """Run the segmentation model over `audio`, a piece at a time.

    Parameters
    ----------
    inference : pyannote.audio.Inference
        Around a segmentation model; only its `infer` is used, so powerset models work too.
    audio : Audio
        At 16 kHz; read piece by piece, so a memory map is not loaded whole.
    step : float
        Seconds between the starts of chunks.
    batch : int
        Chunks run at once.
    """
    import torch

    length = round(inference.duration * FRAMES)
    hop = max(1, round(step * FRAMES))
    frames = int(np.ceil(audio.duration * FRAMES))
    count = max(0, -(-(frames - length) // hop)) + 1
    starts = np.arange(count, dtype=np.int64) * hop
    per_frame = RATE // FRAMES
    scores: NDArray[np.float16] | None = None
    for first in range(0, count, batch):
        here = starts[first : first + batch]
        begin, end = int(here[0]), int(here[-1]) + length
        sound = np.zeros((end - begin) * per_frame, np.float32)
        piece = audio.read(begin / FRAMES, end / FRAMES)
        sound[: len(piece)] = piece[: len(sound)]
        chunks = torch.from_numpy(sound).unfold(0, length * per_frame, hop * per_frame)
        said = np.asarray(inference.infer(chunks[:, None].contiguous()))
        resampled = _to_grid(said, length)
        if scores is None:
            scores = np.zeros((count, length, said.shape[2]), np.float16)
        scores[first : first + len(here)] = resampled
        progress(min(1.0, (first + len(here)) / count))
    assert scores is not None
    return LocalActivity(scores, starts, frames)


def _to_grid(said: NDArray[np.float32], length: int) -> NDArray[np.float32]:
    """Nearest of the model's frames at each frame of the grid."""
    count = said.shape[1]
    at = (np.arange(length) + 0.5) / length * count - 0.5
    return said[:, np.clip(np.round(at).astype(int), 0, count - 1)]
