"""The `TextClassifier` port: the bundled rupture classifier, or another model from a folder.

`load_classifier` gives the one that the settings name.  The bundled one is the text encoder
with trained upper layers (``models/rupture``), calibrated on groups it was not trained on.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch
from numpy.typing import NDArray

from session_audio import offline
from session_audio import weights as models
from session_audio.backends.rupture import network
from session_audio.backends.rupture.target import log_shares
from session_audio.backends.rupture.text import render
from session_audio.errors import ModelError, SettingsError
from session_audio.ports import Progress, TextClassifier, no_progress
from session_audio.resources import models_folder
from session_audio.schema import TargetLabel, TurnInContext, TurnLabel, TurnScores
from session_audio.settings import Settings

LABELS, TARGETS = network.LABELS, network.TARGETS
BATCH = 32


def load_classifier(settings: Settings, threads: int) -> TextClassifier:
    """The classifier that ``settings.flags.classifier`` names.

    ``"bundled"``, or a folder with a sequence-classification model (its labels are ours, or
    are mapped to ours by ``flags.classifier_labels``) or a natural-language-inference model
    (its labels hold ``entailment``), which then judges by ``flags.hypotheses``.

    Raises
    ------
    ModelError
        When the weights are missing or do not fit.
    """
    offline.silence()
    chosen = settings.flags.classifier
    if chosen == "bundled":
        return RuptureClassifier(models_folder() / "rupture", models.locate("text"), threads)
    from session_audio.backends.rupture.external import load_other

    return load_other(
        Path(chosen).expanduser(),
        _mapped(settings.flags.classifier_labels),
        dict(zip(LABELS, settings.flags.hypotheses, strict=True)),
        threads,
    )


def _mapped(pairs: Sequence[str]) -> dict[str, str]:
    """Label of a model -> ours, from ``"theirs=ours"``."""
    out = {}
    for pair in pairs:
        theirs, _, ours = pair.rpartition("=")
        if not theirs or ours not in LABELS:
            raise SettingsError(
                f"flags.classifier_labels holds {pair!r}; expected for example toxic=confrontation"
            )
        out[theirs] = ours
    return out


class RuptureClassifier:
    """The trained classifier.

    Parameters
    ----------
    folder : path
        ``config.json`` and ``model.safetensors`` as `rupture_model.save` writes them.
    encoder : path
        The bundled text encoder.
    threads : int
        Threads to use.
    members : sequence of int, optional
        Which of the networks to average; all by default.
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
        """Calibrated scores of each turn, in order."""
        if not turns:
            return []
        inputs = self._tokenizer.encode([render(turn) for turn in turns])
        label = np.zeros((len(turns), len(LABELS)))
        target = np.zeros((len(turns), len(TARGETS) - 1))
        done = 0
        with threads_set(self._threads), torch.inference_mode():
            for rows in network.by_length(inputs, BATCH):
                batch = network.collate([inputs[k] for k in rows])
                one, two = network.logits(self._nets, batch, int(self._config["layer"]))
                label[rows], target[rows] = one.numpy(), two.numpy()
                done += len(rows)
                progress(done / len(turns))
        calibration = self._config["calibration"]
        shares = label_shares(label, calibration)
        if "addressee" in self._config:
            target = log_softmax(target) + log_shares(
                turns, shares[:, 1:], self._config["addressee"]
            )
        found = calibrated(turns, shares, target, calibration)
        return [
            score if turn.text.strip() else scored(turn.id, (1.0, 0.0, 0.0, 0.0), (0.0, 0.0, 0.0))
            for turn, score in zip(turns, found, strict=True)
        ]


class threads_set:  # noqa: N801 - reads as a statement
    """Within it, torch uses so many threads."""

    def __init__(self, threads: int) -> None:
        self._threads = threads
        self._before = 1

    def __enter__(self) -> None:
        self._before = torch.get_num_threads()
        torch.set_num_threads(self._threads)

    def __exit__(self, *_: object) -> None:
        torch.set_num_threads(self._before)


def softmax(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Row-wise softmax.

    >>> softmax(np.zeros((1, 4))).tolist()
    [[0.25, 0.25, 0.25, 0.25]]
    """
    powers = np.exp(values - values.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True))


def log_softmax(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Row-wise logarithm of `softmax`."""
    return np.asarray(np.log(np.maximum(softmax(values), 1e-12)))


def label_shares(label: NDArray[np.float64], calibration: Mapping[str, Any]) -> NDArray[np.float64]:
    """Label probabilities from logits: scaled and shifted as fitted on held-out groups."""
    return softmax(label * float(calibration["label_scale"]) + calibration["label_shift"])


def calibrated(
    turns: Sequence[TurnInContext],
    shares: NDArray[np.float64],
    target: NDArray[np.float64],
    calibration: Mapping[str, Any],
) -> list[TurnScores]:
    """Scores of each turn from label probabilities and target logits.

    ``targets`` gives ``none`` the label's own probability of none, and the rest by the
    target logits, so they sum to 1.
    """
    whose = softmax(target * float(calibration["target_scale"]))
    return [scored(turn.id, row, own) for turn, row, own in zip(turns, shares, whose, strict=True)]


def scored(name: str, scores: Iterable[float], whose: Iterable[float]) -> TurnScores:
    """One turn's `TurnScores` from its label and target probabilities."""
    by_label = _summing(LABELS, scores)
    label = cast(TurnLabel, max(by_label, key=by_label.__getitem__))
    rest = 1.0 - by_label["none"]
    by_target = {k: p * rest for k, p in zip(TARGETS, whose, strict=False)}
    by_target["none"] = 1.0 - math.fsum(by_target.values())
    target = "none" if label == "none" else max(TARGETS[:-1], key=by_target.__getitem__)
    return TurnScores(name, label, cast(TargetLabel, target), by_label, by_target)


def _summing(names: Sequence[str], values: Iterable[float]) -> dict[str, float]:
    shares = [float(v) for v in values]
    total = math.fsum(shares)
    if not math.isfinite(total) or total <= 0:
        raise ModelError("the classifier gave no usable scores")
    return {name: share / total for name, share in zip(names, shares, strict=True)}
