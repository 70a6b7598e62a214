"""What both readers do with the words of a turn: roles, and people under names of ours.

The classifier cannot learn a name, and can see who is addressed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from session_audio.names import NameMatcher

ROLES: Mapping[str, str] = {
    "therapist": "therapist",
    "co_therapist": "therapist",
    "co-therapist": "therapist",
    "leader": "therapist",
    "facilitator": "therapist",
    "clinician": "therapist",
    "member": "member",
    "client": "member",
    "patient": "member",
    "participant": "member",
}
UNKNOWN_ROLE = "someone"


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
"""A word: letters, with apostrophes inside."""
# Names that are also common words: in text without capitals they are left alone.
_ALSO_WORDS = _words(
    """will mark may joy hope grace bill art rob rich pat sue faith rose dot gene drew guy dean
    jack don ray chase june april august dawn daisy ivy olive pearl ruby violet miles page ward
    wade chip buddy sky summer star angel king duke red sonny"""
)


def role_word(role: str) -> str:
    """``therapist``, ``member`` or ``someone``.

    >>> role_word("Co_Therapist"), role_word("observer")
    ('therapist', 'someone')
    """
    return ROLES.get(role.strip().lower(), UNKNOWN_ROLE)


def renamed(text: str, names: Mapping[str, str]) -> str:
    """`text` with each person of `names` called by place.

    >>> renamed("Ann, you said so.", {"ann": "robin"})
    'robin, you said so.'
    >>> renamed("i will ask will", {"will": "sam"})
    'i will ask will'
    """
    return replaced(text, NameMatcher(tuple((place, name) for name, place in names.items())))


def replaced(text: str, matcher: NameMatcher) -> str:
    """`text` with each person whom `matcher` knows called by the owner of the name."""
    plain = text == text.lower()

    def place(match: re.Match[str]) -> str:
        word = match.group()
        stem, mark, rest = word.partition("'") if "'" in word else word.partition("’")
        key = stem.lower()
        owners = matcher.called(key)
        if not owners or (plain and key in _ALSO_WORDS) or (stem == key and not plain):
            return word
        return owners[-1] + mark + rest

    return WORD.sub(place, text)
