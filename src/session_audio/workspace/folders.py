"""Which folders are sessions: those of a group, and those that look like one and are not.

A folder with sound in it that nobody described is never passed over in silence.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from session_audio.errors import ManifestError
from session_audio.workspace.manifest import GROUP_FILE, SESSION_FILE

RECORDED = frozenset(
    {".3g2", ".3gp", ".aac", ".ac3", ".aif", ".aifc", ".aiff", ".amr", ".ape", ".au", ".avi"}
    | {".caf", ".ds2", ".dss", ".dvf", ".flac", ".flv", ".m2ts", ".m4a", ".m4b", ".m4v", ".mka"}
    | {".mkv", ".mov", ".mp2", ".mp3", ".mp4", ".mpeg", ".mpg", ".msv", ".mts", ".oga", ".ogg"}
    | {".ogv", ".opus", ".qta", ".ts", ".vob", ".w64", ".wav", ".webm", ".wma", ".wmv", ".wv"}
)
"""Endings of sound and video files."""
TRANSCRIBED = frozenset({".ctm", ".eaf", ".rttm", ".srt", ".stm", ".textgrid", ".vtt"})
"""Endings of transcripts and diarizations that hardly anything else has."""
_NEAR = re.compile(r"\s*session[\W_]*\d*[\W_]*\.?toml(\.txt)?\s*$", re.IGNORECASE)
"""File names that were meant to be a session's manifest: ``Session.toml``, ``session (1).toml``."""
_ADD = (
    f"Add a {SESSION_FILE} with the date, the attendance and the recording's name, "
    "or move the folder out of the group."
)
_OWN = frozenset({"out", "voices"})
"""Folders of a group that are no sessions."""


@dataclass(frozen=True)
class Found:
    """The sessions that a folder stands for, and what is wrong with folders that look like one."""

    sessions: tuple[Path, ...]
    strays: tuple[ManifestError, ...] = ()


def look(folder: Path) -> Found:
    """The session folders that `folder` stands for: itself, or those of a group, by name.

    Raises
    ------
    ManifestError
        When `folder` is neither a session nor a group, cannot be read, or the group has nothing
        like a session.
    """
    with _readable(folder):
        return _look(folder)


def _look(folder: Path) -> Found:
    if (folder / SESSION_FILE).is_file():
        return Found((folder,))
    if (folder / GROUP_FILE).is_file():
        sessions = tuple(sorted(p.parent for p in folder.glob(f"*/{SESSION_FILE}")))
        strays = tuple(_strays(folder, sessions))
        if sessions or strays:
            return Found(sessions, strays)
        raise ManifestError(
            f"the group in {folder.name} has no session",
            hint=f"Add a folder with a {SESSION_FILE}.",
        )
    if folder.is_dir():
        if (why := _looks_like_a_session(folder)) is not None:
            raise ManifestError(why[0], session=folder.resolve().name, stage="check", hint=why[1])
        wrong = f"has no {SESSION_FILE} or {GROUP_FILE}"
    else:
        wrong = "is a file; expected a folder" if folder.exists() else "is not there"
    raise ManifestError(
        f"{folder.resolve().name} {wrong}",
        stage="check",
        hint="Name a session's or a group's folder.",
    )


def groups_in(folder: Path) -> list[Path]:
    """The groups that lie in `folder`, by name; itself alone where it is a session or a group.

    Raises
    ------
    ManifestError
        When it cannot be read.
    """
    with _readable(folder):
        if (folder / SESSION_FILE).is_file() or (folder / GROUP_FILE).is_file():
            return [folder]
        return sorted(p.parent for p in folder.glob(f"*/{GROUP_FILE}")) or [folder]


@contextmanager
def _readable(folder: Path) -> Iterator[None]:
    """Tell what the system says of `folder`: a share may go away, a folder be somebody else's."""
    try:
        yield
    except OSError as error:
        raise ManifestError(
            f"{folder.name} cannot be read ({error.strerror or type(error).__name__})",
            stage="check",
            hint="Is its disk or share there, and may you read it?",
        ) from None


def find_sessions(folder: Path) -> list[Path]:
    """The session folders that `folder` stands for; see `look`."""
    return list(look(folder).sessions)


def _strays(group: Path, sessions: tuple[Path, ...]) -> list[ManifestError]:
    """An error for each folder of the group that looks like a session and is none."""
    errors = []
    for folder in sorted(p for p in group.iterdir() if p.is_dir()):
        if folder in sessions or folder.name in _OWN or folder.name.startswith("."):
            continue
        try:
            with _readable(folder):
                why = _looks_like_a_session(folder)
        except ManifestError as error:
            if folder.is_dir():  # else it was removed meanwhile
                error.session = folder.name
                errors.append(error)
            continue
        if why is not None:
            message, hint = why
            errors.append(ManifestError(message, session=folder.name, stage="check", hint=hint))
    return errors


def _looks_like_a_session(folder: Path) -> tuple[str, str] | None:
    """What was found in `folder` in place of a manifest, and what to do; None for nothing."""
    names = sorted(p.name for p in folder.iterdir())
    near = [name for name in names if _NEAR.match(name)]
    if near:
        name = near[0] if near[0] == near[0].strip() else f'"{near[0]}"'
        return f"it has {name}; expected {SESSION_FILE}", f"Rename it to {SESSION_FILE}."
    if GROUP_FILE in names:
        return (
            f"it has a {GROUP_FILE}: it is a group inside a group",
            "Name that group's folder by itself, or move it out of this group.",
        )
    deeper = sorted(p.parent.name for p in folder.glob(f"*/{SESSION_FILE}"))
    if deeper:
        return (
            f"{len(deeper)} of its folders hold a {SESSION_FILE}; expected it in the folder itself",
            "Move the sessions up, next to the group's other sessions.",
        )
    if (what := _material(names)) is not None:
        return f"it holds {what} and no {SESSION_FILE}", _ADD
    inner = sorted(p.name for p in folder.glob("*/*") if p.parent.name not in _OWN)
    if (what := _material(inner)) is not None:
        return f"a folder in it holds {what}, and it has no {SESSION_FILE}", _ADD
    return None


def _material(names: list[str]) -> str | None:
    """What a session is made of, among files called `names`; None for nothing."""
    endings = [Path(name).suffix.casefold() for name in names]
    recorded = sum(ending in RECORDED for ending in endings)
    if recorded:
        return "a sound or video file" if recorded == 1 else f"{recorded} sound or video files"
    return "a transcript or a diarization" if TRANSCRIBED.intersection(endings) else None
