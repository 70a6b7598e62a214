"""The first screen of a group over the weeks: who fades, who is back, what is open."""

from __future__ import annotations

from collections import Counter

from session_audio.report.counts import whole
from session_audio.report.elements import (
    Element,
    Fact,
    Facts,
    Highlight,
    Highlights,
    Link,
    Mark,
    Paragraph,
    Sentence,
    Week,
    WeekRow,
    Weeks,
)
from session_audio.report.page import DASH
from session_audio.report.sections.moments import capital, shortened
from session_audio.report.series.page import SeriesPage
from session_audio.report.series.turning import between_facts, quieter_facts
from session_audio.schema import Flag
from session_audio.series.arcs import FlagPlace
from session_audio.series.standing import MUCH, Fall, Standing, below_best
from session_audio.series.trends import PersonSeries, RatingSeries

_LISTED = 4
"""How many of the last sessions are told by their strongest candidate ..."""
_SHOWN = 8
"""... and how many stand side by side; all are in the tables beneath."""
_QUOTE = 44
"""Characters of a candidate's words."""
_NAMED = 3
"""How many people a line names."""
_HEARD = 2
"""How many moments around the largest fall can be heard from its line."""


def brief(page: SeriesPage) -> tuple[Element, ...]:
    """The last weeks in a line each, how people stand, and everybody over the weeks."""
    facts = Facts(tuple(at_a_glance(page)), page.say("weeks.glance"), id="short")
    return (Paragraph(about(page), small=True), recent(page), facts, weeks(page))


def about(page: SeriesPage) -> str:
    """How many sessions, from when to when."""
    say, results = page.say, page.series.results
    return say(
        "weeks.about",
        first=say.day(results[0].session.date),
        last=say.day(results[-1].session.date),
        people=say.count("person", len(page.series.people)),
    )


# --- the last weeks ----------------------------------------------------------------


def recent(page: SeriesPage) -> Highlights:
    """The strongest candidate of each of the last sessions."""
    say, last = page.say, len(page.series.results)
    items = [week(page, k) for k in range(max(0, last - _LISTED), last)]
    rest = None
    if last > _LISTED:
        text = say("weeks.earlier", weeks=say.count("week", last - _LISTED))
        rest = Sentence(text, (Link("#arcs", say("page.see_all")),))
    return Highlights(say("weeks.told"), tuple(items), rest)


def week(page: SeriesPage, k: int) -> Highlight:
    """One session by its strongest candidate, a rupture before a repair."""
    say, result = page.say, page.series.results[k]
    flags = [f for f in result.flags if f.review != "no"]
    url = page.reports.get(result.session.id, "#attendance")
    if not flags:
        why = "weeks.calm" if result.has_words else "weeks.no_words"
        return Highlight(page.session(k), "", "", say(why), "", Link(url, ""), None)
    flag = max(flags, key=lambda f: (f.kind == "rupture", f.score))
    others = [page.who(w) for w in flag.concerned if w != flag.participant]
    name = page.who(flag.participant)
    if others:
        name = say("weeks.toward", name=name, others=say.listed(others))
    place = FlagPlace(k, result.flags.index(flag))
    return Highlight(
        page.session(k),
        name,
        page.who.printable(shortened(flag.quote, _QUOTE)),
        capital(say(f"kinds_short.{flag.subtype or flag.kind}")),
        more_of(page, flag, flags),
        page.moment(place),
        page.listen(place),
    )


def more_of(page: SeriesPage, flag: Flag, flags: list[Flag]) -> str:
    """How many other candidates the session has, by kind."""
    say = page.say
    kinds = Counter(f.kind for f in flags if f is not flag)
    counted = [
        say.count(f"other_{kind}", kinds[kind]) for kind in ("rupture", "repair") if kinds[kind]
    ]
    return say("weeks.also", others=", ".join(counted)) if counted else ""


# --- how people stand --------------------------------------------------------------


def at_a_glance(page: SeriesPage) -> list[Fact]:
    """The largest fall, who became quieter, which two compete, how people stand, what is open."""
    turned = [*quieter_facts(page), *between_facts(page)]
    rest = [*fading(page), *back(page), *still_open(page), *unsure(page, always=not turned)]
    return [*largest(page), *turned, *rest]


def largest(page: SeriesPage) -> list[Fact]:
    """The largest fall of anybody's rating, and where that rating stands now."""
    say, term = page.say, page.say("weeks.fall")
    falls = [s.fall for s in page.standings if s.fall and not s.person.therapist]
    if not falls:
        key = "no_fall" if page.series.ratings else "no_ratings"
        return [Fact(term, say(f"weeks.{key}"))]
    fall = max(falls, key=lambda f: f.part)
    (first, high), (lowest, low) = fall.path[0], fall.path[fall.lowest]
    text = say(
        "weeks.fell",
        name=page.who(fall.participant),
        instrument=page.who.printable(fall.instrument),
        high=page.rated(fall.instrument, high),
        low=page.rated(fall.instrument, low),
        first=page.ticks[first],
        lowest=page.ticks[lowest],
    )
    if fall.lowest < len(fall.path) - 1:
        text += " " + say("weeks.now", now=page.rated(fall.instrument, fall.now))
    return [Fact(term, text, links=(Link("#ratings", say("page.see_table")), *around(page, fall)))]


def around(page: SeriesPage, fall: Fall) -> tuple[Link, ...]:
    """Plays the strongest candidate strain of the one who fell, in each session of the fall."""
    found = []
    for k in range(fall.path[0][0] + 1, fall.path[fall.lowest][0] + 1):
        flags = page.series.results[k].flags
        own = [
            (flag.score, j)
            for j, flag in enumerate(flags)
            if flag.kind == "rupture"
            and flag.review != "no"
            and fall.participant in (flag.participant, *flag.concerned)
        ]
        if own and (listen := page.listen(FlagPlace(k, max(own)[1]), short=True)):
            found.append(listen)
    return tuple(found[:_HEARD])


def fading(page: SeriesPage) -> list[Fact]:
    """Who fades at the last session, and who missed it."""
    say, out = page.say, []
    faded = [s for s in page.standings if s.state == "fading"][:_NAMED]
    listed = say.listed(f"{page.who(s.person.participant)} ({reasons(page, s)})" for s in faded)
    text = say("weeks.faded", people=listed) if faded else say("weeks.nobody_fades")
    out.append(Fact(say("weeks.fading"), text, "care" if faded else ""))
    if away := [s.person.participant for s in page.standings if s.state == "away"]:
        out.append(Fact(say("head.away"), f"{say.listed(page.who(who) for who in away)}."))
    return out


def back(page: SeriesPage) -> list[Fact]:
    """Who faded or was away in the session before, and is back."""
    say = page.say
    returned = [s for s in page.standings if s.state == "back"][:_NAMED]
    if not returned:
        return []
    listed = say.listed(f"{page.who(s.person.participant)} ({reasons(page, s)})" for s in returned)
    return [Fact(say("weeks.back"), say("weeks.faded", people=listed))]


def reasons(page: SeriesPage, standing: Standing) -> str:
    """Why somebody is said to fade, or from what they are back."""
    say, person, last = page.say, standing.person, len(page.ticks) - 1
    if "away" in standing.why:
        return say("weeks.was_away", session=page.ticks[last - 1])
    parts = []
    row = moved_most(page, person)
    if "rating" in standing.why and row is not None:
        known = [m for m in row.means[:last] if m is not None]
        before = known[-1] if standing.state == "back" else max(known)
        shown = [page.rated(row.instrument, value) for value in (before, row.means[last])]
        parts.append(say("weeks.rating", before=shown[0], now=shown[1]))
    points = [p for p in person.points["share"][: last + 1] if p is not None]
    if len(points) > 1:
        parts.append(
            say(
                "weeks.talk",
                before=say.percent(points[-2].value.value),
                now=say.percent(points[-1].value.value),
            )
        )
    return ", ".join(parts)


def moved_most(page: SeriesPage, person: PersonSeries) -> RatingSeries | None:
    """The ratings of `person` on the instrument of their largest fall."""
    own = [row for row in page.series.ratings if row.participant == person.participant]
    fall = next((s.fall for s in page.standings if s.person is person), None)
    return next((row for row in own if fall and row.instrument == fall.instrument), None)


def still_open(page: SeriesPage) -> list[Fact]:
    """How many candidate strains nobody closed, and how many of them no repair followed."""
    say, term, left = page.say, page.say("weeks.open"), page.open_strains
    link = (Link("#ledger", say("page.see_table")),)
    if not page.strains:
        return [Fact(term, say("weeks.no_strain"))]
    if not left:
        return [Fact(term, say("weeks.all_closed"), links=link)]
    text = say(
        "weeks.left",
        strains=say.count("strain", len(left)),
        oldest=page.ticks[left[0].place.session],
    )
    bare = [s for s in left if s.repair is None]
    names = dict.fromkeys(page.who(s.concerning[0]) for s in bare)
    tail = say("weeks.bare", names=say.listed(names)) if bare else say("weeks.each_repaired")
    return [Fact(term, f"{text} {tail}", "care" if bare else "", link)]


def unsure(page: SeriesPage, *, always: bool) -> list[Fact]:
    """Whether any share of the talk stands out from the own past, once corrected for chance."""
    say, last = page.say, len(page.ticks) - 1
    outside = {"more": list[str](), "less": list[str]()}
    for person in page.series.people:
        point = person.points["share"][last]
        if point and (mark := page.mark(point)) in outside:
            outside[mark].append(page.who(person.participant))
    parts = [
        say(f"weeks.talked_{key}", names=say.listed(names))
        for key, names in outside.items()
        if names
    ]
    if not parts and not always:
        return []
    text = " ".join(parts) or say("weeks.nothing_out")
    return [Fact(say("weeks.shares"), text, links=(Link("#members", say("page.see_table")),))]


# --- everybody over the weeks --------------------------------------------------------


def weeks(page: SeriesPage) -> Weeks:
    """A row a person, the largest fall first; a column a session."""
    say, results = page.say, page.series.results
    shown = range(max(0, len(results) - _SHOWN), len(results))
    chosen = instrument(page)
    tops = [
        point.value.high or point.value.value or 0.0
        for person in page.series.people
        for point in person.points["share"]
        if point is not None
    ]
    most = max([0.01, *tops])
    rows = []
    for standing in page.standings:
        person, state = standing.person, standing.state
        rows.append(
            WeekRow(
                page.who(person.participant),
                page.colour(person.participant),
                say(f"weeks.state_{state}") if state else "",
                "up" if state == "back" else "down" if state else "",
                tuple(person_week(page, person, k, chosen, most) for k in shown),
            )
        )
    key = [say("weeks.key_share"), say("weeks.key_cuts")]
    if chosen:
        key[1:1] = [say("weeks.key_rating", instrument=page.who.printable(chosen))]
    columns = tuple(
        Link(page.reports.get(results[k].session.id, ""), heading(page, k)) for k in shown
    )
    totals = [
        (say("weeks.came"), tuple("/".join(map(say.number, attended(page, k))) for k in shown)),
        (say("weeks.strains"), tuple(candidates(page, k, "rupture") for k in shown)),
        (say("weeks.repairs"), tuple(candidates(page, k, "repair") for k in shown)),
    ]
    return Weeks(say("weeks.caption"), columns, tuple(rows), tuple(totals), tuple(key))


def heading(page: SeriesPage, k: int) -> str:
    """A session's number and day."""
    session = page.series.results[k].session
    day = page.say.short_day(session.date)
    return day if session.number is None else f"{session.number} · {day}"


def instrument(page: SeriesPage) -> str | None:
    """The instrument that was answered most often; the first by name of several."""
    answers: Counter[str] = Counter()
    for row in page.series.ratings:
        answers[row.instrument] += sum(m is not None for m in row.means)
    return max(sorted(answers), key=lambda name: answers[name], default=None)


def person_week(
    page: SeriesPage, person: PersonSeries, k: int, chosen: str | None, most: float
) -> Week:
    """What a person's row shows of session `k`."""
    say, point = page.say, person.points["share"][k]
    rating, mark = rated(page, person, k, chosen)
    if point is None:
        return Week(rating=rating, mark=mark, away=say(f"attendance.{person.attendance[k]}"))
    value, low, high = point.value.value, point.value.low, point.value.high
    cuts = whole(person.interruptions_received[k])
    interval, bar = "", None
    if value is not None:
        bar = (value / most,) * 3
        if low is not None and high is not None and low < high:
            interval = say("number.dash", low=say.number(low * 100), high=say.number(high * 100))
            bar = (value / most, low / most, high / most)
    return Week(
        say.percent(value),
        interval,
        bar,
        page.mark(point),
        rating,
        mark,
        say("weeks.cut", n=say.number(cuts)) if cuts else "",
    )


def rated(page: SeriesPage, person: PersonSeries, k: int, chosen: str | None) -> tuple[str, Mark]:
    """The rating of session `k`, and whether it fell, stays low or rose by what counts."""
    for row in page.series.ratings:
        if row.participant == person.participant and row.instrument == chosen:
            mean, change, least = row.means[k], row.changes[k], page.settings.rating_drop
            if mean is None:
                return "", ""
            mark: Mark = ""
            if below_best(row.means, k) > MUCH * least - 1e-9:
                mark = "less"
            elif change is not None and abs(change) >= least - 1e-9:
                mark = "less" if change < 0 else "more"
            return page.rated(chosen, mean), mark
    return "", ""


def came(page: SeriesPage, k: int) -> str:
    """How many came of those who belonged to the group then."""
    there, due = attended(page, k)
    return page.say("number.out_of", n=there, all=due)


def attended(page: SeriesPage, k: int) -> tuple[int, int]:
    """How many came, and how many belonged to the group then."""
    due = [p.attendance[k] for p in page.series.people if p.attendance[k] in {"present", "away"}]
    return sum(a == "present" for a in due), len(due)


def candidates(page: SeriesPage, k: int, kind: str) -> str:
    """How many candidates of a kind session `k` has; a dash for none."""
    result = page.series.results[k]
    if not result.has_words:
        return page.say("number.none")
    count = sum(f.kind == kind and f.review != "no" for f in result.flags)
    return page.say.number(count) if count else DASH
