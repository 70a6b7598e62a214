"""What ``check`` looks at: manifests, settings, consent, and whether each file can be used."""

from __future__ import annotations

from pathlib import Path

from session_audio.flow import recordings
from session_audio.flow.context import Context
from session_audio.flow.run import guarded
from session_audio.flow.session import open_run
from session_audio.schema import Session
from session_audio.speakers import profiles
from session_audio.workspace import manifest


def check_session(folder: Path, context: Context | None = None) -> str:
    """Look at the session in `folder` as a run would, without decoding or writing anything.

    Returns
    -------
    str
        What was found, in a few words: people, sound, what was made elsewhere.

    Raises
    ------
    ConsentError
        Before any file but the manifests is opened.
    AudioError
        When recordings cannot be used, or break off: all of them are named.
    SessionAudioError
        At the first other thing that a run would stop at.
    """
    run = open_run(folder, context)
    session = run.session
    with guarded(run, "check", keep_text=False):
        length, told = recordings.look_at(run)
        facts = [f"{len(session.present)} present", *told]
        facts += [*_given(session, length), *manifest.doubts(session)]
        for who in profiles.without_consent(session.group, run.admitted.admission.on):
            facts.append(
                f"the voice of {who} is kept without consent ({profiles.FOLDER}/{who}.json)"
            )
    return ", ".join(facts)


def _given(session: Session, length: float | None) -> list[str]:
    """What was made elsewhere, read through."""
    facts = []
    if session.diarization is not None:
        from session_audio.formats import rttm
        from session_audio.speakers.identify import given_labels, without_names

        spoken = rttm.read_diarization(session.diarization, length)
        given_labels(without_names(spoken, session), session)
        facts.append(f"a diarization with {len(spoken.speakers)} voices")
    if session.transcript is not None:
        from session_audio.formats import transcripts

        facts.append(f"a transcript of {len(transcripts.read(session.transcript, session))} words")
    return facts
