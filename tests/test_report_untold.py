"""What cannot be told from a recording is said in words, and is no number anywhere in a report."""

from __future__ import annotations

from dataclasses import replace

import pytest
from report_cases import small, told

from session_audio.report.counts import likely
from session_audio.report.elements import Table
from session_audio.report.session import session_report
from session_audio.report.wording import languages, load
from session_audio.schema import EventKind, SessionResult
from session_audio.settings import ReportSettings

PLAIN = ReportSettings()
CUT, TRY = "interruption_successful", "interruption_unsuccessful"


def untold(result: SessionResult, *kinds: str) -> SessionResult:
    """`result` from an input that does not tell `kinds`."""
    measures = result.measures
    known = tuple(EventKind(k, 0.25, 0.5, 1.0, "precision") for k in kinds)  # type: ignore[arg-type]
    members, pairs = measures.members, measures.interruption_pairs
    if CUT in kinds:
        gone = {"interruptions_made": None, "interruptions_received": None}
        members = tuple(replace(m, **gone) for m in members)
        pairs = tuple(replace(p, successful=None, expected=None) for p in pairs)
    if TRY in kinds:
        gone = {"unsuccessful_made": None, "unsuccessful_received": None}
        members = tuple(replace(m, **gone) for m in members)
        pairs = tuple(replace(p, unsuccessful=None) for p in pairs)
    made = replace(measures, members=members, interruption_pairs=pairs, event_kinds=known)
    return replace(result, measures=made)


def text_of(result: SessionResult) -> str:
    return told(session_report(result, PLAIN))


def ids(result: SessionResult) -> set[str]:
    report = session_report(result, PLAIN)
    return {e.id for s in report.sections for e in s.elements if isinstance(e, Table)}


def test_interruptions_that_cannot_be_told_are_said_to_be_so() -> None:
    result = untold(small(minutes=30), CUT)
    text = text_of(result)
    assert "Cannot be told from this recording." in text
    assert "Who was cut off cannot be told from this recording." in text
    assert "only about 25% are right" in text
    assert "was cut off 1" not in text
    assert {"matrix", "pairs"} <= ids(small(minutes=30))
    assert not {"matrix", "pairs"} & ids(result)


def test_without_attempts_the_matrix_has_no_brackets() -> None:
    text = text_of(untold(small(minutes=30), TRY))
    assert "How many attempts to interrupt in vain there were cannot be told" in text
    assert "in brackets, attempts that failed" not in text
    assert "in brackets, attempts that failed" in text_of(small(minutes=30))


@pytest.mark.parametrize("language", languages())
def test_a_likely_number_is_whole_or_less_than_one_or_not_told(language: str) -> None:
    say = load(language)
    assert [likely(say, x) for x in (0.0, 0.3, 0.5, 2.4)] == ["0", "< 1", "1", "2"]
    assert likely(say, None) not in {"", say("number.none")}
