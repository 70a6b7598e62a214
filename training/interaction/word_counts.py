"""Tables of words from labelled meetings: back-off tables of counts, and weights of tokens."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression

from session_audio.turntaking.ipu import Ipu
from session_audio.turntaking.lexicon import plain
from session_audio.turntaking.model.backoff import (
    LONGEST,
    BackoffTable,
    WordTables,
    first_keys,
    last_keys,
)
from session_audio.turntaking.model.wording import TokenWeights

LEAST_SEEN = 6
"""A token is kept where so many of the training candidates have it."""
REGULARISATION = 0.05
LEAST_WEIGHT = 0.02


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

    def table(self, least: int, weight: float, *, drop_first: bool) -> BackoffTable:
        """Probabilities of keys seen `least` times, each pulled toward its shorter key's."""
        prior = self.all_hits / max(1, self.all_seen)
        probabilities: dict[str, float] = {}
        for key in sorted((k for k, n in self.seen.items() if n >= least), key=_words_in):
            parts = key.split(" ")
            shorter = parts[1:] if drop_first else parts[:-1]
            parent = probabilities.get(" ".join(shorter), prior)
            p = (self.hits[key] + weight * parent) / (self.seen[key] + weight)
            if len(parts) == 1 or abs(p - parent) > 0.01:
                probabilities[key] = p
        return BackoffTable(prior, {key: round(p, 3) for key, p in probabilities.items()})


def _words_in(key: str) -> int:
    return key.count(" ")


@dataclass(frozen=True)
class TableRule:
    """How a table is made: fewest occurrences of a key, pseudo-count, which end is dropped."""

    least: int
    weight: float
    drop_first: bool


TABLES: dict[str, TableRule] = {
    "complete": TableRule(6, 4.0, drop_first=True),
    "question": TableRule(6, 4.0, drop_first=False),
    "backchannel": TableRule(6, 4.0, drop_first=True),
    "incoming": TableRule(6, 6.0, drop_first=False),
}


def count_words(utterances: Sequence[Any], units: Sequence[Ipu]) -> dict[str, Counts]:
    """Counts of one meeting for each table."""
    counts = {name: Counts() for name in TABLES}
    for u in utterances:
        words = [plain(word[2]) for word in u.words]
        whole = "%" not in u.label  # neither interrupted nor given up
        for k in range(len(words)):
            counts["complete"].add(last_keys(words[: k + 1]), whole and k == len(words) - 1)
        counts["question"].add(first_keys(words), bool(re.search(r"(^|[|:.])q", u.label)))
        keys = [" ".join(words)] if len(words) <= LONGEST else []
        counts["backchannel"].add(keys, u.backchannel)
    interrupted = sorted((u.end, u.speaker) for u in utterances if u.interrupted)
    ends = [end for end, _ in interrupted]
    reached: dict[str, float] = {}
    for unit in units:
        if any(end > unit.start for who, end in reached.items() if who != unit.speaker):
            low, high = np.searchsorted(ends, [unit.start - 0.3, unit.start + 1.5])
            hit = any(who != unit.speaker for _, who in interrupted[low:high])
            counts["incoming"].add(first_keys([plain(w.text) for w in unit.words]), hit)
        reached[unit.speaker] = max(unit.end, reached.get(unit.speaker, 0.0))
    return counts


def make_tables(counts: dict[str, Counts]) -> WordTables:
    """Tables of these counts."""
    return WordTables(
        **{
            name: counts[name].table(rule.least, rule.weight, drop_first=rule.drop_first)
            for name, rule in TABLES.items()
        }
    )


def fit_wording(tokens: Sequence[Sequence[str]], labels: NDArray[np.float64]) -> TokenWeights:
    """Weights of tokens by logistic regression (L2); `labels` are 1 where interrupted."""
    known = CountVectorizer(analyzer=list, min_df=LEAST_SEEN, dtype=np.float64)
    line = LogisticRegression(C=REGULARISATION, solver="liblinear")
    line.fit(known.fit_transform(tokens), labels)
    names, weights = known.get_feature_names_out().tolist(), line.coef_[0].round(3).tolist()
    kept = {name: w for name, w in zip(names, weights, strict=True) if abs(w) >= LEAST_WEIGHT}
    return TokenWeights(kept, round(float(line.intercept_[0]), 3))
