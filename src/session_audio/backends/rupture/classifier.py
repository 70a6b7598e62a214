"""The `TextClassifier` port with the bundled rupture classifier.

A turn in a conversation and a turn by itself are read by different networks, each calibrated on
text that it was not trained on; the package's docstring names the steps.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

from session_audio.backends.rupture.alone.reader import TurnReader
from session_audio.backends.rupture.conversation.reader import ConversationReader
from session_audio.backends.rupture.conversation.windows import conversations
from session_audio.backends.rupture.joint import JointReader, Reader, share
from session_audio.backends.rupture.scores import (
    calibrated_scores,
    label_probabilities,
    log_softmax,
    turn_scores,
)
from session_audio.backends.rupture.target import log_target_probabilities
from session_audio.backends.rupture.trained import WEIGHTS
from session_audio.errors import ModelError
from session_audio.ports import Progress, no_progress
from session_audio.schema import TurnInContext, TurnScores

MOST_ALONE = 3
"""Turns that follow one another and are yet no conversation."""


class RuptureClassifier:
    """The trained classifier.

    Turns that follow one another, each in the context of the next, are read as the conversation
    that they are, by both readers together, and calibrated to how rare a strain is in talk; a
    turn by itself, or two or three, by one, as those of which half are a rupture or repair.  A
    reader is loaded when it is first needed.

    Parameters
    ----------
    folder : path
        Holds ``alone`` and ``conversation``, each with what was trained.
    encoders : mapping
        The encoder's folder of each.
    threads : int
        Threads to use.

    Raises
    ------
    ModelError
        When weights are missing.
    """

    def __init__(self, folder: Path, encoders: Mapping[str, Path], threads: int = 1) -> None:
        self._make: dict[str, Callable[[], Reader]] = {
            "alone": partial(TurnReader, folder / "alone", encoders["alone"], threads),
            "conversation": partial(
                ConversationReader, folder / "conversation", encoders["conversation"], threads
            ),
        }
        self._readers: dict[str, Reader] = {}
        self._revision = _revision([folder / name / WEIGHTS for name in sorted(self._make)])

    @property
    def revision(self) -> str:
        """Names the weights."""
        return self._revision

    def score(
        self, turns: Sequence[TurnInContext], progress: Progress = no_progress
    ) -> list[TurnScores]:
        """Calibrated scores of each turn, in order; a turn without words is surely ``none``.

        Raises
        ------
        ModelError
            When weights are missing or do not fit.
        """
        found: dict[str, list[int]] = {"conversation": [], "alone": []}
        for one in conversations(turns):
            found["conversation" if len(one.rows) > MOST_ALONE else "alone"] += one.rows
        out: dict[int, TurnScores] = {}
        before = 0
        for name, rows in found.items():
            if rows:
                asked = [turns[k] for k in rows]
                part = partial(share, progress, before / len(turns), len(rows) / len(turns))
                out.update(zip(rows, self._scores(name, asked, part), strict=True))
                before += len(rows)
        nothing = (1.0, 0.0, 0.0, 0.0), (0.0, 0.0, 0.0)
        return [
            out[k] if turn.text.strip() else turn_scores(turn.id, *nothing)
            for k, turn in enumerate(turns)
        ]

    def _scores(
        self, name: str, turns: Sequence[TurnInContext], progress: Progress
    ) -> list[TurnScores]:
        """Scores of `turns` by one of the readers."""
        reader = self._reader(name)
        if name == "conversation":
            reader = JointReader(reader, self._reader("alone"))
        label, target = reader.logits(turns, progress)
        calibration = reader.config["calibration"]
        labels = label_probabilities(label, calibration)
        whose = log_target_probabilities(turns, labels[:, 1:], reader.config["addressee"])
        return calibrated_scores(turns, labels, log_softmax(target) + whose, calibration)

    def _reader(self, name: str) -> Reader:
        if name not in self._readers:
            self._readers[name] = self._make[name]()
        return self._readers[name]


def _revision(files: Sequence[Path]) -> str:
    digest = hashlib.sha256()
    try:
        for file in files:
            digest.update(file.read_bytes())
    except OSError as error:
        raise ModelError(
            f"the rupture classifier's weights cannot be read ({type(error).__name__})",
            hint="`make train-rupture` makes them anew.",
        ) from None
    return f"rupture-{digest.hexdigest()[:12]}"
