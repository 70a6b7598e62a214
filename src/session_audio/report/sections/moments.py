"""The candidate moments, each with its evidence."""

from __future__ import annotations

from collections.abc import Sequence

from session_audio.report.elements import (
    Element,
    Link,
    Moment,
    Moments,
    Paragraph,
    Said,
    Sentence,
)
from session_audio.report.naming import People
from session_audio.report.page import Page, speakers
from session_audio.report.wording import Wording
from session_audio.schema import Flag

_LONGEST_QUOTE = 420


def in_order(flags: Sequence[Flag]) -> list[Flag]:
    """Candidates as they are numbered in the report: by time."""
    return sorted(flags, key=lambda f: (f.start, f.end))


def moments(page: Page) -> tuple[Element, ...]:
    """Every candidate in order of time."""
    say = page.say
    flags = in_order(page.result.flags)
    if not flags:
        key = "moments.none" if page.result.has_words else "moments.no_words"
        return (Paragraph(say(key)),)
    items = tuple(moment(page, flag, k, flags) for k, flag in enumerate(flags, 1))
    return (Paragraph(say("moments.how"), small=True), Moments(items))


def moment(page: Page, flag: Flag, number: int, flags: Sequence[Flag]) -> Moment:
    """One candidate, worded."""
    say = page.say
    ranked = sorted(flags, key=lambda f: -f.score)
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
        listen=page.listen(flag.start, flag.participant),
        people=people,
        quote=quoted(page, flag),
        reasons=reasons(say, page.who, flag),
        afterwards=tuple(aftermath_lines(say, page.who, flag)),
        repair=mended(page, flag, flags),
        review=say("review.done") if flag.review else "",
        boxes=tuple((say(f"review.{a}"), flag.review == a) for a in answers),
        strength=say(
            "moments.strength",
            score=say.number(flag.score, 2),
            rank=ranked.index(flag) + 1,
            count=len(flags),
        ),
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


def quoted(page: Page, flag: Flag) -> tuple[Said, ...]:
    """The turns of the moment and a few around them; else the quote alone."""
    turns = {t.index: t for t in page.result.turns}
    own = [k for k in flag.turns if k in turns]
    if not own or not any(turns[k].text for k in own):
        if not flag.quote.strip():
            return ()
        text = page.who.said(shortened(flag.quote))
        return (Said(page.who(flag.participant), text, page.say.clock(flag.start), True),)
    around = page.settings.context_turns
    last = min(max(own), min(own) + 8)
    chosen = [turns[k] for k in range(min(own) - around, last + around + 1) if k in turns]
    lines = []
    for turn in chosen:
        marked = turn.index in own
        text = turn.text
        if marked and flag.quote and len(own) == 1:
            text = flag.quote if len(flag.quote) >= 8 else turn.text
        limit = _LONGEST_QUOTE if marked else 180
        if text.strip():
            lines.append(
                Said(
                    page.who(turn.participant),
                    page.who.said(shortened(text, limit)),
                    page.say.clock(turn.start),
                    marked,
                )
            )
    return tuple(lines)


def reasons(say: Wording, who: People, flag: Flag) -> tuple[str, ...]:
    """The reasons of a candidate, worded; what became of it has a line of its own."""
    told = {"repair_followed", "no_repair_seen", "repair_of"}
    kept = [key for key in flag.reasons if key.partition(":")[0] not in told]
    first, *rest = [reason_text(say, who, key) for key in kept] or [""]
    return (capital(first), *rest) if kept else ()


def reason_text(say: Wording, who: People, key: str) -> str:
    """A reason's words; one without an entry is shown as it came, without underscores."""
    name, _, value = key.partition(":")
    if not say.has(f"reasons.{name}"):
        return who.said(f"{name.replace('_', ' ')} {value}".strip())
    number = float(value) if is_number(value) else None
    shown = value
    if number is not None:
        places = 2 if name.endswith("_words") else 0 if number == int(number) else 1
        shown = say.number(number, places)
    return say(
        f"reasons.{name}",
        value=shown if number is not None else who.said(value),
        who=who(value) if value else "",
        percent=say.percent(number),
        seconds=say.duration(number),
    )


def is_number(text: str) -> bool:
    """Whether `text` is a number.

    >>> is_number("4.2"), is_number("P03")
    (True, False)
    """
    try:
        float(text)
    except ValueError:
        return False
    return True


_KNOWN = {"who", "silent_for", "share_change", "share_change_low", "share_change_high"} | {
    f"{name}_{when}" for name in ("share", "latency", "turn_length") for when in ("before", "after")
}


def aftermath_lines(say: Wording, who: People, flag: Flag) -> list[str]:
    """What was measured of the one concerned, a sentence each; undefined pairs are left out."""
    found = flag.aftermath

    def number(key: str) -> float | None:
        value = found.get(key)
        return None if isinstance(value, str) else value

    person = found.get("who")
    name = who(person) if isinstance(person, str) else who(flag.participant)
    out = []
    for pair, show in (("share", say.percent), ("latency", say.duration),
                       ("turn_length", say.duration)):  # fmt: skip
        before, after = number(f"{pair}_before"), number(f"{pair}_after")
        if before is None and after is None:
            continue
        out.append(say(f"aftermath.{pair}", name=name, before=show(before), after=show(after)))
        low, high = number("share_change_low"), number("share_change_high")
        if pair == "share" and low is not None and high is not None:
            out.append(say("aftermath.beyond" if low > 0 or high < 0 else "aftermath.within"))
    silence = number("silent_for")
    if silence is not None:
        out.append(say("aftermath.silent_for", name=name, seconds=say.duration(silence)))
    for key, value in found.items():
        if key not in _KNOWN and value is not None:
            shown = value if isinstance(value, str) else say.number(value, 2)
            out.append(who.said(f"{key.replace('_', ' ')}: {shown}."))
    return out


def repair_of(page: Page, flag: Flag) -> Flag | None:
    """The repair candidate that followed; None where none is known."""
    if flag.repair is None or not 0 <= flag.repair < len(page.result.flags):
        return None
    return page.result.flags[flag.repair]


def mended(page: Page, flag: Flag, flags: Sequence[Flag]) -> Sentence | None:
    """The repair candidate that followed, or that none was seen; nothing for a repair."""
    say = page.say
    if flag.kind != "rupture":
        return None
    answer = repair_of(page, flag)
    if answer is None:
        return Sentence(say("moments.no_repair"))
    number = flags.index(answer) + 1
    text = say(
        "moments.repair",
        after=say.duration(max(0.0, answer.start - flag.end)),
        name=page.who(answer.participant),
    )
    return Sentence(text, (Link(f"#moment-{number}", say("page.see_moment", number=number)),))
