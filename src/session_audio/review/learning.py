"""A trainee's mode: the candidate moments are hidden, the trainee marks their own, then sees both.

Marks stand in the session's ``learning.json``, apart from a review: they correct nothing.  What is
compared is where a moment is, of which kind; neither side is the truth.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from session_audio import files
from session_audio.amend.operations import Name, Note, Seconds, Subtype
from session_audio.errors import FormatError, StoreError
from session_audio.review import page as pages
from session_audio.review.agreement import Item, agreement
from session_audio.review.desk import Desk, Shown, moments_allowed
from session_audio.review.model import Plain, model_of
from session_audio.schema import Flag, Turn
from session_audio.workspace.review_file import LEARNING

NEAR = 5.0
"""Seconds by which a mark and a candidate of one kind may lie apart and be the same (ours)."""


class _Asked(BaseModel):
    model_config = ConfigDict(extra="forbid")

    kind: Literal["rupture", "repair"]
    subtype: Subtype | None = None
    start: Seconds
    end: Seconds
    participant: Name
    note: Note = ""


@dataclass(frozen=True)
class Mark:
    """A moment that a trainee marked."""

    id: str
    by: str
    at: str
    kind: Literal["rupture", "repair"]
    subtype: Subtype | None
    start: float
    end: float
    participant: str
    note: str = ""
    after: bool = False
    """Whether the candidates were shown before it was marked: then it is not compared."""


_KEPT: TypeAdapter[tuple[Mark, ...]] = TypeAdapter(tuple[Mark, ...])


@dataclass(frozen=True)
class Compared:
    """A trainee's marks beside the candidates."""

    both: tuple[tuple[Mark, Flag], ...]
    own: tuple[Mark, ...]
    """Marked by the trainee alone."""
    others: tuple[Flag, ...]
    """Proposed by the software, or marked in a review, alone."""
    kappa: float | None
    """Cohen's kappa over the turns: whether each lies in a strain, a repair or neither."""


def compared(marks: Sequence[Mark], flags: Sequence[Flag], turns: Sequence[Turn]) -> Compared:
    """`marks` beside `flags`; candidates that a person rejected are left out."""
    kept = [flag for flag in flags if flag.review != "no"]
    left, both, own = list(kept), [], []
    for mark in sorted(marks, key=lambda m: m.start):
        near = [f for f in left if f.kind == mark.kind and _close(mark, f)]
        found = min(near, key=lambda f: abs(f.start - mark.start), default=None)
        if found is None:
            own.append(mark)
        else:
            left.remove(found)
            both.append((mark, found))
    floor = [t for t in turns if not t.backchannel]
    sides = [[_of_turn(t, side) for t in floor] for side in (marks, kept)]
    return Compared(
        tuple(both), tuple(own), tuple(left), agreement("turns", *sides, near=0.0).kappa
    )


def _close(mark: Mark, flag: Flag) -> bool:
    apart = max(mark.start, flag.start) - min(mark.end, flag.end)
    return apart <= 0 or abs(mark.start - flag.start) <= NEAR


def _of_turn(turn: Turn, side: Sequence[Mark] | Sequence[Flag]) -> Item:
    kinds = [x.kind for x in side if x.start < turn.end and x.end > turn.start]
    return Item(turn.start, turn.index, kinds[0] if kinds else "none")


class LearningDesk(Desk):
    """A session to learn from: nothing of it is changed, and its candidates come last."""

    @property
    def changes(self) -> Mapping[str, Callable[[Any], object]]:
        """What can be asked for, by the last part of its address."""
        return {"mark": self.mark, "unmark": self.unmark, "reveal": lambda _: self.reveal()}

    def _show(self) -> None:
        run = self.run
        moments_allowed(run)
        page = pages.page_of(run)
        self._found = page.result
        hidden = replace(page, result=replace(page.result, flags=()))
        model = model_of(run, hidden, moments=False)
        self._shown = Shown(pages.live(hidden, self.secret, "learn"), model, None, frozenset())
        self._names = page.who.label

    def decided(self) -> Plain:
        """The trainee's marks; both sides once they asked for them."""
        kept = self._marks()
        own = [m for m in kept if m.by == self.journal.by]
        shown = self._revealed()
        return {"marks": [asdict(m) for m in own], "both": self._beside(own) if shown else None}

    def mark(self, asked: Any) -> Plain:
        """Keep a moment that the trainee marks.

        Raises
        ------
        FormatError
            Where it is none.
        """
        try:
            values = _Asked.model_validate(asked).model_dump()
        except ValidationError:
            raise FormatError("this is no moment", stage="review") from None
        if values["participant"] not in self.shown.model["names"] or (
            values["end"] <= values["start"]
        ):
            raise FormatError("this is no moment of the session", stage="review")
        now = datetime.now(UTC).isoformat(timespec="seconds")
        made = Mark(secrets.token_hex(4), self.journal.by, now, **values, after=self._revealed())
        self._keep([*self._marks(), made], self._shown_to())
        return self.decided()

    def unmark(self, asked: Any) -> Plain:
        """Take one of the trainee's marks away."""
        name = asked.get("id") if isinstance(asked, dict) else None
        left = [m for m in self._marks() if (m.id, m.by) != (name, self.journal.by)]
        self._keep(left, self._shown_to())
        return self.decided()

    def reveal(self) -> Plain:
        """Show both; what is marked later is no longer compared."""
        self._keep(self._marks(), sorted({*self._shown_to(), self.journal.by}))
        self._note(did="learned", marks=len(self._marks()))
        return self.decided()

    def _beside(self, own: Sequence[Mark]) -> Plain:
        found = compared([m for m in own if not m.after], self._found.flags, self._found.turns)

        def told(flag: Flag) -> Plain:
            kind = flag.subtype or flag.kind
            who = self._names(flag.participant)
            return {"start": flag.start, "kind": kind, "who": who, "quote": flag.quote}

        return {
            "both": [[m.id, told(f)] for m, f in found.both],
            "own": [m.id for m in found.own],
            "others": [told(f) for f in found.others],
            "kappa": found.kappa,
        }

    # --- the file

    def _read(self) -> Plain:
        path = self.folder / LEARNING
        try:
            kept = json.loads(files.read_text(path))
            if isinstance(kept["marks"], list) and isinstance(kept["shown_to"], list):
                return dict(kept)
        except FileNotFoundError:
            return {"marks": [], "shown_to": []}
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            pass
        raise StoreError(
            f"{LEARNING} does not hold marks", session=self.folder.name, hint="Move it away."
        )

    def _marks(self) -> tuple[Mark, ...]:
        try:
            return _KEPT.validate_python(self._read()["marks"])
        except ValidationError:
            raise StoreError(
                f"{LEARNING} holds a mark that cannot be read",
                session=self.folder.name,
                hint="Move it away.",
            ) from None

    def _shown_to(self) -> list[str]:
        return [str(who) for who in self._read()["shown_to"]]

    def _revealed(self) -> bool:
        return self.journal.by in self._shown_to()

    def _keep(self, marks: Sequence[Mark], shown_to: Sequence[str]) -> None:
        kept = {"marks": [asdict(m) for m in marks], "shown_to": list(shown_to)}
        text = json.dumps(kept, ensure_ascii=False, indent=1) + "\n"
        files.write_text(Path(self.folder) / LEARNING, text)
