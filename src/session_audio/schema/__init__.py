"""Every value that crosses a stage boundary.

All are frozen.  Times are float seconds from the start of the recording; an undefined
number is ``None``, never 0.  A diarizer's label (`SpeakerLabel`) is not a person
(`ParticipantId`): only the identify stage turns one into the other.
"""

from session_audio.schema.interaction import (
    Aftermath,
    ContextTurn,
    Flag,
    Interaction,
    Turn,
    TurnInContext,
    TurnScores,
)
from session_audio.schema.labels import (
    THERAPIST_ROLES,
    UNATTRIBUTED,
    InteractionKind,
    ParticipantId,
    Purpose,
    Role,
    SpeakerLabel,
    TargetLabel,
    TurnLabel,
)
from session_audio.schema.measures import (
    BalanceWindow,
    Channel,
    Estimate,
    GroupMeasures,
    InterruptionPair,
    Measures,
    MemberMeasures,
    Network,
    ResponsePair,
    Silence,
)
from session_audio.schema.notes import Notice, Reason
from session_audio.schema.people import (
    Admission,
    ChatMessage,
    Consent,
    Group,
    Participant,
    Rating,
    Recording,
    Session,
    TranscriptSource,
)
from session_audio.schema.result import Quality, SessionResult, SessionSummary
from session_audio.schema.speech import (
    Audio,
    Diarization,
    Identification,
    SoundQuality,
    SpeakerSegment,
    Transcription,
    Word,
)

__all__ = [
    "THERAPIST_ROLES",
    "UNATTRIBUTED",
    "Admission",
    "Aftermath",
    "Audio",
    "BalanceWindow",
    "Channel",
    "ChatMessage",
    "Consent",
    "ContextTurn",
    "Diarization",
    "Estimate",
    "Flag",
    "Group",
    "GroupMeasures",
    "Identification",
    "Interaction",
    "InteractionKind",
    "InterruptionPair",
    "Measures",
    "MemberMeasures",
    "Network",
    "Notice",
    "Participant",
    "ParticipantId",
    "Purpose",
    "Quality",
    "Rating",
    "Reason",
    "Recording",
    "ResponsePair",
    "Role",
    "Session",
    "SessionResult",
    "SessionSummary",
    "Silence",
    "SoundQuality",
    "SpeakerLabel",
    "SpeakerSegment",
    "TargetLabel",
    "TranscriptSource",
    "Transcription",
    "Turn",
    "TurnInContext",
    "TurnLabel",
    "TurnScores",
    "Word",
]
