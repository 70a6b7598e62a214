"""The four Protocols behind which the models stand.

A backend (`session_audio.backends`) implements one with real weights; a fake
(`session_audio.testing.fakes`) implements one for fast tests.  Everything else in the
package knows only these.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from session_audio.schema import Audio, Diarization, Transcription, TurnInContext, TurnScores

Progress = Callable[[float], None]
"""Called with the fraction done, in [0, 1]."""


def no_progress(_: float) -> None:
    """A `Progress` that shows nothing."""


def part_of(progress: Progress, index: int, count: int) -> Progress:
    """A `Progress` for piece `index` of `count` pieces of equal weight."""
    return lambda fraction: progress((index + fraction) / count)


@dataclass(frozen=True, slots=True)
class SpeakerCount:
    """What is known of how many people speak.  `exact` wins over the rest."""

    exact: int | None = None
    at_least: int = 1
    at_most: int | None = None
    expected: int | None = None
    """How many are said to have been there: no bound, as somebody may have come unlisted."""


class Diarizer(Protocol):
    """Says who spoke when, by label."""

    @property
    def revision(self) -> str:
        """Names the weights and their revision; part of a stage's freshness."""
        ...

    def diarize(
        self, audio: Audio, speakers: SpeakerCount, progress: Progress = no_progress
    ) -> Diarization:
        """Full and exclusive diarization of `audio`, with one embedding a label."""
        ...

    def diarize_tracks(
        self, tracks: Sequence[tuple[str, Audio, float]], progress: Progress = no_progress
    ) -> Diarization:
        """Who spoke when, from one track a person: (participant, sound, offset in seconds)."""
        ...


class Transcriber(Protocol):
    """Turns speech into words with times."""

    @property
    def revision(self) -> str:
        """Names the weights and their revision."""
        ...

    def transcribe(
        self, audio: Audio, languages: Sequence[str] = (), progress: Progress = no_progress
    ) -> Transcription:
        """Words of `audio`, never translated.

        `languages` are the ISO 639-1 codes of what may be spoken; with none, one is found.
        """
        ...


class TextClassifier(Protocol):
    """Scores turns in context for rupture and repair."""

    @property
    def revision(self) -> str:
        """Names the weights and their revision."""
        ...

    def score(
        self, turns: Sequence[TurnInContext], progress: Progress = no_progress
    ) -> list[TurnScores]:
        """One `TurnScores` a turn, in the same order."""
        ...


class NameReader(Protocol):
    """Finds names of people, places and organisations in what was said."""

    def __call__(self, texts: Sequence[str]) -> list[list[tuple[int, int, str]]]:
        """For each text: start, end and ``"person"``, ``"place"`` or ``"organisation"``."""
        ...
