"""The network that scores turns: a small BERT encoder with heads for label, target, marker.

The lower layers are those of the bundled text encoder and are not shipped again; what was
trained (the upper layers and the heads of each member) lies in ``models/rupture/alone`` as float16.
Members are networks trained with other seeds; their logits are averaged (an ensemble).

`TurnTokenizer` and `collate` make a `Batch`; `logits` runs it; `save` and `load` write and read
the weights.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from session_audio.backends.rupture import encoder, trained
from session_audio.backends.rupture.alone.text import Rendered, joined
from session_audio.backends.rupture.heads import Heads, Logits
from session_audio.backends.rupture.trained import Vocabulary


@dataclass(frozen=True, slots=True)
class Batch:
    """Token ids, segment ids and mask of some inputs, each of shape (inputs, tokens)."""

    ids: torch.Tensor
    segments: torch.Tensor
    mask: torch.Tensor


class TurnTokenizer:
    """Turns rendered text into token ids, with the encoder's own vocabulary."""

    def __init__(self, encoder: Path) -> None:
        self._vocabulary = Vocabulary(encoder)
        self.first = self._vocabulary.number("[CLS]")
        self.separator = self._vocabulary.number("[SEP]")

    def encode(self, rendered: Sequence[Rendered]) -> list[tuple[list[int], list[int]]]:
        """Token ids and segment ids of each input."""
        parts = [text for one in rendered for text in (*one.context, one.turn)]
        ids = iter(self._vocabulary.ids(parts))
        out = []
        for one in rendered:
            context = [next(ids) for _ in one.context]
            out.append(joined(context, next(ids), self.first, self.separator))
        return out


def collate(inputs: Sequence[tuple[Sequence[int], Sequence[int]]]) -> Batch:
    """Pad some inputs to the longest of them."""
    longest = max(len(ids) for ids, _ in inputs)
    tokens = torch.zeros(len(inputs), longest, dtype=torch.long)
    segments, mask = torch.zeros_like(tokens), torch.zeros_like(tokens)
    for row, (ids, kinds) in enumerate(inputs):
        tokens[row, : len(ids)] = torch.tensor(ids)
        segments[row, : len(ids)] = torch.tensor(kinds)
        mask[row, : len(ids)] = 1
    return Batch(tokens, segments, mask)


class RuptureNet(Heads):
    """Encoder, three pooled views (whole, turn, context), and a head each task.

    Parameters
    ----------
    body : module
        As `read_encoder` gives it.
    markers : int
        Number of markers; their head only helps in training.
    dropout : float
        Before the heads.
    """

    def __init__(self, body: Any, markers: int, dropout: float = 0.2) -> None:
        super().__init__(3, int(body.config.hidden_size), markers, dropout)
        self.encoder = body

    def forward(self, batch: Batch) -> Logits:
        """Logits of label, target (no ``none``) and marker, each (inputs, classes)."""
        return self.upper(self.lower(batch, 0), batch, 0)

    def lower(self, batch: Batch, layer: int) -> torch.Tensor:
        """Hidden states below `layer`, shape (inputs, tokens, width)."""
        with encoder.halves(self.encoder):
            hidden = self.encoder.embeddings(input_ids=batch.ids, token_type_ids=batch.segments)
        return self._through(hidden, batch, 0, layer)

    def _through(self, hidden: torch.Tensor, batch: Batch, first: int, last: int) -> torch.Tensor:
        mask = batch.mask[:, None, None, :].bool()
        with encoder.halves(self.encoder):
            for layer in self.encoder.encoder.layer[first:last]:
                hidden = layer(hidden, attention_mask=mask)
        return hidden

    def upper(self, hidden: torch.Tensor, batch: Batch, layer: int) -> Logits:
        """Logits from the hidden states below `layer`."""
        return self.judged(self.views(hidden, batch, layer))

    def views(self, hidden: torch.Tensor, batch: Batch, layer: int) -> torch.Tensor:
        """The states of the first token, the turn's mean and the context's, side by side."""
        hidden = self._through(hidden, batch, layer, len(self.encoder.encoder.layer)).float()
        turn = (batch.segments * batch.mask).unsqueeze(-1).to(hidden.dtype)
        context = ((1 - batch.segments) * batch.mask).unsqueeze(-1).to(hidden.dtype)
        return torch.cat(
            [
                hidden[:, 0],
                (hidden * turn).sum(1) / turn.sum(1).clamp(min=1),
                (hidden * context).sum(1) / context.sum(1).clamp(min=1),
            ],
            dim=-1,
        )

    def train_from(self, layer: int) -> None:
        """Freeze the embeddings and the encoder's layers below `layer`."""
        for parameter in self.encoder.embeddings.parameters():
            parameter.requires_grad_(False)
        for below in self.encoder.encoder.layer[:layer]:
            for parameter in below.parameters():
                parameter.requires_grad_(False)

    def trained(self) -> dict[str, torch.Tensor]:
        """What was trained: every tensor that is not frozen."""
        return {n: p.detach() for n, p in self.named_parameters() if p.requires_grad}


def read_encoder(folder: Path, dtype: torch.dtype = torch.float32) -> Any:
    """The bundled text encoder (a BERT without pooler), its matrices as `dtype`.

    Raises
    ------
    ModelError
        When the weights do not fit.
    """
    from transformers import BertConfig, BertModel

    return encoder.read(BertModel, BertConfig.from_pretrained(folder), folder, "text", dtype)


def save(nets: Sequence[RuptureNet], folder: Path, config: Mapping[str, Any], layer: int) -> None:
    """Write what was trained of each member as float16, and the configuration.

    `layer` is the first layer that was trained; those below it are the encoder's own.
    """
    tensors = {f"{k}.{n}": t for k, net in enumerate(nets) for n, t in net.trained().items()}
    trained.write(folder, tensors, {**config, "members": len(nets), "layer": layer})


def load(
    folder: Path, published: Path, dtype: torch.dtype = torch.float32
) -> tuple[list[RuptureNet], dict[str, Any]]:
    """The trained networks, which share the layers that were not trained, and the configuration.

    The matrices of their encoders are held as `dtype`.

    Raises
    ------
    ModelError
        When a file is missing or the tensors are not those of this network.
    """
    tensors, config = trained.read(folder)
    body, layer = read_encoder(published, dtype), int(config["layer"])
    nets: list[RuptureNet] = []
    for k in range(int(config.get("members", 0))):
        own = _of_member(tensors, k)
        net = RuptureNet(_sharing(body, layer), len(config["markers"]))
        _, unexpected = net.load_state_dict(own, strict=False)
        net.train_from(layer)
        if unexpected or own.keys() != net.trained().keys():
            raise trained.unfit()
        nets.append(net.eval())
    if not nets or len(tensors) != sum(len(net.trained()) for net in nets):
        raise trained.unfit()
    return nets, config


def _sharing(body: Any, layer: int) -> Any:
    """A copy of `body` with its very embeddings and layers below `layer`."""
    same = (body.embeddings, *body.encoder.layer[:layer])
    return copy.deepcopy(body, {id(module): module for module in same})


def _of_member(tensors: Mapping[str, torch.Tensor], member: int) -> dict[str, torch.Tensor]:
    start = f"{member}."
    return {n.removeprefix(start): t for n, t in tensors.items() if n.startswith(start)}


def logits(
    nets: Sequence[RuptureNet], batch: Batch, layer: int
) -> tuple[torch.Tensor, torch.Tensor]:
    """Label and target logits, the mean of the members'; what lies below `layer` runs once."""
    hidden = nets[0].lower(batch, layer)
    outputs = [net.upper(hidden, batch, layer) for net in nets]
    label = torch.stack([label for label, _, _ in outputs]).mean(0)
    return label, torch.stack([target for _, target, _ in outputs]).mean(0)


def by_length(
    inputs: Sequence[tuple[Sequence[int], Sequence[int]]], size: int
) -> Iterable[list[int]]:
    """Indices in batches of like length, so that little is padded."""
    order = sorted(range(len(inputs)), key=lambda k: len(inputs[k][0]))
    for at in range(0, len(order), size):
        yield order[at : at + size]
