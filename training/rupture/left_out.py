"""What each part of the training text is worth: a reader made without it, judged on real talk.

    python training/rupture/left_out.py TALK

To train the reader of conversations once for each part takes a night, so the reader here is a
plain one: the encoder as it was published, in the windows of the product, and above the two views
of a turn that the product's heads see a logistic regression.  It is fitted once with everything
and once without each part; a part is the text of one writer, or a kind of text as a whole.  TALK
is the folder that `train.py` reads; ``real_talk/counselling`` in it is never fitted on.

Printed are, of turns on which both coders agree, area and average precision (base rate) of
ruptures and the area of repairs: on the part itself when it was left out, and on real talk.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import talk_data
import torch
import train
import turns_data
from choosing import held_out
from dialogues import UNCODED, Dialogue, coded
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score, roc_auc_score
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from session_audio import weights
from session_audio.backends.rupture.conversation import network
from session_audio.backends.rupture.conversation.text import render
from session_audio.backends.rupture.conversation.windows import windows
from session_audio.backends.rupture.encoder import fast_type
from session_audio.backends.rupture.scores import LABELS
from session_audio.schema import ContextTurn

SCENES = 250
"""Scenes of each writer, at most."""
WEIGHT = train.Recipe.marked
"""Weight of a turn that is a rupture or repair, as in training."""
TOKENS = 2048
"""Tokens read together, at most."""
STRENGTH = 0.003
"""Of the regression, inverse of its penalty: the best of five on the conversations held out."""


def parts(talk: Path) -> dict[str, list[Dialogue]]:
    """The training text by writer and kind."""
    data = train.material(talk)
    first = train.Recipe.stretch
    out: dict[str, list[Dialogue]] = {}
    writers = {i.turn.id: i.writer for i in turns_data.development(turns_data.read())}
    for one in data.scenes:
        kind = out.setdefault(f"scenes, {writers[one.name]}", [])
        if len(kind) < SCENES:
            kind.append(one)
    for one in data.written:
        out.setdefault(f"talk, {one.name[: 2 if one.name[0] == 'w' else 1]}", []).append(one)
    out["scripted sessions"] = data.scripted
    out["consultations"] = [one.part(0, first) for one in data.consultations]
    out["meetings"] = [one.part(0, first) for one in data.meetings]
    return out


def real_talk(talk: Path) -> list[Dialogue]:
    """The coded conversations of real counselling, as talk that two coders read."""
    file = talk / "real_talk" / "counselling" / "conversations.jsonl"
    out = []
    for one in map(json.loads, file.read_text(encoding="utf-8").splitlines()):
        if "strain" in one:
            turns = [coded_turn(t) for t in one["turns"]]
            out.append(talk_data.Conversation(one["conversation"], "counselling", tuple(turns)))
    return coded(out)


def coded_turn(row: dict) -> talk_data.CodedTurn:
    """A turn of it."""
    role = "therapist" if row["role"] == "therapist" else "member"
    first, second = (talk_data.Code(row[coder]["label"]) for coder in ("coder_a", "coder_b"))
    return talk_data.CodedTurn(ContextTurn(row["role"].title(), role, row["text"]), (first, second))


class Encoder:
    """The encoder as it was published."""

    def __init__(self, threads: int) -> None:
        torch.set_num_threads(threads)
        folder = weights.locate("conversation")
        self._tokenizer = network.TurnTokenizer(folder)
        self._net = network.TurnNet(network.read_encoder(folder, fast_type()), 1).eval()

    def views(self, dialogues: Sequence[Dialogue]) -> tuple[np.ndarray, np.ndarray]:
        """Views of the turns whose label is known, shape (turns, width), and the labels' places."""
        rows: list[network.Row] = []
        labels: list[int] = []
        for one in dialogues:
            ids = self._tokenizer.encode(render(one.turns))
            known = np.where(one.labels.max(axis=1) == 1, one.labels.argmax(axis=1), -1)
            if one.source == UNCODED:
                spans = [(0, len(ids) - 1, len(ids), len(ids))]
            else:
                found = windows([len(tokens) + 1 for tokens in ids], 0)
                spans = [(w.first, w.start, w.stop, w.last) for w in found]
            for start, scored, stop, last in spans:
                rows.append((ids[start:last], scored - start, stop - start))
                labels += known[scored:stop].tolist()
        out = np.zeros((len(labels), 2 * self._net.encoder.config.hidden_size), np.float32)
        begins = np.cumsum([0, *(stop - scored for _, scored, stop in rows)])
        with torch.inference_mode():
            for part in network.batches(rows, TOKENS):
                seen = self._net.views(self._tokenizer.collate([rows[k] for k in part]))
                places = [j for k in part for j in range(begins[k], begins[k + 1])]
                out[places] = seen.numpy()
        there = np.array(labels) >= 0
        return out[there], np.array(labels)[there]


Read = tuple[np.ndarray, np.ndarray]
"""Views and labels."""


def fitted(known: Sequence[Read], strength: float = STRENGTH) -> Pipeline:
    """The regression over what is known."""
    views, labels = (np.concatenate(column) for column in zip(*known, strict=True))
    model = make_pipeline(StandardScaler(), LogisticRegression(C=strength, max_iter=300))
    model.fit(views, labels, logisticregression__sample_weight=np.where(labels > 0, WEIGHT, 1.0))
    return model


def judged(model: Pipeline, views: np.ndarray, labels: np.ndarray) -> str:
    """The three figures; a dash where no turn is one."""
    share = model.predict_proba(views)
    place = {label: k for k, label in enumerate(model.classes_)}
    score = {name: share[:, place[k]] for k, name in enumerate(LABELS)}
    rupture, mended = np.isin(labels, (1, 2)), labels == LABELS.index("repair")
    strain = score["withdrawal"] + score["confrontation"]
    ruptures = "- | -"
    if rupture.sum() > 5:
        ruptures = f"{roc_auc_score(rupture, strain):.3f} | "
        ruptures += f"{average_precision_score(rupture, strain):.3f} ({rupture.mean():.3f})"
    repairs = f"{roc_auc_score(mended, score['repair']):.3f}" if mended.sum() > 5 else "-"
    return f"{ruptures} | {repairs}"


def main() -> None:
    """Read everything once, fit without each part in turn, and print a row for each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("talk", type=Path)
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args()
    encoder = Encoder(args.threads)
    read = {name: encoder.views(kind) for name, kind in parts(args.talk).items()}
    held, real = encoder.views(held_out()), encoder.views(real_talk(args.talk))
    for strength in (0.0003, 0.001, 0.003, 0.01, 0.03):
        print(f"{strength}: {judged(fitted(list(read.values()), strength), *held)}", flush=True)
    figures = "area | average precision (base rate) | repairs' area"
    print(f"left out | turns | on it: {figures} | on real talk: {figures}")
    everything = fitted(list(read.values()))
    count = sum(len(labels) for _, labels in read.values())
    print(
        f"nothing (held out) | {count} | {judged(everything, *held)} | {judged(everything, *real)}"
    )
    kinds = [*read, "scenes", "talk"]
    for name in kinds:
        out = [one for one in read if one == name or one.startswith(f"{name},")]
        model = fitted([read[one] for one in read if one not in out])
        own = tuple(np.concatenate(column) for column in zip(*(read[o] for o in out), strict=True))
        print(
            f"{name} | {len(own[1])} | {judged(model, *own)} | {judged(model, *real)}", flush=True
        )


if __name__ == "__main__":
    main()
