"""Who had how much of the talk, and how evenly it was shared."""

from __future__ import annotations

from session_audio.report.elements import Cell, Element, Figure, Paragraph, Table
from session_audio.report.figures.plots import BalancePlot, ShareRow, SharesPlot
from session_audio.report.page import Page, led, silent
from session_audio.report.sections.timeline import tenths_table
from session_audio.report.sections.turning import quieter_paragraphs
from session_audio.schema import UNATTRIBUTED, MemberMeasures


def section(page: Page) -> tuple[Element, ...]:
    """Shares with intervals, the table behind them, balance across the session."""
    say = page.say
    if not page.everybody:
        return (Paragraph(say("participation.nobody")),)
    parts: list[Element] = [
        Paragraph(say("head.reading"), small=True),
        shares_figure(page),
        shares_table(page),
        Paragraph(silence_line(page)),
        *quieter_paragraphs(page),
        evenness(page),
    ]
    if page.result.turns:
        parts.append(tenths_table(page, page.lanes))
    if len(thinned_windows(page)) > 1 and page.result.turns:
        parts += [balance_figure(page), balance_table(page)]
    return tuple(parts)


def shares_figure(page: Page) -> Figure:
    """Each person's share with its interval; members by roster, therapists below."""
    say = page.say
    rows = tuple(
        ShareRow(
            page.who.label(m.participant),
            m.speaking_time_share,
            led(m),
            say("participation.not_heard")
            if silent(m)
            else say.percent(m.speaking_time_share.value),
        )
        for m in page.everybody
    )
    listed = "; ".join(
        f"{page.who(m.participant)} {say.estimate(m.speaking_time_share)}" for m in page.everybody
    )
    words = {key: say(f"participation.{key}") for key in ("axis", "equal", "member", "therapist")}
    return Figure(
        "shares",
        say("participation.figure"),
        say("participation.alternative", listed=listed),
        SharesPlot(rows, page.equal_share, words),
    )


def shares_table(page: Page) -> Table:
    """Speaking time, share, turns, words and their lengths, a row a person."""
    say = page.say
    columns = ("person", "time", "share", "turns", "words", "median", "longest", "last_third")
    rows = [member_row(page, m) for m in page.everybody]
    time = page.result.measures.group.unattributed_time
    if time > 0:
        blank = [Cell("")] * (len(columns) - 2)
        rows.append((page.name(UNATTRIBUTED), Cell(say.clock(time)), *blank))
    return Table(
        "shares-table",
        say("participation.table"),
        tuple(say(f"columns.{c}") for c in columns),
        tuple(rows),
        say("participation.table_note"),
    )


def member_row(page: Page, m: MemberMeasures) -> tuple[Cell, ...]:
    """One person's row of the table."""
    say = page.say
    label = page.who(m.participant)
    change = m.last_third_change
    return (
        Cell(say("participation.leads", name=label) if led(m) else label),
        Cell(say.clock(m.speaking_time)),
        Cell(say.estimate(m.speaking_time_share)),
        Cell(say.number(m.turn_count)),
        Cell(say.number(m.words)),
        Cell(say.duration(m.median_turn)),
        Cell(say.duration(m.longest_turn)),
        Cell(
            say.points(change.value)
            if change.low is None or change.high is None
            else say(
                "number.with_interval",
                value=say.points(change.value),
                low=say.points(change.low),
                high=say.points(change.high),
            )
        ),
    )


def evenness(page: Page) -> Element:
    """Evenness of speaking time in two numbers; of few turns it is not put into any."""
    say, group = page.say, page.result.measures.group
    if group.turn_count < page.settings.few_turns:
        return Paragraph(say("participation.few_turns", turns=say.count("turn", group.turn_count)))
    rows = (
        ("entropy", group.entropy_members, group.entropy),
        ("gini", group.gini_members, group.gini),
    )
    return Table(
        "evenness",
        say("participation.evenness"),
        tuple(say(f"columns.{k}") for k in ("measure", "members", "with_leaders")),
        tuple(
            (Cell(say(f"participation.{key}")), *(Cell(say.estimate(e, "number", 2)) for e in pair))
            for key, *pair in rows
        ),
        say("participation.how"),
    )


def silence_line(page: Page) -> str:
    """How much of the session nobody talks, and how much of the speech several do."""
    say, group = page.say, page.result.measures.group
    return say(
        "participation.silence",
        silence=say.percent(group.silence_share),
        overlap=say.percent(group.overlap_share),
    )


def thinned_windows(page: Page) -> list[tuple[float, float, dict[str, float]]]:
    """Windows that do not overlap, at most about twenty, in order."""
    out: list[tuple[float, float, dict[str, float]]] = []
    for window in sorted(page.result.measures.windows, key=lambda w: w.start):
        if not out or window.start >= out[-1][1] - 1e-6:
            out.append((window.start, window.end, dict(window.shares)))
    return out


def balance_figure(page: Page) -> Figure:
    """Each person's share within each window, as a strip a person."""
    say = page.say
    windows = thinned_windows(page)
    people = page.everybody
    shares = tuple(
        tuple(w[2].get(m.participant, 0.0) if w[2] else None for w in windows) for m in people
    )
    peaks = "; ".join(
        say(
            "participation.peak",
            name=page.who(m.participant),
            share=say.percent(max((s for s in row if s is not None), default=None)),
        )
        for m, row in zip(people, shares, strict=True)
    )
    words = {key: say(f"participation.{key}") for key in ("minutes", "strip")}
    return Figure(
        "balance",
        say("participation.balance_figure"),
        say("participation.balance_alternative", windows=len(windows), peaks=peaks),
        BalancePlot(
            tuple(page.who.label(m.participant) for m in people),
            tuple((w[0], w[1]) for w in windows),
            shares,
            words,
        ),
    )


def balance_table(page: Page) -> Table:
    """The numbers behind the strips, a row a window."""
    say = page.say
    rows = []
    for start, end, shares in thinned_windows(page):
        cells = [Cell(f"{say.clock(start)}–{say.clock(end)}")]
        cells += [
            Cell(say.percent(shares.get(m.participant, 0.0)) if shares else say("number.none"))
            for m in page.everybody
        ]
        rows.append(tuple(cells))
    names = tuple(page.who(m.participant) for m in page.everybody)
    return Table(
        "balance-table",
        say("participation.balance_table"),
        (say("columns.window"), *names),
        tuple(rows),
        folded=True,
    )
