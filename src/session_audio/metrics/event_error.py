"""How far counts of events may be off: what chance brings, what the model mistakes, what is told.

Precision and recall of each kind of event were measured on meetings that people labelled, for
each kind of input, and ship as data beside this module (``event_error.toml``, with its source).
They hold for the trained model.  What the rules find, and input that nobody measured, has no
entry: there each event counts as one and intervals hold chance alone.

A kind of which too little is right or found is not told (`EventError.doubt`): its counts are None.
"""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from session_audio.metrics.diarization_error import SpeechSource
from session_audio.metrics.intervals import poisson_interval
from session_audio.schema import Doubt, Estimate, EventKind, InteractionKind

Z = 1.96
"""Standard normal deviates of a 95 % interval."""


LEAST = 1 / 3
"""Precision and recall under which a kind is not told (ours): not one in three right, or found."""
WIDEST = 0.35
"""Spread from which on a kind is not told (ours): an interval of twice and of half the count,
whatever its size, says next to nothing."""


@dataclass(frozen=True, slots=True)
class EventError:
    """What is known of one kind of event from one kind of input."""

    precision: float
    """Share of the events told that are right, in [0, 1]."""
    recall: float
    """Share of those there were that are told, in [0, 1]."""
    spread: float
    """Standard deviation, over meetings, of the logarithm of true over corrected counts."""
    sure: float = 1.0
    """The confidence from which on four in five events are right; 1 where none is."""

    @property
    def doubt(self) -> Doubt | None:
        """Why this kind cannot be told from this input; None where it can."""
        if self.precision < LEAST:
            return "precision"
        if self.recall < LEAST:
            return "recall"
        return "spread" if self.spread > WIDEST else None


Errors = Mapping[InteractionKind, EventError]
"""By kind of event; a kind that is not there was not measured."""


@cache
def measured() -> Mapping[str, Errors]:
    """By kind of input (`SpeechSource`), as measured."""
    source = files("session_audio.metrics") / "event_error.toml"
    values = tomllib.loads(source.read_text(encoding="utf-8"))
    return {
        name: {kind: EventError(**entry) for kind, entry in kinds.items()}
        for name, kinds in values.items()
    }


def errors_of(source: SpeechSource, *, by_model: bool) -> Errors:
    """The measured errors of events from `source`; none where the model did not tell them."""
    return measured().get(source, {}) if by_model else {}


def event_kinds(errors: Errors) -> tuple[EventKind, ...]:
    """What a result says of each kind measured."""
    return tuple(
        EventKind(kind, error.precision, error.recall, error.sure, error.doubt)
        for kind, error in errors.items()
    )


def weight(confidence: float, sure: float) -> float:
    """What an event counts for: one from `sure` on, else its confidence.

    >>> weight(0.3, sure=0.7), weight(0.8, sure=0.7)
    (0.3, 1.0)
    """
    return 1.0 if confidence >= sure else confidence


def likely_number(confidences: Sequence[float], error: EventError | None = None) -> float:
    """How many of the events told are likely right; all of them where nothing was measured.

    >>> likely_number([0.3, 0.8]), likely_number([0.3, 0.8], EventError(0.6, 0.8, 0.2, 0.7))
    (2.0, 1.3)
    """
    if error is None:
        return float(len(confidences))
    return sum(weight(confidence, error.sure) for confidence in confidences)


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
    confidences: Sequence[float],
    seconds: float,
    error: EventError | None = None,
    per: float = 600.0,
) -> Estimate:
    """The likely number of events per `per` seconds of opportunity; interval of `count_interval`.

    None without opportunity.
    """
    if seconds <= 0:
        return Estimate(None)
    low, high = count_interval(len(confidences), error)
    scale = per / seconds
    return Estimate(likely_number(confidences, error) * scale, low * scale, high * scale)
