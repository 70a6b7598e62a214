"""How a conversation becomes the text that its reader sees.

People are called by names of ours, in the order in which they first speak, wherever they are
named.
"""

from __future__ import annotations

from collections.abc import Sequence

from session_audio.backends.rupture.text import UNKNOWN_ROLE, replaced, role_word
from session_audio.names import NameMatcher
from session_audio.schema import ContextTurn

LONGEST = 96
"""Tokens kept of a turn, half from its begin and half from its end; 80 words are about 100."""

PEOPLE = ("alex", "robin", "sam", "jo", "chris", "kim", "lee", "pat", "max", "jamie", "terry")
"""Names of people by place; all short, and none bound to one gender."""


def places(turns: Sequence[ContextTurn], people: Sequence[str] = PEOPLE) -> dict[str, str]:
    """The name of ours for each speaker (lower case), in the order of their first turns.

    More speakers than `people` share the names from the first on again.

    >>> places([ContextTurn("Ann", "", "Hi."), ContextTurn("Bo", "", "Hm.")])
    {'ann': 'alex', 'bo': 'robin'}
    """
    out: dict[str, str] = {}
    for turn in turns:
        who = turn.speaker.strip().lower()
        if who not in out:
            out[who] = people[len(out) % len(people)]
    return out


def render(
    turns: Sequence[ContextTurn], *, roles: bool = True, people: Sequence[str] = PEOPLE
) -> list[str]:
    """The text of each turn of a conversation.

    Parameters
    ----------
    turns : sequence of ContextTurn
        The conversation in order.
    roles : bool
        False hides who leads.
    people : sequence of str
        Names to call people by, in the order of their first turns.

    Examples
    --------
    >>> render([ContextTurn("Bo", "member", "I, Bo, am late.")])
    ['member alex: I, alex, am late.']
    """
    names = places(turns, people)
    matcher = NameMatcher(tuple((place, name) for name, place in names.items()))
    return [
        f"{role_word(turn.role) if roles else UNKNOWN_ROLE} {names[turn.speaker.strip().lower()]}: "
        + replaced(turn.text.strip(), matcher)
        for turn in turns
    ]


def shortened(ids: Sequence[int], longest: int = LONGEST) -> list[int]:
    """The begin and the end of a turn's token ids, where it has more than `longest`.

    >>> shortened([1, 2, 3, 4, 5], 4)
    [1, 2, 4, 5]
    """
    if len(ids) <= longest:
        return list(ids)
    return [*ids[: longest // 2], *ids[-(longest // 2) :]]
