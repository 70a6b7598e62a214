"""Reads the written turns, and says which of them are the test part.

The test part is two writers' work whole, and some groups of writers 1 to 3 and 6.  Neither
training nor any choice (settings, calibration, thresholds) reads it; `development` and
`test_part` are the only two doors.  Of the scripted sessions those in `DEVELOPMENT_SESSIONS`
are trained on or chosen with, the others are the test.
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
MEETINGS = Path(__file__).parent / "meetings"
"""Ordinary meetings, so that long talk about work is not taken for strain; all are trained on."""
DEVELOPMENT_SESSIONS = tuple(f"s{k:02d}" for k in (*range(1, 7), *range(17, 29), *range(35, 53)))
"""Scripted sessions that are trained on or chosen with."""
CHOOSING_SESSIONS = DEVELOPMENT_SESSIONS[2::3]
"""Those of them that no training reads: to choose and to calibrate with."""
HELD_OUT_WRITERS = ("writer 4", "writer 9")
SPLIT_WRITERS = ("writer 1", "writer 2", "writer 3", "writer 6")
HELD_OUT_SHARE = 9
"""Of each writer in `SPLIT_WRITERS`, about one group in nine is test."""
SAME_MARKER = {
    "hard_welcomed_disagreement": "hard_invited_disagreement",
    "hard_etiquette": "hard_etiquette_sorry",
    "hard_routine_question": "hard_therapist_question",
    "hard_short_answer": "hard_short_factual",
    "ordinary": "none",
}
"""Names that later writers gave to what the first ones called otherwise."""


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
    coded = [row[key] for key in ("writer", "group", "kind", "label", "target", "marker", "asr")]
    coded[5] = SAME_MARKER.get(coded[5], coded[5])
    return Item(turn, *coded)


def is_test(item: Item) -> bool:
    """Whether the item belongs to the test part."""
    if item.writer in SPLIT_WRITERS:
        return _draw(item.unit) % HELD_OUT_SHARE == 0
    return item.writer in HELD_OUT_WRITERS


def development(items: list[Item]) -> list[Item]:
    """What training and every choice may read."""
    return [item for item in items if not is_test(item)]


def test_part(items: list[Item]) -> list[Item]:
    """What only the final measurement reads."""
    return [item for item in items if is_test(item)]


def session_items(names: Sequence[str]) -> list[Item]:
    """The turns of scripted sessions, each with up to three before it.

    What belongs to no marked moment is ``none`` with the marker ``session``.
    """
    return _turns_of([SESSIONS / f"{name}.jsonl" for name in names], "sessions", "session")


def meeting_items() -> list[Item]:
    """The turns of the ordinary meetings: all ``none``."""
    return _turns_of(sorted(MEETINGS.glob("*.jsonl")), "meetings", "hard_meeting")


def _turns_of(files: Sequence[Path], writer: str, unmarked: str) -> list[Item]:
    """Every turn of some sessions in order; `unmarked` is the marker of those without a code."""
    out = []
    for file in files:
        head, rows = read_session(file)
        spoken = [ContextTurn(r["speaker"], r["role"], r["text"]) for r in rows]
        for k, row in enumerate(rows):
            turn = TurnInContext.at(f"{file.stem}-{k:03d}", spoken, k)
            label = row.get("label", "none")
            codes = (label, row.get("target", "none"), row.get("marker", unmarked))
            out.append(Item(turn, writer, file.stem, head["group"], *codes, False))
    return out


def read_session(file: Path) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The first line of a written session, which names it, and its turns without the events."""
    lines = file.read_text(encoding="utf-8").splitlines()
    head, *rows = (json.loads(line) for line in lines if line)
    return head, [row for row in rows if "text" in row]


def sessions_of(member: int) -> tuple[str, ...]:
    """The development sessions that a member of the classifier is trained on: half of them.

    Its scores of the rest are those of a network that never saw them.
    """
    return tuple(
        name for k, name in enumerate(DEVELOPMENT_SESSIONS) if (k % 4 in (1, 2)) == bool(member % 2)
    )


def calibrates(item: Item) -> bool:
    """Whether the item's group is kept from training, to calibrate and to choose with."""
    return fold_of(item, 10) == 0


def fold_of(item: Item, folds: int) -> int:
    """The cross-validation fold of an item's group."""
    return _draw("fold " + item.unit) % folds


def _draw(text: str) -> int:
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big")
