"""From when on somebody talked much less than before: one place in the session, if any.

Definition, bias and how to read it: ``docs/metrics.md``.  Less talk has many reasons; the
numbers only say from when on it was less, and how easily blocks of the session in another order
would give as much.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from session_audio.interval import Interval
from session_audio.metrics.resampling import seeded
from session_audio.schema import ParticipantId, Turn

LEAST_PART = 0.2
"""Part of everybody's talk that must lie before the place, and after it ..."""
LEAST_TALK = 10.0
"""... and seconds of the person's own talk before it ..."""
LEAST_SHARE = 0.5
"""... which was at least this much of an equal share (ours, as all here)."""
MOST_LEFT = 1 / 3
"""Their share after the place over that before is at most this."""
BLOCK = 300.0
"""Seconds in a block, the unit that is put in another order ..."""
LEAST_BLOCKS = 10
"""... of which fewer tell nothing of chance."""

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Quieting:
    """From when on, in seconds; the share of everybody's talk before and after; and its chance.

    All None: no such place.
    """

    start: float | None = None
    before: float | None = None
    after: float | None = None
    p_value: float | None = None


def find_quieting(
    spoken: Mapping[str, Sequence[Interval]],
    own_turns: Mapping[ParticipantId, Sequence[Turn]],
    people: Sequence[ParticipantId],
    *,
    shuffles: int,
    seed: int,
) -> dict[ParticipantId, Quieting]:
    """Where each of `people` became much quieter; without those of whom no place is found.

    Parameters
    ----------
    spoken : mapping of participant id to sorted, disjoint intervals
        Talk of everybody whose talk counts, in seconds.
    own_turns : mapping of participant id to turns, backchannels left out
    people : sequence of participant id
        Of whom it is asked.
    shuffles, seed : int
        Orders of the blocks behind a p-value, and the seed of their draw.
    """
    pieces = [piece for own in spoken.values() for piece in own]
    if not pieces or len(spoken) < 2:
        return {}
    first, last = min(p.start for p in pieces), max(p.end for p in pieces)
    edges = np.append(np.arange(first, last - BLOCK / 2, BLOCK), last)
    count = len(edges) - 1
    draw = seeded(seed, 3)
    orders = (
        np.array([draw.permutation(count) for _ in range(shuffles)])
        if count >= LEAST_BLOCKS
        else None
    )
    everybody = np.diff(sum((talked(own, edges) for own in spoken.values()), np.zeros(count + 1)))
    found = {}
    for who in people:
        ends = np.unique([turn.end for turn in own_turns.get(who, ())])
        own, whole = talked(spoken.get(who, ()), np.append(ends, last)), np.zeros(len(ends) + 1)
        for other in spoken.values():
            whole += talked(other, np.append(ends, last))
        size = drop(own[:-1], whole[:-1], own[-1], whole[-1], len(spoken))
        if not size.any():
            continue
        k = int(np.argmax(size))
        p_value = (
            None
            if orders is None
            else chance(np.diff(talked(spoken[who], edges)), everybody, orders, len(spoken))
        )
        before, after = own[k] / whole[k], (own[-1] - own[k]) / (whole[-1] - whole[k])
        found[who] = Quieting(float(ends[k]), float(before), float(after), p_value)
    return found


def talked(own: Sequence[Interval], times: Floats) -> Floats:
    """Seconds of talk up to each of `times`."""
    at = np.array([edge for piece in own for edge in (piece.start, piece.end)])
    if not len(at):
        return np.zeros(len(times))
    sums = np.concatenate([[0.0], np.cumsum([piece.end - piece.start for piece in own])])
    reached: Floats = np.interp(times, at, np.repeat(sums, 2)[1:-1])
    return reached


def drop(own: Floats, whole: Floats, own_all: float, whole_all: float, people: int) -> Floats:
    """How clearly the share is less after each place than before: a log likelihood ratio.

    `own` and `whole` are seconds of talk up to each place, along the last axis.  0 where a part is
    too small, or the share is not much less.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        before, after = own / whole, (own_all - own) / (whole_all - whole)
        usual = own_all / whole_all
        size = whole * _apart(before, usual) + (whole_all - whole) * _apart(after, usual)
    enough = np.minimum(whole, whole_all - whole) >= LEAST_PART * whole_all
    talkative = (own >= LEAST_TALK) & (before * people >= LEAST_SHARE)
    much = after <= MOST_LEFT * before
    return np.where(enough & talkative & much, np.nan_to_num(size), 0.0)


def chance(own: Floats, whole: Floats, orders: NDArray[np.int_], people: int) -> float:
    """Part of `orders` of the blocks in which the talk falls as clearly at an edge of a block.

    `own` and `whole` are seconds of talk in each block.  The session's own order counts as one.
    """

    def clearest(order: NDArray[np.int_]) -> Floats:
        mine, all_talk = (np.cumsum(x[order], axis=-1)[..., :-1] for x in (own, whole))
        sizes = drop(mine, all_talk, float(own.sum()), float(whole.sum()), people)
        return np.asarray(sizes.max(axis=-1))

    seen = float(clearest(np.arange(len(own))))
    if seen <= 0:
        return 1.0
    return float(1 + (clearest(orders) >= seen - 1e-9).sum()) / (1 + len(orders))


def _apart(share: Floats, usual: float) -> Floats:
    """Kullback-Leibler divergence of two shares, in nats; talk as a coin thrown each second."""
    yes = np.where(share > 0, share * np.log(share / usual), 0.0)
    no = np.where(share < 1, (1 - share) * np.log((1 - share) / (1 - usual)), 0.0)
    return np.asarray(yes + no)
