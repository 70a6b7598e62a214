"""What turn-taking is told from: the trained model, the words by rules, or timing alone.

Decided here and nowhere else.  The model and the word lists are English, so words are read
only where their language is English or nobody named one (`lexicon.are_known`).
"""

from __future__ import annotations

from dataclasses import dataclass

from session_audio.turntaking.lexicon import are_known
from session_audio.turntaking.model import InteractionModel


@dataclass(frozen=True)
class Basis:
    """Whether words are read, and the model where it is used.

    With `model` the model decides; with `words` alone, rules by words and timing; with
    neither, rules by timing.
    """

    words: bool
    model: InteractionModel | None

    @classmethod
    def of(cls, *, has_words: bool, language: str | None, model: InteractionModel | None) -> Basis:
        """What can be used of these.

        >>> Basis.of(has_words=True, language="de", model=None)
        Basis(words=False, model=None)
        """
        readable = has_words and are_known(language)
        return cls(readable, model if readable else None)
