"""Puts together what is found in a text, and replaces it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, cast

from session_audio.names import NameMatcher
from session_audio.ports import NameReader
from session_audio.redaction import runs, spoken, written

Kind = Literal[
    "roster",
    "person",
    "place",
    "organisation",
    "phone",
    "address",
    "email",
    "record",
    "date",
    "web",
    "name",
]
_FIRST: tuple[Kind, ...] = ("email", "web", "address", "record", "phone", "date")
"""Kinds that a pattern tells: they go before a name inside them."""


@dataclass(frozen=True, slots=True)
class Span:
    """``text[start:end]`` tells who somebody is, or may."""

    start: int
    end: int
    kind: Kind
    owners: frozenset[str] = frozenset()
    """Participants whose name it may be."""
    certain: bool = True


@dataclass(frozen=True, slots=True)
class Redacted:
    """A text with its kind in place of what was found, and how often each kind was."""

    text: str
    counts: Mapping[Kind, int]


@dataclass(frozen=True)
class Redactor:
    """Finds and replaces what tells who somebody is.

    Parameters
    ----------
    matcher : NameMatcher
        The roster, seen in the texts at hand (`NameMatcher.in_context`).
    reader : NameReader, optional
        A model that tells names of people, places and organisations.
    codes : mapping
        What stands for each participant; the id where there is none.
    """

    matcher: NameMatcher
    reader: NameReader | None = None
    codes: Mapping[str, str] = field(default_factory=dict)

    def find(self, texts: Sequence[str]) -> list[tuple[Span, ...]]:
        """What is found in each of `texts`, in order, not overlapping."""
        read = self.reader(texts) if self.reader is not None else [[] for _ in texts]
        return [self._merged(text, found) for text, found in zip(texts, read, strict=True)]

    def redact(self, texts: Sequence[str]) -> list[Redacted]:
        """Each of `texts` with kinds and codes in place of what was found."""
        return [
            self._replaced(text, spans) for text, spans in zip(texts, self.find(texts), strict=True)
        ]

    def _merged(self, text: str, read: Iterable[tuple[int, int, str]]) -> tuple[Span, ...]:
        patterns = [*spoken.of_the_net(text), *written.addresses(text), *written.dates(text)]
        patterns += [*spoken.numbers(text), *runs.runs(text)]
        told = [Span(a, b, cast(Kind, kind)) for a, b, kind in patterns]
        told.sort(key=lambda s: (_FIRST.index(s.kind), s.start - s.end))
        names = self.matcher.find(text)
        told += [Span(n.start, n.end, "roster", n.owners, n.certain) for n in names if n.owners]
        others = [*written.people(text), *written.organisations(text), *read]
        told += [Span(a, b, cast(Kind, kind)) for a, b, kind in others]
        told += [Span(n.start, n.end, "name") for n in names if not n.owners]
        out: list[Span] = []
        for span in told:
            for free in _free(span, out):
                if text[free.start : free.end].strip(" ,.'’"):
                    out.append(free)
        return tuple(sorted(out, key=lambda s: s.start))

    def _replaced(self, text: str, spans: Sequence[Span]) -> Redacted:
        parts, at = [], 0
        for span in spans:
            parts += [text[at : span.start], f"[{self._stands(span)}]"]
            at = span.end
        return Redacted("".join((*parts, text[at:])), Counter(s.kind for s in spans))

    def _stands(self, span: Span) -> str:
        if not span.owners:
            return span.kind
        if len(span.owners) > 1:
            return "somebody of the group"
        (who,) = span.owners
        return f"{self.codes.get(who, who)}{'' if span.certain else '?'}"


def _free(span: Span, taken: Sequence[Span]) -> list[Span]:
    """What of `span` is not taken yet."""
    pieces = [(span.start, span.end)]
    for other in taken:
        pieces = [
            piece
            for a, b in pieces
            for piece in ((a, min(b, other.start)), (max(a, other.end), b))
            if piece[0] < piece[1]
        ]
    return [Span(a, b, span.kind, span.owners, span.certain) for a, b in pieces]
