"""Who speaks when in one recording of everybody, or in one that holds a person a channel.

Such channels tell who speaks as tracks do, and better than voices: but whose they are nobody
said, so they go by labels until a person or a voice profile says it.  Words are heard in both
channels together: of three telephone calls, hearing each channel by itself was better in one and
worse in two.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from session_audio.interval import Interval, intersection, total, union
from session_audio.ports import Diarizer, Progress, SpeakerCount, no_progress, part_of
from session_audio.schema import Audio, Diarization, Notice
from session_audio.settings import Settings

LABELS = ("S01", "S02")
"""Of channel 0 and of channel 1."""


def in_room(
    diarizer: Diarizer,
    room: Audio,
    sides: Sequence[Audio],
    speakers: SpeakerCount,
    settings: Settings,
    progress: Progress = no_progress,
) -> Diarization:
    """Who speaks when in `room`, by its `sides` where each holds one voice.

    Parameters
    ----------
    diarizer : Diarizer
    room : Audio
        Both channels mixed.
    sides : sequence of Audio
        The two channels, where they hardly hear each other; else empty.
    speakers : SpeakerCount
        What is known of how many there are.
    settings : Settings
        ``diarization.least_voice``: seconds of a second voice on a side from which the sides
        are no one person's, and the room is diarized as a whole.
    progress : Progress

    Returns
    -------
    Diarization
        With the warning ``sides_as_tracks`` where the sides were used, and
        ``sides_of_several`` where they could not be.
    """
    if not sides:
        return diarizer.diarize(room, speakers, progress)
    tracks = diarizer.diarize_tracks(
        [(label, audio, 0.0) for label, audio in zip(LABELS, sides, strict=True)],
        part_of(progress, 0, 4),
    )
    embeddings: dict[str, tuple[float, ...]] = {}
    for i, (label, audio) in enumerate(zip(LABELS, sides, strict=True)):
        heard = diarizer.diarize(audio, SpeakerCount(), part_of(progress, i + 1, 4))
        voices = _seconds(heard, _spans(tracks, label))
        others = sum(voices.values()) - max(voices.values(), default=0.0)
        if others >= settings.diarization.least_voice:
            whole = diarizer.diarize(room, speakers, part_of(progress, 3, 4))
            several = Notice("sides_of_several", str(i))
            return _with(whole, whole.embeddings, several)
        main = max(voices, key=lambda voice: voices[voice], default="")
        if main in heard.embeddings:
            embeddings[label] = heard.embeddings[main]
    progress(1.0)
    return _with(tracks, embeddings, Notice("sides_as_tracks"))


def _spans(diarization: Diarization, label: str) -> list[Interval]:
    return union(s.interval for s in diarization.full if s.speaker == label)


def _seconds(heard: Diarization, own: list[Interval]) -> dict[str, float]:
    """How long each voice of a side talks where the side itself does, and not what it hears."""
    return {x: total(intersection(_spans(heard, x), own)) for x in heard.speakers}


def _with(
    diarization: Diarization, embeddings: Mapping[str, tuple[float, ...]], told: Notice
) -> Diarization:
    warnings = (told, *diarization.warnings)
    return replace(diarization, embeddings=dict(embeddings), warnings=warnings)
