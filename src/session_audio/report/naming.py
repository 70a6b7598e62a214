"""How people are called in a report: by name, or so that nobody can be known by it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from session_audio.names import NameMatcher
from session_audio.schema import UNATTRIBUTED, Group

_ID = re.compile(r"^[A-Za-z]{1,3}[-_]?\d{1,4}$")
FIRST_STRONG, POP = "⁨", "⁩"
_LONGEST = 28


def clean(text: str) -> str:
    r"""`text` on one line, composed, without control, bidirectional and private characters.

    >>> clean("Ma\u202eya\n ")
    'Maya'
    """
    kept = (" " if char.isspace() else char for char in text if char.isspace() or _shown(char))
    return unicodedata.normalize("NFC", " ".join("".join(kept).split()))


def _shown(char: str) -> bool:
    hidden = {"Cc", "Cf", "Cs", "Co", "Cn"}
    return unicodedata.category(char) not in hidden or char in "\u200c\u200d"


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
        The few words needed: ``nobody_known``, ``unknown_voice``, ``someone``, ``a_name``.
    others
        Ids that speak and are not in the roster, in a fixed order.
    names
        The roster's names as they are looked for in what was said; made from the roster when
        not given.
    """

    group: Group
    pseudonyms: bool
    words: Mapping[str, str]
    others: tuple[str, ...] = ()
    anonymous: bool = False
    """Whether names in what was said become "someone" instead of a code."""
    names: NameMatcher | None = field(default=None, repr=False)

    @cached_property
    def codes(self) -> Mapping[str, str]:
        """The code of each participant: the roster's id where that is one, else a number."""
        return {
            person.id: person.id if _ID.match(person.id) else f"N{place:02d}"
            for place, person in enumerate(self.group.participants, 1)
        }

    @cached_property
    def matcher(self) -> NameMatcher:
        """The names as they are looked for."""
        return self.names or NameMatcher.of(self.group.participants)

    def code(self, who: str) -> str:
        """The code of `who`; of somebody who is not in the roster, a number."""
        if who in self.codes:
            return self.codes[who]
        if who == UNATTRIBUTED:
            return self.words["nobody_known"]
        place = self.others.index(who) + 1 if who in self.others else len(self.others) + 1
        return f"{self.words['unknown_voice']} {place}"

    def label(self, who: str) -> str:
        """What `who` is called in this report, without isolates; at most 28 characters."""
        if self.pseudonyms or who == UNATTRIBUTED:
            return self.code(who)
        if who not in self.codes:
            return self._short(clean(who)) or self.code(who)
        name = clean(self.group.participant(who).name)
        same = [p for p in self.group.participants if clean(p.name) == name]
        if not name or len(same) > 1:
            return f"{self._short(name)} {self.code(who)}".strip()
        return self._short(name)

    def __call__(self, who: str) -> str:
        """`label`, safe to stand in a sentence."""
        return isolate(self.label(who))

    def printable(self, text: str) -> str:
        """What was said; with pseudonyms, names of the roster become their codes."""
        text = clean(text)
        return self.masked(text) if self.pseudonyms else isolate(text)

    def masked(self, text: str, keep: Iterable[str] = ()) -> str:
        """`text` with every name replaced, but those of the ids in `keep`.

        A name of the roster becomes its code, with a question mark where the word is only like
        it; any other name becomes "a name".  Nicknames may remain.
        """
        kept, text = frozenset(keep), clean(text)
        out, at = [], 0
        for name in self.matcher.find(text):
            if name.owners and name.owners <= kept:
                continue
            out += [text[at : name.start], f"[{self._hidden(name.owners, name.certain)}]"]
            at = name.end
        return isolate("".join((*out, text[at:])))

    def _hidden(self, owners: frozenset[str], certain: bool) -> str:
        if not owners:
            return self.words["a_name"]
        if self.anonymous or len(owners) > 1:
            return self.words["someone"]
        return f"{self.code(next(iter(owners)))}{'' if certain else '?'}"

    @staticmethod
    def _short(name: str) -> str:
        return name if len(name) <= _LONGEST else f"{name[: _LONGEST - 1].rstrip()}…"
