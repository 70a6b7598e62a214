"""New groups and sessions: manifests written for a person to complete.  Nobody's consent is."""

from __future__ import annotations

import re
import shutil
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from session_audio import files
from session_audio.errors import ManifestError
from session_audio.flow.meeting import Meeting
from session_audio.formats import chat, transcripts
from session_audio.formats.attendance import is_attendance
from session_audio.settings import toml_text
from session_audio.sound.dated import recorded_on
from session_audio.workspace.folders import RECORDED
from session_audio.workspace.manifest import GROUP_FILE, SESSION_FILE, load_group
from session_audio.workspace.names_of_files import wrong

PURPOSES = (
    *("recording", "transcription", "analysis", "voiceprint"),
    *("moments", "member_report", "leaving", "research"),
)
_HEAD = """\
# Consent is not written here: only you know who gave it.  Under each participant take the # away
# from what the person agreed to, and write the day.  Recording, transcription and analysis are
# needed from everybody who is present; voiceprint only to know somebody by voice; research for
# an export. moments, member_report and leaving are for those whom you ask about them apart.
# Whoever takes it back gets a second date: { given = 2026-03-31, withdrawn = 2026-06-30 }
"""
_ISO = re.compile(r"(?<!\d)(20\d\d)[-_. ]?([01]\d)[-_. ]?([0-3]\d)(?!\d)")
_GERMAN = re.compile(r"(?<!\d)([0-3]?\d)\.([01]?\d)\.(20\d\d)(?!\d)")
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,31}")


def write_group(
    folder: Path,
    therapists: Sequence[str],
    members: Sequence[str],
    name: str = "",
    languages: Sequence[str] = (),
) -> Path:
    """Write ``group.toml`` with a roster and without anybody's consent.

    Raises
    ------
    ManifestError
        When there is one already, the folder's name cannot be an id, or nobody is named.
    """
    path = folder / GROUP_FILE
    if path.exists():
        raise ManifestError(f"{folder.name} has a {GROUP_FILE}; it is left as it is")
    if (why := wrong(folder.resolve().name)) or not _ID.fullmatch(folder.resolve().name):
        raise ManifestError(
            "the folder's name is the group's id: "
            + (why or "letters, digits, - and _ only, at most 32"),
            hint="Choose another name for the folder, and give the full one with --name.",
        )
    if not all(re.fullmatch(r"[a-z]{2,3}", language) for language in languages):
        raise ManifestError("a language is a code of two letters, such as en or de")
    people = [("T", "therapist", n) for n in therapists] + [("P", "member", n) for n in members]
    if not people:
        raise ManifestError("a group needs somebody in it", hint="Name them with --member.")
    lines = [_HEAD, f"id = {toml_text(folder.resolve().name)}"]
    lines += [f"name = {toml_text(name)}"] if name else []
    if len(languages) == 1:
        lines.append(f"language = {toml_text(languages[0])}")
    elif languages:
        lines.append(f"languages = [{', '.join(map(toml_text, dict.fromkeys(languages)))}]")
    numbers = {"T": 0, "P": 0}
    for letter, role, person in people:
        numbers[letter] += 1
        lines += ["", "[[participant]]", f'id = "{letter}{numbers[letter]:02d}"']
        lines += [f"name = {toml_text(' '.join(person.split()))}", f'role = "{role}"']
        lines += ["[participant.consent]"]
        lines += [f"# {purpose} = {{ given = YYYY-MM-DD }}" for purpose in PURPOSES]
    files.write_text(path, "\n".join(lines) + "\n")
    return path


@dataclass(frozen=True, slots=True)
class Days:
    """On which day a session was, by the names of its files and by the files' own record."""

    named: date | None
    recorded: date | None

    @property
    def sure(self) -> date | None:
        """The day, where at least one tells it and they do not differ."""
        if self.named and self.recorded and self.named != self.recorded:
            return None
        return self.named or self.recorded


def days_of(given: Sequence[Path], folder: Path | None = None) -> Days:
    """What the files of one session say of its day, and their `folder` where one was given."""
    of_folder = _named(folder.resolve().name) if folder else None
    named = [of_folder] if of_folder else []
    named += [day for p in given for n in (p.stem, p.absolute().parent.name) if (day := _named(n))]
    own = [day for p in given if _is_sound(p) and (day := recorded_on(p))]
    return Days(named[0] if named else None, own[0] if own else None)


def _named(name: str) -> date | None:
    """The day in a name; None where there is none, or it is no day.

    >>> _named("Gruppe 3.2.2026"), _named("ZOOM0012"), _named("20260230")
    (datetime.date(2026, 2, 3), None, None)
    """
    iso, german = _ISO.search(name), _GERMAN.search(name)
    numbers = iso.groups() if iso else german.groups()[::-1] if german else None
    try:
        return date(*map(int, numbers)) if numbers else None
    except ValueError:
        return None


def _is_sound(path: Path) -> bool:
    return path.suffix.casefold() in RECORDED


def sessions_of(given: Sequence[Path]) -> list[list[Path]]:
    """The files of each session: a recording by itself; with one recording, all that is given.

    Raises
    ------
    ManifestError
        When a file is not there, is nothing that a session is made of, or is not clear whose.
    """
    for path in given:
        if not path.is_file():
            raise ManifestError(f"{path.name} is not there, or is no file")
        known = path.suffix.casefold() in {*transcripts.SUFFIXES, ".rttm", ".sbv"}
        if not _is_sound(path) and not known:
            raise ManifestError(
                f"{path.name} is no recording, transcript, chat or diarization by its ending"
            )
    sounds = [p for p in given if _is_sound(p)]
    others = [p for p in given if not _is_sound(p)]
    if reports := [p for p in others if p.suffix.casefold() == ".csv" and is_attendance(p)]:
        raise ManifestError(
            f"{reports[0].name} is an attendance report",
            hint="Say who was there with --present; or give the folder that the platform saved.",
        )
    if len(sounds) > 1 and others:
        raise ManifestError(
            f"{len(sounds)} recordings and {len(others)} other files: it is not clear which belong "
            "together",
            hint="Add each session by itself.",
        )
    return [[p] for p in sounds] if len(sounds) > 1 else [list(given)]


def write_session(
    group: Path, given: Sequence[Path], day: date, present: Sequence[str], *, name: str = ""
) -> Path:
    """Make a session's folder of copies of its files; returns the folder.

    The folder appears whole or not at all, and the files that were given stay where they are.

    Raises
    ------
    ManifestError
        When there is such a folder, or somebody present is not in the roster.
    """
    _known(group, present)
    lines = [f"date = {day}", f"attendance = [{', '.join(map(toml_text, present))}]"]
    lines += ["# Take whoever was away out of the list; whoever was there belongs in it."]
    for path in given:
        said = toml_text(path.name)
        if _is_sound(path):
            lines += ["", "[[recording]]", f"file = {said}"]
        elif path.suffix.casefold() == ".rttm":
            lines.insert(2, f"diarization = {said}")
        elif chat.is_chat(path):
            lines += ["", "[chat]", f"file = {said}"]
        else:
            lines += ["", "[transcript]", f"file = {said}"]
    for table in ("[transcript]", "[chat]"):
        if lines.count(table) > 1:
            raise ManifestError(
                f"{lines.count(table)} of the files would be the session's {table}",
                hint="Give one; or give the folder that the platform saved, by itself.",
            )
    return _made(group, name or day.isoformat(), {path.name: path for path in given}, lines)


def write_meeting(
    group: Path, meeting: Meeting, day: date, present: Sequence[str], *, name: str = ""
) -> Path:
    """Make a session's folder of what a platform's folder holds; returns the session's.

    Tracks are copied under the ids of those whose they are.  Where that is not known the manifest
    has a ``?`` to be filled in, and nothing is run before that.

    Raises
    ------
    ManifestError
        As `write_session`.
    """
    _known(group, present)
    lines = [f"date = {day}", f"attendance = [{', '.join(map(toml_text, present))}]"]
    lines += ["# Take whoever was away out of the list; whoever was there belongs in it."]
    if meeting.minutes:
        stays = ", ".join(f"{who} {minutes:.0f}" for who, minutes in meeting.minutes.items())
        lines.append(f"# Minutes in the call, by the platform's report: {stays}")
    copies: dict[str, Path] = {}
    for path, who in meeting.tracks:
        file = _free(f"{who}{path.suffix}" if who else path.name, copies)
        copies[file] = path
        lines += ["", "[[recording]]", f"file = {toml_text(file)}"]
        lines.append(f'participant = "{who}"' if who else 'participant = "?"  # whose is it?')
    for number, path in enumerate(meeting.room, start=1):
        file = _free(path.name, copies)
        copies[file] = path
        lines += ["", "[[recording]]", f"file = {toml_text(file)}"]
        lines += [f"part = {number}"] if len(meeting.room) > 1 else []
    if meeting.transcript is not None:
        copies[meeting.transcript.name] = meeting.transcript
        lines += ["", "[transcript]", f"file = {toml_text(meeting.transcript.name)}"]
    if meeting.chat is not None:
        copies[meeting.chat.name] = meeting.chat
        lines += ["", "[chat]", f"file = {toml_text(meeting.chat.name)}"]
        if meeting.chat_start is not None:
            lines.append(f"start = {meeting.chat_start}  # when the recording began, by its name")
    return _made(group, name or day.isoformat(), copies, lines)


def _free(name: str, taken: Container[str]) -> str:
    """`name`, or with a number where there is such a file already."""
    path, number = Path(name), 2
    while name in taken:
        name, number = f"{path.stem}-{number}{path.suffix}", number + 1
    return name


def _known(group: Path, present: Sequence[str]) -> None:
    """Refuse ids that the roster does not have."""
    roster = {str(p.id) for p in load_group(group).participants}
    if unknown := sorted(set(present) - roster):
        raise ManifestError(
            f"{len(unknown)} of the ids given are not in {GROUP_FILE}",
            hint=f"It has {', '.join(sorted(roster))}.",
        )


def _made(group: Path, name: str, copies: Mapping[str, Path], lines: Sequence[str]) -> Path:
    """The session's folder, whole or not at all, with copies of its files."""
    folder = group / name
    if why := wrong(name):
        raise ManifestError(f"a session's folder cannot be called so: {why}")
    if folder.exists():
        raise ManifestError(
            f"{folder.parent.name} has a folder {folder.name} already",
            hint="Give the session another name with --session, as in 2026-03-31-evening.",
        )
    part = group / f".{name}{files.PART}"
    try:
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir()
        for file, path in copies.items():
            shutil.copy2(path, part / file)
        files.write_text(part / SESSION_FILE, "\n".join(lines) + "\n")
        files.put(part, folder)
    except OSError as error:
        raise files.explained(error, folder) from None
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return folder
