"""Chats as Zoom, Teams, Meet and messengers save them: who wrote what to everybody, and when.

Read line by line.  What was written to one person, or to some, is never taken in, in whatever
language the platform says so: only what names everybody as its reader is, or what names no reader.
Where a line may begin such a message and is not understood, the file is refused.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from unicodedata import normalize

from session_audio.errors import FormatError
from session_audio.formats import csv_transcript
from session_audio.formats import text as texts
from session_audio.formats.utterance import Faults, time_of
from session_audio.schema import TranscriptSource

_EVERYBODY = frozenset(
    {
        *("everyone", "everybody", "all", "everyone (in meeting)", "everyone in meeting"),
        *("alle", "alle (in meeting)", "jeder", "jeden", "iedereen", "tutti", "wszyscy"),
        *("tout le monde", "tous", "todos", "todas", "todo el mundo", "toda a gente"),
    }
)
_CLOCK = r"\d{1,2}:\d\d(?::\d\d)?(?:[.,]\d{1,3})?(?:\s?[AaPp]\.?[Mm]\.?)?"
_LONG = r"\d{1,3}:\d{1,2}:\d{1,2}"
_NAME = r"[^\[\]<>\t:：]{1,80}?"
_FROM, _TO = "(?:From|Von|De|Da|Van)", "(?:to|an|à|a|al|para|naar|aan)"
_ZOOM = re.compile(
    rf" ?(?:\d{{4}}-\d\d-\d\d\s+)?(?P<at>{_CLOCK})\s+{_FROM}\s+(?P<who>{_NAME})"
    rf"(?:\s+{_TO}\s+(?P<to>{_NAME}))?\s*[:：](?:\s+(?P<text>.*))?$",
    re.IGNORECASE,
)
_CLOUD = re.compile(rf"(?P<at>{_LONG})\t(?P<who>[^\t]{{1,80}}?):\t(?P<text>.*)$")
_BRACKET = re.compile(
    rf"\u200e?\[(?:[^\[\]]*[\s,])?(?P<at>{_CLOCK})\]\s*(?P<who>{_NAME})(?:[:：]\s*(?P<text>.*))?$"
)
_MESSENGER = re.compile(
    rf"\d{{1,4}}[./-]\d{{1,2}}[./-]\d{{2,4}},?\s+(?P<at>{_CLOCK})\s+[-–]\s+"
    rf"(?P<who>{_NAME}):\s(?P<text>.*)$"
)
_ABOVE = re.compile(rf"(?P<who>{_NAME})(?:\s{{2,}}|\t\s*)(?P<at>{_CLOCK})$")
_MEET = re.compile(r"(\d{1,3}:\d\d:\d\d[.,]\d{3}),(\d{1,3}:\d\d:\d\d[.,]\d{3})")
_MEET_SAID = re.compile(rf"(?P<who>{_NAME})[:：]\s*(?P<text>.*)$")
_BEGINS = re.compile(
    rf" ?(?:{_LONG}|\[[^\[\]]*\d:\d\d[^\[\]]*\]|\S*\d\S*\s+{_FROM}\s+{_NAME}\s+{_TO}\s+{_NAME}:)"
)
"""How the line of a message may begin; one that does and is not understood loses meaning."""
_REACTION = re.compile(
    r'(?:Reacted to "|Removed an? \S+ reaction from "|(?:add|remove) [^\w\s]+\s*$)', re.IGNORECASE
)
_QUOTED = re.compile(r'Replying to "[^\n]*"', re.IGNORECASE)
_QUOTE = re.compile(r'Replying to ".*?"(?:\s|$)', re.IGNORECASE | re.DOTALL)
_UNREADABLE = "a message begins in a way that is not understood, and may be private"


@dataclass(frozen=True, slots=True)
class Written:
    """One message as the file has it; not yet placed."""

    at: float | None
    """Seconds: of the day where `of_day`, else from the start of the recording."""
    who: str
    text: str
    to: str | None
    """To whom, as the file has it; None where it names nobody, which is everybody."""
    first: int
    """Number of its first line in the file, from 1."""
    lines: int
    """How many lines of the file it takes."""

    @property
    def to_all(self) -> bool:
        """Whether everybody could read it."""
        return self.to is None or " ".join(self.to.casefold().split()) in _EVERYBODY

    @property
    def is_reaction(self) -> bool:
        """Whether it is no message but an emoji on one."""
        return bool(_REACTION.match(self.text))


@dataclass
class Log:
    """The messages of a file in its order."""

    messages: list[Written] = field(default_factory=list)
    of_day: bool | None = None
    """Whether times are those of the day; None where the format does not tell."""
    encoding: str | None = None
    """What the file is read as, where it is not UTF-8."""


def read(path: Path) -> Log:
    """The messages in `path`.

    Raises
    ------
    FormatError
        When it is no saved chat, or a line would be lost or put to the wrong message.
    """
    if path.suffix.casefold() in (".csv", ".tsv"):
        return _table(path)
    text = texts.read(path)
    lines = [normalize("NFC", line) for line in text.lines()]
    if any(_MEET.fullmatch(line.strip()) for line in lines):
        log = Log(_meet(lines, path.name), of_day=False)
    else:
        log = _heads(lines, path.name)
    if not log.messages:
        raise FormatError(
            f"{path.name} is no chat that can be read",
            hint="Known are the files that Zoom and Meet save, and lines such as "
            '"[18:05] Tom: text", as Teams and messengers give them.',
        )
    log.encoding = text.other_encoding
    return log


def has_recipients(lines: Sequence[str]) -> bool:
    """Whether lines say from whom to whom, as a call's chat does and nothing that was said."""
    return any((found := _ZOOM.match(line)) and found["to"] for line in lines)


def is_chat(path: Path) -> bool:
    """Whether `path` is a saved chat; text that may be a transcript too is none.

    Meet's file is taken for one where it is called so: captions look the same.
    """
    try:
        lines = texts.read(path).lines()
    except FormatError:
        return False
    if any(_MEET.fullmatch(line.strip()) for line in lines):
        return path.suffix.casefold() == ".sbv" or "chat" in path.stem.casefold()
    heads = sum(any(p.match(line) for p in (_ZOOM, _CLOUD)) for line in lines)
    more = sum(any(p.match(line) for p in (_BRACKET, _MESSENGER)) for line in lines)
    return heads > 0 or ("chat" in path.stem.casefold() and more > 0)


def _heads(lines: Sequence[str], name: str) -> Log:
    """A file in which each message begins with its time and its writer."""
    faults, log, before = Faults(name), Log(), 0
    kinds = (_ZOOM, _CLOUD, _BRACKET, _MESSENGER, _ABOVE)
    counts = [sum(bool(kind.match(line)) for line in lines) for kind in kinds]
    if not any(counts):
        return log
    # One file is written in one way: what looks like another's head is part of what was written.
    kind = kinds[counts.index(max(counts))]
    log.of_day = {_ZOOM: None, _CLOUD: False}.get(kind, True)
    for number, line in enumerate(lines, start=1):
        found = kind.match(line)
        if found is None:
            if _BEGINS.match(line):
                faults.add(f"line {number}", _UNREADABLE)
            elif log.messages:
                log.messages[-1] = _longer(log.messages[-1], line, number)
            elif line.strip():
                before += 1
            continue
        parts = found.groupdict()
        at = _seconds(parts["at"])
        if at is None:
            faults.add(f"line {number}", "the time of a message cannot be read")
            continue
        to, said = parts.get("to"), parts.get("text") or ""
        log.messages.append(Written(at, parts["who"].strip(), said.strip(), to, number, 1))
    faults.tell("Correct these lines, or take them out.")
    if before:
        raise FormatError(
            f"{name}: {before} lines stand before the first message",
            hint="Take them out, if they are none of a message.",
        )
    log.messages = [_bare(message) for message in log.messages]
    return log


def _longer(message: Written, line: str, number: int) -> Written:
    text = "\n".join(part for part in (message.text, line.strip()) if part)
    return replace(message, text=text, lines=number - message.first + 1)


def _bare(message: Written) -> Written:
    """Without the words of somebody else that a reply begins with."""
    return replace(message, text=_QUOTE.sub("", message.text, count=1).strip())


def _meet(lines: Sequence[str], name: str) -> list[Written]:
    """Meet's file: the time, then ``Name: text`` until the next time."""
    faults, out, start = Faults(name), list[Written](), None
    begins = 1
    for number, line in enumerate(lines, start=1):
        if found := _MEET.fullmatch(line.strip()):
            start, begins = time_of(found[1]), number
            if start is None:
                faults.add(f"line {number}", "the time of a message cannot be read")
            continue
        if not line.strip():
            if out and start is None:
                out[-1] = replace(out[-1], lines=number - out[-1].first + 1)
            continue
        said = _MEET_SAID.match(line)
        if start is not None and said:
            who, text = said["who"].strip(), said["text"].strip()
            out.append(Written(start, who, text, None, begins, number - begins + 1))
            start = None
        elif start is None and out:
            out[-1] = _longer(out[-1], line, number)
        else:
            faults.add(f"line {number}", "it is not told who wrote this")
    faults.tell("Correct these lines, or take them out.")
    return out


def _table(path: Path) -> Log:
    """A table with columns for time, writer and text."""
    rows = csv_transcript.read(path, TranscriptSource(path, "csv"))
    if any(row.speaker is None for row in rows):
        raise FormatError(f"{path.name}: it is not told who wrote some of the messages")
    out = []
    for row in rows:
        number = int(row.where.rsplit(" ", 1)[1])
        out.append(Written(row.start, str(row.speaker), row.text, None, number, 1))
    return Log(out, encoding=texts.read(path).other_encoding)


def _seconds(clock: str) -> float | None:
    """Seconds of a time, also of one with AM or PM.

    >>> _seconds("6:05 PM"), _seconds("12:05 a.m."), _seconds("18:05:02"), _seconds("25:70:00")
    (65100.0, 300.0, 65102.0, None)
    """
    found = re.fullmatch(r"([\d:.,]+?)\s?(?:([AaPp])\.?[Mm]\.?)?", clock.strip())
    if found is None:
        return None
    digits = found[1] if found[1].count(":") == 2 else f"{found[1]}:00"
    at = time_of(digits)
    if at is None or found[2] is None:
        return at
    hours = at % 43_200
    return hours + 43_200 if found[2] in "pP" else hours


def without(path: Path, gone: Sequence[Written]) -> str:
    """The text of the file without the lines of `gone`, and without what others quote.

    Raises
    ------
    FormatError
        When the file cannot be read.
    """
    lines = re.split(r"(?<=\n)|(?<=\r)(?!\n)", texts.read(path).text)
    out_of = {n for message in gone for n in range(message.first, message.first + message.lines)}
    kept = (line for n, line in enumerate(lines, start=1) if n not in out_of)
    return "".join(_QUOTED.sub("", line) for line in kept)
