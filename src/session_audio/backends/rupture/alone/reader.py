"""Label and target logits of turns by themselves."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import torch

from session_audio.backends.rupture.alone import network
from session_audio.backends.rupture.alone.text import render
from session_audio.backends.rupture.encoder import fast_type
from session_audio.backends.rupture.scores import Floats
from session_audio.backends.rupture.trained import collected
from session_audio.ports import Progress, no_progress
from session_audio.schema import TurnInContext

BATCH = 8
"""Turns read together; more would not stay in a processor's cache."""


class TurnReader:
    """Networks over a small encoder, whose logits are averaged.

    Parameters
    ----------
    folder : path
        ``config.json`` and ``model.safetensors`` as `trained.write` writes them.
    encoder : path
        The bundled text encoder.
    threads : int
        Threads to use.

    Raises
    ------
    ModelError
        When the weights are missing or do not fit.
    """

    def __init__(self, folder: Path, encoder: Path, threads: int = 1) -> None:
        self._nets, self.config = network.load(folder, encoder, fast_type())
        self._tokenizer = network.TurnTokenizer(encoder)
        self._threads = max(1, threads)

    def logits(
        self, turns: Sequence[TurnInContext], progress: Progress = no_progress
    ) -> tuple[Floats, Floats]:
        """Label logits, shape (turns, 4), and target logits, shape (turns, 3)."""
        inputs = self._tokenizer.encode([render(turn) for turn in turns])

        def read(rows: list[int]) -> tuple[list[int], torch.Tensor, torch.Tensor]:
            batch = network.collate([inputs[k] for k in rows])
            return rows, *network.logits(self._nets, batch, int(self.config["layer"]))

        batches = network.by_length(inputs, BATCH)
        return collected(read, batches, len(turns), self._threads, progress)
