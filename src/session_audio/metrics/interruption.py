"""Interruptions: who cut in on whom, set against the opportunity to do so."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import combinations
from statistics import median

import numpy as np
from numpy.typing import NDArray

from session_audio.metrics.events import SUCCESSFUL, UNSUCCESSFUL, Events
from session_audio.metrics.resampling import finite, seeded
from session_audio.schema import (
    AttributeInterruptions,
    Interaction,
    InterruptionPair,
    Participant,
    ParticipantId,
    Rivals,
    Turn,
)

Floats = NDArray[np.float64]
Pairs = Counter[tuple[str, str]]


def count_pairs(interactions: Sequence[Interaction], kind: str, people: Sequence[str]) -> Pairs:
    """How often each of `people` (first) did `kind` to each other (second)."""
    known = set(people)
    return Counter(
        (event.participant, event.holder)
        for event in interactions
        if event.kind == kind and event.holder in known and event.participant in known
    )


def expected_pairs(
    received: Mapping[str, float], activity: Mapping[str, float]
) -> dict[tuple[str, str], float]:
    """Counts expected if whoever is cut off were cut off by the others by how much they talk.

    E[i, j] = received_j * activity_i / sum of activity over k != j.  `activity` is the
    number of turns.

    >>> expected_pairs({"a": 3, "b": 0}, {"a": 5, "b": 2})[("b", "a")]
    3.0
    """
    out: dict[tuple[str, str], float] = {}
    for j, count in received.items():
        others = sum(amount for who, amount in activity.items() if who != j)
        for i, amount in activity.items():
            if i != j:
                out[i, j] = count * amount / others if others else 0.0
    return out


def interruption_pairs(
    events: Events, floor_time: Mapping[str, float], turn_counts: Mapping[str, int]
) -> tuple[InterruptionPair, ...]:
    """Every ordered pair of `floor_time`'s people, those without an interruption too.

    Counts, rates and what is expected are None where the kind cannot be told.
    """
    people = list(floor_time)
    among = Events(
        [event for event in events.interactions if event.participant in floor_time], events.errors
    )
    received = {who: among.number(SUCCESSFUL, holder=who) or 0.0 for who in people}
    turns = {who: float(turn_counts[who]) for who in people}
    expected = expected_pairs(received, turns) if events.told(SUCCESSFUL) else {}
    return tuple(
        InterruptionPair(
            ParticipantId(i),
            ParticipantId(j),
            events.number(SUCCESSFUL, i, j),
            events.number(UNSUCCESSFUL, i, j),
            floor_time[j],
            events.rate(SUCCESSFUL, floor_time[j], i, j),
            expected.get((i, j)),
        )
        for i in people
        for j in people
        if i != j
    )


def find_rivals(
    interactions: Sequence[Interaction],
    people: Sequence[str],
    turn_counts: Mapping[str, int],
    *,
    shuffles: int,
    significance: float,
    seed: int,
) -> tuple[Rivals, ...]:
    """Pairs who cut in on each other more often than their turns lead one to expect.

    Successful and unsuccessful interruptions count.  The statistic is the smaller of both
    directions.  In the null model each interruption keeps its holder and is done by another in
    proportion to their turns.  Tested are pairs with at least two each way, corrected by
    Holm (1979); `significance` is the family-wise error rate.
    """
    both = count_pairs(interactions, SUCCESSFUL, people) + count_pairs(
        interactions, UNSUCCESSFUL, people
    )
    pairs = [(a, b) for a, b in combinations(people, 2) if min(both[a, b], both[b, a]) >= 2]
    if not pairs:
        return ()
    column = {who: k for k, who in enumerate(people)}
    received = [sum(n for (_, j), n in both.items() if j == who) for who in people]
    weights = np.array([float(turn_counts[who]) for who in people])
    draw = seeded(seed, 2)
    # drawn[s, i, j]: in shuffle s, how often i came in on j
    drawn = np.zeros((shuffles, len(people), len(people)), dtype=np.int64)
    for j, count in enumerate(received):
        others = weights.copy()
        others[j] = 0.0
        if count and others.sum() > 0:
            drawn[:, :, j] = draw.multinomial(count, others / others.sum(), size=shuffles)
    tested = []
    for a, b in pairs:
        i, j = column[a], column[b]
        seen = min(both[a, b], both[b, a])
        reached = np.minimum(drawn[:, i, j], drawn[:, j, i]) >= seen
        tested.append(((1 + int(reached.sum())) / (1 + shuffles), a, b))
    tested.sort()
    kept: list[Rivals] = []
    for k, (p_value, a, b) in enumerate(tested):
        if p_value * (len(tested) - k) > significance:
            break
        kept.append(Rivals(ParticipantId(a), ParticipantId(b), p_value))
    return tuple(kept)


def silence_after_cut(
    interactions: Sequence[Interaction], turns: Sequence[Turn]
) -> dict[str, tuple[float | None, int]]:
    """How long those who were cut off had no turn, by participant.

    Measured from the end of the interaction (the holder's stop, or the incomer's start where
    the holder had already fallen silent) to the start of the holder's next turn.

    Returns
    -------
    dict of participant id to (median, count)
        Median in seconds, and after how many cuts there was no further turn.  Such a cut
        counts as longer than any, so where most are such, the median is None.
        Whoever was never cut off is absent.
    """
    starts: dict[str, list[float]] = {}
    for turn in turns:
        if not turn.backchannel:
            starts.setdefault(turn.participant, []).append(turn.start)
    ordered = {who: np.sort(np.array(own)) for who, own in starts.items()}
    waits: dict[str, list[float]] = {}
    for event in interactions:
        if event.kind != SUCCESSFUL or event.holder not in ordered:
            continue
        own = ordered[event.holder]
        k = int(np.searchsorted(own, event.end, side="left"))
        wait = float(own[k]) - event.end if k < len(own) else math.inf
        waits.setdefault(event.holder, []).append(wait)
    return {
        who: (finite(median(values)), sum(math.isinf(value) for value in values))
        for who, values in waits.items()
    }


def by_attribute(
    pairs: Sequence[InterruptionPair], people: Sequence[Participant], attribute: str, least: int
) -> tuple[AttributeInterruptions, ...]:
    """Successful interruptions between the values of a roster attribute.

    Only values that at least `least` people share are shown; fewer than two such values, or
    interruptions that cannot be told, and there is nothing to compare.
    """
    value = {p.id: p.attributes[attribute] for p in people if attribute in p.attributes}
    sizes = Counter(value.values())
    shown = sorted(v for v, size in sizes.items() if size >= least)
    if len(shown) < 2 or any(pair.successful is None for pair in pairs):
        return ()
    rows = []
    for first in shown:
        for second in shown:
            cell = [
                pair
                for pair in pairs
                if value.get(pair.participant) == first and value.get(pair.holder) == second
            ]
            rows.append(
                AttributeInterruptions(
                    attribute,
                    first,
                    second,
                    sum(pair.successful or 0.0 for pair in cell),
                    sum(pair.expected or 0.0 for pair in cell),
                )
            )
    return tuple(rows)
