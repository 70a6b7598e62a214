"""Any sequence-classification or zero-shot model from a local folder, as a `TextClassifier`."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from session_audio.backends.rupture.classifier import LABELS, scored, softmax, threads_set
from session_audio.backends.rupture.text import role_word
from session_audio.errors import ModelError
from session_audio.ports import Progress, no_progress
from session_audio.schema import TurnInContext, TurnScores

BATCH = 16
LONGEST = 256
"""Tokens of one input."""


def load_other(
    folder: Path, names: Mapping[str, str], hypotheses: Mapping[str, str], threads: int
) -> OtherClassifier:
    """A classifier from `folder`.

    Parameters
    ----------
    folder : path
        As transformers saves a model: ``config.json``, ``model.safetensors``, tokenizer files.
    names : mapping
        The model's label -> one of ours, where they differ.
    hypotheses : mapping
        Our label -> the sentence that a natural-language-inference model weighs.
    threads : int
        Threads to use.

    Raises
    ------
    ModelError
        When the folder holds no such model, or its labels cannot be told.
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
        return OtherClassifier(folder, model.eval(), tokenizer, columns, None, threads)
    if entails and set(hypotheses) == set(LABELS):
        return OtherClassifier(
            folder, model.eval(), tokenizer, {"entail": entails}, dict(hypotheses), threads
        )
    raise ModelError(
        f"the model in {folder.name} has the labels {', '.join(sorted(labels.values()))}; "
        f"expected {', '.join(LABELS)}, or entailment",
        hint="Map them with flags.classifier_labels.",
    )


class OtherClassifier:
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
        with threads_set(self._threads), torch.inference_mode():
            for at in range(0, len(turns), BATCH):
                part = turns[at : at + BATCH]
                out += [
                    scored(turn.id, row, addressed(turn))
                    for turn, row in zip(part, self._shares(part), strict=True)
                ]
                progress(min(1.0, (at + BATCH) / len(turns)))
        return out

    def _shares(self, turns: Sequence[TurnInContext]) -> np.ndarray[Any, Any]:
        texts = [script(turn) for turn in turns]
        if self._hypotheses is None:
            shares = softmax(self._logits(texts, None))
            return np.stack([shares[:, self._columns[k]].sum(axis=1) for k in LABELS], axis=1)
        weighed = [
            self._logits(texts, [self._hypotheses[k]] * len(texts))[:, self._columns["entail"]]
            for k in LABELS
        ]
        return softmax(np.concatenate([w.max(axis=1, keepdims=True) for w in weighed], axis=1))

    def _logits(self, texts: list[str], second: list[str] | None) -> np.ndarray[Any, Any]:
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


def addressed(turn: TurnInContext) -> tuple[float, float, float]:
    """Shares of therapist, member and group, from who last spoke before.

    >>> from session_audio.schema import ContextTurn
    >>> addressed(TurnInContext("1", (ContextTurn("A", "therapist", "?"),), "B", "member", "No."))
    (0.6, 0.2, 0.2)
    """
    before = [c for c in turn.context if c.speaker != turn.speaker]
    if not before:
        return (1 / 3, 1 / 3, 1 / 3)
    return (0.6, 0.2, 0.2) if role_word(before[-1].role) == "therapist" else (0.2, 0.6, 0.2)
