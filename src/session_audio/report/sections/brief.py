"""The first screen: what to hear, who spoke when, and what stands out, in a line each.

Every line has its numbers one step deeper.  What is too little to mean anything is said in
words and compared with nothing.
"""

from __future__ import annotations

from collections.abc import Sequence

from session_audio.report.counts import is_told, whole
from session_audio.report.elements import (
    Element,
    Fact,
    Facts,
    Highlight,
    Highlights,
    Link,
    Paragraph,
    Sentence,
    Tone,
)
from session_audio.report.page import Page, silent, speakers
from session_audio.report.sections import doubt, languages
from session_audio.report.sections.error_rates import rates
from session_audio.report.sections.glance import interrupted_by, times_received
from session_audio.report.sections.head import (
    missing,
    taken_out,
    told_apart,
    warning,
)
from session_audio.report.sections.moments import (
    capital,
    doubted_quote,
    in_order,
    moments_off,
    repair_of,
    shortened,
    to_the_point,
)
from session_audio.report.sections.past import RatingChange, compared, rating_changes
from session_audio.report.sections.ratings import answer
from session_audio.report.sections.summary import standing_apart
from session_audio.report.sections.timeline import lanes
from session_audio.report.sections.turning import between_facts, quieter_facts, told_between
from session_audio.schema import Flag, ParticipantId

_QUOTE = 60
"""Characters of a moment's words."""
_CUTS_NAMED = 2
"""How many of those cut off most are named ..."""
_CUTS_HEARD = 3
"""... and how many of their cuts can be heard."""
_RATINGS_NAMED = 2
"""How many people's changed ratings are told."""
_AWAY_NAMED = 3
"""Up to how many who were away are named."""
_PLACES = 2
"""Places named of what is uncertain."""
_SOON = 60.0
"""Seconds within which somebody who was cut off speaks again, or is said not to (ours)."""


def brief(page: Page) -> tuple[Element, ...]:
    """Moments (or talk, silence and ratings), what else stands out, and the lanes."""
    say, whole = page.say, lanes(page)
    worth_hearing = any(f.review != "no" for f in page.result.flags)
    listed = [
        *quieter_facts(page),
        *between_facts(page),
        *(talk(page) if worth_hearing else []),
        *cut_off(page),
        *(ratings(page) if worth_hearing else []),
        *past(page),
        *unknown(page),
    ]
    first: tuple[Element, ...] = (highlights(page),) if worth_hearing else leading(page)
    short = Facts(tuple(listed), say("brief.short"), id="short")
    missing = taken_out(page)
    doubt = (
        (Facts((Fact(say("brief.consent"), missing, "doubt"),), id="consent"),) if missing else ()
    )
    parts = (*doubt, Paragraph(about(page), small=True), *first, short)
    return (*parts, whole) if whole else parts


def about(page: Page) -> str:
    """How long, how many people, and who was away."""
    say, session = page.say, page.result.session
    present = say.count("person_present", len(session.attendance))
    away = missing(page)
    if 0 < len(away) <= _AWAY_NAMED and not page.unknown:
        present = say("brief.away", present=present, names=say.listed(away))
    return say("brief.about", duration=say.whole(page.result.duration), present=present)


def highlights(page: Page) -> Highlights:
    """The strongest candidates, ruptures first; without those that a person rejected."""
    say, flags = page.say, in_order(page.result.flags)
    open_ones = [f for f in flags if f.review != "no"]
    ranked = sorted(open_ones, key=lambda f: (f.kind != "rupture", -f.score))
    chosen = sorted(ranked[: page.settings.moments_first], key=flags.index)
    left = len(flags) - len(chosen)
    rest = None
    if left > 0:
        text = say("brief.rest", n=say.number(left))
        rest = Sentence(text, (Link("#moments", say("page.see_all")),))
    items = tuple(highlight(page, flag, flags.index(flag) + 1) for flag in chosen)
    return Highlights(say("brief.hear"), items, rest)


def highlight(page: Page, flag: Flag, number: int) -> Highlight:
    """When, who, a few of the words, and whether a repair is listed after a strain."""
    say = page.say
    concerned = [who for who in flag.concerned if who != flag.participant]
    who = page.who(flag.participant)
    names = [p.name for p in page.result.session.group.participants if p.id in concerned]
    if concerned:
        who = say("moments.concerning", name=who, others=speakers(concerned, page))
    text = ""
    if flag.kind == "rupture":
        mended = repair_of(page, flag)
        key = "brief.mended" if mended else "brief.open"
        time = say.clock(mended.start) if mended else ""
        text = say(key, time=time)
    return Highlight(
        say.clock(flag.start),
        who,
        page.who.printable(shortened(to_the_point(doubted_quote(page, flag), names), _QUOTE)),
        capital(say(f"kinds.{flag.subtype or flag.kind}")),
        text,
        Link(f"#moment-{number}", say("page.see_moment", number=number)),
        page.listen(flag.start),
    )


# --- without a candidate ------------------------------------------------------------


def leading(page: Page) -> tuple[Element, ...]:
    """Talk, silence and ratings, where no moment reached the threshold."""
    say = page.say
    why = "no_moments" if page.result.has_words else "no_words"
    why = "moments_off" if moments_off(page) else why
    why = "moments_rejected" if page.result.flags else why
    told = say(f"brief.{why}")
    if why == "no_moments" and (limits := languages.moments(page)):
        told = limits if languages.nowhere(page) else f"{told} {limits}"
    facts = [*talk(page, always=True), *silence(page), *ratings(page, always=True)]
    title = say("brief.lead")
    return (Facts(tuple(facts), title, id="lead"), Paragraph(told))


def talk(page: Page, *, always: bool = False) -> list[Fact]:
    """Who was not heard, who spoke clearly more and clearly less than an equal part."""
    say, term = page.say, page.say("brief.talk")
    if page.result.measures.group.speech_time <= 0:
        return [Fact(term, say("summary.nobody_heard"))]
    more, less = standing_apart(page)
    parts = []
    if quiet := [m.participant for m in page.members if silent(m)]:
        parts.append(say("brief.silent", names=speakers(quiet, page)))
    for key, people in (("more", more), ("less", less)):
        if people:
            listed = say.listed(
                f"{page.who(m.participant)} ({say.percent(m.speaking_time_share.value)})"
                for m in people
            )
            parts.append(say(f"brief.{key}", people=listed))
    if not parts and always:
        parts.append(say("brief.neither"))
    return [Fact(term, " ".join(parts))] if parts else []


def silence(page: Page) -> list[Fact]:
    """The longest silence of everybody, to be heard."""
    say = page.say
    lapses = [s for s in page.result.measures.silences if s.kind == "lapse"]
    if not lapses:
        return [Fact(say("brief.silence"), say("brief.no_lapse"))]
    longest = max(lapses, key=lambda s: s.end - s.start)
    text = say(
        "brief.lapse",
        longest=say.whole(longest.end - longest.start),
        at=say.clock(longest.start),
    )
    return [Fact(say("brief.silence"), text, links=heard(page, longest.start))]


def ratings(page: Page, *, always: bool = False) -> list[Fact]:
    """Who rated lower than the last time, the largest fall first, and then who rated higher."""
    say, term, link = page.say, page.say("brief.ratings"), (_table("ratings", page),)
    changed = rating_changes(page)
    least = page.settings.rating_drop
    fell = [c for c in changed if c.by <= -least][:_RATINGS_NAMED]
    rose = [c for c in reversed(changed) if c.by >= least][: _RATINGS_NAMED - len(fell)]
    parts = [
        say(f"brief.{key}", told=say.listed(rating_change(page, c) for c in some))
        for key, some in (("fell", fell), ("rose", rose))
        if some
    ]
    if parts:
        return [Fact(term, " ".join(parts), links=link)]
    if not always:
        return []
    if not page.result.session.ratings:
        return [Fact(term, say("brief.no_ratings"))]
    key = "brief.none_changed" if page.history else "brief.first_ratings"
    return [Fact(term, say(key), links=link)]


def rating_change(page: Page, change: RatingChange) -> str:
    """Whose rating went from where to where."""
    say = page.say
    before, now = answer(say, change.before), answer(say, change.now)
    return say("brief.change", name=page.who(change.rating.participant), before=before, now=now)


# --- what else stands out ----------------------------------------------------------


def cut_off(page: Page) -> list[Fact]:
    """Who was cut off most and by whom, whether they spoke again soon, and where to hear it."""
    say, term = page.say, page.say("brief.cut_off")
    if page.result.measures.group.speech_time <= 0:
        return []
    if not is_told(page.result.measures, "interruption_successful"):
        return [Fact(term, say("brief.untold_cuts"))]
    counts = times_received(page.result.measures.interruption_pairs)
    received = {who: whole(n) for who, n in counts.items() if whole(n)}
    if not received:
        return [Fact(term, say("brief.no_cuts"))]
    most = sorted(received, key=lambda who: -received[who])[:_CUTS_NAMED]
    named = [cuts_on(page, who, received[who]) for who in most]
    total = sum(received.values())
    left = total - sum(received[who] for who in most)
    if left:
        named.append(say("brief.other_cuts", times=say.count("time", left)))
    parts = [f"{say.listed(named)}."]
    if again := heard_again(page, most):
        parts.append(again)
    if total < page.settings.few_events and not told_between(page):
        parts.append(say("brief.few_cuts", cuts=capital(say.count("cut", total))))
    times = sorted(t for who in most[:1] for t in cut_times(page, who))[:_CUTS_HEARD]
    links = tuple(link for t in times for link in heard(page, t))
    return [Fact(term, " ".join(parts), links=(*links, _table("interruptions", page)))]


def heard_again(page: Page, people: Sequence[ParticipantId]) -> str:
    """Whether those cut off soon spoke again, each time; empty where no time is known."""
    say = page.say
    late = [
        who
        for who in people
        if any(spoke_again(page, who, t) > _SOON for t in cut_times(page, who))
    ]
    if late:
        return say("brief.not_back", names=speakers(late, page))
    return say("brief.back") if any(cut_times(page, who) for who in people) else ""


def cuts_on(page: Page, who: ParticipantId, likely: int) -> str:
    """How often somebody was likely cut off and by whom; of how many places, where that is more."""
    say, places = page.say, len(cut_times(page, who))
    times, by = say.count("time", likely), interrupted_by(page, who)
    if places <= likely:
        return say("brief.cuts", name=page.who(who), times=times, by=by)
    return say("brief.cuts_of", name=page.who(who), times=times, by=by, places=places)


def cut_times(page: Page, who: ParticipantId) -> list[float]:
    """When others cut in on `who` and got the floor."""
    people = {m.participant for m in page.everybody}
    return [
        i.start
        for i in page.result.interactions
        if i.kind == "interruption_successful" and i.holder == who and i.participant in people
    ]


def spoke_again(page: Page, who: ParticipantId, cut: float) -> float:
    """Seconds from a cut to the person's next turn; infinite where there is none."""
    later = (
        t.start - cut
        for t in page.result.turns
        if t.participant == who and t.start > cut and not t.backchannel
    )
    return min(later, default=float("inf"))


def past(page: Page) -> list[Fact]:
    """Against this group's own earlier sessions, in one line."""
    say, term, sessions = page.say, page.say("brief.past"), len(page.history)
    if sessions < 2:
        return [Fact(term, say("brief.short_past" if sessions else "brief.no_past"))]
    outside = [(label, c) for label, c, apart in compared(page) if apart]
    if not outside:
        return [Fact(term, say("brief.inside", sessions=say.count("session", sessions)))]
    label, c = max(outside, key=lambda found: abs(found[1].now - found[1].expected))
    text = say(
        "brief.outside",
        what=label,
        now=say.percent(c.now),
        low=say.number(max(0.0, c.low) * 100),
        high=say.number(min(1.0, c.high) * 100),
    )
    return [Fact(term, text, links=(_table("summary", page),))]


def unknown(page: Page) -> list[Fact]:
    """The gravest doubt about this session, and how often the models err."""
    say, parts = page.say, []
    warnings = told_apart(page)
    if warnings:
        parts.append(warning(page, warnings[0]))
    uncertain = doubt.uncertain(page, _PLACES)
    parts += uncertain[:1]
    known = rates(page.result)
    if {"der", "wer"} <= set(known):
        shown = {key: say.percent(known[key]) for key in ("der", "wer")}
        parts.append(say("brief.errors", **shown))
    tone: Tone = "care" if warnings or uncertain else ""
    link = Link("#recording", say("trust.link"))
    return [Fact(say("brief.unknown"), " ".join(parts), tone, (link,))] if parts else []


def heard(page: Page, at: float) -> tuple[Link, ...]:
    """A link to hear `at`, its text the time alone; none without sound."""
    listen = page.listen(at)
    return (Link(listen.href, page.say.clock(at)),) if listen else ()


def _table(section: str, page: Page) -> Link:
    return Link(f"#{section}", page.say("page.see_table"))
