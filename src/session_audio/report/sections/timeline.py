"""The session as it ran: every person a lane."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Sequence

from session_audio.interval import Interval, overlaps, union
from session_audio.report.elements import Cell, Element, Figure, Paragraph, Table
from session_audio.report.figures.plots import Band, Lane, TimelinePlot
from session_audio.report.page import Page
from session_audio.report.sections.moments import in_order
from session_audio.report.wording import Wording
from session_audio.schema import Turn

_KEY = (
    *("at_once", "speech", "overlap", "cut", "try", "backchannel"),
    *("lapse", "rupture", "repair", "minutes"),
)


def section(page: Page) -> tuple[Element, ...]:
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
    plot = TimelinePlot(
        lanes,
        tuple((o.start, o.end) for o in shared),
        tuple((s.start, s.end) for s in lapses),
        bands,
        result.duration,
        page.settings.timeline_row,
        legend(say),
    )
    figure = Figure(
        "lanes",
        say("timeline.figure"),
        say(
            "timeline.alternative",
            people=say.count("lane", len(lanes)),
            duration=say.duration(result.duration),
            turns=say.count("turn", len(result.turns)),
            cuts=say.number(sum(len(lane.interruptions) for lane in lanes)),
            candidates=say.count("candidate", len(bands)),
        ),
        plot,
        wide=True,
    )
    return (figure, Paragraph(say("timeline.how"), small=True), quarter_table(page, ids))


def legend(say: Wording) -> dict[str, str]:
    """What the entries of a timeline's key are called."""
    return {key: say(f"timeline.{key}") for key in _KEY}


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
