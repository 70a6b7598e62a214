"""How a turn by itself becomes the text that its reader sees.

People are renamed by their place in the exchange (the one who speaks, then the others in
order, latest first), wherever they are named.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from session_audio.backends.rupture.text import UNKNOWN_ROLE, renamed, role_word
from session_audio.schema import TurnInContext

LONGEST_TURN = 96
"""Tokens kept of the turn itself; 80 words are about 100."""
LONGEST_CONTEXT = 40
"""Tokens kept of each turn before it."""

SELF = "alex"
OTHERS = ("robin", "sam", "jo")
"""Names of people by place; all short, and none bound to one gender."""


@dataclass(frozen=True, slots=True)
class Rendered:
    """The text of one turn: the turns before it, oldest first, and the turn itself."""

    context: tuple[str, ...]
    turn: str


def places(turn: TurnInContext) -> dict[str, str]:
    """Each speaker's place name, by the name given (lower case).

    >>> from session_audio.schema import ContextTurn
    >>> places(TurnInContext("1", (ContextTurn("Ann", "", "Hi."),), "Bo", "member", "Hm."))
    {'bo': 'alex', 'ann': 'robin'}
    """
    own = turn.speaker.strip().lower()
    out = {own: SELF}
    for before in reversed(turn.context):
        who = before.speaker.strip().lower()
        if who not in out:
            out[who] = OTHERS[min(len(out) - 1, len(OTHERS) - 1)]
    return out


def render(turn: TurnInContext, *, roles: bool = True) -> Rendered:
    """The text that the classifier reads; `roles` False hides who leads.

    >>> render(TurnInContext("1", (), "Bo", "member", "I, Bo, am late.")).turn
    'member alex: I, alex, am late.'
    """
    names = places(turn)

    def line(speaker: str, role: str, text: str) -> str:
        shown = role_word(role) if roles else UNKNOWN_ROLE
        return f"{shown} {names[speaker.strip().lower()]}: {renamed(text.strip(), names)}"

    before = tuple(line(c.speaker, c.role, c.text) for c in turn.context[-3:])
    return Rendered(before, line(turn.speaker, turn.role, turn.text))


def joined(
    context: Sequence[Sequence[int]], turn: Sequence[int], first: int, separator: int
) -> tuple[list[int], list[int]]:
    """Token ids and segment ids (0 context, 1 the turn) of one input.

    A long turn before keeps its end, where it hands over; a long turn its begin and end.

    >>> joined([[7, 8]], [9], 101, 102)
    ([101, 7, 8, 102, 9, 102], [0, 0, 0, 0, 1, 1])
    """
    ids = [first]
    for part in context:
        ids += [*_shortened(part, LONGEST_CONTEXT, 6), separator]
    before = len(ids)
    ids += [*_shortened(turn, LONGEST_TURN, LONGEST_TURN // 2), separator]
    return ids, [0] * before + [1] * (len(ids) - before)


def _shortened(ids: Sequence[int], longest: int, head: int) -> list[int]:
    if len(ids) <= longest:
        return list(ids)
    return [*ids[:head], *ids[head - longest :]]
