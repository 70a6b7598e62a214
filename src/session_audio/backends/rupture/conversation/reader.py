"""Label and target logits of the turns of conversations."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import torch

from session_audio.backends.rupture.conversation import network
from session_audio.backends.rupture.conversation.text import render
from session_audio.backends.rupture.conversation.windows import conversations, windows
from session_audio.backends.rupture.encoder import fast_type
from session_audio.backends.rupture.scores import Floats
from session_audio.backends.rupture.trained import collected
from session_audio.ports import Progress, no_progress
from session_audio.schema import TurnInContext

TOKENS = 512
"""Tokens read together, at most; more would not stay in a processor's cache."""


class ConversationReader:
    """A large encoder with trained low-rank layers, over windows of a conversation.

    Parameters
    ----------
    folder : path
        ``config.json`` and ``model.safetensors`` as `trained.write` writes them.
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
        self._net, self.config = network.load(folder, encoder, fast_type())
        self._tokenizer = network.TurnTokenizer(encoder)
        self._threads = max(1, threads)

    def logits(
        self, turns: Sequence[TurnInContext], progress: Progress = no_progress
    ) -> tuple[Floats, Floats]:
        """Label logits, shape (turns, 4), and target logits, shape (turns, 3).

        Turns that follow one another, each in the context of the next, are read together.
        """
        rows: list[network.Row] = []
        places: list[list[int]] = []
        for one in conversations(turns):
            ids = self._tokenizer.encode(render(one.turns))
            for w in windows([len(tokens) + 1 for tokens in ids], one.lead):
                rows.append((ids[w.first : w.last], w.start - w.first, w.stop - w.first))
                places.append([one.rows[k - one.lead] for k in range(w.start, w.stop)])

        def read(part: list[int]) -> tuple[list[int], torch.Tensor, torch.Tensor]:
            label, target, _ = self._net(self._tokenizer.collate([rows[k] for k in part]))
            return [place for k in part for place in places[k]], label, target

        batches = network.batches(rows, TOKENS)
        return collected(read, batches, len(turns), self._threads, progress)
