"""Calibrates the reader of turns by themselves, on groups that no member was trained on.

One temperature and a shift a label (Guo et al. 2017), and the model of who is addressed, as
``config.json`` of ``models/rupture/alone`` holds them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import turns_data
from scipy.optimize import minimize
from sklearn.linear_model import LogisticRegression

from session_audio.backends.rupture.scores import (
    LABELS,
    TARGETS,
    label_probabilities,
    log_softmax,
)
from session_audio.backends.rupture.target import log_target_probabilities, target_features

ADDRESSEE_WEIGHT = 0.7
"""What who is addressed counts beside the target head (chosen on the calibration groups)."""
ODDS = 1.5
"""Odds of a strain or repair against none, over those that fit the calibration groups best: without
it, what is unsure is labelled none and half of the confrontations are missed (chosen there, by
macro-F1; from 1.4 to 1.7 it is the same)."""


def fitted_scale(
    logit: np.ndarray, wanted: np.ndarray, shifts: bool, penalty: float = 0.02
) -> tuple[float, list[float]]:
    """Scale and shifts of logits that make held-out turns likeliest.

    One scale for all classes (temperature; Guo et al. 2017) and, where `shifts`, one shift a
    class, drawn to zero by `penalty`.
    """
    classes = logit.shape[1]

    def cost(x: np.ndarray) -> float:
        moved = logit * np.exp(x[0]) + (x[1:] if shifts else 0.0)
        top = moved.max(axis=1, keepdims=True)
        log_sum = top[:, 0] + np.log(np.exp(moved - top).sum(axis=1))
        likely = log_sum - moved[np.arange(len(wanted)), wanted]
        return float(likely.mean() + penalty * (x[1:] ** 2).sum())

    best = minimize(cost, np.zeros(1 + classes), method="L-BFGS-B").x
    shift = best[1:] - best[1:].mean() if shifts else np.zeros(classes)
    return round(float(np.exp(best[0])), 4), [round(float(v), 4) for v in shift]


def addressee(items: Sequence[turns_data.Item]) -> dict[str, Any]:
    """The logistic regression of who is addressed, from the codes of `items`."""
    coded = [item for item in items if item.label != "none"]
    features = np.array([target_features(item.turn, item.label) for item in coded])
    wanted = [TARGETS.index(item.target) for item in coded]
    model = LogisticRegression(C=0.3, max_iter=5000).fit(features, wanted)
    return {
        "weights": np.round(model.coef_, 4).tolist(),
        "bias": np.round(model.intercept_, 4).tolist(),
        "weight": ADDRESSEE_WEIGHT,
    }


def calibration(
    label: np.ndarray, target: np.ndarray, items: Sequence[turns_data.Item], model: dict[str, Any]
) -> dict[str, Any]:
    """Scales and shifts fitted on turns that were not trained on."""
    labels = np.array([LABELS.index(item.label) for item in items])
    label_scale, label_shift = fitted_scale(label, labels, True)
    more = float(np.log(ODDS))
    label_shift = [round(v + (more if k else 0.0), 4) for k, v in enumerate(label_shift)]
    known = [k for k, item in enumerate(items) if item.label != "none"]
    fitted = {"label_scale": label_scale, "label_shift": label_shift}
    labels_of_known = label_probabilities(label, fitted)[known, 1:]
    logit = log_softmax(target[known]) + log_target_probabilities(
        [items[k].turn for k in known], labels_of_known, model
    )
    wanted = np.array([TARGETS.index(items[k].target) for k in known])
    target_scale, _ = fitted_scale(logit, wanted, False)
    return {**fitted, "target_scale": target_scale}
