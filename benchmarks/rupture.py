"""Rupture and repair: the classifier and the candidate moments, on what they never saw.

    python benchmarks/rupture.py BENCH [--only baselines turns moments icsi speed] [--meetings 51]

Prints every figure that docs/accuracy.md gives: the turns of the test part against simpler
models, by label, marker, role, length and writer, and as a recogniser writes them; scripted
sessions; the ICSI meetings of BENCH as text (ordinary conversation); agreement; speed.
"""

from __future__ import annotations

import argparse
import random
import re
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score, roc_auc_score
from sklearn.pipeline import make_pipeline, make_union
from sklearn.preprocessing import FunctionTransformer, StandardScaler

sys.path.insert(0, str(Path(__file__).parents[1] / "training" / "rupture"))
sys.path.insert(0, str(Path(__file__).parent))

import agreement
import augment
import rupture_sessions as whole
import talk_data
import turns_data
from turns_data import Item

from session_audio import weights
from session_audio.backends.load import load_classifier
from session_audio.backends.rupture.scores import LABELS
from session_audio.schema import TurnInContext
from session_audio.settings import Settings

SEED = 5
KEYWORDS = {
    "repair": r"\b(sorry|apologi[sz]e|my fault|i meant|didn't mean|between us|i hurt you"
    r"|misunderstood|came across|let's try again|i should have)\b",
    "confrontation": r"\b(you always|you never|you people|ridiculous|useless|waste of|pointless"
    r"|shut up|stupid|don't tell me|not fair|whose idea|joke)\b",
    "withdrawal": r"\b(i'm fine|it's fine|whatever|doesn't matter|don't know|pass|nothing"
    r"|forget it|never mind|skip me|not really)\b",
}


def main() -> None:
    """Print the parts asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("bench", type=Path, nargs="?", help="holds icsi.py and structures/icsi")
    parts = ["baselines", "turns", "moments", "icsi", "speed"]
    parser.add_argument("--only", nargs="+", choices=parts, default=parts)
    parser.add_argument("--meetings", type=int, default=51)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--failures", action="store_true", help="print turns that go wrong")
    args = parser.parse_args()
    classifier = load_classifier(Settings(), args.threads)
    items = turns_data.read()
    if "baselines" in args.only:
        baselines(items)
    if "turns" in args.only:
        turns(items, classifier, args.failures)
        print_agreement()
    if "moments" in args.only:
        whole.print_moments(classifier)
    if "icsi" in args.only and args.bench:
        whole.print_meetings(args.bench, args.meetings, classifier)
    if "speed" in args.only:
        print_speed(items, classifier)


def baselines(items: Sequence[Item]) -> None:
    """Simpler models on the test part."""
    known, unseen = turns_data.development(list(items)), turns_data.test_part(list(items))
    wanted, noisy = coded(unseen), recognised(unseen)
    print(TABLE)
    for name, scorer in simpler(known).items():
        row(name, wanted, scorer([i.turn for i in unseen]), scorer(noisy))


TABLE = (
    "| model | macro-F1 | rupture against rest, area | macro-F1 as recognised |\n|---|---|---|---|"
)


def coded(items: Sequence[Item]) -> np.ndarray:
    """The labels as numbers."""
    return np.array([LABELS.index(i.label) for i in items])


def recognised(items: Sequence[Item]) -> list[TurnInContext]:
    """The turns as a recogniser may write them."""
    rng = random.Random(SEED)
    return [augment.recognised(item.turn, rng) for item in items]


def turns(items: Sequence[Item], classifier, failures: bool) -> None:
    """Everything about single turns of the test part."""
    known, unseen = turns_data.development(list(items)), turns_data.test_part(list(items))
    wanted, noisy = coded(unseen), recognised(unseen)
    print(f"Turns: {len(known)} to train and choose with, {len(unseen)} of the test part\n")
    print(TABLE)
    scored = classifier.score([i.turn for i in unseen])
    scores, noise = matrix(scored), matrix(classifier.score(noisy))
    row("fine-tuned, calibrated", wanted, scores, noise)
    bare = [replace(item.turn, context=()) for item in unseen]
    alone = matrix(classifier.score(bare))
    noise_alone = matrix(classifier.score([replace(turn, context=()) for turn in noisy]))
    row("... the turn alone, nothing before it", wanted, alone, noise_alone)
    guesses = scores.argmax(axis=1)
    print("\nBy label (precision, recall, F1):")
    for k, label in enumerate(LABELS):
        hit = int(((guesses == k) & (wanted == k)).sum())
        reported, there = int((guesses == k).sum()), int((wanted == k).sum())
        precision, recall = hit / max(reported, 1), hit / max(there, 1)
        both = 2 * precision * recall / max(precision + recall, 1e-9)
        print(f"  {label:14s} {precision:.3f} {recall:.3f} {both:.3f}  ({there} turns)")
    print(
        f"Calibration error (15 bins): {calibration_error(scores, wanted):.3f}; "
        f"as recognised {calibration_error(noise, wanted):.3f}"
    )
    targets(unseen, scored, guesses)
    sliced(unseen, wanted, guesses)
    if failures:
        wrong = [k for k in range(len(unseen)) if guesses[k] != wanted[k]]
        for k in sorted(wrong, key=lambda k: -scores[k, guesses[k]])[:40]:
            item = unseen[k]
            before = item.turn.context[-1].text if item.turn.context else ""
            print(
                f"  {item.label}/{item.marker} read as {LABELS[guesses[k]]} "
                f"{scores[k, guesses[k]]:.2f}: [{before}] {item.turn.text}"
            )


def row(name: str, wanted: np.ndarray, scores: np.ndarray, noisy: np.ndarray) -> None:
    """One line of the comparison."""
    rupture = np.isin(wanted, [1, 2])
    area = roc_auc_score(rupture, scores[:, 1] + scores[:, 2])
    plain = f1_score(wanted, scores.argmax(axis=1), average="macro")
    noisy_f1 = f1_score(wanted, noisy.argmax(axis=1), average="macro")
    print(f"| {name} | {plain:.3f} | {area:.3f} | {noisy_f1:.3f} |", flush=True)


def matrix(scored: Sequence) -> np.ndarray:
    """Scores as (turns, labels)."""
    return np.array([[one.scores[label] for label in LABELS] for one in scored])


def calibration_error(scores: np.ndarray, wanted: np.ndarray, bins: int = 15) -> float:
    """Expected calibration error of the label told (Guo et al. 2017), equal-width bins."""
    sure, right = scores.max(axis=1), scores.argmax(axis=1) == wanted
    where = np.minimum((sure * bins).astype(int), bins - 1)
    return float(
        sum(
            abs(sure[where == b].mean() - right[where == b].mean()) * (where == b).mean()
            for b in range(bins)
            if (where == b).any()
        )
    )


def targets(unseen: Sequence[Item], scored: Sequence, guesses: np.ndarray) -> None:
    """Accuracy of the target where there is a rupture or repair."""
    there = [k for k, item in enumerate(unseen) if item.label != "none"]
    best = {
        k: max(("therapist", "member", "group"), key=scored[k].targets.__getitem__) for k in there
    }
    right = np.mean([best[k] == unseen[k].target for k in there])
    member = np.mean([unseen[k].target == "member" for k in there])
    labelled = [k for k in there if guesses[k]]
    shown = np.mean([scored[k].target == unseen[k].target for k in labelled])
    print(
        f"Target, where there is a rupture or repair: {right:.3f} ({len(there)} turns; always "
        f"member: {member:.3f}); where one was told: {shown:.3f} ({len(labelled)})"
    )


def sliced(unseen: Sequence[Item], wanted: np.ndarray, guesses: np.ndarray) -> None:
    """Macro-F1 by role, length, writer and context; share told right by marker."""
    words = np.array([len(i.turn.text.split()) for i in unseen])
    held = np.array([i.writer in turns_data.HELD_OUT_WRITERS for i in unseen])
    writers = np.array([i.writer for i in unseen])
    lead = np.array([i.turn.role == "therapist" for i in unseen])
    before = np.array([len(i.turn.context) for i in unseen])
    asr = np.array([i.asr for i in unseen])
    slices = {
        "therapists": lead,
        "members": ~lead,
        "1 to 4 words": words <= 4,
        "5 to 20 words": (words > 4) & (words <= 20),
        "21 to 40 words": (words > 20) & (words <= 40),
        "over 40 words": words > 40,
        "no turn before": before == 0,
        "3 turns before": before == 3,
        "written as a recogniser would": asr,
        "groups held out of writers 1 to 3 and 6": ~held,
    } | {name: writers == name for name in turns_data.HELD_OUT_WRITERS}
    print("Macro-F1 of parts:")
    for name, part in slices.items():
        if part.sum() >= 20:
            value = f1_score(wanted[part], guesses[part], average="macro", labels=range(4))
            print(f"  {name:32s} {value:.3f}  ({int(part.sum())} turns)")
    print("Told right, by marker:")
    names = sorted({(i.label, i.marker) for i in unseen}, key=lambda n: (LABELS.index(n[0]), n[1]))
    for label, marker in names:
        part = np.array([(i.label, i.marker) == (label, marker) for i in unseen])
        print(f"  {label:14s} {marker:32s} {(guesses == wanted)[part].mean():.2f}  ({part.sum()})")


def simpler(known: Sequence[Item]) -> dict[str, Callable[[Sequence], np.ndarray]]:
    """Models that a good one must beat; those that learn do so on development."""
    wanted = [LABELS.index(i.label) for i in known]
    out: dict[str, Callable[[Sequence], np.ndarray]] = {"keyword rules": keyword_scores}

    def learned(features: Callable[[Sequence], object], pipeline) -> Callable:
        pipeline.fit(features([i.turn for i in known]), wanted)
        return lambda turns: pipeline.predict_proba(features(turns))

    regression = {"max_iter": 2000, "class_weight": "balanced"}
    out["length, role and question mark"] = learned(
        shallow, make_pipeline(StandardScaler(), LogisticRegression(**regression))
    )

    def bag() -> object:
        return make_union(
            TfidfVectorizer(sublinear_tf=True, ngram_range=(1, 2), min_df=2),
            make_pipeline(
                FunctionTransformer(None),
                TfidfVectorizer(
                    analyzer="char_wb", ngram_range=(3, 4), min_df=3, sublinear_tf=True
                ),
            ),
        )

    out["bag of words, the turn"] = learned(
        lambda turns: [t.text for t in turns],
        make_pipeline(bag(), LogisticRegression(C=4, **regression)),
    )
    out["bag of words, the turns before alone"] = learned(
        lambda turns: [" ".join(c.text for c in t.context) for t in turns],
        make_pipeline(bag(), LogisticRegression(C=4, **regression)),
    )
    out["frozen encoder, linear head"] = learned(
        frozen, make_pipeline(StandardScaler(), LogisticRegression(C=0.01, **regression))
    )
    return out


def keyword_scores(turns: Sequence) -> np.ndarray:
    """1 for the first rule that matches, else for none."""
    out = np.zeros((len(turns), len(LABELS)))
    for k, turn in enumerate(turns):
        text = turn.text.lower().replace("’", "'")
        hit = next((label for label, rule in KEYWORDS.items() if re.search(rule, text)), "none")
        out[k, LABELS.index(hit)] = 1.0
    return out


def shallow(turns: Sequence) -> np.ndarray:
    """Length, role, question mark, punctuation and place: nothing that is said."""
    return np.array(
        [
            [
                np.log1p(len(t.text.split())),
                t.role == "therapist",
                "?" in t.text,
                "!" in t.text,
                len(t.context),
                t.text == t.text.lower(),
                bool(t.context) and "?" in t.context[-1].text,
                bool(t.context) and t.context[-1].role == "therapist",
            ]
            for t in turns
        ],
        dtype=float,
    )


def frozen(turns: Sequence) -> np.ndarray:
    """The untrained network's pooled views: of the turn, and of what went before."""
    import torch

    from session_audio.backends.rupture.alone import network
    from session_audio.backends.rupture.alone.text import render

    encoder = weights.locate("text")
    net = network.RuptureNet(network.read_encoder(encoder), 1).eval()
    inputs = network.TurnTokenizer(encoder).encode([render(t) for t in turns])
    out = np.zeros((len(turns), 3 * net.encoder.config.hidden_size))
    with torch.inference_mode():
        for rows in network.by_length(inputs, 32):
            batch = network.collate([inputs[k] for k in rows])
            out[rows] = net.views(net.lower(batch, 0), batch, 0).numpy()
    return out


def print_agreement() -> None:
    """Agreement of the second, blind coder with the first."""
    for line in agreement.report():
        print(line)


def print_speed(items: Sequence[Item], classifier) -> None:
    """Seconds for 2,000 turns by themselves, and for 2,000 of conversations."""
    talk = [
        TurnInContext.at(f"{one.name}-{k}", [coded.turn for coded in one.turns], k)
        for one in talk_data.written()
        for k in range(len(one.turns))
    ]
    alone = [item.turn for item in (list(items) * 2)[::2]]
    for name, turns in (("by themselves", alone), ("of conversations", talk)):
        asked = turns[:2000]
        classifier.score(asked[:64])
        began, spent = time.perf_counter(), time.process_time()
        classifier.score(asked)
        print(
            f"{len(asked)} turns {name}: {time.perf_counter() - began:.0f} s "
            f"({time.process_time() - spent:.0f} s of processor)"
        )


if __name__ == "__main__":
    main()
