"""95 % intervals of counts and of shares of a count, in one place."""

from __future__ import annotations

from scipy.special import gammaincinv
from scipy.stats import binomtest

from session_audio.schema import Estimate


def poisson_interval(count: float) -> tuple[float, float]:
    """Exact 95 % interval of the mean of a Poisson count (Garwood 1936).

    Of a likely number that is not whole it is what lies between.

    Examples
    --------
    >>> [round(x, 2) for x in poisson_interval(0)], [round(x, 2) for x in poisson_interval(10)]
    ([0.0, 3.69], [4.8, 18.39])
    """
    low = float(gammaincinv(count, 0.025)) if count else 0.0
    return low, float(gammaincinv(count + 1, 0.975))


def count_rate(count: float, seconds: float, per: float = 600.0) -> Estimate:
    """Events per `per` seconds of opportunity with the exact Poisson interval.

    None without opportunity.

    Examples
    --------
    >>> rate = count_rate(3, 600.0)
    >>> round(rate.value, 3), round(rate.low, 3), round(rate.high, 3)
    (3.0, 0.619, 8.767)
    >>> count_rate(0, 0.0)
    Estimate(value=None, low=None, high=None)
    """
    if seconds <= 0:
        return Estimate(None)
    low, high = poisson_interval(count)
    scale = per / seconds
    return Estimate(count * scale, low * scale, high * scale)


def share_of_count(share: float | None, count: int) -> Estimate:
    """A share of `count` things with Wilson's interval (Wilson 1927); None for fewer than three.

    Examples
    --------
    >>> half = share_of_count(0.5, 20)
    >>> round(half.low, 2), round(half.high, 2)
    (0.3, 0.7)
    """
    if share is None or count < 3:
        return Estimate(None)
    interval = binomtest(round(share * count), count).proportion_ci(method="wilson")
    return Estimate(share, float(interval.low), float(interval.high))
