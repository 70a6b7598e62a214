"""Finds the names of a roster: exactly, in the names of files, and in what was said.

Each user says how sure a name must be.  What decides who is spoken to, and what a trained model
reads, takes a first name exactly (`NameMatcher.called`).  A transcript's speaker is the whole
name (`NameMatcher.whole`).  Messages and file names are met as the roster writes them
(`NameMatcher.replaced`).  A report for elsewhere hides what is only likely a name too
(`NameMatcher.find`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Set
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from typing import Literal
from unicodedata import normalize

from session_audio.names.likeness import Likeness, fold, likeness, spellings
from session_audio.names.ordinary import (
    is_function,
    is_german,
    is_interjection,
    is_ordinary,
    is_proper,
    looks_ordinary,
)
from session_audio.names.text import WORD, SaidWord, said_words
from session_audio.schema import Participant

PARTICLES = frozenset(
    {"al", "am", "and", "bin", "da", "de", "del", "der", "di", "do", "dos", "dr", "du", "el"}
    | {"ibn", "la", "le", "lo", "mr", "mrs", "ms", "of", "the", "van", "von", "zu"}
)
"""Parts of a name that give nobody away."""

DOUBTFUL = 0.6
"""Recogniser's probability below which a word may be a misheard name (ours: in the samples all
8 misheard names lie below it, and 4 % of the words that are no names)."""

NO_CAPITALS, FEW_WORDS = 0.005, 20
"""Below this share of words written large, from so many words on, capitals tell nothing (ours)."""

_PART = re.compile(r"[^\W_]+")
_FILE_NAME = re.compile(r"(\S+\.\w{2,5}\b)")
# Names that are verbs too: followed by one of these without a comma, they are verbs.
_VERBS = frozenset({"will", "may", "hope", "mark"})
_AFTER_VERB = frozenset(
    {"i", "you", "he", "she", "it", "we", "they", "the", "a", "an", "that", "this", "there", "so"}
    | {"my", "your", "his", "her", "its", "our", "their", "to"}
)

Casing = Literal["names", "nouns", "none"]
"""What a capital inside a sentence tells: a name, any noun (German), nothing (no capitals)."""


@dataclass(frozen=True, slots=True)
class Found:
    """A name in a text: ``text[start:end]``.

    `owners` are those whose name it may be; empty for a name of nobody in the roster.
    `certain` is False where it is only like the name.
    """

    start: int
    end: int
    owners: frozenset[str]
    certain: bool = True


@dataclass(frozen=True)
class NameMatcher:
    """The names of some people.

    Parameters
    ----------
    names : tuple of (str, str)
        Whose name (an id), and the name; one owner may have several.
    form : callable
        Brings a word to the form in which first names are compared.
    casing
        What capitals tell in the texts at hand; see `in_context`.
    vocabulary : set of str
        Words that the texts hold in lower case too, folded.
    doubtful : set of str
        Words, as written, that the recogniser was not sure of.
    """

    names: tuple[tuple[str, str], ...]
    form: Callable[[str], str] = str.lower
    casing: Casing = "names"
    vocabulary: Set[str] = field(default=frozenset(), repr=False)
    doubtful: Set[str] = field(default=frozenset(), repr=False)

    @classmethod
    def of(
        cls, people: Iterable[Participant], form: Callable[[str], str] = str.lower
    ) -> NameMatcher:
        """The names of `people`; somebody without a name is called by nothing."""
        return cls(tuple((str(p.id), p.name) for p in people), form)

    # --- exactly

    @cached_property
    def first_names(self) -> Mapping[str, tuple[str, ...]]:
        """Owners by first name, in `form`, in the order given."""
        out: dict[str, tuple[str, ...]] = {}
        for owner, name in self.names:
            if name.split():
                first = self.form(name.split()[0])
                out[first] = (*out.get(first, ()), owner)
        return out

    def called(self, word: str) -> tuple[str, ...]:
        """Those whose first name is exactly `word`, compared in `form`.

        >>> NameMatcher((("P01", "Maya Will"),)).called("maya")
        ('P01',)
        """
        return self.first_names.get(self.form(word), ())

    @cached_property
    def _wholes(self) -> Mapping[str, frozenset[str]]:
        out: dict[str, frozenset[str]] = {}
        for owner, name in self.names:
            key = name.casefold().strip()
            out[key] = out.get(key, frozenset()) | {owner}
        return out

    def whole(self, name: str) -> str | None:
        """Whose whole name this is; None where nobody's or that of several.

        >>> NameMatcher((("P01", "Maya Will"),)).whole(" maya will")
        'P01'
        """
        owners = self._wholes.get(name.casefold().strip(), frozenset())
        return next(iter(owners)) if len(owners) == 1 else None

    def replaced(self, text: str) -> str:
        """`text` with ids for names as they are written, and inside file names in other letters.

        >>> NameMatcher((("P03", "Maya Will"),)).replaced("audioMaya1.m4a, maya_will.m4a, a will")
        'audioP031.m4a, P03_P03.m4a, a will'
        """
        text = normalize("NFC", text)  # some systems write umlauts in file names as two characters
        parts = {part: who for who, name in self.names if name != who for part in name.split()}
        for part in sorted(parts, key=len, reverse=True):
            if len(part) > 1:
                who = parts[part]
                text = re.sub(rf"{re.escape(part)}(?![^\W\d_A-Z])", who, text)
                forms = "|".join(re.escape(s) for s in sorted({part, *spellings(part)}))
                alone = rf"(?i)(?<![^\W\d_])(?:{forms})(?![^\W\d_])"
                words = _FILE_NAME.split(text)  # every other one is a file's name
                text = "".join(re.sub(alone, who, w) if k % 2 else w for k, w in enumerate(words))
        return text

    # --- in what was said

    def in_context(
        self, texts: Iterable[str], words: Iterable[tuple[str, float | None]] = ()
    ) -> NameMatcher:
        """The same names, to be found among `texts` of one conversation.

        Parameters
        ----------
        texts : iterable of str
            What was said; tells what capitals mean and which words are ordinary ones.
        words : iterable of (str, float or None)
            Words as written with the recogniser's probabilities, where known.
        """
        large, every = 0, list[str]()
        lower: set[str] = set()
        for text in texts:
            for word in said_words(text):
                every.append(fold(word.stem))
                large += word.capital
                if word.text[0].islower() and self._best(word.stem)[0] < Likeness.NEAR:
                    lower.add(every[-1])
        casing: Casing = "nouns" if is_german(every) else "names"
        if len(every) >= FEW_WORDS and large < NO_CAPITALS * len(every):
            casing = "none"
        unsure = {text.strip() for text, p in words if p is not None and p < DOUBTFUL}
        return NameMatcher(self.names, self.form, casing, lower, unsure)

    @cached_property
    def tokens(self) -> Mapping[str, frozenset[str]]:
        """Owners by each word of their names, folded, and by neighbours of these as one word.

        >>> sorted(NameMatcher((("P01", "Zoë van der Berg"),)).tokens)
        ['berg', 'zoe', 'zoeberg']
        """
        out: dict[str, frozenset[str]] = {}
        for owner, name in self.names:
            for token in name_tokens(name):
                out[token] = out.get(token, frozenset()) | {owner}
        return out

    def find(self, text: str) -> tuple[Found, ...]:
        """The names in `text`, also misheard ones, in order; none overlaps another.

        A word is taken for a name by how like one it is, and by how much speaks for its being
        a name at all: a capital inside a sentence, being set off by commas as an address, not
        being an ordinary word, the recogniser's doubt.  A capital word that is no ordinary one
        and like nobody's name is found too, without an owner: names of others and of places.

        Examples
        --------
        >>> matcher = NameMatcher((("P05", "Callum"), ("P04", "Grace")))
        >>> [(f.start, set(f.owners), f.certain) for f in matcher.find("Thanks, Calum, for grace.")]
        [(8, {'P05'}, False)]
        """
        if not self.tokens:
            return ()
        names: list[Found] = []
        words = list(said_words(text))
        skip = -1
        for k, word in enumerate(words):
            if k <= skip:
                continue
            after = words[k + 1] if k + 1 < len(words) else None
            if after is not None and (split := self._split(word, after)):
                names.append(split)
                skip = k + 1
            elif one := self._judged(word, after):
                names.append(one)
        return tuple(names)

    @cached_property
    def _known(self) -> dict[str, tuple[Likeness, frozenset[str]]]:
        return {}

    def _best(self, word: str) -> tuple[Likeness, frozenset[str]]:
        """The greatest likeness with any name, and whose names are so like `word`."""
        key = word.casefold()
        if key not in self._known:
            best, owners = Likeness.NONE, frozenset[str]()
            for token, who in self.tokens.items():
                like = likeness(word, token)
                if like > best:
                    best, owners = like, who
                elif like == best and like > Likeness.NONE:
                    owners |= who
            self._known[key] = (best, owners)
        return self._known[key]

    def _ordinary(self, word: str) -> bool:
        return is_ordinary(word) or fold(word) in self.vocabulary

    def _split(self, word: SaidWord, after: SaidWord) -> Found | None:
        """A name that was written as two words: "Cal um"."""
        joined = f"{word.text}{after.stem}"
        if after.gap not in {" ", "-"} or not fold(joined).isascii():
            return None
        like, owners = self._best(joined)
        if like < Likeness.NEAR or max(self._best(word.text)[0], self._best(after.stem)[0]) > like:
            return None
        if like == Likeness.NEAR and (len(joined) < 5 or Likeness.SAME in self._alone(word, after)):
            return None
        plain = self._ordinary(word.stem) and self._ordinary(after.stem)
        sure = word.capital and not word.opens and not is_proper(word.stem)
        if like == Likeness.NEAR and not sure and (plain or self._ordinary(word.stem)):
            return None
        if like == Likeness.SAME and plain and not (sure or after.gap == "-"):
            return None
        end = after.start + len(after.stem)
        return Found(word.start, end, owners, certain=False)

    def _alone(self, *words: SaidWord) -> set[Likeness]:
        return {self._best(word.stem)[0] for word in words}

    def _judged(self, word: SaidWord, after: SaidWord | None) -> Found | None:
        like, owners = self._best(word.stem)
        if like < Likeness.SAME and self._best(word.text)[0] == Likeness.SAME:
            like, owners = self._best(word.text)  # O'Brien
        ordinary = self._ordinary(word.stem)
        doubtful = word.written in self.doubtful
        if like == Likeness.SAME:
            taken = not ordinary or self._is_name(word, after, doubtful)
        elif is_interjection(word.stem) or word.initials:
            return None
        elif like > Likeness.NONE:
            taken = (
                self._misheard_ordinary(word, like, doubtful)
                if ordinary
                else self._misheard(word, like, doubtful)
            )
        else:
            taken = False
        if taken:
            end = word.start + len(word.stem)
            known = owners if like > Likeness.FAR else frozenset[str]()
            return Found(word.start, end, known, certain=like == Likeness.SAME)
        if self._stranger(word, ordinary, doubtful):
            return Found(word.start, word.start + len(word.stem), frozenset(), certain=False)
        return None

    def _is_name(self, word: SaidWord, after: SaidWord | None, doubtful: bool) -> bool:
        """Whether a name that is an ordinary word too (Grace, Will) is meant as one."""
        verb = fold(word.stem) in _VERBS
        if self.casing == "none":
            return word.address if verb or is_function(word.stem) else True
        if not word.capital:
            return doubtful or (word.address and not verb)
        if word.opens and verb and after is not None and after.gap == " ":
            return fold(after.stem) not in _AFTER_VERB
        return True

    def _misheard_ordinary(self, word: SaidWord, like: Likeness, doubtful: bool) -> bool:
        """Whether an ordinary word (Roof, Grays, Own) stands for a name."""
        inside = word.capital and not word.opens and self.casing != "none"
        if self.casing == "nouns":
            near = like == Likeness.NEAR and word.capital and word.address
            return near and not is_function(word.stem)
        if is_function(word.stem) or is_proper(word.stem):
            return like == Likeness.NEAR and word.capital and word.address and (inside or doubtful)
        if inside:
            return True
        if like == Likeness.NEAR and word.capital:
            return word.address or doubtful
        return doubtful and len(word.stem) > 3 and (like == Likeness.NEAR or word.address)

    def _misheard(self, word: SaidWord, like: Likeness, doubtful: bool) -> bool:
        """Whether a word that is no ordinary one stands for a name that it is like."""
        if like == Likeness.NEAR:
            return True
        if self.casing == "nouns":
            return word.capital and (word.address or doubtful)
        return (word.capital and not looks_ordinary(word.stem)) or doubtful

    def _stranger(self, word: SaidWord, ordinary: bool, doubtful: bool) -> bool:
        """Whether a word must be a name though it is like none of the roster."""
        if self.casing != "names" or not word.capital or is_proper(word.stem):
            return False
        if ordinary:
            return doubtful and word.address and not word.opens and not is_function(word.stem)
        return not word.opens or (word.address and not looks_ordinary(word.stem))


def name_tokens(name: str) -> frozenset[str]:
    """The words of a name that could give its bearer away, folded."""
    words = [fold(part) for part in _PART.findall(name)]
    kept = [word for word in words if word not in PARTICLES and not word.isdigit()]
    whole = {fold(part) for part in WORD.findall(name) if "'" in part or "’" in part}
    long = {word for word in kept if len(word) > 1}
    pairs = {a + b for a, b in pairwise(kept) if len(a) > 1 and len(b) > 1}
    umlauts = {s for part in _PART.findall(name) for s in spellings(part) if fold(part) in long}
    return frozenset(long | whole | pairs | umlauts or set(words))
