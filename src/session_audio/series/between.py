"""Which two are said to come in early on each other: beyond chance in one session or several."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import comb

from session_audio.metrics.exchanges import ways
from session_audio.schema import Exchange, ParticipantId

SIGNIFICANCE = 0.05
"""Chance allowed, over all pairs of a session (or of several) together (Bonferroni)."""
LEAST_EARLY = 2
"""Fewer early starts than this are told of nobody."""

Pair = tuple[ParticipantId, ParticipantId]


@dataclass(frozen=True, slots=True)
class Between:
    """Two who came in early on each other, over the sessions that count them."""

    pair: Pair
    exchanges: tuple[tuple[int, Exchange], ...]
    """Theirs, each with its session's place, where either came in early."""
    p_value: float
    """Of this pair alone, over these sessions and those where neither came in early."""

    @property
    def early(self) -> int:
        """How often either came in early on the other."""
        return sum(one.early for _, one in self.exchanges)

    @property
    def of(self) -> int:
        """How often anybody did in those sessions."""
        return sum(one.all_early for _, one in self.exchanges)


def between(sessions: Sequence[Iterable[Exchange]]) -> list[Between]:
    """Pairs of whom it is told, the least likely first; `sessions` in order of date.

    Each came in early on the other at least once, and they more often than would be expected if
    any change of the floor were as likely to be early.
    """
    by_pair: dict[Pair, list[tuple[int, Exchange]]] = {}
    for k, exchanges in enumerate(sessions):
        for one in exchanges:
            by_pair.setdefault((one.first, one.second), []).append((k, one))
    found = []
    for pair, own in by_pair.items():
        p_value = together([one for _, one in own])
        counts = [sum(one.first_early for _, one in own), sum(one.second_early for _, one in own)]
        enough = min(counts) >= 1 and sum(counts) >= LEAST_EARLY
        if enough and p_value * len(by_pair) <= SIGNIFICANCE:
            found.append(Between(pair, tuple((k, one) for k, one in own if one.early), p_value))
    return sorted(found, key=lambda b: b.p_value)


def together(exchanges: Sequence[Exchange]) -> float:
    """Probability of as many early starts or more over several sessions of one pair.

    Within each session the early starts are drawn from all changes of the floor.
    """
    seen, chances = sum(one.early for one in exchanges), {0: 1.0}
    for one in exchanges:
        chances = _add(chances, _drawn(one))
    return min(1.0, sum(p for count, p in chances.items() if count >= seen))


def _drawn(one: Exchange) -> dict[int, float]:
    """Probability of each number of early starts among the pair's changes."""
    whole = comb(one.all_changes, one.changes)
    counted = ways(one.changes, one.all_early, one.all_changes)
    return {count: number / whole for count, number in enumerate(counted)}


def _add(a: Mapping[int, float], b: Mapping[int, float]) -> dict[int, float]:
    """Of the sum of two independent counts."""
    out: dict[int, float] = {}
    for i, p in a.items():
        for j, q in b.items():
            out[i + j] = out.get(i + j, 0.0) + p * q
    return out
