"""The rules by which the summary is written: every sentence follows from numbers named here.

Nobody is characterised.  "Much" and "little" are said only where a share is at least, or
at most, a set multiple of an equal share AND its 95 % interval lies wholly on that side.
"""

from __future__ import annotations

from session_audio.comparison import against_past, benjamini_hochberg, widened
from session_audio.report.elements import Bullets, Fact, Facts, Link, Paragraph, Sentence, Tone
from session_audio.report.moments import in_order
from session_audio.report.page import Page, beyond_chance, poisson_interval, silent, speakers
from session_audio.schema import Flag, MemberMeasures


def summary(page: Page) -> tuple[Bullets | Paragraph, ...]:
    """The summary's parts, in the order a reader needs them."""
    say = page.say
    parts = [
        Bullets(say("summary.talk_title"), tuple(talk(page))),
        Bullets(say("summary.past_title"), tuple(against_own_past(page))),
        Bullets(say("summary.moments_title"), tuple(moments_first(page))),
        Bullets(say("summary.unsaid_title"), tuple(unsaid(page))),
    ]
    return tuple(part for part in parts if part.items)


# --- who talked ------------------------------------------------------------------


def talk(page: Page) -> list[Sentence]:
    """Who spoke much, little and not at all; cutting in; who was not answered."""
    say, group = page.say, page.result.measures.group
    out: list[Sentence] = []
    if group.speech_time <= 0:
        return [Sentence(say("summary.nobody_heard"))]
    more, less = standing_apart(page)
    spoke = [m for m in page.members if not silent(m)]
    for leader in page.therapists:
        share = say.estimate(leader.speaking_time_share)
        out.append(
            Sentence(say("summary.therapist", name=page.who(leader.participant), share=share))
        )
    equal = say.percent(page.equal_share)
    for key, people in (("more", more), ("less", less)):
        if people:
            listed = say.listed(
                f"{page.who(m.participant)} {say.estimate(m.speaking_time_share)}" for m in people
            )
            out.append(Sentence(say(f"summary.{key}", people=listed, equal=equal)))
    if len(spoke) > 1 and not more and not less:
        out.append(Sentence(say("summary.neither", equal=equal)))
    out += [silent_person(page, m) for m in page.members if silent(m)]
    out += cutting_in(page)
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


def cutting_in(page: Page) -> list[Sentence]:
    """How often somebody was cut off, and pairs beyond what floor time would give."""
    say, measures = page.say, page.result.measures
    pairs = measures.interruption_pairs
    count = sum(p.successful for p in pairs) or sum(m.interruptions_made for m in page.everybody)
    link = (Link("#cuts", say("page.see_table")),)
    if not count:
        return [Sentence(say("summary.no_cuts"), link)]
    key = "summary.cuts" if count >= page.settings.few_events else "summary.few_cuts"
    rate = say.estimate(measures.group.interruption_rate, "number", 1)
    out = [Sentence(say(key, times=say.count("time", count), rate=rate), link)]
    for pair in sorted(pairs, key=lambda p: -p.successful):
        if beyond_chance(pair.successful, pair.expected, page.settings.few_events) == "more":
            out.append(
                Sentence(
                    say(
                        "summary.pair_beyond",
                        a=page.who(pair.participant),
                        b=page.who(pair.holder),
                        times=say.count("time", pair.successful),
                        expected=say.number(pair.expected, 1),
                    )
                )
            )
    return out


def long_silence(page: Page) -> list[Sentence]:
    """How many lapses there were, and the longest."""
    say = page.say
    lapses = [s for s in page.result.measures.silences if s.kind == "lapse"]
    if not lapses:
        return []
    longest = max(lapses, key=lambda s: s.end - s.start)
    return [
        Sentence(
            say(
                "summary.lapses",
                lapses=say.count("lapse", len(lapses)),
                longest=say.duration(longest.end - longest.start),
                at=say.clock(longest.start),
            ),
            (Link("#lapses", say("page.see_table")),),
        )
    ]


# --- against the group's own past ------------------------------------------------


def against_own_past(page: Page) -> list[Sentence]:
    """What lies outside what this group's earlier sessions lead one to expect."""
    say, history = page.say, page.history
    if not history:
        return [Sentence(say("summary.no_past"))]
    if len(history) < 2:
        return [Sentence(say("summary.short_past"))]
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
    return [*out, Sentence(say("summary.past_corrected", comparisons=len(compared)))]


# --- moments ---------------------------------------------------------------------


def moments_first(page: Page) -> list[Sentence]:
    """The candidates with the highest scores: ruptures first, else repairs."""
    say, flags = page.say, in_order(page.result.flags)
    if not page.result.has_words:
        return [Sentence(say("summary.no_words_no_moments"))]
    if not flags:
        return [Sentence(say("summary.no_moments"))]
    ranked = sorted(flags, key=lambda f: (f.kind != "rupture", -f.score))
    out = []
    for flag in ranked[: page.settings.moments_first]:
        number = flags.index(flag) + 1
        concerned = [who for who in flag.concerned if who != flag.participant]
        key = "summary.moment_with" if concerned else "summary.moment"
        text = say(
            key,
            time=say.clock(flag.start),
            kind=say(f"kinds.{flag.subtype or flag.kind}"),
            name=page.who(flag.participant),
            concerned=speakers(concerned, page),
        )
        mended = ""
        if flag.kind == "rupture":
            answer = repair_of(page, flag)
            mended = (
                say("summary.mended", time=say.clock(answer.start))
                if answer
                else say("summary.not_mended")
            )
        links = [Link(f"#moment-{number}", say("page.see_moment", number=number))]
        listen = page.listen(flag.start)
        out.append(
            Sentence(f"{text} {mended}".strip(), tuple([*links, listen] if listen else links))
        )
    left = len(flags) - len(out)
    if left > 0:
        out.append(Sentence(say("summary.more_moments", moments=say.count("candidate", left))))
    return out


def repair_of(page: Page, flag: Flag) -> Flag | None:
    """The repair candidate that followed; None where none is known."""
    if flag.repair is None or not 0 <= flag.repair < len(page.result.flags):
        return None
    return page.result.flags[flag.repair]


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
        out.append(say("unsaid.few_cuts", n=cuts, low=say.number(low, 1), high=say.number(high, 1)))
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


# --- how far to trust ------------------------------------------------------------


def trust(page: Page) -> Facts:
    """Three lines on how far to trust what follows, and the warnings."""
    say, quality, settings = page.say, page.result.quality, page.settings
    facts = []
    tone: Tone = "care" if quality.speakers_found != quality.attendance_count else ""
    if quality.unattributed_share >= settings.much_unattributed:
        tone = "doubt"
    margins = [i.margin for i in quality.identifications if i.margin is not None]
    how = {i.how for i in quality.identifications}
    source = "enrolled" if "enrolled" in how else next(iter(sorted(how)), "unknown")
    facts.append(
        Fact(
            say("trust.who"),
            say(
                "trust.who_text",
                voices=say.count("voice", quality.speakers_found),
                present=say.count("person", quality.attendance_count),
                how=say(f"trust.how_{source}"),
                margin=say("trust.margin", margin=say.number(min(margins), 2)) if margins else "",
                unattributed=say.percent(quality.unattributed_share),
            ).replace("  ", " "),
            tone,
        )
    )
    probability = quality.mean_word_probability
    if not page.result.has_words:
        facts.append(Fact(say("trust.words"), say("trust.words_none"), "doubt"))
    elif probability is None:
        facts.append(Fact(say("trust.words"), say("trust.words_given")))
    else:
        sure = probability >= settings.low_word_probability
        text = say("trust.words_text", probability=say.percent(probability))
        facts.append(Fact(say("trust.words"), text, "" if sure else "care"))
    facts.append(
        Fact(
            say("trust.overlap"),
            say("trust.overlap_text", overlap=say.percent(quality.overlap_share)),
        )
    )
    if quality.warnings:
        listed = " ".join(warning(page, key) for key in quality.warnings)
        facts.append(Fact(say("trust.warning"), listed, "care"))
    return Facts(tuple(facts), say("trust.title"))


def warning(page: Page, key: str) -> str:
    """A warning's words; one without an entry is shown as it came."""
    name, _, value = key.partition(":")
    if not page.say.has(f"warnings.{name}"):
        return page.who.said(f"{name.replace('_', ' ')} {value}".strip())
    shown = page.who.said(value.replace("/", ":"))
    if shown.count(":") == 1:
        first, second = shown.split(":")
        shown = page.say("number.out_of", n=first, all=second)
    return page.say(f"warnings.{name}", value=shown, who=page.who(value) if value else "")
