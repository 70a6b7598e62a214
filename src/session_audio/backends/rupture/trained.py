"""What both readers share: the files of what was trained, vocabulary, reading in batches."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import torch

from session_audio.backends.rupture.scores import LABELS, TARGETS, Floats
from session_audio.backends.workers import over
from session_audio.errors import ModelError
from session_audio.files import write_text
from session_audio.ports import Progress

WEIGHTS = "model.safetensors"
CONFIG = "config.json"
T = TypeVar("T")
ANEW = "`make train-rupture` makes it anew."


def write(folder: Path, tensors: Mapping[str, torch.Tensor], config: Mapping[str, Any]) -> None:
    """Write what was trained as float16, and the configuration."""
    from safetensors.torch import save_file

    small = {n: t.detach().to(torch.float16).contiguous() for n, t in sorted(tensors.items())}
    save_file(small, str(folder / WEIGHTS), metadata={"format": "pt"})
    write_text(folder / CONFIG, json.dumps(config, indent=1, sort_keys=True) + "\n", private=False)


def read(folder: Path) -> tuple[dict[str, torch.Tensor], dict[str, Any]]:
    """What `write` wrote: the tensors, as float32, and the configuration.

    Raises
    ------
    ModelError
        When a file is missing or cannot be read.
    """
    from safetensors.torch import load_file

    try:
        config = json.loads((folder / CONFIG).read_text(encoding="utf-8"))
        tensors = load_file(str(folder / WEIGHTS))
        config["markers"]  # how many say how wide a head is
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelError(
            f"the rupture classifier in {folder.name} cannot be read ({type(error).__name__})",
            hint=ANEW,
        ) from None
    return {n: t.to(torch.float32) for n, t in tensors.items()}, config


def unfit() -> ModelError:
    """The tensors are not those of the network."""
    return ModelError("the rupture classifier's weights do not fit its network", hint=ANEW)


class Vocabulary:
    """An encoder's own vocabulary.

    Parameters
    ----------
    encoder : path
        Its folder.
    """

    def __init__(self, encoder: Path) -> None:
        from tokenizers import Tokenizer

        self._tokenizer = Tokenizer.from_file(str(encoder / "tokenizer.json"))
        self._tokenizer.no_truncation()
        self._tokenizer.no_padding()

    def number(self, token: str) -> int:
        """The id of a mark such as ``[CLS]``.

        Raises
        ------
        ModelError
            When there is none.
        """
        number = self._tokenizer.token_to_id(token)
        if number is None:
            raise ModelError(f"the text encoder's vocabulary has no {token}")
        return int(number)

    def ids(self, texts: Sequence[str]) -> list[list[int]]:
        """Token ids of each text, without marks."""
        encoded = self._tokenizer.encode_batch(list(texts), add_special_tokens=False)
        return [one.ids for one in encoded]


def collected(
    read: Callable[[T], tuple[list[int], torch.Tensor, torch.Tensor]],
    batches: Iterable[T],
    count: int,
    threads: int,
    progress: Progress,
) -> tuple[Floats, Floats]:
    """Label logits, shape (count, 4), and target logits, shape (count, 3).

    `read` gives the places, label logits and target logits of a batch; batches are read beside
    each other, a thread each, without gradients.
    """
    label = np.zeros((count, len(LABELS)))
    target = np.zeros((count, len(TARGETS) - 1))
    done = 0

    def run(batch: T) -> tuple[list[int], Floats, Floats]:
        with torch.inference_mode():
            places, one_label, one_target = read(batch)
            return places, one_label.numpy(), one_target.numpy()

    for places, one_label, one_target in over(run, batches, threads):
        label[places], target[places] = one_label, one_target
        done += len(places)
        progress(done / count)
    return label, target
