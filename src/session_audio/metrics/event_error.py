"""How far counts of events may be off: what chance brings, and what the model mistakes.

Precision and recall of each kind of event were measured on meetings that people labelled, for
each kind of input, and ship as data beside this module (``event_error.toml``, with its source).
They hold for the trained model.  What the rules find, and input that nobody measured, has no
entry: there intervals hold chance alone.
"""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from session_audio.metrics.diarization_error import SpeechSource
from session_audio.metrics.intervals import poisson_interval
from session_audio.schema import Estimate

Z = 1.96
"""Standard normal deviates of a 95 % interval."""


@dataclass(frozen=True, slots=True)
class EventError:
    """What is known of one kind of event from one kind of input."""

    precision: float
    """Share of the events told that are labelled, in (0, 1]."""
    recall: float
    """Share of those labelled that are told, in (0, 1]."""
    spread: float
    """Standard deviation, over meetings, of the logarithm of labelled over corrected counts."""


Errors = Mapping[str, EventError]
"""By kind of event; a kind that is not there was not measured."""


@cache
def measured() -> Mapping[str, Errors]:
    """By kind of input (`SpeechSource`), as measured."""
    source = files("session_audio.metrics") / "event_error.toml"
    values = tomllib.loads(source.read_text(encoding="utf-8"))
    return {
        name: {
            kind: EventError(e["precision"], e["recall"], e["spread"]) for kind, e in kinds.items()
        }
        for name, kinds in values.items()
    }


def errors_of(source: SpeechSource, *, by_model: bool) -> Errors:
    """The measured errors of events from `source`; none where the model did not tell them."""
    return measured().get(source, {}) if by_model else {}


def count_interval(count: int, error: EventError | None = None) -> tuple[float, float]:
    """95 % interval of how many events there were, from how many are told.

    The misclassification-corrected count is ``count * precision / recall`` (after Rogan &
    Gladen 1978†, for counts).  Its error by chance (Garwood 1936†) and its spread over meetings
    are added as squares of logarithms.  Without `error` it is Garwood's interval.

    Examples
    --------
    >>> [round(x, 1) for x in count_interval(10)]
    [4.8, 18.4]
    >>> [round(x, 1) for x in count_interval(10, EventError(0.6, 0.8, 0.2))]
    [3.3, 15.5]
    >>> [round(x, 1) for x in count_interval(0, EventError(0.5, 0.5, 0.0))]
    [0.0, 3.7]
    """
    low, high = poisson_interval(count)
    if error is None:
        return low, high
    factor, spread = error.precision / error.recall, Z * error.spread
    if not count:
        return 0.0, high * factor * math.exp(spread)
    below = math.hypot(math.log(count / low), spread)
    above = math.hypot(math.log(high / count), spread)
    return count * factor * math.exp(-below), count * factor * math.exp(above)


def event_rate(
    count: int, seconds: float, error: EventError | None = None, per: float = 600.0
) -> Estimate:
    """Events told per `per` seconds of opportunity, with the interval of `count_interval`.

    None without opportunity.
    """
    if seconds <= 0:
        return Estimate(None)
    low, high = count_interval(count, error)
    scale = per / seconds
    return Estimate(count * scale, low * scale, high * scale)
