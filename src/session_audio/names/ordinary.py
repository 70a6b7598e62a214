"""Which words are ordinary ones, in English and German.

``words/en.txt`` and ``words/de.txt`` hold a word a line, the most frequent first.  The English
ones are counted in the texts that the rupture classifier was trained on (invented sessions),
without those that are mostly written large, and with names that are words too; the German ones
were written down.  ``words/capitals.txt`` holds words that are written large and are no
person's name.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from functools import cache
from importlib.resources import files

from session_audio.names.likeness import fold


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_FUNCTION_WORDS = 250
"""So many of the most frequent words are never taken for a misheard name by likeness alone."""
_ENDINGS = ("s", "es", "ed", "d", "ing", "ly", "er", "est")
_SUFFIXES = tuple(
    _words(
        """able ible ally ly ing ness less ful tion sion ment ed ous ive wards ward where thing
        body one ity ism ical ter ung heit keit lich isch schaft ieren"""
    )
)
_INTERJECTIONS = _words(
    """ah aha aw bye cause cheers eh er erm god ha hello hey hi hm hmm huh mh mhm mm mmm nah nope
    oh ok okay oops ouch please right so sure thanks uh uhm um well whoa wow yeah yep yes yup
    absolutely actually anyway basically excellent fantastic great however maybe perhaps
    therefore though ach doch genau hallo halt ja klar na naja nee nein tja"""
)


@cache
def _listed(name: str) -> tuple[str, ...]:
    text = (files("session_audio.names") / "words" / f"{name}.txt").read_text(encoding="utf-8")
    return tuple(fold(word) for word in text.split())


@cache
def _by_language() -> tuple[frozenset[str], frozenset[str]]:
    english, german = (frozenset(_listed(name)[:_FUNCTION_WORDS]) for name in ("en", "de"))
    return english - german, german - english


def is_german(words: Iterable[str]) -> bool:
    """Whether more of `words` (folded) are frequent in German than in English.

    >>> is_german(["ich", "habe", "was", "you"])
    True
    """
    english, german = _by_language()
    counts = Counter((word in german) - (word in english) for word in words)
    return counts[1] > counts[-1]


@cache
def _ordinary() -> frozenset[str]:
    return frozenset(_listed("en") + _listed("de"))


@cache
def _function() -> frozenset[str]:
    return frozenset(_listed("en")[:_FUNCTION_WORDS] + _listed("de")[:_FUNCTION_WORDS])


@cache
def is_ordinary(word: str) -> bool:
    """Whether `word`, or the word it is a form of, is in a list.

    >>> is_ordinary("Gardens"), is_ordinary("Callum")
    (True, False)
    """
    known, key = _ordinary(), fold(word)
    if key in known or is_proper(word):
        return True
    for ending in _ENDINGS:
        stem = key.removesuffix(ending)
        if stem != key and len(stem) > 2 and (stem in known or stem + "e" in known):
            return True
        if stem != key and len(stem) > 3 and stem[-1] == stem[-2] and stem[:-1] in known:
            return True
    return False


def is_function(word: str) -> bool:
    """Whether `word` is among the most frequent ones."""
    return fold(word) in _function()


def is_interjection(word: str) -> bool:
    """Whether `word` often stands alone between commas and is no name: well, yeah, bye."""
    return fold(word) in _INTERJECTIONS


@cache
def is_proper(word: str) -> bool:
    """Whether `word` is written large and is no person's name: I, Monday, German, Mum."""
    return fold(word) in frozenset(_listed("capitals"))


def looks_ordinary(word: str) -> bool:
    """Whether an unlisted `word` ends as words do and names do not.

    >>> looks_ordinary("Uncomfortable"), looks_ordinary("Leia")
    (True, False)
    """
    key = fold(word)
    return len(key) > 5 and key.endswith(_SUFFIXES)
