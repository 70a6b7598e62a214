"""Strain, withdrawal and repair across sessions: the evidence, in the order it was seen."""

from __future__ import annotations

from session_audio.report.elements import Arc as ArcElement
from session_audio.report.elements import Element, Paragraph, Step
from session_audio.report.moments import aftermath_lines, capital, reasons, shortened
from session_audio.report.series_page import SeriesPage
from session_audio.trends import Arc


def arcs(page: SeriesPage) -> tuple[Element, ...]:
    """Every arc; a line that says there is none where there is none."""
    if not page.series.arcs:
        return (Paragraph(page.say("arcs.none")),)
    parts: list[Element] = [Paragraph(page.say("arcs.how"), small=True)]
    parts += [told(page, arc, k) for k, arc in enumerate(page.series.arcs, 1)]
    return tuple(parts)


def told(page: SeriesPage, arc: Arc, number: int) -> ArcElement:
    """One arc: its candidates and the person's numbers, session by session."""
    say = page.say
    person = next(p for p in page.series.people if p.participant == arc.participant)
    steps: list[Step] = []
    begun = min((*arc.strains, *arc.withdrawals))[0]
    for k in range(len(page.series.results)):
        here = [pair for pair in (*arc.strains, *arc.withdrawals, *arc.repairs) if pair[0] == k]
        flags = page.series.results[k].flags
        for _, j in sorted(here, key=lambda pair: flags[pair[1]].start):
            steps.append(candidate(page, k, j))
        if k >= begun or here:
            steps.append(numbers(page, arc, person.points["share"][k] is None, k))
    return ArcElement(
        f"arc-{number}",
        say("arcs.title", name=page.who(arc.participant)),
        tuple(steps),
        closing(page, arc),
    )


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
        text.append(capital("; ".join(after)) + ".")
    if flag.review:
        text.append(say("arcs.reviewed", answer=say(f"review.{flag.review}")))
    return Step(
        say("arcs.when", session=page.session(k), time=say.clock(flag.start)),
        say("arcs.candidate", kind=capital(say(f"kinds.{flag.subtype or flag.kind}")), name=name),
        tuple(text),
        page.who.said(shortened(flag.quote, 260)),
        "repair" if flag.kind == "repair" else "rupture",
    )


def numbers(page: SeriesPage, arc: Arc, away: bool, k: int) -> Step:
    """The person's own numbers of one session."""
    say = page.say
    person = next(p for p in page.series.people if p.participant == arc.participant)
    name = page.who(arc.participant)
    if away:
        text = say("arcs.away", name=name)
        return Step(page.session(k), say("arcs.numbers"), (text,))
    point = person.points["share"][k]
    share = page.value("share", point.value) if point else say("number.none")
    lines = [
        say(
            "arcs.line",
            name=name,
            share=share,
            cuts=say.count("time", person.cut_off[k] or 0),
            floor=say.duration(floor_time(page, arc, k)),
        )
    ]
    if point and point.comparison is not None:
        c = point.comparison
        key = "arcs.expected_out" if point.stands_out else "arcs.expected"
        lines.append(
            say(
                key,
                expected=say.percent(c.expected),
                low=say.number(max(0.0, c.low) * 100),
                high=say.number(c.high * 100),
            )
        )
    return Step(page.session(k), say("arcs.numbers"), tuple(lines))


def floor_time(page: SeriesPage, arc: Arc, k: int) -> float | None:
    """Seconds of speech of the person in session `k`."""
    for member in page.series.results[k].measures.members:
        if member.participant == arc.participant:
            return member.speaking_time
    return None


def closing(page: SeriesPage, arc: Arc) -> str:
    """How the arc stands, from its numbers alone."""
    say, name = page.say, page.who(arc.participant)
    parts = []
    if arc.fell is not None:
        key = "arcs.fell_out" if arc.fell_stands_out else "arcs.fell"
        parts.append(
            say(
                key,
                name=name,
                before=say.percent(arc.before.value),
                between=say.percent(arc.between.value),
            )
        )
    if arc.rose is not None:
        key = "arcs.rose_out" if arc.rose_stands_out else "arcs.rose"
        parts.append(
            say(key, between=say.percent(arc.between.value), after=say.percent(arc.after.value))
        )
    if arc.repairs:
        first = min((*arc.strains, *arc.withdrawals))[0]
        parts.append(
            say(
                "arcs.mended",
                repairs=say.count("repair", len(arc.repairs)),
                session=page.session(arc.repairs[0][0]),
                later=say.count("week", arc.repairs[0][0] - first),
            )
            if arc.repairs[0][0] > first
            else say("arcs.mended_same", session=page.session(first))
        )
    else:
        parts.append(say("arcs.open"))
    return " ".join(parts)
