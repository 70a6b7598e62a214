"""The CAM++ voice encoder: features, and embeddings of any stretch from one pass of the network.

All but the last layer of the network (`campplus_network`) works frame by frame, with a context
of seconds.  So the network runs over the recording once, in chunks, and an embedding of a stretch
is pooled from the frames inside it: cheaper than windows run one by one, and on our simulated
sessions more exact, as a short window borrows its context from around it.

1. `CAMPlusPlusEmbedding.features`: log mel energies, `FRAME` samples (10 ms) apart.
2. `block_statistics`: the network, and the mean and mean square of its output in each block of
   `BLOCK` frames (0.2 s), over frames of speech.
3. `window_embeddings`: blocks pooled over each window, through the last layer, unit length.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from session_audio.backends.embedding.base import RATE, VoiceEmbedding
from session_audio.backends.workers import over
from session_audio.ports import Progress, no_progress

if TYPE_CHECKING:
    import torch

    from session_audio.schema import Audio

Floats = NDArray[np.float32]
FRAME, WINDOW, SPECTRUM = 160, 400, 512
"""Samples between frames (10 ms), in one (25 ms), and points of its Fourier transform."""
BANDS, DIMENSION = 80, 192
LOW_HZ, PREEMPHASIS, LEAST = 20.0, 0.97, 1.1920929e-07
LEVEL = 10 ** (-23 / 20)
"""Root mean square of ingested speech: -23 dBFS."""
CHUNK = 600
"""Frames that the network takes at once: its context."""
BLOCK = 20
"""Frames whose statistics are kept together; windows are whole blocks."""
STRIDE = 2
"""Frames of features to one of the network."""
EDGE = 2
"""Frames of sound beside a piece that its own frames reach into."""


@cache
def mel_filters() -> NDArray[np.float32]:
    """Triangular filters as in Kaldi, from 20 to 8000 Hz, shape ``(80, 257)``.

    Examples
    --------
    >>> mel_filters().shape
    (80, 257)
    """
    low, high = (1127.0 * np.log1p(f / 700.0) for f in (LOW_HZ, RATE / 2))
    edges = np.linspace(low, high, BANDS + 2)
    bins = 1127.0 * np.log1p(np.arange(SPECTRUM // 2 + 1) * RATE / SPECTRUM / 700.0)
    width = edges[1] - edges[0]
    rising = (bins - edges[:-2, None]) / width
    falling = (edges[2:, None] - bins) / width
    return np.maximum(0.0, np.minimum(rising, falling)).astype(np.float32)


@dataclass(frozen=True)
class BlockStatistics:
    """What the network gave, block by block: enough to pool any stretch of blocks."""

    weight: NDArray[np.float32]
    """Frames of the network (20 ms) with speech in each block, shape (blocks,)."""
    mean: NDArray[np.float16]
    """Mean over those frames, shape (blocks, 512)."""
    square: NDArray[np.float16]
    """Mean square, shape (blocks, 512)."""


class SoundFeatures:
    """Features of a recording, shape (frames, 80), made where they are asked for.

    Those of two hours would take 230 MB, and each is used once.

    Parameters
    ----------
    audio : Audio
    mel_energies : callable
        Samples, shape (n,), to features, shape (frames, 80).
    """

    def __init__(self, audio: Audio, mel_energies: Callable[[torch.Tensor], torch.Tensor]) -> None:
        self._audio = audio
        self._mel_energies = mel_energies
        self._frames = int(np.ceil(audio.duration * RATE / FRAME))

    def __len__(self) -> int:
        return self._frames

    def __getitem__(self, some: slice) -> Floats:
        import torch

        first, last, _ = some.indices(self._frames)
        begin, end = (first - EDGE) * FRAME, (last + EDGE) * FRAME
        sound = np.zeros(end - begin, np.float32)
        piece = self._audio.read(max(0, begin) / RATE, end / RATE)
        skip = max(0, -begin)
        sound[skip : skip + len(piece)] = piece[: len(sound) - skip]
        with torch.inference_mode():
            features = self._mel_energies(torch.from_numpy(sound)).cpu().numpy()
        return np.asarray(features[EDGE : EDGE + last - first])


class CAMPlusPlusEmbedding(VoiceEmbedding):
    """The CAM++ encoder as a `VoiceEmbedding`."""

    dimension = DIMENSION
    batch_size = 2
    """Chunks run at once; more would not stay in a processor's cache."""

    def __init__(self, path: Path, device: str = "cpu") -> None:
        import torch

        from session_audio.backends.embedding.campplus_network import CAMPlusPlus

        self.network: CAMPlusPlus
        super().__init__(path, device, CAMPlusPlus())
        self._filters = torch.from_numpy(mel_filters()).to(self.device)
        self._window = torch.hann_window(WINDOW, periodic=False).pow(0.85).to(self.device)

    def to(self, device: torch.device) -> CAMPlusPlusEmbedding:
        """Move to `device` and return itself."""
        super().to(device)
        self._filters, self._window = self._filters.to(device), self._window.to(device)
        return self

    def mel_energies(self, samples: torch.Tensor) -> torch.Tensor:
        """Log mel energies ``(frames, 80)`` as Kaldi computes them, without dither."""
        import torch

        half = WINDOW // 2
        frames = torch.nn.functional.pad(samples, (half, half)).unfold(0, WINDOW, FRAME)
        frames = frames - frames.mean(1, keepdim=True)
        before = torch.cat([frames[:, :1], frames[:, :-1]], 1)
        power = torch.fft.rfft((frames - PREEMPHASIS * before) * self._window, SPECTRUM)
        return (power.abs().square() @ self._filters.T).clamp_min(LEAST).log()

    def features(self, audio: Audio) -> SoundFeatures:
        """Features of the recording, shape (frames, 80), made a piece at a time when asked for.

        Frame ``i`` is of the sound around ``10 ms * i``.
        """
        return SoundFeatures(audio, lambda sound: self.mel_energies(sound.to(self.device)))

    def window_embeddings(
        self,
        statistics: BlockStatistics,
        speech: NDArray[np.bool_],
        width: int,
        hop: int,
    ) -> NDArray[np.float16]:
        """Embeddings of windows of `width` frames centred on every `hop`-th frame.

        Parameters
        ----------
        statistics : BlockStatistics
            Of the whole recording.
        speech : ndarray, shape (frames,)
            Where somebody talks: a window that is less than four tenths speech is left out.
        width, hop : int
            Frames; rounded to whole blocks.

        Returns
        -------
        ndarray, shape (windows, 192)
            Unit rows; zeros where there is too little speech.
        """
        wanted, count = _window_centres(speech, width, hop)
        vectors = np.zeros((count, DIMENSION), np.float16)
        half = max(1, round(width / BLOCK / 2))
        for some in np.array_split(wanted, max(1, len(wanted) // 500)):
            if not len(some):
                continue
            centre = np.round(some * hop / BLOCK).astype(int)
            span = np.clip(centre[:, None] + np.arange(-half, half), 0, len(statistics.weight) - 1)
            speech_frames = statistics.weight[span].sum(axis=1)
            keep = speech_frames > STRIDE
            span, total = span[keep], speech_frames[keep][:, None]
            weight = statistics.weight[span][..., None]
            mean = (statistics.mean[span] * weight).sum(axis=1) / total
            square = (statistics.square[span] * weight).sum(axis=1) / total
            deviation = np.sqrt(np.maximum(square - mean**2, 0.0) * total / (total - 1))
            vectors[some[keep]] = self._embeddings(mean, deviation)
        return vectors

    def block_statistics(
        self,
        features: Floats | SoundFeatures,
        speech: NDArray[np.bool_],
        threads: int = 1,
        progress: Progress = no_progress,
    ) -> BlockStatistics:
        """Run the network over `features`, where somebody talks.

        Parameters
        ----------
        features : ndarray or SoundFeatures, shape (frames, 80)
        speech : ndarray, shape (frames,)
            Where somebody talks; chunks without speech are left out.
        threads : int
            Batches run beside each other; 0 for one a processor.
        progress : Progress
        """
        blocks = -(-len(features) // BLOCK)
        weight = np.zeros(blocks, np.float32)
        mean = np.zeros((blocks, self.network.channels), np.float16)
        square = np.zeros_like(mean)
        starts = [s for s in range(0, len(features), CHUNK) if speech[s : s + CHUNK].any()]
        whole = [s for s in starts if s + CHUNK <= len(features)]
        groups = [whole[i : i + self.batch_size] for i in range(0, len(whole), self.batch_size)]
        groups += [[s] for s in starts[len(whole) :]]  # the last is shorter

        def run(group: Sequence[int]) -> list[BlockStatistics]:
            return self._run_chunks(features, speech, group)

        for k, (group, out) in enumerate(zip(groups, over(run, groups, threads), strict=True)):
            for start, part in zip(group, out, strict=True):
                here = slice(start // BLOCK, start // BLOCK + len(part.weight))
                weight[here], mean[here], square[here] = part.weight, part.mean, part.square
            progress((k + 1) / len(groups))
        return BlockStatistics(weight, mean, square)

    def _run_chunks(
        self, features: Floats | SoundFeatures, speech: NDArray[np.bool_], starts: Sequence[int]
    ) -> list[BlockStatistics]:
        """Chunks of equal length, the mean of their speech taken off, run together."""
        chunks, active = [], []
        for start in starts:
            x = features[start : start + CHUNK]
            talks = speech[start : start + CHUNK]
            chunks.append(x - x[talks].mean(axis=0))
            active.append(talks)
        return self._run_equal(np.stack(chunks), np.stack(active))

    def _run_equal(self, chunks: Floats, speech: NDArray[np.bool_]) -> list[BlockStatistics]:
        """Centred features, shape (n, frames, 80), and speech, (n, frames), run together."""
        import torch

        more = -chunks.shape[1] % BLOCK
        with torch.inference_mode():
            padded = np.pad(chunks, ((0, 0), (0, more), (0, 0)))
            outputs = self.network.frames(torch.from_numpy(padded).to(self.device)).cpu().numpy()
        out = []
        for x, active in zip(outputs, np.pad(speech, ((0, 0), (0, more))), strict=True):
            parts = x.T.reshape(-1, BLOCK // STRIDE, x.shape[0])
            weight = active.astype(np.float32).reshape(len(parts), -1, STRIDE).mean(axis=2)
            total = weight.sum(axis=1)
            norm = (weight / np.maximum(total, 1e-6)[:, None])[..., None]
            out.append(
                BlockStatistics(
                    total,
                    (parts * norm).sum(axis=1).astype(np.float16),
                    (parts**2 * norm).sum(axis=1).astype(np.float16),
                )
            )
        return out

    def _embeddings(
        self, mean: NDArray[np.floating], deviation: NDArray[np.floating]
    ) -> NDArray[np.float32]:
        """Unit embeddings of pooled statistics, shape (n, 512) each."""
        import torch

        pooled = np.concatenate([mean, deviation], axis=1).astype(np.float32)
        with torch.inference_mode():
            out = self.network.pooled(torch.from_numpy(pooled).to(self.device)).cpu().numpy()
        return np.asarray(out / np.maximum(np.linalg.norm(out, axis=1, keepdims=True), 1e-9))

    def embed_each(self, stretches: Sequence[NDArray[np.float32]]) -> NDArray[np.float32]:
        """See `VoiceEmbedding.embed_each`."""
        import torch

        out = np.full((len(stretches), DIMENSION), np.nan, dtype=np.float32)
        usable = [i for i, stretch in enumerate(stretches) if self.enough(stretch)]
        for _, alike in groupby(usable, key=lambda i: len(stretches[i])):
            same = list(alike)
            # The network's cost for so short sound is a call's: those of one length go together.
            few = max(1, CHUNK * self.batch_size * FRAME // len(stretches[same[0]]))
            for some in (same[k : k + few] for k in range(0, len(same), few)):
                with torch.inference_mode():
                    sounds = torch.from_numpy(np.stack([stretches[i] for i in some]))
                    sounds = sounds.to(self.device)
                    # To the level of ingested speech: quiet sound would reach the log's floor.
                    power = sounds.square().mean(dim=1, keepdim=True)
                    sounds = sounds * (LEVEL / power.sqrt().clamp_min(1e-9))
                    features = [self.mel_energies(sound).cpu().numpy() for sound in sounds]
                for i, blocks in zip(some, self._each_whole(features), strict=True):
                    weight = (blocks.weight / blocks.weight.sum())[:, None]
                    mean = (blocks.mean * weight).sum(axis=0)
                    square = (blocks.square * weight).sum(axis=0)
                    deviation = np.sqrt(np.maximum(square - mean**2, 0.0))
                    out[i] = self._embeddings(mean[None], deviation[None])[0]
        return out

    def _each_whole(self, features: Sequence[Floats]) -> list[BlockStatistics]:
        """Statistics of stretches of one length, all of it speech."""
        speech = np.ones((len(features), len(features[0])), bool)
        if speech.shape[1] > CHUNK:
            return [self.block_statistics(x, speech[0]) for x in features]
        return self._run_equal(np.stack([x - x.mean(axis=0) for x in features]), speech)


def _window_centres(
    speech: NDArray[np.bool_], width: int, hop: int
) -> tuple[NDArray[np.int64], int]:
    """Indices of the windows that are at least four tenths speech, and how many there are."""
    count = len(speech) // hop + 1
    sums = np.concatenate(([0], np.cumsum(speech)))
    centres = np.arange(count) * hop
    low = np.clip(centres - width // 2, 0, len(speech))
    high = np.clip(centres + width // 2, 0, len(speech))
    return np.flatnonzero(sums[high] - sums[low] >= 0.4 * width), count
