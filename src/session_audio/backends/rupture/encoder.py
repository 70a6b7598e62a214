"""Reads a pulled encoder with little memory, and says how it computes."""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import torch

from session_audio.errors import ModelError


def read(kind: type, config: Any, folder: Path, name: str, dtype: torch.dtype) -> Any:
    """The encoder as it was published, without pooler, its matrices as `dtype`.

    Biases and norms stay in float32.

    Parameters
    ----------
    kind : type
        Its class in transformers.
    config : config
        Its configuration.
    folder : path
        Holds ``model.safetensors``.
    name : str
        What an error calls it.
    dtype : torch.dtype

    Raises
    ------
    ModelError
        When the weights do not fit.
    """
    from safetensors import safe_open

    with torch.device("meta"):
        model = kind(config, add_pooling_layer=False)
    wanted = dict(model.named_parameters())
    path = str(folder / "model.safetensors")
    with safe_open(path, "pt") as file:
        names = wanted.keys() & set(file.keys())
    tensors = {}
    for key in sorted(names):
        # Opened for each: what was read of an open file stays in memory, twice the model.
        with safe_open(path, "pt") as file:
            tensor = file.get_tensor(key)
            tensors[key] = tensor.to(dtype if tensor.ndim > 1 else torch.float32, copy=True)
            del tensor
    unfit = [n for n, p in wanted.items() if n not in tensors or tensors[n].shape != p.shape]
    if unfit:
        raise ModelError(
            f"the {name} encoder lacks {len(unfit)} of the tensors expected",
            hint="Run `session-audio models verify`.",
        )
    model.load_state_dict(tensors, strict=False, assign=True)
    # Counted, not learned: which position is which, and that all is of one kind.
    positions = torch.arange(config.max_position_embeddings)[None]
    for key, buffer in list(model.embeddings.named_buffers()):
        fill = positions if key == "position_ids" else torch.zeros_like(positions)
        assert buffer.shape == fill.shape, key
        setattr(model.embeddings, key, fill)
    return model


def fast_type() -> torch.dtype:
    """bfloat16 where the processor multiplies in it (three times as fast), else float32."""
    able = torch.cpu.get_capabilities()
    return torch.bfloat16 if able.get("avx512_bf16") or able.get("amx_bf16") else torch.float32


def halves(encoder: Any) -> AbstractContextManager[Any]:
    """Within it, an encoder whose matrices are bfloat16 multiplies in it."""
    half = encoder.dtype == torch.bfloat16
    return torch.autocast("cpu", torch.bfloat16, enabled=half)
