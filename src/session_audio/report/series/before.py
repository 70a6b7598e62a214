"""Half a page to read before the next session: last time, what is open, whom to look after."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from session_audio.report import terms
from session_audio.report.counts import whole
from session_audio.report.elements import (
    Fact,
    Facts,
    Highlight,
    Highlights,
    Paragraph,
    Report,
    Sentence,
)
from session_audio.report.page import led
from session_audio.report.sections.moments import capital, shortened
from session_audio.report.series import brief
from session_audio.report.series.page import SeriesPage
from session_audio.schema import SessionResult
from session_audio.series.arcs import FlagPlace
from session_audio.series.ledger import Closing, Strain
from session_audio.settings import ReportSettings

_OPEN = 3
"""How many open strains are named, those without a repair first, then the latest."""
_QUOTE = 50
_LITTLE = 0.5
"""Part of an equal share up to which somebody who said little last time is named (ours)."""


def before_report(
    results: Sequence[SessionResult],
    settings: ReportSettings,
    closings: Mapping[str, Sequence[Closing]] | None = None,
    reports: Mapping[str, str] | None = None,
    sounds: Mapping[str, str] | None = None,
) -> Report:
    """The content of the half page; parameters as for `series_report`."""
    page = SeriesPage.of(results, settings, closings, reports, sounds)
    say, last = page.say, page.series.results[-1].session
    latest = page.session(len(page.ticks) - 1)
    about = say("before.about", session=latest, day=say.day(last.date))
    parts = (
        Paragraph(about, small=True),
        Facts(tuple(last_time(page)), say("before.last"), id="lead"),
        *still_open(page),
        Facts((*look_after(page), *listen_for(page)), say("before.next"), id="short"),
    )
    group = page.who.printable(last.group.name) or last.group.id
    return page.report(
        "before",
        say("before.title"),
        group,
        (),
        (),
        page.brief_notice(last.group.fictional),
        brief=parts,
        several_sounds=bool(page.sounds),
        **page.defined(terms.BEFORE),
    )


def last_time(page: SeriesPage) -> list[Fact]:
    """The last session in three lines: who came, the strongest strain, the strongest repair."""
    say, k = page.say, len(page.ticks) - 1
    result = page.series.results[k]
    away = [page.who(p.participant) for p in page.series.people if p.attendance[k] == "away"]
    text = say("before.came", came=brief.came(page, k))
    if away:
        text += " " + say("before.away", names=say.listed(away))
    facts = [Fact(say("before.there"), text)]
    for kind in ("rupture", "repair"):
        flags = [f for f in result.flags if f.kind == kind and f.review != "no"]
        if not flags:
            none = f"before.no_{kind}" if result.has_words else "weeks.no_words"
            facts.append(Fact(say(f"before.{kind}"), say(none)))
            continue
        flag = max(flags, key=lambda f: f.score)
        text = say(
            "before.said",
            time=say.clock(flag.start),
            name=page.who(flag.participant),
            quote=page.who.printable(shortened(flag.quote, _QUOTE)),
        )
        if more := len(flags) - 1:
            text += " " + say("before.more", others=say.count(f"other_{kind}", more))
        listen = page.listen(FlagPlace(k, result.flags.index(flag)))
        facts.append(Fact(say(f"before.{kind}"), text, links=(listen,) if listen else ()))
    return facts


def look_after(page: SeriesPage) -> list[Fact]:
    """Who fades, was away, or is just back."""
    lines = [
        *(f for f in brief.fading(page) if f.tone or f.term != page.say("weeks.fading")),
        *brief.back(page),
    ]
    if not lines:
        return [Fact(page.say("before.after"), page.say("before.nobody"))]
    return lines


def still_open(page: SeriesPage) -> list[Highlights]:
    """The strains that nobody closed; those that no repair followed first, then the latest."""
    say, left = page.say, page.open_strains
    if not left:
        return []

    def weight(strain: Strain) -> tuple[bool, int, float]:
        return (strain.repair is not None, strain.age, -strain.flag.score)

    items = tuple(hear(page, strain) for strain in sorted(left, key=weight)[:_OPEN])
    rest = None
    if others := len(left) - len(items):
        more = say("summary.more_moments", moments=say.count("strain", others))
        rest = Sentence(more[:1].upper() + more[1:])
    return [Highlights(say("before.open"), items, rest)]


def hear(page: SeriesPage, strain: Strain) -> Highlight:
    """An open strain, and where it can be heard."""
    say, flag = page.say, strain.flag
    key = "ledger.no_repair" if strain.repair is None else "before.repaired"
    session = page.ticks[strain.repair.session] if strain.repair else ""
    return Highlight(
        say("arcs.when", session=page.session(strain.place.session), time=say.clock(flag.start)),
        page.who(flag.participant),
        page.who.printable(shortened(flag.quote, _QUOTE)),
        capital(say(f"kinds_short.{flag.subtype or flag.kind}")),
        say(key, session=session),
        page.moment(strain.place),
        page.listen(strain.place),
    )


def listen_for(page: SeriesPage) -> list[Fact]:
    """Who said little or was cut off most the last time: whom to make room for."""
    say, k = page.say, len(page.ticks) - 1
    present = [m for m in page.series.results[k].measures.members if m.present and not led(m)]
    total = sum(m.speaking_time_share.value or 0.0 for m in present)
    parts = []
    if present and total > 0:
        equal = total / len(present)
        quiet = [
            f"{page.who(m.participant)} ({say.percent(m.speaking_time_share.value)})"
            for m in present
            if (m.speaking_time_share.value or 0.0) <= _LITTLE * equal
        ]
        if quiet:
            parts.append(say("before.quiet", people=say.listed(quiet)))
    cut = max(present, key=lambda m: m.interruptions_received or 0.0, default=None)
    if cut is not None and (often := whole(cut.interruptions_received)) > 1:
        times = say.count("time", often)
        parts.append(say("before.cut", name=page.who(cut.participant), times=times))
    flags = [f for f in page.series.results[k].flags if f.kind == "rupture" and f.review != "no"]
    kinds = list(dict.fromkeys(f.subtype for f in flags if f.subtype))
    parts += [say(f"before.listen_{kind}") for kind in kinds]
    return [Fact(say("before.listen"), capital(" ".join(parts) or say("before.listen_any")))]
