"""Who was cut off and by whom, and everybody at a glance: the counts of the first page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from session_audio.report.counts import is_told, likely_cell, whole
from session_audio.report.elements import Cell, Link, Sentence, Table
from session_audio.report.page import DASH, Page, against_expected, led, silent
from session_audio.report.sections.moments import in_order
from session_audio.schema import InterruptionPair, ParticipantId

_INTERRUPTED_NAMED = 3
"""How many of those cut off most are named with who cut in on them."""


def cutting_in(page: Page) -> list[Sentence]:
    """Who was cut off most and by whom, how often in all, and pairs beyond floor time."""
    say, measures = page.say, page.result.measures
    pairs = [p for p in measures.interruption_pairs if p.successful]
    if measures.group.speech_time <= 0:
        return []
    link = (Link("#interruptions", say("page.see_table")),)
    if not is_told(measures, "interruption_successful"):
        return [Sentence(say("summary.untold_cuts"))]
    count = whole(sum(p.successful or 0.0 for p in pairs))
    if not count:
        return [Sentence(say("summary.unsure_cuts" if pairs else "summary.no_cuts"), link)]
    out = []
    received = Counter({who: whole(n) for who, n in times_received(pairs).items()})
    named = [(who, n) for who, n in received.most_common() if n > 1][:_INTERRUPTED_NAMED]
    for holder, n in named:
        times, by = say.count("time", n), interrupted_by(page, holder)
        name = page.who(holder)
        out.append(Sentence(say("summary.cut_off", name=name, times=times, by=by)))
    once = [who for who, n in received.items() if n == 1]
    if once and len(named) + len(once) <= _INTERRUPTED_NAMED + 1:
        each = (say("summary.cut_by", name=page.who(w), by=interrupted_by(page, w)) for w in once)
        out.append(Sentence(say("summary.cut_off_once", each=say.listed(each))))
    few = count < page.settings.few_events
    rate = say.number(measures.group.interruption_rate.value, 1)
    key = "summary.few_cuts" if few else "summary.cuts"
    out.append(Sentence(say(key, times=say.count("time", count), rate=rate), link))
    for pair in sorted(pairs, key=lambda p: -(p.successful or 0)):
        times_cut = whole(pair.successful)
        if against_expected(times_cut, pair.expected, page.settings.few_events) == "more":
            text = say(
                "summary.pair_beyond",
                a=page.who(pair.participant),
                b=page.who(pair.holder),
                times=say.count("time", times_cut),
                expected=say.number(pair.expected, 1),
            )
            out.append(Sentence(text))
    return out


def times_received(pairs: Iterable[InterruptionPair]) -> dict[ParticipantId, float]:
    """How often each was likely cut off, over all who came in on them."""
    received: dict[ParticipantId, float] = {}
    for pair in pairs:
        received[pair.holder] = received.get(pair.holder, 0.0) + (pair.successful or 0.0)
    return received


def times_made(pairs: Iterable[InterruptionPair]) -> dict[ParticipantId, float]:
    """How often each likely cut in and got the floor, on everybody."""
    made: dict[ParticipantId, float] = {}
    for pair in pairs:
        made[pair.participant] = made.get(pair.participant, 0.0) + (pair.successful or 0.0)
    return made


def interrupted_by(page: Page, holder: ParticipantId) -> str:
    """Who cut `holder` off, most often first; a number where it was more than once."""
    pairs = [p for p in page.result.measures.interruption_pairs if p.holder == holder]
    interrupters = sorted((p for p in pairs if p.successful), key=lambda p: -(p.successful or 0))
    return page.say.listed(
        page.say("summary.by_times", name=page.who(p.participant), n=whole(p.successful))
        if whole(p.successful) > 1
        else page.who(p.participant)
        for p in interrupters
    )


def glance(page: Page) -> Table:
    """Everybody in a row: share, turns, cut in, cut off and by whom, candidate moments."""
    say = page.say
    pairs = page.result.measures.interruption_pairs
    told = is_told(page.result.measures, "interruption_successful")
    made, received = times_made(pairs), times_received(pairs)
    flags = in_order(page.result.flags)
    most = max((m.speaking_time_share.value or 0.0 for m in page.everybody), default=0.0)
    rows = []
    for m in page.everybody:
        who, share = m.participant, m.speaking_time_share.value
        by = interrupted_by(page, who)
        links = tuple(
            Link(f"#moment-{k}", str(k))
            for k, flag in enumerate(flags, 1)
            if who in (flag.participant, *flag.concerned)
        )
        name = page.who(who)
        rows.append(
            (
                Cell(say("participation.leads", name=name) if led(m) else name),
                Cell(say("participation.not_heard"), bar=0.0)
                if silent(m)
                else Cell(say.percent(share), bar=share / most if share and most else 0.0),
                Cell(say.number(m.turn_count)),
                likely_cell(page, made.get(who, 0.0) if told else None),
                likely_cell(page, received.get(who, 0.0) if told else None),
                Cell(by or DASH),
                Cell("" if links else DASH, links=links),
            )
        )
    keys = ("person", "talk", "turns", "made", "was_cut", "by", "candidates")
    return Table(
        "glance",
        say("summary.glance"),
        tuple(say(f"columns.{k}") for k in keys),
        tuple(rows),
        say("summary.glance_note"),
        text_columns=(1, 5, 6),
    )
