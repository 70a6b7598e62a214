"""Several groups at a glance, for one who supervises them: a row a group."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from session_audio.report import terms
from session_audio.report.elements import Cell, Fact, Facts, Link, Paragraph, Report, Table
from session_audio.report.page import DASH, Worded
from session_audio.report.series import brief
from session_audio.report.series.page import SeriesPage
from session_audio.settings import ReportSettings

NAME = "overview"
"""What its files are called, without their endings."""


@dataclass(frozen=True)
class GroupRow:
    """One group: its series, and where its page lies as seen from the overview."""

    page: SeriesPage
    url: str
    left_out: int = 0
    """Sessions that are not in it: refused, or not run."""


@dataclass(frozen=True)
class _Overview(Worded):
    settings: ReportSettings


def overview_report(
    groups: Sequence[GroupRow], settings: ReportSettings, without: Sequence[str] = ()
) -> Report:
    """The content of the page over groups.

    Parameters
    ----------
    groups : sequence of GroupRow
        Those in which something is open come first.
    settings : ReportSettings
        Language and paper of this page.
    without : sequence of str
        Names of the groups' folders that have no result.
    """
    page = _Overview(settings)
    say = page.say
    ordered = sorted(groups, key=urgency)
    keys = ("group", "last", "open", "fading", "came")
    table = Table(
        "overview-table",
        say("overview.table"),
        tuple(say(f"overview.column_{key}") for key in keys),
        tuple(row(group) for group in ordered),
        text_columns=(0, 1, 2, 3),
    )
    parts: list[Paragraph | Facts | Table] = [Paragraph(say("overview.how"), small=True), table]
    if without:
        fact = Fact(say("overview.without"), say.listed(without))
        parts.append(Facts((fact,), id="lead"))
    fictional = bool(groups) and all(
        g.page.series.results[-1].session.group.fictional for g in groups
    )
    return page.report(
        "overview",
        say("overview.title", groups=say.count("group", len(groups))),
        "",
        (),
        (),
        page.brief_notice(fictional),
        brief=tuple(parts),
        **page.defined(terms.OVERVIEW),
    )


def urgency(group: GroupRow) -> tuple[int, int, int]:
    """Most open strains without a repair first, then who fades, then most open."""
    page = group.page
    return (
        -sum(s.repair is None for s in page.open_strains),
        -sum(s.state in {"fading", "away"} for s in page.standings),
        -len(page.open_strains),
    )


def row(group: GroupRow) -> tuple[Cell, ...]:
    """One group, in the words of its own page."""
    page, say = group.page, group.page.say
    last = page.series.results[-1].session
    name = page.who.printable(last.group.name) or last.group.id
    k = len(page.ticks) - 1
    when = say.day(last.date)
    if group.left_out:
        when += " " + say("overview.left_out", weeks=say.count("week", group.left_out))
    fades = [
        page.who(s.person.participant) for s in page.standings if s.state in {"fading", "away"}
    ]
    bare = sum(s.repair is None for s in page.open_strains)
    left = say.count("strain", len(page.open_strains)) if page.open_strains else DASH
    if bare:
        left += " " + say("overview.bare", n=say.number(bare))
    return (
        Cell("", links=(Link(group.url, name),)),
        Cell(when),
        Cell(left),
        Cell(say.listed(fades) or DASH),
        Cell(brief.came(page, k)),
    )
