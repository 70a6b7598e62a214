"""Boosted trees: fitted, cross-validated over meetings, calibrated, and exported."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from meetings import Floats, Key, Meeting, Sample
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from views import AS_RECOGNISED, BY_HAND

from session_audio.turntaking.model.trees import Tree, Trees

FOLDS = 4
BOOSTING: dict[str, Any] = {
    "max_iter": 150,
    "learning_rate": 0.1,
    "max_leaf_nodes": 12,
    "min_samples_leaf": 40,
    "l2_regularization": 20.0,
    "random_state": 0,
}


@dataclass(frozen=True)
class Calibration:
    """Scale and shift of log-odds (Platt 1999)."""

    scale: float
    shift: float


@dataclass(frozen=True)
class CrossValidated:
    """Each view's probabilities from trees that did not see its meeting, and their calibration."""

    probabilities: dict[Key, Floats]
    calibration: Calibration


def fit(sample: Sample) -> HistGradientBoostingClassifier:
    """Boosted trees on `sample`."""
    trees = HistGradientBoostingClassifier(**BOOSTING)
    return trees.fit(sample.rows, sample.labels, sample_weight=sample.weights)


def export(
    fitted: HistGradientBoostingClassifier,
    features: Sequence[str],
    thresholds: Mapping[str, float],
    calibration: Calibration,
) -> Trees:
    """The same trees as plain arrays, with the threshold of each kind of view."""
    trees = []
    for (predictor,) in fitted._predictors:
        nodes = predictor.nodes
        leaf = nodes["is_leaf"].astype(bool)
        trees.append(
            Tree(
                np.where(leaf, -1, nodes["feature_idx"]).astype(np.int64),
                np.where(leaf, nodes["value"], nodes["num_threshold"]).astype(float),
                nodes["left"].astype(np.int64),
                nodes["right"].astype(np.int64),
                nodes["missing_go_to_left"].astype(bool),
            )
        )
    baseline = float(np.ravel(fitted._baseline_prediction)[0])
    return Trees(
        tuple(features),
        baseline,
        tuple(trees),
        thresholds[BY_HAND],
        calibration.scale,
        calibration.shift,
        thresholds.get(AS_RECOGNISED),
    )


def cross_validate(
    meetings: Sequence[Meeting], sample: Callable[[Meeting], Sample]
) -> CrossValidated:
    """Probabilities of every item of every view, calibrated over all."""
    samples = {m.key: sample(m) for m in meetings}
    names = list(dict.fromkeys(m.name for m in meetings))
    scores: dict[Key, Floats] = {}
    for f in range(FOLDS):
        unseen = set(names[f::FOLDS])
        fitted = fit(stack([one for (name, _), one in samples.items() if name not in unseen]))
        for key, one in samples.items():
            if key[0] in unseen:
                scores[key] = fitted.decision_function(one.rows)
    weights = np.concatenate([samples[m.key].weights for m in meetings])
    labels = np.concatenate([samples[m.key].labels for m in meetings])[weights > 0]
    used = np.concatenate([scores[m.key] for m in meetings])[weights > 0]
    line = LogisticRegression(C=1e6).fit(used[:, None], labels)
    platt = Calibration(float(line.coef_[0, 0]), float(line.intercept_[0]))
    return CrossValidated(
        {
            key: 1 / (1 + np.exp(-(platt.scale * score + platt.shift)))
            for key, score in scores.items()
        },
        platt,
    )


def stack(samples: Sequence[Sample]) -> Sample:
    """One sample of many, rows of no weight left out."""
    weights = np.concatenate([one.weights for one in samples])
    used = weights > 0
    return Sample(
        np.concatenate([one.rows for one in samples])[used],
        np.concatenate([one.labels for one in samples])[used],
        weights[used],
    )
