"""What both trainings do alike: learning rates by layer, weights averaged over steps."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import torch


def layer_rates(
    layers: Sequence[torch.nn.Module], first: int, rate: float, decay: float
) -> list[dict]:
    """Parameter groups of the layers from `first` on.

    The last learns at `rate`, each other one `decay` times as fast as the one above it.
    """
    return [
        {
            "params": [p for p in layer.parameters() if p.requires_grad],
            "lr": rate * decay ** (len(layers) - 1 - k),
        }
        for k, layer in enumerate(layers)
        if k >= first
    ]


class Averaged:
    """The mean of some weights over steps."""

    def __init__(self, weights: Iterable[torch.nn.Parameter]) -> None:
        self._weights = list(weights)
        self._mean = [torch.zeros_like(p) for p in self._weights]
        self._count = 0

    def add(self) -> None:
        """Count the weights as they are."""
        self._count += 1
        for kept, now in zip(self._mean, self._weights, strict=True):
            kept += (now.detach() - kept) / self._count

    def set(self) -> None:
        """Make the weights their mean."""
        with torch.no_grad():
            for kept, now in zip(self._mean, self._weights, strict=True):
                now.copy_(kept)
