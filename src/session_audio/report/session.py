"""The content of a session's report: its sections, in order, without any layout."""

from __future__ import annotations

from collections.abc import Sequence

from session_audio.report.elements import Report
from session_audio.report.page import Page, Sound
from session_audio.report.sections import (
    head,
    interruptions,
    method,
    moments,
    network,
    participation,
    ratings,
    summary,
    timeline,
)
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
    group = page.who.printable(session.group.name) or session.group.id
    number = say("head.number", n=session.number) if session.number is not None else ""
    title = say("head.title", number=number or say("head.session"), day=say.day(session.date))
    sections = (
        ("summary", summary.section(page)),
        ("participation", participation.section(page)),
        ("timeline", timeline.section(page)),
        ("interruptions", interruptions.section(page)),
        ("network", network.section(page)),
        ("moments", moments.section(page)),
        ("ratings", ratings.section(page)),
        ("method", method.section(page)),
    )
    note = page.notice(session.group.fictional)
    return page.report("sections", title, group, head.section(page), sections, note)
