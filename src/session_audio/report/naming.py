"""How people are called in a report: by name, or so that nobody can be known by it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from session_audio.schema import UNATTRIBUTED, Group, Participant

_ID = re.compile(r"^[A-Za-z]{1,3}[-_]?\d{1,4}$")
_WORD = re.compile(r"[^\W_]+")
_PARTICLES = frozenset(
    {"al", "am", "and", "bin", "da", "de", "del", "der", "di", "do", "dos", "dr", "du", "el"}
    | {"ibn", "la", "le", "lo", "mr", "mrs", "ms", "of", "the", "van", "von", "zu"}
)
FIRST_STRONG, POP = "⁨", "⁩"
_LONGEST = 28


def clean(text: str) -> str:
    r"""`text` on one line, without control, bidirectional and private characters.

    >>> clean("Ma\u202eya\n ")
    'Maya'
    """
    kept = (
        " " if char.isspace() else char
        for char in text
        if char.isspace() or unicodedata.category(char) not in {"Cc", "Cf", "Cs", "Co", "Cn"}
        or char in "\u200c\u200d"
    )  # fmt: skip
    return " ".join("".join(kept).split())


def fold(word: str) -> str:
    """`word` without case and accents, for comparison.

    >>> fold("Zoë")
    'zoe'
    """
    plain = unicodedata.normalize("NFKD", word)
    return "".join(char for char in plain if not unicodedata.combining(char)).casefold()


def runs_from_right(text: str) -> bool:
    """Whether `text` holds a letter of a script written from right to left."""
    return any(unicodedata.bidirectional(char) in {"R", "AL"} for char in text)


def isolate(text: str) -> str:
    """`text` in isolates where it would upset the order of the words around it."""
    return f"{FIRST_STRONG}{text}{POP}" if runs_from_right(text) else text


@dataclass(frozen=True)
class People:
    """Calls people by their names, or by codes that stay the same in every session.

    Parameters
    ----------
    group
        The roster.
    pseudonyms
        Codes in place of names, in what was said too.
    words
        The few words needed: ``nobody_known``, ``unknown_voice``, ``someone``.
    others
        Ids that speak and are not in the roster, in a fixed order.
    """

    group: Group
    pseudonyms: bool
    words: Mapping[str, str]
    others: tuple[str, ...] = ()
    anonymous: bool = False
    """Whether names in what was said become "someone" instead of a code."""
    _codes: dict[str, str] = field(default_factory=dict, repr=False)
    _tokens: dict[str, set[str]] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        for place, person in enumerate(self.group.participants, 1):
            self._codes[person.id] = person.id if _ID.match(person.id) else f"N{place:02d}"
            for token in name_tokens(person):
                self._tokens.setdefault(token, set()).add(person.id)

    def code(self, who: str) -> str:
        """The code of `who`: the roster's id where that is one, else a number."""
        if who in self._codes:
            return self._codes[who]
        if who == UNATTRIBUTED:
            return self.words["nobody_known"]
        place = self.others.index(who) + 1 if who in self.others else len(self.others) + 1
        return f"{self.words['unknown_voice']} {place}"

    def label(self, who: str) -> str:
        """What `who` is called in this report, without isolates; at most 28 characters."""
        if self.pseudonyms or who == UNATTRIBUTED:
            return self.code(who)
        if who not in self._codes:
            return self._short(clean(who)) or self.code(who)
        name = clean(self.group.participant(who).name)
        same = [p for p in self.group.participants if clean(p.name) == name]
        if not name or len(same) > 1:
            return f"{self._short(name)} {self.code(who)}".strip()
        return self._short(name)

    def __call__(self, who: str) -> str:
        """`label`, safe to stand in a sentence."""
        return isolate(self.label(who))

    def said(self, text: str) -> str:
        """What was said; with pseudonyms, names of the roster become their codes."""
        text = clean(text)
        return self.masked(text) if self.pseudonyms else isolate(text)

    def masked(self, text: str, keep: Iterable[str] = ()) -> str:
        """`text` with every name of the roster replaced, but those of the ids in `keep`.

        Nicknames and misspellings are not known, so they stay.
        """
        keep = set(keep)

        def replace(match: re.Match[str]) -> str:
            word = fold(match.group())
            owners = self._tokens.get(word) or (
                self._tokens.get(word[:-1]) if word.endswith("s") else None
            )
            if not owners or owners <= keep:
                return match.group()
            alone = len(owners) == 1 and not self.anonymous
            named = self.code(next(iter(owners))) if alone else self.words["someone"]
            return f"[{named}]"

        return isolate(_WORD.sub(replace, clean(text)))

    @staticmethod
    def _short(name: str) -> str:
        return name if len(name) <= _LONGEST else f"{name[: _LONGEST - 1].rstrip()}…"


def name_tokens(person: Participant) -> set[str]:
    """The words of a name that could give its bearer away, folded.

    >>> sorted(name_tokens(Participant("P01", "Zoë van der Berg")))
    ['berg', 'zoe']
    """
    words = [fold(word) for word in _WORD.findall(clean(person.name))]
    kept = {word for word in words if word not in _PARTICLES and not word.isdigit()}
    return {word for word in kept if len(word) > 1} or set(words)
