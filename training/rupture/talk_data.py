"""Reads talk that is real, or written like it, with both coders' codes, by conversation.

Written sessions lie in ``real_talk/sessions``.  The texts of PriMock57 and ICSI do not lie in this
repository: they are read from a folder that holds ``real_talk/primock57`` and ``structures/icsi``.
"""

from __future__ import annotations

import csv
import gzip
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from turns_data import Item

from session_audio.schema import ContextTurn, TurnInContext

REAL_TALK = Path(__file__).parent / "real_talk"
HELD_OUT = ("ra4", "ra5", "ra6", "rb1", "rb2", "rb3", "rd02", "rd05", "rd08", "rd11", "w6")
"""Sessions (by the start of their name) that no training reads: to choose and to calibrate with."""
NEAR = "near"
"""A coder's mark on a turn that looks like a strain or repair and is ``none``."""


@dataclass(frozen=True, slots=True)
class CodedTurn:
    """A turn, and what each coder called it: ``none``, ``near`` or a label; target and marker."""

    speaker: str
    role: str
    text: str
    labels: tuple[str, str]
    target: str
    marker: str

    @property
    def agreed(self) -> str | None:
        """The label that both coders gave (``near`` is ``none``), or None."""
        first, second = ("none" if label == NEAR else label for label in self.labels)
        return first if first == second else None


@dataclass(frozen=True, slots=True)
class Conversation:
    """A whole conversation in order."""

    name: str
    source: str
    turns: tuple[CodedTurn, ...]

    @property
    def held_out(self) -> bool:
        """Whether training leaves it alone."""
        return self.source == "written" and self.name.startswith(HELD_OUT)


def written() -> list[Conversation]:
    """The invented sessions of ``real_talk``."""
    coders = _codes("written", ("session", "turn"))
    out = []
    for path in sorted((REAL_TALK / "sessions").glob("*.jsonl")):
        rows = [json.loads(line) for line in path.read_text("utf-8").splitlines() if line]
        said = [(r["speaker"], r["role"], r["text"]) for r in rows if "role" in r]
        keys = [(path.stem, str(k)) for k in range(1, len(said) + 1)]
        out.append(_conversation(path.stem, "written", said, keys, coders))
    return out


def consultations(bench: Path) -> list[Conversation]:
    """PriMock57: a doctor (as therapist) and a patient; runs of one speaker are one turn."""
    coders = _codes("primock", ("conversation", "start"))
    out = []
    for path in sorted((bench / "real_talk" / "primock57").glob("*.json")):
        rows = [
            (float(r["start_time"]), r["speaker"], r["words"])
            for r in json.loads(path.read_text("utf-8"))
        ]
        said, keys = [], []
        for start, who, text in _runs(rows):
            said.append((who.title(), "therapist" if who == "doctor" else "member", text))
            keys.append((path.stem, f"{start:.2f}"))
        out.append(_conversation(path.stem, "consultations", said, keys, coders))
    return out


def meetings(bench: Path) -> list[Conversation]:
    """The coded ICSI meetings, without backchannels; runs of one speaker are one turn."""
    coders = _codes("icsi", ("conversation", "start"))
    names = sorted({name for coder in coders for name, _ in coder})
    out = []
    for name in names:
        path = next((bench / "structures" / "icsi").glob(f"{name}.*"))
        said, keys = [], []
        for start, who, text in _runs(_icsi_rows(path)):
            said.append((who.title(), "member", text))
            keys.append((name, f"{start:.2f}"))
        out.append(_conversation(name, "meetings", said, keys, coders))
    return out


def items(conversations: Iterable[Conversation], context: int = 3) -> list[Item]:
    """The turns on which both coders agree, each with the turns before it."""
    out = []
    for talk in conversations:
        said = [ContextTurn(t.speaker, t.role, t.text) for t in talk.turns]
        for k, coded in enumerate(talk.turns):
            label = coded.agreed
            if label is None:
                continue
            before = tuple(said[max(0, k - context) : k])
            turn = TurnInContext(f"{talk.name}-{k + 1}", before, *_fields(said[k]))
            none = label == "none"
            marker = "session" if none else coded.marker
            target = "none" if none else coded.target
            out.append(
                Item(turn, talk.source, talk.name, talk.source, label, target, marker, False)
            )
    return out


def _fields(turn: ContextTurn) -> tuple[str, str, str]:
    return turn.speaker, turn.role, turn.text


Code = Mapping[str, str]


def _codes(name: str, key: tuple[str, str]) -> list[dict[tuple[str, str], Code]]:
    """Each coder's rows by conversation and turn."""
    out = []
    for coder in (1, 2):
        path = REAL_TALK / "codes" / f"{name}_coder{coder}.tsv"
        with path.open(encoding="utf-8", newline="") as lines:
            found = list(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))
        out.append({(row[key[0]], row[key[1]]): row for row in found})
    return out


def _conversation(
    name: str,
    source: str,
    said: Sequence[tuple[str, str, str]],
    keys: Sequence[tuple[str, str]],
    coders: Sequence[Mapping[tuple[str, str], Code]],
) -> Conversation:
    turns = []
    for (speaker, role, text), key in zip(said, keys, strict=True):
        given = [coder.get(key) for coder in coders]
        labels = tuple(row["label"] if row else "none" for row in given)
        of = next((row for row in given if row and row["label"] != NEAR), None)
        target, marker = (of["target"], of["marker"]) if of else ("none", "none")
        turns.append(CodedTurn(speaker, role, text, (labels[0], labels[1]), target, marker))
    return Conversation(name, source, tuple(turns))


def _runs(rows: Iterable[tuple[float, str, str]]) -> list[tuple[float, str, str]]:
    """Successive utterances of one speaker joined, with the start of the first."""
    out: list[tuple[float, str, str]] = []
    for start, who, text in rows:
        if out and out[-1][1] == who:
            out[-1] = (out[-1][0], who, f"{out[-1][2]} {text}")
        else:
            out.append((start, who, text))
    return out


def _icsi_rows(path: Path) -> list[tuple[float, str, str]]:
    """Utterances of a meeting that are no backchannels, in order of their start."""
    found = []
    with gzip.open(path, "rt", encoding="utf-8", errors="replace") as lines:
        for row in csv.reader(lines):
            if len(row) < 10:
                continue
            words = [word.split("+") for word in row[4].split("|")]
            words = [w for w in words if len(w) == 3 and w[0] and "X" not in w[0] + w[1]]
            if not words:
                continue
            listens = row[5].replace("^", ".").replace("|", ".").replace(":", ".").split(".")[0]
            text = " ".join(w[2].replace("_", " ") for w in words)
            end = max(float(w[1]) for w in words)
            found.append((float(words[0][0]), end, row[7], text, listens == "b"))
    found.sort(key=lambda one: one[:2])
    return [(start, who, text) for start, _, who, text, listens in found if not listens]
