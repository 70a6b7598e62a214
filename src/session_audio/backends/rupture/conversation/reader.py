"""Label and target logits of the turns of conversations."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch

from session_audio.backends.rupture.conversation import network
from session_audio.backends.rupture.conversation.text import render
from session_audio.backends.rupture.conversation.windows import conversations, windows
from session_audio.backends.rupture.scores import LABELS, TARGETS, Floats
from session_audio.backends.workers import torch_threads
from session_audio.ports import Progress, no_progress
from session_audio.schema import TurnInContext

TOKENS = 2048
"""Tokens read together, at most."""


class ConversationReader:
    """A large encoder with trained low-rank layers, over windows of a conversation.

    Parameters
    ----------
    folder : path
        ``config.json`` and ``model.safetensors`` as `network.save` writes them.
    encoder : path
        The bundled conversation encoder.
    threads : int
        Threads to use.

    Raises
    ------
    ModelError
        When the weights are missing or do not fit.
    """

    def __init__(self, folder: Path, encoder: Path, threads: int = 1) -> None:
        self._net, self.config = network.load(folder, encoder, network.fast_type())
        self._tokenizer = network.TurnTokenizer(encoder)
        self._threads = max(1, threads)

    def logits(
        self, turns: Sequence[TurnInContext], progress: Progress = no_progress
    ) -> tuple[Floats, Floats]:
        """Label logits, shape (turns, 4), and target logits, shape (turns, 3).

        Turns that follow one another, each in the context of the next, are read together.
        """
        label = np.zeros((len(turns), len(LABELS)))
        target = np.zeros((len(turns), len(TARGETS) - 1))
        rows: list[network.Row] = []
        places: list[list[int]] = []
        for one in conversations(turns):
            ids = self._tokenizer.encode(render(one.turns))
            for w in windows([len(tokens) + 1 for tokens in ids], one.lead):
                rows.append((ids[w.first : w.last], w.start - w.first, w.stop - w.first))
                places.append([one.rows[k - one.lead] for k in range(w.start, w.stop)])
        done = 0
        with torch_threads(self._threads), torch.inference_mode():
            for part in network.batches(rows, TOKENS):
                batch = self._tokenizer.collate([rows[k] for k in part])
                at = [place for k in part for place in places[k]]
                one_label, one_target, _ = self._net(batch)
                label[at], target[at] = one_label.numpy(), one_target.numpy()
                done += len(at)
                progress(done / len(turns))
        return label, target
