"""A group's series turned into the content of its report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from session_audio.report import terms
from session_audio.report.elements import (
    Bullets,
    Cell,
    Element,
    Fact,
    Facts,
    Link,
    Paragraph,
    Report,
    Sentence,
    Table,
)
from session_audio.report.sections.ratings import answer
from session_audio.report.series.arcs import arcs, story
from session_audio.report.series.brief import brief
from session_audio.report.series.indicators import indicators
from session_audio.report.series.ledger import strains
from session_audio.report.series.members import members
from session_audio.report.series.page import SeriesPage
from session_audio.schema import Estimate, SessionResult
from session_audio.series.ledger import Closing
from session_audio.series.trends import MEASURES
from session_audio.settings import ReportSettings


def series_report(
    results: Sequence[SessionResult],
    settings: ReportSettings,
    closings: Mapping[str, Sequence[Closing]] | None = None,
    reports: Mapping[str, str] | None = None,
    sounds: Mapping[str, str] | None = None,
) -> Report:
    """The content of a group's report over its sessions.

    Parameters
    ----------
    results : sequence of SessionResult
        Sessions of one group, at least one, in any order.
    settings : ReportSettings
        Language, names or pseudonyms, false discovery rate.
    closings : mapping of str to sequence of Closing, optional
        What people closed, by the session's id.
    reports : mapping of str to str, optional
        URL of each session's report as seen from this one, by the session's id.
    sounds : mapping of str to str, optional
        URL of the copy of each session's sound, likewise.
    """
    page = SeriesPage.of(results, settings, closings, reports, sounds)
    say, last = page.say, page.series.results[-1].session
    group = page.who.printable(last.group.name) or last.group.id
    sections = (
        ("ledger", strains(page)),
        ("arcs", arcs(page)),
        ("summary", overview(page)),
        ("members", members(page)),
        ("attendance", (*covers(page), *attendance(page))),
        ("ratings", rated(page)),
        ("stages", indicators(page)),
        ("method", how(page)),
    )
    title = say("series.title", weeks=say.count("week", len(page.series.results)))
    return page.report(
        "series",
        title,
        group,
        (),
        sections,
        page.brief_notice(last.group.fictional),
        screen=[id for id, _ in sections],
        brief=brief(page),
        several_sounds=bool(page.sounds),
        **page.defined(terms.SERIES),
    )


def covers(page: SeriesPage) -> tuple[Element, ...]:
    """Which sessions, who was away, who joined and left."""
    say, results = page.say, page.series.results
    facts = [
        Fact(
            say("series.sessions_term"),
            say(
                "series.sessions_text",
                weeks=say.count("week", len(results)),
                first=say.day(results[0].session.date),
                last=say.day(results[-1].session.date),
                time=say.duration(sum(r.duration for r in results)),
            ),
        )
    ]
    for key, led in (("series.roster", False), ("head.led_by", True)):
        names = [page.who(p.participant) for p in page.series.people if p.therapist is led]
        if names:
            facts.append(Fact(say(key), say.listed(names)))
    away = [
        say(
            "series.away_from",
            name=page.who(p.participant),
            sessions=say.listed(page.session(k) for k, a in enumerate(p.attendance) if a == "away"),
        )
        for p in page.series.people
        if "away" in p.attendance
    ]
    if away:
        facts.append(Fact(say("head.away"), "; ".join(away)))
    if moves := joined_and_left(page):
        facts.append(Fact(say("series.moves"), " ".join(moves)))
    return (Facts(tuple(facts)),)


def attendance(page: SeriesPage) -> tuple[Element, ...]:
    """Who came when, and who did not belong yet or any more."""
    say, results = page.say, page.series.results
    signs = {"present": "●", "away": "○", "unclear": "?", "not_yet": "·", "left": "·"}
    if not page.series.people:
        return (Paragraph(say("series.nobody")),)
    rows = []
    for person in page.series.people:
        cells = [Cell(page.who(person.participant))]
        cells += [
            Cell(f"{signs[a]} {say(f'attendance.{a}')}", mark="none" if signs[a] == "·" else "")
            for a in person.attendance
        ]
        came = sum(a == "present" for a in person.attendance)
        due = sum(a in {"present", "away"} for a in person.attendance)
        cells.append(Cell(say("series.of", n=came, all=due)))
        rows.append(tuple(cells))
    days = (
        f"{tick} · {say.short_day(r.session.date)}" if r.session.number is not None else tick
        for tick, r in zip(page.ticks, results, strict=True)
    )
    columns = (say("columns.person"), *days, say("series.came"))
    caption = say("series.attendance")
    return (Table("attendance-table", caption, columns, tuple(rows), matrix=True),)


def joined_and_left(page: SeriesPage) -> list[str]:
    """Who joined after the first session and who left, with the day."""
    say, results = page.say, page.series.results
    first, last = results[0].session.date, results[-1].session.date
    out = []
    for person in results[-1].session.group.participants:
        if person.joined is not None and first < person.joined <= last:
            out.append(say("series.joined", name=page.who(person.id), day=say.day(person.joined)))
        if person.left is not None and first <= person.left <= last:
            out.append(say("series.left", name=page.who(person.id), day=say.day(person.left)))
    return out


# --- summary ---------------------------------------------------------------------


def overview(page: SeriesPage) -> tuple[Element, ...]:
    """What stands out after correction, the arcs in a line each, and what cannot be said."""
    say, series = page.say, page.series
    if len(series.results) < 2:
        return (Paragraph(say("series.only_one")),)
    lines = [
        Sentence(
            say(
                f"series.{'rose' if point.comparison.now > point.comparison.expected else 'fell'}",
                name=page.who(person.participant),
                what=say(f"measures.{name}"),
                now=page.value(name, Estimate(point.comparison.now)),
                expected=page.value(name, Estimate(point.comparison.expected)),
            ),
            lead=page.session(k),
        )
        for person in series.people
        for name in MEASURES
        for k, point in enumerate(person.points[name])
        if point is not None and point.significant and point.comparison is not None
    ]
    if not lines:
        lines = [Sentence(say("series.nothing_out"))]
    lines.append(
        Sentence(
            say(
                "series.corrected",
                comparisons=say.count("comparison", series.comparisons),
                rate=say.percent(series.rate),
            )
        )
    )
    stories = [
        Sentence(
            story(page, arc) if arc.repairs else f"{story(page, arc)} {say('series.arc_open')}",
            (Link(f"#arc-{k}", say("series.see_arc")),),
            lead=page.who(arc.participant),
        )
        for k, arc in enumerate(series.arcs, 1)
        if arc.between.value is not None or arc.repairs
    ]
    unsaid = [Sentence(say("series.unsaid_why"))]
    if len(series.results) < 6:
        unsaid.append(
            Sentence(say("series.unsaid_few", weeks=say.count("week", len(series.results))))
        )
    away = [p for p in series.people if "away" in p.attendance]
    if away:
        names = say.listed(page.who(p.participant) for p in away)
        unsaid.append(Sentence(say("series.unsaid_away", names=names)))
    parts: list[Element] = []
    if stories:
        parts.append(Bullets(say("series.arcs_title"), tuple(stories)))
    parts.append(Bullets(say("series.out_title"), tuple(lines)))
    parts.append(Bullets(say("summary.unsaid_title"), tuple(unsaid)))
    return tuple(parts)


# --- ratings ---------------------------------------------------------------------


def rated(page: SeriesPage) -> tuple[Element, ...]:
    """Mean of each instrument over the sessions, with what fell."""
    say = page.say
    if not page.series.ratings:
        return (Paragraph(say("series.no_ratings")),)
    falls = (
        (change, k, row)
        for row in page.series.ratings
        for k, change in enumerate(row.changes)
        if change is not None and change <= -page.settings.rating_drop
    )
    fallen = sorted(falls, key=lambda fall: fall[:2])  # the largest first
    drops = [
        Sentence(
            say(
                "series.drop",
                name=page.who(row.participant),
                instrument=page.who.printable(row.instrument),
                session=page.session(k),
                change=say.number(change, 1, sign=True),
                mean=answer(say, row.means[k]),
            )
        )
        for change, k, row in fallen
    ]
    parts: list[Element] = []
    if drops:
        parts.append(Bullets(say("series.drops"), tuple(drops)))
    for instrument in dict.fromkeys(r.instrument for r in page.series.ratings):
        rows = []
        for row in page.series.ratings:
            if row.instrument == instrument:
                cells = [page.rating(row, k) for k in range(len(row.means))]
                rows.append((Cell(page.who(row.participant)), *cells))
        parts.append(
            Table(
                f"series-ratings-{len(parts)}",
                say("series.ratings_table", instrument=page.who.printable(instrument)),
                (say("columns.person"), *(page.session(k) for k in range(len(page.ticks)))),
                tuple(rows),
                say("series.ratings_note", drop=say.number(page.settings.rating_drop, 1)),
            )
        )
    return tuple(parts)


def how(page: SeriesPage) -> tuple[Element, ...]:
    """How the comparisons were made, and their limits."""
    say = page.say
    facts = tuple(page.definition(key) for key in say.part("series_method"))
    limits = tuple(Sentence(text) for text in say.part("limits").values())
    return (Facts(facts), Bullets(say("method.limits"), limits))
