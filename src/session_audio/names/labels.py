"""Whose name a label of a transcript is: as platforms write names, and never by guess.

A label is somebody's where it is their id, where the manifest says so, or where each of its
words is a word of one person's name, in any order, or its initial: ``Müller, Ruth``, ``tom``,
``Anna B. (External)``.  Where it may be two people's, or is only like a name, it is nobody's,
and those it could be are told.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from unicodedata import normalize

from session_audio.names.likeness import Likeness, likeness, spellings
from session_audio.names.ordinary import is_ordinary
from session_audio.schema import Participant

_ASIDE = re.compile(r"\([^()]*\)|\[[^\[\]]*\]|\{[^{}]*\}")
_PRONOUNS = re.compile(r"(?:^|[\s,|/-])+(?:\w{2,5}/)+\w{2,6}\s*$")
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_TITLES = frozenset(
    {"dr", "prof", "frau", "herr", "hr", "fr", "mr", "mrs", "ms", "miss", "mx", "med", "phil"}
)


@dataclass(frozen=True, slots=True)
class Placed:
    """Whom a label stands for.

    `who` is None where nobody is sure; `could_be` then names those that it may be, by id.
    `is_name` is False where the manifest says that it is part of what was said.
    """

    who: str | None
    could_be: tuple[str, ...] = ()
    is_name: bool = True


def plain(label: str) -> str:
    """A label in one form: small letters, one space between words, one Unicode form.

    >>> plain(" Tom  BERG ")
    'tom berg'
    """
    return " ".join(normalize("NFKC", label).casefold().split())


class Labels:
    """The labels of a transcript among the people of a roster.

    Parameters
    ----------
    roster : iterable of Participant
        Everybody of the group: whoever was away may still be meant.
    given : mapping
        What a person has said: label to id; to an empty text where it is no name.
    """

    def __init__(self, roster: Iterable[Participant], given: Mapping[str, str]) -> None:
        people = tuple(roster)
        self._given = {plain(label): who for label, who in given.items()}
        self._ids = {plain(p.id): str(p.id) for p in people}
        self._names = {
            str(p.id): tuple(spellings(w) for w in _words(p.name)) for p in people if p.name != p.id
        }
        self._known: dict[str, Placed] = {}

    def place(self, label: str) -> Placed:
        """Whose `label` is.

        Examples
        --------
        >>> from session_audio.schema import ParticipantId
        >>> anna = Participant(ParticipantId("P01"), "Anna Berg")
        >>> other = Participant(ParticipantId("P02"), "Anna Lind")
        >>> labels = Labels([anna, other], {"+49 170 12": "P02"})
        >>> [labels.place(x).who for x in ("Berg, Anna", "anna l. (Guest)", "+49 170 12")]
        ['P01', 'P02', 'P02']
        >>> labels.place("Anna")
        Placed(who=None, could_be=('P01', 'P02'), is_name=True)
        """
        key = plain(label)
        if key not in self._known:
            self._known[key] = self._placed(key)
        return self._known[key]

    def place_glued(self, label: str) -> Placed:
        """Whose `label` is, written without blanks as in the name of a file.

        Examples
        --------
        >>> from session_audio.schema import ParticipantId
        >>> labels = Labels([Participant(ParticipantId("P01"), "Anna Berg")], {})
        >>> [labels.place_glued(x).who for x in ("AnnaBerg", "annaberg", "BergAnnasheher")]
        ['P01', 'P01', None]
        """
        apart = "".join(
            f" {now}" if now.isupper() and before.islower() else now
            for before, now in zip(f" {label}", label, strict=False)
        )
        placed = self.place(apart.replace("_", " "))
        if placed.who is not None:
            return placed
        joined = {who: "".join(min(forms) for forms in name) for who, name in self._names.items()}
        whole = "".join(min(spellings(word)) for word in _words(plain(label)))
        same = [who for who, name in joined.items() if name and name == whole]
        return Placed(same[0]) if len(same) == 1 else placed

    def _placed(self, key: str) -> Placed:
        if key in self._given:
            who = self._given[key]
            return Placed(who or None, is_name=bool(who))
        bare = plain(_PRONOUNS.sub("", _ASIDE.sub(" ", key)))
        for form in (key, bare):
            if form in self._ids:
                return Placed(self._ids[form])
        words = _words(bare)
        written = [spellings(word) for word in words]
        exact = [who for who, name in self._names.items() if _same(written, name)]
        owners = [who for who, name in self._names.items() if _part_of(written, name)]
        if len(exact) == 1 and (len(words) > 1 or len(owners) == 1):
            return Placed(exact[0])
        if len(owners) == 1:
            return Placed(owners[0])
        if owners:
            return Placed(None, tuple(owners))
        return Placed(None, tuple(who for who, name in self._names.items() if _like(words, name)))


def looks_like_a_name(label: str) -> bool:
    """Whether `label`, met once before a colon, is rather somebody than something said.

    Each word begins with a capital, and one of them is no ordinary word; or it is a number.

    >>> [looks_like_a_name(x) for x in ("Callum Reed", "One thing", "Frage", "+49 170 12345")]
    [True, False, False, True]
    """
    words = _WORD.findall(label)
    if words and all(word.isdigit() for word in words):
        return sum(map(len, words)) >= 5
    large = bool(words) and all(word[0].isupper() for word in words)
    return large and len(words) <= 4 and not all(is_ordinary(word) for word in words)


def _words(name: str) -> list[str]:
    """The words of a name that tell somebody, folded; titles are left out where more is there."""
    words = [normalize("NFC", word).casefold() for word in _WORD.findall(normalize("NFKC", name))]
    return [word for word in words if word not in _TITLES] or words


def _same(written: list[frozenset[str]], name: tuple[frozenset[str], ...]) -> bool:
    """Whether a label's words are all those of a name, in any order."""
    return len(written) == len(name) and _part_of(written, name)


def _part_of(written: list[frozenset[str]], name: tuple[frozenset[str], ...]) -> bool:
    """Whether each word of a label is another word of a name; initials count beside a whole one."""
    left = list(name)
    initials = []
    for forms in written:
        found = next((other for other in left if forms & other), None)
        if found is not None:
            left.remove(found)
        elif all(len(form) == 1 for form in forms):
            initials.append(forms)
        else:
            return False
    if len(left) == len(name):
        return False  # no whole word
    for forms in initials:
        first = next((o for o in left if any(w[0] in forms for w in o)), None)
        if first is None:
            return False
        left.remove(first)
    return True


def _like(words: list[str], name: tuple[frozenset[str], ...]) -> bool:
    """Whether something in a label is like a word of a name: worth asking, never enough."""
    return any(
        len(word) > 1 and likeness(word, form) >= Likeness.NEAR
        for word in words
        for forms in name
        for form in forms
    )
