"""Participation: speaking time and its balance, for each person and for the group.

Conventions: seconds; shares in [0, 1] of the talk of everybody present (observers and
unattributed speech apart), so that they sum to 1; overlapped time counts for each who
talks.  An interval holds what blocks of turns give and, where it was measured, the diarizer's
error.  A silent person counts with zero.  Undefined is ``None``.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.special import entr

from session_audio.interval import Interval, crop, total
from session_audio.metrics.diarization_error import ShareError
from session_audio.metrics.resampling import TalkBlocks, interval_of
from session_audio.schema import BalanceWindow, Estimate

Floats = NDArray[np.float64]


def gini(talk: Sequence[float] | Floats) -> float | None:
    """Gini coefficient times n / (n - 1): 0 when all talk alike, 1 when one person talks.

    None for fewer than two people or no talk.

    Examples
    --------
    >>> gini([10, 10, 10]), gini([30, 0, 0]), gini([5])
    (0.0, 1.0, None)
    """
    value = _gini(np.asarray(talk, dtype=float)[None, :])[0]
    return None if math.isnan(value) else float(value)


def entropy(talk: Sequence[float] | Floats) -> float | None:
    """Entropy of the shares over ln n: 1 when all talk alike, 0 when one person talks.

    None for fewer than two people or no talk.

    Examples
    --------
    >>> entropy([10, 10]), entropy([10, 0]), entropy([])
    (1.0, 0.0, None)
    """
    value = _entropy(np.asarray(talk, dtype=float)[None, :])[0]
    return None if math.isnan(value) else float(value)


def participation_equality(talk: Sequence[float] | Floats) -> float | None:
    """1 minus the spread of talk over its largest possible value (Lai, Carletta & Renals 2013).

    With T_i the talk of person i and T their mean, the spread is sum((T_i - T)^2) / T; it is
    largest, T n (n - 1), when one person talks alone.  1 is equal; None as for `gini`.

    Examples
    --------
    >>> participation_equality([10, 10]), participation_equality([0, 8, 0])
    (1.0, 0.0)
    """
    value = _equality(np.asarray(talk, dtype=float)[None, :])[0]
    return None if math.isnan(value) else float(value)


def _undefined(talk: Floats) -> NDArray[np.bool_]:
    empty: NDArray[np.bool_] = talk.sum(axis=1) <= 0
    return np.asarray(empty | (talk.shape[1] < 2))


def _gini(talk: Floats) -> Floats:
    if talk.shape[1] < 2:
        return np.full(len(talk), np.nan)
    n = talk.shape[1]
    ordered = np.sort(talk, axis=1)
    weights = 2 * np.arange(1, n + 1) - n - 1
    with np.errstate(invalid="ignore", divide="ignore"):
        out: Floats = (ordered * weights).sum(axis=1) / (n * talk.sum(axis=1)) * n / (n - 1)
    return np.clip(out, 0.0, 1.0)


def _entropy(talk: Floats) -> Floats:
    if talk.shape[1] < 2:
        return np.full(len(talk), np.nan)
    with np.errstate(invalid="ignore", divide="ignore"):
        share = talk / talk.sum(axis=1, keepdims=True)
        out: Floats = entr(share).sum(axis=1) / math.log(talk.shape[1])
    out[_undefined(talk)] = np.nan
    return np.clip(out, 0.0, 1.0)


def _equality(talk: Floats) -> Floats:
    n = talk.shape[1]
    if n < 2:
        return np.full(len(talk), np.nan)
    mean = talk.mean(axis=1, keepdims=True)
    with np.errstate(invalid="ignore", divide="ignore"):
        spread = ((talk - mean) ** 2).sum(axis=1) / mean[:, 0]
        out: Floats = 1 - spread / (mean[:, 0] * n * (n - 1))
    out[_undefined(talk)] = np.nan
    return np.clip(out, 0.0, 1.0)


def balance(
    blocks: TalkBlocks, columns: Sequence[int], error: ShareError | None = None
) -> tuple[Estimate, Estimate, Estimate]:
    """Gini, entropy and participation equality of some people, with their intervals.

    `columns` picks the people out of `blocks`; `error` is the diarization's error of a share.
    """
    picked = list(columns)
    talk = blocks.totals[picked]
    drawn = blocks.resampled[:, picked] if blocks.resampled is not None else None
    estimates = []
    for whole, rows in ((gini, _gini), (entropy, _entropy), (participation_equality, _equality)):
        estimate = interval_of(whole(talk), None if drawn is None else rows(drawn))
        below, above = _propagated(talk, rows, error)
        estimates.append(widened(estimate, below, above))
    return estimates[0], estimates[1], estimates[2]


def _propagated(
    talk: Floats, measure: Callable[[Floats], Floats], error: ShareError | None
) -> tuple[float, float]:
    """What the errors of all shares do to `measure`: half widths below and above it.

    Each share is moved by its error, up and down, the others scaled to fill the rest; the
    larger change either way is that person's part, and the parts add in quadrature.
    """
    speech = float(talk.sum())
    if error is None or speech <= 0 or len(talk) < 2:
        return 0.0, 0.0
    share = talk / speech
    here = float(measure(share[None, :])[0])
    below = above = 0.0
    for k, own in enumerate(share):
        half = error(float(own), speech)
        edges = (max(0.0, own - half), min(1.0, own + half))
        moved = np.array([_moved(share, k, edge) for edge in edges])
        change = measure(moved) - here
        below += min(0.0, float(change.min())) ** 2
        above += max(0.0, float(change.max())) ** 2
    return math.sqrt(below), math.sqrt(above)


def _moved(share: Floats, k: int, value: float) -> Floats:
    """Shares with the `k`-th set to `value` and the others scaled to what is left."""
    others = 1.0 - share[k]
    out: Floats = (
        share * ((1.0 - value) / others)
        if others > 0
        else np.full_like(share, (1.0 - value) / (len(share) - 1))
    )
    out[k] = value
    return out


def shares(
    blocks: TalkBlocks, columns: Sequence[int], error: ShareError | None = None
) -> dict[str, Estimate]:
    """Speaking-time share of each of `columns` among them, by participant id.

    `error` is the diarization's own error of a share; it is added in quadrature to what the
    blocks give.  Without an interval from blocks there is none: the diarizer's part alone
    would claim too much.  All None when nobody talks.
    """
    picked = list(columns)
    talk = blocks.totals[picked]
    drawn = None if blocks.resampled is None else _shares(blocks.resampled[:, picked])
    out: dict[str, Estimate] = {}
    whole = float(talk.sum())
    for k, column in enumerate(picked):
        value = float(talk[k] / whole) if whole > 0 else None
        estimate = interval_of(value, None if drawn is None else drawn[:, k])
        half = error(value, whole) if error is not None and value is not None else 0.0
        out[blocks.people[column]] = widened(estimate, half, half)
    return out


def _shares(talk: Floats) -> Floats:
    with np.errstate(invalid="ignore", divide="ignore"):
        out: Floats = talk / talk.sum(axis=1, keepdims=True)
    return out


def widened(estimate: Estimate, below: float, above: float, least: float = 0.0) -> Estimate:
    """`estimate` with half widths added in quadrature, cut off at `least` and 1.

    Examples
    --------
    >>> round(widened(Estimate(0.5, 0.47, 0.54), 0.04, 0.03).low, 2)
    0.45
    >>> widened(Estimate(0.5), 0.04, 0.03)
    Estimate(value=0.5, low=None, high=None)
    """
    value, low, high = estimate.value, estimate.low, estimate.high
    if value is None or low is None or high is None:
        return estimate
    return Estimate(
        value,
        min(low, max(least, value - math.hypot(value - low, below))),
        max(high, min(1.0, value + math.hypot(high - value, above))),
    )


def ranks(estimates: Mapping[str, Estimate]) -> dict[str, int | None]:
    """Rank by value (1 is the most) of those whose interval meets nobody else's, else None.

    Examples
    --------
    >>> ranks({"P01": Estimate(0.6, 0.5, 0.7), "P02": Estimate(0.2, 0.1, 0.3),
    ...        "P03": Estimate(0.2, 0.1, 0.3)})
    {'P01': 1, 'P02': None, 'P03': None}
    """
    out: dict[str, int | None] = {}
    for who, mine in estimates.items():
        out[who] = None
        if mine.value is None or mine.low is None or mine.high is None:
            continue
        others = [other for key, other in estimates.items() if key != who]
        apart = all(
            other.low is not None
            and other.high is not None
            and (other.high < mine.low or other.low > mine.high)
            for other in others
        )
        if apart:
            out[who] = 1 + sum((other.value or 0.0) > mine.value for other in others)
    return out


def last_third_change(
    blocks: TalkBlocks, columns: Sequence[int], error: ShareError | None = None
) -> dict[str, Estimate]:
    """Share in the last third of the talk's span minus share in the first two, by id.

    The span runs from the first to the last speech.  `error`, of a share in either part, is
    added in quadrature.  None where nobody talks in a part.
    """
    picked = list(columns)
    first, last = blocks.parts
    out: dict[str, Estimate] = {}
    early, late = first.totals[picked], last.totals[picked]
    change = _part_change(early[None, :], late[None, :])[0]
    drawn = None
    if first.resampled is not None and last.resampled is not None:
        drawn = _part_change(first.resampled[:, picked], last.resampled[:, picked])
    for k, column in enumerate(picked):
        value = None if math.isnan(change[k]) else float(change[k])
        half = 0.0
        if error is not None and value is not None:
            half = math.hypot(
                *(error(float(part[k] / part.sum()), float(part.sum())) for part in (early, late))
            )
        estimate = interval_of(value, None if drawn is None else drawn[:, k])
        out[blocks.people[column]] = widened(estimate, half, half, least=-1.0)
    return out


def _part_change(first: Floats, last: Floats) -> Floats:
    out: Floats = _shares(last) - _shares(first)
    return out


def windows(
    speech: Mapping[str, Sequence[Interval]], span: Interval | None, length: float, steps: int
) -> tuple[BalanceWindow, ...]:
    """Shares and entropy in windows of `length` seconds that begin every length / steps.

    The first begins with the first speech; a session shorter than one window has one.
    """
    if span is None or span.duration <= 0:
        return ()
    count = max(1, math.floor((span.duration - length) / (length / steps) + 1e-9) + 1)
    begins = [span.start + k * length / steps for k in range(count)]
    cumulative = {who: _Cumulative(pieces) for who, pieces in speech.items()}
    out: list[BalanceWindow] = []
    for begin in begins:
        end = min(begin + length, span.end)
        talk = {who: one.between(begin, end) for who, one in cumulative.items()}
        whole = sum(talk.values())
        share = {who: seconds / whole for who, seconds in talk.items()} if whole > 0 else {}
        out.append(BalanceWindow(begin, end, share, entropy(list(talk.values()))))
    return tuple(out)


class _Cumulative:
    """Seconds of talk up to a time, by linear interpolation over sorted, disjoint pieces."""

    def __init__(self, pieces: Sequence[Interval]) -> None:
        self.at = np.array([edge for piece in pieces for edge in (piece.start, piece.end)])
        lengths = np.array([piece.duration for piece in pieces])
        sums = np.concatenate([[0.0], np.cumsum(lengths)])
        self.seconds = np.array(
            [value for k in range(len(pieces)) for value in (sums[k], sums[k + 1])]
        )

    def between(self, start: float, end: float) -> float:
        """Seconds of talk in ``[start, end)``."""
        if not len(self.at):
            return 0.0
        low, high = np.interp([start, end], self.at, self.seconds)
        return float(max(0.0, high - low))


def talk_in(pieces: Sequence[Interval], window: Interval) -> float:
    """Seconds of `pieces` inside `window`.

    >>> talk_in([Interval(0, 2), Interval(3, 5)], Interval(1, 4))
    2.0
    """
    return float(total(crop(pieces, window)))
