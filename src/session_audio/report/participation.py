"""Who had how much of the talk, and when."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Sequence

from session_audio.interval import Interval, overlaps, union
from session_audio.report.elements import Cell, Element, Figure, Paragraph, Table
from session_audio.report.moments import in_order
from session_audio.report.page import Page, led, silent
from session_audio.report.plots import (
    BalancePlot,
    Band,
    Lane,
    ShareRow,
    SharesPlot,
    TimelinePlot,
)
from session_audio.schema import UNATTRIBUTED, MemberMeasures, Turn


def participation(page: Page) -> tuple[Element, ...]:
    """Shares with intervals, the table behind them, balance across the session."""
    say = page.say
    if not page.everybody:
        return (Paragraph(say("participation.nobody")),)
    parts: list[Element] = [
        Paragraph(say("head.reading"), small=True),
        shares_figure(page),
        shares_table(page),
        Paragraph(silence_line(page)),
        evenness(page),
    ]
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


def evenness(page: Page) -> Table:
    """Evenness of speaking time in two numbers, with and without the therapist."""
    say, group = page.say, page.result.measures.group
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


# --- the timeline ----------------------------------------------------------------


def timeline(page: Page) -> tuple[Element, ...]:
    """Every person a lane: turns, overlaps, cuts and candidates."""
    say, result = page.say, page.result
    if not result.turns or result.duration <= 0:
        return (Paragraph(say("timeline.none")),)
    ids = [m.participant for m in page.therapists] + [m.participant for m in page.members]
    ids += [w for w in dict.fromkeys(t.participant for t in result.turns) if w not in ids]
    leaders = {m.participant for m in page.therapists}
    spoken: dict[str, list[Turn]] = defaultdict(list)
    for turn in result.turns:
        spoken[turn.participant].append(turn)
    pieces = {who: [p for t in spoken[who] for p in pieces_of(t)] for who in ids}
    at: dict[tuple[str, str], list[float]] = defaultdict(list)
    for i in result.interactions:
        at[i.participant, i.kind].append(i.start)
    lanes = tuple(
        Lane(
            page.who.label(who),
            who in leaders,
            tuple((p.start, p.end) for p in union(pieces[who], gap=0.4)),
            tuple(at[who, "backchannel"]),
            tuple(at[who, "interruption_successful"]),
            tuple(at[who, "interruption_unsuccessful"]),
        )
        for who in ids
    )
    shared = overlaps([pieces[who] for who in ids])
    lapses = [s for s in result.measures.silences if s.kind == "lapse"]
    bands = tuple(
        Band(k, f.start, f.end, f.subtype or f.kind)
        for k, f in enumerate(in_order(result.flags), 1)
    )
    keys = (
        "at_once",
        "speech",
        "overlap",
        "cut",
        "try",
        "backchannel",
        "lapse",
        "rupture",
        "repair",
        "minutes",
    )
    plot = TimelinePlot(
        lanes,
        tuple((o.start, o.end) for o in shared),
        tuple((s.start, s.end) for s in lapses),
        bands,
        result.duration,
        page.settings.timeline_row,
        {key: say(f"timeline.{key}") for key in keys},
    )
    figure = Figure(
        "lanes",
        say("timeline.figure"),
        say(
            "timeline.alternative",
            people=say.count("lane", len(lanes)),
            duration=say.duration(result.duration),
            turns=say.count("turn", len(result.turns)),
            cuts=say.number(sum(len(lane.cuts) for lane in lanes)),
            candidates=say.count("candidate", len(bands)),
        ),
        plot,
        wide=True,
    )
    return (figure, Paragraph(say("timeline.how"), small=True), quarter_table(page, ids))


def pieces_of(turn: Turn) -> tuple[Interval, ...]:
    """The speech of a turn; the turn itself where its units are not known."""
    return turn.speech or (Interval(turn.start, turn.end),)


def quarter_table(page: Page, ids: Sequence[str]) -> Table:
    """Turns begun in each tenth of the session: the table behind the timeline."""
    say, result = page.say, page.result
    edges = [result.duration * k / 10 for k in range(1, 10)]
    begun: dict[str, list[int]] = {who: [0] * 10 for who in ids}
    for turn in result.turns:
        begun[turn.participant][bisect_right(edges, turn.start)] += 1
    starts = [0.0, *edges]
    return Table(
        "lanes-table",
        say("timeline.table"),
        (say("columns.person"), *(say("timeline.from", time=say.clock(s)) for s in starts)),
        tuple((Cell(page.who(who)), *(Cell(str(n)) for n in begun[who])) for who in ids),
        folded=True,
    )
