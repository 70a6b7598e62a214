"""Candidate moments: each with its quote, reasons, aftermath and the moment it belongs to.

Moments are numbered in order of time.  A moment's time is that of what is quoted; the turns
around it are shown with times of their own.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from dataclasses import replace

from session_audio.report.elements import (
    Element,
    Link,
    Moment,
    Moments,
    Paragraph,
    QuotedTurn,
    Sentence,
)
from session_audio.report.naming import People
from session_audio.report.page import DOUBT, Page, speakers
from session_audio.report.sections import languages
from session_audio.report.wording import Wording
from session_audio.schema import Flag, Reason, Turn

_ON_PAPER = 4
"""For how many moments the printed sheet has room: what a person marked, then the strongest."""
_LONGEST_QUOTE = 420
"""Characters of a quote."""
_FEW_WORDS = 5
"""Up to this many words a first sentence may be left out, where one quotes shortly."""
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+")
_LONGEST_AROUND = 180
"""Characters of a turn shown around it."""
_TURNS_BEFORE = 6
"""Most turns of a moment that are shown before what is quoted ..."""
_TURNS_SHOWN = 8
"""... and most from the first that is shown on, the quote excepted."""
_LONG_SILENCE = 30.0
"""Seconds without a word of the one concerned from which it is told: less happens all the time."""
_LINKS = {"repair_followed", "unlisted_repair", "no_repair_seen", "repair_of", "unlisted_strain"}
"""Reasons that are worded by `link_of`."""


def in_order(flags: Sequence[Flag]) -> list[Flag]:
    """Candidates as they are numbered in the report: by time."""
    return sorted(flags, key=lambda f: (f.start, f.end))


def moments_off(page: Page) -> bool:
    """Whether consent does not let candidate moments be looked for."""
    admission = page.result.admission
    return admission is not None and "moments" in admission.off


def section(page: Page) -> tuple[Element, ...]:
    """Every candidate in order of time."""
    say = page.say
    flags = in_order(page.result.flags)
    if not flags:
        key = "moments.none" if page.result.has_words else "moments.no_words"
        if key == "moments.none" and languages.nowhere(page):
            return (Paragraph(languages.moments(page)),)
        key = "moments.off" if moments_off(page) else key
        return (Paragraph(say(key)), *where_not(page))
    printed = sorted(flags, key=lambda f: (not f.marked, -f.score))[:_ON_PAPER]
    items = tuple(
        replace(moment(page, flag, k, flags), printed=flag in printed)
        for k, flag in enumerate(flags, 1)
    )
    rest = ""
    if left := len(flags) - len(printed):
        rest = say("moments.on_screen", moments=say.count("candidate", left))
    how = [say("moments.how")]
    if any(DOUBT in line.text for item in items for line in item.quote):
        how.append(say("moments.doubt", mark=DOUBT, limit=say.percent(page.settings.unsure_word)))
    return (Paragraph(" ".join(how), small=True), *where_not(page), Moments(items, rest))


def where_not(page: Page) -> tuple[Element, ...]:
    """In which languages nothing was looked for."""
    text = "" if moments_off(page) else languages.moments(page)
    return (Paragraph(text, small=True),) if text else ()


def moment(page: Page, flag: Flag, number: int, flags: Sequence[Flag]) -> Moment:
    """One candidate, worded."""
    say = page.say
    concerned = [who for who in flag.concerned if who != flag.participant]
    people = page.who(flag.participant)
    if concerned:
        people = say("moments.concerning", name=people, others=speakers(concerned, page))
    target = say(f"targets.{flag.target}") if flag.target != "none" else ""
    kind = say(f"kinds.{flag.subtype or flag.kind}")
    answers = ("yes", "no", "unsure")
    return Moment(
        number=number,
        title=say("moments.title", kind=capital(kind), target=target).strip(" ,"),
        when=f"{say.clock(flag.start)}–{say.clock(flag.end)}",
        listen=page.listen(flag.start),
        people=people,
        quote=quoted(page, flag),
        reasons=reasons(say, page.who, flag),
        afterwards=tuple(aftermath_lines(say, page.who, flag)),
        repair=link_of(page, flag, flags),
        review=say("review.done") if flag.review else "",
        boxes=tuple((say(f"review.{a}"), flag.review == a) for a in answers),
        strength=strength(page, flag, flags),
        note=page.who.printable(flag.note),
    )


def strength(page: Page, flag: Flag, flags: Sequence[Flag]) -> str:
    """A candidate's score and place by it; of a moment that a person marked, that."""
    if flag.marked:
        return page.say("moments.marked")
    ranked = sorted((f for f in flags if not f.marked), key=lambda f: -f.score)
    return page.say(
        "moments.strength",
        score=page.say.number(flag.score, 2),
        rank=ranked.index(flag) + 1,
        count=len(ranked),
    )


def capital(text: str) -> str:
    """`text` with its first letter large."""
    return text[:1].upper() + text[1:]


def shortened(text: str, limit: int = _LONGEST_QUOTE) -> str:
    """`text` cut at a word, with an ellipsis where something is left out.

    >>> shortened("one two three", 9)
    'one two …'
    """
    if len(text) <= limit:
        return text
    return text[:limit].rsplit(" ", 1)[0].rstrip() + " …"


def to_the_point(text: str, names: Sequence[str]) -> str:
    """`text` without a first sentence of few words, where the second names one of `names`.

    >>> to_the_point("There is one more thing. Owen, we have been counting.", ["Owen"])
    '… Owen, we have been counting.'
    >>> to_the_point("It was me. I made the joke. I am sorry, Maya.", ["Maya"])
    'It was me. I made the joke. I am sorry, Maya.'
    """
    first, *rest = _SENTENCE_END.split(text, maxsplit=2)
    short = len(first.split()) <= _FEW_WORDS
    if short and rest and any(name and name in rest[0] for name in names):
        return f"… {' '.join(rest)}"
    return text


def quoted(page: Page, flag: Flag) -> tuple[QuotedTurn, ...]:
    """What is quoted, marked, with the moment's other turns and a few around them.

    The quote alone where the turns are not known or have no words.
    """
    turns = {t.index: t for t in page.result.turns}
    own = [k for k in flag.turns if k in turns]
    if not own or not any(turns[k].text for k in own):
        if not flag.quote.strip():
            return ()
        text = page.who.printable(shortened(flag.quote))
        return (QuotedTurn(page.who(flag.participant), text, page.say.clock(flag.start), True),)
    quote = quote_turns(flag, page.result.turns)
    around = page.settings.context_turns
    first = max(min(own), min(quote, default=min(own)) - _TURNS_BEFORE)
    last = max([min(max(own), first + _TURNS_SHOWN), *quote])
    lines = []
    for k in range(first - around, last + around + 1):
        if k not in turns or not turns[k].text.strip():
            continue
        turn, marked = turns[k], k in quote
        text = shortened(page.doubted(turn), _LONGEST_QUOTE if marked else _LONGEST_AROUND)
        lines.append(
            QuotedTurn(
                page.who(turn.participant),
                page.who.printable(text),
                page.say.clock(turn.start),
                marked,
            )
        )
    return tuple(lines)


def quote_turns(flag: Flag, turns: Sequence[Turn]) -> set[int]:
    """Indexes of the turns that are quoted: from `start` on, by `participant`.

    Their own next turns belong to it where nobody else spoke between.
    """
    spoken = [t for t in turns if t.start >= flag.start and not t.backchannel]
    from_quote = itertools.dropwhile(lambda t: t.participant != flag.participant, spoken)
    quote = itertools.takewhile(
        lambda t: t.participant == flag.participant and t.index in flag.turns, from_quote
    )
    return {turn.index for turn in quote}


def doubted_quote(page: Page, flag: Flag) -> str:
    """What is quoted of a candidate, with unsure words marked where its turns are known."""
    quote = quote_turns(flag, page.result.turns)
    turns = [turn for turn in page.result.turns if turn.index in quote]
    if " ".join(turn.text for turn in turns).split() != flag.quote.split():
        return flag.quote
    return " ".join(page.doubted(turn) for turn in turns)


def reasons(say: Wording, who: People, flag: Flag) -> tuple[str, ...]:
    """The reasons of a candidate, worded; how it is linked to others has a line of its own."""
    own = [reason for reason in flag.reasons if reason.key not in _LINKS]
    first, *rest = [reason_text(say, who, reason) for reason in own] or [""]
    return (capital(first), *rest) if own else ()


def reason_text(say: Wording, who: People, reason: Reason) -> str:
    """A reason's words; one without an entry is shown as it came, without underscores."""
    key, value = reason.key, reason.value
    if not say.has(f"reasons.{key}"):
        return who.printable(str(reason).replace("_", " ").replace(":", " "))
    if value is None:
        return say(f"reasons.{key}")
    places = 2 if key.endswith("_words") else 0 if value == int(value) else 1
    return say(
        f"reasons.{key}",
        value=say.number(value, places),
        words=say.count("word", int(value)),
        percent=say.percent(value),
        seconds=say.duration(value),
    )


def aftermath_lines(say: Wording, who: People, flag: Flag) -> list[str]:
    """What was measured of the one concerned, a sentence each; undefined pairs are left out."""
    after = flag.aftermath
    if after is None:
        return []
    name = who(after.who)
    pairs = (
        ("share", after.share_before, after.share_after, say.percent),
        ("latency", after.latency_before, after.latency_after, say.duration),
        ("turn_length", after.turn_length_before, after.turn_length_after, say.duration),
    )
    out = []
    for key, before, later, show in pairs:
        if before is None or later is None:
            continue
        out.append(say(f"aftermath.{key}", name=name, before=show(before), after=show(later)))
        low, high = after.share_change_low, after.share_change_high
        if key == "share" and low is not None and high is not None:
            out.append(say("aftermath.beyond" if low > 0 or high < 0 else "aftermath.within"))
        if key == "latency" and min(before, later) < 0:
            out.append(say("aftermath.overlapped"))
    if after.silent_for is not None and after.silent_for >= _LONG_SILENCE:
        out.append(say("aftermath.silent_for", name=name, seconds=say.duration(after.silent_for)))
    return out


def repair_of(page: Page, flag: Flag) -> Flag | None:
    """The repair candidate that followed; None where none is listed."""
    if flag.repair is None or not 0 <= flag.repair < len(page.result.flags):
        return None
    return page.result.flags[flag.repair]


def no_repair(say: Wording, flag: Flag) -> str:
    """That no repair candidate is listed after a rupture, and what came nearest to one."""
    for reason in flag.reasons:
        if reason.key == "unlisted_repair":
            return say("moments.unlisted_repair", score=say.number(reason.value, 2))
    return say("moments.no_repair")


def link_of(page: Page, flag: Flag, flags: Sequence[Flag]) -> Sentence | None:
    """What links a candidate to another: a rupture to its repair, a repair to its ruptures.

    None for a repair with nothing before it.
    """
    say = page.say
    if flag.kind == "rupture":
        answer = repair_of(page, flag)
        if answer is None:
            return Sentence(no_repair(say, flag))
        text = say(
            "moments.repair",
            after=say.duration(max(0.0, answer.start - flag.end)),
            name=page.who(answer.participant),
        )
        return Sentence(text, (_link(page, answer, flags),))
    before = [f for f in flags if repair_of(page, f) is flag]
    if before:
        links = tuple(_link(page, rupture, flags) for rupture in before)
        return Sentence(say("moments.repair_of"), links)
    for reason in flag.reasons:
        if reason.key == "unlisted_strain":
            return Sentence(say("moments.unlisted_strain", score=say.number(reason.value, 2)))
    return None


def _link(page: Page, flag: Flag, flags: Sequence[Flag]) -> Link:
    number = next(k for k, other in enumerate(flags, 1) if other is flag)
    return Link(f"#moment-{number}", page.say("page.see_moment", number=number))
