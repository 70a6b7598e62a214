"""The conversations that the rupture classifier is trained on and chosen with.

A `Dialogue` holds turns in order with their codes as arrays: scenes (the last turn is coded),
scripted sessions, ordinary meetings, and talk that two people coded.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import talk_data
import turns_data
from turns_data import Item

from session_audio.backends.rupture.scores import LABELS, TARGETS
from session_audio.schema import ContextTurn

UNCODED = "scene"
"""Source of dialogues of which only the last turn is coded."""


@dataclass(frozen=True)
class Dialogue:
    """Turns in order, with their codes."""

    name: str
    source: str
    turns: tuple[ContextTurn, ...]
    labels: np.ndarray
    """Share of the coders for each label, shape (turns, 4); a row of zeros is not coded."""
    targets: np.ndarray
    """Place in `TARGETS`, -1 where there is none, shape (turns,)."""
    markers: tuple[str, ...]
    """The label with its marker, so that none is shared between labels; "" where unknown."""

    def part(self, start: int, stop: int) -> Dialogue:
        """Some of its turns."""
        here = slice(start, stop)
        coded = self.labels[here], self.targets[here], self.markers[here]
        return Dialogue(self.name, self.source, self.turns[here], *coded)


def scenes(items: Iterable[Item]) -> list[Dialogue]:
    """Single turns with those before them."""
    out = []
    for item in items:
        turn = item.turn
        turns = (*turn.context, ContextTurn(turn.speaker, turn.role, turn.text))
        before = len(turn.context)
        labels = np.vstack([np.zeros((before, len(LABELS))), share(item.label)])
        targets = np.array([-1] * before + [target_of(item.label, item.target)])
        markers = (*[""] * before, f"{item.label}:{item.marker}")
        out.append(Dialogue(turn.id, UNCODED, turns, labels, targets, markers))
    return out


def scripted(files: Sequence[Path], unmarked: str) -> list[Dialogue]:
    """Whole sessions as somebody scripted them; `unmarked` is the marker of all other turns."""
    out = []
    for file in files:
        _, rows = turns_data.read_session(file)
        names = [row.get("label", "none") for row in rows]
        turns = tuple(ContextTurn(r["speaker"], r["role"], r["text"]) for r in rows)
        labels = np.array([share(name) for name in names])
        targets = [target_of(n, r.get("target", "none")) for n, r in zip(names, rows, strict=True)]
        markers = tuple(
            f"{n}:{r.get('marker', unmarked)}" for n, r in zip(names, rows, strict=True)
        )
        out.append(Dialogue(file.stem, "scripted", turns, labels, np.array(targets), markers))
    return out


def coded(conversations: Iterable[talk_data.Conversation]) -> list[Dialogue]:
    """Talk with both coders' codes: where they differ, half for each."""
    out = []
    for talk in conversations:
        labels = np.array([share(*turn.labels) for turn in talk.turns])
        targets, markers = [], []
        for turn in talk.turns:
            marked = next((code for code in turn.codes if code.marked), None)
            if marked is None:
                near = any(code.label == talk_data.NEAR for code in turn.codes)
                targets.append(-1)
                markers.append("none:near" if near else "none:session")
            else:
                targets.append(target_of(marked.label, marked.target))
                markers.append(f"{marked.label}:{marked.marker}")
        turns = tuple(turn.turn for turn in talk.turns)
        out.append(
            Dialogue(talk.name, talk.source, turns, labels, np.array(targets), tuple(markers))
        )
    return out


def share(*labels: str) -> np.ndarray:
    """Share of each label, shape (4,).

    >>> share("none", "repair").tolist()
    [0.5, 0.0, 0.0, 0.5]
    """
    out = np.zeros(len(LABELS))
    for label in labels:
        out[LABELS.index(label)] += 1 / len(labels)
    return out


def target_of(label: str, target: str) -> int:
    """The target's place in `TARGETS`; -1 for none."""
    return -1 if label == "none" or target == "none" else TARGETS.index(target)
