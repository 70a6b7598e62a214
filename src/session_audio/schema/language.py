"""Which language is spoken where in a session."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from pydantic import BeforeValidator

OTHER_LANGUAGE = "und"
"""Stands for a language that is none of those named: not transcribed (ISO 639-2: undetermined)."""


@dataclass(frozen=True, slots=True, order=True)
class LanguageStretch:
    """What is said during ``[start, end)`` is in `language`, an ISO 639-1 code."""

    start: float
    end: float
    language: str
    speaker: str | None = None
    """Whose track it is; None where it holds for everybody."""


@dataclass(frozen=True, slots=True)
class Spoken:
    """The language of a session, and the stretches where there are several.

    Examples
    --------
    >>> spoken = Spoken("en", (LanguageStretch(0, 60, "en"), LanguageStretch(62, 300, "nl")))
    >>> spoken.at(30), spoken.at(61.5), spoken.at(100), spoken.languages
    ('en', 'nl', 'nl', ('en', 'nl'))
    >>> Spoken("de").at(5)
    'de'
    """

    main: str | None = None
    """Of most of what is said; None where nobody named it and nothing was recognised."""
    stretches: tuple[LanguageStretch, ...] = ()
    """In order; empty where all is in `main`."""

    @classmethod
    def of(cls, language: str | Spoken | None) -> Spoken:
        """One language, or none that is known, as what is spoken throughout."""
        return language if isinstance(language, Spoken) else cls(language)

    def at(self, time: float, speaker: str | None = None) -> str | None:
        """What `speaker` speaks at `time` in seconds: of the stretch there, else the nearest."""
        own = [s for s in self.stretches if s.speaker in (None, speaker)]
        if not own:
            return self.main
        nearest = min(own, key=lambda s: (max(s.start - time, time - s.end, 0.0), s.start))
        return nearest.language

    @property
    def languages(self) -> tuple[str, ...]:
        """Every language that is spoken, `OTHER_LANGUAGE` too, in the order it is first heard."""
        if not self.stretches:
            return () if self.main is None else (self.main,)
        return tuple(dict.fromkeys(s.language for s in sorted(self.stretches)))


def _one_language(value: object) -> object:
    """What earlier versions wrote: the language alone."""
    return {"main": value} if value is None or isinstance(value, str) else value


StoredSpoken = Annotated[Spoken, BeforeValidator(_one_language)]


def joined(stretches: Sequence[LanguageStretch]) -> tuple[LanguageStretch, ...]:
    """Stretches in order, those that follow one another in one language made one.

    >>> a, b = LanguageStretch(0, 20, "en"), LanguageStretch(21, 40, "en")
    >>> joined([a, b, LanguageStretch(41, 50, "nl")])[0].end
    40
    """
    out: list[LanguageStretch] = []
    for one in stretches:
        last = out[-1] if out else None
        if last and (last.language, last.speaker) == (one.language, one.speaker):
            out[-1] = LanguageStretch(last.start, one.end, one.language, one.speaker)
        else:
            out.append(one)
    return tuple(out)
