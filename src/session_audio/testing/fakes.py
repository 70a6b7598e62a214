"""Fakes of the four Protocols, for tests of your own and ours.

They answer from what they are given, load no weights and take no time.  They are never
used by the flow itself.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from session_audio.ports import Progress, SpeakerCount, no_progress
from session_audio.schema import (
    Audio,
    Diarization,
    LanguageStretch,
    SpeakerSegment,
    Transcription,
    TurnInContext,
    TurnScores,
    Word,
)


@dataclass
class FakeDiarizer:
    """Says who spoke when, as told; counts how often it was asked."""

    segments: Sequence[SpeakerSegment]
    embeddings: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    revision: str = "fake-diarizer-1"
    calls: int = 0

    def diarize(
        self, audio: Audio, speakers: SpeakerCount, progress: Progress = no_progress
    ) -> Diarization:
        """The segments it was given, cut at the end of `audio`."""
        self.calls += 1
        progress(1.0)
        inside = tuple(
            SpeakerSegment(s.start, min(s.end, audio.duration), s.speaker)
            for s in sorted(self.segments)
            if s.start < audio.duration
        )
        return Diarization(inside, inside, dict(self.embeddings))

    def diarize_tracks(
        self, tracks: Sequence[tuple[str, Audio, float]], progress: Progress = no_progress
    ) -> Diarization:
        """Each participant talks through the whole of their track."""
        self.calls += 1
        progress(1.0)
        whole = tuple(
            SpeakerSegment(offset, offset + audio.duration, who) for who, audio, offset in tracks
        )
        return Diarization(whole, whole)


@dataclass
class FakeTranscriber:
    """Hears the words it was given, and in which languages; counts how often it was asked."""

    words: Sequence[Word]
    revision: str = "fake-transcriber-1"
    calls: int = 0
    stretches: Sequence[LanguageStretch] = ()

    def transcribe(
        self, audio: Audio, languages: Sequence[str] = (), progress: Progress = no_progress
    ) -> Transcription:
        """Those of its words that lie within `audio`."""
        self.calls += 1
        progress(1.0)
        return Transcription(
            tuple(w for w in sorted(self.words) if w.end <= audio.duration),
            languages[0] if languages else "en",
            tuple(self.stretches),
        )


@dataclass
class FakeClassifier:
    """Scores a turn by a word it may hold: ``{"useless": "confrontation"}``."""

    cues: Mapping[str, str] = field(default_factory=dict)
    revision: str = "fake-classifier-1"
    calls: int = 0

    def score(
        self, turns: Sequence[TurnInContext], progress: Progress = no_progress
    ) -> list[TurnScores]:
        """0.91 for the label of the first cue found, 0.03 for each other; without one, none."""
        self.calls += 1
        progress(1.0)
        return [self._one(turn) for turn in turns]

    def _one(self, turn: TurnInContext) -> TurnScores:
        label = next((v for k, v in self.cues.items() if k in turn.text.lower()), "none")
        scores = dict.fromkeys(("none", "withdrawal", "confrontation", "repair"), 0.03)
        scores[label] = 0.91
        if label == "none":
            scores = dict.fromkeys(scores, 0.001) | {"none": 0.997}
        target = "none" if label == "none" else "member"
        targets = dict.fromkeys(("therapist", "member", "group", "none"), 0.1)
        targets[target] = 0.7
        return TurnScores(turn.id, label, target, scores, targets)  # type: ignore[arg-type]


@dataclass
class FakeNameReader:
    """Finds the names it was given wherever they stand, each of its kind."""

    names: Mapping[str, str] = field(default_factory=dict)
    """Name to ``"person"``, ``"place"`` or ``"organisation"``."""

    def __call__(self, texts: Sequence[str]) -> list[list[tuple[int, int, str]]]:
        """The names in each text.

        >>> FakeNameReader({"Maya": "person"})(["Is Maya in?"])
        [[(3, 7, 'person')]]
        """
        return [
            sorted(
                (found.start(), found.end(), kind)
                for name, kind in self.names.items()
                for found in re.finditer(rf"\b{re.escape(name)}\b", text)
            )
            for text in texts
        ]
