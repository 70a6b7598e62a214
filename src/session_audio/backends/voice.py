"""Maps a stretch of one voice to a vector: the GE2E speaker encoder.

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

from session_audio.errors import ModelError
from session_audio.interval import Interval

if TYPE_CHECKING:
    import torch

    from session_audio.schema import Audio

RATE = 16_000
"""Samples a second that the encoder expects."""
HOP, WINDOW, BANDS = 160, 400, 40
"""10 ms between mel frames of 25 ms, 40 bands from 0 to 8 kHz."""
PARTIAL = 160
"""Mel frames in one window of the encoder (1.6 s)."""
DIMENSION = 256
LEVEL_DBFS = -30.0
"""Level of the encoder's training utterances."""
MIN_SECONDS = 0.4
"""Below this an embedding says more of the phoneme than of the voice."""


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


class VoiceEmbedding:
    """The GE2E encoder, in the shape that pyannote.audio's pipelines ask for.

    Parameters
    ----------
    path : Path
        Folder with ``model.safetensors`` (as `models.pull` leaves it).
    device : str
        ``"cpu"``, ``"cuda"``, ...
    batch_size : int
        Windows of 1.6 s run at once.

    Raises
    ------
    ModelError
        When the weights are missing or do not fit.
    """

    sample_rate = RATE
    dimension = DIMENSION
    metric = "cosine"
    min_num_samples = round(MIN_SECONDS * RATE)

    def __init__(self, path: Path, device: str = "cpu", batch_size: int = 64) -> None:
        import torch
        from safetensors.torch import load_file

        self.batch_size = batch_size
        try:
            network = _network()
            network.load_state_dict(load_file(path / "model.safetensors"))
        except Exception as error:
            raise ModelError(
                f"the voice encoder's weights in {path.name} cannot be used "
                f"({type(error).__name__})",
                hint="Run `session-audio models pull`.",
            ) from error
        self.device = torch.device(device)
        self.network = network.eval().to(self.device)
        self._filters = torch.from_numpy(mel_filters()).to(self.device)
        self._hann = torch.hann_window(WINDOW, device=self.device)

    def to(self, device: torch.device) -> VoiceEmbedding:
        """Move to `device` and return itself, as torch's modules do."""
        self.device = device
        self.network.to(device)
        self._filters, self._hann = self._filters.to(device), self._hann.to(device)
        return self

    def mels(self, samples: torch.Tensor) -> torch.Tensor:
        """Mel energies ``(frames, 40)`` of float samples ``(n,)``, at the encoder's level."""
        import torch

        rms = samples.square().mean().sqrt().clamp_min(1e-9)
        samples = samples * (10 ** (LEVEL_DBFS / 20) / rms)
        spectrum = torch.stft(
            samples, WINDOW, HOP, window=self._hann, pad_mode="constant", return_complex=True
        )
        return (self._filters @ spectrum.abs().square()).T

    def embed_each(
        self, stretches: Sequence[NDArray[np.float32]], step: float = 0.8
    ) -> NDArray[np.float32]:
        """One embedding a stretch of sound, computed together.

        Parameters
        ----------
        stretches : sequence of arrays, shape (n,)
            Mono sound at 16 kHz of one voice each.
        step : float
            Seconds between windows of 1.6 s (0.8: each second is read about twice).

        Returns
        -------
        ndarray, shape (len(stretches), 256)
            Unit rows; NaN where the stretch is shorter than `MIN_SECONDS`.
        """
        import torch

        out = np.full((len(stretches), DIMENSION), np.nan, dtype=np.float32)
        windows: list[torch.Tensor] = []
        owner: list[int] = []
        with torch.inference_mode():
            for i, stretch in enumerate(stretches):
                if len(stretch) < self.min_num_samples or not np.any(stretch):
                    continue
                mels = self.mels(torch.from_numpy(np.ascontiguousarray(stretch)).to(self.device))
                for window in _partials(mels, round(step * RATE / HOP)):
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

    def __call__(
        self, waveforms: torch.Tensor, masks: torch.Tensor | None = None
    ) -> NDArray[np.float32]:
        """Embeddings of a batch of chunks, each read only where its mask is set.

        Parameters
        ----------
        waveforms : tensor, shape (batch, 1, samples)
        masks : tensor, shape (batch, frames), optional
            Above 0.5 where the wanted voice talks; stretched over the chunk.

        Returns
        -------
        ndarray, shape (batch, 256)
            NaN rows where less than `MIN_SECONDS` is left.
        """
        sound = waveforms[:, 0].cpu().numpy()
        if masks is None:
            return self.embed_each(list(sound))
        chosen = masks.cpu().numpy() > 0.5
        frame = (np.arange(sound.shape[1]) * chosen.shape[1]) // sound.shape[1]
        return self.embed_each([x[mask[frame]] for x, mask in zip(sound, chosen, strict=True)])


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


class GE2EVoiceEncoder:
    """The `VoiceEncoder` port: embeds the speech of one voice in a recording.

    Parameters
    ----------
    embedding : VoiceEmbedding
        The loaded encoder.
    revision : str
        Names the weights; part of a stage's freshness.
    min_speech, max_speech : float
        Seconds of speech below which there is no embedding, and beyond which no more
        is read (a voice is settled long before two minutes).
    """

    def __init__(
        self,
        embedding: VoiceEmbedding,
        revision: str = "ge2e",
        min_speech: float = 1.0,
        max_speech: float = 120.0,
    ) -> None:
        self.embedding = embedding
        self._revision = revision
        self.min_speech = min_speech
        self.max_speech = max_speech

    @property
    def revision(self) -> str:
        """Names the weights."""
        return self._revision

    def embed(self, audio: Audio, speech: Sequence[Interval]) -> NDArray[np.float32] | None:
        """Embedding of the voice in `speech`, shape (256,); None when there is too little."""
        parts: list[NDArray[np.float32]] = []
        total = 0.0
        # The longest stretches are the cleanest: fewer edges, fewer other voices.
        for span in sorted(speech, key=lambda s: s.start - s.end):
            if total >= self.max_speech:
                break
            part = audio.read(span.start, span.end)
            parts.append(part)
            total += len(part) / RATE
        if total < max(self.min_speech, MIN_SECONDS):
            return None
        vector = self.embedding.embed_each([np.concatenate(parts)])[0]
        return None if np.isnan(vector).any() else vector
