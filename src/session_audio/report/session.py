"""The content of a session's report: its first screen and its sections, without any layout."""

from __future__ import annotations

from collections.abc import Sequence

from session_audio.report import terms
from session_audio.report.elements import Report
from session_audio.report.page import Page
from session_audio.report.sections import (
    head,
    interruptions,
    method,
    moments,
    network,
    participation,
    ratings,
    summary,
    transcript,
)
from session_audio.report.sections.brief import brief
from session_audio.schema import SessionResult, SessionSummary
from session_audio.settings import ReportSettings


def session_report(
    result: SessionResult,
    settings: ReportSettings,
    history: Sequence[SessionSummary] = (),
    sound: str = "",
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
    sound : str, optional
        URL of the session's sound as seen from the report's folder.
    """
    earlier = sorted((h for h in history if h.date < result.session.date), key=lambda h: h.date)
    return content(Page(result, settings, tuple(earlier), sound))


def content(page: Page) -> Report:
    """What a session's page says."""
    say, session = page.say, page.result.session
    group = page.who.printable(session.group.name) or session.group.id
    number = say("head.number", n=session.number) if session.number is not None else ""
    title = say("head.title", number=number or say("head.session"), day=say.day(session.date))
    sections = (
        ("moments", moments.section(page)),
        ("transcript", transcript.section(page)),
        ("summary", summary.section(page)),
        ("participation", participation.section(page)),
        ("interruptions", interruptions.section(page)),
        ("network", network.section(page)),
        ("ratings", ratings.section(page)),
        ("recording", head.section(page)),
        ("method", method.section(page)),
    )
    return page.report(
        "sections",
        title,
        group,
        (),
        sections,
        page.brief_notice(session.group.fictional),
        brief=brief(page),
        sound=page.sound,
        length=page.result.duration,
        screen=("transcript", "summary", "interruptions", "network", "ratings", "method"),
        **page.defined(terms.SESSION),
    )
