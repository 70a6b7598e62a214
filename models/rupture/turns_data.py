"""Reads the written turns, and says which of them are the test part.

The test part is one writer's work whole, and some groups of each other writer.  Neither
training nor any choice (settings, calibration, thresholds) reads it; `development` and
`test_part` are the only two doors.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from session_audio.schema import ContextTurn, TurnInContext

DATA = Path(__file__).parent / "data"
SESSIONS = Path(__file__).parent / "sessions"
TRAINING_SESSIONS = ("s02", "s04", "s06")
"""Calm scripted sessions whose turns are trained on, as ``none``."""
HELD_OUT_WRITER = "writer 4"
HELD_OUT_SHARE = 9
"""Of each other writer, about one group in nine is test."""


@dataclass(frozen=True, slots=True)
class Item:
    """One coded turn."""

    turn: TurnInContext
    writer: str
    group: str
    kind: str
    label: str
    target: str
    marker: str
    asr: bool

    @property
    def unit(self) -> str:
        """The imagined group that it comes from; neighbours share scenes."""
        return f"{self.writer}/{self.group}"


def read(folder: Path = DATA) -> list[Item]:
    """Every item, in order of file and line."""
    return [
        _item(json.loads(line))
        for file in sorted(folder.glob("*/*.jsonl"))
        for line in file.read_text(encoding="utf-8").split("\n")
        if line
    ]


def _item(row: dict[str, Any]) -> Item:
    context = tuple(ContextTurn(c["speaker"], c["role"], c["text"]) for c in row["context"])
    turn = TurnInContext(row["id"], context, row["speaker"], row["role"], row["text"])
    coded = (row[key] for key in ("writer", "group", "kind", "label", "target", "marker", "asr"))
    return Item(turn, *coded)


def is_test(item: Item) -> bool:
    """Whether the item belongs to the test part."""
    return item.writer == HELD_OUT_WRITER or _draw(item.unit) % HELD_OUT_SHARE == 0


def development(items: list[Item]) -> list[Item]:
    """What training and every choice may read."""
    return [item for item in items if not is_test(item)]


def test_part(items: list[Item]) -> list[Item]:
    """What only the final measurement reads."""
    return [item for item in items if is_test(item)]


def session_items(names: Sequence[str] = TRAINING_SESSIONS) -> list[Item]:
    """The turns of calm scripted sessions, each with up to three before it, as ``none``."""
    out = []
    for name in names:
        lines = (SESSIONS / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
        head, *rows = (json.loads(line) for line in lines)
        said = [ContextTurn(r["speaker"], r["role"], r["text"]) for r in rows if "text" in r]
        for k, one in enumerate(said):
            before = tuple(said[max(0, k - 3) : k])
            turn = TurnInContext(f"{name}-{k:03d}", before, one.speaker, one.role, one.text)
            out.append(
                Item(turn, "sessions", name, head["group"], "none", "none", "session", False)
            )
    return out


def calibrates(item: Item) -> bool:
    """Whether the item's group is kept from training, to calibrate and to choose with."""
    return fold_of(item, 10) == 0


def fold_of(item: Item, folds: int) -> int:
    """The cross-validation fold of an item's group."""
    return _draw("fold " + item.unit) % folds


def _draw(text: str) -> int:
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big")
