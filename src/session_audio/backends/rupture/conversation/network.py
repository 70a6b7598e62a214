"""The network that scores the turns of a conversation, several at once.

An MPNet encoder as it was published (the bundled conversation encoder), with low-rank matrices
added to the linear maps of its upper layers, and heads for label, target and marker.  Only the
matrices and the heads were trained: they lie in ``models/rupture/conversation`` as float16, and
are added to the encoder's weights when it is read.

`TurnTokenizer` and `collate` make a `Batch` from windows of a conversation; `TurnNet` scores it;
`load` reads what was trained.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import nn

from session_audio.backends.rupture import encoder, trained
from session_audio.backends.rupture.conversation.lowrank import merge
from session_audio.backends.rupture.conversation.text import shortened
from session_audio.backends.rupture.heads import Heads, Logits
from session_audio.backends.rupture.trained import Vocabulary


@dataclass(frozen=True, slots=True)
class Batch:
    """Windows side by side, padded.

    `ids` and `mask` have the shape (windows, tokens).  `turn` names for each token the scored
    turn that it belongs to, counted over the batch, and -1 for all other tokens; `ends` is the
    place of the mark after each scored turn, in the flattened batch.
    """

    ids: torch.Tensor
    mask: torch.Tensor
    turn: torch.Tensor
    ends: torch.Tensor


Row = tuple[Sequence[Sequence[int]], int, int]
"""A window: the token ids of each turn; the first that is scored, and the first after these."""


class TurnTokenizer:
    """Turns rendered text into token ids, with the encoder's own vocabulary."""

    def __init__(self, encoder: Path) -> None:
        self._vocabulary = Vocabulary(encoder)
        self.first = self._vocabulary.number("<s>")
        self.separator = self._vocabulary.number("</s>")
        self.padding = self._vocabulary.number("<pad>")

    def encode(self, rendered: Sequence[str]) -> list[list[int]]:
        """Token ids of each turn, long ones shortened."""
        return [shortened(ids) for ids in self._vocabulary.ids(rendered)]

    def collate(self, rows: Sequence[Row]) -> Batch:
        """Lay windows side by side, each turn with the mark after it."""
        longest = max(length(row) for row in rows)
        ids = torch.full((len(rows), longest), self.padding)
        mask = torch.zeros(len(rows), longest, dtype=torch.long)
        turn = torch.full((len(rows), longest), -1)
        ends: list[int] = []
        for k, (turns, start, stop) in enumerate(rows):
            line = [self.first]
            for place, tokens in enumerate(turns):
                if start <= place < stop:
                    turn[k, len(line) : len(line) + len(tokens)] = len(ends)
                    ends.append(k * longest + len(line) + len(tokens))
                line += [*tokens, self.separator]
            ids[k, : len(line)] = torch.tensor(line)
            mask[k, : len(line)] = 1
        return Batch(ids, mask, turn, torch.tensor(ends, dtype=torch.long))


def length(row: Row) -> int:
    """Tokens of a window."""
    return 1 + sum(len(tokens) + 1 for tokens in row[0])


class TurnNet(Heads):
    """The encoder, and a head for each task over two views of a turn: its mean and its end.

    Parameters
    ----------
    body : module
        As `read_encoder` gives it.
    markers : int
        Number of markers; their head only helps in training.
    dropout : float
        Before the heads.
    """

    def __init__(self, body: Any, markers: int, dropout: float = 0.15) -> None:
        super().__init__(2, int(body.config.hidden_size), markers, dropout)
        self.encoder = body

    def forward(self, batch: Batch) -> Logits:
        """Logits of label, target (no ``none``) and marker, each (scored turns, classes)."""
        return self.judged(self.views(batch))

    def views(self, batch: Batch) -> torch.Tensor:
        """The mean of each scored turn's states and the state of the mark after it."""
        with encoder.halves(self.encoder):
            states = self.encoder(input_ids=batch.ids, attention_mask=batch.mask).last_hidden_state
        flat = states.reshape(-1, states.shape[-1]).float()
        turn = batch.turn.reshape(-1)
        inside = turn >= 0
        total = torch.zeros(len(batch.ends), flat.shape[-1])
        total = total.index_add(0, turn[inside], flat[inside])
        tokens = torch.bincount(turn[inside], minlength=len(batch.ends)).clamp(min=1)
        return torch.cat([total / tokens[:, None], flat[batch.ends]], dim=-1)

    def heads(self) -> dict[str, nn.Parameter]:
        """What lies above the encoder."""
        return {n: p for n, p in self.named_parameters() if not n.startswith("encoder.")}


def read_encoder(folder: Path, dtype: torch.dtype = torch.float32) -> Any:
    """The bundled conversation encoder (an MPNet without pooler), frozen, its matrices as `dtype`.

    Raises
    ------
    ModelError
        When the weights do not fit.
    """
    from transformers import MPNetConfig, MPNetModel

    config = MPNetConfig.from_pretrained(folder)
    return encoder.read(MPNetModel, config, folder, "conversation", dtype).requires_grad_(False)


def load(folder: Path, published: Path, dtype: torch.dtype) -> tuple[TurnNet, dict[str, Any]]:
    """The trained network, ready to score, and the configuration.

    Raises
    ------
    ModelError
        When a file is missing or the tensors are not those of this network.
    """
    tensors, config = trained.read(folder)
    net = TurnNet(read_encoder(published, dtype), len(config["markers"]))
    own = net.heads()
    heads = {n: tensors.pop(n) for n in own if n in tensors}
    shapes = {n: t.shape for n, t in heads.items()}
    if shapes != {n: p.shape for n, p in own.items()} or not merge(net.encoder, tensors):
        raise trained.unfit()
    net.load_state_dict(heads, strict=False)
    return net.eval(), config


def batches(rows: Sequence[Row], tokens: int) -> Iterable[list[int]]:
    """Places of windows of like length, so that a batch holds at most about so many tokens."""
    part: list[int] = []
    for k in sorted(range(len(rows)), key=lambda k: length(rows[k])):
        if part and length(rows[k]) * (len(part) + 1) > tokens:
            yield part
            part = []
        part.append(k)
    if part:
        yield part
