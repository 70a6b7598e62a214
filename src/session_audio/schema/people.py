"""Who and when: participants, consent, groups and sessions, as the manifests tell them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

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
    language: str | None = None
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
    """One sound file: the room, one participant's track, or one channel of a file."""

    file: Path
    participant: ParticipantId | None = None
    channel: int | None = None
    offset: float = 0.0


@dataclass(frozen=True, slots=True)
class TranscriptSource:
    """A transcript made elsewhere.  `columns` names the columns of a CSV."""

    file: Path
    format: str
    columns: Mapping[str, str] = field(default_factory=dict)
    speakers: Mapping[str, str] = field(default_factory=dict)
    """Maps a name in the file to a participant id, where they differ."""


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
    """Everybody recorded as present, in the order of the attendance list."""
    off: tuple[Purpose, ...] = ()
    """What is left out because somebody present does not consent to it."""
    forms: tuple[str, ...] = ()
    """The signed forms that the consents rest on, where they are named; sorted."""
