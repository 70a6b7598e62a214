"""Trains the reader of conversations, of the rupture classifier: ``make train-rupture``.

    python training/rupture/train.py [TALK]

The text encoder stays as it was published; low-rank matrices in its upper layers and the heads
above it are trained on windows of conversations (`dialogues`).  TALK is a folder with the
texts of PriMock57 and ICSI (`talk_data`), which are no part of this repository; without it they
are left out, and the result is another.  The weights are the mean of those of the last steps.
Calibration is fitted on conversations that were kept from training, for both readers together;
the reader of single turns is trained before (`train_turns`).

The same folder, processor and number of threads give the same weights.
"""

from __future__ import annotations

import argparse
import math
import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import chain
from pathlib import Path

import augment
import numpy as np
import talk_data
import torch
import turns_data
from calibration import addressee
from choosing import calibration
from dialogues import UNCODED, Dialogue, coded, scenes, scripted
from learning import Averaged, layer_rates
from torch.nn import functional

from session_audio import weights
from session_audio.backends.rupture import trained
from session_audio.backends.rupture.alone.reader import TurnReader
from session_audio.backends.rupture.conversation import lowrank, network
from session_audio.backends.rupture.conversation.reader import ConversationReader
from session_audio.backends.rupture.conversation.text import PEOPLE, render
from session_audio.backends.rupture.conversation.windows import windows
from session_audio.backends.rupture.encoder import fast_type
from session_audio.backends.rupture.joint import JointReader

SEED = 20_261_127
MODELS = Path(__file__).parents[2] / "models" / "rupture"
REAL = ("consultations", "meetings")
"""Sources of what people really said."""


@dataclass(frozen=True)
class Recipe:
    """How the network is trained."""

    layer: int = 4
    """First encoder layer that gets low-rank matrices."""
    rank: int = 24
    passes: int = 3
    tokens: int = 1300
    """Tokens of a step, at most."""
    windows: tuple[int, int] = (128, 448)
    """Most tokens of a dialogue's windows: drawn between these."""
    rate: float = 4e-4
    head_rate: float = 5e-4
    layer_decay: float = 0.9
    """Learning rate of each layer below, relative to the one above."""
    decay: float = 0.05
    """Weight decay."""
    warm: float = 0.1
    """First fraction of steps, over which the learning rate rises."""
    averaged: float = 0.4
    """Last fraction of steps whose weights are averaged."""
    marked: float = 3.0
    """Weight of a turn that is a rupture or repair, against one that is none."""
    smoothing: float = 0.03
    target_weight: float = 0.2
    marker_weight: float = 0.3
    scenes: int = 2000
    """Single turns of a pass."""
    consultations: int = 25
    """Stretches of real consultations of a pass."""
    scripted: int = 24
    """Scripted sessions of a pass."""
    stretch: int = 60
    """Turns of a stretch of a consultation or a meeting."""
    spoken: float = 0.3
    """Fraction of written dialogues with fillers and words said twice."""
    recognised: float = 0.3
    """Fraction of dialogues written as a recogniser would."""
    hidden: float = 0.15
    """Fraction of dialogues whose roles are not shown: who leads must not decide the label."""


@dataclass(frozen=True)
class Material:
    """What is trained on."""

    scenes: list[Dialogue]
    written: list[Dialogue]
    consultations: list[Dialogue]
    scripted: list[Dialogue]
    meetings: list[Dialogue]

    def draw(self, recipe: Recipe, rng: random.Random) -> list[Dialogue]:
        """The dialogues of one pass."""

        def some(kind: list[Dialogue], count: int) -> list[Dialogue]:
            return rng.sample(kind, min(count, len(kind)))

        def stretch(one: Dialogue, turns: int) -> Dialogue:
            start = rng.randrange(max(1, len(one.turns) - turns))
            return one.part(start, start + turns)

        long = [*some(self.consultations, recipe.consultations), *self.meetings]
        return [
            *some(self.scenes, recipe.scenes),
            *self.written,
            *some(self.scripted, recipe.scripted),
            *(stretch(one, recipe.stretch) for one in long),
        ]


def material(talk: Path | None, without: Sequence[str] = ()) -> Material:
    """Everything that is not kept for choosing; `without` leaves out writers or kinds of talk.

    Kinds are ``written``, ``consultations``, ``meetings``, ``scenes`` and ``scripted``; written
    talk is also left out by the start of its names.
    """
    items = [i for i in turns_data.development(turns_data.read()) if i.writer not in without]
    known = [i for i in items if not turns_data.calibrates(i)]
    starts = tuple(without) or ("-",)
    written = [c for c in talk_data.written() if not c.held_out and not c.name.startswith(starts)]
    real = talk is not None
    sessions = [
        turns_data.SESSIONS / f"{name}.jsonl"
        for name in turns_data.DEVELOPMENT_SESSIONS
        if name not in turns_data.CHOOSING_SESSIONS
    ]
    kinds = {
        "scenes": scenes(known),
        "written": coded(written),
        "consultations": coded(talk_data.consultations(talk)) if real else [],
        "scripted": scripted(sessions, "session"),
        "meetings": [
            *(coded(talk_data.meetings(talk)) if real else []),
            *scripted(sorted(turns_data.MEETINGS.glob("*.jsonl")), "hard_meeting"),
        ],
    }
    return Material(**{name: [] if name in without else kind for name, kind in kinds.items()})


@dataclass(frozen=True)
class Example:
    """A window with the codes of the turns that are scored in it."""

    row: network.Row
    labels: np.ndarray
    targets: np.ndarray
    markers: tuple[str, ...]


def examples(
    dialogues: Sequence[Dialogue],
    tokenizer: network.TurnTokenizer,
    recipe: Recipe,
    rng: random.Random,
) -> list[Example]:
    """Windows of the dialogues, each dialogue in a variant of its own."""
    out = []
    for one in dialogues:
        turns = one.turns
        if one.source not in REAL and rng.random() < recipe.spoken:
            turns = augment.all_spoken(turns, rng)
        if rng.random() < recipe.recognised:
            turns = augment.all_recognised(turns, rng, plain=rng.random() < 0.6)
        people = rng.sample(PEOPLE, len(PEOPLE))
        ids = tokenizer.encode(render(turns, roles=rng.random() >= recipe.hidden, people=people))
        if one.source == UNCODED:
            first = 1 if len(ids) > 2 and rng.random() < 0.2 else 0
            spans = [(first, len(ids) - 1, len(ids), len(ids))]
        else:
            longest = rng.randint(*recipe.windows)
            before, after = rng.choice((40, 80, 120)), rng.choice((0, 0, 30, 60))
            found = windows([len(t) + 1 for t in ids], 0, longest, min(before, longest // 2), after)
            spans = [(w.first, w.start, w.stop, w.last) for w in found]
        for first, start, stop, last in spans:
            row = (ids[first:last], start - first, stop - first)
            codes = one.labels[start:stop], one.targets[start:stop], one.markers[start:stop]
            out.append(Example(row, *codes))
    return out


def batches(found: Sequence[Example], recipe: Recipe, rng: random.Random) -> list[list[Example]]:
    """Random batches of like length."""
    order = list(found)
    rng.shuffle(order)
    out = []
    for at in range(0, len(order), 400):
        block = order[at : at + 400]
        for part in network.batches([e.row for e in block], recipe.tokens):
            out.append([block[k] for k in part])
    rng.shuffle(out)
    return out


def fit(
    net: network.TurnNet,
    tokenizer: network.TurnTokenizer,
    data: Material,
    markers: Sequence[str],
    recipe: Recipe,
    seed: int,
) -> network.TurnNet:
    """Train `net`; its weights become their mean over the last steps."""
    torch.manual_seed(seed)
    rng = random.Random(seed)
    place = {name: k for k, name in enumerate(markers)}
    passes = [
        batches(examples(data.draw(recipe, rng), tokenizer, recipe, rng), recipe, rng)
        for _ in range(recipe.passes)
    ]
    learned = [p for p in net.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(rates(net, recipe), weight_decay=recipe.decay)
    steps = sum(map(len, passes))
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda k: slope(k, steps, recipe.warm))
    mean = Averaged(learned)
    step = 0
    began = time.monotonic()
    print(f"{steps} steps, {sum(p.numel() for p in learned) / 1e6:.1f} million numbers", flush=True)
    for k, part in enumerate(passes, 1):
        total = turns = 0.0
        net.train()
        for batch in part:
            outputs = net(tokenizer.collate([e.row for e in batch]))
            loss = losses(outputs, batch, place, recipe)
            optimizer.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(learned, 1.0)
            optimizer.step()
            schedule.step()
            size = sum(len(e.targets) for e in batch)
            total, turns, step = total + float(loss.detach()) * size, turns + size, step + 1
            if step > steps * (1 - recipe.averaged):
                mean.add()
            if step % 100 == 0:
                minutes = (time.monotonic() - began) / 60
                print(f"  step {step} of {steps}, {minutes:.0f} min", end="\r", flush=True)
        print(f"  pass {k} of {len(passes)}: loss {total / turns:.4f}", flush=True)
    mean.set()
    return net.eval()


def losses(
    outputs: Sequence[torch.Tensor],
    batch: Sequence[Example],
    place: dict[str, int],
    recipe: Recipe,
) -> torch.Tensor:
    """Weighted sum of the three tasks' losses."""
    label, target, marker = outputs
    shares = torch.tensor(np.concatenate([e.labels for e in batch]), dtype=torch.float32)
    weight = shares.sum(1) * (1 + (recipe.marked - 1) * (1 - shares[:, 0]))
    wanted = shares * (1 - recipe.smoothing) + recipe.smoothing / shares.shape[1]
    each = -(wanted * functional.log_softmax(label, -1)).sum(-1)
    total = (each * weight).sum() / weight.sum().clamp(min=1)
    whose = torch.tensor(np.concatenate([e.targets for e in batch]), dtype=torch.long)
    if bool((whose >= 0).any()):
        total = total + recipe.target_weight * functional.cross_entropy(
            target, whose, ignore_index=-1
        )
    kind = torch.tensor([place.get(name, -1) for e in batch for name in e.markers])
    if bool((kind >= 0).any()):
        total = total + recipe.marker_weight * functional.cross_entropy(
            marker, kind, ignore_index=-1, label_smoothing=0.1
        )
    return total


def rates(net: network.TurnNet, recipe: Recipe) -> list[dict]:
    """Parameter groups: lower layers learn more slowly."""
    layers = net.encoder.encoder.layer
    groups = layer_rates(layers, recipe.layer, recipe.rate, recipe.layer_decay)
    return [*groups, {"params": list(net.heads().values()), "lr": recipe.head_rate}]


def slope(step: int, steps: int, warm: float) -> float:
    """Learning rate factor: a rise, then a cosine to a twentieth."""
    rise = min(1.0, (step + 1) / max(1.0, steps * warm))
    return rise * (0.05 + 0.475 * (1 + math.cos(math.pi * min(1.0, step / steps))))


def marker_names(data: Material) -> list[str]:
    """Every marker in `data`."""
    return sorted({name for one in every(data) for name in one.markers if name})


def every(data: Material) -> Iterator[Dialogue]:
    """All dialogues."""
    return chain.from_iterable(vars(data).values())


def main() -> None:
    """Train, calibrate, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("talk", type=Path, nargs="?", help="holds real_talk and structures/icsi")
    parser.add_argument("--out", type=Path, default=MODELS / "conversation")
    parser.add_argument("--alone", type=Path, default=MODELS / "alone", help="trained before")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--passes", type=int, default=Recipe.passes)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--without", nargs="*", default=(), help="leave these out")
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    torch.use_deterministic_algorithms(True)
    recipe, encoder = Recipe(passes=args.passes), weights.locate("conversation")
    data = material(args.talk, args.without)
    if args.talk is None:
        print("No folder of real talk was given: consultations and meetings are left out.")
    for name, kind in vars(data).items():
        print(f"{name}: {len(kind)} dialogues, {sum(len(one.turns) for one in kind)} turns")
    torch.manual_seed(args.seed)
    body = network.read_encoder(encoder, fast_type())
    lowrank.adapt(body, recipe.layer, recipe.rank)
    markers = marker_names(data)
    net, tokenizer = network.TurnNet(body, len(markers)), network.TurnTokenizer(encoder)
    fit(net, tokenizer, data, markers, recipe, args.seed)
    config = {
        "markers": markers,
        "recipe": asdict(recipe),
        "seed": args.seed,
        "real_talk": args.talk is not None,
        "without": list(args.without),
        "turns": sum(int((one.labels.sum(1) > 0).sum()) for one in every(data)),
    }
    tensors = lowrank.trained(body) | net.heads()
    args.out.mkdir(parents=True, exist_ok=True)
    trained.write(args.out, tensors, config)
    known = turns_data.development(turns_data.read())
    config["addressee"] = addressee([i for i in known if not turns_data.calibrates(i)])
    reader = ConversationReader(args.out, encoder, args.threads)
    alone = TurnReader(args.alone, weights.locate("text"), args.threads)
    config["calibration"] = calibration(JointReader(reader, alone), config["addressee"])
    trained.write(args.out, tensors, config)
    size = (args.out / trained.WEIGHTS).stat().st_size / 1e6
    print(f"{size:.1f} MB written to {args.out / trained.WEIGHTS}")


if __name__ == "__main__":
    main()
