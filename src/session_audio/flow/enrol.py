"""Enrolling a member's voice, from a clip or from a session; only with their consent."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from session_audio import files
from session_audio.errors import AudioError, ManifestError, SessionAudioError
from session_audio.flow.context import Context, current
from session_audio.flow.results import label_diarization
from session_audio.flow.session import open_run
from session_audio.schema import Group, Recording
from session_audio.sound import ingest
from session_audio.speakers import enrolment, profiles
from session_audio.workspace import manifest

_SCRATCH = ".enrolling-"


def is_enrolled(group: Path, participant: str) -> bool:
    """Whether a voice profile of `participant` is kept."""
    return profiles.path_of(manifest.load_group(group), participant).exists()


def enrol_clip(group: Path, participant: str, clip: Path, context: Context | None = None) -> Path:
    """Keep the voice in `clip` as the participant's; returns the profile's file.

    Raises
    ------
    ConsentError
        Before the clip is read, when there is no consent to a voiceprint.
    AudioError
        When the clip cannot be read, is too short or holds two voices.
    """
    context = context or current()
    roster, options, day = _roster(group), manifest.settings_of(group), context.today()
    engines = context.engines(options)
    profiles.may_enrol(roster, participant, day)
    if not clip.is_file():
        name = manifest.masked(clip.name, roster)  # a clip is often called after who speaks
        raise AudioError(f"{name} is not there", stage="enroll", hint="Name a sound file.")
    with _scratch(group) as scratch:
        sound = scratch / "clip.npy"
        try:
            ingest.ingest([Recording(clip)], [sound], options.sound)
            sample = enrolment.enrol(
                ingest.load_audio(sound),
                engines.diarizer(),
                day,
                options.identification,
                model=engines.voice_encoder,
            )
        except SessionAudioError as error:
            error.message = manifest.masked(error.message, roster)
            raise error.located(stage="enroll") from None
    return profiles.add(roster, participant, sample, day)


def _roster(group: Path) -> Group:
    """The group in `group`; an error that names the folder where there is none."""
    if not (group / manifest.GROUP_FILE).is_file():
        raise ManifestError(
            f"{group.name} has no {manifest.GROUP_FILE}",
            stage="enroll",
            hint="Name a group's folder first, then the participant.",
        )
    return manifest.load_group(group)


@contextmanager
def _scratch(group: Path) -> Iterator[Path]:
    """A folder for the clip's sound, in the group's own: a voice is not left in a shared one.

    What an enrolment that was killed left there is removed.
    """
    for left in group.glob(f"{_SCRATCH}*"):
        shutil.rmtree(left, ignore_errors=True)
    try:
        folder = tempfile.TemporaryDirectory(dir=group, prefix=_SCRATCH)
    except OSError as error:
        raise files.explained(error, group / profiles.FOLDER).located(stage="enroll") from None
    with folder as path:
        yield Path(path)


def enrol_from_session(
    group: Path, participant: str, session: Path, label: str, context: Context | None = None
) -> Path:
    """Keep the voice that the session's diarization calls `label` as the participant's.

    Raises
    ------
    ConsentError
        When there is no consent to a voiceprint.
    ManifestError
        When the session is another group's, has no such voice, or too little of it.
    """
    roster, run = _roster(group), open_run(session, context)
    if run.session.group.folder.resolve() != group.resolve():
        raise ManifestError(
            f"the session is not one of the group in {group.name}",
            session=run.session.id,
            stage="enroll",
            hint="Name a session of the same group.",
        )
    day = run.admitted.admission.on
    profiles.may_enrol(roster, participant, day)
    diarization = label_diarization(run)
    if label not in diarization.speakers:
        raise ManifestError(
            f"the diarization has no voice {label}; "
            f"it has {', '.join(diarization.speakers) or 'none'}",
            session=run.session.id,
            stage="enroll",
        )
    model = run.engines.voice_encoder
    samples = enrolment.from_session(
        diarization, {label: participant}, model, day, run.session.id, run.settings.identification
    )
    if participant not in samples:
        least = run.settings.identification.enrolment_speech
        raise ManifestError(
            f"of the voice {label} there is too little speech ({least:g} s are needed), "
            "or the diarization was made elsewhere",
            session=run.session.id,
            stage="enroll",
            hint="Give a clip of the voice instead.",
        )
    return profiles.add(roster, participant, samples[participant], day)
