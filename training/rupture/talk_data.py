"""Reads talk that is real, or written like it, with both coders' codes, by conversation.

Written sessions lie in ``real_talk/sessions``.  The texts of PriMock57 and ICSI do not lie in this
repository: they are read from a folder that holds ``real_talk/primock57``, ``structures/icsi`` and
``icsi.py``, which reads the latter.
"""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import turns_data
from turns_data import Item

from session_audio.schema import ContextTurn, TurnInContext

REAL_TALK = Path(__file__).parent / "real_talk"
HELD_OUT = (
    *("ra4", "ra5", "ra6", "rb1", "rb2", "rb3", "rd02", "rd05", "rd08", "rd11"),
    *("w6", "w22", "w23"),
    *(f"w{number}" for number in range(913, 925)),
)
"""Sessions (by the start of their name) that no training reads: to choose and to calibrate with."""
NEAR = "near"
"""A coder's mark on a turn that looks like a strain or repair and is ``none``."""


@dataclass(frozen=True, slots=True)
class Code:
    """What one coder made of a turn; a turn that a coder did not name is ``none``."""

    label: str = "none"
    target: str = "none"
    marker: str = "none"

    @property
    def marked(self) -> bool:
        """Whether it is a rupture or a repair."""
        return self.label not in ("none", NEAR)


@dataclass(frozen=True, slots=True)
class CodedTurn:
    """A turn with both coders' codes."""

    turn: ContextTurn
    codes: tuple[Code, Code]

    @property
    def labels(self) -> tuple[str, str]:
        """Each coder's label; ``near`` is ``none``."""
        first, second = (code.label if code.marked else "none" for code in self.codes)
        return first, second

    @property
    def agreed(self) -> str | None:
        """The label that both coders gave, or None."""
        first, second = self.labels
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
        _, rows = turns_data.read_session(path)
        said = [
            (str(k), ContextTurn(r["speaker"], r["role"], r["text"])) for k, r in enumerate(rows, 1)
        ]
        out.append(_conversation(path.stem, "written", said, coders))
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
        roles = {"doctor": "therapist"}
        out.append(_conversation(path.stem, "consultations", _runs(rows, roles), coders))
    return out


def meetings(bench: Path) -> list[Conversation]:
    """The coded ICSI meetings, without backchannels; runs of one speaker are one turn."""
    sys.path.insert(0, str(bench))
    import icsi

    coders = _codes("icsi", ("conversation", "start"))
    out = []
    for name in sorted({name for coder in coders for name, _ in coder}):
        path = bench / "structures" / "icsi" / f"{name}.dadb.gz"
        rows = [
            (u.start, u.speaker, " ".join(word for _, _, word in u.words))
            for u in icsi.read(path)
            if not u.backchannel
        ]
        out.append(_conversation(name, "meetings", _runs(rows, {}), coders))
    return out


def items(conversations: Iterable[Conversation]) -> list[Item]:
    """The turns on which both coders agree, each with up to three before it."""
    out = []
    for talk in conversations:
        said = [coded.turn for coded in talk.turns]
        for k, coded in enumerate(talk.turns):
            label = coded.agreed
            if label is None:
                continue
            turn = TurnInContext.at(f"{talk.name}-{k + 1}", said, k)
            target, marker = "none", "session"
            if label != "none":
                target, marker = coded.codes[0].target, coded.codes[0].marker
            out.append(
                Item(turn, talk.source, talk.name, talk.source, label, target, marker, False)
            )
    return out


Codes = Mapping[tuple[str, str], Code]
"""A coder's codes by conversation and turn."""


def _codes(name: str, key: tuple[str, str]) -> list[Codes]:
    """Both coders' codes; `key` names the columns of conversation and turn."""
    out = []
    for coder in (1, 2):
        path = REAL_TALK / "codes" / f"{name}_coder{coder}.tsv"
        with path.open(encoding="utf-8", newline="") as lines:
            rows = csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)
            out.append(
                {
                    (row[key[0]], row[key[1]]): Code(row["label"], row["target"], row["marker"])
                    for row in rows
                }
            )
    return out


def _conversation(
    name: str, source: str, said: Sequence[tuple[str, ContextTurn]], coders: Sequence[Codes]
) -> Conversation:
    """The conversation of turns that are named as the coders name them."""
    first, second = coders
    turns = (
        CodedTurn(turn, (first.get((name, key), Code()), second.get((name, key), Code())))
        for key, turn in said
    )
    return Conversation(name, source, tuple(turns))


def _runs(
    rows: Iterable[tuple[float, str, str]], roles: Mapping[str, str]
) -> list[tuple[str, ContextTurn]]:
    """Successive utterances of one speaker as one turn, named by the first one's start."""
    joined: list[tuple[float, str, str]] = []
    for start, who, text in rows:
        if joined and joined[-1][1] == who:
            joined[-1] = (joined[-1][0], who, f"{joined[-1][2]} {text}")
        else:
            joined.append((start, who, text))
    return [
        (f"{start:.2f}", ContextTurn(who.title(), roles.get(who, "member"), text))
        for start, who, text in joined
    ]
