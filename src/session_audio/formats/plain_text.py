"""Transcripts as plain text or Word documents: names and times at the beginning of a paragraph.

What Otter and Teams save (``Tom Berg  0:05``, then lines of text), and the forms
``[0:05] Tom: text``, ``Tom [0:05]: text`` and ``0:05 --> 0:09`` with the name below.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

from session_audio import files
from session_audio.errors import FormatError
from session_audio.formats import text as texts
from session_audio.formats.chat import has_recipients
from session_audio.formats.utterance import Faults, Utterance, time_of
from session_audio.schema import TranscriptSource

_TIME = r"\d{1,3}:\d{1,2}(?::\d{1,2})?(?:[.,]\d{1,3})?"
_NAME = r"[^\[\]<>\t:：]{1,60}?"
_HEADS = tuple(
    re.compile(pattern, re.ASCII)
    for pattern in (
        rf"(?P<start>{_TIME})\s*-->\s*(?P<end>{_TIME})",
        rf"[\[(](?P<start>{_TIME})(?:\s*(?:-->|-|–)\s*(?P<end>{_TIME}))?[\])]\s*(?P<said>.*)",
        rf"(?P<start>{_TIME})\s+(?P<said>.*)",
        rf"(?P<who>{_NAME})\s*[\[(](?P<start>{_TIME})[\])]\s*[:：]?\s*(?P<said>.*)",
        rf"(?P<who>{_NAME})(?:\s{{2,}}|\t+|\s)(?P<start>{_TIME})",
    )
)
_TRAILER = re.compile(r"Transcribed by https?://\S+|.* (?:started|stopped) transcription")
_WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_MOST_XML = 100_000_000
HELP = "Export it as WebVTT, SRT or CSV."


def read_text(path: Path, _source: TranscriptSource) -> list[Utterance]:
    """Utterances of a text file, each from its time to the next one's."""
    lines = texts.read(path).lines()
    if has_recipients(lines):  # it may hold private messages
        raise FormatError(
            f"{path.name} is a saved chat, not a transcript",
            hint="Name it under [chat] in session.toml.",
        )
    return _paragraphs(lines, path.name)


def read_docx(path: Path, _source: TranscriptSource) -> list[Utterance]:
    """Utterances of a Word document; only its running text is read."""
    try:
        with files.opened(path) as file, zipfile.ZipFile(file) as packed:
            info = packed.getinfo("word/document.xml")
            if info.file_size > _MOST_XML:
                raise FormatError(f"{path.name} is too large for a transcript", hint=HELP)
            content = packed.read(info)
        if b"<!DOCTYPE" in content:
            raise ValueError
        body = ElementTree.fromstring(content)
    except FileNotFoundError:
        raise FormatError(f"{path.name} is not there") from None
    except (OSError, KeyError, ValueError, RuntimeError, NotImplementedError):
        raise _no_document(path) from None
    except (zipfile.BadZipFile, ElementTree.ParseError, EOFError):
        raise _no_document(path) from None
    lines = [line for p in body.iter(f"{_WORD}p") for line in _lines(p)]
    return _paragraphs(lines, path.name)


def _no_document(path: Path) -> FormatError:
    return FormatError(f"{path.name} is not a Word document that can be read", hint=HELP)


def _lines(paragraph: ElementTree.Element) -> list[str]:
    signs: dict[str, Callable[[ElementTree.Element], str]] = {
        f"{_WORD}t": lambda node: node.text or "",
        f"{_WORD}tab": lambda _: "\t",
        f"{_WORD}br": lambda _: "\n",
        f"{_WORD}cr": lambda _: "\n",
    }
    return "".join(signs[n.tag](n) for n in paragraph.iter() if n.tag in signs).split("\n")


def _paragraphs(lines: list[str], name: str) -> list[Utterance]:
    """What stands under each name and time.

    Raises
    ------
    FormatError
        When there are no times, or words stand before the first.
    """
    faults, out = Faults(name), list[Utterance]()
    before = 0
    for number, line in enumerate(lines, start=1):
        plain = line.strip()
        if not plain or _TRAILER.fullmatch(plain):
            continue
        found = next((m for head in _HEADS if (m := head.fullmatch(plain))), None)
        if found is None:
            if out:
                out[-1] = _longer(out[-1], plain)
            else:
                before += 1
            continue
        parts = found.groupdict()
        start, end = time_of(parts["start"]), time_of(parts.get("end") or parts["start"])
        if start is None or end is None:
            faults.add(f"line {number}", "a time cannot be read")
            continue
        who, said = (parts.get("who") or "").strip() or None, parts.get("said") or ""
        until = end if parts.get("end") else None
        out.append(Utterance(start, until, who, said, f"line {number}", may_name=who is None))
    faults.tell("Correct these lines.")
    if not out:
        raise FormatError(
            f"{name} has no times that can be read",
            hint=f'A paragraph begins with a name and a time, as in "Tom 0:05". {HELP}',
        )
    if before > 20:
        raise FormatError(
            f"{name}: {before} lines stand before the first name with a time",
            hint="Are names and times written in one way throughout?",
        )
    return [_named_below(u) for u in out if u.text.strip()]


def _longer(u: Utterance, line: str) -> Utterance:
    text = f"{u.text}\n{line}" if u.text else line
    return Utterance(u.start, u.end, u.speaker, text, u.where, may_name=u.may_name)


def _named_below(u: Utterance) -> Utterance:
    """An utterance under ``start --> end``, whose first line is the name alone."""
    first, _, rest = u.text.partition("\n")
    if u.speaker is None and u.end is not None and rest and ":" not in first:
        return Utterance(u.start, u.end, first.strip(), rest, u.where)
    return u
