"""Back-off tables: what words tell about an utterance, learned from labelled conversation.

Four probabilities, each estimated from counts with back-off to the shorter context (a
pseudo-count at every step; ``training/interaction`` makes them): that an utterance is
complete after these last words, that it is a question given its first words, that a whole
short utterance is a backchannel, and that an utterance which begins so interrupts another.
Words are in plain form (`lexicon.plain`).  The tables hold everyday words of the training
meetings with their probability, never an utterance of more than four words.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from session_audio.turntaking.model.wording import TokenWeights

ORDER = 3
"""Longest context, in words."""
LONGEST = 4
"""Most words of an utterance that is looked up as a whole; a longer one is no backchannel."""


@dataclass(frozen=True)
class BackoffTable:
    """Probability of an event given a key (words, joined); `prior` where no key is known."""

    prior: float
    probabilities: Mapping[str, float] = field(default_factory=dict)

    def longest_known(self, keys: Sequence[str]) -> float:
        """The probability for the longest known of `keys`, which run from short to long.

        >>> BackoffTable(0.3, {"the": 0.01}).longest_known(["the", "on the"])
        0.01
        """
        for key in reversed(keys):
            probability = self.probabilities.get(key)
            if probability is not None:
                return probability
        return self.prior


@dataclass(frozen=True)
class WordTables:
    """The tables by name; see the module."""

    complete: BackoffTable
    question: BackoffTable
    backchannel: BackoffTable
    incoming: BackoffTable
    wording: TokenWeights = field(default_factory=TokenWeights)
    """Of interruptions."""

    def p_complete(self, words: Sequence[str]) -> float:
        """Probability that an utterance may end after `words`."""
        return self.complete.longest_known(last_keys(words))

    def p_question(self, words: Sequence[str]) -> float:
        """Probability that an utterance that begins with `words` is a question."""
        return self.question.longest_known(first_keys(words))

    def p_backchannel(self, words: Sequence[str]) -> float:
        """Probability that `words`, all of an utterance, are a backchannel; 0 when long."""
        if len(words) > LONGEST:
            return 0.0
        return self.backchannel.longest_known([" ".join(words)])

    def p_incoming(self, words: Sequence[str]) -> float:
        """Probability that whoever begins with `words` while another talks interrupts them."""
        return self.incoming.longest_known(first_keys(words))


def last_keys(words: Sequence[str]) -> list[str]:
    """The last one, two, three words, joined.

    >>> last_keys(["and", "then", "the"])
    ['the', 'then the', 'and then the']
    """
    return [" ".join(words[-n:]) for n in range(1, min(ORDER, len(words)) + 1)]


def first_keys(words: Sequence[str]) -> list[str]:
    """The first one, two, three words, joined."""
    return [" ".join(words[:n]) for n in range(1, min(ORDER, len(words)) + 1)]
