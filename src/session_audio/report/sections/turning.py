"""Who talked much less from some place on, and which two came in early on each other.

In a line each for the first screen, and with their numbers beneath.  What is told of whom is
decided in `series.quieter` and `series.between`.
"""

from __future__ import annotations

from session_audio.report.elements import Fact, Link, Paragraph
from session_audio.report.naming import People
from session_audio.report.page import Page
from session_audio.report.sections.moments import shortened
from session_audio.report.sections.past import rating_changes
from session_audio.report.wording import Wording
from session_audio.schema import Exchange, MemberMeasures, Turn
from session_audio.series.between import Between, between
from session_audio.series.quieter import met, quieter

_NAMED = 2
"""How many people became quieter are told ..."""
_PAIRS = 1
"""... and how many pairs."""
_QUOTE = 58
"""Characters of what was said at the place."""
_HEARD = 3
"""How many early starts can be heard."""
_REACH = 3
"""How many earlier sessions are counted together with this one."""


def told_quieter(page: Page) -> list[MemberMeasures]:
    """Members of whom it is told."""
    least = page.settings.rating_drop
    fell = {c.rating.participant for c in rating_changes(page, every=True) if c.by <= -least}
    return quieter(page.result, fell)


def quieter_facts(page: Page) -> list[Fact]:
    """From when on somebody talked much less, and what was said just then."""
    say, parts, links = page.say, list[str](), list[Link]()
    for member in told_quieter(page)[:_NAMED]:
        parts.append(quieter_line(page, member))
        turn = met(page.result, member)
        if turn is not None:
            parts += quoted(page.say, page.who, turn, _QUOTE)
            if listen := page.listen(turn.start):
                links.append(Link(listen.href, say.clock(turn.start)))
    if not parts:
        return []
    links.append(Link("#participation", say("page.see_table")))
    return [Fact(say("turning.quieter"), " ".join(parts), links=tuple(links))]


def quieter_line(page: Page, member: MemberMeasures) -> str:
    """Whose share fell from what to what, and when."""
    return page.say(
        "turning.quieter_from",
        name=page.who(member.participant),
        at=page.say.clock(member.quieter_from or 0.0),
        before=page.say.percent(member.quieter_share_before),
        after=page.say.percent(member.quieter_share_after),
    )


def quoted(say: Wording, who: People, turn: Turn, most: int) -> list[str]:
    """The first `most` characters of a turn, with whose they are; nothing where there are none."""
    words = who.printable(shortened(turn.text.strip(), most))
    if not words:
        return []
    quote = say("summary.quote", text=words)
    return [say("turning.next", name=who(turn.participant), quote=quote)]


def quieter_paragraphs(page: Page) -> list[Paragraph]:
    """Every member with such a place, and how easily chance gives as much."""
    say, out = page.say, []
    for member in page.members:
        if member.quieter_from is None:
            continue
        p_value = member.quieter_p
        key = "chance_unknown" if p_value is None else "chance"
        chance = say(f"turning.{key}", p=say.number(p_value, 3))
        out.append(Paragraph(f"{quieter_line(page, member)} {chance}", small=True))
    return out


def told_between(page: Page) -> list[Between]:
    """Pairs of whom it is told, of this session alone or with those just before."""
    own = page.result.measures.exchanges
    earlier = [summary.exchanges for summary in page.history[-_REACH:]]
    last = len(earlier)
    found = {b.pair: b for b in between([*[()] * last, own])}
    for one in between([*earlier, own]):
        if any(k == last for k, _ in one.exchanges):
            found[one.pair] = one
    return sorted(found.values(), key=lambda b: b.p_value)


def between_facts(page: Page) -> list[Fact]:
    """Which two came in early on each other, how often, and where to hear it."""
    say, parts, links = page.say, list[str](), list[Link]()
    earlier = page.history[-_REACH:]
    for found in told_between(page)[:_PAIRS]:
        places = dict(found.exchanges)
        own = places.pop(len(earlier))
        parts.append(early_line(page, own))
        if places:
            before = earlier[min(places)]
            number = str(before.number) if before.number else say.short_day(before.date)
            parts.append(say("turning.already", session=number))
        for start in own.starts[:_HEARD]:
            if listen := page.listen(start):
                links.append(Link(listen.href, say.clock(start)))
    if not parts:
        return []
    links.append(Link("#interruptions", say("page.see_table")))
    return [Fact(say("turning.between"), " ".join(parts), links=tuple(links))]


def early_line(page: Page, one: Exchange) -> str:
    """Who came in early on whom, how often, of how many early starts of anybody."""
    say, directions = page.say, []
    for who, other, count in (
        (one.first, one.second, one.first_early),
        (one.second, one.first, one.second_early),
    ):
        if count:
            names = {"name": page.who(who), "other": page.who(other)}
            directions.append(say("turning.on", times=say.count("time", count), **names))
    return say("turning.early", who=say.listed(directions), all=say.number(one.all_early))


def between_paragraphs(page: Page) -> list[Paragraph]:
    """Every pair who came in early on each other, and how easily chance gives as much."""
    say = page.say
    return [
        Paragraph(
            f"{early_line(page, one)} {say('turning.chance', p=say.number(one.p_value, 3))}",
            small=True,
        )
        for one in page.result.measures.exchanges
        if one.early
    ]
