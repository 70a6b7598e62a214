"""Reads ``group.toml`` and ``session.toml`` into `Group` and `Session`.

What the two files may hold is written down in ``docs/formats.md``.  Everything wrong in
a file is reported at once, by field, and never with the values themselves.
"""

from __future__ import annotations

import re
from datetime import date, time, timedelta
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar
from unicodedata import normalize

from pydantic import BaseModel, ConfigDict, Field, PlainValidator, ValidationError

from session_audio.errors import ManifestError
from session_audio.names import NameMatcher
from session_audio.names.labels import Labels
from session_audio.schema import (
    UNATTRIBUTED,
    Consent,
    Group,
    Participant,
    ParticipantId,
    Purpose,
    Rating,
    Recording,
    Role,
    Session,
    TranscriptSource,
)
from session_audio.settings import Settings, load, problems, read_toml
from session_audio.workspace import chat_table, parts, paths
from session_audio.workspace.languages import Languages
from session_audio.workspace.unnamed import unnamed

GROUP_FILE = "group.toml"
SESSION_FILE = "session.toml"
SETTINGS_FILE = "settings.toml"

_ID = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,31}$")


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=False)


class _Consent(_File):
    given: date
    expires: date | None = None
    withdrawn: date | None = None
    form: str | None = Field(default=None, min_length=1, max_length=100)


class _Participant(_File):
    id: str = _ID
    name: str = Field(default="", max_length=500)
    role: Role = "member"
    joined: date | None = None
    left: date | None = None
    attributes: dict[str, str] = {}
    consent: dict[Purpose, _Consent] = {}


class _GroupFile(_File, Languages):
    id: str = _ID
    name: str = ""
    fictional: bool = False
    participant: list[_Participant] = Field(min_length=1)


class _Recording(_File):
    file: str = Field(min_length=1)
    participant: str | None = None
    channel: int | None = Field(default=None, ge=0, le=63)
    stream: int | None = Field(default=None, ge=0, le=63)
    offset: float = Field(default=0.0, ge=0, le=86_400, allow_inf_nan=False)
    part: int | None = Field(default=None, ge=1, le=99)
    start: time | None = None


class _Transcript(_File):
    file: str = Field(min_length=1)
    format: str = "auto"
    columns: dict[str, str] = {}
    speakers: dict[str, str] = {}
    times: Literal["s", "ms"] = "s"


class _Rating(_File):
    participant: str
    instrument: str = Field(min_length=1)
    items: dict[str, Annotated[float, Field(allow_inf_nan=False)]] = Field(min_length=1)


class _SessionFile(_File, Languages):
    date: date
    number: int | None = Field(default=None, ge=0, le=1_000_000)
    topic: str = ""
    attendance: list[str] = Field(min_length=1)
    recording: list[_Recording] = []
    transcript: _Transcript | None = None
    diarization: str | None = None
    speakers: dict[str, str] = {}
    rating: list[_Rating] = []
    chat: Annotated[chat_table.Chat, PlainValidator(chat_table.either)] = []


_TABLES: dict[str, type[BaseModel]] = {
    "participant": _Participant,
    "recording": _Recording,
    "transcript": _Transcript,
    "rating": _Rating,
    "chat": chat_table.Message,
}
_FIELDS = {table: list(kind.model_fields) for table, kind in _TABLES.items()} | {
    "": [*_GroupFile.model_fields, *_SessionFile.model_fields]
}
_FIELDS["chat"] += list(chat_table.SavedChat.model_fields)
_F = TypeVar("_F", bound=_File)


def _parse(kind: type[_F], path: Path, session: str | None) -> _F:
    where: dict[str, Any] = {"session": session, "stage": "check"}
    try:
        return kind.model_validate(read_toml(path, ManifestError))
    except ManifestError as error:
        if not path.exists() and kind is _GroupFile:
            error.hint = f"A session's folder lies in its group's, which has a {GROUP_FILE}."
        raise error.located(**where) from None
    except ValidationError as error:
        raise ManifestError(
            f"{path.name}: {problems(error, _FIELDS)}",
            hint="docs/formats.md lists the fields of this file.",
            **where,
        ) from None


def masked(text: str, group: Group) -> str:
    """`text` with ids in place of the participants' names, for messages and records.

    A name is met as the roster writes it, and in the name of a file also in other letters:
    a call's tracks are often called after who speaks on them.

    Examples
    --------
    >>> maya = Participant(ParticipantId("P03"), "Maya Will")
    >>> group = Group("tuesday", "Tuesday", Path(), (maya,))
    >>> masked("audioMaya1.m4a and maya_will.m4a will not do", group)
    'audioP031.m4a and P03_P03.m4a will not do'
    """
    return NameMatcher.of(group.participants).replaced(text)


def _repeated(ids: list[str]) -> list[str]:
    same = [i.casefold() for i in ids]
    return sorted({i for i in ids if same.count(i.casefold()) > 1})


def settings_of(group: Path, given: Path | None = None) -> Settings:
    """The settings of the group in `group`: those `given`, else its own file, else the defaults."""
    own = group / SETTINGS_FILE
    return load(given or (own if own.is_file() else None))


@unnamed(lambda folder: folder / GROUP_FILE)
def load_group(folder: Path) -> Group:
    """The group kept in `folder`.

    Raises
    ------
    ManifestError
        When ``group.toml`` is missing, malformed, or names a participant twice.
    """
    data = _parse(_GroupFile, folder / GROUP_FILE, None)
    twice = _repeated([p.id for p in data.participant])
    if twice:
        raise ManifestError(
            f"{GROUP_FILE} names {', '.join(twice)} more than once",
            stage="check",
            hint="Give every participant an id of their own.",
        )
    wrong = [
        f"{p.id}: consent to {purpose} {why}"
        for p in data.participant
        for purpose, c in sorted(p.consent.items())
        for why in _impossible(c)
    ]
    wrong += [f"{p.id}: left before joining" for p in data.participant if _turned(p.joined, p.left)]
    wrong += [f"the id {p.id} is reserved" for p in data.participant if p.id == UNATTRIBUTED]
    if wrong:
        raise ManifestError(f"{GROUP_FILE}: {'; '.join(wrong)}", stage="check")
    return Group(
        id=data.id,
        name=data.name or data.id,
        folder=folder,
        languages=data.spoken,
        fictional=data.fictional,
        participants=tuple(
            Participant(
                id=ParticipantId(p.id),
                name=normalize("NFC", p.name.strip()) or p.id,
                role=p.role,
                joined=p.joined,
                left=p.left,
                attributes=dict(p.attributes),
                consent=tuple(
                    Consent(purpose, c.given, c.expires, c.withdrawn, c.form)
                    for purpose, c in sorted(p.consent.items())
                ),
            )
            for p in data.participant
        ),
    )


def _impossible(consent: _Consent) -> list[str]:
    """What cannot be in the dates of a consent."""
    ends = {"expires": consent.expires, "is withdrawn": consent.withdrawn}
    return [
        f"{what} before it is given" for what, day in ends.items() if _turned(consent.given, day)
    ]


def _turned(first: date | None, last: date | None) -> bool:
    return first is not None and last is not None and last < first


@unnamed(lambda folder: folder.resolve().parent / GROUP_FILE)
def load_session(folder: Path, *, with_files: bool = True) -> Session:
    """The session kept in `folder`; its group is read from the folder above.

    Files that the manifest names must exist, but are not opened here.  Without `with_files`
    they may be gone: a session's tables outlive its recording.

    Raises
    ------
    ManifestError
        When either manifest is missing or wrong; every problem is named at once.
    """
    name = folder.resolve().name
    data = _parse(_SessionFile, folder / SESSION_FILE, name)
    try:
        group = load_group(folder.resolve().parent)
    except ManifestError as error:
        raise error.located(session=name) from None
    wrong = _mistakes(data, group, folder, with_files)
    if wrong:  # a file is often called after who speaks in it
        told = masked("; ".join(dict.fromkeys(wrong)), group)
        raise ManifestError(f"{SESSION_FILE}: {told}", session=name, stage="check")
    return Session(
        id=name,
        folder=folder,
        group=group,
        date=data.date,
        number=data.number,
        attendance=tuple(ParticipantId(i) for i in data.attendance),
        recordings=tuple(
            Recording(
                paths.find(folder, r.file),
                ParticipantId(r.participant) if r.participant else None,
                r.channel,
                r.offset,
                r.stream,
                r.part,
                None if r.start is None else parts.second_of_day(r.start),
            )
            for r in data.recording
        ),
        transcript=None
        if data.transcript is None
        else TranscriptSource(
            paths.find(folder, data.transcript.file),
            data.transcript.format,
            data.transcript.columns,
            data.transcript.speakers,
            data.transcript.times,
        ),
        diarization=paths.find(folder, data.diarization) if data.diarization else None,
        speakers=data.speakers,
        ratings=tuple(
            Rating(ParticipantId(r.participant), r.instrument, r.items) for r in data.rating
        ),
        chat=chat_table.lines(data.chat),
        chat_log=chat_table.log(data.chat, folder),
        languages=data.spoken or group.languages,
    )


def _mistakes(data: _SessionFile, group: Group, folder: Path, with_files: bool) -> list[str]:
    """Everything in the session's file that does not fit the roster or the folder."""
    roster = {p.id for p in group.participants}
    here = set(data.attendance)
    wrong = [f"attendance names {i} twice" for i in _repeated(data.attendance)]
    wrong += [_stranger(i, group) for i in sorted(here - roster)]
    if data.date > date.today() + timedelta(days=1):  # a day for time zones
        wrong.append(f"the date {data.date} is yet to come")
    mentioned = {
        "recording": {r.participant for r in data.recording if r.participant},
        "speakers": set(data.speakers.values()),
        "transcript.speakers": set(data.transcript.speakers.values()) - {""}
        if data.transcript
        else set(),
        "chat": chat_table.named(data.chat),
    }
    for field, ids in mentioned.items():
        wrong += [f"{field} names {_id(i)}, who is not in attendance" for i in sorted(ids - here)]
    wrong += [
        f"rating names {_id(i)}, who is not in {GROUP_FILE}"
        for i in sorted({r.participant for r in data.rating} - roster)
    ]
    if not data.recording and data.transcript is None and data.diarization is None:
        wrong.append("it names no recording, no transcript and no diarization")
    files = [r.file for r in data.recording]
    files += [data.transcript.file] if data.transcript else []
    files += [data.diarization] if data.diarization else []
    files += chat_table.files(data.chat)
    for name in sorted(set(files)):
        wrong += paths.problems(folder, name, missing=with_files)
    if any(r.offset for r in data.recording if not r.participant):
        wrong.append("recording.offset is for one participant's track; the room's starts at 0")
    same = [
        (paths.find(folder, r.file), r.channel, r.stream) for r in data.recording if r.participant
    ]
    wrong += [
        f"recording names {file.name} more than once; where it holds several people, "
        "`channel` or `stream` says which is whose"
        for file, *_ in {one for one in same if same.count(one) > 1}
    ]
    tracks = [r for r in data.recording if r.participant]
    if tracks and len(tracks) < len(data.recording):
        wrong.append("some recordings name a participant and some do not; expected all or none")
    for who in dict.fromkeys(r.participant for r in data.recording):
        wrong += parts.mistakes([r for r in data.recording if r.participant == who], who)
    return wrong


def refuse_outside(session: Session) -> None:
    """Refuse files that lie outside the session's folder.

    Raises
    ------
    ManifestError
        Saying how many, and what allows them.
    """
    given = [r.file for r in session.recordings]
    given += [session.transcript.file] if session.transcript else []
    given += [session.diarization] if session.diarization else []
    given += [session.chat_log.file] if session.chat_log else []
    count = sum(not paths.is_inside(session.folder, file) for file in given)
    if count:
        many = "a file" if count == 1 else f"{count} files"
        raise ManifestError(
            f"{SESSION_FILE} names {many} outside the session's folder",
            hint="Move what belongs to the session into its folder, or allow it in the group's "
            f"{SETTINGS_FILE}: [machine] outside_files = true",
        )


def _stranger(entry: str, group: Group) -> str:
    """What is said of an entry of the attendance list that is no id of the roster."""
    who = Labels(group.participants, {}).place(entry).who
    if who is not None:
        return f'attendance does not name {who} by the id as in {GROUP_FILE}: write "{who}"'
    return f"attendance names {_id(entry)}, who is not in {GROUP_FILE}"


def _id(text: str) -> str:
    """An id for a message; what does not look like one may be somebody's name."""
    return text if re.fullmatch(r"[A-Za-z]{0,3}\d{1,4}", text) else "somebody (write an id)"


def of_another(path: Path) -> tuple[object, tuple[str, ...]]:
    """The number in another session's file and its recordings; nothing where it cannot be read."""
    try:
        data = _SessionFile.model_validate(read_toml(path, ManifestError))
    except (ManifestError, ValidationError):
        return None, ()
    return data.number, tuple(r.file for r in data.recording)
