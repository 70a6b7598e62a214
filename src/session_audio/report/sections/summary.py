"""The rules by which the summary is written: every sentence follows from numbers named here.

Nobody is characterised.  "Much" and "little" are said only where a share is at least, or
at most, a set multiple of an equal share AND its 95 % interval lies wholly on that side.
"""

from __future__ import annotations

from session_audio.metrics.intervals import poisson_interval
from session_audio.report.counts import whole
from session_audio.report.elements import Bullets, Element, Link, Sentence
from session_audio.report.page import (
    Page,
    against_expected,
    silent,
    speakers,
)
from session_audio.report.sections import doubt, languages
from session_audio.report.sections.glance import cutting_in, glance
from session_audio.report.sections.moments import moments_off
from session_audio.report.sections.past import against_own_past
from session_audio.schema import MemberMeasures

_LONG_STRETCH = 60.0
"""Seconds without a word at the start or the end from which they are told."""
_PLACES = 6
"""Places of one kind of doubt that are named."""


def section(page: Page) -> tuple[Element, ...]:
    """The summary's parts, in the order a reader needs them."""
    say = page.say
    parts: list[Element] = [
        Bullets(say("summary.talk_title"), tuple(talk(page))),
        Bullets(say("summary.cuts_title"), tuple(cutting_in(page))),
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
    say, pairs = page.say, []
    for pair in page.result.measures.network.pairs:
        mark = against_expected(pair.count, pair.expected, page.settings.few_events)
        if mark in {"more", "less"} and pair.expected is not None:
            pairs.append((abs(pair.count - pair.expected), mark, pair))
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
        for _, mark, pair in sorted(pairs, key=lambda f: -f[0])[:2]
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
    for one in page.result.measures.untold:
        figures = {x: say.percent(getattr(one, x)) for x in ("precision", "recall")}
        out.append(say(f"unsaid.untold_{one.doubt}", what=say(f"events.{one.kind}"), **figures))
    interruptions = whole(sum(m.interruptions_made or 0.0 for m in page.everybody))
    if 0 < interruptions < settings.few_events:
        low, high = poisson_interval(interruptions)
        out.append(
            say("unsaid.few_cuts", n=interruptions, low=say.number(low), high=say.number(high))
        )
    out += doubt.uncertain(page, _PLACES)
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
    if (text := languages.moments(page)) and not moments_off(page):
        out.append(text)
    return [Sentence(text) for text in out]


def unranked(page: Page) -> list[MemberMeasures]:
    """Members neither clearly above nor below an equal share whose intervals overlap."""
    apart = {m.participant for side in standing_apart(page) for m in side}
    spoke = [
        m
        for m in page.members
        if m.speaking_time_share.low is not None
        and m.speaking_time_share.high is not None
        and not silent(m)
        and m.participant not in apart
    ]

    def overlaps(a: MemberMeasures, b: MemberMeasures) -> bool:
        x, y = a.speaking_time_share, b.speaking_time_share
        return (x.low or 0) <= (y.high or 0) and (y.low or 0) <= (x.high or 0)

    tied = [m for m in spoke if any(o is not m and overlaps(m, o) for o in spoke)]
    return tied if len(tied) > 1 else []
