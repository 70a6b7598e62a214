"""Who cut in on whom, who supported whom, response times and silences."""

from __future__ import annotations

from collections import Counter

from session_audio.report.counts import is_told, likely, likely_cell, whole
from session_audio.report.elements import Cell, Element, Figure, Paragraph, Table
from session_audio.report.figures.plots import ResponseRow, ResponsesPlot
from session_audio.report.page import DASH, Page, against_expected
from session_audio.report.sections.glance import times_made, times_received
from session_audio.report.sections.turning import between_paragraphs
from session_audio.schema import InteractionKind, InterruptionPair, ParticipantId


def section(page: Page) -> tuple[Element, ...]:
    """A matrix of who cut in on whom, support, response times and lapses."""
    say = page.say
    if not page.result.turns:
        return (Paragraph(say("interruptions.none")),)
    parts: list[Element] = []
    if not is_told(page.result.measures, "interruption_successful"):
        parts.append(Paragraph(say("interruptions.untold")))
    elif page.result.measures.interruption_pairs:
        parts += [matrix(page), pair_table(page)]
    for pair in page.result.measures.rivals:
        names = {"a": page.who(pair.first), "b": page.who(pair.second)}
        p_value = say.number(pair.p_value, 3)
        parts.append(Paragraph(say("interruptions.rivals", **names, p=p_value)))
    parts += between_paragraphs(page)
    parts.append(support_table(page))
    parts += attributes(page)
    parts += response_times(page)
    parts.append(lapse_table(page))
    return tuple(parts)


def matrix(page: Page) -> Table:
    """Rows cut in, columns held the floor; opportunity in the last row."""
    say, settings = page.say, page.settings
    ids = [m.participant for m in page.everybody]
    pairs = {(p.participant, p.holder): p for p in page.result.measures.interruption_pairs}
    made, received = times_made(pairs.values()), times_received(pairs.values())
    most = max((whole(p.successful) for p in pairs.values()), default=0)
    rows = []
    for a in ids:
        cells = [page.name(a)]
        for b in ids:
            cells.append(
                Cell("", mark="none") if a == b else pair_cell(page, pairs.get((a, b)), most)
            )
        cells.append(likely_cell(page, made.get(a, 0.0)))
        rows.append(tuple(cells))
    total = [likely_cell(page, received.get(b, 0.0)) for b in ids]
    everything = sum(p.successful or 0.0 for p in pairs.values())
    rows.append((Cell(say("interruptions.was_cut")), *total, likely_cell(page, everything)))
    floor = {b: p.opportunity for (_, b), p in pairs.items()}
    minutes = [
        Cell(say.clock(floor[b]), mark="few" if floor[b] < settings.few_seconds else "")
        if b in floor
        else Cell(DASH)
        for b in ids
    ]
    rows.append((Cell(say("interruptions.floor")), *minutes, Cell("")))
    return Table(
        "matrix",
        say("interruptions.matrix" if tries_told(page) else "interruptions.matrix_no_tries"),
        (say("interruptions.corner"), *(page.who(b) for b in ids), say("interruptions.made")),
        tuple(rows),
        say(
            "interruptions.matrix_note",
            few=settings.few_events,
            seconds=say.duration(settings.few_seconds),
        ),
        matrix=True,
    )


def pair_cell(page: Page, pair: InterruptionPair | None, most: int) -> Cell:
    """Times cut off, in brackets tries that failed; marked where beyond what is expected."""
    if pair is None or pair.opportunity <= 0:
        return Cell(DASH, mark="none")
    text, count = likely(page.say, pair.successful), whole(pair.successful)
    if pair.unsuccessful:
        text = f"{text} ({likely(page.say, pair.unsuccessful)})"
    shade = 0 if not count else 1 + min(3, round(3 * count / max(most, 4)))
    return Cell(text, shade, against_expected(count, pair.expected, page.settings.few_events))


def tries_told(page: Page) -> bool:
    """Whether interruptions in vain could be told from this recording."""
    return is_told(page.result.measures, "interruption_unsuccessful")


def pair_table(page: Page) -> Table:
    """Every pair with a cut or a try, with its rate and what floor time would give."""
    say, few = page.say, page.settings.few_events
    rows = []
    pairs = [p for p in page.result.measures.interruption_pairs if p.successful or p.unsuccessful]
    for pair in sorted(pairs, key=lambda p: (-(p.successful or 0), -(p.unsuccessful or 0))):
        enough = whole(pair.successful) >= few and pair.opportunity >= page.settings.few_seconds
        rows.append(
            (
                page.name(pair.participant),
                page.name(pair.holder),
                likely_cell(page, pair.successful),
                likely_cell(page, pair.unsuccessful),
                Cell(say.clock(pair.opportunity)),
                Cell(
                    say.estimate(pair.rate, "number", 1) if enough else say("interruptions.too_few")
                ),
                Cell(say.number(pair.expected, 1)),
            )
        )
    keys = ("cut_in", "held", "successful", "tries", "opportunity", "rate", "expected")
    return Table(
        "pairs",
        say("interruptions.pairs"),
        tuple(say(f"columns.{k}") for k in keys),
        tuple(rows),
        say("interruptions.pairs_note", few=few),
        folded=True,
        text_columns=(1,),
    )


def support_table(page: Page) -> Table:
    """Backchannels given and received, overlaps that help, starts at once."""
    say = page.say
    made = Counter((i.participant, i.kind) for i in page.result.interactions)

    def overlaps(who: ParticipantId, kind: InteractionKind) -> Cell:
        known = is_told(page.result.measures, kind)
        return likely_cell(page, made[who, kind] if known else None)

    rows = tuple(
        (
            page.name(m.participant),
            likely_cell(page, m.backchannel_count),
            likely_cell(page, m.backchannels_received),
            overlaps(m.participant, "cooperative_overlap"),
            overlaps(m.participant, "terminal_overlap"),
            overlaps(m.participant, "dual_start"),
            Cell(say.percent(m.answered_share)),
        )
        for m in page.everybody
    )
    keys = ("person", "given", "received", "cooperative", "terminal", "dual", "answered")
    return Table(
        "support",
        say("interruptions.support"),
        tuple(say(f"columns.{k}") for k in keys),
        rows,
        say("interruptions.support_note"),
    )


def attributes(page: Page) -> list[Element]:
    """Interruptions crossed with an attribute, where the settings ask for it."""
    say, crossed = page.say, page.result.measures.attribute_interruptions
    if not crossed:
        return []
    rows = tuple(
        (
            Cell(page.who.printable(row.incomer)),
            Cell(page.who.printable(row.holder)),
            likely_cell(page, row.successful),
            Cell(say.number(row.expected, 1)),
        )
        for row in crossed
    )
    keys = ("incomer_value", "holder_value", "successful", "expected")
    table = Table(
        "attributes",
        say("interruptions.attribute", attribute=page.who.printable(crossed[0].attribute)),
        tuple(say(f"columns.{k}") for k in keys),
        rows,
        say("interruptions.attribute_note"),
        text_columns=(1,),
    )
    return [table]


def response_times(page: Page) -> list[Element]:
    """Median and quartiles of the floor-transfer offset of each person."""
    say = page.say
    rows = []
    for m in page.everybody:
        quartiles = m.response_iqr if m.turn_count >= page.settings.few_events else None
        text = say.number(m.median_response, 1)
        rows.append(ResponseRow(page.who.label(m.participant), m.median_response, quartiles, text))
    if all(row.median is None for row in rows):
        return [Paragraph(say("interruptions.no_responses"))]
    listed = "; ".join(
        f"{page.who(m.participant)} {say.number(m.median_response, 1)} s"
        for m in page.everybody
        if m.median_response is not None
    )
    words = {key: say(f"interruptions.{key}") for key in ("axis", "before", "after")}
    figure = Figure(
        "responses",
        say("interruptions.responses"),
        say("interruptions.responses_alternative", listed=listed),
        ResponsesPlot(tuple(rows), words),
    )
    table = Table(
        "responses-table",
        say("interruptions.responses_table"),
        tuple(say(f"columns.{k}") for k in ("person", "median_response", "iqr", "after_cut")),
        tuple(
            (
                page.name(m.participant),
                Cell(say.number(m.median_response, 1)),
                Cell(
                    say(
                        "number.range",
                        low=say.number(m.response_iqr[0], 1),
                        high=say.number(m.response_iqr[1], 1),
                    )
                    if m.response_iqr
                    else say("number.none")
                ),
                Cell(say.duration(m.median_silence_after_cut)),
            )
            for m in page.everybody
        ),
        say("interruptions.responses_note"),
    )
    return [figure, table]


def lapse_table(page: Page) -> Element:
    """The longest silences of everybody: where, how long, between whom."""
    say = page.say
    lapses = [s for s in page.result.measures.silences if s.kind == "lapse"]
    if not lapses:
        return Paragraph(say("interruptions.no_lapses"))
    longest = sorted(lapses, key=lambda s: s.start - s.end)[: page.settings.lapses_listed]

    def name(who: ParticipantId | None) -> Cell:
        return page.name(who) if who is not None else Cell(DASH)

    rows = tuple(
        (
            Cell(say.clock(s.start)),
            Cell(say.duration(s.end - s.start)),
            name(s.before),
            name(s.after),
        )
        for s in sorted(longest, key=lambda s: s.start)
    )
    key = "interruptions.lapses" if len(rows) < len(lapses) else "interruptions.all_lapses"
    caption = say(key, shown=len(rows), lapses=say.count("lapse", len(lapses)))
    keys = ("at", "length", "before", "after")
    columns = tuple(say(f"columns.{k}") for k in keys)
    return Table("lapses", caption, columns, rows, text_columns=(2, 3))
