"""Train the interaction model on ICSI MRDA meetings.

    python training/interaction/train.py BENCH [--out models/interaction/model.json]

BENCH is a folder with ``icsi.py`` (which reads the labels), ``score_interaction.py`` and
``structures/icsi/*.dadb.gz``.  Thresholds and calibration come from cross-validation over
meetings; every word table that a training meeting sees is made without that meeting.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression

from session_audio.schema import Turn, Word
from session_audio.settings import TurnSettings
from session_audio.turntaking.context import Context
from session_audio.turntaking.ipu import Ipu, build_ipus
from session_audio.turntaking.lexicon import plain
from session_audio.turntaking.model import InteractionModel
from session_audio.turntaking.model.backoff import (
    LONGEST,
    ChanceTable,
    WordTables,
    first_keys,
    last_keys,
)
from session_audio.turntaking.model.overlap_features import (
    BACKCHANNEL_FEATURES,
    CUT_FEATURES,
    CutRows,
    Readings,
    backchannel_rows,
    cut_rows,
)
from session_audio.turntaking.model.response_features import (
    RESPONSE_FEATURES,
    ResponseRows,
    response_rows,
)
from session_audio.turntaking.model.trees import Tree, Trees
from session_audio.turntaking.turns import assemble

Floats = NDArray[np.float64]
FOLDS = 4
SETTINGS = TurnSettings()
NEAR = 0.3
"""Seconds between the end of an utterance marked as cut off and the end of its unit."""


# --- counting words ------------------------------------------------------------------


@dataclass
class Counts:
    """How often a key was seen, and how often with the event."""

    seen: Counter[str] = field(default_factory=Counter)
    hits: Counter[str] = field(default_factory=Counter)
    all_seen: int = 0
    all_hits: int = 0

    def add(self, keys: Sequence[str], hit: bool) -> None:
        """Count `keys` once, with the event or without."""
        for key in keys:
            self.seen[key] += 1
            self.hits[key] += hit
        self.all_seen += 1
        self.all_hits += hit

    def plus(self, other: Counts, sign: int = 1) -> Counts:
        """Sum with `other`, or (sign -1) what is left without it."""
        out = Counts(Counter(self.seen), Counter(self.hits))
        for mine, theirs in ((out.seen, other.seen), (out.hits, other.hits)):
            for key, count in theirs.items():
                mine[key] += sign * count
        out.all_seen = self.all_seen + sign * other.all_seen
        out.all_hits = self.all_hits + sign * other.all_hits
        return out

    def table(self, least: int, weight: float, *, drop_first: bool) -> ChanceTable:
        """Chances of keys seen `least` times, each pulled toward its shorter key's chance."""
        prior = self.all_hits / max(1, self.all_seen)
        chances: dict[str, float] = {}
        for key in sorted((k for k, n in self.seen.items() if n >= least), key=_words_in):
            parts = key.split(" ")
            shorter = parts[1:] if drop_first else parts[:-1]
            parent = chances.get(" ".join(shorter), prior)
            chance = (self.hits[key] + weight * parent) / (self.seen[key] + weight)
            if len(parts) == 1 or abs(chance - parent) > 0.01:
                chances[key] = chance
        return ChanceTable(prior, {key: round(chance, 3) for key, chance in chances.items()})


def _words_in(key: str) -> int:
    return key.count(" ")


TABLES: dict[str, tuple[int, float, bool]] = {
    "complete": (6, 4.0, True),
    "question": (6, 4.0, False),
    "backchannel": (6, 4.0, True),
    "incoming": (6, 6.0, False),
}


def count_words(utterances: Sequence[Any], units: Sequence[Ipu]) -> dict[str, Counts]:
    """Counts of one meeting for each table."""
    counts = {name: Counts() for name in TABLES}
    for u in utterances:
        said = [plain(word[2]) for word in u.words]
        whole = "%" not in u.label  # neither cut off nor given up
        for k in range(len(said)):
            counts["complete"].add(last_keys(said[: k + 1]), whole and k == len(said) - 1)
        counts["question"].add(first_keys(said), bool(re.search(r"(^|[|:.])q", u.label)))
        keys = [" ".join(said)] if len(said) <= LONGEST else []
        counts["backchannel"].add(keys, u.backchannel)
    cuts = sorted((u.end, u.speaker) for u in utterances if u.interrupted)
    ends = [end for end, _ in cuts]
    reached: dict[str, float] = {}
    for unit in units:
        if any(end > unit.start for who, end in reached.items() if who != unit.speaker):
            low, high = np.searchsorted(ends, [unit.start - 0.3, unit.start + 1.5])
            cut = any(who != unit.speaker for _, who in cuts[low:high])
            counts["incoming"].add(first_keys([plain(w.text) for w in unit.words]), cut)
        reached[unit.speaker] = max(unit.end, reached.get(unit.speaker, 0.0))
    return counts


def make_tables(counts: dict[str, Counts]) -> WordTables:
    """Tables of these counts."""
    return WordTables(
        **{
            name: counts[name].table(least, weight, drop_first=drop)
            for name, (least, weight, drop) in TABLES.items()
        }
    )


# --- one meeting ---------------------------------------------------------------------


@dataclass
class Meeting:
    """A meeting's units, labels and features."""

    name: str
    gold: list[Any]
    words: list[Word]
    context: Context
    counts: dict[str, Counts]
    is_backchannel: Floats
    is_cut: Floats
    backchannels: Floats = field(default_factory=lambda: np.zeros((0, 0)))
    cuts: CutRows | None = None
    tables: WordTables | None = None
    turns: tuple[Turn, ...] = ()
    responses: ResponseRows | None = None
    votes: dict[int, Counter[str]] = field(default_factory=dict)

    def found_cuts(self) -> CutRows:
        """Candidates for a cut."""
        if self.cuts is None:
            raise RuntimeError("features come first")
        return self.cuts

    def found_responses(self) -> ResponseRows:
        """Candidates for a response."""
        if self.responses is None:
            raise RuntimeError("features come first")
        return self.responses


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
    nodded = {
        (u.speaker, round(start, 3), round(end, 3))
        for u in gold
        if u.backchannel
        for start, end, _ in u.words
    }
    nods = [
        np.mean([(unit.speaker, word.start, word.end) in nodded for word in unit.words]) > 0.5
        for unit in units
    ]
    ends: dict[str, list[tuple[float, int]]] = defaultdict(list)
    for k, unit in enumerate(units):
        ends[unit.speaker].append((unit.end, k))
    cut = np.zeros(len(units))
    for u in gold:
        if u.interrupted:
            away, k = min((abs(end - u.end), k) for end, k in ends[u.speaker])
            if away < NEAR:
                cut[k] = 1.0
    return Meeting(
        path.name.split(".")[0],
        gold,
        words,
        Context.of(units),
        count_words(gold, units),
        np.array(nods, dtype=float),
        cut,
    )


def add_features(meetings: Sequence[Meeting]) -> dict[str, Counts]:
    """Features of each meeting, from tables made of the other meetings; the counts of all."""
    total = {name: Counts() for name in TABLES}
    for meeting in meetings:
        total = {name: total[name].plus(meeting.counts[name]) for name in TABLES}
    for meeting in meetings:
        rest = {name: total[name].plus(meeting.counts[name], -1) for name in TABLES}
        meeting.tables = make_tables(rest)
        readings = Readings.of(meeting.context, meeting.tables)
        meeting.backchannels = backchannel_rows(readings)
        meeting.cuts = cut_rows(readings)
    return total


def add_responses(meetings: Sequence[Meeting], chances: dict[str, Floats], limit: float) -> None:
    """Turns and response candidates, with backchannels as cross-validation told them."""
    for meeting in meetings:
        judged = [(bool(p >= limit), float(p)) for p in chances[meeting.name]]
        units = meeting.context.units
        meeting.turns = assemble(units, judged, SETTINGS.turn_split, has_words=True)
        if meeting.tables is None:
            raise RuntimeError("features come first")
        meeting.responses = response_rows(meeting.turns, meeting.tables, SETTINGS.response_reach)
        spans: dict[str, list[tuple[float, float, int]]] = defaultdict(list)
        for i, turn in enumerate(meeting.turns):
            spans[turn.participant].append((turn.start - 0.05, turn.end + 0.05, i))
        votes: dict[int, Counter[str]] = defaultdict(Counter)
        for u in meeting.gold:
            middle = (u.start + u.end) / 2
            i = next((i for s, e, i in spans[u.speaker] if s <= middle <= e), None)
            if i is not None:
                votes[i].update(u.answers)
        meeting.votes = {i: counter for i, counter in votes.items() if counter}


# --- fitting -------------------------------------------------------------------------

BOOSTING: dict[str, Any] = {
    "max_iter": 150,
    "learning_rate": 0.1,
    "max_leaf_nodes": 12,
    "min_samples_leaf": 40,
    "l2_regularization": 20.0,
    "random_state": 0,
}
Sample = tuple[Floats, Floats, Floats]
"""Rows, labels, weights."""


def fit(sample: Sample) -> HistGradientBoostingClassifier:
    """Boosted trees on `sample`."""
    rows, labels, weights = sample
    return HistGradientBoostingClassifier(**BOOSTING).fit(rows, labels, sample_weight=weights)


def export(
    model: HistGradientBoostingClassifier,
    features: tuple[str, ...],
    threshold: float,
    platt: tuple[float, float],
) -> Trees:
    """The same trees as plain arrays."""
    trees = []
    for (predictor,) in model._predictors:
        nodes = predictor.nodes
        leaf = nodes["is_leaf"].astype(bool)
        trees.append(
            Tree(
                np.where(leaf, -1, nodes["feature_idx"]).astype(np.int64),
                np.where(leaf, nodes["value"], nodes["num_threshold"]).astype(float),
                nodes["left"].astype(np.int64),
                nodes["right"].astype(np.int64),
                nodes["missing_go_to_left"].astype(bool),
            )
        )
    baseline = float(np.ravel(model._baseline_prediction)[0])
    return Trees(features, baseline, tuple(trees), threshold, *platt)


def cross_validate(
    meetings: Sequence[Meeting],
    sample: Callable[[Meeting], Sample],
    rows: Callable[[Meeting], Floats],
) -> tuple[dict[str, Floats], tuple[float, float]]:
    """Each meeting's chances from models that did not see it, calibrated; and the calibration."""
    scores: dict[str, Floats] = {}
    for f in range(FOLDS):
        seen = [m for k, m in enumerate(meetings) if k % FOLDS != f]
        model = fit(stack([sample(m) for m in seen]))
        for m in meetings[f::FOLDS]:
            scores[m.name] = model.decision_function(rows(m))
    _, labels, weights = (np.concatenate(part) for part in zip(*map(sample, meetings), strict=True))
    used = np.concatenate([scores[m.name] for m in meetings])[weights > 0]
    line = LogisticRegression(C=1e6).fit(used[:, None], labels[weights > 0])
    platt = (float(line.coef_[0, 0]), float(line.intercept_[0]))
    return {
        name: 1 / (1 + np.exp(-(platt[0] * score + platt[1]))) for name, score in scores.items()
    }, platt


def stack(samples: Sequence[Sample]) -> Sample:
    """One sample of many, rows of no weight left out."""
    rows, labels, weights = (np.concatenate([s[k] for s in samples]) for k in range(3))
    return rows[weights > 0], labels[weights > 0], weights[weights > 0]


def backchannel_sample(meeting: Meeting) -> Sample:
    """Every unit short enough to be one."""
    short = [len(unit.words) <= LONGEST for unit in meeting.context.units]
    return meeting.backchannels, meeting.is_backchannel, np.array(short, dtype=float)


def cut_sample(meeting: Meeting) -> Sample:
    """Every unit at whose end another talks or soon begins."""
    found = meeting.found_cuts()
    return found.rows, meeting.is_cut[found.holder], np.ones(len(found.holder))


def response_sample(meeting: Meeting) -> Sample:
    """Candidates of answered turns; a turn with more paired utterances weighs more (up to 3)."""
    found = meeting.found_responses()
    right = np.zeros(len(found.turn))
    weight = np.zeros(len(found.turn))
    for k, (i, j) in enumerate(zip(found.turn, found.target, strict=True)):
        votes = meeting.votes.get(int(i))
        if votes:
            hits = votes[meeting.turns[j].participant]
            right[k] = float(hits > 0)
            weight[k] = min(3.0, max(hits, 0.5 * sum(votes.values())))
    return found.rows, right, weight


# --- scores --------------------------------------------------------------------------


def backchannel_score(meeting: Meeting, chosen: Floats, match: Callable[..., int]) -> Floats:
    """Hits, events said and events labelled, as the bench counts them."""
    nods = [u for u in meeting.gold if u.backchannel]
    units = [meeting.context.units[k] for k in np.flatnonzero(chosen)]
    hits = match(
        units, nods, lambda e, u: e.speaker == u.speaker and e.start < u.end and e.end > u.start
    )
    return np.array([hits, len(units), len(nods)], dtype=float)


def cut_score(meeting: Meeting, chosen: Floats, match: Callable[..., int]) -> Floats:
    """As `backchannel_score`, for interruptions."""
    cut_off = [u for u in meeting.gold if u.interrupted]
    c, found = meeting.context, meeting.found_cuts()
    events = [
        (max(c.start[j], c.end[k] - SETTINGS.cut_window), c.units[k].speaker)
        for k, j in zip(found.holder[chosen], found.incomer[chosen], strict=True)
    ]
    hits = match(events, cut_off, lambda e, u: e[1] == u.speaker and abs(e[0] - u.end) <= 2.0)
    return np.array([hits, len(events), len(cut_off)], dtype=float)


def best_threshold(
    meetings: Sequence[Meeting],
    chances: dict[str, Floats],
    score: Callable[[Meeting, Floats, Callable[..., int]], Floats],
    match: Callable[..., int],
) -> tuple[float, float]:
    """The threshold with the highest F1 over all meetings, and that F1."""
    tried = []
    for limit in np.arange(0.2, 0.7, 0.02):
        hits, said, true = sum(score(m, chances[m.name] >= limit, match) for m in meetings)
        tried.append((2 * hits / (said + true), round(float(limit), 2)))
    f1, limit = max(tried)
    return limit, float(f1)


def response_accuracy(meetings: Sequence[Meeting], chances: dict[str, Floats]) -> float:
    """Share of paired utterances whose turn answers the right person."""
    right = asked = 0
    for meeting in meetings:
        found, best = meeting.found_responses(), {}
        for i, j, chance in zip(found.turn, found.target, chances[meeting.name], strict=True):
            if chance > best.get(i, (-1.0, ""))[0]:
                best[i] = (chance, meeting.turns[j].participant)
        right += sum(v[best[i][1]] for i, v in meeting.votes.items() if i in best)
        asked += sum(bool(u.answers) for u in meeting.gold)
    return right / asked


def train(
    meetings: Sequence[Meeting], match: Callable[..., int], revision: str
) -> tuple[InteractionModel, dict[str, float]]:
    """The model, and its cross-validated scores."""
    total = add_features(meetings)
    chances, platt = cross_validate(meetings, backchannel_sample, lambda m: m.backchannels)
    for meeting in meetings:
        chances[meeting.name] = chances[meeting.name] * backchannel_sample(meeting)[2]
    limit, nod_f1 = best_threshold(meetings, chances, backchannel_score, match)
    nods = export(
        fit(stack([backchannel_sample(m) for m in meetings])), BACKCHANNEL_FEATURES, limit, platt
    )
    add_responses(meetings, chances, limit)
    cut_chances, platt = cross_validate(meetings, cut_sample, lambda m: m.found_cuts().rows)
    limit, cut_f1 = best_threshold(meetings, cut_chances, cut_score, match)
    cuts = export(fit(stack([cut_sample(m) for m in meetings])), CUT_FEATURES, limit, platt)
    answers, platt = cross_validate(meetings, response_sample, lambda m: m.found_responses().rows)
    whom = export(fit(stack([response_sample(m) for m in meetings])), RESPONSE_FEATURES, 0.5, platt)
    model = InteractionModel(nods, cuts, whom, make_tables(total), revision)
    return model, {
        "interruption F1": cut_f1,
        "backchannel F1": nod_f1,
        "response accuracy": response_accuracy(meetings, answers),
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
