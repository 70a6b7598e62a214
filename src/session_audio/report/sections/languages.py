"""Which languages were spoken, and what is not looked for in them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from session_audio.report.elements import Fact
from session_audio.report.page import Page
from session_audio.report.wording import Wording
from session_audio.schema import OTHER_LANGUAGE
from session_audio.turntaking.lexicon import are_known

_NAMES_MASKED = ("en", "de")
"""Languages whose ordinary words are listed where names are masked (`names.ordinary`)."""


def named(say: Wording, languages: Iterable[str]) -> str:
    """Languages in words; the code of one that has no name."""
    return say.listed(
        say(f"languages.{code}") if say.has(f"languages.{code}") else code for code in languages
    )


def foreign(page: Page) -> tuple[str, ...]:
    """Languages with words that are not English."""
    spoken = page.result.spoken.languages
    return tuple(x for x in spoken if x != OTHER_LANGUAGE and not are_known(x))


def unsearched(page: Page) -> tuple[str, ...]:
    """Languages with words in which no moments are looked for."""
    flags = page.result.settings.get("flags", {})
    chosen = flags.get("classifier", "bundled") if isinstance(flags, Mapping) else "bundled"
    return foreign(page) if chosen == "bundled" and page.result.has_words else ()


def nowhere(page: Page) -> bool:
    """Whether moments were looked for in nothing that was said."""
    spoken = page.result.spoken.languages
    return bool(spoken) and {*unsearched(page), OTHER_LANGUAGE} >= set(spoken)


def moments(page: Page) -> str:
    """In which languages no moments were looked for; empty where that is none."""
    say, languages = page.say, unsearched(page)
    return " ".join(
        text
        for text in (
            say("languages.moments", languages=named(say, languages)) if languages else "",
            left_out(page),
        )
        if text
    )


def left_out(page: Page) -> str:
    """How much was said in a language that is not transcribed; empty where nothing was."""
    length = page.result.speech_by_language.get(OTHER_LANGUAGE)
    return page.say("languages.left_out", time=page.say.whole(length)) if length else ""


def names(page: Page) -> str:
    """Where names are masked: in which languages more may remain; empty where in none."""
    others = [x for x in foreign(page) if x not in _NAMES_MASKED]
    if not page.settings.pseudonyms or not others:
        return ""
    return page.say("languages.names", languages=named(page.say, others))


def facts(page: Page) -> list[Fact]:
    """What was spoken for how long, and what is not known of it; nothing where all is English."""
    say, spoken = page.say, page.result.spoken.languages
    if all(map(are_known, spoken)):
        return []
    lengths = page.result.speech_by_language
    heard = [
        say("languages.spoken", language=named(say, [x]), time=say.whole(lengths[x]))
        for x in spoken
        if x in lengths and x != OTHER_LANGUAGE
    ]
    parts = [f"{say.listed(heard)}."] if heard else []
    if others := foreign(page):
        parts.append(say("languages.rules", languages=named(say, others)))
    parts += [text for text in (moments(page),) if text]
    return [Fact(say("languages.title"), " ".join(parts), "care")]
