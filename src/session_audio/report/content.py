"""A session's result turned into the content of its report: nine sections, no layout."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from session_audio.report.elements import (
    Bullets,
    Element,
    Fact,
    Facts,
    Paragraph,
    Report,
    Section,
    Sentence,
)
from session_audio.report.interplay import cuts, network
from session_audio.report.method import method
from session_audio.report.moments import moments
from session_audio.report.page import Page
from session_audio.report.participation import participation, timeline
from session_audio.report.ratings import ratings
from session_audio.report.summary import summary, trust
from session_audio.report.wording import Wording
from session_audio.schema import (
    Participant,
    Purpose,
    SessionResult,
    SessionSummary,
)
from session_audio.settings import ReportSettings

NEEDED: tuple[Purpose, ...] = ("recording", "transcription", "analysis")


def session_report(
    result: SessionResult,
    settings: ReportSettings,
    history: Sequence[SessionSummary] = (),
    audio: str | None = None,
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
    audio : str, optional
        URL of the recording as seen from the report's folder.
    """
    earlier = sorted((h for h in history if h.date < result.session.date), key=lambda h: h.date)
    page = Page(result, settings, tuple(earlier), audio)
    say = page.say
    session = result.session
    group = page.who.said(session.group.name) or session.group.id
    number = say("head.number", n=session.number) if session.number is not None else ""
    title = say("head.title", number=number or say("head.session"), day=say.day(session.date))
    sections = (
        ("head", (*head(page), trust(page))),
        ("summary", summary(page)),
        ("participation", participation(page)),
        ("timeline", timeline(page)),
        ("cuts", cuts(page)),
        ("network", network(page)),
        ("moments", moments(page)),
        ("ratings", ratings(page)),
        ("method", method(page)),
    )
    return Report(
        title=title,
        subtitle=group,
        language=say.language,
        running=f"{group} · {title}",
        head=(),
        sections=tuple(Section(id, say(f"sections.{id}"), parts) for id, parts in sections),
        labels=say.part("page"),
        page=settings.page,
        notice=notice(say, session.group.fictional, settings.pseudonyms),
    )


def notice(say: Wording, fictional: bool, pseudonyms: bool) -> str:
    """What stands above every report: what it is not, and how people are called."""
    parts = [say("head.notice")]
    if fictional:
        parts.append(say("head.fictional"))
    if pseudonyms:
        parts.append(say("head.pseudonyms"))
    return " ".join(parts)


def head(page: Page) -> tuple[Element, ...]:
    """What was recorded, who attended, consent and the quality of the sound."""
    say, session, result = page.say, page.result.session, page.result
    roster = [p for p in session.group.participants if expected_on(p, session.date)]
    present = session.present
    away = [p for p in roster if p.id not in session.attendance and p.role != "observer"]
    groups = (
        ("head.members", [p for p in present if p.role == "member"]),
        ("head.therapists", [p for p in present if p.is_therapist]),
        ("head.observers", [p for p in present if p.role == "observer"]),
        ("head.away", away),
    )
    facts = [Fact(say("head.recorded"), recorded(page))]
    for key, people in groups:
        if people:
            names = say.listed(page.who(p.id) for p in people)
            facts.append(Fact(say(key), f"{len(people)}: {names}"))
    text, complete = consent(page, present)
    facts.append(Fact(say("head.consent"), text, "" if complete else "doubt"))
    if lines := sound(page):
        facts.append(Fact(say("head.sound"), "; ".join(lines)))
    if not result.turns:
        return (Facts(tuple(facts)), Bullets("", (Sentence(say("head.nothing")),)))
    return (Facts(tuple(facts)), Paragraph(say("head.reading"), small=True))


def expected_on(person: Participant, day: date) -> bool:
    """Whether a person belonged to the group on `day`."""
    return (person.joined is None or person.joined <= day) and (
        person.left is None or person.left >= day
    )


def recorded(page: Page) -> str:
    """How long, in how many recordings, and in how much of it somebody speaks."""
    say, result = page.say, page.result
    group = result.measures.group
    tracks = [r for r in result.session.recordings if r.participant is not None]
    if not result.session.recordings:
        kind = say("head.no_recording")
    elif tracks:
        kind = say("head.tracks", tracks=say.count("track", len(tracks)))
    else:
        kind = say("head.room", recordings=say.count("recording", len(result.session.recordings)))
    spoken = group.speech_time / result.duration if result.duration > 0 else None
    return say(
        "head.recorded_text",
        duration=say.duration(result.duration),
        kind=kind,
        speech=say.duration(group.speech_time),
        percent=say.percent(spoken),
    )


def consent(page: Page, present: Sequence[Participant]) -> tuple[str, bool]:
    """Whether consent to the purposes needed stood on the day, for everybody present."""
    say, day = page.say, page.result.session.date
    lacking = []
    for person in present:
        missing = [
            say(f"purposes.{purpose}")
            for purpose in NEEDED
            if not any(
                c.purpose == purpose
                and c.given <= day
                and (c.expires is None or c.expires >= day)
                and (c.withdrawn is None or c.withdrawn > day)
                for c in person.consent
            )
        ]
        if missing:
            lacking.append(f"{page.who(person.id)} ({say.listed(missing)})")
    if lacking:
        return say("head.consent_lacking", people=say.listed(lacking)), False
    checked = page.result.admitted_on
    text = say("head.consent_text", people=say.count("person_present", len(present)))
    if checked is not None:
        text = f"{text} {say('head.consent_checked', day=say.day(checked))}"
    return text, True


def sound(page: Page) -> list[str]:
    """One line a recording (the first three), in the units of the field."""
    say = page.say
    lines = []
    for quality in page.result.quality.sound[:3]:
        parts = [
            say.duration(quality.duration),
            f"{say.number(quality.rate / 1000, 1)} kHz",
            say.count("channel", quality.channels),
            say("head.level", level=say.number(quality.level_dbfs))
            if quality.level_dbfs is not None
            else say("head.silent_sound"),
        ]
        if quality.snr_db is not None:
            parts.append(say("head.snr", snr=say.number(quality.snr_db)))
        if quality.clipped_share > 0.001:
            parts.append(say("head.clipped", share=say.percent(quality.clipped_share, 1)))
        parts.append(say("head.gain", gain=say.number(quality.gain_db, 0, sign=True)))
        lines.append(", ".join(parts))
    left = len(page.result.quality.sound) - len(lines)
    return [*lines, say("head.more_sound", recordings=say.count("recording", left))][
        : len(lines) + (left > 0)
    ]
