"""Stretches in which two people alone hold the floor, and how often one comes in early there.

Definition, bias and how to read it: ``docs/metrics.md``.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from session_audio.interval import exceeds
from session_audio.schema import Exchange, ParticipantId, Turn

LEAST_TURNS = 5
"""Turns in a row of the same two from which on a stretch is one (ours, as all here) ..."""
LEAST_TURN = 0.5
"""... without those shorter than this many seconds."""
EARLY = 0.4
"""Seconds before the holder is done from which on a start is early: beyond what limits of
speech are off by."""


@dataclass(frozen=True, slots=True)
class _Floor:
    """One person's hold of the floor: a turn, with their own next ones."""

    who: ParticipantId
    start: float
    end: float


def find_exchanges(turns: Sequence[Turn], people: Sequence[ParticipantId]) -> tuple[Exchange, ...]:
    """Every two of `people` with such a stretch, the least likely first.

    Parameters
    ----------
    turns : sequence of Turn
        In any order; backchannels, and turns of others, break nothing.
    people : sequence of participant id
    """
    held = _floor(turns, set(people))
    early = [exceeds(a.end - b.start, EARLY) for a, b in itertools.pairwise(held)]
    places: dict[tuple[ParticipantId, ParticipantId], list[int]] = {}
    for start, stop in _stretches(held):
        pair = sorted((held[start].who, held[start + 1].who), key=people.index)
        places.setdefault((pair[0], pair[1]), []).extend(range(start, stop))
    found = []
    for (first, second), changes in places.items():
        came_in = [held[k + 1] for k in changes if early[k]]
        found.append(
            Exchange(
                first,
                second,
                len(changes),
                sum(one.who == first for one in came_in),
                sum(one.who == second for one in came_in),
                len(early),
                sum(early),
                tuple(one.start for one in came_in),
                at_least(len(came_in), len(changes), sum(early), len(early)),
            )
        )
    return tuple(sorted(found, key=lambda e: (e.p_value, e.first, e.second)))


def at_least(seen: int, drawn: int, marked: int, whole: int) -> float:
    """Probability that of `drawn` from `whole`, `marked` of them marked, `seen` or more are.

    The hypergeometric tail.

    >>> round(at_least(2, 4, 2, 38), 4)
    0.0085
    >>> at_least(0, 4, 2, 38)
    1.0
    """
    return sum(ways(drawn, marked, whole)[seen:]) / math.comb(whole, drawn)


def ways(drawn: int, marked: int, whole: int) -> list[int]:
    """Of `drawn` from `whole`, in how many ways none, one, two ... of the `marked` are among them.

    >>> ways(2, 2, 4)
    [1, 4, 1]
    """
    most = min(drawn, marked)
    return [math.comb(marked, k) * math.comb(whole - marked, drawn - k) for k in range(most + 1)]


def _floor(turns: Sequence[Turn], people: set[ParticipantId]) -> list[_Floor]:
    """Who held the floor one after the other."""
    held: list[_Floor] = []
    for turn in sorted(turns, key=lambda t: (t.start, t.end)):
        if turn.backchannel or turn.participant not in people:
            continue
        if exceeds(LEAST_TURN, turn.end - turn.start):
            continue
        if held and held[-1].who == turn.participant:
            last = held[-1]
            held[-1] = _Floor(last.who, last.start, max(last.end, turn.end))
        else:
            held.append(_Floor(turn.participant, turn.start, turn.end))
    return held


def _stretches(held: Sequence[_Floor]) -> Iterator[tuple[int, int]]:
    """First and last place of each stretch that two people have to themselves."""
    start = 0
    while start < len(held) - 1:
        pair, stop = {held[start].who, held[start + 1].who}, start + 1
        while stop + 1 < len(held) and held[stop + 1].who in pair:
            stop += 1
        if stop - start + 1 >= LEAST_TURNS:
            yield start, stop
        start = stop
