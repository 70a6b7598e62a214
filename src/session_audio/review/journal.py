"""The operations of one session's review: who decided what, and when; undone and done again."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from session_audio.amend.moments import name_of
from session_audio.amend.operations import DOES
from session_audio.workspace import review_file
from session_audio.workspace.review_file import Operation


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class Journal:
    """Operations of the session in `folder`, in ``review.json``.

    Parameters
    ----------
    folder : Path
        The session's folder.
    by : str
        Who decides: stands in each operation.
    clock : callable
        The time, with its zone.
    """

    folder: Path
    by: str
    clock: Callable[[], datetime] = _now

    def operations(self) -> list[Operation]:
        """What was decided, in order; corrections of files by hand are not among it."""
        return [o for o in review_file.load(self.folder) if is_decided(o)]

    def undone(self) -> list[Operation]:
        """What was undone and can be done again, the last one last."""
        return review_file.taken_back(self.folder)

    def add(self, o: Operation) -> Operation:
        """Keep an operation (see `amend.operations.checked`); what was undone is forgotten."""
        kept = {**o, "id": secrets.token_hex(4), "by": self.by, "at": self._time()}
        if kept["do"] == "missed":
            kept["moment"] = name_of(kept["kind"], kept["participant"], kept["start"])
        with review_file.kept_still():
            review_file.save(self.folder, [*review_file.load(self.folder), kept], [])
        return kept

    def undo(self) -> Operation | None:
        """Take the last decision back; None where there is none."""
        with review_file.kept_still():
            known, undone = review_file.load(self.folder), self.undone()
            last = next((o for o in reversed(known) if is_decided(o)), None)
            if last is not None:
                known.remove(last)
                review_file.save(self.folder, known, [*undone, last])
            return last

    def redo(self) -> Operation | None:
        """Do what was undone last; None where nothing was."""
        with review_file.kept_still():
            known, undone = review_file.load(self.folder), self.undone()
            if not undone:
                return None
            *rest, again = undone
            review_file.save(self.folder, [*known, again], rest)
            return again

    def _time(self) -> str:
        return self.clock().isoformat(timespec="seconds")


def is_decided(o: Operation) -> bool:
    """Whether a person decided it in a review, and not by changing a file."""
    return o.get("do") in DOES and "id" in o


def same(one: Operation, other: Operation) -> bool:
    """Whether two operations decide the same, whoever did it and when."""
    return _plain(one) == _plain(other)


def _plain(o: Operation) -> Sequence[tuple[str, str]]:
    apart = {"by", "at", "id", "fits", "moment" if o.get("do") == "missed" else ""}
    return sorted((k, repr(v)) for k, v in o.items() if k not in apart)
