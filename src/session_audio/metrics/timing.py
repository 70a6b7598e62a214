"""Timing: silences, response latencies, and how the floor moves."""

from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median

import numpy as np

from session_audio.interval import Interval, exceeds, overlaps, reaches, union
from session_audio.schema import ParticipantId, Silence, Turn


def find_silences(
    speech: Mapping[str, Sequence[Interval]], least: float = 0.18, lapse: float = 3.0
) -> tuple[Silence, ...]:
    """Silences of everybody between the first and the last speech, in order.

    A pause has the same speaker before and after, a gap different ones (Heldner & Edlund
    2010); from `lapse` seconds on either is a lapse.  Shorter than `least` is no silence.

    Examples
    --------
    >>> talk = {"P01": [Interval(0, 1), Interval(2, 3)], "P02": [Interval(7, 8)]}
    >>> [(s.kind, s.start, s.end, s.before, s.after) for s in find_silences(talk)]
    [('pause', 1, 2, 'P01', 'P01'), ('lapse', 3, 7, 'P01', 'P02')]
    """
    pieces = sorted((p.start, p.end, who) for who, own in speech.items() for p in own)
    silences: list[Silence] = []
    reached, last = -math.inf, [""]  # who stopped last: more than one if together
    for start, end, who in pieces:
        length = start - reached
        if last[0] and reaches(length, least):
            before = who if who in last else last[0]
            kind = "lapse" if reaches(length, lapse) else "pause" if who == before else "gap"
            silences.append(
                Silence(kind, reached, start, ParticipantId(before), ParticipantId(who))  # type: ignore[arg-type]
            )
        if exceeds(end, reached):
            reached, last = end, [who]
        elif reaches(end, reached):
            last.append(who)
    return tuple(silences)


def overlap_time(speech: Mapping[str, Sequence[Interval]]) -> float:
    """Seconds in which two or more talk."""
    return float(sum(piece.duration for piece in overlaps(list(speech.values()))))


def speech_time(speech: Mapping[str, Sequence[Interval]]) -> float:
    """Seconds in which anybody talks."""
    return float(sum(p.duration for p in union(p for own in speech.values() for p in own)))


@dataclass(frozen=True, slots=True)
class Answer:
    """Turn `turn` answers turn `answered`, `offset` seconds after it ended (+ gap, - overlap).

    `offset` is None where the answer lies inside the other's talk, or the other's turn
    was not found.
    """

    turn: Turn
    answered: Turn | None
    offset: float | None


def answers(turns: Sequence[Turn]) -> tuple[Answer, ...]:
    """Each turn that responds to somebody, with the turn of theirs that it answers.

    That is the last one they began before it.  The offset runs from the end of that turn's
    last inter-pausal unit begun before the answer; where this unit outlasts the answer the
    floor did not change hands, and there is none.
    """
    latest: dict[str, Turn] = {}
    pairs: list[Answer] = []
    for turn in sorted(turns, key=lambda turn: (turn.start, turn.end)):
        if turn.backchannel:
            continue
        if turn.responds_to is not None:
            answered = latest.get(turn.responds_to)
            pairs.append(Answer(turn, answered, _offset(turn, answered)))
        latest[turn.participant] = turn
    return tuple(pairs)


def _offset(turn: Turn, answered: Turn | None) -> float | None:
    if answered is None:
        return None
    units = answered.speech or (Interval(answered.start, answered.end),)
    begun = [unit for unit in units if not exceeds(unit.start, turn.start)]
    end = begun[-1].end if begun else answered.end
    return None if reaches(end, turn.end) else turn.start - end


def quartiles(values: Sequence[float]) -> tuple[float | None, tuple[float, float] | None]:
    """Median, and lower and upper quartile; None for no values, quartiles from four on.

    >>> quartiles([1.0, 2.0, 3.0, 4.0, 5.0])
    (3.0, (2.0, 4.0))
    >>> quartiles([])
    (None, None)
    """
    if not values:
        return None, None
    if len(values) < 4:
        return median(values), None
    low, high = np.quantile(values, [0.25, 0.75])
    return median(values), (float(low), float(high))


def floor_changes(turns: Sequence[Turn]) -> list[tuple[str, str]]:
    """(from, to) for each pair of consecutive turns by different people, backchannels aside."""
    floor = [
        t.participant for t in sorted(turns, key=lambda t: (t.start, t.end)) if not t.backchannel
    ]
    return [(a, b) for a, b in itertools.pairwise(floor) if a != b]


def same_pair_share(turns: Sequence[Turn]) -> float | None:
    """Share of floor changes that go back to who spoke before the last one (A, B, A).

    None with fewer than two changes.
    """
    changes = floor_changes(turns)
    pairs = list(itertools.pairwise(changes))
    if not pairs:
        return None
    return sum(first[0] == second[1] and first[1] == second[0] for first, second in pairs) / len(
        pairs
    )


def turn_freedom(turns: Sequence[Turn], people: int) -> float | None:
    """How free the next speaker is of the current one (Lai, Carletta & Renals 2013).

    H(next | current) over its largest value, ln(people - 1): 1 when anybody may follow
    anybody, 0 when who follows is fixed.  None for fewer than three people or no change of
    speaker.

    Examples
    --------
    >>> one = lambda k, who: Turn(k, float(k), k + 0.5, who)
    >>> turn_freedom([one(k, who) for k, who in enumerate("abcabcabc")], 3)
    0.0
    """
    changes = floor_changes(turns)
    if people < 3 or not changes:
        return None
    from_each = Counter(a for a, _ in changes)
    spread = -sum(
        count / len(changes) * math.log(count / from_each[a])
        for (a, _), count in Counter(changes).items()
    )
    return min(1.0, max(0.0, spread / math.log(people - 1)))
