"""How far counts of events are off, for each kind of input: what can be told from it.

    python benchmarks/interaction.py BENCH --keep MODEL
    python benchmarks/interaction_errors.py BENCH MODEL

MODEL was trained on 40 ICSI meetings; here are the other 11, in three views: words by hand, one
track a person (speech as labelled, words as a recogniser leaves them), and one recording of the
room (limits of speech off and short stretches missed too; `training/interaction/views.py`).
Prints what ``metrics/event_error.toml`` keeps; how often the interval made of it holds a member's
true count (each meeting with the figures of the other ten); and for each tenth of confidence how
many events have it and how many of them are right.

Of interruptions told in a silence, it also says how many followed a question by the coders'
labels, and how many of these are right.

Backchannels and successful interruptions are right by the labels.  Attempts to interrupt and
overlaps have no labels: there the truth is what the same analysis finds among the words by hand
(same people, at most a second apart), so those figures say only what the input loses.
"""

from __future__ import annotations

import argparse
import random
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "training" / "interaction"))

import numpy as np
from interaction import HELD_OUT, analyse
from meetings import bench_module, meeting_files
from views import ROOM, TRACKS, as_recognised, by_hand

from session_audio.metrics.event_error import EventError, count_interval, weight
from session_audio.schema import Interaction
from session_audio.turntaking.model import load

INPUTS = {"words": None, "tracks": TRACKS, "diarizer": ROOM}
"""As `metrics.diarization_error.SpeechSource` calls them, with the rates of what is lost."""
LABELLED = {"interruption_successful": "holder", "backchannel": "participant"}
"""Kinds with labels, and whose the label is."""
UNLABELLED = ("interruption_unsuccessful", "cooperative_overlap", "terminal_overlap", "dual_start")
SURE = 0.8
"""Precision from which on an event counts as one."""
NEAR = 1.0


@dataclass(frozen=True)
class Told:
    """One event told: whose it is, how sure, and whether it is right."""

    who: str
    confidence: float
    right: bool


@dataclass(frozen=True)
class Counted:
    """One meeting: its events of a kind, and how many there truly were of each member."""

    events: tuple[Told, ...]
    true: dict[str, int]


def judged(
    told: Sequence[Interaction], truth: Sequence[Any], same: Callable[[Interaction, Any], bool]
) -> list[bool]:
    """Which events are right; each truth makes one right, as the bench's scorer has it."""
    right = [False] * len(told)
    for one in truth:
        for k, event in enumerate(told):
            if not right[k] and same(event, one):
                right[k] = True
                break
    return right


def cut_off(event: Interaction, utterance: Any) -> bool:
    """Whether an interruption is the one that ended `utterance`."""
    return event.holder == utterance.speaker and abs(event.start - utterance.end) <= 2.0


def listening(event: Interaction, utterance: Any) -> bool:
    """Whether a backchannel is `utterance`."""
    together = event.start < utterance.end and event.end > utterance.start
    return event.participant == utterance.speaker and together


def after_questions(gold: Sequence[Any], found: Sequence[Interaction]) -> list[tuple[bool, bool]]:
    """Of each interruption told in a silence: whether after a question, and whether right."""
    told = [event for event in found if event.kind == "interruption_successful"]
    right = judged(told, [u for u in gold if u.interrupted], cut_off)
    out = []
    for event, hit in zip(told, right, strict=True):
        before = [u for u in gold if u.speaker == event.holder and u.start < event.start]
        if event.end <= event.start and before:
            last = max(before, key=lambda u: u.end).label.split("|")[-1]
            out.append((last.startswith("q"), hit))
    return out


def as_by_hand(event: Interaction, other: Interaction) -> bool:
    """Whether the same analysis found this among the words by hand."""
    near = abs(event.start - other.start) <= NEAR
    return near and (event.participant, event.holder) == (other.participant, other.holder)


def counted(
    gold: Sequence[Any], found: Sequence[Interaction], by_hand: Sequence[Interaction], kind: str
) -> Counted:
    """Events of `kind` in one meeting, against their truth."""
    told = [event for event in found if event.kind == kind]
    if kind in LABELLED:
        cut = kind == "interruption_successful"
        truth = [u for u in gold if (u.interrupted if cut else u.backchannel)]
        right = judged(told, truth, cut_off if cut else listening)
        owners = [u.speaker for u in truth]
    else:
        others = [event for event in by_hand if event.kind == kind]
        right = judged(told, others, as_by_hand)
        owners = [event.participant for event in others]
    whose = LABELLED.get(kind, "participant")
    events = (Told(getattr(e, whose), e.confidence, r) for e, r in zip(told, right, strict=True))
    people = sorted({u.speaker for u in gold})
    return Counted(tuple(events), {who: owners.count(who) for who in people})


def error_of(meetings: Sequence[Counted]) -> EventError:
    """Precision and recall over all, and the spread of the corrected counts over meetings."""
    events = [event for m in meetings for event in m.events]
    true = sum(sum(m.true.values()) for m in meetings)
    hits = sum(event.right for event in events)
    factor = true / len(events)
    ratios = [
        np.log((sum(m.true.values()) + 0.5) / (len(m.events) * factor + 0.5)) for m in meetings
    ]
    figures = (hits / len(events), hits / true, float(np.std(ratios)))
    return EventError(*(round(x, 2) for x in figures))


def sure_from(meetings: Sequence[Counted]) -> float:
    """The least confidence, in hundredths, from which on `SURE` of the events are right; else 1."""
    events = [event for m in meetings for event in m.events]
    for level in np.arange(0.0, 1.0, 0.01).round(2):
        upward = [event.right for event in events if event.confidence >= level]
        if len(upward) >= 20 and np.mean(upward) >= SURE:
            return float(level)
    return 1.0


def held(meetings: Sequence[Counted]) -> tuple[int, int]:
    """How many members' true counts the interval holds, and how many there are."""
    inside = people = 0
    for k, meeting in enumerate(meetings):
        error = error_of([*meetings[:k], *meetings[k + 1 :]])
        for who, true in meeting.true.items():
            own = sum(e.who == who for e in meeting.events)
            low, high = count_interval(own, error)
            inside += low - 0.5 <= true <= high + 0.5
            people += 1
    return inside, people


def correlation(meetings: Sequence[Counted], sure: float) -> tuple[float, float]:
    """Of members' true counts with the events listed, and with those weighed by confidence."""
    rows = [
        (true, len(own), sum(weight(c, sure) for c in own))
        for m in meetings
        for who, true in m.true.items()
        for own in [[e.confidence for e in m.events if e.who == who]]
    ]
    r = np.corrcoef(np.array(rows).T)
    return float(r[0, 1]), float(r[0, 2])


def calibration(meetings: Sequence[Counted]) -> str:
    """For each tenth of confidence: its events, their mean confidence and how many are right."""
    events = [event for m in meetings for event in m.events]
    parts, gap = [], 0.0
    for k in range(10):
        own = [e for e in events if k == min(9, int(10 * e.confidence))]
        if own:
            mean, right = (
                float(np.mean([getattr(e, x) for e in own])) for x in ("confidence", "right")
            )
            parts.append(f"{mean:.2f}: {right:.2f} of {len(own)}")
            gap += abs(mean - right) * len(own) / len(events)
    return f"{', '.join(parts)}; mean gap {gap:.3f}"


def main() -> None:
    """Analyse, count, print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("bench", type=Path)
    parser.add_argument("model", type=Path)
    args = parser.parse_args()
    icsi = bench_module(args.bench, "icsi")
    model = load(args.model)
    golds = {path.name: icsi.read(path) for path in meeting_files(args.bench)[::HELD_OUT]}
    plain = {name: analyse(*by_hand(gold), model)[1] for name, gold in golds.items()}
    for source, rates in INPUTS.items():
        meetings: dict[str, list[Counted]] = {kind: [] for kind in (*LABELLED, *UNLABELLED)}
        silent: list[tuple[bool, bool]] = []
        for name, gold in golds.items():
            found = plain[name]
            if rates is not None:
                found = analyse(*as_recognised(gold, rates, random.Random(name)), model)[1]
            for kind, rows in meetings.items():
                rows.append(counted(gold, found, plain[name], kind))
            silent += after_questions(gold, found)
        asked = [hit for question, hit in silent if question]
        other = [hit for question, hit in silent if not question]
        print(
            f"# {source}, told in a silence: after a question {len(asked)}, right {sum(asked)}; "
            f"else {len(other)}, right {sum(other)}\n"
        )
        for kind, rows in meetings.items():
            if rates is None and kind in UNLABELLED:
                continue  # the truth itself
            error, (inside, people) = error_of(rows), held(rows)
            sure = sure_from(rows) if kind in LABELLED else 0.0  # rules: each counts as one
            listed, weighed = correlation(rows, sure)
            print(
                f"[{source}.{kind}]\nprecision = {error.precision}\nrecall = {error.recall}\n"
                f"spread = {error.spread}\nsure = {sure}\n"
                f"# held {inside} of {people} members' counts\n"
                f"# correlation over members {listed:.2f} as listed, {weighed:.2f} weighed\n"
                f"# confidence: right: {calibration(rows)}\n",
                flush=True,
            )


if __name__ == "__main__":
    main()
