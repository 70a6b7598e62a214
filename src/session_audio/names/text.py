"""Words of what was said, each with what stands around it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_ENDING = re.compile(r"['’](?:s|ll|d|ve|re|m)?$", re.IGNORECASE)
_SENTENCE_END = re.compile(r"[.?!…:;]")


@dataclass(frozen=True, slots=True)
class SaidWord:
    """One word of a text and what stands around it."""

    text: str
    start: int
    opens: bool
    """Whether it is the first of a sentence."""
    address: bool
    """Whether it stands alone between stops or commas."""
    gap: str
    """What lies between it and the word before."""
    written: str
    """The word with its punctuation, as the recogniser wrote it."""

    @property
    def stem(self) -> str:
        """The word without 's, 'll and the like."""
        return _ENDING.sub("", self.text) or self.text

    @property
    def initials(self) -> bool:
        """Whether it is a single letter or an abbreviation: A, GP, YMCA."""
        return len(self.stem) < 2 or (self.stem[:4].isupper() and len(self.stem) < 6)

    @property
    def capital(self) -> bool:
        """Whether it begins with a capital."""
        return self.text[0].isupper()


def said_words(text: str) -> Iterator[SaidWord]:
    """The words of `text`, in order."""
    matches = list(WORD.finditer(text))
    for k, match in enumerate(matches):
        before = text[matches[k - 1].end() if k else 0 : match.start()]
        after = text[match.end() : matches[k + 1].start() if k + 1 < len(matches) else len(text)]
        opens = k == 0 or bool(_SENTENCE_END.search(before))
        left = k == 0 or any(c in before for c in ",.?!…:;—–")
        right = not after.strip() or any(c in after for c in ",.?!…:;—–")
        first = text.rfind(" ", 0, match.start()) + 1
        last = text.find(" ", match.end())
        written = text[first : last if last >= 0 else len(text)]
        yield SaidWord(match.group(), match.start(), opens, left and right, before, written)
