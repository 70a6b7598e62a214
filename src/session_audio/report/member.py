"""One member's own report: only their own words and numbers, and the group's aggregates.

Built from what is the member's own, never by striking others out of a session's report.
Names of others that the member said are replaced, and an aggregate is shown only when
enough people were present that it tells nothing of any one of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from session_audio.errors import ManifestError
from session_audio.report.counts import likely
from session_audio.report.elements import (
    Bullets,
    Cell,
    Element,
    Fact,
    Facts,
    Figure,
    Paragraph,
    Report,
    Sentence,
    Table,
)
from session_audio.report.figures.plots import Lane, Panel, PanelsPlot, TimelinePlot
from session_audio.report.naming import People
from session_audio.report.own_words import own_words
from session_audio.report.page import Worded, people_of, silent
from session_audio.report.sections.method import definitions
from session_audio.report.sections.ratings import answer, item_name
from session_audio.report.sections.timeline import legend, pieces_of
from session_audio.schema import (
    Estimate,
    MemberMeasures,
    Participant,
    ParticipantId,
    SessionResult,
)
from session_audio.settings import ReportSettings

DEFINED = ("turn", "share", "backchannel", "interruption", "offset", "answers", "gini")
"""The measures that a member's own report holds."""


@dataclass(frozen=True)
class MemberPage(Worded):
    """One member over one session or several."""

    results: tuple[SessionResult, ...]
    person: Participant
    settings: ReportSettings

    @cached_property
    def who(self) -> People:
        """Names; others are never called by name or code."""
        people = people_of(self.results, self.settings, self.say)
        everybody = {p.id: p for r in self.results for p in r.session.group.participants}
        whole = replace(people.group, participants=tuple(everybody.values()))
        return replace(people, group=whole, anonymous=True)

    @cached_property
    def own(self) -> tuple[MemberMeasures | None, ...]:
        """The member's measures in each session; None where away."""
        return tuple(
            next(
                (m for m in r.measures.members if m.participant == self.person.id and m.present),
                None,
            )
            for r in self.results
        )

    def session(self, result: SessionResult, *, short: bool = False) -> str:
        """What a session is called."""
        day = (self.say.short_day if short else self.say.day)(result.session.date)
        if result.session.number is None:
            return day
        if short:
            return f"{result.session.number} · {day}"
        return f"{self.say('head.number', n=result.session.number)}, {day}"

    def mine(self, text: str) -> str:
        """The member's own words, without the names of others."""
        keep = () if self.settings.pseudonyms else (self.person.id,)
        return self.who.masked(text, keep=keep)


def member_report(
    results: Sequence[SessionResult], participant: ParticipantId | str, settings: ReportSettings
) -> Report:
    """The content of one member's own report.

    Parameters
    ----------
    results : sequence of SessionResult
        Sessions of one group, at least one, in any order.
    participant : str
        Id of the member.
    settings : ReportSettings
        Language, names or pseudonyms, from how many people aggregates are shown.

    Raises
    ------
    ManifestError
        When nobody of that id is in the roster.
    """
    ordered = tuple(sorted(results, key=lambda r: (r.session.date, r.session.id)))
    roster = {p.id: p for r in ordered for p in r.session.group.participants}
    person = roster.get(ParticipantId(participant))
    if person is None:
        raise ManifestError(
            f"the roster has no participant {participant!r}",
            stage="report",
            hint="Use an id of group.toml.",
        )
    page = MemberPage(ordered, person, settings)
    say, last = page.say, ordered[-1].session
    group = page.mine(last.group.name)
    sections = (
        ("summary", numbers(page)),
        ("when", lanes(page)),
        ("words", words(page)),
        ("ratings", ratings(page)),
        ("method", (definitions(say, DEFINED),)),
    )
    title = say("member.title", name=page.who(person.id))
    return page.report("member", title, group, covers(page), sections, say("member.notice"))


def covers(page: MemberPage) -> tuple[Element, ...]:
    """Which sessions, and what this report leaves out."""
    say = page.say
    came = [r for r, m in zip(page.results, page.own, strict=True) if m is not None]
    listed = say.listed(page.session(r) for r in came) or say("number.none")
    facts = (Fact(say("member.came"), listed),)
    return (Facts(facts), Paragraph(say("member.left_out"), small=True))


def numbers(page: MemberPage) -> tuple[Element, ...]:
    """Own numbers, a row a session, with the group's aggregates beside them."""
    say = page.say
    rows = []
    for result, m in zip(page.results, page.own, strict=True):
        if m is None:
            continue
        group = result.measures.group
        enough = len(result.session.attendance) >= page.settings.least_group
        hidden = say("member.too_few")
        rows.append(
            (
                Cell(page.session(result, short=True)),
                Cell(say.clock(m.speaking_time)),
                Cell(say.estimate(m.speaking_time_share)),
                Cell(say.number(m.turn_count)),
                Cell(say.duration(m.median_turn)),
                Cell(say.number(m.median_response, 1)),
                Cell(likely(say, m.interruptions_received)),
                Cell(likely(say, m.backchannels_received)),
                Cell(say.percent(m.answered_share)),
                Cell(say.number(group.turn_count) if enough else hidden),
                Cell(say.number(group.entropy.value, 2) if enough else hidden),
            )
        )
    keys = (
        "session",
        "time",
        "share",
        "turns",
        "median",
        "response",
        "was_cut",
        "received",
        "answered",
        "group_turns",
        "group_evenness",
    )
    columns = tuple(say(f"columns.{k}") for k in keys)
    parts: list[Element] = []
    quiet = [r for r, m in zip(page.results, page.own, strict=True) if m and silent(m)]
    if quiet:
        listed = say.listed(page.session(r) for r in quiet)
        parts.append(Bullets("", (Sentence(say("member.silent", sessions=listed)),)))
    known = [m.speaking_time_share if m else None for m in page.own]
    if len(page.results) > 1:
        parts.append(share_figure(page, known))
    note = say("member.note", least=page.settings.least_group)
    parts.append(Table("own", say("member.table"), columns, tuple(rows), note))
    return tuple(parts)


def share_figure(page: MemberPage, shares: Sequence[Estimate | None]) -> Figure:
    """The own share over the sessions."""
    say = page.say
    ticks = tuple(
        str(r.session.number) if r.session.number is not None else say.short_day(r.session.date)
        for r in page.results
    )
    listed = ", ".join(say("attendance.away") if s is None else say.estimate(s) for s in shares)
    words = {k: say(f"series.{k}") for k in ("expected", "outside", "rupture", "repair")}
    panel = Panel(page.who.label(page.person.id), page.person.is_therapist, tuple(shares))
    return Figure(
        "own-share",
        say("member.figure"),
        say("member.figure_alternative", listed=listed),
        PanelsPlot((panel,), ticks, "percent", words | {"away": say("attendance.away")}, key=False),
    )


def lanes(page: MemberPage) -> tuple[Element, ...]:
    """When the member spoke, one lane a session."""
    say = page.say
    parts: list[Element] = []
    for k, (result, m) in enumerate(zip(page.results, page.own, strict=True)):
        spans = tuple(
            (piece.start, piece.end)
            for turn in result.turns
            if turn.participant == page.person.id
            for piece in pieces_of(turn)
        )
        if m is None or not spans or result.duration <= 0:
            continue
        lane = Lane(page.who.label(page.person.id), page.person.is_therapist, spans)
        plot = TimelinePlot(
            (lane,),
            (),
            (),
            (),
            result.duration,
            result.duration,
            legend(say) | {"at_once": ""},
            key=False,
        )
        alternative = say(
            "member.lane_alternative",
            turns=say.count("turn", m.turn_count),
            duration=say.duration(result.duration),
        )
        parts.append(Figure(f"lane-{k}", page.session(result), alternative, plot, wide=True))
    return tuple(parts) or (Paragraph(say("member.no_turns")),)


def words(page: MemberPage) -> tuple[Element, ...]:
    """Everything the member said, as it was recognised."""
    say = page.say
    parts: list[Element] = []
    for k, result in enumerate(page.results):
        margin = page.settings.speaker_change
        rows = tuple(
            (Cell(say.clock(turn.start)), Cell(page.mine(text)))
            for turn, text in own_words(result, page.person.id, margin)
        )
        if rows:
            columns = (say("columns.at"), say("columns.said"))
            parts.append(
                Table(
                    f"words-{k}",
                    page.session(result),
                    columns,
                    rows,
                    folded=True,
                    text_columns=(1,),
                )
            )
    if not parts:
        return (Paragraph(say("member.no_words")),)
    return (Paragraph(say("member.words_how"), small=True), *parts)


def ratings(page: MemberPage) -> tuple[Element, ...]:
    """Own answers, a table an instrument; and own lines of the chat."""
    say = page.say
    own = [
        (result, rating)
        for result in page.results
        for rating in result.session.ratings
        if rating.participant == page.person.id
    ]
    parts: list[Element] = []
    for k, instrument in enumerate(dict.fromkeys(rating.instrument for _, rating in own)):
        chosen = [(result, r) for result, r in own if r.instrument == instrument]
        items = list(dict.fromkeys(item for _, r in chosen for item in r.items))
        rows = tuple(
            (
                Cell(page.session(result, short=True)),
                *(Cell(answer(say, r.items.get(i))) for i in items),
            )
            for result, r in chosen
        )
        columns = (say("columns.session"), *(item_name(say, item, page.mine) for item in items))
        caption = say("member.ratings_table", instrument=page.mine(instrument))
        parts.append(Table(f"own-ratings-{k}", caption, columns, rows))
    lines = tuple(
        (Cell(page.session(result)), Cell(page.mine(line.text)))
        for result in page.results
        for line in result.session.chat
        if line.participant == page.person.id
    )
    if lines:
        columns = (say("columns.session"), say("columns.wrote"))
        parts.append(Table("own-chat", say("member.chat"), columns, lines, text_columns=(1,)))
    return tuple(parts) or (Paragraph(say("member.no_own")),)
