"""How far a share of the talk may be off because of the diarizer.

The size was measured on sessions with a reference and ships as data beside this module
(``diarization_error.toml``, with its source).  It holds for the diarizer of this software on
one recording of a room.  Errors of tracks, of a diarization given as a file and of times taken
from a transcript were not measured: there the intervals leave them out, and the notes say so.
"""

from __future__ import annotations

import math
import tomllib
from collections.abc import Callable, Mapping
from functools import cache
from importlib.resources import files
from typing import Literal

from session_audio.schema import Session

SpeechSource = Literal["diarizer", "tracks", "given", "words"]
"""Who spoke when comes from our diarizer on a room, from a track a person, from a file that a
person gave (its origin is unknown), or from the times of a transcript's words."""
ShareError = Callable[[float, float], float]
"""Half width of a share's error at 95 %, from the share and the seconds of speech."""


@cache
def measured() -> Mapping[str, float]:
    """`floor` and `slope` (shares in [0, 1]) and `least_speech` (s), as measured."""
    source = files("session_audio.metrics") / "diarization_error.toml"
    values = tomllib.loads(source.read_text(encoding="utf-8"))
    return {name: float(values[name]) for name in ("floor", "slope", "least_speech")}


def speech_source(session: Session) -> SpeechSource:
    """Where the speech of `session` comes from, by its manifest."""
    if session.diarization is not None:
        return "given"
    if not session.recordings:
        return "words"
    return "tracks" if all(r.participant for r in session.recordings) else "diarizer"


def error_of(source: SpeechSource) -> ShareError | None:
    """The measured error of a share from `source`; None where none was measured."""
    return share_error if source == "diarizer" else None


def share_error(share: float, speech: float) -> float:
    """Half width of the interval that holds a member's true share 95 times of 100.

    Parameters
    ----------
    share : float
        Share of all speaking time that the diarization found, in [0, 1].
    speech : float
        Seconds of speaking time found, all speakers together.  With less than there was in
        the sessions measured, the error grows with the inverse root (an assumption of ours).

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
    error = measured()
    width = error["floor"] + error["slope"] * math.sqrt(max(0.0, share * (1.0 - share)))
    return min(1.0, width * math.sqrt(max(1.0, error["least_speech"] / speech)))


def share_interval(seconds: float, speech: float) -> tuple[float, float] | None:
    """Interval of a member's share of speaking time at 95 %, for the diarizer's error alone.

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
