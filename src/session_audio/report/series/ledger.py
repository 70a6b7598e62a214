"""The ledger of strains as a table: how old each is, what followed, and who closed it."""

from __future__ import annotations

from session_audio.report.elements import Cell, Element, Link, Paragraph, Table
from session_audio.report.page import DASH
from session_audio.report.sections.moments import capital, shortened
from session_audio.report.series.page import SeriesPage
from session_audio.series.ledger import Strain

_QUOTE = 90


def strains(page: SeriesPage) -> tuple[Element, ...]:
    """Every candidate rupture; those that nobody closed first, the oldest first."""
    say = page.say
    if not page.strains:
        return (Paragraph(say("arcs.none")),)
    ordered = sorted(page.strains, key=lambda s: s.state != "open")
    keys = ("candidate", "age", "followed", "talk", "rating", "closed")
    table = Table(
        "ledger-table",
        say("ledger.table"),
        tuple(say(f"ledger.column_{key}") for key in keys),
        tuple(row(page, strain) for strain in ordered),
        " ".join((say("ledger.note"), *unheard(page))),
        text_columns=tuple(range(len(keys))),
    )
    return (Paragraph(say("ledger.how"), small=True), table)


def unheard(page: SeriesPage) -> list[str]:
    """Which sessions with a candidate cannot be heard from here."""
    if not page.silent:
        return []
    sessions = page.say.listed(page.session(k) for k in page.silent)
    return [page.say("ledger.no_sound", sessions=sessions)]


def row(page: SeriesPage, strain: Strain) -> tuple[Cell, ...]:
    """One candidate."""
    say = page.say
    return (
        Cell(what(page, strain), links=(page.moment(strain.place), *heard(page, strain))),
        Cell(say.count("session_since", strain.age) if strain.age else say("ledger.last")),
        Cell(followed(page, strain)),
        Cell(talk(page, strain)),
        Cell(ratings(page, strain)),
        Cell(closed(page, strain)),
    )


def heard(page: SeriesPage, strain: Strain) -> tuple[Link, ...]:
    """A link that plays it, where it can be heard."""
    link = page.listen(strain.place)
    return (link,) if link else ()


def what(page: SeriesPage, strain: Strain) -> str:
    """When, what kind, by whom, and the words."""
    say, flag = page.say, strain.flag
    name = page.who(flag.participant)
    others = [page.who(w) for w in flag.concerned if w != flag.participant]
    if others:
        name = say("moments.concerning", name=name, others=say.listed(others))
    return say(
        "ledger.what",
        session=page.ticks[strain.place.session],
        time=say.clock(flag.start),
        kind=capital(say(f"kinds_short.{flag.subtype or flag.kind}")),
        name=name,
        quote=page.who.printable(shortened(flag.quote, _QUOTE)),
    )


def followed(page: SeriesPage, strain: Strain) -> str:
    """The repair candidate after it, and sessions missed since."""
    say, parts = page.say, []
    if strain.repair is None:
        parts.append(say("ledger.no_repair"))
    else:
        session, j = strain.repair
        flag = page.series.results[session].flags[j]
        parts.append(
            say(
                "ledger.repair",
                name=page.who(flag.participant),
                session=page.ticks[session],
                time=say.clock(flag.start),
            )
        )
    if strain.away:
        name = page.who(strain.concerning[0])
        parts.append(say("ledger.away", name=name, times=say.count("time", strain.away)))
    return " ".join(parts)


def talk(page: SeriesPage, strain: Strain) -> str:
    """Share of the talk of the one it concerns, until then and after."""
    if strain.share_before.value is None or strain.share_after.value is None:
        return DASH
    return page.say(
        "ledger.change",
        name=page.who(strain.concerning[0]),
        before=page.say.percent(strain.share_before.value),
        after=page.say.percent(strain.share_after.value),
    )


def ratings(page: SeriesPage, strain: Strain) -> str:
    """The rating of the one it concerns that moved most, then and at the last."""
    if strain.rating is None:
        return DASH
    name, before, after = strain.rating
    return page.say(
        "ledger.change",
        name=page.who.printable(name),
        before=page.rated(name, before),
        after=page.rated(name, after),
    )


def closed(page: SeriesPage, strain: Strain) -> str:
    """Who closed it and when; or that nobody did."""
    say, closing = page.say, strain.closing
    if closing is None:
        return say(f"ledger.{strain.state}")
    parts = [say("ledger.closed")]
    if closing.at:
        parts.append(say("ledger.on", day=page.who.printable(closing.at[:10])))
    if page.settings.pseudonyms:  # who closed it may be nobody of the roster
        return " ".join(parts)
    if closing.by:
        parts.append(say("ledger.by", name=page.who.printable(closing.by)))
    text = " ".join(parts)
    return f"{text}: {page.who.printable(closing.note)}" if closing.note else text
