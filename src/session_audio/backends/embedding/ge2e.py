"""The GE2E voice encoder: a stretch of one voice to 256 numbers.

Wan et al. 2018, "Generalized end-to-end loss for speaker verification": a three-layer
LSTM over 40 mel bands reads windows of 1.6 s; the last state, projected, rectified and
scaled to unit length, is the window's embedding (a d-vector), and an utterance is the
mean of its windows, scaled again.  The mel energies are linear (not log), so every
utterance is first brought to the level that the encoder was trained at.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from session_audio.backends.embedding.base import RATE, VoiceEmbedding

if TYPE_CHECKING:
    import torch

HOP, WINDOW, BANDS = 160, 400, 40
"""10 ms between mel frames of 25 ms, 40 bands from 0 to 8 kHz."""
PARTIAL = 160
"""Mel frames in one window of the encoder (1.6 s)."""
DIMENSION = 256
LEVEL_DBFS = -30.0
"""Level of the encoder's training utterances."""


@cache
def mel_filters() -> NDArray[np.float32]:
    """Triangular filters on the Slaney mel scale, unit area, shape ``(40, 201)``.

    Slaney 1998, "Auditory Toolbox": linear below 1 kHz (15 mels), logarithmic above.

    Examples
    --------
    >>> mel_filters().shape
    (40, 201)
    """

    def to_hertz(mel: NDArray[np.float64]) -> NDArray[np.float64]:
        low = mel * (200.0 / 3.0)
        high = 1000.0 * np.exp((mel - 15.0) * (np.log(6.4) / 27.0))
        return np.where(mel < 15.0, low, high)

    top = 15.0 + 27.0 * np.log(RATE / 2 / 1000.0) / np.log(6.4)
    edges = to_hertz(np.linspace(0.0, top, BANDS + 2))
    bins = np.linspace(0.0, RATE / 2, WINDOW // 2 + 1)
    rising = (bins - edges[:-2, None]) / (edges[1:-1] - edges[:-2])[:, None]
    falling = (edges[2:, None] - bins) / (edges[2:] - edges[1:-1])[:, None]
    filters = np.maximum(0.0, np.minimum(rising, falling))
    filters *= (2.0 / (edges[2:] - edges[:-2]))[:, None]
    return filters.astype(np.float32)


def _network() -> torch.nn.Module:
    """The encoder: mels ``(batch, frames, 40)`` to unit vectors ``(batch, 256)``."""
    import torch
    from torch import nn

    class Encoder(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.lstm = nn.LSTM(BANDS, DIMENSION, num_layers=3, batch_first=True)
            self.linear = nn.Linear(DIMENSION, DIMENSION)

        def forward(self, mels: torch.Tensor) -> torch.Tensor:
            _, (state, _) = self.lstm(mels)
            out = torch.relu(self.linear(state[-1]))
            return out / out.norm(dim=1, keepdim=True).clamp_min(1e-9)

    return Encoder()


class GE2EEmbedding(VoiceEmbedding):
    """The GE2E encoder as a `VoiceEmbedding`."""

    dimension = DIMENSION
    batch_size = 64
    """Windows of 1.6 s run at once."""

    def __init__(self, path: Path, device: str = "cpu") -> None:
        import torch

        super().__init__(path, device, _network())
        self._filters = torch.from_numpy(mel_filters()).to(self.device)
        self._hann = torch.hann_window(WINDOW, device=self.device)

    def to(self, device: torch.device) -> GE2EEmbedding:
        """Move to `device` and return itself."""
        super().to(device)
        self._filters, self._hann = self._filters.to(device), self._hann.to(device)
        return self

    def mel_energies(self, samples: torch.Tensor) -> torch.Tensor:
        """Mel energies ``(frames, 40)`` of float samples ``(n,)``, at the level they have."""
        import torch

        spectrum = torch.stft(
            samples, WINDOW, HOP, window=self._hann, pad_mode="constant", return_complex=True
        )
        return (self._filters @ spectrum.abs().square()).T

    def embed_each(self, stretches: Sequence[NDArray[np.float32]]) -> NDArray[np.float32]:
        """See `VoiceEmbedding.embed_each`; each second is read about twice."""
        import torch

        out = np.full((len(stretches), DIMENSION), np.nan, dtype=np.float32)
        windows: list[torch.Tensor] = []
        owner: list[int] = []
        with torch.inference_mode():
            for i, stretch in enumerate(stretches):
                if not self.enough(stretch):
                    continue
                samples = torch.from_numpy(np.ascontiguousarray(stretch)).to(self.device)
                rms = samples.square().mean().sqrt().clamp_min(1e-9)
                mels = self.mel_energies(samples * (10 ** (LEVEL_DBFS / 20) / rms))
                for window in _partials(mels, PARTIAL // 2):
                    windows.append(window)
                    owner.append(i)
            if not windows:
                return out
            vectors = torch.cat(
                [
                    self.network(torch.stack(windows[k : k + self.batch_size]))
                    for k in range(0, len(windows), self.batch_size)
                ]
            ).cpu()
        sums = np.zeros_like(out)
        np.add.at(sums, owner, vectors.numpy())
        rows = np.unique(owner)
        norms = np.linalg.norm(sums[rows], axis=1, keepdims=True)
        out[rows] = sums[rows] / np.maximum(norms, 1e-9)
        return out


def _partials(mels: torch.Tensor, step: int) -> list[torch.Tensor]:
    """Windows of `PARTIAL` frames; a short stretch is repeated until it fills one."""
    import torch

    count = len(mels)
    if count < PARTIAL:
        times = -(-PARTIAL // count)
        return [torch.cat([mels] * times)[:PARTIAL]]
    starts = list(range(0, count - PARTIAL + 1, step))
    if count - PARTIAL - starts[-1] > step // 2:
        starts.append(count - PARTIAL)
    return [mels[s : s + PARTIAL] for s in starts]
