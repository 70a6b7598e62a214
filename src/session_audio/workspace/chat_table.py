"""The chat in ``session.toml``: lines (``[[chat]]``), or a saved file (``[chat]``)."""

from __future__ import annotations

from datetime import time
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from session_audio.schema import ChatLog, ChatMessage, ParticipantId
from session_audio.workspace import parts, paths


class Message(BaseModel):
    """One line of the chat."""

    model_config = ConfigDict(extra="forbid")

    at: float | None = Field(default=None, ge=0, le=86_400, allow_inf_nan=False)
    participant: str
    text: str


class SavedChat(BaseModel):
    """A file that holds the chat."""

    model_config = ConfigDict(extra="forbid")

    file: str = Field(min_length=1)
    speakers: dict[str, str] = {}
    start: time | None = None


Chat = list[Message] | SavedChat
_LINES = TypeAdapter(list[Message])


def either(value: Any) -> Chat:
    """Whichever of the two is written; what is wrong is told by its own fields."""
    return (
        SavedChat.model_validate(value)
        if isinstance(value, dict)
        else _LINES.validate_python(value)
    )


def files(chat: Chat) -> list[str]:
    """The file that is named, if one is."""
    return [chat.file] if isinstance(chat, SavedChat) else []


def named(chat: Chat) -> set[str]:
    """Ids that it names."""
    if isinstance(chat, SavedChat):
        return set(chat.speakers.values()) - {""}
    return {message.participant for message in chat}


def lines(chat: Chat) -> tuple[ChatMessage, ...]:
    """The lines that the manifest holds."""
    if isinstance(chat, SavedChat):
        return ()
    return tuple(ChatMessage(m.at, ParticipantId(m.participant), m.text) for m in chat)


def log(chat: Chat, folder: Path) -> ChatLog | None:
    """The file that the manifest names, in the session's folder."""
    if not isinstance(chat, SavedChat):
        return None
    start = None if chat.start is None else parts.second_of_day(chat.start)
    return ChatLog(paths.find(folder, chat.file), chat.speakers, start)
