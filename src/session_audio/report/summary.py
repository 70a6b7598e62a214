"""The rules by which the summary is written: every sentence follows from numbers named here.

Nobody is characterised.  "Much" and "little" are said only where a share is at least, or
at most, a set multiple of an equal share AND its 95 % interval lies wholly on that side.
"""

from __future__ import annotations

from collections import Counter

from session_audio.comparison import against_past, benjamini_hochberg, widened
from session_audio.report.elements import Bullets, Cell, Element, Link, Sentence, Table
from session_audio.report.moments import aftermath_lines, in_order, repair_of, shortened
from session_audio.report.page import (
    DASH,
    Page,
    beyond_chance,
    led,
    poisson_interval,
    silent,
    speakers,
)
from session_audio.report.ratings import answer
from session_audio.schema import Flag, MemberMeasures, ParticipantId
from session_audio.trends import mean_rating

_CUT_OFF_NAMED = 3
"""How many of those cut off most are named with who cut in on them."""
_LONG_STRETCH = 60.0
"""Seconds without a word at the start or the end from which they are told."""
_QUOTE = 110
"""Characters of a moment's words in the summary."""


def summary(page: Page) -> tuple[Element, ...]:
    """The summary's parts, in the order a reader needs them."""
    say = page.say
    parts: list[Element] = [
        Bullets(say("summary.talk_title"), tuple(talk(page))),
        Bullets(say("summary.cuts_title"), tuple(cutting_in(page))),
        Bullets(say("summary.moments_title"), tuple(moments_first(page))),
    ]
    if page.everybody and page.result.turns:
        parts.append(glance(page))
    parts += [
        Bullets(say("summary.past_title"), tuple(against_own_past(page))),
        Bullets(say("summary.unsaid_title"), tuple(unsaid(page))),
    ]
    return tuple(part for part in parts if not isinstance(part, Bullets) or part.items)


# --- who talked ------------------------------------------------------------------


def talk(page: Page) -> list[Sentence]:
    """Who was silent, who spoke much and little, who led, who answered whom, lapses."""
    say, group = page.say, page.result.measures.group
    if group.speech_time <= 0:
        return [Sentence(say("summary.nobody_heard"))]
    out = [silent_person(page, m) for m in page.members if silent(m)]
    more, less = standing_apart(page)
    equal = say.percent(page.equal_share)
    for key, people in (("more", more), ("less", less)):
        if people:
            listed = say.listed(
                f"{page.who(m.participant)} {say.percent(m.speaking_time_share.value)}"
                for m in people
            )
            out.append(Sentence(say(f"summary.{key}", people=listed, equal=equal)))
    if len([m for m in page.members if not silent(m)]) > 1 and not more and not less:
        out.append(Sentence(say("summary.neither", equal=equal)))
    for leader in page.therapists:
        share = say.percent(leader.speaking_time_share.value)
        key = "silent" if silent(leader) else "therapist"
        out.append(Sentence(say(f"summary.{key}", name=page.who(leader.participant), share=share)))
    out += answering(page)
    out += long_silence(page)
    return out


def standing_apart(page: Page) -> tuple[list[MemberMeasures], list[MemberMeasures]]:
    """Members clearly above and clearly below an equal share; silent ones are neither."""
    equal, settings = page.equal_share, page.settings
    more, less = [], []
    for member in page.members:
        share = member.speaking_time_share
        if equal is None or share.value is None or share.low is None or share.high is None:
            continue
        if share.value >= settings.much_factor * equal and share.low > equal:
            more.append(member)
        if share.value <= settings.little_factor * equal > 0 and share.high < equal:
            less.append(member)
    return more, [m for m in less if not silent(m)]


def silent_person(page: Page, member: MemberMeasures) -> Sentence:
    """Present, never heard; and whether they wrote in the chat."""
    say, name = page.say, page.who(member.participant)
    wrote = sum(1 for line in page.result.session.chat if line.participant == member.participant)
    if wrote:
        return Sentence(
            say("summary.silent_wrote", name=name, messages=say.count("message", wrote)),
            (Link("#ratings", say("page.see_chat")),),
        )
    return Sentence(say("summary.silent", name=name))


def answering(page: Page) -> list[Sentence]:
    """The two pairs furthest from what the amounts of talk alone would give."""
    say, found = page.say, []
    for pair in page.result.measures.network.pairs:
        mark = beyond_chance(pair.count, pair.expected, page.settings.few_events)
        if mark in {"more", "less"} and pair.expected is not None:
            found.append((abs(pair.count - pair.expected), mark, pair))
    return [
        Sentence(
            say(
                f"summary.answers_{mark}",
                a=page.who(pair.source),
                b=page.who(pair.target),
                times=say.count("time", pair.count),
                expected=say.number(pair.expected),
            ),
            (Link("#network", say("page.see_network")),),
        )
        for _, mark, pair in sorted(found, key=lambda f: -f[0])[:2]
    ]


def long_silence(page: Page) -> list[Sentence]:
    """How many lapses there were, the longest, and long stretches before and after all talk."""
    say, result = page.say, page.result
    out = []
    lapses = [s for s in result.measures.silences if s.kind == "lapse"]
    if lapses:
        longest = max(lapses, key=lambda s: s.end - s.start)
        text = say(
            "summary.lapse" if len(lapses) == 1 else "summary.lapses",
            lapses=say.number(len(lapses)),
            longest=say.duration(longest.end - longest.start),
            at=say.clock(longest.start),
        )
        out.append(Sentence(text, (Link("#lapses", say("page.see_table")),)))
    began = min((t.start for t in result.turns), default=0.0)
    ended = max((t.end for t in result.turns), default=result.duration)
    for key, start, end in (("before", 0.0, began), ("after", ended, result.duration)):
        if end - start >= _LONG_STRETCH:
            text = say(
                f"summary.silence_{key}", time=say.duration(end - start), at=say.clock(ended)
            )
            out.append(Sentence(text))
    return out


# --- who was cut off -------------------------------------------------------------


def cutting_in(page: Page) -> list[Sentence]:
    """Who was cut off most and by whom, how often in all, and pairs beyond floor time."""
    say, measures = page.say, page.result.measures
    pairs = [p for p in measures.interruption_pairs if p.successful]
    if measures.group.speech_time <= 0:
        return []
    link = (Link("#cuts", say("page.see_table")),)
    count = sum(p.successful for p in pairs)
    if not count:
        return [Sentence(say("summary.no_cuts"), link)]
    out = []
    received = Counter[ParticipantId]()
    for pair in pairs:
        received[pair.holder] += pair.successful
    named = [(who, n) for who, n in received.most_common() if n > 1][:_CUT_OFF_NAMED]
    for holder, n in named:
        times, by = say.count("time", n), cut_off_by(page, holder)
        name = page.who(holder)
        out.append(Sentence(say("summary.cut_off", name=name, times=times, by=by)))
    once = [who for who in received if received[who] == 1]
    if once and len(named) + len(once) <= _CUT_OFF_NAMED + 1:
        each = (say("summary.cut_by", name=page.who(w), by=cut_off_by(page, w)) for w in once)
        out.append(Sentence(say("summary.cut_off_once", each=say.listed(each))))
    few = count < page.settings.few_events
    rate = say.number(measures.group.interruption_rate.value, 1)
    key = "summary.few_cuts" if few else "summary.cuts"
    out.append(Sentence(say(key, times=say.count("time", count), rate=rate), link))
    for pair in sorted(pairs, key=lambda p: -p.successful):
        if beyond_chance(pair.successful, pair.expected, page.settings.few_events) == "more":
            text = say(
                "summary.pair_beyond",
                a=page.who(pair.participant),
                b=page.who(pair.holder),
                times=say.count("time", pair.successful),
                expected=say.number(pair.expected, 1),
            )
            out.append(Sentence(text))
    return out


def cut_off_by(page: Page, holder: ParticipantId) -> str:
    """Who cut `holder` off, most often first; a number where it was more than once."""
    pairs = [p for p in page.result.measures.interruption_pairs if p.holder == holder]
    found = sorted((p for p in pairs if p.successful), key=lambda p: -p.successful)
    return page.say.listed(
        page.say("summary.by_times", name=page.who(p.participant), n=p.successful)
        if p.successful > 1
        else page.who(p.participant)
        for p in found
    )


def glance(page: Page) -> Table:
    """Everybody in a row: share, turns, cut in, cut off and by whom, candidate moments."""
    say = page.say
    pairs = page.result.measures.interruption_pairs
    flags = in_order(page.result.flags)
    most = max((m.speaking_time_share.value or 0.0 for m in page.everybody), default=0.0)
    rows = []
    for m in page.everybody:
        who, share = m.participant, m.speaking_time_share.value
        made = sum(p.successful for p in pairs if p.participant == who)
        got = sum(p.successful for p in pairs if p.holder == who)
        by = cut_off_by(page, who)
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
                Cell(str(made)),
                Cell(str(got)),
                Cell(by or DASH),
                Cell("" if links else DASH, links=links),
            )
        )
    keys = ("person", "talk", "turns", "made", "was_cut", "by", "candidates")
    return Table(
        "glance", say("summary.glance"), tuple(say(f"columns.{k}") for k in keys), tuple(rows),
        say("summary.glance_note"), text_columns=(1, 5, 6),
    )  # fmt: skip


# --- against the group's own past ------------------------------------------------


def against_own_past(page: Page) -> list[Sentence]:
    """What lies outside what this group's earlier sessions lead one to expect."""
    say, history = page.say, page.history
    if not history:
        return [Sentence(say("summary.no_past"))]
    fell = ratings_that_fell(page)
    if len(history) < 2:
        return [*fell, Sentence(say("summary.short_past"))]
    compared = []
    for member in page.everybody:
        past = [
            widened(m.speaking_time_share, 0.01)
            for earlier in history
            for m in earlier.members
            if m.participant == member.participant and m.present
        ]
        found = against_past(widened(member.speaking_time_share, 0.01), past)
        if found is not None:
            label = say("summary.share_of", name=page.who(member.participant))
            compared.append((label, found))
    found = against_past(
        widened(page.result.measures.group.entropy_members, 0.01),
        [widened(earlier.group.entropy_members, 0.01) for earlier in history],
    )
    if found is not None:
        compared.append((say("summary.evenness"), found))
    kept = benjamini_hochberg([c.p for _, c in compared], page.settings.false_discovery_rate)
    out = [
        Sentence(
            say(
                "summary.past_outside",
                what=label,
                now=say.percent(c.now),
                expected=say.percent(c.expected),
                low=say.number(c.low * 100),
                high=say.number(c.high * 100),
                sessions=say.count("session", c.sessions),
            )
        )
        for (label, c), stands_out in zip(compared, kept, strict=True)
        if stands_out
    ]
    if not out:
        out = [Sentence(say("summary.past_inside", sessions=say.count("session", len(history))))]
    return [*fell, *out, Sentence(say("summary.past_corrected", comparisons=len(compared)))]


def ratings_that_fell(page: Page) -> list[Sentence]:
    """Whose mean rating fell by `rating_drop` or more against their own last one."""
    say, out = page.say, []
    last = {
        (rating.participant, rating.instrument): mean
        for summary in page.history
        for rating in summary.ratings
        if (mean := mean_rating(rating)) is not None
    }
    for rating in page.result.session.ratings:
        now, before = mean_rating(rating), last.get((rating.participant, rating.instrument))
        if now is None or before is None or now - before > -page.settings.rating_drop:
            continue
        text = say(
            "summary.rating_fell",
            name=page.who(rating.participant),
            instrument=page.who.said(rating.instrument),
            now=answer(say, now),
            before=answer(say, before),
        )
        out.append(Sentence(text, (Link("#ratings", say("page.see_table")),)))
    return out


# --- moments ---------------------------------------------------------------------


def moments_first(page: Page) -> list[Sentence]:
    """The candidates with the highest scores, ruptures first, with what followed."""
    say, flags = page.say, in_order(page.result.flags)
    if not page.result.has_words:
        return [Sentence(say("summary.no_words_no_moments"))]
    if not flags:
        return [Sentence(say("summary.no_moments"))]
    ranked = sorted(flags, key=lambda f: (f.kind != "rupture", -f.score))
    out = [first(page, flag, flags) for flag in ranked[: page.settings.moments_first]]
    left = len(flags) - len(out)
    if left > 0:
        text = say("summary.more_moments", moments=say.count("candidate", left))
        out.append(Sentence(text, (Link("#moments", say("page.see_all")),)))
    return out


def first(page: Page, flag: Flag, flags: list[Flag]) -> Sentence:
    """One moment worth hearing: when, who, what was said, what came next."""
    say, number = page.say, flags.index(flag) + 1
    concerned = [who for who in flag.concerned if who != flag.participant]
    people = page.who(flag.participant)
    if concerned:
        people = say("moments.concerning", name=people, others=speakers(concerned, page))
    parts = [say("summary.moment", kind=say(f"kinds.{flag.subtype or flag.kind}"), people=people)]
    if flag.quote.strip():
        parts.append(say("summary.quote", text=page.who.said(shortened(flag.quote, _QUOTE))))
    after = aftermath_lines(say, page.who, flag)
    if after:
        parts.append(after[0])
    if flag.kind == "rupture":
        answer = repair_of(page, flag)
        parts.append(
            say("summary.mended", time=say.clock(answer.start), name=page.who(answer.participant))
            if answer
            else say("summary.not_mended")
        )
    listen = page.listen(flag.start)
    links = [Link(f"#moment-{number}", say("page.see_moment", number=number))]
    return Sentence(
        " ".join(parts), tuple([listen, *links] if listen else links), lead=say.clock(flag.start)
    )


# --- what cannot be said ---------------------------------------------------------


def unsaid(page: Page) -> list[Sentence]:
    """Limits of this very session, each from a number."""
    say, quality, settings = page.say, page.result.quality, page.settings
    group = page.result.measures.group
    out = []
    if not page.result.has_words:
        out.append(say("unsaid.no_words"))
    if quality.unattributed_share > 0:
        key = "much" if quality.unattributed_share >= settings.much_unattributed else "some"
        out.append(say(f"unsaid.{key}_unattributed", share=say.percent(quality.unattributed_share)))
    close = unranked(page)
    if close:
        out.append(say("unsaid.unranked", names=speakers([m.participant for m in close], page)))
    cuts = sum(m.interruptions_made for m in page.everybody)
    if 0 < cuts < settings.few_events:
        low, high = poisson_interval(cuts)
        out.append(say("unsaid.few_cuts", n=cuts, low=say.number(low), high=say.number(high)))
    probability = quality.mean_word_probability
    if probability is not None and probability < settings.low_word_probability:
        out.append(say("unsaid.words", probability=say.percent(probability)))
    out += [
        say(f"unsaid.note_{note}")
        for note in page.result.measures.notes
        if say.has(f"unsaid.note_{note}")
    ]
    if group.speech_time > 0:
        out.append(say("unsaid.silent_reasons"))
    if page.result.flags:
        out.append(say("unsaid.candidates"))
    return [Sentence(text) for text in out]


def unranked(page: Page) -> list[MemberMeasures]:
    """Members neither clearly above nor below an equal share whose intervals overlap."""
    apart = {m.participant for side in standing_apart(page) for m in side}
    spoke = [
        m
        for m in page.members
        if m.speaking_time_share.low is not None and m.speaking_time_share.high is not None
        and not silent(m)
        and m.participant not in apart
    ]  # fmt: skip

    def overlaps(a: MemberMeasures, b: MemberMeasures) -> bool:
        x, y = a.speaking_time_share, b.speaking_time_share
        return (x.low or 0) <= (y.high or 0) and (y.low or 0) <= (x.high or 0)

    tied = [m for m in spoke if any(o is not m and overlaps(m, o) for o in spoke)]
    return tied if len(tied) > 1 else []
