"""Train the interaction model on ICSI MRDA meetings.

    python training/interaction/train.py BENCH [--out models/interaction/model.json]

BENCH is a folder with ``icsi.py`` (which reads the labels), ``score_interaction.py`` and
``structures/icsi/*.dadb.gz``.  Thresholds and calibration come from cross-validation over
meetings; every back-off table that a training meeting sees is made without that meeting.

Contents: `word_counts` makes the tables, `meetings` reads the labels and makes the features,
`fitting` fits the trees, `scores` scores them, and here is the order of it.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

from fitting import FOLDS, cross_validate, export, fit, stack
from meetings import (
    Meeting,
    add_features,
    add_responses,
    backchannel_sample,
    bench_module,
    interruption_sample,
    meeting_files,
    read_meeting,
    response_sample,
)
from scores import Match, backchannel_score, best_threshold, interruption_score, response_accuracy
from word_counts import make_tables

from session_audio.turntaking.model import InteractionModel
from session_audio.turntaking.model.backchannel_features import BACKCHANNEL_FEATURES
from session_audio.turntaking.model.interruption_features import INTERRUPTION_FEATURES
from session_audio.turntaking.model.response_features import RESPONSE_FEATURES


def train(
    meetings: Sequence[Meeting], match: Match, revision: str
) -> tuple[InteractionModel, dict[str, float]]:
    """The model, and its cross-validated scores."""
    counts = add_features(meetings)

    tried = cross_validate(meetings, backchannel_sample)
    probabilities = {
        m.name: tried.probabilities[m.name] * backchannel_sample(m).weights for m in meetings
    }
    limit, backchannel_f1 = best_threshold(meetings, probabilities, backchannel_score, match)
    fitted = fit(stack([backchannel_sample(m) for m in meetings]))
    backchannel = export(fitted, tuple(BACKCHANNEL_FEATURES), limit, tried.calibration)
    add_responses(meetings, probabilities, limit)

    tried = cross_validate(meetings, interruption_sample)
    limit, interruption_f1 = best_threshold(
        meetings, tried.probabilities, interruption_score, match
    )
    fitted = fit(stack([interruption_sample(m) for m in meetings]))
    interruption = export(fitted, tuple(INTERRUPTION_FEATURES), limit, tried.calibration)

    tried = cross_validate(meetings, response_sample)
    fitted = fit(stack([response_sample(m) for m in meetings]))
    response = export(fitted, tuple(RESPONSE_FEATURES), 0.5, tried.calibration)

    model = InteractionModel(backchannel, interruption, response, make_tables(counts), revision)
    return model, {
        "interruption F1": interruption_f1,
        "backchannel F1": backchannel_f1,
        "response accuracy": response_accuracy(meetings, tried.probabilities),
    }


def main() -> None:
    """Train on all meetings and write the model."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("bench", type=Path)
    parser.add_argument(
        "--out",
        type=Path,
        default=Path(__file__).parents[2] / "models" / "interaction" / "model.json",
    )
    args = parser.parse_args()
    icsi = bench_module(args.bench, "icsi")
    scorer = bench_module(args.bench, "score_interaction")
    files = meeting_files(args.bench)
    meetings = [read_meeting(path, icsi) for path in files]
    model, scores = train(meetings, scorer.match, f"ICSI MRDA, {len(files)} meetings")
    args.out.write_text(json.dumps(model.to_json(), separators=(",", ":")), encoding="utf-8")
    print(f"{len(files)} meetings, {FOLDS}-fold cross-validation over meetings:")
    for name, value in scores.items():
        print(f"  {name:18s} {value:.3f}")
    print(f"wrote {args.out.name}, {args.out.stat().st_size / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
