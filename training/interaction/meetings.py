"""Labelled meetings: their words, units and labels, and the features the model learns from."""

from __future__ import annotations

import importlib.util
import random
import sys
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray
from views import AS_RECOGNISED, BY_HAND, Rates, View, as_recognised, by_hand
from word_counts import TABLES, Counts, count_words, fit_wording, make_tables

from session_audio.schema import Turn
from session_audio.settings import TurnSettings
from session_audio.turntaking.backchannels import Judgement, may_be_backchannel
from session_audio.turntaking.context import Context
from session_audio.turntaking.ipu import Ipu, build_ipus
from session_audio.turntaking.model.backchannel_features import backchannel_features
from session_audio.turntaking.model.backoff import WordTables
from session_audio.turntaking.model.features import FeatureTable
from session_audio.turntaking.model.interruption_features import (
    InterruptionCandidates,
    candidate_tokens,
    interruption_candidates,
)
from session_audio.turntaking.model.readings import Readings
from session_audio.turntaking.model.response_features import ResponseCandidates, response_candidates
from session_audio.turntaking.model.wording import TokenWeights
from session_audio.turntaking.turns import assemble

Floats = NDArray[np.float64]
SETTINGS = TurnSettings()
Key = tuple[str, int]
VIEWS = 3
"""Views as recognised that are drawn of each meeting."""
WORDING_FOLDS = 8
"""A view's feature by wording comes from the seven other eighths of the meetings."""
LONG_UTTERANCE = 60.0
"""Seconds; no utterance is longer."""
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
    """A view of a meeting: its units, labels and features."""

    name: str
    view: int
    """0 for the words by hand, else the number of a view as recognised."""
    gold: list[Any]
    context: Context
    counts: dict[str, Counts]
    """Of words; only with the words by hand."""
    is_backchannel: Floats
    is_interrupted: Floats
    made: Features | None = field(default=None, repr=False)
    answered: Answers | None = field(default=None, repr=False)

    @property
    def key(self) -> tuple[str, int]:
        """Which meeting, and which view of it."""
        return self.name, self.view

    @property
    def kind(self) -> str:
        """Which kind of view it is."""
        return AS_RECOGNISED if self.view else BY_HAND

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


def read_meeting(path: Path, icsi: ModuleType, views: int = VIEWS) -> list[Meeting]:
    """A meeting by its words by hand, and in `views` views as recognised; labels a unit."""
    gold = icsi.read(path)
    name = path.name.split(".")[0]
    made = [_meeting(name, 0, gold, by_hand(gold))]
    for k in range(1, views + 1):
        draw = random.Random(f"{name} {k}")
        made.append(_meeting(name, k, gold, as_recognised(gold, Rates.draw(draw), draw)))
    return made


def _meeting(name: str, number: int, gold: list[Any], view: View) -> Meeting:
    units = build_ipus(*view, SETTINGS.ipu_gap)
    own: dict[str, list[Any]] = defaultdict(list)
    for u in gold:
        own[u.speaker].append(u)
    backchannel = np.array([_is_backchannel(unit, own[unit.speaker]) for unit in units])
    ends: dict[str, list[tuple[float, int]]] = defaultdict(list)
    for k, unit in enumerate(units):
        ends[unit.speaker].append((unit.end, k))
    interrupted = np.zeros(len(units))
    for u in gold:
        if u.interrupted and ends[u.speaker]:
            away, k = min((abs(end - u.end), k) for end, k in ends[u.speaker])
            if away < NEAR:
                interrupted[k] = 1.0
    counts = {} if number else count_words(gold, units)
    return Meeting(
        name, number, gold, Context.of(units), counts, backchannel.astype(float), interrupted
    )


def _is_backchannel(unit: Ipu, own: list[Any]) -> bool:
    """Whether most of what the unit holds of its speaker's utterances is labelled one."""
    first = bisect_left(own, unit.start - LONG_UTTERANCE, key=lambda u: u.start)
    shared = {True: 0.0, False: 0.0}
    for u in own[first:]:
        if u.start >= unit.end:
            break
        shared[u.backchannel] += max(0.0, min(u.end, unit.end) - max(u.start, unit.start))
    return shared[True] > shared[False]


def add_features(meetings: Sequence[Meeting]) -> WordTables:
    """Features of each view, from tables made of other meetings; the tables of all."""
    counts = {m.name: m.counts for m in meetings if m.counts}
    total = {name: Counts() for name in TABLES}
    for one in counts.values():
        total = {name: total[name].plus(one[name]) for name in TABLES}
    tokens: dict[Key, list[list[str]]] = {}
    for m in meetings:
        own = counts[m.name]
        tables = make_tables({name: total[name].plus(own[name], -1) for name in TABLES})
        readings = Readings.of(m.context, tables)
        found = interruption_candidates(readings)
        m.made = Features(tables, backchannel_features(readings), found)
        tokens[m.key] = candidate_tokens(readings, found.holder, found.incomer)
    names = list(counts)
    for f in range(WORDING_FOLDS):
        unseen = set(names[f::WORDING_FOLDS])
        wording = _wording([m for m in meetings if m.name not in unseen], tokens)
        for m in meetings:
            if m.name in unseen:
                column = m.features.interruptions.features["wording"]  # a view of the table
                column[:] = [wording.score(one) for one in tokens[m.key]]
    return replace(make_tables(total), wording=_wording(meetings, tokens))


def _wording(meetings: Sequence[Meeting], tokens: dict[Key, list[list[str]]]) -> TokenWeights:
    labels = [m.is_interrupted[m.features.interruptions.holder] for m in meetings]
    return fit_wording([one for m in meetings for one in tokens[m.key]], np.concatenate(labels))


def add_responses(
    meetings: Sequence[Meeting], probabilities: dict[Key, Floats], limits: Mapping[str, float]
) -> None:
    """Turns and response candidates, with backchannels as cross-validation told them."""
    for meeting in meetings:
        limit = limits[meeting.kind]
        judgements = [Judgement(bool(p >= limit), float(p)) for p in probabilities[meeting.key]]
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
    short = [may_be_backchannel(unit) for unit in meeting.context.units]
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
