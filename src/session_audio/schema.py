"""Every value that crosses a stage boundary.

All are frozen.  Times are float seconds from the start of the recording; an undefined
number is ``None``, never 0.  A diarizer's label (`SpeakerLabel`) is not a person
(`ParticipantId`): only the identify stage turns one into the other.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NewType

from session_audio.interval import Interval

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

ParticipantId = NewType("ParticipantId", str)
SpeakerLabel = NewType("SpeakerLabel", str)

UNATTRIBUTED = ParticipantId("unattributed")
"""Stands for speech by nobody known.  It is shown apart and is never ranked."""

Role = Literal["therapist", "co_therapist", "member", "observer"]
Purpose = Literal["recording", "transcription", "analysis", "voiceprint"]
InteractionKind = Literal[
    "backchannel",
    "interruption_successful",
    "interruption_unsuccessful",
    "cooperative_overlap",
    "terminal_overlap",
    "dual_start",
]
TurnLabel = Literal["none", "withdrawal", "confrontation", "repair"]
TargetLabel = Literal["therapist", "member", "group", "none"]

THERAPIST_ROLES: frozenset[str] = frozenset({"therapist", "co_therapist"})

# --- who and when: the manifests -------------------------------------------------


@dataclass(frozen=True, slots=True)
class Consent:
    """One participant's consent to one purpose."""

    purpose: Purpose
    given: date
    expires: date | None = None
    withdrawn: date | None = None


@dataclass(frozen=True, slots=True)
class Participant:
    """One person of the roster.  `name` is for reports only; everything else uses `id`."""

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


_ADMISSION = object()


@dataclass(frozen=True, slots=True)
class AdmittedSession:
    """A session whose consent was checked.  Only `consent.admit` makes one."""

    session: Session
    on: date
    purposes: frozenset[Purpose]
    _key: object = field(repr=False, compare=False, default=None)

    def __post_init__(self) -> None:
        if self._key is not _ADMISSION:
            raise TypeError("an AdmittedSession is made by consent.admit() only")


# --- sound -----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Audio:
    """Mono sound at a standard loudness.

    `samples` is int16 or float32, shape ``(n,)``, and may be a memory map, so that a
    session of two hours is not held in memory; `read` returns float32 in [-1, 1].
    """

    samples: NDArray[np.generic]
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
    warnings: tuple[str, ...] = ()
    snr_db: float | None = None


# --- what the models say ---------------------------------------------------------


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


@dataclass(frozen=True, slots=True)
class Diarization:
    """Who spoke when.  `full` may overlap; `exclusive` has one speaker at a time.

    `speakers` are diarizer labels until identified, then participant ids (and
    ``unattributed``).  `embeddings` maps a label to its voice embedding, unit length.
    """

    full: tuple[SpeakerSegment, ...]
    exclusive: tuple[SpeakerSegment, ...]
    embeddings: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()

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


@dataclass(frozen=True, slots=True)
class Transcription:
    """Words in order of start, and the language they are in."""

    words: tuple[Word, ...]
    language: str | None
    language_probability: float | None = None


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


# --- interaction -----------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Turn:
    """A participant's turn: their speech until somebody else's turn begins.

    `responds_to` is the participant whom it answers, or None.
    `word_count` is None where there is no transcript.
    """

    index: int
    start: float
    end: float
    participant: ParticipantId
    text: str = ""
    responds_to: ParticipantId | None = None
    response_confidence: float | None = None
    word_count: int | None = None
    speech: tuple[Interval, ...] = ()
    """Its inter-pausal units."""
    backchannel: bool = False
    """True for a listener's backchannel: listed so that no speech is lost, never counted
    as a turn."""
    backchannel_confidence: float | None = None
    """Confidence in [0, 1] that it is one, or (where `backchannel` is False) that it might be."""


@dataclass(frozen=True, slots=True)
class Interaction:
    """One backchannel, overlap or interruption.  `participant` came in, `holder` had the floor."""

    kind: InteractionKind
    start: float
    end: float
    participant: ParticipantId
    holder: ParticipantId | None
    confidence: float


@dataclass(frozen=True, slots=True)
class Silence:
    """A silence of everybody: pause (same speaker goes on), gap (another does), lapse (long)."""

    kind: Literal["pause", "gap", "lapse"]
    start: float
    end: float
    before: ParticipantId | None
    after: ParticipantId | None


@dataclass(frozen=True, slots=True)
class Estimate:
    """A number with its 95 % interval.  Any part may be None where it is undefined."""

    value: float | None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class ResponsePair:
    """How often `source`'s turns answered `target`, against what talk alone would give."""

    source: ParticipantId
    target: ParticipantId
    count: int
    expected: float | None
    median_offset: float | None


@dataclass(frozen=True, slots=True)
class InterruptionPair:
    """`participant` cut in on `holder`; `opportunity` is the holder's floor time in seconds."""

    participant: ParticipantId
    holder: ParticipantId
    successful: int
    unsuccessful: int
    opportunity: float
    rate: Estimate
    """Successful interruptions per ten minutes of the holder's floor time."""
    expected: float | None = None


@dataclass(frozen=True, slots=True)
class MemberMeasures:
    """One present participant's numbers.  A silent one has zeros, and None for ratios."""

    participant: ParticipantId
    role: Role
    present: bool
    speaking_time: float
    speaking_time_share: Estimate
    turn_count: int
    words: int | None
    backchannel_count: int
    backchannels_received: int
    median_turn: float | None
    longest_turn: float | None
    median_response: float | None
    response_iqr: tuple[float, float] | None
    interruptions_made: int
    interruptions_received: int
    unsuccessful_made: int
    unsuccessful_received: int
    interruptions_made_rate: Estimate
    """Per ten minutes of the others' floor time."""
    interruptions_received_rate: Estimate
    """Per ten minutes of the member's own floor time."""
    answered_share: float | None
    """Share of the member's turns that somebody's turn answers."""
    last_third_change: Estimate
    """Share in the last third minus share in the first two (percentage points / 100)."""
    median_silence_after_cut: float | None
    """Seconds until the member's next turn after being cut off, median; None where they were
    not, or most often had no further turn."""
    share_rank: int | None = None
    """Rank by share among those present; None where its interval meets another's."""
    cuts_without_return: int = 0
    """Times the member was cut off and had no turn after that."""


@dataclass(frozen=True, slots=True)
class BalanceWindow:
    """Speaking-time shares within one window of the session."""

    start: float
    end: float
    shares: Mapping[str, float]
    entropy: float | None


@dataclass(frozen=True, slots=True)
class GroupMeasures:
    """Numbers of the whole session."""

    duration: float
    speech_time: float
    silence_share: float
    overlap_share: float
    turn_count: int
    gini: Estimate
    entropy: Estimate
    participation_equality: Estimate
    gini_members: Estimate
    entropy_members: Estimate
    turn_freedom: float | None
    median_response: float | None
    lapse_count: int
    longest_silence: float | None
    interruption_rate: Estimate
    """Successful interruptions per ten minutes of speech."""
    unattributed_time: float
    same_pair_share: float | None = None
    """Share of floor changes that go straight back to the one before (A, B, A)."""


@dataclass(frozen=True, slots=True)
class Channel:
    """How much of the response network runs one way: e.g. member to therapist."""

    name: Literal["therapist_to_member", "member_to_therapist", "member_to_member"]
    count: int
    share: float | None
    expected: float | None


@dataclass(frozen=True, slots=True)
class Network:
    """The response network and what can be said of it."""

    pairs: tuple[ResponsePair, ...]
    reciprocity: float | None
    centralisation: float | None
    isolates: tuple[ParticipantId, ...]
    channels: tuple[Channel, ...]
    subgroups: tuple[tuple[ParticipantId, ...], ...]
    """Reported only where modularity beats turn-shuffled sessions; else empty."""
    modularity: float | None = None
    modularity_p: float | None = None


@dataclass(frozen=True, slots=True)
class Measures:
    """Everything that the measure stage computes from turns, speech and interactions."""

    members: tuple[MemberMeasures, ...]
    group: GroupMeasures
    windows: tuple[BalanceWindow, ...]
    silences: tuple[Silence, ...]
    interruption_pairs: tuple[InterruptionPair, ...]
    network: Network
    rivals: tuple[tuple[ParticipantId, ParticipantId, float], ...] = ()
    """Pairs with reciprocal interruptions beyond chance, with the p-value."""
    attribute_interruptions: tuple[tuple[str, str, str, int, float | None], ...] = ()
    """(attribute, incomer's value, holder's value, count, expected); off by default."""
    notes: tuple[str, ...] = ()
    """Keys of what could not be computed and why (worded in the report)."""
    monologues: tuple[int, ...] = ()
    """Indices of the longest turns, longest first."""


# --- candidates ------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ContextTurn:
    """One line of context for the text classifier."""

    speaker: str
    role: str
    text: str


@dataclass(frozen=True, slots=True)
class TurnInContext:
    """One turn to be scored, with up to three before it."""

    id: str
    context: tuple[ContextTurn, ...]
    speaker: str
    role: str
    text: str


@dataclass(frozen=True, slots=True)
class TurnScores:
    """Calibrated probabilities of one turn; `scores` sum to 1, so do `targets`."""

    id: str
    label: TurnLabel
    target: TargetLabel
    scores: Mapping[str, float]
    targets: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Flag:
    """A candidate moment: where to listen, and why.  Never a finding about a person."""

    kind: Literal["rupture", "repair"]
    subtype: Literal["withdrawal", "confrontation"] | None
    target: TargetLabel
    start: float
    end: float
    participant: ParticipantId
    concerned: tuple[ParticipantId, ...]
    """Others whom the moment concerns, e.g. the one a put-down was aimed at."""
    turns: tuple[int, ...]
    score: float
    reasons: tuple[str, ...]
    """Keys and numbers worded by the report, e.g. ``"laughter_followed"``, ``"lapse:4.2"``."""
    quote: str
    aftermath: Mapping[str, float | str | None] = field(default_factory=dict)
    repair: int | None = None
    """Index in the flag list of the repair candidate that followed; None when none came."""
    review: Literal["", "yes", "no", "unsure"] = ""


# --- the result ------------------------------------------------------------------


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
    warnings: tuple[str, ...] = ()
    """Keys with numbers, e.g. ``"low_speech:41"``; worded by the report."""


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
    error_rates: Mapping[str, float] = field(default_factory=dict)
    """Measured on references, e.g. ``"der": 0.12``; shown in the report's last section."""
    admitted_on: date | None = None
    """The day on which consent was checked."""


@dataclass(frozen=True, slots=True)
class SessionSummary:
    """What an earlier session of the group left for comparison."""

    id: str
    date: date
    number: int | None
    members: tuple[MemberMeasures, ...]
    group: GroupMeasures
    ratings: tuple[Rating, ...] = ()
