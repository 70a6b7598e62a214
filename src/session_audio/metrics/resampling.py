"""Intervals by resampling blocks of consecutive turns.

Turns that follow one another depend on one another, so blocks of them are drawn, not turns
(moving blocks would be as good; these do not overlap).  A block holds the cube root of the
number of turns (the rate of Hall, Horowitz & Jing 1995).  Draws are seeded: the same
session gives the same interval.  Such an interval says how much the number would vary if the
session had gone on in the same way; what the diarizer got wrong is added elsewhere
(`diarization_error`).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from session_audio.interval import TOLERANCE, Interval, exceeds
from session_audio.schema import Estimate

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class TalkBlocks:
    """Seconds of talk a person (column).

    `totals` has shape ``(people,)``; `resampled`, of shape ``(resamples, people)``, is None
    where there are too few blocks.  `parts` are the first two thirds and the last one.
    """

    people: tuple[str, ...]
    totals: Floats
    resampled: Floats | None
    parts: tuple[TalkBlocks, ...] = ()


def talk_blocks(
    speech: Mapping[str, Sequence[Interval]],
    turn_starts: Sequence[float],
    *,
    resamples: int,
    least: int,
    seed: int,
) -> TalkBlocks:
    """Cut the session at every so-manieth turn's start and draw blocks with replacement.

    Parameters
    ----------
    speech : mapping of participant id to sorted, disjoint intervals
    turn_starts : sequence of float
        Starts of the turns, in seconds.
    resamples, least, seed : int
        Number of draws, fewest blocks for an interval, and the seed of the draws.
    """
    people = tuple(speech)
    pieces = [piece for own in speech.values() for piece in own]
    if not pieces:
        empty = TalkBlocks(people, np.zeros(len(people)), None)
        return TalkBlocks(people, empty.totals, None, (empty, empty))
    first = min(piece.start for piece in pieces)
    last = max(piece.end for piece in pieces)
    starts = sorted(
        start for start in turn_starts if exceeds(start, first) and exceeds(last, start)
    )
    size = max(1, round((len(starts) + 1) ** (1 / 3)))
    edges = np.array([first, *starts[size - 1 :: size], last])
    last_third = first + (last - first) * 2 / 3
    draw = np.random.default_rng(seed)
    whole = _blocks(people, speech, edges, resamples, least, draw)
    early = np.append(edges[edges < last_third - TOLERANCE], last_third)
    late = np.append(last_third, edges[edges > last_third + TOLERANCE])
    parts = tuple(_blocks(people, speech, part, resamples, least, draw) for part in (early, late))
    return TalkBlocks(people, whole.totals, whole.resampled, parts)


def _blocks(
    people: tuple[str, ...],
    speech: Mapping[str, Sequence[Interval]],
    edges: Floats,
    resamples: int,
    least: int,
    draw: np.random.Generator,
) -> TalkBlocks:
    talk = np.zeros((len(edges) - 1, len(people)))
    for column, who in enumerate(people):
        at = np.array([edge for piece in speech[who] for edge in (piece.start, piece.end)])
        if len(at):
            sums = np.concatenate([[0.0], np.cumsum([piece.duration for piece in speech[who]])])
            seconds = np.repeat(sums, 2)[1:-1]
            talk[:, column] = np.diff(np.interp(edges, at, seconds))
    totals = talk.sum(axis=0)
    if len(talk) < least or not people:
        return TalkBlocks(people, totals, None)
    weights = draw.multinomial(len(talk), np.full(len(talk), 1 / len(talk)), size=resamples)
    return TalkBlocks(people, totals, weights @ talk)


def interval_of(value: float | None, drawn: Floats | None) -> Estimate:
    """`value` with the middle 95 % of `drawn` (which may hold NaN: undefined draws).

    >>> interval_of(0.5, np.linspace(0, 1, 101))
    Estimate(value=0.5, low=0.025, high=0.975)
    >>> interval_of(None, None)
    Estimate(value=None, low=None, high=None)
    """
    if value is None or drawn is None:
        return Estimate(value)
    usable = drawn[~np.isnan(drawn)]
    if len(usable) < len(drawn) / 2:
        return Estimate(value)
    low, high = np.quantile(usable, [0.025, 0.975])
    return Estimate(value, min(value, float(low)), max(value, float(high)))


def seeded(seed: int, *salt: int) -> np.random.Generator:
    """A generator of its own for each use, so that one more draw here changes nothing there."""
    return np.random.default_rng([seed, *salt])


def finite(value: float) -> float | None:
    """`value`, or None where it is NaN or infinite."""
    return value if math.isfinite(value) else None
