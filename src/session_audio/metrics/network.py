"""The response network: who answers whom, against what talk alone would give.

Counts are of turns (backchannels aside) that respond to somebody.  The null is
quasi-independence: each person answers, and is answered, as often as seen, nobody answers
themselves, and beyond that who answers whom is independent (Goodman 1968).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import median

import networkx as nx
import numpy as np
from numpy.typing import NDArray

from session_audio.metrics.resampling import seeded
from session_audio.metrics.timing import Answer
from session_audio.schema import Channel, Network, Participant, ParticipantId, ResponsePair

Floats = NDArray[np.float64]


def quasi_independence(counts: Floats, rounds: int = 500, tolerance: float = 1e-9) -> Floats:
    """Expected counts with the margins of `counts` and a zero diagonal, by proportional fitting.

    Where no table of that kind exists (one person takes part in more than half of all, so the
    margins need a diagonal), the closest fit after `rounds` is returned.

    Parameters
    ----------
    counts : array of shape (n, n)
        Its diagonal is taken as zero.

    Examples
    --------
    >>> quasi_independence(np.array([[0, 2.0, 0], [2, 0, 2], [0, 2, 0]])).round(2)
    array([[0., 2., 0.],
           [2., 0., 2.],
           [0., 2., 0.]])
    """
    seen = counts * (1 - np.eye(len(counts)))
    rows, columns = seen.sum(axis=1), seen.sum(axis=0)
    fit: Floats = np.ones_like(seen) - np.eye(len(seen))
    fit[rows == 0, :] = 0.0
    fit[:, columns == 0] = 0.0
    for _ in range(rounds):
        before = fit
        fit = fit * _ratio(rows, fit.sum(axis=1))[:, None]
        fit = fit * _ratio(columns, fit.sum(axis=0))[None, :]
        if np.abs(fit - before).max(initial=0.0) < tolerance:
            break
    return fit


def _ratio(wanted: Floats, have: Floats) -> Floats:
    out: Floats = np.divide(wanted, have, out=np.zeros_like(wanted), where=have > 0)
    return out


def expected_by_talk(counts: Floats, turns: Floats) -> Floats:
    """Expected counts if each answered as often as seen, and whom by how many turns they take.

    E[i, j] = answers of i * turns of j / sum of turns over k != i.  Channels use this one:
    with a single therapist, quasi-independence leaves a channel no room to differ.

    >>> expected_by_talk(np.array([[0, 4.0, 0], [0, 0, 0], [0, 0, 0]]), np.array([9.0, 3, 1]))[0]
    array([0., 3., 1.])
    """
    weights = np.tile(turns, (len(turns), 1)) * (1 - np.eye(len(turns)))
    out: Floats = counts.sum(axis=1)[:, None] * _ratio(weights, weights.sum(axis=1, keepdims=True))
    return out


def reciprocity(counts: Floats) -> float | None:
    """Share of responses that the other person returns (Squartini et al. 2013).

    Sum of the smaller direction of each pair, twice, over all: 1 when every pair is even,
    0 when all runs one way.  None without responses.

    >>> reciprocity(np.array([[0, 3.0], [1, 0]]))
    0.5
    """
    whole = float(counts.sum())
    return float(np.minimum(counts, counts.T).sum() / whole) if whole else None


def centralisation(counts: Floats) -> float | None:
    """How much being answered gathers on one person (after Freeman 1978, on weights).

    Sum of (largest - own) responses received, over its largest value: 1 when all responses go
    to one person, 0 when all are answered alike.  None for fewer than three people or no
    response.

    >>> centralisation(np.array([[0, 0, 0], [2.0, 0, 0], [2, 0, 0]]))
    1.0
    """
    whole, n = float(counts.sum()), len(counts)
    if n < 3 or not whole:
        return None
    received = counts.sum(axis=0)
    return float((received.max() - received).sum() / ((n - 1) * whole))


def build_network(
    answers: Sequence[Answer],
    people: Sequence[Participant],
    turn_counts: Mapping[str, int],
    *,
    shuffles: int,
    significance: float,
    seed: int,
) -> Network:
    """The network among `people` (those present who may speak; isolates included)."""
    column = {person.id: k for k, person in enumerate(people)}
    counts = np.zeros((len(people), len(people)))
    offsets: dict[tuple[int, int], list[float]] = {}
    for answer in answers:
        source, target = column.get(answer.turn.participant), column.get(_target(answer))
        if source is None or target is None or source == target:
            continue
        counts[source, target] += 1
        if answer.offset is not None:
            offsets.setdefault((source, target), []).append(answer.offset)
    expected = quasi_independence(counts)
    groups, modularity, p_value = _subgroups(counts, shuffles, significance, seed)
    idle = (counts.sum(axis=0) == 0) & (counts.sum(axis=1) == 0)
    return Network(
        pairs=tuple(
            ResponsePair(
                people[i].id,
                people[j].id,
                int(counts[i, j]),
                float(expected[i, j]) if counts.any() else None,
                median(offsets[i, j]) if (i, j) in offsets else None,
            )
            for i in range(len(people))
            for j in range(len(people))
            if i != j
        ),
        reciprocity=reciprocity(counts),
        centralisation=centralisation(counts),
        isolates=tuple(person.id for person, alone in zip(people, idle, strict=True) if alone),
        channels=_channels(
            counts,
            expected_by_talk(counts, np.array([turn_counts.get(p.id, 0) for p in people], float)),
            [person.is_therapist for person in people],
        ),
        subgroups=tuple(tuple(people[k].id for k in group) for group in groups),
        modularity=modularity,
        modularity_p=p_value,
    )


def _target(answer: Answer) -> ParticipantId:
    # `timing.answers` makes an Answer only of turns that respond to somebody.
    return answer.turn.responds_to or ParticipantId("")


def _channels(counts: Floats, expected: Floats, leads: Sequence[bool]) -> tuple[Channel, ...]:
    therapist = np.array(leads, dtype=bool)
    member = ~therapist
    whole = float(counts.sum())
    kinds = (
        ("therapist_to_member", therapist, member),
        ("member_to_therapist", member, therapist),
        ("member_to_member", member, member),
    )
    return tuple(
        Channel(
            name,  # type: ignore[arg-type]
            int(counts[np.ix_(source, target)].sum()),
            float(counts[np.ix_(source, target)].sum()) / whole if whole else None,
            float(expected[np.ix_(source, target)].sum()) if whole else None,
            float(expected[np.ix_(source, target)].sum()) / whole if whole else None,
        )
        for name, source, target in kinds
    )


def _subgroups(
    counts: Floats, shuffles: int, significance: float, seed: int
) -> tuple[list[list[int]], float | None, float | None]:
    """Communities, their modularity and its p-value; no communities where shuffles reach it."""
    if int((counts + counts.T).any(axis=1).sum()) < 4:
        return [], None, None
    groups, seen = _communities(counts)
    sources, targets = np.repeat(np.argwhere(counts > 0), counts[counts > 0].astype(int), axis=0).T
    draw = seeded(seed, 1)
    reached = sum(
        _communities(_shuffled(sources, targets, len(counts), draw))[1] >= seen - 1e-12
        for _ in range(shuffles)
    )
    p_value = (1 + reached) / (1 + shuffles)
    beats = p_value <= significance and len(groups) > 1
    return (groups if beats else []), seen, p_value


def _shuffled(
    sources: NDArray[np.int64], targets: NDArray[np.int64], n: int, draw: np.random.Generator
) -> Floats:
    """Counts with the turns' targets in another order; who would answer themselves swaps on."""
    mixed = draw.permutation(targets)
    for _ in range(50):
        wrong = np.flatnonzero(mixed == sources)
        if not len(wrong):
            break
        others = draw.integers(0, len(mixed), size=len(wrong))
        for k, other in zip(wrong, others, strict=True):
            if mixed[other] != sources[k] and mixed[k] != sources[other]:
                mixed[k], mixed[other] = mixed[other], mixed[k]
    out = np.zeros((n, n))
    np.add.at(out, (sources, mixed), 1.0)
    np.fill_diagonal(out, 0.0)
    return out


def _communities(counts: Floats) -> tuple[list[list[int]], float]:
    """Greedy modularity communities (Clauset, Newman & Moore 2004) of who answers whom."""
    weights = counts + counts.T
    graph = nx.Graph()
    graph.add_nodes_from(int(k) for k in np.flatnonzero(weights.any(axis=1)))
    graph.add_weighted_edges_from(
        (int(i), int(j), float(weights[i, j])) for i, j in np.argwhere(np.triu(weights) > 0)
    )
    groups = [
        sorted(group) for group in nx.community.greedy_modularity_communities(graph, "weight")
    ]
    return sorted(groups), float(nx.community.modularity(graph, groups, weight="weight"))
