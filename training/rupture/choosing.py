"""Calibrates what reads conversations, on scripted and written talk that was kept from training.

One temperature and a shift a label (Guo et al. 2017), as ``config.json`` of
``models/rupture/conversation`` holds them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import talk_data
import turns_data
from calibration import fitted_scale
from dialogues import Dialogue, coded, scripted
from sklearn.metrics import f1_score

from session_audio.backends.rupture.joint import Reader
from session_audio.backends.rupture.scores import label_probabilities, log_softmax
from session_audio.backends.rupture.target import log_target_probabilities
from session_audio.schema import TurnInContext

ODDS = (1.0, 0.3, 0.3, 4.0)
"""What the label that is told counts, over what fits the talk kept from training best.

Chosen on the 16 coded conversations of real counselling: the best macro-F1 with at most 5 % of
the turns of good counselling told as a rupture.  Real talk is calmer than what was written, and
its repairs are plainer.
"""


def calibration(reader: Reader, whose: dict[str, Any]) -> dict[str, Any]:
    """Scales and shifts, the odds that are in them, and the shares of the labels that they presume.

    Parameters
    ----------
    reader : Reader
        Not calibrated yet.
    whose : dict
        The model of who is addressed.
    """
    turns, shares, targets = rows_of(held_out())
    label, target = reader.logits(turns)
    sure = shares.max(axis=1) == 1
    wanted = shares[sure].argmax(axis=1)
    scale, shift = fitted_scale(label[sure], wanted, True, 0.001)
    told = [round(float(v), 4) for v in np.array(shift) + np.log(ODDS)]
    for name, moved in (("as they fit", shift), ("as they are told", told)):
        reached = macro(label[sure], scale, moved, wanted)
        print(f"  {len(wanted)} turns, {name}: macro-F1 {reached:.3f}")
    fitted = {"label_scale": scale, "label_shift": told}
    there = np.flatnonzero((shares[:, 0] < 1) & (targets >= 0))
    labels = label_probabilities(label[there], fitted)[:, 1:]
    logit = log_softmax(target[there]) + log_target_probabilities(
        [turns[k] for k in there], labels, whose
    )
    target_scale, _ = fitted_scale(logit, targets[there], False)
    right = (logit.argmax(axis=1) == targets[there]).mean()
    print(f"  target right in {right:.3f} of {len(there)}")
    presumed = shares[sure].mean(axis=0) * np.array(ODDS)
    return {
        **fitted,
        "target_scale": target_scale,
        "odds": list(ODDS),
        "shares": [round(float(v), 4) for v in presumed / presumed.sum()],
    }


def held_out() -> list[Dialogue]:
    """The conversations that were kept from training."""
    files = [turns_data.SESSIONS / f"{name}.jsonl" for name in turns_data.CHOOSING_SESSIONS]
    written = [talk for talk in talk_data.written() if talk.held_out]
    return [*coded(written), *scripted(files, "session")]


def rows_of(
    dialogues: Sequence[Dialogue],
) -> tuple[list[TurnInContext], np.ndarray, np.ndarray]:
    """Every turn with those before it, the coders' shares for each label, and the target."""
    turns = [
        TurnInContext.at(f"{one.name}-{k + 1}", one.turns, k)
        for one in dialogues
        for k in range(len(one.turns))
    ]
    shares = np.concatenate([one.labels for one in dialogues])
    return turns, shares, np.concatenate([one.targets for one in dialogues])


def macro(logit: np.ndarray, scale: float, shift: Sequence[float], wanted: np.ndarray) -> float:
    """Macro-F1 of the labels told."""
    told = (logit * scale + np.array(shift)).argmax(axis=1)
    return float(f1_score(wanted, told, average="macro", zero_division=0))
