"""Numbers with intervals: one against its own past, several together, many corrected.

A value is compared with what earlier sessions lead one to expect: a random-effects mean
(DerSimonian & Laird 1986) in which each session's own 95 % interval gives its sampling
error, and what the sessions differ by beyond that is added.  The interval is that of one
further session.  Many comparisons are corrected together (Benjamini & Hochberg 1995).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

from scipy.stats import false_discovery_control

from session_audio.schema import Estimate

_Z = NormalDist().inv_cdf(0.975)
_NORMAL = NormalDist()


@dataclass(frozen=True, slots=True)
class Comparison:
    """One value against the same person's (or group's) earlier sessions.

    `low` to `high` is where one further session is expected with probability 0.95;
    `p` is two-sided and not yet corrected.
    """

    now: float
    expected: float
    low: float
    high: float
    p: float
    sessions: int


def standard_error(estimate: Estimate) -> float | None:
    """Standard error read back from a 95 % interval; None without one.

    >>> round(standard_error(Estimate(0.3, 0.202, 0.398)), 3)
    0.05
    """
    if estimate.value is None or estimate.low is None or estimate.high is None:
        return None
    return max((estimate.high - estimate.low) / (2 * _Z), 1e-6)


def against_past(now: Estimate, past: Sequence[Estimate]) -> Comparison | None:
    """`now` against what `past` leads one to expect; None where either is undefined.

    Parameters
    ----------
    now : Estimate
        This session's value with its interval.
    past : sequence of Estimate
        The same measure in earlier sessions; undefined ones are left out.

    Examples
    --------
    >>> quiet = against_past(Estimate(0.05, 0.01, 0.09), [Estimate(0.25, 0.17, 0.33)])
    >>> quiet.p < 0.001, round(quiet.expected, 2)
    (True, 0.25)
    """
    error = standard_error(now)
    known = [(e.value, standard_error(e)) for e in past]
    usable = [(v, s) for v, s in known if v is not None and s is not None]
    if now.value is None or error is None or not usable:
        return None
    weights = [1 / s**2 for _, s in usable]
    mean = sum(w * v for w, (v, _) in zip(weights, usable, strict=True)) / sum(weights)
    spread = sum(w * (v - mean) ** 2 for w, (v, _) in zip(weights, usable, strict=True))
    scale = sum(weights) - sum(w * w for w in weights) / sum(weights)
    between = max(0.0, (spread - (len(usable) - 1)) / scale) if scale > 0 else 0.0
    weights = [1 / (s**2 + between) for _, s in usable]
    mean = sum(w * v for w, (v, _) in zip(weights, usable, strict=True)) / sum(weights)
    total = math.sqrt(1 / sum(weights) + between + error**2)
    p = 2 * _NORMAL.cdf(-abs(now.value - mean) / total)
    return Comparison(now.value, mean, mean - _Z * total, mean + _Z * total, p, len(usable))


def benjamini_hochberg(p_values: Sequence[float], rate: float) -> list[bool]:
    """Which comparisons stand at a false discovery rate of `rate`.

    >>> benjamini_hochberg([0.001, 0.2, 0.012, 0.9], 0.05)
    [True, False, True, False]
    >>> benjamini_hochberg([], 0.05)
    []
    """
    if not p_values:
        return []
    return [bool(p <= rate) for p in false_discovery_control(p_values)]


def with_least_error(estimate: Estimate, least: float) -> Estimate:
    """`estimate` with a standard error of at least `least`.

    >>> with_least_error(Estimate(0.0, 0.0, 0.0), 0.01).high
    0.0196
    """
    if estimate.value is None or estimate.low is None or estimate.high is None:
        return estimate
    half = round(_Z * least, 4)
    low = max(0.0, min(estimate.low, estimate.value - half))
    return Estimate(estimate.value, low, max(estimate.high, estimate.value + half))


def pool(estimates: Sequence[Estimate]) -> Estimate:
    """Inverse-variance mean of `estimates` with its interval; undefined without any.

    >>> pool([Estimate(0.2, 0.1, 0.3), Estimate(0.4, 0.3, 0.5)]).value
    0.3
    """
    known = [(e.value, standard_error(e)) for e in estimates]
    usable = [(v, s) for v, s in known if v is not None and s is not None]
    if not usable:
        return Estimate(None)
    weight = sum(1 / s**2 for _, s in usable)
    mean = round(sum(v / s**2 for v, s in usable) / weight, 6)
    half = _Z / math.sqrt(weight)
    return Estimate(mean, mean - half, mean + half)
