"""Word lists by language: English from `lexicon`, others from ``words/``, a file a language.

They tell backchannels, support and questions by rules, where the trained model, which is
English, does not.  Which language is spoken where is `schema.Spoken`.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from session_audio.turntaking import lexicon
from session_audio.turntaking.lexicon import are_known, plain


@dataclass(frozen=True)
class Lexicon:
    """Words of one language, in plain form (`lexicon.plain`)."""

    language: str
    backchannel: frozenset[str]
    """Of which a backchannel is mostly made."""
    agreement: frozenset[str]
    """With which an agreement begins."""
    content: frozenset[str]
    """With which no backchannel begins."""
    question: frozenset[str]
    """With which a question begins; two words that do so together are joined by ``_``."""

    @property
    def is_english(self) -> bool:
        """Whether it is what the trained model is about."""
        return self.language == "en"


_ENGLISH = Lexicon(
    "en",
    lexicon.BACKCHANNEL,
    lexicon.AGREEMENT,
    lexicon.NOT_BACKCHANNEL_START,
    lexicon.QUESTION_START,
)


def of(language: str | None) -> Lexicon | None:
    """The word lists of a language by its ISO 639-1 code; None where there are none.

    A language that nobody named is taken for English.

    >>> "genau" in of("de").backchannel, of("sv"), of(None).language
    (True, None, 'en')
    """
    if language is None or are_known(language):
        return _ENGLISH
    return _read(language.lower().split("-")[0])


@cache
def languages() -> tuple[str, ...]:
    """The languages that have word lists."""
    folder = files("session_audio.turntaking") / "words"
    return tuple(sorted(f.name[:-5] for f in folder.iterdir() if f.name.endswith(".toml")))


@cache
def _lists(language: str) -> dict[str, frozenset[str]]:
    source = files("session_audio.turntaking") / "words" / f"{language}.toml"
    listed = tomllib.loads(source.read_text(encoding="utf-8"))
    return {name: frozenset(map(plain, words.split())) for name, words in listed.items()}


@cache
def _read(language: str) -> Lexicon | None:
    if language not in languages():
        return None
    lists = _lists(language)
    names = ("backchannel", "agreement", "content", "question")
    return Lexicon(language, *(lists[name] for name in names))


def written_in(words: Iterable[str], among: Sequence[str]) -> str | None:
    """Which of these languages a text is in, by its frequent words; None where none is clear.

    >>> written_in("ik weet het niet maar dat is goed".split(), ["en", "nl"])
    'nl'
    >>> written_in(["Okay."], ["en", "nl"])
    """
    plainly = [plain(word) for word in words]
    counts = {
        language: sum(word in _lists(language)["frequent"] for word in plainly)
        for language in among
        if language in languages()
    }
    ranked = sorted(counts, key=lambda language: -counts[language])
    if not ranked or (len(ranked) > 1 and counts[ranked[0]] == counts[ranked[1]]):
        return None
    return ranked[0] if counts[ranked[0]] else None
