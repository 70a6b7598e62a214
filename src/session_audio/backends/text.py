"""Maps sentences to vectors: a MiniLM encoder on transformers, weights from a local folder.

Reimers & Gurevych 2019, "Sentence-BERT": the mean of the last layer's token states,
padding left out, scaled to unit length.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from session_audio import offline
from session_audio.errors import ModelError
from session_audio.settings import Settings
from session_audio.weights import locate


class SentenceEncoder:
    """Sentences to unit vectors.

    Parameters
    ----------
    path : Path
        Folder with ``model.safetensors``, ``config.json`` and the tokenizer.
    device : str
        ``"auto"``, ``"cpu"`` or ``"cuda"``.
    batch_size : int
        Sentences encoded together.
    longest : int
        Tokens read of a sentence; what follows is left out.

    Raises
    ------
    ModelError
        When the weights are missing or cannot be loaded.
    """

    def __init__(
        self, path: Path, device: str = "auto", batch_size: int = 32, longest: int = 256
    ) -> None:
        offline.silence()
        import torch
        from transformers import AutoModel, AutoTokenizer

        self.batch_size = batch_size
        self.longest = longest
        where = "cuda" if device != "cpu" and torch.cuda.is_available() else "cpu"
        try:
            self._tokenizer = AutoTokenizer.from_pretrained(path, local_files_only=True)
            self._model = AutoModel.from_pretrained(
                path, local_files_only=True, use_safetensors=True, dtype=torch.float32
            )
        except (OSError, ValueError, RuntimeError) as error:
            raise ModelError(
                f"the sentence encoder in {path.name} cannot be loaded ({type(error).__name__})",
                hint="Run `session-audio models pull`.",
            ) from error
        self._model.eval().to(where)
        self._device = where

    @property
    def dimension(self) -> int:
        """Numbers in a vector."""
        return int(self._model.config.hidden_size)

    def encode(self, sentences: Sequence[str]) -> NDArray[np.float32]:
        """One unit vector a sentence, in order, shape ``(len(sentences), dimension)``.

        Sentences of like length are encoded together, so that little is padded; the same
        sentence always gives the same vector to within rounding.
        """
        import torch

        out = np.zeros((len(sentences), self.dimension), dtype=np.float32)
        order = sorted(range(len(sentences)), key=lambda i: len(sentences[i]))
        with torch.inference_mode():
            for first in range(0, len(order), self.batch_size):
                rows = order[first : first + self.batch_size]
                batch = self._tokenizer(
                    [sentences[i] for i in rows],
                    padding=True,
                    truncation=True,
                    max_length=self.longest,
                    return_tensors="pt",
                ).to(self._device)
                states = self._model(**batch).last_hidden_state
                mask = batch["attention_mask"].unsqueeze(-1)
                means = (states * mask).sum(dim=1) / mask.sum(dim=1)
                out[rows] = torch.nn.functional.normalize(means, dim=1).cpu().numpy()
        return out


def load_encoder(path: Path | None = None, settings: Settings | None = None) -> SentenceEncoder:
    """The encoder in `path`; the one that the registry names by default.

    Raises
    ------
    ModelError
        When its weights are not pulled or cannot be loaded.
    """
    settings = settings or Settings()
    path = path or locate("text", settings.machine.profile)
    return SentenceEncoder(path, settings.machine.device)
