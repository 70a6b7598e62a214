"""Train the interaction model on ICSI MRDA meetings.

    python training/interaction/train.py BENCH [--out models/interaction/model.json]

BENCH is a folder with ``icsi.py`` (which reads the labels), ``score_interaction.py`` and
``structures/icsi/*.dadb.gz``.  Thresholds and calibration come from cross-validation over
meetings; every back-off table that a training meeting sees is made without that meeting.

Each meeting is learned from as its words by hand, and as a diarizer and a recogniser would
hand it over (`views`), three times with other losses.

Contents: `word_counts` makes the tables, `views` what is left of a meeting in a recording,
`meetings` reads the labels and makes the features, `fitting` fits the trees, `scores` scores
them, and here is the order of it.
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
from scores import (
    Match,
    backchannel_score,
    best_thresholds,
    by_kind,
    interruption_score,
    response_accuracy,
)
from views import BY_HAND

from session_audio.turntaking.model import InteractionModel
from session_audio.turntaking.model.backchannel_features import BACKCHANNEL_FEATURES
from session_audio.turntaking.model.interruption_features import INTERRUPTION_FEATURES
from session_audio.turntaking.model.response_features import RESPONSE_FEATURES

Scores = dict[str, dict[str, float]]
"""By what is scored, and by kind of view."""


def train(
    meetings: Sequence[Meeting], match: Match, revision: str
) -> tuple[InteractionModel, Scores]:
    """The model, and its cross-validated scores."""
    tables = add_features(meetings)

    tried = cross_validate(meetings, backchannel_sample)
    probabilities = {
        m.key: tried.probabilities[m.key] * (backchannel_sample(m).weights > 0) for m in meetings
    }
    listening = best_thresholds(meetings, probabilities, backchannel_score, match)
    fitted = fit(stack([backchannel_sample(m) for m in meetings]))
    limits = {kind: limit for kind, (limit, _) in listening.items()}
    backchannel = export(fitted, tuple(BACKCHANNEL_FEATURES), limits, tried.calibration)
    add_responses(meetings, probabilities, limits)

    tried = cross_validate(meetings, interruption_sample)
    cut = best_thresholds(meetings, tried.probabilities, interruption_score, match)
    fitted = fit(stack([interruption_sample(m) for m in meetings]))
    limits = {kind: limit for kind, (limit, _) in cut.items()}
    interruption = export(fitted, tuple(INTERRUPTION_FEATURES), limits, tried.calibration)

    tried = cross_validate(meetings, response_sample)
    fitted = fit(stack([response_sample(m) for m in meetings]))
    response = export(fitted, tuple(RESPONSE_FEATURES), {BY_HAND: 0.5}, tried.calibration)

    model = InteractionModel(backchannel, interruption, response, tables, revision)
    return model, {
        "interruption F1": {kind: f1 for kind, (_, f1) in cut.items()},
        "backchannel F1": {kind: f1 for kind, (_, f1) in listening.items()},
        "response accuracy": {
            kind: response_accuracy(some, tried.probabilities)
            for kind, some in by_kind(meetings).items()
        },
    }


def show(scores: Scores) -> None:
    """Print the scores, a line each."""
    for name, by in scores.items():
        print(f"  {name:18s} " + ", ".join(f"{kind} {value:.3f}" for kind, value in by.items()))


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
    meetings = [view for path in files for view in read_meeting(path, icsi)]
    model, scores = train(meetings, scorer.match, f"ICSI MRDA, {len(files)} meetings")
    args.out.write_text(json.dumps(model.to_json(), separators=(",", ":")), encoding="utf-8")
    print(f"{len(files)} meetings, {FOLDS}-fold cross-validation over meetings:")
    show(scores)
    print(f"wrote {args.out.name}, {args.out.stat().st_size / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
