"""Segmentation of a recording into local speakers, on one time grid.

The model reads chunks of a few seconds and tells up to three local speakers apart, whose
numbering means nothing outside the chunk.  Chunks overlap; what does not depend on the
numbering (is anybody talking, are two, does the speaker change) is averaged over them.

The grid has `FRAMES` frames a second; sound is mono at `RATE` Hz.  `segment` runs the model,
`frame_energy` gives the power of each frame.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from session_audio.backends.workers import over
from session_audio.ports import Progress, no_progress
from session_audio.schema import Audio

if TYPE_CHECKING:
    from pyannote.audio import Model

    from session_audio.backends.diarization.pyannet import PyanNet

RATE = 16_000
"""Samples a second that the models expect."""
FRAMES = 100
"""Frames of the common grid a second."""


@dataclass(frozen=True)
class LocalActivity:
    """Which of the local speakers talk, chunk by chunk."""

    scores: NDArray[np.float16]
    """Of each local speaker, in [0, 1], shape (chunks, frames in a chunk, local speakers)."""
    starts: NDArray[np.int64]
    """First frame of each chunk on the grid, shape (chunks,)."""
    frames: int
    """Frames of the recording."""
    count_probabilities: NDArray[np.float16] | None = None
    """That at least one and at least two talk, shape (chunks, frames in a chunk, 2); None
    where the model gives no classes of speaker sets."""

    @property
    def length(self) -> int:
        """Frames in one chunk."""
        return int(self.scores.shape[1])

    def chunks(self) -> Iterator[tuple[int, int, NDArray[np.float32]]]:
        """Index, first frame and scores (frames, speakers) of each chunk."""
        for c, start in enumerate(self.starts):
            yield c, int(start), self.scores[c].astype(np.float32)

    def count_scores(self) -> NDArray[np.float32]:
        """Scores that at least one, two and three talk, in [0, 1], shape (frames, 3)."""
        ranked = (-np.sort(-x, axis=1) for _, _, x in self.chunks())
        if self.count_probabilities is None:
            return self.averaged(ranked, 3)
        # Powerset classes hold the number of speakers itself, and never three.
        joined = (
            np.column_stack([chunk.astype(np.float32), np.zeros(self.length, np.float32)])
            for chunk in self.count_probabilities
        )
        return self.averaged(joined, 3)

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


def segment(
    model: PyanNet | Model,
    audio: Audio,
    step: float,
    batch: int = 4,
    threads: int = 0,
    progress: Progress = no_progress,
) -> LocalActivity:
    """Run the segmentation model over `audio`, a piece at a time.

    Parameters
    ----------
    model : PyanNet or pyannote.audio.Model
        A segmentation model: one sigmoid a local speaker, or powerset classes (Plaquet &
        Bredin 2023), whose probabilities are summed to those of speakers.
    audio : Audio
        At 16 kHz; read piece by piece, so a memory map is not loaded whole.
    step : float
        Seconds between the starts of chunks.
    batch : int
        Chunks run at once; more would not stay in a processor's cache.
    threads : int
        Batches run beside each other; 0 for one a processor.
    progress : Progress
    """
    import torch

    specifications: Any = model.specifications
    classes = _powerset(specifications)
    device = next(model.parameters()).device
    length = round(specifications.duration * FRAMES)
    hop = max(1, round(step * FRAMES))
    frames = int(np.ceil(audio.duration * FRAMES))
    count = max(0, -(-(frames - length) // hop)) + 1
    starts = np.arange(count, dtype=np.int64) * hop
    per_frame = RATE // FRAMES
    scores = np.zeros((count, length, len(specifications.classes)), np.float16)
    counts = None if classes is None else np.zeros((count, length, 2), np.float16)

    def run(first: int) -> NDArray[np.float32]:
        here = starts[first : first + batch]
        begin, end = int(here[0]), int(here[-1]) + length
        sound = np.zeros((end - begin) * per_frame, np.float32)
        piece = audio.read(begin / FRAMES, end / FRAMES)
        sound[: len(piece)] = piece[: len(sound)]
        chunks = torch.from_numpy(sound).unfold(0, length * per_frame, hop * per_frame)
        with torch.inference_mode():
            output = model(chunks[:, None].contiguous().to(device))
        return np.asarray(output.cpu().numpy())

    firsts = range(0, count, batch)
    for first, output in zip(firsts, over(run, firsts, threads), strict=True):
        now = slice(first, first + len(output))
        if counts is not None and classes is not None:
            probability = _to_grid(np.exp(output), length)
            speakers = classes.sum(axis=1)
            counts[now, :, 0] = probability[..., speakers >= 1].sum(axis=2)
            counts[now, :, 1] = probability[..., speakers >= 2].sum(axis=2)
            scores[now] = probability @ classes
        else:
            scores[now] = _to_grid(output, length)
        progress(min(1.0, (first + len(output)) / count))
    return LocalActivity(scores, starts, frames, counts)


def frame_energy(audio: Audio, frames: int) -> NDArray[np.float32]:
    """Mean square of the samples in each frame of the grid, in [0, 1], shape (frames,)."""
    per_frame, piece = RATE // FRAMES, 60 * FRAMES
    out = np.zeros(frames, np.float32)
    for first in range(0, frames, piece):
        sound = audio.read(first / FRAMES, (first + piece) / FRAMES)
        sound = np.pad(sound, (0, -len(sound) % per_frame)).reshape(-1, per_frame)
        power = np.square(sound).mean(axis=1)[: frames - first]
        out[first : first + len(power)] = power
    return out


def _powerset(specifications: Any) -> NDArray[np.float32] | None:
    """Which speakers talk in each powerset class, shape (classes, speakers); None without."""
    if not specifications.powerset:
        return None
    people, most = range(len(specifications.classes)), specifications.powerset_max_classes
    sets = [c for n in range(most + 1) for c in combinations(people, n)]
    out = np.zeros((len(sets), len(people)), np.float32)
    for row, members in enumerate(sets):
        out[row, list(members)] = 1.0
    return out


def _to_grid(output: NDArray[np.float32], length: int) -> NDArray[np.float32]:
    """Nearest of the model's frames at each frame of the grid, shape (chunks, length, ...)."""
    count = output.shape[1]
    at = (np.arange(length) + 0.5) / length * count - 0.5
    return output[:, np.clip(np.round(at).astype(int), 0, count - 1)]
