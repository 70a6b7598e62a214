"""How sure a talk share is when there is no reference to check it with."""

from __future__ import annotations

import math

FLOOR = 0.01
SLOPE = 0.08
"""The error of a share at 95 %: one point, and eight points times the root of share times
the rest.  Wide: on simulated sessions of ten minutes it holds 98 % of members' true shares
where the settings were chosen, and all of them in twelve others, of other meetings and draws
of readers (benchmarks/diarization.py prints it); real rooms are harder."""
LEAST_SPEECH = 300.0
"""Seconds of speech in those sessions, about; with less, errors grow with its inverse root."""


def share_error(share: float, speech: float) -> float:
    """Half width of the interval that holds a member's true share 95 times of 100.

    Parameters
    ----------
    share : float
        Share of all speaking time that the diarization found, in [0, 1].
    speech : float
        Seconds of speaking time found in the session, all speakers together.

    Returns
    -------
    float
        In [0, 1].  It covers the diarizer's errors, not what another session would bring.

    Examples
    --------
    >>> round(share_error(0.25, 1800.0), 3)
    0.045
    >>> round(share_error(0.25, 75.0), 3)
    0.089
    """
    if speech <= 0:
        return 1.0
    width = FLOOR + SLOPE * math.sqrt(max(0.0, share * (1.0 - share)))
    return min(1.0, width * math.sqrt(max(1.0, LEAST_SPEECH / speech)))


def share_interval(seconds: float, speech: float) -> tuple[float, float] | None:
    """Interval of a member's share of speaking time at 95 %.

    Parameters
    ----------
    seconds : float
        The member's speaking time.
    speech : float
        Everybody's.

    Returns
    -------
    (low, high) in [0, 1], or None where nobody spoke.

    Examples
    --------
    >>> [round(x, 3) for x in share_interval(450.0, 1800.0)]
    [0.205, 0.295]
    >>> share_interval(0.0, 0.0) is None
    True
    """
    if speech <= 0:
        return None
    share = seconds / speech
    error = share_error(share, speech)
    return max(0.0, share - error), min(1.0, share + error)
