"""What each part of the training text is worth: trained without it, judged on it and on real talk.

    python training/rupture/left_out.py TALK [--parts w1 scenes ...]

The reader of conversations is trained once with everything and once without each part, always
with the same small budget (`BUDGET`: about a fifth of what ships is trained with, so that all of
it takes an hour and a half on two cores), and is not calibrated.  A part is the written talk of
one or two writers, or a kind of text as a whole.  TALK is the folder that `train.py` reads;
``real_talk/counselling`` in it is never trained on.  Printed are, of turns on which both coders
agree, the area and the average precision of ruptures and the area of repairs: on the part that
was left out (with nothing left out, on the conversations that no training reads), and on real talk.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np
import talk_data
import torch
import train
import turns_data
from choosing import held_out, rows_of
from dialogues import Dialogue, coded, scenes, scripted
from sklearn.metrics import average_precision_score, roc_auc_score

from session_audio import weights
from session_audio.backends.rupture import trained
from session_audio.backends.rupture.conversation import lowrank, network
from session_audio.backends.rupture.conversation.reader import ConversationReader
from session_audio.backends.rupture.encoder import fast_type
from session_audio.backends.rupture.scores import LABELS
from session_audio.schema import ContextTurn, TurnInContext

BUDGET = train.Recipe(passes=1, scenes=800, consultations=15, scripted=12)
WRITTEN = 100
"""Written dialogues of the pass."""
PARTS: dict[str, tuple[str, ...]] = {
    "everything trained on": (),
    "scenes": ("scenes",),
    "written talk": ("written",),
    "scripted sessions": ("scripted",),
    "consultations": ("consultations",),
    "meetings": ("meetings",),
    "w9": ("w9",),
    "w1": ("w1",),
    "r": ("ra", "rb", "rc", "rd"),
    "w2": ("w2",),
    "w3, w4": ("w3", "w4"),
    "w5, w6": ("w5", "w6"),
    "w7, w8": ("w7", "w8"),
}
"""What is left out by each name; `train.material` reads the words."""


def reader_without(
    talk: Path, without: Sequence[str], folder: Path, threads: int
) -> ConversationReader:
    """A reader trained with the small budget, left uncalibrated."""
    data = train.material(talk, without)
    step = max(1, len(data.written) / WRITTEN)
    written = [data.written[int(k * step)] for k in range(int(len(data.written) / step))]
    data = train.Material(**vars(data) | {"written": written})
    encoder = weights.locate("conversation")
    torch.manual_seed(train.SEED)
    body = network.read_encoder(encoder, fast_type())
    lowrank.adapt(body, BUDGET.layer, BUDGET.rank)
    markers = train.marker_names(data)
    net = network.TurnNet(body, len(markers))
    train.fit(net, network.TurnTokenizer(encoder), data, markers, BUDGET, train.SEED)
    trained.write(
        folder,
        lowrank.trained(body) | net.heads(),
        {"markers": markers, "recipe": asdict(BUDGET)},
    )
    return ConversationReader(folder, encoder, threads)


def part(without: Sequence[str]) -> list[Dialogue]:
    """What is judged when `without` was left out; empty where nothing is coded as a strain."""
    if not without or without[0] == "written":
        return held_out()
    if without[0] == "scenes":
        items = turns_data.development(turns_data.read())
        return scenes([i for i in items if turns_data.calibrates(i)])
    if without[0] == "scripted":
        known = set(turns_data.DEVELOPMENT_SESSIONS) - set(turns_data.CHOOSING_SESSIONS)
        files = [turns_data.SESSIONS / f"{name}.jsonl" for name in sorted(known)]
        return scripted(files, "session")
    if without[0] in ("consultations", "meetings"):
        return []
    return coded([c for c in talk_data.written() if c.name.startswith(tuple(without))])


def real_talk(talk: Path) -> tuple[list[TurnInContext], np.ndarray]:
    """Turns of real counselling that both coders gave one label, and the labels' places."""
    file = talk / "real_talk" / "counselling" / "conversations.jsonl"
    turns, labels = [], []
    for one in map(json.loads, file.read_text(encoding="utf-8").splitlines()):
        if "strain" not in one:
            continue
        said = [
            ContextTurn(
                t["role"].title(), "therapist" if t["role"] == "therapist" else "member", t["text"]
            )
            for t in one["turns"]
        ]
        for k, t in enumerate(one["turns"]):
            first, second = t["coder_a"]["label"], t["coder_b"]["label"]
            turns.append(TurnInContext.at(f"{one['conversation']}:{k}", said, k))
            labels.append(LABELS.index(first) if first == second else -1)
    return turns, np.array(labels)


def judged(reader: ConversationReader, turns: Sequence[TurnInContext], wanted: np.ndarray) -> str:
    """The three figures, of turns whose label is known (not -1)."""
    logit, _ = reader.logits(turns)
    known = wanted >= 0
    share = np.exp(logit - logit.max(axis=1, keepdims=True))
    share = (share / share.sum(axis=1, keepdims=True))[known]
    rupture = np.isin(wanted[known], (1, 2))
    score, mended = share[:, 1] + share[:, 2], wanted[known] == 3
    return (
        f"{roc_auc_score(rupture, score):.3f} | {average_precision_score(rupture, score):.3f}"
        f" ({rupture.mean():.3f}) | {roc_auc_score(mended, share[:, 3]):.3f}"
    )


def main() -> None:
    """Train without each part in turn, and print a row of the table for each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("talk", type=Path)
    parser.add_argument("--parts", nargs="*", choices=PARTS, default=list(PARTS))
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    torch.use_deterministic_algorithms(True)
    real = real_talk(args.talk)
    figures = "area | average precision (base rate) | repairs' area"
    print(f"left out | on it: {figures} | on real talk: {figures}", flush=True)
    for name in args.parts:
        with tempfile.TemporaryDirectory() as folder:
            reader = reader_without(args.talk, PARTS[name], Path(folder), args.threads)
            alone = part(PARTS[name])
            if alone:
                turns, shares, _ = rows_of(alone)
                wanted = np.where(shares.max(axis=1) == 1, shares.argmax(axis=1), -1)
                own = judged(reader, turns, wanted)
            else:
                own = "- | - | -"
            print(f"{name} | {own} | {judged(reader, *real)}", flush=True)


if __name__ == "__main__":
    main()
