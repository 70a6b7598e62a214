"""WebVTT and SRT captions, with voice tags or ``Name: text`` as meeting platforms write.

Read here, line by line, and not by a library: one that passes over a cue whose time it cannot
read loses what was said.  WebVTT as the W3C defines it, and what is met beside it: a comma
in times, hours left out or with one digit, a blank line inside a cue.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from session_audio.errors import FormatError
from session_audio.formats import text
from session_audio.formats.utterance import Faults, Utterance, time_of
from session_audio.schema import TranscriptSource

ARROW = "-->"
_TIME = r"(?:\d+:)?\d{1,2}:\d{1,2}(?:[.,]\d{1,3})?"
_TIMES = re.compile(rf"\s*({_TIME})\s*{ARROW}\s*({_TIME})(?:\s.*)?", re.ASCII)
_LIKE_A_TIME = re.compile(r"\d{1,2}:\d{1,2}[.,:]\d")
_VOICE = re.compile(r"<v(?:\.[^ >]*)?\s+([^>]+)>")
_TAG = re.compile(
    r"</?(?:[biucvs]|rt|em|font|lang|ruby|span|strong)(?:[.\s][^<>]*)?>|<[\d:.]+>|\{\\[^{}]*\}",
    re.IGNORECASE,
)
_ASIDE = re.compile(r"(NOTE|STYLE|REGION)(\s|$)")
_ID = re.compile(r"\s*(\d+|[0-9a-fA-F]{8}-[0-9a-fA-F-]{20,}(/[\d-]+)?)\s*")
UNREADABLE = "the time of a cue cannot be read, and what it says would be lost"
TIMELESS = "text without a time"


@dataclass
class _Cue:
    start: float
    end: float
    where: str
    lines: list[str] = field(default_factory=list)


def read_vtt(path: Path, _source: TranscriptSource) -> list[Utterance]:
    """Cues of a WebVTT file, one utterance a voice."""
    lines = text.read(path).lines()
    head = next((k for k, line in enumerate(lines) if line.strip()), 0)
    if not lines[head].startswith("WEBVTT"):
        raise FormatError(
            f"{path.name} is not WebVTT: it does not begin with WEBVTT",
            hint="Export it again, or name its format in session.toml.",
        )
    body = next((k for k in range(head, len(lines)) if not lines[k].strip()), len(lines))
    timed = next((k for k, line in enumerate(lines) if ARROW in line), len(lines))
    return _Blocks(lines, path.name, asides=True).read(min(body, max(head + 1, timed - 1)))


def read_srt(path: Path, _source: TranscriptSource) -> list[Utterance]:
    """Cues of an SRT file, one utterance a ``Name:``."""
    lines = text.read(path).lines()
    if not any(ARROW in line for line in lines):
        raise FormatError(
            f"{path.name} is not SRT: no line has a time and {ARROW}",
            hint="Export it again, or name its format in session.toml.",
        )
    return _Blocks(lines, path.name, asides=False).read(0)


class _Blocks:
    """Reads blocks of lines between blank ones; no line with words is passed over."""

    def __init__(self, lines: list[str], name: str, *, asides: bool) -> None:
        self.lines = lines
        self.asides = asides
        self.faults = Faults(name)
        self.cues: list[_Cue] = []

    def read(self, begins: int) -> list[Utterance]:
        """What is said from line `begins` on.

        Raises
        ------
        FormatError
            Naming the lines at which words would be lost.
        """
        block: list[int] = []
        for k in range(begins, len(self.lines) + 1):
            if k < len(self.lines) and self.lines[k].strip():
                block.append(k)
            elif block:
                self._block(block)
                block = []
        self.faults.tell("Export the file again, or correct these lines.")
        return [u for cue in self.cues for u in _utterances(cue)]

    def _block(self, block: list[int]) -> None:
        timed = [k for k in block if ARROW in self.lines[k]]
        if not timed:
            self._untimed(block)
            return
        named = int(self._is_id(timed[0] - 1)) if timed[0] > block[0] else 0
        if before := block[: block.index(timed[0]) - named]:
            self._untimed(before)
        for k, after in zip(timed, [*timed[1:], block[-1] + 1], strict=True):
            match = _TIMES.fullmatch(self.lines[k])
            start, end = (time_of(match[1]), time_of(match[2])) if match else (None, None)
            if start is None or end is None:
                self.faults.add(f"line {k + 1}", UNREADABLE)
                continue
            own = after <= block[-1] and after - 1 > k and _ID.fullmatch(self.lines[after - 1])
            said = self.lines[k + 1 : after - 1 if own else after]
            self.cues.append(_Cue(start, end, f"line {k + 1}", said))

    def _is_id(self, k: int) -> bool:
        """Whether the first line of a block, before a time, is the cue's id; in WebVTT any is."""
        return self.asides or bool(_ID.fullmatch(self.lines[k]))

    def _untimed(self, block: list[int]) -> None:
        """An aside, the number of a cue, or text that a blank line cut from its cue."""
        first = self.lines[block[0]]
        if self.asides and _ASIDE.match(first):
            return
        after = next((x for x in self.lines[block[-1] + 1 :] if x.strip()), ARROW)
        if len(block) == 1 and _ID.fullmatch(first) and ARROW in after:
            return
        if any(_LIKE_A_TIME.search(self.lines[k]) for k in block):
            self.faults.add(f"line {block[0] + 1}", UNREADABLE)
        elif not self.cues:
            self.faults.add(f"line {block[0] + 1}", TIMELESS)
        else:
            self.cues[-1].lines += [self.lines[k] for k in block]


def _utterances(cue: _Cue) -> Iterator[Utterance]:
    """What a cue says; its time is shared among its voices by their letters."""
    voices = list(_voices("\n".join(cue.lines)))
    letters = sum(len(said) for _, said in voices) or 1
    at = cue.start
    for who, said in voices:
        until = at + (cue.end - cue.start) * len(said) / letters
        yield Utterance(at, until, who, said, cue.where, may_name=who is None)
        at = until


def _voices(raw: str) -> Iterator[tuple[str | None, str]]:
    """(voice, text) of one cue; text before the first voice tag is nobody's."""
    before, *rest = _VOICE.split(raw)
    for who, said in ((None, before), *zip(rest[::2], rest[1::2], strict=True)):
        plain = html.unescape(_TAG.sub("", said)).strip()
        if plain:
            yield (html.unescape(who).strip() if who else None) or None, plain
