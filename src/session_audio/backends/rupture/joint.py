"""What a reader of turns gives, and two readers of a conversation together."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any, Protocol

from session_audio.backends.rupture.scores import Floats
from session_audio.ports import Progress, no_progress
from session_audio.schema import TurnInContext

ALONE_WEIGHT = 0.3
"""What the label logits of the reader of single turns count in a conversation, against those of
the reader of conversations (chosen on scripted and written talk kept from training: scripted
sessions are ordered better by both, real talk as well by one; `docs/accuracy.md`)."""
_CONVERSATION_SHARE = 0.7
"""Fraction of the time that the reader of conversations takes, for progress."""


class Reader(Protocol):
    """Gives logits, and knows how they are calibrated."""

    config: dict[str, Any]

    def logits(
        self, turns: Sequence[TurnInContext], progress: Progress = no_progress
    ) -> tuple[Floats, Floats]:
        """Label logits, shape (turns, 4), and target logits, shape (turns, 3)."""
        ...


class JointReader:
    """The reader of conversations, with a part of what the reader of single turns sees.

    Parameters
    ----------
    conversation : Reader
        Its targets and its calibration, which is fitted for both together, are the joint ones.
    alone : Reader
        Its label logits are added, times `ALONE_WEIGHT`.
    """

    def __init__(self, conversation: Reader, alone: Reader) -> None:
        self.config = conversation.config
        self._conversation, self._alone = conversation, alone

    def logits(
        self, turns: Sequence[TurnInContext], progress: Progress = no_progress
    ) -> tuple[Floats, Floats]:
        """Label logits, shape (turns, 4), and target logits, shape (turns, 3)."""
        rest = 1 - _CONVERSATION_SHARE
        label, target = self._conversation.logits(
            turns, partial(share, progress, 0.0, _CONVERSATION_SHARE)
        )
        single, _ = self._alone.logits(turns, partial(share, progress, _CONVERSATION_SHARE, rest))
        return label + ALONE_WEIGHT * single, target


def share(progress: Progress, before: float, part: float, done: float) -> None:
    """Report the fraction `done` of a `part` of the work that begins after `before`."""
    progress(before + part * done)
