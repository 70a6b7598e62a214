"""Recall and precision of what tells who somebody is, on written spoken English.

    python benchmarks/redaction.py [--without-model] [--errors]

The items are in ``tests/data``: ``redaction.txt``, beside which the patterns were written;
``redaction_hard.txt``, on which they were mended; ``redaction_unseen.txt``, written after that and
only measured.

An item is found when each letter and digit of it
is replaced, as whatever kind.  A replacement is right when it holds a letter or digit of an item.
"""

from __future__ import annotations

import argparse
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from session_audio.names import NameMatcher
from session_audio.ports import NameReader
from session_audio.redaction import Redactor

DATA = Path(__file__).parents[1] / "tests" / "data"
ITEMS = DATA / "redaction.txt"
SETS = {"first": ITEMS}
SETS |= {
    name: DATA / f"redaction_{name}.txt"
    for name in ("hard", "unseen", "other_a", "other_b", "other_c")
}
KINDS = {
    "r": "roster",
    "p": "person",
    "l": "place",
    "o": "organisation",
    "t": "phone",
    "a": "address",
    "e": "email",
    "n": "record",
    "d": "date",
    "w": "web",
}
ROSTER = (
    "Ruth Ardent",
    "Daniel Okafor",
    "Maya Quillfeather",
    "Owen Brackenridge",
    "Grace Lindqvist",
    "Callum Teague",
)
_MARK = re.compile(r"\{(\w):([^}]*)\}")


@dataclass(frozen=True)
class Item:
    """A sentence, and what of it tells who somebody is."""

    text: str
    spans: tuple[tuple[int, int, str], ...]


def read_items(path: Path = ITEMS) -> list[Item]:
    """The sentences of the test set."""
    items = []
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("#") or not line:
            continue
        text, spans, at = "", [], 0
        for mark in _MARK.finditer(line):
            text += line[at : mark.start()]
            spans.append((len(text), len(text) + len(mark[2]), KINDS[mark[1]]))
            text += mark[2]
            at = mark.end()
        items.append(Item(text + line[at:], tuple(spans)))
    return items


@dataclass
class Scores:
    """What was found of each kind, and what was replaced without need."""

    wanted: Counter[str]
    found: Counter[str]
    replaced: int = 0
    right: int = 0
    missed: list[str] = None  # type: ignore[assignment]
    needless: list[str] = None  # type: ignore[assignment]

    def recall(self, *kinds: str) -> float:
        """Share of the items of `kinds` that were found."""
        return sum(self.found[k] for k in kinds) / max(1, sum(self.wanted[k] for k in kinds))

    @property
    def precision(self) -> float:
        """Share of the replacements that were right."""
        return self.right / max(1, self.replaced)


def score(items: list[Item], reader: NameReader | None) -> Scores:
    """Recall and precision on `items`."""
    names = tuple((f"P{k:02d}", name) for k, name in enumerate(ROSTER, 1))
    every = [item.text for item in items]
    matcher = NameMatcher(names).in_context(every, ())
    made = Scores(Counter(), Counter(), missed=[], needless=[])
    for item, spans in zip(items, Redactor(matcher, reader).find(every), strict=True):
        covered = {k for s in spans for k in range(s.start, s.end)}
        inside = {k for a, b, _ in item.spans for k in range(a, b)}
        for start, end, kind in item.spans:
            letters = {k for k in range(start, end) if item.text[k].isalnum()}
            letters -= _possessive(item.text, start, end)
            made.wanted[kind] += 1
            if letters <= covered:
                made.found[kind] += 1
            else:
                made.missed.append(f"{kind}: {item.text[start:end]!r} in {item.text}")
        for span in spans:
            made.replaced += 1
            if any(k in inside for k in range(span.start, span.end)):
                made.right += 1
            else:
                made.needless.append(
                    f"{span.kind}: {item.text[span.start : span.end]!r} in {item.text}"
                )
    return made


def _possessive(text: str, start: int, end: int) -> set[int]:
    """The s of "Maya's", which tells nothing."""
    return {end - 1} if text[start:end].endswith(("'s", "’s")) else set()


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--without-model", action="store_true")
    parser.add_argument("--errors", action="store_true", help="list what was missed")
    parser.add_argument("--model", type=Path, help="folder of the spaCy model")
    given = parser.parse_args()
    reader = None
    if not given.without_model:
        from session_audio.backends.entities import SpacyNames

        if given.model is None:
            from session_audio.backends.load import load_names

            reader = load_names()
        else:
            reader = SpacyNames(given.model)
    for name, path in SETS.items():
        part = read_items(path)
        made = score(part, reader)
        print(f"{name}: {sum(made.wanted.values())} items in {len(part)} sentences; ", end="")
        print(f"precision {made.precision:.3f} ({made.right} of {made.replaced})")
        for kind in KINDS.values():
            print(f"  {kind:13}{made.recall(kind):.3f}  {made.found[kind]} of {made.wanted[kind]}")
        numbers = made.recall("phone", "record")
        print(f"  {'numbers':13}{numbers:.3f}")
        if given.errors:
            print(*(f"    missed {line}" for line in made.missed), sep="\n")
            print(*(f"    needless {line}" for line in made.needless), sep="\n")


if __name__ == "__main__":
    main()
