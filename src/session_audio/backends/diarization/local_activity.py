"""Runs the segmentation model over a recording and puts what it says on one time grid.

The model hears a few seconds at a time and tells up to three local speakers apart, whose
numbering means nothing outside the chunk.  Chunks overlap; what does not depend on the
numbering (is anybody talking, are two, does the speaker change) is averaged over them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from session_audio.backends.workers import over
from session_audio.ports import Progress, no_progress
from session_audio.schema import Audio

if TYPE_CHECKING:
    from pyannote.audio import Model
    from pyannote.audio.core.task import Specifications

RATE = 16_000
FRAMES = 100
"""Frames of the common grid a second."""


@dataclass(frozen=True)
class LocalActivity:
    """Who of the local speakers talks, chunk by chunk.

    `scores` has shape (chunks, frames of the grid in a chunk, speakers), in [0, 1];
    chunk ``c`` starts at frame ``starts[c]`` of the grid; the recording has `frames`.
    `talking`, where the model says so itself, are the probabilities that at least one and
    at least two talk, shape (chunks, frames, 2).
    """

    scores: NDArray[np.float16]
    starts: NDArray[np.int64]
    frames: int
    talking: NDArray[np.float16] | None = None

    @property
    def length(self) -> int:
        """Frames in one chunk."""
        return int(self.scores.shape[1])

    def chunks(self) -> Iterator[tuple[int, int, NDArray[np.float32]]]:
        """Index, first frame and scores (frames, speakers) of each chunk."""
        for c, start in enumerate(self.starts):
            yield c, int(start), self.scores[c].astype(np.float32)

    def counts(self) -> NDArray[np.float32]:
        """Scores that at least one, two and three talk, shape (frames, 3)."""
        ranked = (-np.sort(-x, axis=1) for _, _, x in self.chunks())
        if self.talking is None:
            return self.averaged(ranked, 3)
        # Powerset classes hold the number of speakers itself, and never three.
        joined = (
            np.column_stack([said.astype(np.float32), np.zeros(self.length, np.float32)])
            for said in self.talking
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


def listen(
    model: Model,
    audio: Audio,
    step: float,
    batch: int = 8,
    threads: int = 0,
    progress: Progress = no_progress,
) -> LocalActivity:
    """Run the segmentation model over `audio`, a piece at a time.

    Parameters
    ----------
    model : pyannote.audio.Model
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
    """
    import torch

    about = model.specifications
    classes = _classes(about)
    device = next(model.parameters()).device
    length = round(about.duration * FRAMES)
    hop = max(1, round(step * FRAMES))
    frames = int(np.ceil(audio.duration * FRAMES))
    count = max(0, -(-(frames - length) // hop)) + 1
    starts = np.arange(count, dtype=np.int64) * hop
    per_frame = RATE // FRAMES
    scores = np.zeros((count, length, len(about.classes)), np.float16)
    talking = None if classes is None else np.zeros((count, length, 2), np.float16)

    def hear(first: int) -> NDArray[np.float32]:
        here = starts[first : first + batch]
        begin, end = int(here[0]), int(here[-1]) + length
        sound = np.zeros((end - begin) * per_frame, np.float32)
        piece = audio.read(begin / FRAMES, end / FRAMES)
        sound[: len(piece)] = piece[: len(sound)]
        chunks = torch.from_numpy(sound).unfold(0, length * per_frame, hop * per_frame)
        with torch.inference_mode():
            said: NDArray[np.float32] = model(chunks[:, None].contiguous().to(device)).cpu().numpy()
        return said

    firsts = range(0, count, batch)
    for first, said in zip(firsts, over(hear, firsts, threads), strict=True):
        now = slice(first, first + len(said))
        if talking is not None and classes is not None:
            chance = _to_grid(np.exp(said), length)
            together = classes.sum(axis=1)
            talking[now, :, 0] = chance[..., together >= 1].sum(axis=2)
            talking[now, :, 1] = chance[..., together >= 2].sum(axis=2)
            scores[now] = chance @ classes
        else:
            scores[now] = _to_grid(said, length)
        progress(min(1.0, (first + len(said)) / count))
    return LocalActivity(scores, starts, frames, talking)


def energy_of(audio: Audio, frames: int) -> NDArray[np.float32]:
    """Mean power of the sound in each frame of the grid, shape (frames,)."""
    per_frame, piece = RATE // FRAMES, 60 * FRAMES
    out = np.zeros(frames, np.float32)
    for first in range(0, frames, piece):
        sound = audio.read(first / FRAMES, (first + piece) / FRAMES)
        sound = np.pad(sound, (0, -len(sound) % per_frame)).reshape(-1, per_frame)
        power = np.square(sound).mean(axis=1)[: frames - first]
        out[first : first + len(power)] = power
    return out


def _classes(about: Specifications) -> NDArray[np.float32] | None:
    """Which speakers talk in each powerset class, shape (classes, speakers); None without."""
    if not about.powerset:
        return None
    people = range(len(about.classes))
    sets = [c for n in range(about.powerset_max_classes + 1) for c in combinations(people, n)]
    out = np.zeros((len(sets), len(about.classes)), np.float32)
    for row, members in enumerate(sets):
        out[row, list(members)] = 1.0
    return out


def _to_grid(said: NDArray[np.float32], length: int) -> NDArray[np.float32]:
    """Nearest of the model's frames at each frame of the grid."""
    count = said.shape[1]
    at = (np.arange(length) + 0.5) / length * count - 0.5
    return said[:, np.clip(np.round(at).astype(int), 0, count - 1)]
