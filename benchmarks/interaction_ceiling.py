"""How well backchannels can be told from words and timing at all.

    python benchmarks/interaction_ceiling.py BENCH

On the 40 training meetings of ``interaction.py``, by cross-validation over meetings, it prints

- the F1 if every unit were judged as the labels have it (what units alone cost);
- the F1 when the model learns from 8, 15 and 30 meetings: whether more labels would help;
- the F1 when the model is told, of each meeting, which share of "yeah" was labelled a
  backchannel: what the coders' habits cost;
- for a word said twenty times or more by one person in one meeting, how often two sayings in
  the most similar circumstances have different labels.  No rule on these features can be
  wrong less often than (1 - sqrt(1 - 2 d)) / 2 of the time, d being that share (Cover & Hart
  1967, for many sayings; roughly so for a few dozen).
"""

from __future__ import annotations

import argparse
import sys
from collections import defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "training" / "interaction"))

import numpy as np
from fitting import FOLDS, fit, stack
from meetings import (
    Floats,
    Key,
    Meeting,
    Sample,
    add_features,
    backchannel_sample,
    bench_module,
    meeting_files,
    read_meeting,
)
from scipy.spatial import KDTree
from scores import backchannel_score, best_threshold

from session_audio.turntaking.lexicon import plain

HELD_OUT, LEAST = 5, 20
WORDS = ("yeah", "right", "okay", "mm-hmm")


def cross_validated(
    meetings: Sequence[Meeting], rows: Callable[[Meeting], Floats], of_each: int
) -> dict[Key, Floats]:
    """Each meeting's probabilities from a model that saw `of_each` of the others."""
    out: dict[Key, Floats] = {}
    for f in range(FOLDS):
        seen = [m for k, m in enumerate(meetings) if k % FOLDS != f]
        picked = [
            seen[k] for k in np.linspace(0, len(seen) - 1, min(of_each, len(seen)), dtype=int)
        ]
        model = fit(stack([_sample(m, rows) for m in picked]))
        for m in meetings[f::FOLDS]:
            short = backchannel_sample(m).weights
            out[m.key] = model.predict_proba(rows(m))[:, 1] * short
    return out


def _sample(meeting: Meeting, rows: Callable[[Meeting], Floats]) -> Sample:
    one = backchannel_sample(meeting)
    return Sample(rows(meeting), one.labels, one.weights)


def features(meeting: Meeting) -> Floats:
    """The features of each unit."""
    return meeting.features.backchannels.values


def texts(meeting: Meeting) -> list[str]:
    """What each unit says."""
    return [" ".join(plain(word.text) for word in unit.words) for unit in meeting.context.units]


def with_habit(meeting: Meeting) -> Floats:
    """The features, and the share of this meeting's "yeah" that is labelled a backchannel."""
    yeah = np.array([text == "yeah" for text in texts(meeting)])
    share = meeting.is_backchannel[yeah].mean()
    return np.column_stack([features(meeting), np.full(len(yeah), share)])


def neighbours(
    meetings: Sequence[Meeting], probabilities: dict[Key, Floats]
) -> dict[str, tuple[int, float, float]]:
    """By word: sayings, share whose nearest saying is labelled otherwise, share misjudged."""
    counts: dict[str, list[tuple[int, int, int]]] = defaultdict(list)
    for m in meetings:
        text, who = np.array(texts(m)), m.context.who
        for word in WORDS:
            for speaker in range(len(m.context.speakers)):
                own = np.flatnonzero((text == word) & (who == speaker))
                if len(own) < LEAST:
                    continue
                rows = np.nan_to_num(features(m)[own], nan=-1.0)
                rows = (rows - rows.mean(axis=0)) / (rows.std(axis=0) + 1e-6)
                nearest = KDTree(rows).query(rows, k=2)[1][:, 1]
                labels = m.is_backchannel[own]
                counts[word].append(
                    (
                        len(own),
                        int((labels != labels[nearest]).sum()),
                        int(((probabilities[m.key][own] >= 0.5) != labels).sum()),
                    )
                )
    sums = {word: np.array(rows).sum(axis=0) for word, rows in counts.items()}
    return {word: (int(n), float(d / n), float(e / n)) for word, (n, d, e) in sums.items()}


def main() -> None:
    """Print all four."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("bench", type=Path)
    args = parser.parse_args()
    icsi = bench_module(args.bench, "icsi")
    match = bench_module(args.bench, "score_interaction").match
    files = [p for k, p in enumerate(meeting_files(args.bench)) if k % HELD_OUT]
    meetings = [read_meeting(path, icsi, views=0)[0] for path in files]
    add_features(meetings)
    hits, found, true = sum(backchannel_score(m, m.is_backchannel > 0, match) for m in meetings)
    print(f"units judged as labelled: F1 {2 * hits / (found + true):.3f} (of {true:.0f})")
    probabilities: dict[Key, Floats] = {}
    for count in (8, 15, 30):
        probabilities = cross_validated(meetings, features, count)
        _, f1 = best_threshold(meetings, probabilities, backchannel_score, match)
        print(f"learned from {count} meetings: F1 {f1:.3f}")
    habit = cross_validated(meetings, with_habit, 30)
    _, f1 = best_threshold(meetings, habit, backchannel_score, match)
    shares = [with_habit(m)[0, -1] for m in meetings]
    print(
        f'told each meeting\'s share of "yeah" that is one ({min(shares):.2f} to '
        f"{max(shares):.2f}): F1 {f1:.3f}"
    )
    for word, (n, apart, wrong) in neighbours(meetings, probabilities).items():
        bound = (1 - np.sqrt(max(0.0, 1 - 2 * apart))) / 2
        print(
            f"{word:8s} {n:5d} sayings: nearest labelled otherwise {apart:.2f}, so wrong at "
            f"least {bound:.2f}; the model is wrong {wrong:.2f}"
        )


if __name__ == "__main__":
    main()
