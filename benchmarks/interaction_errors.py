"""How exact counts of backchannels and interruptions are, for each kind of input.

    python benchmarks/interaction.py BENCH --keep MODEL
    python benchmarks/interaction_errors.py BENCH MODEL

MODEL was trained on 40 ICSI meetings; here are the other 11, in three views: words by hand, one
track a person (speech as labelled, words as a recogniser leaves them), and one recording of the
room (limits of speech off and short stretches missed too; `training/interaction/views.py`).
Prints precision, recall and the spread over meetings, as ``metrics/event_error.toml`` keeps
them, and how often the interval made of them holds a member's true count: over the same
meetings, each with the figures of the other ten.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "training" / "interaction"))

import numpy as np
from interaction import HELD_OUT, analyse, write
from meetings import bench_module, meeting_files
from views import ROOM, TRACKS, as_recognised, by_hand

from session_audio.metrics.event_error import EventError, count_interval
from session_audio.turntaking.model import load

INPUTS = {"words": None, "tracks": TRACKS, "diarizer": ROOM}
"""As `metrics.diarization_error.SpeechSource` calls them, with the rates of what is lost."""
KINDS = ("interruption_successful", "backchannel")


@dataclass(frozen=True)
class Counted:
    """One meeting: hits, told and labelled of a kind, and each member's told and labelled."""

    totals: tuple[int, int, int]
    members: tuple[tuple[int, int], ...]


def error_of(meetings: Sequence[Counted]) -> EventError:
    """Precision and recall over all, and the spread of the corrected counts over meetings."""
    hits, told, true = np.sum([m.totals for m in meetings], axis=0)
    factor = true / told
    ratios = [np.log((m.totals[2] + 0.5) / (m.totals[1] * factor + 0.5)) for m in meetings]
    return EventError(
        round(float(hits / told), 2), round(float(hits / true), 2), round(float(np.std(ratios)), 2)
    )


def held(meetings: Sequence[Counted]) -> tuple[int, int]:
    """How many members' true counts the interval holds, and how many there are."""
    inside = everybody = 0
    for k, meeting in enumerate(meetings):
        error = error_of([*meetings[:k], *meetings[k + 1 :]])
        for told, true in meeting.members:
            low, high = count_interval(told, error)
            inside += low - 0.5 <= true <= high + 0.5
            everybody += 1
    return inside, everybody


def main() -> None:
    """Analyse, count, print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("bench", type=Path)
    parser.add_argument("model", type=Path)
    args = parser.parse_args()
    icsi = bench_module(args.bench, "icsi")
    scorer = bench_module(args.bench, "score_interaction")
    model = load(args.model)
    for name, rates in INPUTS.items():
        counted: dict[str, list[Counted]] = {kind: [] for kind in KINDS}
        for path in meeting_files(args.bench)[::HELD_OUT]:
            gold = icsi.read(path)
            draw = random.Random(path.name)
            words, speech = by_hand(gold) if rates is None else as_recognised(gold, rates, draw)
            turns, events = analyse(words, speech, model)
            with tempfile.TemporaryDirectory() as folder:
                write(Path(folder), turns, events)
                totals = scorer.score(gold, *scorer.load(Path(folder)))
            for kind, total, who, label in zip(
                KINDS,
                totals[:2],
                ("holder", "participant"),
                ("interrupted", "backchannel"),
                strict=True,
            ):
                told = [getattr(e, who) for e in events if e.kind == kind]
                true = [u.speaker for u in gold if getattr(u, label)]
                people = {u.speaker for u in gold}
                rows = tuple((told.count(p), true.count(p)) for p in sorted(people))
                counted[kind].append(Counted(total, rows))
        for kind, meetings in counted.items():
            error, (inside, everybody) = error_of(meetings), held(meetings)
            print(
                f"[{name}.{kind}]\nprecision = {error.precision}\nrecall = {error.recall}\n"
                f"spread = {error.spread}\n# held {inside} of {everybody} members' counts\n"
            )


if __name__ == "__main__":
    main()
