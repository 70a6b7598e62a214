"""From logits to `TurnScores`: softmax, calibration, and probabilities that sum to 1.

Labels are in the order of `LABELS`, targets in that of `TARGETS`, as columns; arrays have a row
a turn.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, cast, get_args

import numpy as np
from numpy.typing import NDArray

from session_audio.errors import ModelError
from session_audio.schema import TargetLabel, TurnInContext, TurnLabel, TurnScores

LABELS: tuple[str, ...] = get_args(TurnLabel)
TARGETS: tuple[str, ...] = get_args(TargetLabel)
Floats = NDArray[np.float64]


def softmax(values: Floats) -> Floats:
    """Row-wise softmax.

    >>> softmax(np.zeros((1, 4))).tolist()
    [[0.25, 0.25, 0.25, 0.25]]
    """
    powers = np.exp(values - values.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True))


def log_softmax(values: Floats) -> Floats:
    """Row-wise logarithm of `softmax`, at least that of 1e-12."""
    return np.asarray(np.log(np.maximum(softmax(values), 1e-12)))


def label_probabilities(logits: Floats, calibration: Mapping[str, Any]) -> Floats:
    """Label probabilities, shape (turns, 4): logits scaled and shifted as fitted, then softmax.

    `calibration` holds ``label_scale`` (one number) and ``label_shift`` (one a label), fitted
    on held-out groups (temperature scaling, Guo et al. 2017).
    """
    return softmax(logits * float(calibration["label_scale"]) + calibration["label_shift"])


def calibrated_scores(
    turns: Sequence[TurnInContext],
    labels: Floats,
    target_logits: Floats,
    calibration: Mapping[str, Any],
) -> list[TurnScores]:
    """Scores of each turn, in order.

    Parameters
    ----------
    turns : sequence of TurnInContext
    labels : ndarray, shape (turns, 4)
        Label probabilities.
    target_logits : ndarray, shape (turns, 3)
        Of therapist, member and group, given that there is a rupture or repair.
    calibration : mapping
        Holds ``target_scale``.
    """
    targets = softmax(target_logits * float(calibration["target_scale"]))
    return [
        turn_scores(turn.id, label, target)
        for turn, label, target in zip(turns, labels, targets, strict=True)
    ]


def turn_scores(name: str, labels: Iterable[float], targets: Iterable[float]) -> TurnScores:
    """One turn's `TurnScores`.

    Parameters
    ----------
    name : str
        The turn's id.
    labels : iterable of float
        Probabilities in the order of `LABELS`; brought to the sum 1.
    targets : iterable of float
        Probabilities of therapist, member and group given that the label is not ``none``.
        Target ``none`` gets the label's own probability of ``none``, so that they sum to 1.

    Raises
    ------
    ModelError
        When the probabilities of labels do not add up to a positive number.
    """
    by_label = _normalised(labels)
    label = cast(TurnLabel, max(by_label, key=by_label.__getitem__))
    rest = 1.0 - by_label["none"]
    by_target = {k: p * rest for k, p in zip(TARGETS, targets, strict=False)}
    by_target["none"] = 1.0 - math.fsum(by_target.values())
    target = "none" if label == "none" else max(TARGETS[:-1], key=by_target.__getitem__)
    return TurnScores(name, label, cast(TargetLabel, target), by_label, by_target)


def _normalised(values: Iterable[float]) -> dict[str, float]:
    """`values` by label, divided by their sum."""
    numbers = [float(v) for v in values]
    total = math.fsum(numbers)
    if not math.isfinite(total) or total <= 0:
        raise ModelError("the classifier gave no usable scores")
    return {label: number / total for label, number in zip(LABELS, numbers, strict=True)}
