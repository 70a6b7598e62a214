"""A meeting platform's folder: what in it is a track, the mix, a transcript, the chat, attendance.

Zoom's local and cloud recordings, Teams' and Meet's downloads.  Whose a track is is told by its
file's name, by the rules for names in transcripts; what is not clear is left for a person to say.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import time
from pathlib import Path

from session_audio.errors import FormatError, ManifestError
from session_audio.formats import attendance, chat, transcripts
from session_audio.names.labels import Labels
from session_audio.schema import Group
from session_audio.workspace.folders import RECORDED

VIDEO = frozenset({".mp4", ".mov", ".mkv", ".webm", ".avi", ".m4v", ".wmv"})
_TRACK = re.compile(r"audio(?P<who>[^\W\d].*?)\d{6,}", re.IGNORECASE)
_NUMBERED = re.compile(r"(?:\d{1,3}[-_ ]+)?(?P<who>.+?)(?:[-_ ]+\d{1,3})?")
_COUNT = re.compile(r"(.*?)[-_ ]?(\d{0,2})")
_CLOUD = re.compile(r"GMT\d{8}-\d{6}")
_CLOCK = re.compile(
    r"20\d\d[-_. ]?\d\d[-_. ]?\d\d[ T_-]+([01]\d|2[0-3])[-_.:]?([0-5]\d)[-_.:]?([0-5]\d)"
)
_DEEP = 2
"""Folders below the one given that are looked at, as Zoom's ``Audio Record``."""
_TRANSCRIPTS = (".vtt", ".srt", ".json", ".docx", ".txt", ".csv", ".tsv")
"""Endings in the order in which one of several transcripts is chosen."""
_SESSION = 6 * 3600.0
"""Seconds after the folder's time within which a chat begins, if both are of one clock (ours)."""


@dataclass
class Meeting:
    """What a folder holds of one session."""

    tracks: list[tuple[Path, str | None]] = field(default_factory=list)
    """Files and whose each is, by id; None where that is not clear."""
    room: list[Path] = field(default_factory=list)
    """The recording of all, in parts that follow one another; not used where there are tracks."""
    transcript: Path | None = None
    chat: Path | None = None
    chat_start: time | None = None
    """The time of day by the folder's name, where the chat's times are of the day."""
    minutes: dict[str, float] = field(default_factory=dict)
    """How long each participant was in the call, by id."""
    strangers: list[str] = field(default_factory=list)
    """Names in the attendance report that are nobody's of the roster: for the screen alone."""
    left: list[Path] = field(default_factory=list)
    """Files that are not taken in."""

    @property
    def present(self) -> list[str]:
        """Ids of those who were there, by attendance and by tracks."""
        return sorted({*self.minutes, *(who for _, who in self.tracks if who)})

    @property
    def files(self) -> list[Path]:
        """All that is taken in."""
        others = [path for path in (self.transcript, self.chat) if path is not None]
        return [*(path for path, _ in self.tracks), *self.room, *others]


def look(folder: Path, group: Group) -> Meeting:
    """What is in `folder`.

    Raises
    ------
    ManifestError
        When it holds nothing that a session is made of, or several recordings that are no parts.
    """
    found, labels = Meeting(), Labels(group.participants, {})
    files = sorted(
        path
        for path in folder.rglob("*")
        if path.is_file()
        and not any(part.startswith(".") for part in path.relative_to(folder).parts)
        and len(path.relative_to(folder).parts) <= _DEEP + 1
    )
    sounds = [path for path in files if path.suffix.casefold() in RECORDED]
    found.tracks = _tracks(sounds, labels)
    mixed = [path for path in sounds if path not in {track for track, _ in found.tracks}]
    if found.tracks:
        found.left += mixed
    else:
        found.room = _room(mixed)
        found.left += [path for path in mixed if path not in found.room]
    _texts(found, [path for path in files if path not in sounds], labels)
    if not found.tracks and not found.room and any(p.suffix.casefold() == ".zoom" for p in files):
        raise ManifestError(
            f"Zoom has not converted what it recorded in {folder.name}",
            hint="Open the file double_click_to_convert in it with Zoom, and wait for its end.",
        )
    if not found.tracks and not found.room and found.transcript is None:
        raise ManifestError(
            f"{folder.name} holds no recording and no transcript",
            hint="Name the folder that the platform saved, or its files.",
        )
    if found.chat is not None:
        found.chat_start = _start(folder, found)
    return found


def _tracks(sounds: Sequence[Path], labels: Labels) -> list[tuple[Path, str | None]]:
    """Files that are one person's each: called so by Zoom, or by the names of several people."""
    zooms = [(path, match["who"]) for path in sounds if (match := _TRACK.fullmatch(path.stem))]
    zooms = [(path, who) for path, who in zooms if not who.casefold().startswith("_only")]
    if zooms:
        return [(path, labels.place_glued(who).who) for path, who in zooms]
    named = []
    for path in sounds:
        match = _NUMBERED.fullmatch(path.stem)
        who = labels.place_glued(match["who"]).who if match else None
        if who is not None and path.suffix.casefold() not in VIDEO:
            named.append((path, who))
    return list(named) if len({who for _, who in named}) > 1 else []


def _room(mixed: Sequence[Path]) -> list[Path]:
    """The recording of all: sound rather than video, one file or its parts in order.

    Raises
    ------
    ManifestError
        When there are several, and they are no parts.
    """
    if len(mixed) < 2:
        return list(mixed)
    sounds = [path for path in mixed if path.suffix.casefold() not in VIDEO]
    chosen = sounds or list(mixed)
    if len({match[0] for p in chosen if (match := _CLOUD.match(p.stem))}) == 1 and all(
        _CLOUD.match(p.stem) for p in chosen
    ):  # views of one meeting
        return [min(chosen, key=lambda path: path.stat().st_size)]
    counted = [
        (match[1], int(match[2] or 0), p) for p in chosen if (match := _COUNT.fullmatch(p.stem))
    ]
    stems = {stem for stem, _, _ in counted}
    if len(chosen) == 1 or (len(stems) == 1 and len({n for _, n, _ in counted}) == len(chosen)):
        return [path for _, _, path in sorted(counted, key=lambda one: one[1])] or list(chosen)
    raise ManifestError(
        f"{len(chosen)} recordings lie in the folder, and it is not clear which belong together",
        hint="Give one session's files by name.",
    )


def _texts(found: Meeting, files: Sequence[Path], labels: Labels) -> None:
    """Sort everything that is no sound."""
    spoken, chats = list[Path](), list[Path]()
    for path in files:
        suffix = path.suffix.casefold()
        if suffix in (".csv", ".tsv") and attendance.is_attendance(path):
            _attended(found, path, labels)
        elif suffix in (".txt", ".sbv") and chat.is_chat(path):
            chats.append(path)
        elif suffix in _TRANSCRIPTS and suffix in transcripts.SUFFIXES:
            spoken.append(path)
        else:
            found.left.append(path)
    # Zoom's "cc.vtt" holds captions as they ran, without names.
    order = {suffix: k for k, suffix in enumerate(_TRANSCRIPTS)}
    spoken.sort(key=lambda p: (".cc" in p.stem.casefold(), order[p.suffix.casefold()], p.name))
    timed = [p for p in spoken if p.suffix.casefold() in (".vtt", ".srt") or _is_timed(p)]
    found.transcript = timed[0] if timed else None
    # Zoom's "newChat" is the chat with replies and reactions, beside one in the old form.
    chats.sort(key=lambda p: ("new" not in p.stem.casefold(), p.name))
    found.chat = chats[0] if chats else None
    found.left += [p for p in (*spoken, *chats) if p not in (found.transcript, found.chat)]


def _is_timed(path: Path) -> bool:
    """Whether a text or a table can be read as a transcript."""
    from session_audio.schema import TranscriptSource

    try:
        return bool(transcripts.utterances(TranscriptSource(path, "auto")))
    except FormatError:
        return False


def _attended(found: Meeting, path: Path, labels: Labels) -> None:
    for name, minutes in attendance.read(path).items():
        who = labels.place(name).who
        if who is None and (inside := re.search(r"\(([^()]+)\)\s*$", name)):
            who = labels.place(inside[1]).who
        if who is None:
            found.strangers.append(name)
        else:
            found.minutes[who] = found.minutes.get(who, 0.0) + minutes


def _start(folder: Path, found: Meeting) -> time | None:
    """The time of day in the names, where the chat is on that clock."""
    names = [folder.resolve().name, *(path.name for path in found.files)]
    match = next((m for n in names if "GMT" not in n and (m := _CLOCK.search(n))), None)
    if match is None or found.chat is None:
        return None
    begins = time(int(match[1]), int(match[2]), int(match[3]))
    second = begins.hour * 3600 + begins.minute * 60 + begins.second
    try:
        log = chat.read(found.chat)
    except FormatError:
        return None  # the check says what is wrong
    times = [m.at for m in log.messages if m.at is not None]
    if not times or log.of_day is False or not 0 <= min(times) - second <= _SESSION:
        return None
    return begins
