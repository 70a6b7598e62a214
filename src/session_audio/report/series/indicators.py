"""Numbers that the literature ties to a group's stages: shown as evidence, never as a label."""

from __future__ import annotations

from session_audio.report.elements import Cell, Element, Paragraph, Table
from session_audio.report.series.page import SeriesPage
from session_audio.schema import SessionResult

NAMES = (
    "attendance",
    "therapist_share",
    "to_therapist",
    "between_members",
    "evenness",
    "confrontations",
    "withdrawals",
    "repairs",
    "interruptions",
    "lapses",
)


def indicators(page: SeriesPage) -> tuple[Element, ...]:
    """A row an indicator, a column a session, and what it is tied to."""
    say = page.say
    rows = []
    for name in NAMES:
        cells = [Cell(say(f"indicators.{name}"))]
        cells += [Cell(indicator(page, name, r)) for r in page.series.results]
        cells.append(Cell(say(f"indicators.{name}_tied")))
        rows.append(tuple(cells))
    columns = (
        say("indicators.column"),
        *(page.session(k) for k in range(len(page.ticks))),
        say("indicators.tied"),
    )
    table = Table(
        "indicators",
        say("indicators.table"),
        columns,
        tuple(rows),
        say("indicators.note"),
        text_columns=(len(columns) - 1,),
    )
    return (Paragraph(say("indicators.how"), small=True), table)


def indicator(page: SeriesPage, name: str, result: SessionResult) -> str:
    """One number of one session, worded."""
    say = page.say
    group = result.measures.group
    channels = {c.name: c for c in result.measures.network.channels}
    if name == "attendance":
        people = [p for p in page.series.people if not p.therapist]
        k = page.series.results.index(result)
        due = [p for p in people if p.attendance[k] in {"present", "away"}]
        came = [p for p in due if p.attendance[k] == "present"]
        return say("series.of", n=len(came), all=len(due))
    if name == "therapist_share":
        leaders = [m for m in result.measures.members if m.role in {"therapist", "co_therapist"}]
        values = [m.speaking_time_share.value for m in leaders]
        known = [v for v in values if v is not None]
        return say.percent(sum(known) if known else None)
    if name in {"to_therapist", "between_members"}:
        key = "member_to_therapist" if name == "to_therapist" else "member_to_member"
        channel = channels.get(key)  # type: ignore[call-overload]
        if channel is None or channel.share is None:
            return say("number.none")
        fair = say.percent(channel.expected_share)
        return say("indicators.against", share=say.percent(channel.share), expected=fair)
    if name == "evenness":
        return say.number(group.entropy_members.value, 2)
    if name == "interruptions":
        return say.number(group.interruption_rate.value, 1)
    if name == "lapses":
        return say.number(group.lapse_count)
    subtype = {"confrontations": "confrontation", "withdrawals": "withdrawal"}.get(name)
    if not result.has_words:
        return say("number.none")
    flags = [
        f
        for f in result.flags
        if (f.kind == "repair" if name == "repairs" else f.subtype == subtype)
    ]
    return say.number(len(flags))
