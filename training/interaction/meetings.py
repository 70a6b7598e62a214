"""Labelled meetings: their words, units and labels, and the features the model learns from."""

from __future__ import annotations

import importlib.util
import sys
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray
from word_counts import TABLES, Counts, count_words, make_tables

from session_audio.schema import Turn, Word
from session_audio.settings import TurnSettings
from session_audio.turntaking.backchannels import Judgement
from session_audio.turntaking.context import Context
from session_audio.turntaking.ipu import build_ipus
from session_audio.turntaking.model.backchannel_features import backchannel_features
from session_audio.turntaking.model.backoff import LONGEST, WordTables
from session_audio.turntaking.model.features import FeatureTable
from session_audio.turntaking.model.interruption_features import (
    InterruptionCandidates,
    interruption_candidates,
)
from session_audio.turntaking.model.readings import Readings
from session_audio.turntaking.model.response_features import ResponseCandidates, response_candidates
from session_audio.turntaking.turns import assemble

Floats = NDArray[np.float64]
SETTINGS = TurnSettings()
NEAR = 0.3
"""Seconds between the end of an utterance marked as interrupted and the end of its unit."""


@dataclass(frozen=True)
class Features:
    """Features of a meeting's units, from tables that did not see the meeting."""

    tables: WordTables
    backchannels: FeatureTable
    interruptions: InterruptionCandidates


@dataclass(frozen=True)
class Answers:
    """A meeting's turns, whom each may answer, and whom the labels say it answers."""

    turns: tuple[Turn, ...]
    candidates: ResponseCandidates
    votes: dict[int, Counter[str]]


@dataclass
class Meeting:
    """A meeting's units, labels and features."""

    name: str
    gold: list[Any]
    words: list[Word]
    context: Context
    counts: dict[str, Counts]
    is_backchannel: Floats
    is_interrupted: Floats
    made: Features | None = field(default=None, repr=False)
    answered: Answers | None = field(default=None, repr=False)

    @property
    def features(self) -> Features:
        """Made by `add_features`."""
        if self.made is None:
            raise RuntimeError("features come first")
        return self.made

    @property
    def answers(self) -> Answers:
        """Made by `add_responses`."""
        if self.answered is None:
            raise RuntimeError("responses come first")
        return self.answered


@dataclass(frozen=True)
class Sample:
    """What trees are fitted to: a row, a label and a weight an item."""

    rows: Floats
    labels: Floats
    weights: Floats


def bench_module(bench: Path, name: str) -> ModuleType:
    """A module of the bench folder."""
    if str(bench) not in sys.path:
        sys.path.insert(0, str(bench))  # its modules import one another
    spec = importlib.util.spec_from_file_location(name, bench / f"{name}.py")
    if spec is None or spec.loader is None:
        raise SystemExit(f"{name}.py is not in the bench folder")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def meeting_files(bench: Path) -> list[Path]:
    """All meetings, in order of name."""
    files = sorted((bench / "structures" / "icsi").glob("*.dadb.gz"))
    if not files:
        raise SystemExit(f"no structures/icsi/*.dadb.gz in {bench.name}")
    return files


def words_of(gold: Sequence[Any]) -> list[Word]:
    """A meeting's words with speakers, as a transcript brings them."""
    return sorted(
        Word(round(start, 3), round(end, 3), text, u.speaker)
        for u in gold
        for start, end, text in u.words
    )


def read_meeting(path: Path, icsi: ModuleType) -> Meeting:
    """A meeting with its labels brought to units."""
    gold = icsi.read(path)
    words = words_of(gold)
    units = build_ipus(words, None, SETTINGS.ipu_gap)
    labelled = {
        (u.speaker, round(start, 3), round(end, 3))
        for u in gold
        if u.backchannel
        for start, end, _ in u.words
    }
    backchannel = [
        np.mean([(unit.speaker, word.start, word.end) in labelled for word in unit.words]) > 0.5
        for unit in units
    ]
    ends: dict[str, list[tuple[float, int]]] = defaultdict(list)
    for k, unit in enumerate(units):
        ends[unit.speaker].append((unit.end, k))
    interrupted = np.zeros(len(units))
    for u in gold:
        if u.interrupted:
            away, k = min((abs(end - u.end), k) for end, k in ends[u.speaker])
            if away < NEAR:
                interrupted[k] = 1.0
    return Meeting(
        path.name.split(".")[0],
        gold,
        words,
        Context.of(units),
        count_words(gold, units),
        np.array(backchannel, dtype=float),
        interrupted,
    )


def add_features(meetings: Sequence[Meeting]) -> dict[str, Counts]:
    """Features of each meeting, from tables made of the other meetings; the counts of all."""
    total = {name: Counts() for name in TABLES}
    for meeting in meetings:
        total = {name: total[name].plus(meeting.counts[name]) for name in TABLES}
    for meeting in meetings:
        rest = {name: total[name].plus(meeting.counts[name], -1) for name in TABLES}
        tables = make_tables(rest)
        readings = Readings.of(meeting.context, tables)
        meeting.made = Features(
            tables, backchannel_features(readings), interruption_candidates(readings)
        )
    return total


def add_responses(
    meetings: Sequence[Meeting], probabilities: dict[str, Floats], limit: float
) -> None:
    """Turns and response candidates, with backchannels as cross-validation told them."""
    for meeting in meetings:
        judgements = [Judgement(bool(p >= limit), float(p)) for p in probabilities[meeting.name]]
        units = meeting.context.units
        turns = assemble(units, judgements, SETTINGS.turn_split, has_words=True)
        candidates = response_candidates(turns, meeting.features.tables, SETTINGS.response_reach)
        meeting.answered = Answers(turns, candidates, _votes(meeting.gold, turns))


def _votes(gold: Sequence[Any], turns: Sequence[Turn]) -> dict[int, Counter[str]]:
    """For each turn that holds answering utterances, whom these answer."""
    spans: dict[str, list[tuple[float, float, int]]] = defaultdict(list)
    for i, turn in enumerate(turns):
        spans[turn.participant].append((turn.start - 0.05, turn.end + 0.05, i))
    votes: dict[int, Counter[str]] = defaultdict(Counter)
    for u in gold:
        middle = (u.start + u.end) / 2
        i = next((i for s, e, i in spans[u.speaker] if s <= middle <= e), None)
        if i is not None:
            votes[i].update(u.answers)
    return {i: counter for i, counter in votes.items() if counter}


def backchannel_sample(meeting: Meeting) -> Sample:
    """Every unit short enough to be one."""
    short = [len(unit.words) <= LONGEST for unit in meeting.context.units]
    rows = meeting.features.backchannels.values
    return Sample(rows, meeting.is_backchannel, np.array(short, dtype=float))


def interruption_sample(meeting: Meeting) -> Sample:
    """Every unit at whose end another talks or soon begins."""
    candidates = meeting.features.interruptions
    labels = meeting.is_interrupted[candidates.holder]
    return Sample(candidates.features.values, labels, np.ones(len(candidates.holder)))


def response_sample(meeting: Meeting) -> Sample:
    """Candidates of answered turns; a turn with more paired utterances weighs more (up to 3)."""
    answers = meeting.answers
    candidates = answers.candidates
    right = np.zeros(len(candidates.turn))
    weight = np.zeros(len(candidates.turn))
    for k, (i, j) in enumerate(zip(candidates.turn, candidates.target, strict=True)):
        votes = answers.votes.get(int(i))
        if votes:
            hits = votes[answers.turns[j].participant]
            right[k] = float(hits > 0)
            weight[k] = min(3.0, max(hits, 0.5 * sum(votes.values())))
    return Sample(candidates.features.values, right, weight)
