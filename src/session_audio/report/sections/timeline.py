"""The session as it ran: every person a lane, with how much they spoke beside it."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Sequence

from session_audio.interval import Interval, overlaps, union
from session_audio.report.counts import is_told
from session_audio.report.elements import Cell, Figure, LaneMark, LaneRow, Lanes, Table
from session_audio.report.figures.plots import Band, Lane, TimelinePlot
from session_audio.report.page import DASH, Page, silent
from session_audio.report.sections.moments import capital, in_order
from session_audio.report.wording import Wording
from session_audio.schema import MemberMeasures, Turn

_KEY = (
    *("at_once", "speech", "overlap", "cut", "try", "backchannel"),
    *("lapse", "rupture", "repair", "minutes"),
)
_APART, _LEVELS = 0.055, 3
"""Marks nearer than this share of the session stand above each other, up to so many rows."""


def lanes(page: Page) -> Lanes | None:
    """Every person a lane: speech, cuts, listening, silence, candidates; None without turns."""
    say, result = page.say, page.result
    if not result.turns or result.duration <= 0:
        return None
    plot = plotted(page)
    most = max([0.01, *(top(m) for m in page.everybody)])
    measures: dict[str, MemberMeasures] = {m.participant: m for m in page.everybody}
    rows = tuple(
        lane_row(page, who, measures.get(who), lane, most)
        for who, lane in zip(page.lanes, plot.lanes, strict=True)
    )
    figure = Figure(
        "lanes",
        say("timeline.figure"),
        say(
            "timeline.alternative",
            people=say.count("lane", len(rows)),
            duration=say.duration(result.duration),
            turns=say.count("turn", len(result.turns)),
            cuts=say.number(sum(len(lane.interruptions) for lane in plot.lanes)),
            candidates=say.count("candidate", len(plot.bands)),
        ),
        plot,
        wide=True,
    )
    columns = tuple(say(f"columns.{key}") for key in ("person", "share", "hour"))
    return Lanes(figure, plot, columns, rows, marks(page, plot), ticks(page), legend_of(page, plot))


def plotted(page: Page) -> TimelinePlot:
    """What stands in the lanes, in the order of `page.lanes`."""
    result = page.result
    spoken: dict[str, list[Turn]] = defaultdict(list)
    for turn in result.turns:
        spoken[turn.participant].append(turn)
    pieces = {who: [p for t in spoken[who] for p in pieces_of(t)] for who in page.lanes}
    at: dict[tuple[str, str], list[float]] = defaultdict(list)
    for i in result.interactions:
        if is_told(result.measures, i.kind):
            at[i.participant, i.kind].append(i.start)
    leaders = {m.participant for m in page.therapists}
    return TimelinePlot(
        tuple(
            Lane(
                page.who.label(who),
                who in leaders,
                tuple((p.start, p.end) for p in union(pieces[who], gap=0.4)),
                tuple(at[who, "backchannel"]),
                tuple(at[who, "interruption_successful"]),
                tuple(at[who, "interruption_unsuccessful"]),
            )
            for who in page.lanes
        ),
        tuple((o.start, o.end) for o in overlaps([pieces[who] for who in page.lanes])),
        tuple((s.start, s.end) for s in result.measures.silences if s.kind == "lapse"),
        tuple(
            Band(k, f.start, f.end, f.subtype or f.kind)
            for k, f in enumerate(in_order(result.flags), 1)
            if f.review != "no"
        ),
        result.duration,
        page.settings.timeline_row,
        legend(page.say),
    )


def top(member: MemberMeasures) -> float:
    """The largest number that a person's bar shows."""
    share = member.speaking_time_share
    return share.high or share.value or 0.0


def lane_row(
    page: Page, who: str, member: MemberMeasures | None, lane: Lane, most: float
) -> LaneRow:
    """A person's name, share and interval beside their lane."""
    say, name, colour = page.say, page.who(who), page.colour(who)
    if member is None:
        return LaneRow(name, colour, DASH, "", None, lane)
    if silent(member):
        return LaneRow(name, colour, say("participation.not_heard"), "", None, lane)
    share = member.speaking_time_share
    if share.value is None:
        return LaneRow(name, colour, say("number.none"), "", None, lane)
    low, high = share.low, share.high
    if low is None or high is None:
        bar = (share.value / most,) * 3
        return LaneRow(name, colour, say.percent(share.value), "", bar, lane)
    ends = {"low": say.number(low * 100), "high": say.number(high * 100)}
    return LaneRow(
        name,
        colour,
        say.percent(share.value),
        say("number.dash", **ends),
        (share.value / most, low / most, high / most),
        lane,
    )


def marks(page: Page, plot: TimelinePlot) -> tuple[LaneMark, ...]:
    """The candidates above the lanes; one close to another stands a row higher."""
    say, out = page.say, list[LaneMark]()
    last = [-1.0] * _LEVELS
    for band in plot.bands:
        place = band.start / plot.duration
        free = (k for k in range(_LEVELS) if place - last[k] >= _APART)
        level = next(free, min(range(_LEVELS), key=lambda k: last[k]))
        last[level] = place
        listen = page.listen(band.start)
        out.append(
            LaneMark(
                band.number,
                f"{capital(say(f'kinds.{band.kind}'))}, {say.clock(band.start)}",
                band.kind,
                band.start,
                band.end,
                level,
                listen.href if listen else f"#moment-{band.number}",
            )
        )
    return tuple(out)


def ticks(page: Page) -> tuple[tuple[float, str], ...]:
    """Times below the lanes: at most seven, at round minutes, as a share of the session."""
    duration = page.result.duration
    steps = (10, 20, 30, 60, 120, 300, 600, 900, 1200, 1800, 3600)
    step = next((s for s in steps if duration / s <= 6), 7200)
    count = math.floor(duration / step) + 1
    return tuple((k * step / duration, page.say.clock(k * step)) for k in range(count))


def legend_of(page: Page, plot: TimelinePlot) -> tuple[tuple[str, str], ...]:
    """The marks that this session has, with their words."""
    there = {
        "cut": any(lane.interruptions for lane in plot.lanes),
        "backchannel": any(lane.backchannels for lane in plot.lanes),
        "lapse": bool(plot.lapses),
        "candidate": bool(plot.bands),
    }
    return tuple((key, page.say(f"timeline.key_{key}")) for key, shown in there.items() if shown)


def legend(say: Wording) -> dict[str, str]:
    """What the entries of a timeline's key are called on paper."""
    return {key: say(f"timeline.{key}") for key in _KEY}


def pieces_of(turn: Turn) -> tuple[Interval, ...]:
    """The speech of a turn; the turn itself where its units are not known."""
    return turn.speech or (Interval(turn.start, turn.end),)


def tenths_table(page: Page, ids: Sequence[str]) -> Table:
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
