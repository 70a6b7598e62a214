"""What turn-taking is told from: the trained model, the words by rules, or timing alone.

Decided here and nowhere else.  The model is English, so it is used only for what is said in
English or in a language that nobody named (`lexicon.are_known`); the rules read words wherever
there are word lists (`lexicons`).  Where several languages are spoken, each unit is told from
what there is for its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from session_audio.schema import Spoken
from session_audio.turntaking import lexicons
from session_audio.turntaking.lexicon import are_known
from session_audio.turntaking.lexicons import Lexicon
from session_audio.turntaking.model import InteractionModel


class Timed(Protocol):
    """Somebody's speech."""

    @property
    def start(self) -> float:
        """Seconds."""
        ...

    @property
    def end(self) -> float:
        """Seconds."""
        ...


@dataclass(frozen=True)
class Basis:
    """Whether there are words, in which languages, and the model where any of it can be used."""

    has_words: bool
    spoken: Spoken
    model: InteractionModel | None

    @classmethod
    def of(
        cls, *, has_words: bool, language: str | Spoken | None, model: InteractionModel | None
    ) -> Basis:
        """What can be used of these.

        >>> Basis.of(has_words=True, language="de", model=None)
        Basis(has_words=True, spoken=Spoken(main='de', stretches=()), model=None)
        """
        spoken = Spoken.of(language)
        readable = has_words and any(are_known(one) for one in spoken.languages or (None,))
        return cls(has_words, spoken, model if readable else None)

    def lexicon(self, said: Timed, who: str) -> Lexicon | None:
        """The word lists for what `who` said; None where no words are read."""
        if not self.has_words:
            return None
        return lexicons.of(self.spoken.at((said.start + said.end) / 2, who))

    def is_english(self, said: Timed, who: str) -> bool:
        """Whether what `who` said is read as English."""
        lists = self.lexicon(said, who)
        return lists is not None and lists.is_english

    def by_model(self, said: Timed, who: str) -> bool:
        """Whether the model tells about what `who` said."""
        return self.model is not None and self.is_english(said, who)

    def model_is_for_all(self) -> bool:
        """Whether the model tells everything that is said."""
        return self.model is not None and all(map(are_known, self.spoken.languages))
