"""Trains the rupture classifier: ``make train-rupture``.

The encoder's lower layers stay as they are, so what they say of each input is computed once
a variant; the upper layers and the heads are trained on that.  First by cross-validation over
groups (calibration is fitted on turns that no model saw), then on all of development.
The same seed on the same machine gives the same weights.
"""

from __future__ import annotations

import argparse
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import augment
import numpy as np
import torch
import turns_data
from scipy.optimize import minimize
from sklearn.linear_model import LogisticRegression
from torch.nn import functional

from session_audio import models
from session_audio.backends import rupture_model as network
from session_audio.backends.rupture import log_softmax, softmax
from session_audio.backends.rupture_target import clues, log_shares
from session_audio.backends.rupture_text import render

SEED = 20_260_302
ADDRESSEE_WEIGHT = 0.7
"""What who is spoken to counts beside the target head (chosen on the calibration groups)."""


@dataclass(frozen=True)
class Recipe:
    """How a network is trained."""

    layer: int = 3
    """First encoder layer that is trained."""
    variants: int = 3
    """Variants of each item; epochs take them in turn."""
    epochs: int = 4
    batch: int = 16
    rate: float = 1.5e-4
    head_rate: float = 5e-4
    decay: float = 0.05
    """Weight decay."""
    layer_decay: float = 0.85
    """Learning rate of each layer below, relative to the one above."""
    smoothing: float = 0.1
    target_weight: float = 0.5
    marker_weight: float = 0.4
    averaged: float = 0.4
    """Last share of steps whose weights are averaged."""


@dataclass
class Prepared:
    """Some inputs with the frozen layers' states."""

    states: list[torch.Tensor]
    segments: list[torch.Tensor]


def prepare(net: network.RuptureNet, tokenizer: network.TurnTokenizer, layer: int,
            turns: Sequence, shown: Sequence[bool]) -> Prepared:  # fmt: skip
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
    """Codes as class numbers; target -1 where there is none."""

    label: torch.Tensor
    target: torch.Tensor
    marker: torch.Tensor


def truth(items: Sequence[turns_data.Item], markers: Sequence[str]) -> Truth:
    """The codes of `items`."""
    return Truth(
        torch.tensor([network.LABELS.index(i.label) for i in items]),
        torch.tensor([-1 if i.label == "none" else network.TARGETS.index(i.target) for i in items]),
        torch.tensor([markers.index(marker_name(i)) for i in items]),
    )


def marker_name(item: turns_data.Item) -> str:
    """The marker with its label, so that no marker is shared between labels."""
    return f"{item.label}:{item.marker}"


def fit(
    encoder: Path,
    recipe: Recipe,
    variants: Sequence[Prepared],
    codes: Truth,
    rows: Sequence[int],
    markers: int,
    seed: int,
    watch: Callable[[network.RuptureNet], None] = lambda _: None,
) -> network.RuptureNet:
    """A network trained on `rows`; its weights are the mean over the last steps."""
    torch.manual_seed(seed)
    rng = random.Random(seed)
    net = network.RuptureNet(encoder, markers)
    net.train_from(recipe.layer)
    trainable = [p for p in net.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(rates(net, recipe), weight_decay=recipe.decay)
    steps = recipe.epochs * -(-len(rows) // recipe.batch)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda k: slope(k, steps))
    mean = [torch.zeros_like(p) for p in trainable]
    count = step = 0
    began = time.monotonic()
    for epoch in range(recipe.epochs):
        prepared = variants[epoch % len(variants)]
        net.train()
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
                count += 1
                for kept, now in zip(mean, trainable, strict=True):
                    kept += (now.detach() - kept) / count
        print(f"  epoch {epoch + 1}: loss {total / len(rows):.3f}, "
              f"{time.monotonic() - began:.0f} s", flush=True)  # fmt: skip
        watch(net.eval())
    with torch.no_grad():
        for kept, now in zip(mean, trainable, strict=True):
            now.copy_(kept)
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
        marker, codes.marker[rows], label_smoothing=recipe.smoothing
    )


def rates(net: network.RuptureNet, recipe: Recipe) -> list[dict]:
    """Parameter groups: lower layers learn more slowly."""
    layers = net.encoder.encoder.layer
    groups = [
        {"params": list(layer.parameters()),
         "lr": recipe.rate * recipe.layer_decay ** (len(layers) - 1 - k)}
        for k, layer in enumerate(layers) if k >= recipe.layer
    ]  # fmt: skip
    heads = [p for n, p in net.named_parameters() if not n.startswith("encoder.")]
    return [*groups, {"params": heads, "lr": recipe.head_rate}]


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
    items: Sequence[turns_data.Item], encoder: Path, recipe: Recipe, markers: int
) -> list[Prepared]:
    """`recipe.variants` variants of each item."""
    net = network.RuptureNet(encoder, markers)
    tokenizer = network.TurnTokenizer(encoder)
    began = time.monotonic()
    out = []
    for k in range(recipe.variants):
        rng = random.Random(SEED + k)
        made = [augment.varied(i.turn, rng) for i in items]
        out.append(prepare(net, tokenizer, recipe.layer, *zip(*made, strict=True)))
        print(
            f"  variant {k + 1} of {recipe.variants}, {time.monotonic() - began:.0f} s", flush=True
        )
    return out


def prepared_plain(
    items: Sequence[turns_data.Item], encoder: Path, recipe: Recipe, markers: int
) -> Prepared:
    """The items as they are."""
    net = network.RuptureNet(encoder, markers)
    turns = [item.turn for item in items]
    tokenizer = network.TurnTokenizer(encoder)
    return prepare(net, tokenizer, recipe.layer, turns, [True] * len(turns))


def fitted_scale(logit: np.ndarray, wanted: np.ndarray, shifts: bool) -> tuple[float, list[float]]:
    """Scale and shifts of logits that make held-out turns likeliest.

    One scale for all classes (temperature; Guo et al. 2017) and, where `shifts`, one shift a
    class, drawn to zero by a light penalty.
    """
    classes = logit.shape[1]

    def cost(x: np.ndarray) -> float:
        moved = logit * np.exp(x[0]) + (x[1:] if shifts else 0.0)
        top = moved.max(axis=1, keepdims=True)
        log_sum = top[:, 0] + np.log(np.exp(moved - top).sum(axis=1))
        likely = log_sum - moved[np.arange(len(wanted)), wanted]
        return float(likely.mean() + 0.02 * (x[1:] ** 2).sum())

    best = minimize(cost, np.zeros(1 + classes), method="L-BFGS-B").x
    shift = best[1:] - best[1:].mean() if shifts else np.zeros(classes)
    return round(float(np.exp(best[0])), 4), [round(float(v), 4) for v in shift]


def addressee(items: Sequence[turns_data.Item]) -> dict[str, Any]:
    """The small model of who is spoken to, from the codes of `items`."""
    coded = [item for item in items if item.label != "none"]
    seen = np.array([clues(item.turn, item.label) for item in coded])
    wanted = [network.TARGETS.index(item.target) for item in coded]
    model = LogisticRegression(C=0.3, max_iter=5000).fit(seen, wanted)
    return {
        "weights": np.round(model.coef_, 4).tolist(),
        "bias": np.round(model.intercept_, 4).tolist(),
        "weight": ADDRESSEE_WEIGHT,
    }


def calibration(
    label: np.ndarray, target: np.ndarray, items: Sequence[turns_data.Item], model: dict[str, Any]
) -> dict[str, Any]:
    """Scales and shifts fitted on turns that were not trained on."""
    labels = np.array([network.LABELS.index(item.label) for item in items])
    label_scale, label_shift = fitted_scale(label, labels, True)
    known = [k for k, item in enumerate(items) if item.label != "none"]
    shares = softmax(label * label_scale + label_shift)[known, 1:]
    logit = log_softmax(target[known]) + log_shares([items[k].turn for k in known], shares, model)
    wanted = np.array([network.TARGETS.index(items[k].target) for k in known])
    target_scale, _ = fitted_scale(logit, wanted, False)
    return {"label_scale": label_scale, "label_shift": label_shift, "target_scale": target_scale}


def main() -> None:
    """Train, calibrate, write; what is there is written after every epoch."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path(__file__).parent)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--without", default="", help="leave this writer out as well")
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    torch.use_deterministic_algorithms(True)
    items = [i for i in turns_data.development(turns_data.read()) if i.writer != args.without]
    held = [item for item in items if turns_data.calibrates(item)]
    items = [item for item in items if not turns_data.calibrates(item)]
    items += turns_data.session_items()
    markers = sorted({marker_name(item) for item in [*items, *held]})
    recipe, encoder = Recipe(), models.locate("text")
    print(f"{len(items)} turns to train on, {len(held)} to calibrate with", flush=True)
    plain = prepared_plain(held, encoder, recipe, len(markers))
    variants = prepared_variants(items, encoder, recipe, len(markers))
    held_codes = truth(held, markers)
    whose = addressee(items)

    def write(net: network.RuptureNet) -> None:
        label, target = logits(net, plain, range(len(held)), recipe.layer)
        config = {
            "markers": markers,
            "recipe": asdict(recipe),
            "seed": SEED,
            "turns": len(items),
            "calibration_turns": len(held),
            "addressee": whose,
            "calibration": calibration(label, target, held, whose),
        }
        network.save(net, args.out, config)
        right = label.argmax(1) == held_codes.label.numpy()
        print(f"  right on the turns held for calibration: {right.mean():.3f}", flush=True)

    args.out.mkdir(parents=True, exist_ok=True)
    codes = truth(items, markers)
    write(fit(encoder, recipe, variants, codes, range(len(items)), len(markers), SEED, write))
    size = (args.out / network.WEIGHTS).stat().st_size / 1e6
    print(f"{size:.1f} MB written to {args.out / network.WEIGHTS}")


if __name__ == "__main__":
    main()
