"""What ``check`` looks at: manifests, settings, consent, and whether each file can be used."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from session_audio.errors import SessionAudioError
from session_audio.flow import corrections, languages, recordings
from session_audio.flow.context import Context
from session_audio.flow.run import guarded
from session_audio.flow.session import SessionRun, open_run
from session_audio.schema import Session, SpeakerSegment
from session_audio.settings import toml_text
from session_audio.speakers import profiles
from session_audio.workspace import doubtful

if TYPE_CHECKING:
    from session_audio.formats.speakers import Unplaced


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
        With everything that a run would stop at.
    """
    run = open_run(folder, context)
    session, length = run.session, None
    facts, wrong = [f"{len(session.present)} present"], list[SessionAudioError]()
    admission = run.admitted.admission
    facts += [f"{who} is left out, for want of consent" for who in admission.left_out]
    facts += [f"the words of {who} are left out" for who in admission.without_words]
    with _noted(run, wrong):
        length, told = recordings.look_at(run)
        facts += told
    spoken: Sequence[SpeakerSegment] = ()
    with _noted(run, wrong):
        spoken = _speech(session, length, facts)
    with _noted(run, wrong):
        facts += _words(session, length, spoken)
    facts += languages.told(run, session.languages)
    with _noted(run, wrong):
        facts += _chat(session, length)
    with _noted(run, wrong):
        facts += [*doubtful.doubts(session), *corrections.doubts(run.store.folder)]
        for who in profiles.without_consent(session.group, run.admitted.admission.on):
            facts.append(
                f"the voice of {who} is kept without consent ({profiles.FOLDER}/{who}.json)"
            )
    if wrong:
        raise _together(wrong)
    return ", ".join(facts)


def labels_to_fill_in(folder: Path, context: Context | None = None) -> list[str]:
    """Lines for session.toml, one a label of the transcript or chat that is nobody's present.

    They hold the labels as the files have them: for the screen of somebody who may read the files.
    """
    from session_audio.formats import chats, transcripts

    run = open_run(folder, context)
    session, lines = run.session, list[str]()
    with guarded(run, "check", keep_text=False):
        if session.transcript is not None:
            lines += _to_fill_in("transcript", transcripts.unplaced(session.transcript, session))
        if session.chat_log is not None:
            lines += _to_fill_in("chat", chats.unplaced(session.chat_log, session))
    return lines


def _to_fill_in(table: str, strangers: Sequence[Unplaced]) -> list[str]:
    lines = [f"[{table}.speakers]"] if strangers else []
    for one in strangers:
        first = one.could_be[0] if len(one.could_be) == 1 else ""
        lines.append(f"{toml_text(one.label)} = {toml_text(first)}  # {one.told()}")
    return lines


@contextmanager
def _noted(run: SessionRun, wrong: list[SessionAudioError]) -> Iterator[None]:
    """What is wrong inside is kept in `wrong`, and the rest is looked at too."""
    try:
        with guarded(run, "check", keep_text=False):
            yield
    except SessionAudioError as error:
        wrong.append(error)


def _together(wrong: Sequence[SessionAudioError]) -> SessionAudioError:
    """Several errors of one session as one."""
    first, *rest = wrong
    if rest:
        parts = [". ".join(x.rstrip(".") for x in (e.message, e.hint) if x) for e in wrong]
        first.message, first.hint = "; ".join(parts), None
    return first


def _speech(session: Session, length: float | None, facts: list[str]) -> Sequence[SpeakerSegment]:
    """A diarization made elsewhere, one speaker at a time; what is told of it goes to `facts`."""
    if session.diarization is None:
        return ()
    from session_audio.formats import rttm
    from session_audio.formats.timing import silences
    from session_audio.speakers.identify import by_participant

    given = rttm.read_diarization(session.diarization, length)
    facts.append(f"a diarization with {len(given.speakers)} voices")
    facts += silences((s.start, s.end) for s in given.full)
    return by_participant(given, session).exclusive


def _chat(session: Session, length: float | None) -> Sequence[str]:
    """A saved chat, read through."""
    if session.chat_log is None:
        return ()
    from session_audio.formats import chats

    return chats.read(session.chat_log, session, length)[1]


def _words(session: Session, length: float | None, spoken: Sequence[SpeakerSegment]) -> list[str]:
    """A transcript made elsewhere, read through."""
    if session.transcript is None:
        return []
    from session_audio.formats import transcripts

    found = transcripts.read(session.transcript, session, spoken, length)
    return [f"a transcript of {len(found.words)} words", *found.notes]
