"""Enrolment: a voice sample from a clip, or from a session in which somebody said who is who.

What is kept is an embedding (`profiles.VoiceSample`); the sound is read and let go.  Limits
are in `settings.IdentificationSettings`, in seconds of speech, and are ours.  Consent is
checked in `profiles`, before anything is kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from session_audio.errors import AudioError
from session_audio.interval import total
from session_audio.ports import Diarizer, SpeakerCount
from session_audio.schema import Audio, Diarization
from session_audio.settings import IdentificationSettings
from session_audio.speakers.profiles import VoiceSample, similarity


def enrol(
    audio: Audio,
    diarizer: Diarizer,
    on: date,
    settings: IdentificationSettings,
    *,
    model: str | None = None,
    source: str = "enrolment",
) -> VoiceSample:
    """The voice of the one speaker in `audio`, as an embedding.

    Parameters
    ----------
    audio : Audio
        A clip in which one person talks, at the standard loudness.
    diarizer : Diarizer
        The one that sessions are diarized with, so that vectors can be compared.
    on : date
        The day it is made.
    model : str, optional
        Revision of the voice encoder; the diarizer's own by default.

    Raises
    ------
    AudioError
        When it holds too little speech, or a second speaker.

    Notes
    -----
    Whether the participant consented is `profiles.add`'s to check, before it keeps anything.
    """
    diarization = diarizer.diarize(audio, SpeakerCount())
    seconds = seconds_of(diarization)
    speech = total(s.interval for s in diarization.full)
    if speech < settings.enrolment_speech:
        raise AudioError(
            f"the clip holds {speech:.1f} s of speech; expected at least "
            f"{settings.enrolment_speech:.0f} s",
            stage="enroll",
            hint="Record the participant talking for half a minute.",
        )
    main = max(seconds, key=lambda label: seconds[label])
    for label, length in seconds.items():
        if label == main or length < settings.second_voice:
            continue
        if not _same(diarization, main, label, settings):
            raise AudioError(
                f"the clip holds two voices ({seconds[main]:.1f} and {length:.1f} s)",
                stage="enroll",
                hint="Use a clip in which only this participant talks.",
            )
    if main not in diarization.embeddings:
        raise AudioError(
            f"the {seconds[main]:.1f} s of speech in the clip give no voice embedding",
            stage="enroll",
            hint="Record the participant alone, closer to the microphone.",
        )
    known = diarizer.revision if model is None else model
    return VoiceSample(diarization.embeddings[main], known, on, seconds[main], source)


def from_session(
    diarization: Diarization,
    who: Mapping[str, str],
    model: str,
    on: date,
    session: str,
    settings: IdentificationSettings,
) -> dict[str, VoiceSample]:
    """Voice samples of those whom somebody recognised in a session.

    Parameters
    ----------
    diarization : Diarization
        With diarizer labels and their embeddings.
    who : mapping
        Label -> participant id, as a person said.
    model : str
        Revision of the voice encoder that made the embeddings.

    Returns
    -------
    dict
        Participant id -> sample, of the label they talk most under; those with too
        little speech are left out.
    """
    seconds = seconds_of(diarization)
    out: dict[str, VoiceSample] = {}
    for label in sorted(seconds, key=lambda name: seconds[name]):
        person = who.get(label)
        if (
            person
            and label in diarization.embeddings
            and seconds[label] >= settings.enrolment_speech
        ):
            out[person] = VoiceSample(
                diarization.embeddings[label], model, on, seconds[label], f"session {session}"
            )
    return out


def seconds_of(diarization: Diarization) -> dict[str, float]:
    """Seconds of speech of each label."""
    return {
        label: total(s.interval for s in diarization.full if s.speaker == label)
        for label in diarization.speakers
    }


def _same(diarization: Diarization, a: str, b: str, settings: IdentificationSettings) -> bool:
    """Whether two labels sound like one person whom the diarizer took for two."""
    if a not in diarization.embeddings or b not in diarization.embeddings:
        return False
    return similarity(diarization.embeddings[a], diarization.embeddings[b]) >= settings.same_voice
