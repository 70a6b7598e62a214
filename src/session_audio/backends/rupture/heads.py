"""What both networks have above their encoder: a layer over views of a turn, a head each task."""

from __future__ import annotations

import torch
from torch import nn

from session_audio.backends.rupture.scores import LABELS, TARGETS

Logits = tuple[torch.Tensor, torch.Tensor, torch.Tensor]
"""Of label, target (no ``none``) and marker, each (turns, classes)."""


class Heads(nn.Module):
    """Heads for label, target and marker over views of a turn; a network adds its encoder.

    Parameters
    ----------
    views : int
        Vectors that tell of a turn, side by side.
    width : int
        Length of each.
    markers : int
        Number of markers; their head only helps in training.
    dropout : float
        Before the heads.
    """

    def __init__(self, views: int, width: int, markers: int, dropout: float) -> None:
        super().__init__()
        self.mix = nn.Sequential(nn.Dropout(dropout), nn.Linear(views * width, width), nn.GELU())
        self.drop = nn.Dropout(dropout)
        self.label = nn.Linear(width, len(LABELS))
        self.target = nn.Linear(width, len(TARGETS) - 1)
        self.marker = nn.Linear(width, markers)

    def judged(self, views: torch.Tensor) -> Logits:
        """Logits from the views side by side, shape (turns, views * width)."""
        shared = self.drop(self.mix(views))
        return self.label(shared), self.target(shared), self.marker(shared)
