"""What words tell about an utterance, learned from labelled conversation.

Three chances, each from counts with backing off to the shorter context (a pseudo-count at
every step): that an utterance is complete after these last words, that it is a question given
its first words, and that a whole short utterance is a backchannel.  The tables hold words
of the training meetings' everyday vocabulary with their chance, never an utterance of more
than four words.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

ORDER = 3
"""Longest context, in words."""
LONGEST = 4
"""Most words of an utterance that is looked up as a whole."""


@dataclass(frozen=True)
class ChanceTable:
    """Chance of an event given a key, shortest key first; `prior` where nothing is known."""

    prior: float
    chances: Mapping[str, float] = field(default_factory=dict)

    def backed_off(self, keys: Sequence[str]) -> float:
        """The chance for the longest known of `keys`, which run from short to long.

        >>> ChanceTable(0.3, {"the": 0.01}).backed_off(["the", "on the"])
        0.01
        """
        for key in reversed(keys):
            found = self.chances.get(key)
            if found is not None:
                return found
        return self.prior


@dataclass(frozen=True)
class WordTables:
    """The tables by name; see the module."""

    complete: ChanceTable
    question: ChanceTable
    backchannel: ChanceTable
    incoming: ChanceTable
    """That an utterance which begins so cut another off."""

    def chance_complete(self, words: Sequence[str]) -> float:
        """Chance that an utterance may end after `words` (plain forms)."""
        return self.complete.backed_off(last_keys(words))

    def chance_question(self, words: Sequence[str]) -> float:
        """Chance that an utterance that begins with `words` is a question."""
        return self.question.backed_off(first_keys(words))

    def chance_backchannel(self, words: Sequence[str]) -> float:
        """Chance that `words`, all of an utterance, are a backchannel; 0 when long."""
        if len(words) > LONGEST:
            return 0.0
        return self.backchannel.backed_off([" ".join(words)])

    def chance_incoming(self, words: Sequence[str]) -> float:
        """Chance that whoever begins with `words` while another talks cuts them off."""
        return self.incoming.backed_off(first_keys(words))


def last_keys(words: Sequence[str]) -> list[str]:
    """The last one, two, three words, joined.

    >>> last_keys(["and", "then", "the"])
    ['the', 'then the', 'and then the']
    """
    return [" ".join(words[-n:]) for n in range(1, min(ORDER, len(words)) + 1)]


def first_keys(words: Sequence[str]) -> list[str]:
    """The first one, two, three words, joined."""
    return [" ".join(words[:n]) for n in range(1, min(ORDER, len(words)) + 1)]
