"""Who and when: participants, consent, groups and sessions, as the manifests tell them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Literal

from session_audio.schema.labels import THERAPIST_ROLES, ParticipantId, Purpose, Role


@dataclass(frozen=True, slots=True)
class Consent:
    """One participant's consent to one purpose."""

    purpose: Purpose
    given: date
    expires: date | None = None
    withdrawn: date | None = None
    form: str | None = None
    """Which signed form it rests on, as the clinic calls it."""


@dataclass(frozen=True, slots=True)
class Participant:
    """One person of the roster; everything is kept by `id`.

    Of what is written, only reports and captions hold `name`; messages hide it.  The analysis
    compares it with words, exactly (`names.NameMatcher`), to see who is spoken to; the classifier
    is handed it and reads a stand-in for each person in its place (``backends/rupture/text.py``).
    """

    id: ParticipantId
    name: str
    role: Role = "member"
    joined: date | None = None
    left: date | None = None
    attributes: Mapping[str, str] = field(default_factory=dict)
    consent: tuple[Consent, ...] = ()

    @property
    def is_therapist(self) -> bool:
        """Whether the role leads the group (therapist or co-therapist)."""
        return self.role in THERAPIST_ROLES


@dataclass(frozen=True, slots=True)
class Group:
    """A therapy group: its roster and where it is kept."""

    id: str
    name: str
    folder: Path
    participants: tuple[Participant, ...]
    languages: tuple[str, ...] = ()
    """What is spoken, ISO 639-1 codes; empty where nobody said."""
    fictional: bool = False

    def participant(self, who: str) -> Participant:
        """The participant with id `who`.

        Raises
        ------
        KeyError
            When the roster has no such id.
        """
        for person in self.participants:
            if person.id == who:
                return person
        raise KeyError(who)


@dataclass(frozen=True, slots=True)
class Recording:
    """One sound file: the room, a participant's track, a channel or stream of a file, or a part.

    Parameters
    ----------
    file : Path
    participant : ParticipantId, optional
        Whose track it is; the room's when None.
    channel, stream : int, optional
        Which of the file's, counted from 0.
    offset : float
        Seconds from the start of the session to its own.
    part : int, optional
        Where a recording is in parts that follow one another: which this is.
    start : float, optional
        Second of the day at which it began.
    """

    file: Path
    participant: ParticipantId | None = None
    channel: int | None = None
    offset: float = 0.0
    stream: int | None = None
    part: int | None = None
    start: float | None = None

    @property
    def is_part(self) -> bool:
        """Whether it is a part of a recording."""
        return self.part is not None or self.start is not None


def in_parts(recordings: Sequence[Recording]) -> tuple[tuple[Recording, ...], ...]:
    """Recordings that follow one another put together: one tuple a sound, parts in order.

    Examples
    --------
    >>> first, second = Recording(Path("a.wav"), part=1), Recording(Path("b.wav"), part=2)
    >>> in_parts([second, first]) == ((first, second),)
    True
    >>> len(in_parts([Recording(Path("a.wav"), "P01"), Recording(Path("b.wav"), "P02")]))
    2
    """
    sounds: dict[object, list[Recording]] = {}
    for i, recording in enumerate(recordings):
        key = ("part", recording.participant) if recording.is_part else ("whole", i)
        sounds.setdefault(key, []).append(recording)
    return tuple(tuple(sorted(parts, key=lambda one: one.part or 0)) for parts in sounds.values())


def offsets(sounds: Sequence[Sequence[Recording]]) -> tuple[float, ...]:
    """Seconds from the start of the session to the first part of each sound.

    Where times of day are known, the session starts with the first of them.

    Examples
    --------
    >>> one = Recording(Path("a.wav"), ParticipantId("P01"), start=60.0)
    >>> two = Recording(Path("b.wav"), ParticipantId("P02"), start=64.5)
    >>> offsets(in_parts([one, two]))
    (0.0, 4.5)
    """
    begins = [parts[0].start for parts in sounds]
    first = min((begin for begin in begins if begin is not None), default=0.0)
    return tuple(
        parts[0].offset + (0.0 if begin is None else begin - first)
        for parts, begin in zip(sounds, begins, strict=True)
    )


@dataclass(frozen=True, slots=True)
class TranscriptSource:
    """A transcript made elsewhere.  `columns` names the columns of a CSV."""

    file: Path
    format: str
    columns: Mapping[str, str] = field(default_factory=dict)
    speakers: Mapping[str, str] = field(default_factory=dict)
    """Maps a name in the file to a participant id, where they differ; an empty one is no name."""
    times: Literal["s", "ms"] = "s"
    """Unit of the times in the file."""


@dataclass(frozen=True, slots=True)
class Rating:
    """What one participant answered on one instrument (GSRS, WAI, wellbeing)."""

    participant: ParticipantId
    instrument: str
    items: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class ChatMessage:
    """One line of a video call's chat."""

    at: float | None
    participant: ParticipantId
    text: str


@dataclass(frozen=True, slots=True)
class ChatLog:
    """A chat as a meeting platform saved it."""

    file: Path
    speakers: Mapping[str, str] = field(default_factory=dict)
    """Name in the file -> participant id; to an empty text where it is nobody's."""
    start: float | None = None
    """Second of the day at which the session's time 0 was."""


@dataclass(frozen=True, slots=True)
class Session:
    """One session as its manifest tells it.  Not yet admitted."""

    id: str
    folder: Path
    group: Group
    date: date
    number: int | None
    attendance: tuple[ParticipantId, ...]
    recordings: tuple[Recording, ...] = ()
    transcript: TranscriptSource | None = None
    diarization: Path | None = None
    speakers: Mapping[str, str] = field(default_factory=dict)
    """Diarizer label -> participant id, where a person has said who is who."""
    ratings: tuple[Rating, ...] = ()
    chat: tuple[ChatMessage, ...] = ()
    """Lines in the manifest; of a result, those of `chat_log`."""
    chat_log: ChatLog | None = None
    languages: tuple[str, ...] = ()
    """What is spoken, ISO 639-1 codes: the session's own list, else its group's."""

    @property
    def sounds(self) -> tuple[tuple[Recording, ...], ...]:
        """What was recorded: the room or a track each, of one recording or of its parts in order.

        Parts whose time of day is known stand as the manifest lists them.
        """
        return in_parts(self.recordings)

    @property
    def offsets(self) -> tuple[float, ...]:
        """Seconds from the start of the session to that of each of `sounds`."""
        return offsets(self.sounds)

    @property
    def present(self) -> tuple[Participant, ...]:
        """The participants recorded as present, in roster order."""
        here = set(self.attendance)
        return tuple(p for p in self.group.participants if p.id in here)


@dataclass(frozen=True, slots=True)
class Admission:
    """What consent allowed: decided once, before any sound is read, and told by the report."""

    on: date
    """The day on which consent was judged."""
    purposes: tuple[Purpose, ...]
    """What the session's stages do, each consented to by everybody present; sorted."""
    people: tuple[ParticipantId, ...]
    """Who was present and consents to all of them, in the order of the attendance list."""
    off: tuple[Purpose, ...] = ()
    """What is left out because somebody present does not consent to it."""
    forms: tuple[str, ...] = ()
    """The signed forms that the consents rest on, where they are named; sorted."""
    left_out: tuple[ParticipantId, ...] = ()
    """Who was present and is in nothing of what is made, as they lack ``analysis``."""
    without_words: tuple[ParticipantId, ...] = ()
    """Whose words are left out, as they lack ``transcription``; how long they spoke is kept."""
