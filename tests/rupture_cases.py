"""Small encoders and classifiers that were never trained, written as the real ones are."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from session_audio.schema import ContextTurn, TurnInContext

_MARKS = "<s> <pad> </s> <unk> [PAD] [UNK] [CLS] [SEP]"
WORDS = [*_MARKS.split(), *"member therapist someone alex robin sam : . no yes fine".split()]  # noqa: SIM905
ASKED = TurnInContext(
    "a", (ContextTurn("Ann", "therapist", "Fine, Bo?"),), "Bo", "member", "Ann, no."
)
SAID = [
    ContextTurn("Ann", "therapist", "Fine, Bo?"),
    ContextTurn("Bo", "member", "Ann, no."),
    ContextTurn("Ann", "therapist", "Yes."),
    ContextTurn("Cy", "member", "No no no."),
    ContextTurn("Bo", "member", "Fine."),
]


def in_context(said: list[ContextTurn]) -> list[TurnInContext]:
    """Each turn with those before it."""
    return [TurnInContext.at(str(k), said, k) for k in range(len(said))]


ADDRESSEE = {"weights": [[0.0] * 48] * 3, "bias": [0.0] * 3, "weight": 0.5}
LIKELY = {"label_scale": 1.0, "label_shift": [0.0] * 4, "target_scale": 1.0}
RARE = {**LIKELY, "label_shift": [1.0, 0.0, 0.0, 0.0]}


SMALL = {
    "vocab_size": len(WORDS),
    "hidden_size": 16,
    "num_attention_heads": 2,
    "intermediate_size": 16,
}
"""What a model needs to be small."""


def small_bert(folder: Path) -> Path:
    """A BERT of two layers with a vocabulary of a few words, as the real one is laid out."""
    from transformers import BertConfig, BertModel

    return _small(folder, BertModel, BertConfig(**SMALL, num_hidden_layers=2), "[UNK]")


def small_mpnet(folder: Path) -> Path:
    """An MPNet of two layers with a vocabulary of a few words, as the real one is laid out."""
    from transformers import MPNetConfig, MPNetModel

    config = MPNetConfig(**SMALL, num_hidden_layers=2, initializer_range=0.5)
    return _small(folder, MPNetModel, config, "<unk>")


def _small(folder: Path, kind: Any, config: Any, unknown: str) -> Path:
    """Write an encoder that was never trained, with its tokenizer."""
    import torch
    from safetensors.torch import save_file
    from tokenizers import Tokenizer
    from tokenizers.models import WordLevel
    from tokenizers.pre_tokenizers import Whitespace

    torch.manual_seed(1)
    folder.mkdir()
    config.save_pretrained(folder)
    model = kind(config, add_pooling_layer=False)
    tensors = {n: t for n, t in model.state_dict().items() if "position_ids" not in n}
    save_file(tensors, str(folder / "model.safetensors"))
    tokenizer = Tokenizer(WordLevel({w: k for k, w in enumerate(WORDS)}, unk_token=unknown))
    tokenizer.pre_tokenizer = Whitespace()
    tokenizer.save(str(folder / "tokenizer.json"))
    return folder


def alone(folder: Path, encoder: Path) -> Path:
    """A reader of turns by themselves that was never trained, written as a trained one is."""
    import torch

    from session_audio.backends.rupture.alone import network

    torch.manual_seed(2)
    net = network.RuptureNet(network.read_encoder(encoder), 3)
    net.train_from(1)
    folder.mkdir(parents=True)
    config = {"markers": ["a", "b", "c"], "calibration": LIKELY, "addressee": ADDRESSEE}
    network.save([net, net], folder, config, 1)
    return folder


def conversation(folder: Path, encoder: Path) -> Path:
    """A reader of conversations that was never trained, written as a trained one is."""
    import torch

    from session_audio.backends.rupture import trained
    from session_audio.backends.rupture.conversation import lowrank, network

    torch.manual_seed(2)
    net = network.TurnNet(network.read_encoder(encoder), 3)
    lowrank.adapt(net.encoder, 1, 4)
    for name, tensor in net.named_parameters():
        if name.endswith(".b"):
            torch.nn.init.normal_(tensor, std=0.1)
    folder.mkdir(parents=True)
    config = {"markers": ["a", "b", "c"], "calibration": RARE, "addressee": ADDRESSEE}
    trained.write(folder, lowrank.trained(net.encoder) | net.heads(), config)
    return folder


def classifier(folder: Path):  # type: ignore[no-untyped-def]
    """A classifier of both."""
    from session_audio.backends.rupture.classifier import RuptureClassifier

    encoders = {
        "alone": small_bert(folder / "bert"),
        "conversation": small_mpnet(folder / "mpnet"),
    }
    alone(folder / "rupture" / "alone", encoders["alone"])
    conversation(folder / "rupture" / "conversation", encoders["conversation"])
    return RuptureClassifier(folder / "rupture", encoders)
