"""Any sequence-classification or zero-shot model from a local folder, as a `TextClassifier`.

A natural-language-inference model judges each label by a hypothesis (zero-shot classification,
Yin, Hay & Roth 2019).  Scores are not calibrated.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from session_audio.backends.rupture.scores import LABELS, softmax, turn_scores
from session_audio.backends.rupture.text import role_word
from session_audio.backends.workers import torch_threads
from session_audio.errors import ModelError
from session_audio.ports import Progress, no_progress
from session_audio.schema import TurnInContext, TurnScores

BATCH = 16
"""Turns scored together."""
LONGEST = 256
"""Tokens of one input."""


def read_external(
    folder: Path, names: Mapping[str, str], hypotheses: Mapping[str, str], threads: int
) -> ExternalClassifier:
    """A classifier from `folder`.

    Parameters
    ----------
    folder : path
        As transformers saves a model: ``config.json``, ``model.safetensors``, tokenizer files.
    names : mapping
        The model's label -> one of ours, where they differ.
    hypotheses : mapping
        Our label -> the hypothesis that a natural-language-inference model judges.
    threads : int
        Threads to use.

    Raises
    ------
    ModelError
        When the folder holds no such model, or its labels are not known.
    """
    if not (folder / "config.json").is_file():
        raise ModelError(
            f"flags.classifier names the folder {folder.name}, which has no config.json",
            hint='Give a folder that transformers can load, or "bundled".',
        )
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    try:
        model = AutoModelForSequenceClassification.from_pretrained(
            folder, local_files_only=True, use_safetensors=True
        )
        tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
    except (OSError, ValueError) as error:
        raise ModelError(
            f"the model in {folder.name} cannot be loaded ({type(error).__name__})",
            hint="It must be a sequence-classification model with safetensors weights.",
        ) from None
    labels = {int(k): str(v) for k, v in model.config.id2label.items()}
    own = {k: names.get(v, v.lower()) for k, v in labels.items()}
    entails = [k for k, v in labels.items() if v.lower().startswith("entail")]
    if set(LABELS) <= set(own.values()):
        columns = {label: [k for k, v in own.items() if v == label] for label in LABELS}
        return ExternalClassifier(folder, model.eval(), tokenizer, columns, None, threads)
    if entails and set(hypotheses) == set(LABELS):
        return ExternalClassifier(
            folder, model.eval(), tokenizer, {"entail": entails}, dict(hypotheses), threads
        )
    raise ModelError(
        f"the model in {folder.name} has the labels {', '.join(sorted(labels.values()))}; "
        f"expected {', '.join(LABELS)}, or entailment",
        hint="Map them with flags.classifier_labels.",
    )


class ExternalClassifier:
    """Scores turns with another model; the target is read from who spoke before."""

    def __init__(
        self,
        folder: Path,
        model: Any,
        tokenizer: Any,
        columns: Mapping[str, list[int]],
        hypotheses: Mapping[str, str] | None,
        threads: int,
    ) -> None:
        self._model, self._tokenizer = model, tokenizer
        self._columns, self._hypotheses, self._threads = columns, hypotheses, max(1, threads)
        digest = hashlib.sha256((folder / "config.json").read_bytes())
        for file in sorted(folder.glob("*.safetensors")):
            digest.update(file.read_bytes())
        self._revision = f"{folder.name}-{digest.hexdigest()[:12]}"

    @property
    def revision(self) -> str:
        """Names the folder and its weights."""
        return self._revision

    def score(
        self, turns: Sequence[TurnInContext], progress: Progress = no_progress
    ) -> list[TurnScores]:
        """Scores of each turn, in order; not calibrated."""
        out: list[TurnScores] = []
        with torch_threads(self._threads), torch.inference_mode():
            for at in range(0, len(turns), BATCH):
                part = turns[at : at + BATCH]
                out += [
                    turn_scores(turn.id, row, target_prior(turn))
                    for turn, row in zip(part, self._probabilities(part), strict=True)
                ]
                progress(min(1.0, (at + BATCH) / len(turns)))
        return out

    def _probabilities(self, turns: Sequence[TurnInContext]) -> np.ndarray[Any, Any]:
        """Of our labels, shape (turns, 4)."""
        texts = [script(turn) for turn in turns]
        if self._hypotheses is None:
            own = softmax(self._logits(texts, None))
            return np.stack([own[:, self._columns[k]].sum(axis=1) for k in LABELS], axis=1)
        entailed = [
            self._logits(texts, [self._hypotheses[k]] * len(texts))[:, self._columns["entail"]]
            for k in LABELS
        ]
        return softmax(np.concatenate([x.max(axis=1, keepdims=True) for x in entailed], axis=1))

    def _logits(self, texts: list[str], second: list[str] | None) -> np.ndarray[Any, Any]:
        """Of the model's own labels, shape (turns, labels); `second` are hypotheses."""
        # The turn stands last, so a text that is too long loses its beginning.
        self._tokenizer.truncation_side = "left"
        inputs = self._tokenizer(
            texts,
            second,
            truncation="only_first" if second else True,
            max_length=LONGEST,
            padding=True,
            return_tensors="pt",
        )
        return np.asarray(self._model(**inputs).logits.numpy(), dtype=float)


def script(turn: TurnInContext) -> str:
    """The turn and those before it as lines of a script."""
    lines = [f"{role_word(c.role)} {c.speaker}: {c.text}" for c in turn.context]
    return "\n".join([*lines, f"{role_word(turn.role)} {turn.speaker}: {turn.text}"])


def target_prior(turn: TurnInContext) -> tuple[float, float, float]:
    """Probabilities of therapist, member and group, from who last spoke before (ours).

    >>> from session_audio.schema import ContextTurn
    >>> before = (ContextTurn("A", "therapist", "?"),)
    >>> target_prior(TurnInContext("1", before, "B", "member", "No."))
    (0.6, 0.2, 0.2)
    """
    before = [c for c in turn.context if c.speaker != turn.speaker]
    if not before:
        return (1 / 3, 1 / 3, 1 / 3)
    return (0.6, 0.2, 0.2) if role_word(before[-1].role) == "therapist" else (0.2, 0.6, 0.2)
