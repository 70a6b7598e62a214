"""What the stages hand to each other, declared once: every file, and what it holds.

`Json`, `Rttm` and `Words` are artefacts that one stage writes and others read, in
``out/work``.  `Files` are those that are only named: the session's own, those the report
is made of.  They carry no session id, so that a folder which is renamed keeps its results;
what is published in ``out`` does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, Protocol, TypeVar

from session_audio.errors import SessionAudioError, StoreError
from session_audio.formats import outputs, rttm, seglst
from session_audio.formats.chats import SavedChat
from session_audio.interval import Interval
from session_audio.resources import models_folder
from session_audio.schema import (
    SIDES_APART,
    Diarization,
    Flag,
    Identification,
    Interaction,
    Measures,
    Notice,
    SoundQuality,
    SpeakerSegment,
    Spoken,
    Turn,
    Word,
)
from session_audio.schema.language import StoredSpoken
from session_audio.speakers.withholding import Withheld
from session_audio.workspace.store import SessionStore

if TYPE_CHECKING:
    from session_audio.flow.session import SessionRun

T = TypeVar("T")
NAMELESS = "session"
"""The recording's id in the files of ``out/work``."""


_DAMAGED = object()


def _reads(read: Callable[[SessionStore], object], run: SessionRun) -> object:
    """What `read` finds, or `_DAMAGED`."""
    try:
        return read(run.store)
    except (SessionAudioError, OSError, ValueError, RecursionError):
        return _DAMAGED


@contextmanager
def _damage_told(store: SessionStore, name: str) -> Iterator[None]:
    """A file of ``out/work`` that cannot be read: what to do about it."""
    try:
        yield
    except SessionAudioError as error:
        error.hint = "Correct it in out/work, or delete it and run the session again."
        raise error.located(session=store.id) from None
    except FileNotFoundError:
        raise StoreError(
            f"out/work/{name} is not there", session=store.id, hint="Run the session first."
        ) from None


class Readable(Protocol):
    """What a stage reads or writes: some files."""

    @property
    def name(self) -> str:
        """What it is called in the list of stages."""
        ...

    def paths(self, run: SessionRun) -> list[Path]:
        """Its files in the session of `run`; none where this session has no such thing."""
        ...

    def says_something(self, run: SessionRun) -> bool:
        """Whether its changed files can be read and are not empty: a correction, no damage."""
        ...


@dataclass(frozen=True)
class _InWork:
    """One file in ``out/work``."""

    name: str

    def paths(self, run: SessionRun) -> list[Path]:
        """Its one file."""
        return [run.store.work / self.name]


@dataclass(frozen=True)
class Json(_InWork, Generic[T]):
    """A value of one type as JSON in ``out/work``."""

    kind: Any

    def read(self, store: SessionStore) -> T:
        """The value.

        Raises
        ------
        StoreError
            When the file is missing, or was changed into something else.
        """
        value: T = store.read(self.name, self.kind)
        return value

    def write(self, store: SessionStore, value: T) -> None:
        """Write `value`."""
        store.write(self.name, value, self.kind)

    def says_something(self, run: SessionRun) -> bool:
        """Whether it holds a value of its type."""
        return _reads(self.read, run) is not _DAMAGED


@dataclass(frozen=True)
class Rttm(_InWork):
    """Segments with their speakers, as RTTM in ``out/work``; may be corrected by hand."""

    def read(self, store: SessionStore) -> tuple[SpeakerSegment, ...]:
        """The segments, in order of start."""
        with _damage_told(store, self.name):
            return rttm.read(store.work / self.name)

    def says_something(self, run: SessionRun) -> bool:
        """Whether it holds a segment."""
        return _reads(self.read, run) not in (_DAMAGED, ())

    def write(self, store: SessionStore, segments: Sequence[SpeakerSegment]) -> None:
        """Write `segments`."""
        rttm.write(store.work / self.name, NAMELESS, segments)


@dataclass(frozen=True)
class Words(_InWork):
    """Words with their times, as SegLST in ``out/work``; may be corrected by hand."""

    def read(self, store: SessionStore) -> tuple[Word, ...]:
        """The words, in order of start."""
        with _damage_told(store, self.name):
            return seglst.read(store.work / self.name)

    def says_something(self, run: SessionRun) -> bool:
        """Whether it holds a word."""
        return _reads(self.read, run) not in (_DAMAGED, ())

    def write(self, store: SessionStore, words: Sequence[Word]) -> None:
        """Write `words`."""
        seglst.write(store.work / self.name, NAMELESS, words)


@dataclass(frozen=True)
class Files:
    """Files that are only named: read or written by other means."""

    name: str
    where: Callable[[SessionRun], list[Path]]

    def paths(self, run: SessionRun) -> list[Path]:
        """The files in the session of `run`."""
        return self.where(run)

    def says_something(self, run: SessionRun) -> bool:
        """Never: nobody corrects them by hand."""
        return False


def _sounds(run: SessionRun) -> list[Path]:
    return [run.store.work / f"sound-{i:02d}.npy" for i in range(len(run.session.sounds))]


def _sides(run: SessionRun) -> list[Path]:
    if len(run.session.sounds) != 1:
        return []
    with suppress(SessionAudioError, OSError):
        if any(
            notice.key == SIDES_APART for one in SOUND.read(run.store) for notice in one.warnings
        ):
            return sides_of(run)
    return []


def sides_of(run: SessionRun) -> list[Path]:
    """Where the two channels of a recording stand that holds a person a channel."""
    return [run.store.work / f"sound-side-{i}.npy" for i in range(2)]


def _given(file: Path | None) -> list[Path]:
    return [] if file is None else [file]


class SpeakerEmbeddings(NamedTuple):
    """An embedding a label, and the diarizer's warnings."""

    embeddings: dict[str, tuple[float, ...]]
    warnings: tuple[Notice, ...]


class Withholding(NamedTuple):
    """The voices that are withheld, and when words were cut from the transcript for that."""

    voices: tuple[Withheld, ...] = ()
    cut: tuple[Interval, ...] = ()
    of: str = ""
    """When the transcript was made that they were cut from; empty where none was."""
    speech: tuple[SpeakerSegment, ...] = ()
    """Where words alone tell who spoke when: everybody's speech before any was cut."""


# What a session's folder brings.
RECORDINGS = Files("recordings", lambda run: [r.file for r in run.session.recordings])


GIVEN_DIARIZATION = Files("given diarization", lambda run: _given(run.session.diarization))
GIVEN_TRANSCRIPT = Files(
    "given transcript",
    lambda run: _given(run.session.transcript.file if run.session.transcript else None),
)

GIVEN_CHAT = Files(
    "given chat", lambda run: _given(run.session.chat_log.file if run.session.chat_log else None)
)

# What the stages make of it.
SOUNDS = Files("sound-NN.npy", _sounds)
"""The standardised sound of each recording, in the manifest's order."""
SOUND: Json[tuple[SoundQuality, ...]] = Json("sound.json", tuple[SoundQuality, ...])
SIDES = Files("sound-side-N.npy", _sides)
"""The standardised sound of each channel, where they hold a person each; else none."""
LABELS = Rttm("labels.rttm")
EXCLUSIVE = Rttm("labels.exclusive.rttm")
EMBEDDINGS: Json[SpeakerEmbeddings] = Json("voices.json", SpeakerEmbeddings)
TRANSCRIPT = Words("transcript.seglst.json")
LANGUAGE: Json[Spoken] = Json("language.json", StoredSpoken)
WITHHELD: Json[Withholding] = Json("withheld.json", Withholding)
ALIGNED = Words("aligned.seglst.json")
WORDS = Words("words.seglst.json")
CHAT: Json[SavedChat] = Json("chat.json", SavedChat)
SPEECH: Json[Diarization] = Json("speech.json", Diarization)
IDENTIFIED: Json[tuple[Identification, ...]] = Json(
    "identification.json", tuple[Identification, ...]
)
TURNS: Json[tuple[Turn, ...]] = Json("turns.json", tuple[Turn, ...])
INTERACTIONS: Json[tuple[Interaction, ...]] = Json("interactions.json", tuple[Interaction, ...])
MEASURES: Json[Measures] = Json("measures.json", Measures)
FLAGS: Json[tuple[Flag, ...]] = Json("flags.json", tuple[Flag, ...])

INTERACTION_MODEL = Files(
    "interaction model",
    lambda _: [p for p in (models_folder() / "interaction" / "model.json",) if p.is_file()],
)

LISTENING = Files(
    "sound.m4a",
    lambda run: (
        [run.store.out / "sound.m4a"]
        if run.session.recordings and run.settings.report.sound
        else []
    ),
)
"""The sound to listen to from the report; none without a recording, or where it is not wanted."""

# What people and other programs read.
REPORT = Files(
    "report", lambda run: [run.store.out / name for name in ("report.html", "report.pdf")]
)
TABLES = Files(
    "tables", lambda run: [run.store.out / name for name in (*outputs.PUBLISHED, WORDS.name)]
)
