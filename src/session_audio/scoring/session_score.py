"""A session's result against its references, and the sum over sessions.

References lie in the session's folder: ``reference.rttm`` (who spoke when, by participant)
and ``reference.seglst.json`` (who said what).  What has no reference is not scored.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from session_audio.errors import FormatError
from session_audio.formats import rttm, seglst
from session_audio.schema import Session, SpeakerSegment
from session_audio.scoring import evaluation
from session_audio.scoring.evaluation import (
    AttributionScore,
    CountScore,
    DiarizationScore,
    ShareScore,
    WordScore,
)
from session_audio.scoring.moment_score import MomentScore, score_moments
from session_audio.speakers import profiles

REFERENCE_SPEECH = "reference.rttm"
REFERENCE_WORDS = "reference.seglst.json"


@dataclass(frozen=True, slots=True)
class SessionScore:
    """What one session, or several together, reached; None where there is no reference.

    Rates are derived from summed seconds and counts (see `evaluation`).
    """

    diarization: DiarizationScore | None = None
    """No collar, overlap scored."""
    with_collar: DiarizationScore | None = None
    """0.25 s on each side of a boundary left out, overlap scored."""
    count: CountScore | None = None
    shares: ShareScore | None = None
    attribution: AttributionScore | None = None
    """Only where somebody's voice is enrolled, or the manifest says who is who."""
    wer: WordScore | None = None
    cpwer: WordScore | None = None
    tcpwer: WordScore | None = None
    moments: MomentScore | None = None
    """Only where a person judged or marked some."""

    def __add__(self, other: SessionScore) -> SessionScore:
        """Both together; what only one has is kept as it is."""
        return SessionScore(
            **{f.name: _sum(getattr(self, f.name), getattr(other, f.name)) for f in fields(self)}
        )

    def rows(self) -> dict[str, float | int | None]:
        """Every figure by name: rates as shares, share errors in percentage points."""
        out: dict[str, float | int | None] = {}
        if (d := self.diarization) is not None:
            out |= {"DER": d.der, "DER_missed": d.share(d.missed)}
            out |= {"DER_false_alarm": d.share(d.false_alarm)}
            out |= {"DER_confusion": d.share(d.confusion), "JER": d.jer}
        if self.with_collar is not None:
            out["DER_collar_0.25"] = self.with_collar.der
        if (c := self.count) is not None:
            out |= {"speaker_count_error": c.error, "sessions_counted_right": c.right}
        if (s := self.shares) is not None:
            out |= {"share_error_mean": s.mean, "share_error_worst": s.worst}
        if (a := self.attribution) is not None:
            out |= {"attribution_accuracy": a.accuracy, "stranger_mistaken": a.false_acceptance}
        if (m := self.moments) is not None:
            out |= {"moments_first_five_precision": m.precision, "moments_judged": m.judged}
            out["moments_missed"] = m.missed
        for name, words in (("WER", self.wer), ("cpWER", self.cpwer), ("tcpWER", self.tcpwer)):
            if words is not None:
                out[name] = words.rate
        return out


def _sum(a: Any, b: Any) -> Any:
    return b if a is None else a if b is None else a + b


def score_session(session: Session, *, words_too: bool = True) -> SessionScore:
    """Score what a run wrote into the session's ``out`` against its references.

    Parameters
    ----------
    session : Session
        Run before: ``out/diarization.rttm``, ``out/words.seglst.json`` and ``flags.csv`` are read.
    words_too : bool
        False leaves the words out, as where meeteval is not installed.

    Raises
    ------
    FormatError
        When there is no reference, no result, or one of them cannot be read.
    EvaluationError
        When words are to be scored and meeteval is not installed.
    """
    speech, words = session.folder / REFERENCE_SPEECH, session.folder / REFERENCE_WORDS
    score = SessionScore(moments=score_moments(session.folder / "out" / "flags.csv"))
    if not speech.is_file() and not words.is_file() and score.moments is None:
        raise FormatError(
            f"there is no reference; expected {REFERENCE_SPEECH} or {REFERENCE_WORDS}",
            session=session.id,
            stage="score",
            hint="docs/formats.md says what they hold. Moments judged in a review count too.",
        )
    if speech.is_file():
        hypothesis = rttm.read(_result(session, "diarization.rttm"))
        score += _score_speech(session, rttm.read(speech), hypothesis)
    if words.is_file() and words_too:
        spoken, recognised = seglst.read(words), seglst.read(_result(session, "words.seglst.json"))
        score += SessionScore(
            wer=evaluation.score_words(spoken, recognised, "WER"),
            cpwer=evaluation.score_words(spoken, recognised, "cpWER"),
            tcpwer=evaluation.score_words(spoken, recognised, "tcpWER"),
        )
    return score


def _score_speech(
    session: Session, truth: Sequence[SpeakerSegment], hypothesis: Sequence[SpeakerSegment]
) -> SessionScore:
    # Without the recording at hand, its length is that of what is said in it.
    duration = max((s.end for s in (*truth, *hypothesis)), default=0.0)
    known = known_people(session)
    return SessionScore(
        diarization=evaluation.score_diarization(truth, hypothesis, duration),
        with_collar=evaluation.score_diarization(truth, hypothesis, duration, collar=0.25),
        count=evaluation.score_count(truth, hypothesis),
        shares=evaluation.score_shares(truth, hypothesis),
        attribution=evaluation.score_attribution(
            truth, hypothesis, known, [p.id for p in session.group.participants]
        )
        if known
        else None,
    )


def known_people(session: Session) -> list[str]:
    """Participants who can be known in `session`: by an enrolled voice or the manifest."""
    named = {*session.speakers.values(), *(r.participant for r in session.recordings)}
    return sorted(
        p.id
        for p in session.present
        if p.id in named or profiles.path_of(session.group, p.id).is_file()
    )


def _result(session: Session, name: str) -> Path:
    path = session.folder / "out" / name
    if not path.is_file():
        raise FormatError(
            f"there is no out/{name}",
            session=session.id,
            stage="score",
            hint=f"Run it first: session-audio run {session.folder.name}",
        )
    return path
