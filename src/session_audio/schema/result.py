"""Everything one session comes to, and what later sessions keep of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from session_audio.schema.interaction import Flag, Interaction, Turn
from session_audio.schema.language import Spoken
from session_audio.schema.measures import Exchange, GroupMeasures, Measures, MemberMeasures
from session_audio.schema.notes import Notice
from session_audio.schema.people import Admission, Rating, Session
from session_audio.schema.speech import Identification, SoundQuality, Word


@dataclass(frozen=True, slots=True)
class Quality:
    """How far to trust what follows."""

    sound: tuple[SoundQuality, ...]
    speech_time: float
    overlap_share: float
    unattributed_share: float
    mean_word_probability: float | None
    identifications: tuple[Identification, ...]
    speakers_found: int
    attendance_count: int
    warnings: tuple[Notice, ...] = ()


@dataclass(frozen=True, slots=True)
class SessionResult:
    """What one session's flow found: the content of ``session.json``."""

    session: Session
    duration: float
    quality: Quality
    turns: tuple[Turn, ...]
    interactions: tuple[Interaction, ...]
    measures: Measures
    flags: tuple[Flag, ...]
    settings: Mapping[str, object] = field(default_factory=dict)
    models: Mapping[str, str] = field(default_factory=dict)
    version: str = ""
    has_words: bool = True
    words: tuple[Word, ...] = ()
    """The words with their speakers, in order of start; empty where only turns are known."""
    spoken: Spoken = field(default_factory=Spoken)
    """Which language is spoken where."""
    words_aligned: bool = False
    """Whether times decided whose a word is, and not its track or its transcript."""
    error_rates: Mapping[str, float] = field(default_factory=dict)
    """Measured on references, e.g. ``"der": 0.12``; shown in the report's last section."""
    admission: Admission | None = None
    """Whose consent the result rests on; None only for results that no flow made."""
    private_messages: int = 0
    """How many messages of a saved chat were written to some only, and are not in it."""

    @property
    def speech_by_language(self) -> dict[str, float]:
        """Seconds of speech in each language, of what has words and of what is not transcribed."""
        out: dict[str, float] = {}
        for turn in self.turns:
            if turn.language is not None:
                length = sum(piece.duration for piece in turn.speech)
                out[turn.language] = out.get(turn.language, 0.0) + length
        return out


@dataclass(frozen=True, slots=True)
class SessionSummary:
    """What an earlier session of the group left for comparison."""

    id: str
    date: date
    number: int | None
    members: tuple[MemberMeasures, ...]
    group: GroupMeasures
    ratings: tuple[Rating, ...] = ()
    exchanges: tuple[Exchange, ...] = ()
