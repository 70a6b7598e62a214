"""Strain, withdrawal and repair across sessions: the evidence, in the order it was seen."""

from __future__ import annotations

from session_audio.report.counts import whole
from session_audio.report.elements import Arc as ArcElement
from session_audio.report.elements import Cell, Element, Paragraph, Step, Table
from session_audio.report.page import DASH
from session_audio.report.sections.moments import aftermath_lines, capital, reasons, shortened
from session_audio.report.series.page import SeriesPage, expectation
from session_audio.schema import Estimate
from session_audio.series.arcs import Arc, FlagPlace

_SESSIONS_REPORTED = 6
"""At most so many sessions of one arc are in the summary."""


def arcs(page: SeriesPage) -> tuple[Element, ...]:
    """Every arc; a line that says there is none where there is none."""
    if not page.series.arcs:
        return (Paragraph(page.say("arcs.none")),)
    parts: list[Element] = [Paragraph(page.say("arcs.how"), small=True)]
    parts += [arc_element(page, arc, k) for k, arc in enumerate(page.series.arcs, 1)]
    return tuple(parts)


def arc_element(page: SeriesPage, arc: Arc, number: int) -> ArcElement:
    """One arc: how it stands, the person's numbers, and the candidates in order."""
    name = page.who(arc.participant)
    return ArcElement(
        f"arc-{number}",
        page.say("arcs.title", name=name),
        numbers(page, arc, number),
        tuple(candidate(page, k, j) for k, j in places(page, arc)),
        closing(page, arc),
    )


def places(page: SeriesPage, arc: Arc) -> list[FlagPlace]:
    """Where every candidate of an arc stands, in order of time."""

    def when(at: FlagPlace) -> tuple[int, float]:
        return at.session, page.series.results[at.session].flags[at.flag].start

    return sorted((*arc.strains, *arc.withdrawals, *arc.repairs), key=when)


def candidate(page: SeriesPage, k: int, j: int) -> Step:
    """One candidate of an arc, with its quote and reasons."""
    say, flag = page.say, page.series.results[k].flags[j]
    others = [page.who(w) for w in flag.concerned if w != flag.participant]
    name = page.who(flag.participant)
    if others:
        name = say("moments.concerning", name=name, others=say.listed(others))
    why = reasons(say, page.who, flag)
    text = []
    if why:
        text.append(capital("; ".join(why)) + ".")
    after = aftermath_lines(page.say, page.who, flag)
    if after:
        text.append(" ".join(after))
    if flag.review:
        text.append(say("arcs.reviewed", answer=say(f"review.{flag.review}")))
    return Step(
        say("arcs.when", session=page.session(k), time=say.clock(flag.start)),
        say("arcs.candidate", kind=capital(say(f"kinds.{flag.subtype or flag.kind}")), name=name),
        tuple(text),
        page.who.printable(shortened(flag.quote, 260)),
        "repair" if flag.kind == "repair" else "rupture",
        page.listen(FlagPlace(k, j)),
    )


def numbers(page: SeriesPage, arc: Arc, number: int) -> Table:
    """Share, what was expected, times cut off and candidates, a column a session."""
    say = page.say
    person = next(p for p in page.series.people if p.participant == arc.participant)
    share, past, interruptions, kinds = [], [], [], []
    for k, point in enumerate(person.points["share"]):
        kinds.append(Cell("; ".join(names(page, arc, k)) or DASH))
        if point is None:
            away = Cell(say(f"attendance.{person.attendance[k]}"), mark="none")
            share.append(away)
            past.append(Cell(DASH))
            interruptions.append(away)
            continue
        share.append(Cell(page.value("share", point.value), mark=page.mark(point)))
        past.append(
            Cell(
                page.value("share", expectation(point) or Estimate(None))
                if point.comparison
                else DASH
            )
        )
        interruptions.append(Cell(page.times_interrupted(person, k)))
    rows = {"share": share, "expected": past, "cut_off": interruptions}
    rated = [
        (
            Cell(page.who.printable(row.instrument)),
            *(page.rating(row, k) for k in range(len(kinds))),
        )
        for row in page.series.ratings
        if row.participant == arc.participant
    ]
    columns = tuple(page.session(k) for k in range(len(page.ticks)))
    candidates = (Cell(say("arcs.row_candidates")), *kinds)
    return Table(
        f"arc-{number}-numbers",
        say("arcs.numbers", name=page.who(arc.participant)),
        (say("arcs.row"), *columns),
        (
            *((Cell(say(f"arcs.row_{key}")), *cells) for key, cells in rows.items()),
            *rated,
            candidates,
        ),
        say("arcs.table_note", drop=say.number(page.settings.rating_drop, 1)),
        text_columns=tuple(range(1, len(columns) + 1)),
    )


def names(page: SeriesPage, arc: Arc, k: int) -> list[str]:
    """The candidates of an arc in session `k`, by kind and by whom."""
    out = []
    for session, j in places(page, arc):
        if session == k:
            flag = page.series.results[k].flags[j]
            kind = page.say(f"kinds_short.{flag.subtype or flag.kind}")
            out.append(page.say("arcs.by", kind=kind, name=page.who(flag.participant)))
    return list(dict.fromkeys(out))


def story(page: SeriesPage, arc: Arc) -> str:
    """An arc in a sentence a session, from its first candidate to the first repair."""
    say = page.say
    person = next(p for p in page.series.people if p.participant == arc.participant)
    first = max(0, arc.begun - (not arc.strains and not arc.withdrawals))
    last = arc.phases.index("after") if "after" in arc.phases else len(page.ticks) - 1
    out = []
    for k in range(first, min(last, first + _SESSIONS_REPORTED - 1) + 1):
        point = person.points["share"][k]
        if point is None:
            parts = [say(f"attendance.{person.attendance[k]}")]
        else:
            parts = [say("arcs.of_talk", share=say.percent(point.value.value))]
        if times := whole(person.interruptions_received[k]):
            parts.append(say("arcs.cut_off", times=say.count("time", times)))
        parts += [
            say(
                "arcs.rating_fell",
                instrument=page.who.printable(drop.instrument),
                by=say.number(-drop.change, 1),
            )
            for drop in arc.drops
            if drop.session == k
        ]
        parts += names(page, arc, k)
        out.append(say("arcs.reported", session=page.session(k), parts=", ".join(parts)))
    return " ".join(out)


def closing(page: SeriesPage, arc: Arc) -> str:
    """How the arc stands, from its numbers alone."""
    say, name = page.say, page.who(arc.participant)
    seen = bool(arc.strains or arc.withdrawals)
    parts = [] if seen else [say("arcs.no_strain", name=name)]
    if arc.fell is not None:
        start = say("arcs.up_to" if seen else "arcs.until", session=page.session(arc.begun))
        share = {
            key: say.percent(e.value)
            for key, e in (("before", arc.before), ("between", arc.between))
        }
        parts.append(say("arcs.fell", name=name, start=start, **share))
        parts.append(say("arcs.beyond" if arc.fell_significantly else "arcs.within"))
    if arc.rose is not None:
        session = page.session(arc.phases.index("after"))
        after = say.percent(arc.after.value)
        parts.append(say("arcs.rose", session=session, after=after))
        parts.append(say("arcs.beyond" if arc.rose_significantly else "arcs.within"))
    if not arc.repairs:
        return " ".join([*parts, say("arcs.open")])
    sessions = list(dict.fromkeys(page.session(at.session) for at in arc.repairs))
    counted = say.count("repair", len(arc.repairs))
    return " ".join([*parts, say("arcs.mended", repairs=counted, sessions=say.listed(sessions))])
