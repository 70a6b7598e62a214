"""A saved chat taken in: its messages to everybody, by participant, on the session's clock."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from session_audio.errors import FormatError
from session_audio.formats import chat
from session_audio.formats.chat import Written
from session_audio.formats.speakers import Speakers, Unplaced
from session_audio.formats.timing import clock
from session_audio.formats.utterance import Utterance
from session_audio.schema import ChatLog, ChatMessage, ParticipantId, Session

_DAY = 86_400.0
EARLY = 3600.0
"""Seconds before the recording's start at which a message is still of the session (ours)."""


class SavedChat(NamedTuple):
    """What is known of a session's chat."""

    messages: tuple[ChatMessage, ...]
    private: int = 0
    """How many were written to some only: none of them is kept."""


def read(
    log: ChatLog, session: Session, length: float | None = None
) -> tuple[SavedChat, tuple[str, ...]]:
    """The messages of the file to everybody, and what is told of it.

    A writer is a participant as a speaker of a transcript is; one mapped to an empty text, such
    as a machine that takes notes, is left out.  Where times are those of the day and nobody says
    when the session began, messages have none.

    Parameters
    ----------
    log : ChatLog
        The file, and how it is to be read.
    session : Session
        Its roster, attendance and, where a recording has one, its time of day.
    length : float, optional
        Seconds that the session lasts, where that is known.

    Raises
    ------
    FormatError
        When the file is no chat, a writer is nobody who was present, or `log` gives a time of day
        for a file that needs none.
    """
    found = chat.read(log.file)
    public = _public(found.messages)
    times, untimed = _times(public, log, session, found.of_day, length)
    placed = _speakers(log, session).placed(_utterances(public, times), log.file.name)
    messages = tuple(
        ChatMessage(at, ParticipantId(u.speaker), u.text)
        for u, at in zip(placed, times, strict=True)
        if u.speaker is not None
    )
    private = sum(not m.to_all for m in found.messages)
    reactions = sum(m.is_reaction for m in found.messages if m.to_all)
    notes = [f"a chat of {len(messages)} messages"]
    if private:
        notes.append(f"{private} private ones in it are not taken in")
    if reactions:
        notes.append(f"{reactions} reactions in it are left out")
    if left := len(placed) - len(messages):
        notes.append(f"{left} messages in it are of nobody present, as session.toml says")
    if found.encoding:
        notes.append(f"{log.file.name} is read as {found.encoding}")
    return SavedChat(messages, private), (*notes, *untimed)


def unplaced(log: ChatLog, session: Session) -> list[Unplaced]:
    """Every writer in the file that is nobody who was present, for a person at the screen.

    Raises
    ------
    FormatError
        When the file cannot be read at all.
    """
    public = _public(chat.read(log.file).messages)
    return _speakers(log, session).unplaced(_utterances(public, [m.at for m in public]))


def of(log: ChatLog, session: Session, participant: str) -> list[Written]:
    """All that `participant` wrote in the file, privately too, and what was written to them alone.

    Every reaction is among it, as it quotes what somebody wrote.

    Raises
    ------
    FormatError
        When the file cannot be read at all.
    """
    labels = _speakers(log, session)

    def is_theirs(message: Written) -> bool:
        private = None if message.to_all else message.to
        theirs = (message.who, private or "")
        return message.is_reaction or any(labels.is_of(who, participant) for who in theirs)

    return [m for m in chat.read(log.file).messages if is_theirs(m)]


def _public(messages: Sequence[Written]) -> list[Written]:
    return [m for m in messages if m.to_all and m.text and not m.is_reaction]


def _speakers(log: ChatLog, session: Session) -> Speakers:
    return Speakers(session, dict(log.speakers), "chat", "message")


def _utterances(messages: Sequence[Written], times: Sequence[float | None]) -> list[Utterance]:
    return [
        Utterance(at or 0.0, None, m.who, m.text, f"line {m.first}")
        for m, at in zip(messages, times, strict=True)
    ]


def _times(
    messages: Sequence[Written],
    log: ChatLog,
    session: Session,
    of_day: bool | None,
    length: float | None,
) -> tuple[list[float | None], list[str]]:
    """Seconds of each message from the start of the session, and what is told of them."""
    given = [m.at for m in messages]
    if of_day is False:
        if log.start is not None:
            raise FormatError(
                f"{log.file.name} has times from the start of the recording, and session.toml "
                "gives it a time of day",
                hint="Take `start` out of [chat].",
            )
        return given, _late(given, length, log)
    start = log.start
    starts = [r.start for r in session.recordings if r.start is not None]
    known = [at for at in given if at is not None]
    beyond = bool(known) and max(known) > (_DAY / 4 if length is None else length + EARLY)
    if start is None and starts and (of_day or beyond):
        start = min(starts)
    if start is not None:
        times = [None if at is None else _since(at, start) for at in given]
        return times, _late(times, length, log)
    if not known or not (of_day or beyond):
        return given, []
    return [None] * len(given), [
        f"the times in {log.file.name} are times of day, from {clock(min(known))}, and left out "
        "(start = HH:MM:SS under [chat] in session.toml says when the recording began)"
    ]


def _since(at: float, start: float) -> float:
    """Seconds from `start` to `at`, both of the day, over midnight; shortly before is 0."""
    seconds = (at - start) % _DAY
    return 0.0 if seconds >= _DAY - EARLY else seconds


def _late(times: Sequence[float | None], length: float | None, log: ChatLog) -> list[str]:
    """What is told of messages after the end of the recording."""
    if length is None:
        return []
    late = sum(at is not None and at > length for at in times)
    if not late:
        return []
    return [f"{late} messages in {log.file.name} lie after the recording's end at {clock(length)}"]
