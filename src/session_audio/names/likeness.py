"""How like a name a word is, by spelling and by sound.

A recogniser writes a name as it sounds: Calum or Kallum for Callum, Maia for Maya.  Spelling is
compared by Damerau-Levenshtein distance and Jaro-Winkler similarity, sound by Metaphone
(Philips 1990) and the Match Rating Approach (Moore et al. 1977), all from `jellyfish`.  The
limits are ours, chosen on the test set of ``tests/test_names.py``.
"""

from __future__ import annotations

import re
import unicodedata
from enum import IntEnum
from functools import lru_cache

import jellyfish

_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "å": "aa", "ø": "oe", "æ": "ae"})
_APOSTROPHES = re.compile("['’]")


class Likeness(IntEnum):
    """How like a word and a name are; larger is more alike."""

    NONE = 0
    FAR = 1
    """Something in common: only believed where the word must be a name."""
    NEAR = 2
    """One letter or the same sound."""
    SAME = 3
    """The name, but for case, accents and an ending."""


def fold(word: str) -> str:
    """`word` without case, accents and apostrophes, for comparison.

    >>> fold("Zoë"), fold("O’Brien")
    ('zoe', 'obrien')
    """
    plain = unicodedata.normalize("NFKD", _APOSTROPHES.sub("", word))
    return "".join(char for char in plain if not unicodedata.combining(char)).casefold()


def spellings(word: str) -> frozenset[str]:
    """`word` folded, and with umlauts written out.

    >>> sorted(spellings("Jörg"))
    ['joerg', 'jorg']
    """
    whole = unicodedata.normalize("NFC", word).casefold()
    return frozenset({fold(word), fold(whole.translate(_UMLAUTS))})


@lru_cache(maxsize=65536)
def likeness(word: str, name: str) -> Likeness:
    """How like `name` the `word` is.

    Parameters
    ----------
    word, name : str
        One word each, in any case.

    Examples
    --------
    >>> [likeness(word, "Callum").name for word in ("callums", "Kallum", "Column", "garden")]
    ['SAME', 'NEAR', 'FAR', 'NONE']
    """
    return max(_compared(a, b) for a in spellings(word) for b in spellings(name))


def _compared(word: str, name: str) -> Likeness:
    if not word or not name:
        return Likeness.NONE
    stem = word[:-1] if len(word) > 2 and word.endswith("s") else word
    if word == name or stem == name:
        return Likeness.SAME
    if not name.isascii() or not word.isascii():
        # No sounds are known for these scripts; some write no spaces between words.
        held = len(name) > 1 and not name.isascii() and name in word
        return Likeness.SAME if held else Likeness.NONE
    return max(_near(word, name), _near(stem, name))


def _near(word: str, name: str) -> Likeness:
    edits = jellyfish.damerau_levenshtein_distance(word, name)
    alike = jellyfish.jaro_winkler_similarity(word, name)
    sound, other = jellyfish.metaphone(word), jellyfish.metaphone(name)
    same_sound = bool(other) and sound == other
    longer = max(len(word), len(name))
    apart = abs(len(word) - len(name))
    if len(name) <= 2:  # Jo, Al, Mo: one letter more and the same sound, or nothing
        near = same_sound and apart == 1 and word[0] == name[0]
        return Likeness.NEAR if near else Likeness.NONE
    if (
        (edits <= 1 and longer >= 4)
        or (edits <= 1 and same_sound)
        or (same_sound and alike >= 0.7 and apart <= 3 and len(word) > 2)
        or (alike >= 0.9 and apart <= 2)
    ):
        return Likeness.NEAR
    rated = longer >= 4 and bool(jellyfish.match_rating_comparison(word, name))
    begins = len(word) >= 3 and name.startswith(word)
    one_sound = len(other) > 1 and jellyfish.damerau_levenshtein_distance(sound, other) <= 1
    close = (rated or one_sound or edits <= 2) and alike >= 0.6 and apart <= 3
    first = word[0] == name[0] and rated
    return Likeness.FAR if begins or close or first or alike >= 0.82 else Likeness.NONE
