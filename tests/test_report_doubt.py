"""Quotes in a report mark the words of which the recogniser was unsure."""

from __future__ import annotations

from dataclasses import replace

from report_cases import small

from session_audio.report.elements import Highlights, Moments
from session_audio.report.page import DOUBT
from session_audio.report.session import session_report
from session_audio.schema import SessionResult, Word
from session_audio.settings import ReportSettings


def spoken(probability: float) -> SessionResult:
    """A session whose turns are made of words, the first of each with this probability."""
    result = small(flags=3)
    words = []
    for turn in result.turns:
        texts = turn.text.split()
        step = (turn.end - turn.start) / max(1, len(texts))
        words += [
            Word(
                turn.start + k * step,
                turn.start + (k + 1) * step,
                text,
                turn.participant,
                probability if k == 0 else 0.9,
            )
            for k, text in enumerate(texts)
        ]
    return replace(result, words=tuple(words))


def test_unsure_words_are_marked_in_moments_and_on_the_first_screen() -> None:
    for probability, marked in ((0.4, True), (0.6, False)):
        report = session_report(spoken(probability), ReportSettings())
        elements = [e for s in report.sections for e in s.elements]
        moments = [m for e in elements if isinstance(e, Moments) for m in e.items]
        quoted = [line.text for moment in moments for line in moment.quote]
        first = [h.quote for e in report.brief if isinstance(e, Highlights) for h in e.items]
        assert quoted
        assert first
        assert any(DOUBT in text for text in quoted) == marked
        assert any(DOUBT in text for text in first) == marked
        assert not any(text.startswith(DOUBT) for text in quoted)
