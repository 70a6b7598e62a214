"""Voice encoders: what maps a stretch of one voice to a speaker embedding.

`VoiceEmbedding` is what the diarizer and pyannote.audio's pipelines ask of one; the
encoders themselves are in `campplus` and `ge2e`.  Sound is mono at `RATE` Hz, in [-1, 1];
embeddings are unit rows, undefined (NaN) below `MIN_SECONDS`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from session_audio.errors import ModelError

if TYPE_CHECKING:
    import torch

RATE = 16_000
"""Samples a second that the encoders expect."""
MIN_SECONDS = 0.4
"""Below this an embedding says more of the phoneme than of the voice."""


class VoiceEmbedding(ABC):
    """A voice encoder, in the shape that pyannote.audio's pipelines ask for.

    Parameters
    ----------
    path : Path
        Folder with ``model.safetensors`` (as `weights.pull` leaves it).
    device : str
        ``"cpu"``, ``"cuda"``, ...
    network : torch.nn.Module
        The architecture that the weights fit.

    Raises
    ------
    ModelError
        When the weights are missing or do not fit.
    """

    sample_rate = RATE
    metric = "cosine"
    min_num_samples = round(MIN_SECONDS * RATE)
    dimension: int

    def __init__(self, path: Path, device: str, network: torch.nn.Module) -> None:
        import torch
        from safetensors.torch import load_file

        try:
            network.load_state_dict(load_file(path / "model.safetensors"))
        except Exception as error:
            raise ModelError(
                f"the voice encoder's weights in {path.name} cannot be used "
                f"({type(error).__name__})",
                hint="Run `session-audio models pull`.",
            ) from error
        self.device = torch.device(device)
        self.network = network.eval().to(self.device)

    def to(self, device: torch.device) -> VoiceEmbedding:
        """Move to `device` and return itself, as torch's modules do."""
        self.device = device
        self.network.to(device)
        return self

    @abstractmethod
    def embed_each(self, stretches: Sequence[NDArray[np.float32]]) -> NDArray[np.float32]:
        """One embedding a stretch of sound, computed together.

        Parameters
        ----------
        stretches : sequence of arrays, shape (n,)
            Mono sound at 16 kHz of one voice each.

        Returns
        -------
        ndarray, shape (len(stretches), d)
            Unit rows; NaN where the stretch is silent or shorter than `MIN_SECONDS`.
        """

    def enough(self, stretch: NDArray[np.float32]) -> bool:
        """Whether a stretch is long enough, and not digital silence."""
        return len(stretch) >= self.min_num_samples and bool(np.any(stretch))

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
        ndarray, shape (batch, d)
            NaN rows where less than `MIN_SECONDS` is left.
        """
        sound = waveforms[:, 0].cpu().numpy()
        if masks is None:
            return self.embed_each(list(sound))
        chosen = masks.cpu().numpy() > 0.5
        frame = (np.arange(sound.shape[1]) * chosen.shape[1]) // sound.shape[1]
        return self.embed_each([x[mask[frame]] for x, mask in zip(sound, chosen, strict=True)])
