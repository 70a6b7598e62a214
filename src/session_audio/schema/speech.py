"""Sound and what the models hear in it: segments, words, who is who."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, Protocol

from session_audio.interval import Interval
from session_audio.schema.labels import ParticipantId
from session_audio.schema.language import LanguageStretch
from session_audio.schema.notes import Notice

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class Samples(Protocol):
    """Samples that are read a slice at a time: an array, or a file."""

    def __len__(self) -> int:
        """How many there are."""

    def __getitem__(self, some: slice, /) -> NDArray[np.generic]:
        """Those of a slice without a step."""


@dataclass(frozen=True, slots=True)
class Audio:
    """Mono sound at a standard loudness.

    `samples` is int16 or float32, shape ``(n,)``, and may be a file, so that a
    session of two hours is not held in memory; `read` returns float32 in [-1, 1].
    """

    samples: NDArray[np.generic] | Samples
    rate: int

    @property
    def duration(self) -> float:
        """Length in seconds."""
        return len(self.samples) / self.rate

    def read(self, start: float = 0.0, end: float | None = None) -> NDArray[np.float32]:
        """Samples of ``[start, end)`` seconds as float32; clipped to what there is."""
        import numpy as np  # here, so that the command line starts without it

        first = max(0, round(start * self.rate))
        last = len(self.samples) if end is None else min(len(self.samples), round(end * self.rate))
        part = np.asarray(self.samples[first : max(first, last)])
        if part.dtype == np.int16:
            return part.astype(np.float32) / np.float32(32768.0)
        return part.astype(np.float32, copy=False)


@dataclass(frozen=True, slots=True)
class SoundQuality:
    """What ingest saw in one recording before it changed the level."""

    duration: float
    rate: int
    channels: int
    level_dbfs: float | None
    """RMS level of the input; None for digital silence."""
    clipped_share: float
    gain_db: float
    """Median gain applied to reach the standard loudness."""
    warnings: tuple[Notice, ...] = ()
    snr_db: float | None = None
    cuts: tuple[Interval, ...] = ()
    """Between its parts: what was not recorded, in seconds from its start; of no length where
    one part follows at once, or it is not known when the next began."""


@dataclass(frozen=True, slots=True, order=True)
class SpeakerSegment:
    """One speaker label talks during ``[start, end)``."""

    start: float
    end: float
    speaker: str

    @property
    def interval(self) -> Interval:
        """Its time."""
        return Interval(self.start, self.end)


SIDES_APART = "sides_apart"
"""Key of the notice that two channels hold a person each and serve as tracks."""
EMPTY_ROOM = 300.0
"""Seconds without speech at the end of a recording, from which the session ended before (ours)."""


@dataclass(frozen=True, slots=True)
class Diarization:
    """Who spoke when.  `full` may overlap; `exclusive` has one speaker at a time.

    `speakers` are diarizer labels until identified, then participant ids (and
    ``unattributed``).  `embeddings` maps a label to its voice embedding, unit length.
    """

    full: tuple[SpeakerSegment, ...]
    exclusive: tuple[SpeakerSegment, ...]
    embeddings: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    warnings: tuple[Notice, ...] = ()

    @property
    def speakers(self) -> tuple[str, ...]:
        """Labels in the order they first speak."""
        return tuple(dict.fromkeys(s.speaker for s in sorted(self.full)))


@dataclass(frozen=True, slots=True, order=True)
class Word:
    """One word with its time.  `speaker` is None until aligned; `probability` in [0, 1]."""

    start: float
    end: float
    text: str
    speaker: str | None = None
    probability: float | None = None
    timed: bool = True
    """False where only the utterance's time was known and the word's was interpolated."""
    language: str | None = None
    """ISO 639-1 code, where several are spoken in the session."""


@dataclass(frozen=True, slots=True)
class Transcription:
    """Words in order of start, and the language they are in.

    Where there are several, `language` is the one with most speech, every word has its own,
    and `stretches` say where each is spoken; ``OTHER_LANGUAGE`` where it was none of those named.
    """

    words: tuple[Word, ...]
    language: str | None
    stretches: tuple[LanguageStretch, ...] = ()


@dataclass(frozen=True, slots=True)
class Identification:
    """Which diarizer label is which person, and how sure that is.

    `margin` is the cosine similarity of the best assignment minus that of the best
    other; None where no voice was compared (a track a person, a given name).
    """

    label: str
    participant: ParticipantId
    similarity: float | None
    margin: float | None
    how: Literal["enrolled", "track", "given", "unknown"]
