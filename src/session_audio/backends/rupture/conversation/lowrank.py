"""Low-rank adaptation of an encoder's linear maps (LoRA, Hu et al. 2021).

To a map with the weights W, the product of two thin matrices is added: ``W + SCALE * B A``.
Only A and B are trained.  `adapt` adds them for training, `trained` reads them, `merge` adds
their product to the weights of an encoder.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import nn
from torch.nn import functional

SCALE = 2.0


class LowRank(nn.Module):
    """A linear map that stays as it is, and a low-rank one beside it."""

    def __init__(self, linear: nn.Linear, rank: int) -> None:
        super().__init__()
        self.weight, self.bias = linear.weight, linear.bias
        self.a = nn.Parameter(torch.randn(rank, linear.in_features) * 0.5 / linear.in_features**0.5)
        self.b = nn.Parameter(torch.zeros(linear.out_features, rank))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Both maps' sum, shape (..., out)."""
        added = functional.linear(functional.linear(x, self.a), self.b)
        return functional.linear(x, self.weight, self.bias) + SCALE * added


def adapt(encoder: Any, layer: int, rank: int) -> None:
    """Put a `LowRank` in place of every linear map from `layer` on."""
    for block in encoder.encoder.layer[layer:]:
        for name, module in list(block.named_modules()):
            if isinstance(module, nn.Linear):
                parent, _, own = name.rpartition(".")
                setattr(block.get_submodule(parent), own, LowRank(module, rank))


def trained(encoder: Any) -> dict[str, torch.Tensor]:
    """The matrices of every `LowRank` by name, as `merge` takes them."""
    return {n: p.detach() for n, p in encoder.named_parameters() if n.endswith((".a", ".b"))}


def merge(encoder: Any, tensors: Mapping[str, torch.Tensor]) -> bool:
    """Add the products to the weights; False, and nothing is changed, where they do not fit."""
    maps = {n: m for n, m in encoder.named_modules() if isinstance(m, nn.Linear)}
    names = {n.rpartition(".")[0] for n in tensors}
    if not names or not names <= maps.keys() or set(tensors) != _both(names):
        return False
    for name in names:
        a, b = tensors[f"{name}.a"], tensors[f"{name}.b"]
        if a.shape[0] != b.shape[1] or (b.shape[0], a.shape[1]) != maps[name].weight.shape:
            return False
    for name in names:
        a, b = tensors[f"{name}.a"].float(), tensors[f"{name}.b"].float()
        weight = maps[name].weight
        weight.data = (weight.float() + SCALE * (b @ a)).to(weight.dtype)
    return True


def _both(names: set[str]) -> set[str]:
    return {f"{name}.{side}" for name in names for side in ("a", "b")}
