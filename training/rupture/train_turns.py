"""Trains the reader of turns by themselves, of the rupture classifier.

    python training/rupture/train_turns.py

Two members, each in its own process on one thread, with other seeds and other scripted
sessions; their logits are averaged.  Each is trained on the written turns, then shortly on whole
sessions, where hardly any turn is marked, and ordinary meetings, where none is, among written
turns.  The encoder's lower layers stay as they are, so what they say of each input is computed
once a variant; the upper layers and the heads are trained on that.  Calibration is fitted on
groups of turns that no member saw.
"""

from __future__ import annotations

import argparse
import random
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from multiprocessing import get_context
from pathlib import Path

import augment
import numpy as np
import torch
import turns_data
from calibration import addressee, calibration
from learning import Averaged, layer_rates
from torch.nn import functional

from session_audio import weights
from session_audio.backends.rupture import trained
from session_audio.backends.rupture.alone import network
from session_audio.backends.rupture.alone.text import render

SEED = 20_260_302


@dataclass(frozen=True)
class Recipe:
    """How a network is trained."""

    layer: int = 3
    """First encoder layer that is trained."""
    variants: int = 3
    """Variants of each item; epochs take them in turn."""
    epochs: int = 3
    """Passes over the written turns."""
    batch: int = 16
    rate: float = 1.5e-4
    head_rate: float = 5e-4
    decay: float = 0.05
    """Weight decay."""
    session_epochs: int = 1
    """Passes over the sessions afterwards ..."""
    session_rate: float = 0.35
    """... at this fraction of the learning rates ..."""
    session_company: float = 1.5
    """... with so many written turns for each turn of a session."""
    layer_decay: float = 0.85
    """Learning rate of each layer below, relative to the one above."""
    smoothing: float = 0.1
    target_weight: float = 0.5
    marker_weight: float = 0.4
    averaged: float = 0.4
    """Last fraction of steps whose weights are averaged."""


@dataclass
class Prepared:
    """Some inputs with the frozen layers' states."""

    states: list[torch.Tensor]
    segments: list[torch.Tensor]


def prepare(
    net: network.RuptureNet,
    tokenizer: network.TurnTokenizer,
    layer: int,
    turns: Sequence,
    shown: Sequence[bool],
) -> Prepared:
    """Hidden states of the frozen layers, float16, one tensor (tokens, width) an input."""
    inputs = tokenizer.encode([render(t, roles=s) for t, s in zip(turns, shown, strict=True)])
    states: list = [None] * len(inputs)
    segments = [torch.tensor(kinds) for _, kinds in inputs]
    net.eval()
    with torch.inference_mode():
        for rows in network.by_length(inputs, 32):
            batch = network.collate([inputs[k] for k in rows])
            hidden = net.lower(batch, layer)
            for at, k in enumerate(rows):
                states[k] = hidden[at, : len(inputs[k][0])].to(torch.float16).clone()
    return Prepared(states, segments)


def stacked(prepared: Prepared, rows: Sequence[int]) -> tuple[torch.Tensor, network.Batch]:
    """States and masks of some inputs, padded."""
    longest = max(len(prepared.segments[k]) for k in rows)
    width = prepared.states[rows[0]].shape[-1]
    hidden = torch.zeros(len(rows), longest, width)
    segments = torch.zeros(len(rows), longest, dtype=torch.long)
    mask = torch.zeros_like(segments)
    for at, k in enumerate(rows):
        n = len(prepared.segments[k])
        hidden[at, :n] = prepared.states[k].to(torch.float32)
        segments[at, :n] = prepared.segments[k]
        mask[at, :n] = 1
    return hidden, network.Batch(segments, segments, mask)


@dataclass
class Truth:
    """Codes as class numbers; -1 where there is no target or the marker is unknown."""

    label: torch.Tensor
    target: torch.Tensor
    marker: torch.Tensor


def truth(items: Sequence[turns_data.Item], markers: Sequence[str]) -> Truth:
    """The codes of `items`."""
    place = {name: k for k, name in enumerate(markers)}
    return Truth(
        torch.tensor([network.LABELS.index(i.label) for i in items]),
        torch.tensor([-1 if i.label == "none" else network.TARGETS.index(i.target) for i in items]),
        torch.tensor([place.get(marker_name(i), -1) for i in items]),
    )


def marker_name(item: turns_data.Item) -> str:
    """The marker with its label, so that no marker is shared between labels."""
    return f"{item.label}:{item.marker}"


def fit(
    net: network.RuptureNet,
    recipe: Recipe,
    epochs: Sequence[tuple[Prepared, Sequence[int]]],
    codes: Truth,
    rate: float,
    seed: int,
) -> network.RuptureNet:
    """Train `net`; its weights become their mean over the last steps.

    Parameters
    ----------
    epochs : sequence
        The variant and the rows of each.
    rate : float
        Factor on the recipe's learning rates.
    """
    torch.manual_seed(seed)
    rng = random.Random(seed)
    trainable = [p for p in net.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(rates(net, recipe, rate), weight_decay=recipe.decay)
    steps = sum(-(-len(rows) // recipe.batch) for _, rows in epochs)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda k: slope(k, steps))
    mean = Averaged(trainable)
    step = 0
    began = time.monotonic()
    net.train()
    for epoch, (prepared, rows) in enumerate(epochs):
        total = 0.0
        for part in batches(rows, prepared, recipe.batch, rng):
            hidden, batch = stacked(prepared, part)
            label, target, marker = net.upper(hidden, batch, recipe.layer)
            loss = losses(label, target, marker, codes, torch.tensor(part), recipe)
            optimizer.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(trainable, 1.0)
            optimizer.step()
            schedule.step()
            total += float(loss.detach()) * len(part)
            step += 1
            if step > steps * (1 - recipe.averaged):
                mean.add()
        print(
            f"  seed {seed}, epoch {epoch + 1} of {len(rows)}: loss {total / len(rows):.3f}, "
            f"{time.monotonic() - began:.0f} s",
            flush=True,
        )
    mean.set()
    return net.eval()


def losses(label, target, marker, codes: Truth, rows: torch.Tensor, recipe: Recipe):
    """Weighted sum of the three tasks' losses."""
    total = functional.cross_entropy(label, codes.label[rows], label_smoothing=recipe.smoothing)
    wanted = codes.target[rows]
    if bool((wanted >= 0).any()):
        total = total + recipe.target_weight * functional.cross_entropy(
            target, wanted, ignore_index=-1
        )
    return total + recipe.marker_weight * functional.cross_entropy(
        marker, codes.marker[rows], label_smoothing=recipe.smoothing, ignore_index=-1
    )


def rates(net: network.RuptureNet, recipe: Recipe, rate: float) -> list[dict]:
    """Parameter groups: lower layers learn more slowly."""
    layers = net.encoder.encoder.layer
    groups = layer_rates(layers, recipe.layer, rate * recipe.rate, recipe.layer_decay)
    heads = [p for n, p in net.named_parameters() if not n.startswith("encoder.")]
    return [*groups, {"params": heads, "lr": rate * recipe.head_rate}]


def slope(step: int, steps: int) -> float:
    """Learning rate factor: a tenth of warm-up, then a cosine to a twentieth."""
    warm = max(1, steps // 10)
    if step < warm:
        return (step + 1) / warm
    return 0.05 + 0.475 * (1 + float(np.cos(np.pi * (step - warm) / max(1, steps - warm))))


def batches(rows: Sequence[int], prepared: Prepared, size: int, rng: random.Random):
    """Random batches of like length."""
    order = list(rows)
    rng.shuffle(order)
    out = []
    for at in range(0, len(order), size * 16):
        block = sorted(order[at : at + size * 16], key=lambda k: len(prepared.segments[k]))
        out += [block[k : k + size] for k in range(0, len(block), size)]
    rng.shuffle(out)
    return out


def logits(net: network.RuptureNet, prepared: Prepared, rows: Sequence[int], layer: int):
    """Label and target logits of `rows`, as arrays."""
    order = sorted(rows, key=lambda k: len(prepared.segments[k]))
    place = {k: at for at, k in enumerate(rows)}
    label = np.zeros((len(rows), len(network.LABELS)))
    target = np.zeros((len(rows), len(network.TARGETS) - 1))
    with torch.inference_mode():
        for at in range(0, len(order), 32):
            part = order[at : at + 32]
            one, two, _ = net.upper(*stacked(prepared, part), layer)
            for j, k in enumerate(part):
                label[place[k]], target[place[k]] = one[j].numpy(), two[j].numpy()
    return label, target


def prepared_variants(
    items: Sequence[turns_data.Item], encoder: Path, recipe: Recipe, count: int, seed: int
) -> list[Prepared]:
    """`count` variants of each item."""
    net = network.RuptureNet(network.read_encoder(encoder), 1)
    tokenizer = network.TurnTokenizer(encoder)
    began = time.monotonic()
    out = []
    for k in range(count):
        rng = random.Random(100 * seed + k)
        made = [augment.varied(i.turn, rng) for i in items]
        out.append(prepare(net, tokenizer, recipe.layer, *zip(*made, strict=True)))
        print(f"  variant {k + 1} of {count}, {time.monotonic() - began:.0f} s", flush=True)
    return out


def prepared_plain(items: Sequence[turns_data.Item], encoder: Path, recipe: Recipe) -> Prepared:
    """The items as they are."""
    net = network.RuptureNet(network.read_encoder(encoder), 1)
    turns = [item.turn for item in items]
    tokenizer = network.TurnTokenizer(encoder)
    return prepare(net, tokenizer, recipe.layer, turns, [True] * len(turns))


@dataclass(frozen=True)
class Job:
    """One member to train; read by another process."""

    member: int
    recipe: Recipe
    without: str
    work: Path


def prepared_data(without: str) -> tuple[list[turns_data.Item], list[turns_data.Item], list[str]]:
    """Turns to train on, turns to calibrate with, and the names of all markers."""
    known = [i for i in turns_data.development(turns_data.read()) if i.writer != without]
    held = [item for item in known if turns_data.calibrates(item)]
    items = [item for item in known if not turns_data.calibrates(item)]
    return items, held, sorted({marker_name(item) for item in known} | {"none:session"})


def train_member(job: Job) -> tuple[np.ndarray, np.ndarray]:
    """Train a member and write it into the work folder; its logits on the calibration turns."""
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    encoder, seed, recipe = weights.locate("text"), SEED + job.member, job.recipe
    items, held, markers = prepared_data(job.without)
    first, second = (job.work / f"member{job.member}-{part}" for part in ("turns", "sessions"))
    if not (first / trained.WEIGHTS).exists():
        variants = prepared_variants(items, encoder, recipe, recipe.variants, seed)
        epochs = [(variants[k % len(variants)], range(len(items))) for k in range(recipe.epochs)]
        torch.manual_seed(seed)
        net = network.RuptureNet(network.read_encoder(encoder), len(markers))
        net.train_from(recipe.layer)
        fit(net, recipe, epochs, truth(items, markers), 1.0, seed)
        first.mkdir(parents=True, exist_ok=True)
        network.save([net], first, {"markers": markers}, recipe.layer)
    (net,), _ = network.load(first, encoder)
    sessions = turns_data.session_items(turns_data.sessions_of(job.member))
    company = min(len(items), round(recipe.session_company * len(sessions)))
    both = [*sessions, *turns_data.meeting_items(), *random.Random(seed).sample(items, company)]
    again = prepared_variants(both, encoder, recipe, recipe.session_epochs, seed + 50)
    epochs = [(variant, range(len(both))) for variant in again]
    fit(net, recipe, epochs, truth(both, markers), recipe.session_rate, seed + 50)
    second.mkdir(parents=True, exist_ok=True)
    network.save([net], second, {"markers": markers}, recipe.layer)
    plain = prepared_plain(held, encoder, recipe)
    return logits(net, plain, range(len(held)), recipe.layer)


def main() -> None:
    """Train the members, calibrate their mean, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--out", type=Path, default=Path(__file__).parents[2] / "models" / "rupture" / "alone"
    )
    parser.add_argument("--members", type=int, default=2)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--work", type=Path, help="keep what is made on the way, and go on from it")
    parser.add_argument("--without", default="", help="leave this writer out as well")
    args = parser.parse_args()
    recipe, encoder = Recipe(), weights.locate("text")
    items, held, markers = prepared_data(args.without)
    print(f"{len(items)} turns to train on, besides sessions; {len(held)} to calibrate with")
    args.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        work = args.work or Path(folder)
        jobs = [Job(k, recipe, args.without, work) for k in range(args.members)]
        with ProcessPoolExecutor(args.processes, mp_context=get_context("spawn")) as pool:
            outputs = list(pool.map(train_member, jobs))
        made = [work / f"member{k}-sessions" for k in range(args.members)]
        nets = [network.load(one, encoder)[0][0] for one in made]
    wanted = np.array([network.LABELS.index(item.label) for item in held])
    for k, (logit, _) in enumerate(outputs):
        right = (logit.argmax(1) == wanted).mean()
        print(f"  member {k}, right on the calibration turns: {right:.3f}")
    label, target = (np.mean([pair[side] for pair in outputs], axis=0) for side in (0, 1))
    print(f"  their mean: {(label.argmax(1) == wanted).mean():.3f}")
    whose = addressee(items)
    config = {
        "markers": markers,
        "recipe": asdict(recipe),
        "seed": SEED,
        "turns": len(items),
        "calibration_turns": len(held),
        "sessions": [turns_data.sessions_of(k) for k in range(args.members)],
        "addressee": whose,
        "calibration": calibration(label, target, held, whose),
    }
    network.save(nets, args.out, config, recipe.layer)
    size = (args.out / trained.WEIGHTS).stat().st_size / 1e6
    print(f"{size:.1f} MB written to {args.out / trained.WEIGHTS}")


if __name__ == "__main__":
    main()
