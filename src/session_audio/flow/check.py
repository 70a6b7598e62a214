"""What ``check`` looks at: manifests, settings, consent, and whether each file can be used."""

from __future__ import annotations

from pathlib import Path

from session_audio.flow.context import Context
from session_audio.flow.run import guarded
from session_audio.flow.session import open_run
from session_audio.schema import Session
from session_audio.sound import media
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
    SessionAudioError
        At the first thing that a run would stop at.
    """
    run = open_run(folder, context)
    session = run.session
    with guarded(run, "check", keep_text=False):
        length = _length(session)
        facts = [f"{len(session.present)} present", *_sound(session, length)]
        facts += [*_given(session, length), *manifest.doubts(session)]
        for who in profiles.without_consent(session.group, run.admitted.admission.on):
            facts.append(
                f"the voice of {who} is kept without consent ({profiles.FOLDER}/{who}.json)"
            )
    return ", ".join(facts)


def _length(session: Session) -> float | None:
    """Seconds that the recordings claim; None where they claim nothing."""
    claims = [(media.look(r), r.offset) for r in session.recordings]
    return max((c.duration + o for c, o in claims if c.duration is not None), default=None)


def _sound(session: Session, length: float | None) -> list[str]:
    if not session.recordings:
        return []
    tracks = sum(r.participant is not None for r in session.recordings)
    what = f"{tracks} tracks" if tracks else "one recording"
    return [what if length is None else f"{what} of {length / 60:.1f} min"]


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
