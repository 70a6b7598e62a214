"""A session's result turned into the content of its report, without any layout."""

from __future__ import annotations

from collections.abc import Sequence

from session_audio.report.elements import Report
from session_audio.report.page import Page, Sound
from session_audio.report.sections.head import head
from session_audio.report.sections.interruptions import cuts
from session_audio.report.sections.method import method
from session_audio.report.sections.moments import moments
from session_audio.report.sections.network import network
from session_audio.report.sections.participation import participation
from session_audio.report.sections.ratings import ratings
from session_audio.report.sections.summary import summary
from session_audio.report.sections.timeline import timeline
from session_audio.schema import SessionResult, SessionSummary
from session_audio.settings import ReportSettings


def session_report(
    result: SessionResult,
    settings: ReportSettings,
    history: Sequence[SessionSummary] = (),
    audio: Sequence[Sound] = (),
) -> Report:
    """The content of a session's report.

    Parameters
    ----------
    result : SessionResult
        What the flow found.
    settings : ReportSettings
        Language, names or pseudonyms, thresholds.
    history : sequence of SessionSummary
        Earlier sessions of the same group, in any order.
    audio : sequence of Sound, optional
        The recordings as seen from the report's folder, to play a moment from.
    """
    earlier = sorted((h for h in history if h.date < result.session.date), key=lambda h: h.date)
    page = Page(result, settings, tuple(earlier), tuple(audio))
    say = page.say
    session = result.session
    group = page.who.said(session.group.name) or session.group.id
    number = say("head.number", n=session.number) if session.number is not None else ""
    title = say("head.title", number=number or say("head.session"), day=say.day(session.date))
    sections = (
        ("summary", summary(page)),
        ("participation", participation(page)),
        ("timeline", timeline(page)),
        ("cuts", cuts(page)),
        ("network", network(page)),
        ("moments", moments(page)),
        ("ratings", ratings(page)),
        ("method", method(page)),
    )
    note = page.notice(session.group.fictional)
    return page.report("sections", title, group, head(page), sections, note)
