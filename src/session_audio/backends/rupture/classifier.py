"""The `TextClassifier` port with the bundled rupture classifier.

The text encoder with trained upper layers (``models/rupture``), calibrated on groups it was not
trained on; the package's docstring names the steps.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch

from session_audio.backends.rupture import network
from session_audio.backends.rupture.scores import (
    LABELS,
    TARGETS,
    calibrated_scores,
    label_probabilities,
    log_softmax,
    turn_scores,
)
from session_audio.backends.rupture.target import log_target_probabilities
from session_audio.backends.rupture.text import render
from session_audio.backends.workers import torch_threads
from session_audio.ports import Progress, no_progress
from session_audio.schema import TurnInContext, TurnScores

BATCH = 32
"""Turns scored together."""


class RuptureClassifier:
    """The trained classifier.

    Parameters
    ----------
    folder : path
        ``config.json`` and ``model.safetensors`` as `network.save` writes them.
    encoder : path
        The bundled text encoder.
    threads : int
        Threads to use.
    members : sequence of int, optional
        Which of the networks to average; all by default.

    Raises
    ------
    ModelError
        When the weights are missing or do not fit.
    """

    def __init__(
        self, folder: Path, encoder: Path, threads: int = 1, members: Sequence[int] | None = None
    ) -> None:
        nets, self._config = network.load(folder, encoder)
        self._nets = nets if members is None else [nets[k] for k in members]
        self._tokenizer = network.TurnTokenizer(encoder)
        self._threads = max(1, threads)
        weights = (folder / network.WEIGHTS).read_bytes()
        self._revision = f"rupture-{hashlib.sha256(weights).hexdigest()[:12]}"

    @property
    def revision(self) -> str:
        """Names the weights."""
        return self._revision

    def score(
        self, turns: Sequence[TurnInContext], progress: Progress = no_progress
    ) -> list[TurnScores]:
        """Calibrated scores of each turn, in order; a turn without words is surely ``none``."""
        if not turns:
            return []
        inputs = self._tokenizer.encode([render(turn) for turn in turns])
        label = np.zeros((len(turns), len(LABELS)))
        target = np.zeros((len(turns), len(TARGETS) - 1))
        done = 0
        with torch_threads(self._threads), torch.inference_mode():
            for rows in network.by_length(inputs, BATCH):
                batch = network.collate([inputs[k] for k in rows])
                one, two = network.logits(self._nets, batch, int(self._config["layer"]))
                label[rows], target[rows] = one.numpy(), two.numpy()
                done += len(rows)
                progress(done / len(turns))
        calibration = self._config["calibration"]
        labels = label_probabilities(label, calibration)
        if "addressee" in self._config:
            addressee = self._config["addressee"]
            target = log_softmax(target) + log_target_probabilities(turns, labels[:, 1:], addressee)
        scores = calibrated_scores(turns, labels, target, calibration)
        nothing = (1.0, 0.0, 0.0, 0.0), (0.0, 0.0, 0.0)
        return [
            score if turn.text.strip() else turn_scores(turn.id, *nothing)
            for turn, score in zip(turns, scores, strict=True)
        ]
