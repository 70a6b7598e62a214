"""How good a result is, against a reference: who spoke when, how many, and who said what.

Each result is a frozen value that stores seconds or counts; rates are derived from them and
results of several sessions are added, so that nobody averages ratios.  An undefined rate is
None.  Times are seconds, rates in [0, ...) with 0 best.

Diarization is scored with pyannote.metrics: DER (Fiscus et al. 2006) and JER (Ryant et al.
2019).  Words with meeteval: WER, cpWER (Watanabe et al. 2020) and tcpWER (von Neumann et
al. 2023), which needs the extra ``score``.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, TypeVar

from session_audio.errors import SessionAudioError
from session_audio.formats.rttm import joined
from session_audio.interval import Interval, difference, intersection, total, union
from session_audio.schema import SpeakerSegment, Word

SPEAKS = 10.0
"""Seconds from which somebody counts as a speaker of a session."""

R = TypeVar("R", bound="_Counted")


class EvaluationError(SessionAudioError):
    """A result cannot be scored as asked."""


class _Counted:
    """Adds its fields, one by one."""

    def __add__(self: R, other: R) -> R:
        pairs = ((f.name, getattr(self, f.name), getattr(other, f.name)) for f in fields(self))  # type: ignore[arg-type]
        return type(self)(**{name: a + b for name, a, b in pairs})


def _ratio(part: float, whole: float) -> float | None:
    return part / whole if whole else None


@dataclass(frozen=True, slots=True)
class DiarizationScore(_Counted):
    """Seconds behind the diarization error rate, and speakers behind JER.

    Examples
    --------
    >>> a = DiarizationScore(speech=100, missed=5, false_alarm=2, confusion=3)
    >>> b = DiarizationScore(speech=300, missed=5, false_alarm=0, confusion=0)
    >>> round(a.der, 3), round((a + b).der, 4), DiarizationScore().der
    (0.1, 0.0375, None)
    """

    speech: float = 0.0
    """Seconds of reference speech; two who talk at once count twice."""
    missed: float = 0.0
    false_alarm: float = 0.0
    confusion: float = 0.0
    jaccard_error: float = 0.0
    """Sum over reference speakers of one minus the Jaccard index of their speech."""
    speakers: int = 0
    """Reference speakers."""

    @property
    def der(self) -> float | None:
        """Diarization error rate: missed, false and confused seconds over speech."""
        return self.share(self.missed + self.false_alarm + self.confusion)

    def share(self, seconds: float) -> float | None:
        """`seconds` of error as a share of the reference speech."""
        return _ratio(seconds, self.speech)

    @property
    def jer(self) -> float | None:
        """Jaccard error rate, the mean over speakers, in [0, 1]."""
        return _ratio(self.jaccard_error, self.speakers)


@dataclass(frozen=True, slots=True)
class CountScore(_Counted):
    """How many people were found; everybody with at least `SPEAKS` seconds counts."""

    sessions: int = 0
    right: int = 0
    error: int = 0
    """Sum of absolute errors."""
    worst: int = 0

    def __add__(self, other: CountScore) -> CountScore:
        return CountScore(
            self.sessions + other.sessions,
            self.right + other.right,
            self.error + other.error,
            max(self.worst, other.worst),
        )


@dataclass(frozen=True, slots=True)
class ShareScore(_Counted):
    """Errors of talk shares, in percentage points of all speech."""

    members: int = 0
    error: float = 0.0
    worst: float = 0.0

    def __add__(self, other: ShareScore) -> ShareScore:
        return ShareScore(
            self.members + other.members, self.error + other.error, max(self.worst, other.worst)
        )

    @property
    def mean(self) -> float | None:
        """Mean absolute error a member, in percentage points."""
        return _ratio(self.error, self.members)


@dataclass(frozen=True, slots=True)
class WordScore(_Counted):
    """Errors and reference words, summed over sessions."""

    words: int = 0
    insertions: int = 0
    deletions: int = 0
    substitutions: int = 0

    @property
    def errors(self) -> int:
        """All three kinds."""
        return self.insertions + self.deletions + self.substitutions

    @property
    def rate(self) -> float | None:
        """Errors over reference words."""
        return _ratio(self.errors, self.words)


@dataclass(frozen=True, slots=True)
class AttributionScore(_Counted):
    """Seconds given to the right participant, where members were enrolled."""

    members: float = 0.0
    """Reference speech of enrolled members that was heard at all."""
    right: float = 0.0
    wrong: float = 0.0
    """Given to another participant; what is neither right nor wrong stayed unknown."""
    strangers: float = 0.0
    """Reference speech of people not enrolled."""
    mistaken: float = 0.0
    """Of that, given to a participant."""

    @property
    def accuracy(self) -> float | None:
        """Share of the members' speech that went to the right one."""
        return _ratio(self.right, self.members)

    @property
    def false_acceptance(self) -> float | None:
        """Share of strangers' speech that was taken for a member's."""
        return _ratio(self.mistaken, self.strangers)


def score_diarization(
    reference: Iterable[SpeakerSegment],
    hypothesis: Iterable[SpeakerSegment],
    duration: float,
    collar: float = 0.0,
) -> DiarizationScore:
    """DER with its parts, and JER; overlap is scored.

    Parameters
    ----------
    collar : float
        Seconds left out on each side of every reference boundary (0, or 0.25).
    """
    from pyannote.metrics.diarization import DiarizationErrorRate, JaccardErrorRate

    truth, guess, extent = _annotation(reference), _annotation(hypothesis), _extent(duration)
    # pyannote.metrics takes the collar's whole width, both sides together.
    detail: Mapping[str, float] = DiarizationErrorRate(collar=2 * collar)(
        truth, guess, uem=extent, detailed=True
    )
    jaccard: Mapping[str, float] = JaccardErrorRate(collar=2 * collar)(
        truth, guess, uem=extent, detailed=True
    )
    return DiarizationScore(
        float(detail["total"]),
        float(detail["missed detection"]),
        float(detail["false alarm"]),
        float(detail["confusion"]),
        float(jaccard["speaker error"]),
        round(float(jaccard["speaker count"])),
    )


def speaking_times(segments: Iterable[SpeakerSegment]) -> dict[str, float]:
    """Seconds of speech of each speaker."""
    by: dict[str, list[Interval]] = {}
    for s in segments:
        by.setdefault(s.speaker, []).append(s.interval)
    return {who: total(spans) for who, spans in by.items()}


def score_count(
    reference: Iterable[SpeakerSegment], hypothesis: Iterable[SpeakerSegment], least: float = SPEAKS
) -> CountScore:
    """Whether as many people were found as speak.

    Everyone with at least `least` seconds must be counted; whoever says less may be.  So
    the count is right between the number of the former and the number of all.
    """
    times = speaking_times(reference).values()
    must, may = sum(t >= least for t in times), len(times)
    count = len(speaking_times(hypothesis))
    error = max(0, must - count, count - may)
    return CountScore(1, int(error == 0), error, error)


def mapping(
    reference: Sequence[SpeakerSegment], hypothesis: Sequence[SpeakerSegment]
) -> dict[str, str]:
    """Found label -> reference speaker, one to one, with most seconds in common."""
    from pyannote.metrics.diarization import DiarizationErrorRate

    pairs = DiarizationErrorRate().optimal_mapping(_annotation(reference), _annotation(hypothesis))
    return {str(a): str(b) for a, b in pairs.items()}


def score_shares(
    reference: Sequence[SpeakerSegment], hypothesis: Sequence[SpeakerSegment]
) -> ShareScore:
    """Error of each reference speaker's share of speaking time, after the best mapping."""
    truth, guess = speaking_times(reference), speaking_times(hypothesis)
    who = mapping(reference, hypothesis)
    given: dict[str, float] = {}
    for label, seconds in guess.items():
        if label in who:
            given[who[label]] = given.get(who[label], 0.0) + seconds
    all_true, all_found = sum(truth.values()), sum(guess.values())
    errors = [
        100 * abs(seconds / all_true - (given.get(name, 0.0) / all_found if all_found else 0.0))
        for name, seconds in truth.items()
    ]
    return ShareScore(len(errors), sum(errors), max(errors, default=0.0))


def score_attribution(
    reference: Iterable[SpeakerSegment],
    hypothesis: Iterable[SpeakerSegment],
    enrolled: Iterable[str],
    roster: Iterable[str],
) -> AttributionScore:
    """Whether speech went to the right participant; `hypothesis` carries participant ids.

    Only seconds with one reference speaker and at least one found are counted: what was
    not heard is DER's to tell.
    """
    members, people = set(enrolled), set(roster)
    truth, guess = _tracks(reference), _tracks(hypothesis)
    detected = union(span for spans in guess.values() for span in spans)
    score = AttributionScore()
    for who, spans in truth.items():
        others = [s for name, xs in truth.items() if name != who for s in xs]
        alone = difference(spans, others)
        seconds = total(intersection(alone, detected))
        right = total(intersection(alone, guess.get(who, []))) if who in members else 0.0
        taken = union(
            span for name, xs in guess.items() if name in people and name != who for span in xs
        )
        wrong = total(difference(intersection(alone, taken), guess.get(who, [])))
        if who in members:
            score += AttributionScore(members=seconds, right=right, wrong=wrong)
        else:
            score += AttributionScore(strangers=seconds, mistaken=wrong)
    return score


def score_words(
    reference: Sequence[Word],
    hypothesis: Sequence[Word],
    kind: str = "cpWER",
    collar: float = 5.0,
) -> WordScore:
    """Word errors; words are compared in lower case, without punctuation.

    Parameters
    ----------
    reference, hypothesis : sequence of Word
        With their speakers, times in seconds; `reference` may hold whole utterances.
    kind : str
        ``"WER"`` (all words in order of time, whoever spoke), ``"cpWER"`` (the best
        mapping of speakers) or ``"tcpWER"`` (the same, times within `collar` seconds).

    Raises
    ------
    EvaluationError
        When meeteval is not installed, or `kind` is unknown.
    """
    try:
        import meeteval
    except ImportError:
        raise EvaluationError(
            "scoring words needs meeteval", hint="pip install 'session-audio[score]'."
        ) from None
    # Words rounded to milliseconds may touch; meeteval warns of that at every call.
    logging.getLogger("error_rate").setLevel(logging.ERROR)
    spoken, recognised = _seglst(reference, kind == "WER"), _seglst(hypothesis, kind == "WER")
    if not spoken:
        return WordScore(insertions=len(" ".join(s["words"] for s in recognised).split()))
    if not recognised:
        count = len(" ".join(s["words"] for s in spoken).split())
        return WordScore(words=count, deletions=count)
    pair = meeteval.io.SegLST(spoken), meeteval.io.SegLST(recognised)
    if kind in ("WER", "cpWER"):
        result = meeteval.wer.cpwer(*pair)
    elif kind == "tcpWER":
        result = meeteval.wer.tcpwer(*pair, collar=collar)
    else:
        raise EvaluationError(f"unknown score {kind!r}; expected WER, cpWER or tcpWER")
    one = next(iter(result.values()))
    return WordScore(
        int(one.length), int(one.insertions), int(one.deletions), int(one.substitutions)
    )


def normalised(text: str) -> str:
    """Words as they are compared.

    >>> normalised("Well -- it's 'Fine', Dr. O'Neil!")
    "well it's fine dr o'neil"
    """
    cleaned = re.sub(r"[^\w' ]+", " ", text.lower().replace("’", "'"))
    return " ".join(w for w in (part.strip("'_") for part in cleaned.split()) if w)


def _seglst(words: Sequence[Word], together: bool) -> list[dict[str, Any]]:
    rows = [
        {
            "session_id": "session",
            "speaker": "all" if together else word.speaker or "unattributed",
            "start_time": word.start,
            "end_time": max(word.end, word.start + 0.01),
            "words": normalised(word.text),
        }
        for word in sorted(words)
    ]
    return [row for row in rows if row["words"]]


def _tracks(segments: Iterable[SpeakerSegment]) -> dict[str, list[Interval]]:
    by: dict[str, list[Interval]] = {}
    for s in segments:
        by.setdefault(s.speaker, []).append(s.interval)
    return {who: union(spans) for who, spans in by.items()}


def _annotation(segments: Iterable[SpeakerSegment]) -> Any:
    from pyannote.core import Annotation, Segment

    out = Annotation()
    # A speaker's own segments are joined: nobody talks over themselves.
    for i, s in enumerate(joined(segments)):
        if s.end > s.start:
            out[Segment(s.start, s.end), i] = s.speaker
    return out


def _extent(duration: float) -> Any:
    from pyannote.core import Segment, Timeline

    return Timeline([Segment(0.0, duration)])
