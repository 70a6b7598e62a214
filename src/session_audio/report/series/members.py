"""Each person over the weeks against their own past: panels and tables."""

from __future__ import annotations

from session_audio.report.elements import Cell, Element, Figure, Paragraph, Table
from session_audio.report.figures.plots import Panel, PanelsPlot
from session_audio.report.sections.moments import capital
from session_audio.report.series.page import UNITS, SeriesPage, expectation
from session_audio.series.trends import MEASURES, PersonSeries, concerns


def members(page: SeriesPage) -> tuple[Element, ...]:
    """Panels for share and for being cut off, and a table for each measure."""
    say = page.say
    if not page.series.people:
        return (Paragraph(say("series.nobody")),)
    parts: list[Element] = [panels(page, "share"), Paragraph(say("series.panels_how"), small=True)]
    parts.append(measure_table(page, "share"))
    if drawable(page, "cut_off"):
        parts.append(panels(page, "cut_off"))
    parts.append(interruption_table(page))
    parts += [measure_table(page, name, folded=True) for name in MEASURES if name != "share"]
    return tuple(parts)


def drawable(page: SeriesPage, name: str) -> bool:
    """Whether at least half of the people have the measure in two sessions or more."""
    known = [
        sum(point is not None and point.value.value is not None for point in p.points[name])
        for p in page.series.people
    ]
    return 2 * sum(count >= 2 for count in known) >= max(1, len(known))


def panels(page: SeriesPage, name: str) -> Figure:
    """A panel a person with own baseline, members first."""
    say = page.say
    people = sorted(page.series.people, key=lambda p: p.therapist)
    drawn = tuple(
        Panel(
            page.who.label(p.participant),
            p.therapist,
            tuple(point.value if point else None for point in p.points[name]),
            tuple(expectation(point) for point in p.points[name]),
            tuple(bool(point and point.significant) for point in p.points[name]),
            marks(page, p) if name == "share" else (),
        )
        for p in people
    )
    listed = "; ".join(
        f"{page.who(p.participant)}: "
        + ", ".join(
            page.value(name, point.value, interval=False) if point else say("attendance.away")
            for point in p.points[name]
        )
        for p in people
    )
    words = {k: say(f"series.{k}") for k in ("expected", "outside", "rupture", "repair")}
    return Figure(
        f"panels-{name}",
        capital(say("series.panels", what=say(f"measures.{name}"))),
        say("series.panels_alternative", what=say(f"measures.{name}"), listed=listed),
        PanelsPlot(
            drawn,
            page.ticks,
            "percent" if name in UNITS else "number",
            words | {"away": say("attendance.away")},
        ),
        wide=True,
    )


def marks(page: SeriesPage, person: PersonSeries) -> tuple[tuple[int, str], ...]:
    """Sessions with a candidate that concerns the person: one rupture and one repair each."""
    marked = {
        (k, flag.kind)
        for k, result in enumerate(page.series.results)
        for flag in result.flags
        if person.participant in concerns(flag)
        and not (flag.kind == "repair" and flag.participant == person.participant)
    }
    return tuple(sorted(marked))


def measure_table(page: SeriesPage, name: str, *, folded: bool = False) -> Table:
    """One measure, a row a person, a column a session; what stands out is marked."""
    say = page.say
    rows = []
    for person in sorted(page.series.people, key=lambda p: p.therapist):
        cells = [Cell(page.who(person.participant))]
        for k, point in enumerate(person.points[name]):
            if point is None:
                cells.append(Cell(say(f"attendance.{person.attendance[k]}"), mark="none"))
                continue
            cells.append(Cell(page.value(name, point.value), mark=page.mark(point)))
        rows.append(tuple(cells))
    return Table(
        f"table-{name}",
        say(f"measures.{name}_caption"),
        (say("columns.person"), *(page.session(k) for k in range(len(page.ticks)))),
        tuple(rows),
        say("series.table_note"),
        folded=folded,
    )


def interruption_table(page: SeriesPage) -> Table:
    """How often each person was cut off, and in how much own floor time."""
    say = page.say
    rows = []
    for person in sorted(page.series.people, key=lambda p: p.therapist):
        cells = [Cell(page.who(person.participant))]
        cells += [
            Cell(page.times_interrupted(person, k))
            if point is not None
            else Cell(say(f"attendance.{person.attendance[k]}"), mark="none")
            for k, point in enumerate(person.points["share"])
        ]
        rows.append(tuple(cells))
    columns = (say("columns.person"), *(page.session(k) for k in range(len(page.ticks))))
    return Table("table-cuts", say("series.cuts_caption"), columns, tuple(rows))
