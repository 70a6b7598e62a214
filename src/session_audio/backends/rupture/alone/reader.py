"""Label and target logits of turns by themselves."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from session_audio.backends.rupture.alone import network
from session_audio.backends.rupture.alone.text import render
from session_audio.backends.rupture.scores import LABELS, TARGETS, Floats
from session_audio.backends.workers import torch_threads
from session_audio.ports import Progress, no_progress
from session_audio.schema import TurnInContext

BATCH = 32
"""Turns read together."""


class TurnReader:
    """Networks over a small encoder, whose logits are averaged.

    Parameters
    ----------
    folder : path
        ``config.json`` and ``model.safetensors`` as `network.save` writes them.
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
        self._nets, self.config = network.load(folder, encoder)
        self._tokenizer = network.TurnTokenizer(encoder)
        self._threads = max(1, threads)

    def logits(
        self, turns: Sequence[TurnInContext], progress: Progress = no_progress
    ) -> tuple[Floats, Floats]:
        """Label logits, shape (turns, 4), and target logits, shape (turns, 3)."""
        inputs = self._tokenizer.encode([render(turn) for turn in turns])
        label = np.zeros((len(turns), len(LABELS)))
        target = np.zeros((len(turns), len(TARGETS) - 1))
        layer: Any = self.config["layer"]
        done = 0
        with torch_threads(self._threads), torch.inference_mode():
            for rows in network.by_length(inputs, BATCH):
                batch = network.collate([inputs[k] for k in rows])
                one, two = network.logits(self._nets, batch, int(layer))
                label[rows], target[rows] = one.numpy(), two.numpy()
                done += len(rows)
                progress(done / len(turns))
        return label, target
