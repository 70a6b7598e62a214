"""``forget``: one participant is taken out of a group, in every session.

All that was made of the sessions in which they were is removed, whole: nothing of them can
be left in it.  Where their voice is silenced in the recordings too, the next run makes
the results anew without them.  Where it is not, their consent is withdrawn, so that these
sessions are refused.
"""

from __future__ import annotations

import shutil
from contextlib import nullcontext
from dataclasses import asdict, dataclass, field
from datetime import date
from pathlib import Path

from session_audio import files
from session_audio.amend.operations import SPEECH as OF_SPEECH
from session_audio.amend.voices import Spoken, amended
from session_audio.errors import ManifestError, SessionAudioError
from session_audio.flow import summary
from session_audio.flow.artefacts import IDENTIFIED, LABELS, SPEECH, WITHHELD
from session_audio.formats import chats
from session_audio.formats.chat import Written, without
from session_audio.interval import Interval, union
from session_audio.report.overview import NAME as OVERVIEW
from session_audio.schema import Diarization, Recording, Session
from session_audio.sound.silencing import silence
from session_audio.speakers import profiles
from session_audio.speakers.withholding import spans
from session_audio.workspace import erasure, manifest
from session_audio.workspace.folders import find_sessions
from session_audio.workspace.review_file import LEARNING, REVIEW, load, readable
from session_audio.workspace.store import OUT, SessionStore


@dataclass
class Forgotten:
    """What was removed, or would be: ids and numbers alone."""

    participant: str
    sessions: list[str] = field(default_factory=list)
    """Sessions in which they were present, answered or wrote."""
    silenced: dict[str, float] = field(default_factory=dict)
    """Seconds silenced by session; their own tracks are removed and count 0."""
    left: dict[str, str] = field(default_factory=dict)
    """Why a session's recording still holds them."""
    files_removed: int = 0
    still_named: list[str] = field(default_factory=list)
    """Files of the group that hold their name all the same: for a person to look at."""


def forget(
    group: Path, participant: str, *, silenced: bool, on: date, dry: bool = False
) -> Forgotten:
    """Take `participant` out of the group in `group`.

    Parameters
    ----------
    group : Path
    participant : str
        Their id.
    silenced : bool
        Whether recordings are written anew with their voice silenced, and their own tracks
        removed.  There is no way back.
    on : date
        Written down as the day.
    dry : bool
        Change nothing; tell what would be done.

    Raises
    ------
    ManifestError
        When there is no such group or participant.
    SessionAudioError
        When a run is at work on one of the sessions; what was removed before stays so.
    """
    roster = manifest.load_group(group)
    if participant not in {str(p.id) for p in roster.participants}:
        raise ManifestError(
            f"{participant} is not on the roster of {roster.id}",
            stage="forget",
            hint="Name a participant of group.toml by id.",
        )
    person, done = roster.participant(participant), Forgotten(participant)
    sessions = [manifest.load_session(f, with_files=False) for f in find_sessions(group)]
    for session in (s for s in sessions if _concerns(s, participant)):
        done.sessions.append(session.id)
        _forget_session(session, participant, silenced, dry, done)
    _remove(group / OUT, dry, done)  # the series, the stacked tables, members' reports
    for ending in (".json", ".html"):  # of the groups beside it too; it is of the last run alone
        _remove(group.resolve().parent / f"{summary.NAME}{ending}", dry, done)
    for ending in (".html", ".pdf"):  # it names who fades; `overview` writes it anew
        _remove(group.resolve().parent / f"{OVERVIEW}{ending}", dry, done)
    _remove(profiles.path_of(roster, participant), dry, done)
    if dry:
        return done
    erasure.take_from_roster(group, participant, on)
    done.still_named = [p.relative_to(group).as_posix() for p in erasure.still_named(group, person)]
    facts = {k: v for k, v in asdict(done).items() if k != "still_named"}
    erasure.note(group, {"on": on.isoformat(), **facts})
    return done


def _concerns(session: Session, participant: str) -> bool:
    wrote = {m.participant for m in session.chat} | {r.participant for r in session.ratings}
    return participant in {*session.attendance, *wrote} or bool(_chatted(session, participant))


def _chatted(session: Session, participant: str) -> list[Written]:
    """What a saved chat holds of them: what they wrote, and what was written to them alone."""
    log = session.chat_log
    found = chats.of(log, session, participant) if log and log.file.is_file() else []
    return [] if all(message.is_reaction for message in found) else found


def _forget_session(
    session: Session, participant: str, silenced: bool, dry: bool, done: Forgotten
) -> None:
    store = SessionStore(session.folder)
    with nullcontext() if dry else store.locked():
        gone: list[Recording] = []
        why = _why_left(session, store, participant, silenced)
        if why is None:
            gone = [r for r in session.recordings if r.participant == participant]
            if not dry:
                done.silenced[session.id] = _silence(session, store, participant)
                for recording in gone:
                    recording.file.unlink(missing_ok=True)
        elif participant in session.attendance:
            done.left[session.id] = why
        if (messages := _chatted(session, participant)) and session.chat_log and not dry:
            files.write_text(session.chat_log.file, without(session.chat_log.file, messages))
        names = [r.file.relative_to(session.folder).as_posix() for r in gone]
        if not dry:
            erasure.take_from_session(
                session.folder, participant, was_silenced=why is None, removed=names
            )
    _remove(store.out, dry, done)
    _remove(session.folder / REVIEW, dry, done)  # words that were corrected by hand
    _remove(session.folder / LEARNING, dry, done)


def _why_left(
    session: Session, store: SessionStore, participant: str, silenced: bool
) -> str | None:
    """Why what was recorded still holds them; None where it will not."""
    if participant not in session.attendance:
        return None
    if not silenced:
        return "the voice was not to be silenced"
    given = [session.transcript and session.transcript.file, session.diarization]
    if any(given):
        return "a transcript or a diarization made elsewhere may hold them: edit or delete it"
    if all(r.participant for r in session.recordings):
        return None
    if len(session.recordings) > 1:
        return "several recordings of the room: join them, or delete them"
    try:
        heard = bool(_spoken(session, store, participant))
    except SessionAudioError:
        return "it was never run, so it is not known when they speak: run it first, or delete it"
    return None if heard else "their voice was not told from the others': name it, or delete it"


def _silence(session: Session, store: SessionStore, participant: str) -> float:
    """Silence them in the recording of the room; seconds."""
    rooms = [r for r in session.recordings if not r.participant]
    if not rooms or participant not in session.attendance:
        return 0.0
    return round(silence(rooms[0].file, _spoken(session, store, participant)), 3)


def _spoken(session: Session, store: SessionStore, participant: str) -> list[Interval]:
    """When they speak: also where consent left them out, so that it counts as nobody's since."""
    labels = Diarization(LABELS.read(store), ())
    found = WITHHELD.read(store).voices
    theirs = {x.voice for x in found if x.participant == participant}
    decided = [o for o in load(session.folder) if o.get("file") == OF_SPEECH and "id" in o]
    with readable():
        said = amended(Spoken(labels, IDENTIFIED.read(store), ()), decided, session.attendance)
    given = {label for label in said.labels if said.person(label) == participant}
    return union(
        [
            *(s.interval for s in SPEECH.read(store).full if s.speaker == participant),
            *spans(labels, theirs),
            *spans(said.diarization, given),
        ]
    )


def _remove(path: Path, dry: bool, done: Forgotten) -> None:
    """Remove a file, or a folder with all that is in it."""
    if not path.exists():
        return
    inside = [p for p in path.rglob("*") if p.is_file()] if path.is_dir() else [path]
    done.files_removed += len(inside)
    if dry:
        return
    try:
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()
    except OSError as error:
        raise files.explained(error, path).located(stage="forget") from None
