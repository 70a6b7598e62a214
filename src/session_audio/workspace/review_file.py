"""A session's ``review.json``: what people decided, in order, and what they took back.

Everybody who corrects something writes here: by hand in ``out/work``, in a review, or by closing a
strain.  It lies in the session's folder, so that it outlives ``out``; it holds words.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from session_audio import files
from session_audio.errors import StoreError

Operation = dict[str, Any]

REVIEW = "review.json"
LEARNING = "learning.json"
"""Beside it: the moments that trainees marked, which correct nothing."""

_ONE_AT_A_TIME = threading.RLock()
"""Stages run side by side, and have one file of corrections."""


def load(folder: Path) -> list[Operation]:
    """The operations of the session in `folder`, in order.

    Raises
    ------
    StoreError
        When the file was changed into something else: it is not written over.
    """
    try:
        operations = json.loads(files.read_text(folder / REVIEW))["operations"]
        if all(isinstance(o, dict) and isinstance(o.get("file", ""), str) for o in operations):
            return list(operations)
    except FileNotFoundError:
        return []
    except (ValueError, RecursionError, KeyError, TypeError, OSError):
        pass
    raise StoreError(
        f"{REVIEW} does not hold corrections", hint="Restore it, or move it away and run again."
    )


def save(
    folder: Path, operations: Sequence[Operation], undone: Sequence[Operation] | None = None
) -> None:
    """Write the operations of the session in `folder`; whatever else the file holds stays.

    Without `undone` that goes for those undone too.
    """
    kept = _whole(folder) | {"operations": list(operations)}
    if undone is not None:
        kept["undone"] = list(undone)
    if not kept.get("undone"):
        kept.pop("undone", None)
    files.write_text(folder / REVIEW, json.dumps(kept, ensure_ascii=False, indent=1) + "\n")


def taken_back(folder: Path) -> list[Operation]:
    """The operations that were undone and can be done again, the last one last."""
    undone = _whole(folder).get("undone")
    return [o for o in undone if isinstance(o, dict)] if isinstance(undone, list) else []


def _whole(folder: Path) -> dict[str, Any]:
    try:
        kept = json.loads(files.read_text(folder / REVIEW))
    except (OSError, ValueError, RecursionError):
        return {}
    return kept if isinstance(kept, dict) else {}


@contextmanager
def kept_still() -> Iterator[None]:
    """Let no other thread of this process change a file of corrections inside the block."""
    with _ONE_AT_A_TIME:
        yield


@contextmanager
def readable(session: str | None = None) -> Iterator[None]:
    """An operation that somebody changed into something else: what to do about it.

    Raises
    ------
    StoreError
        In place of what reading it raised.
    """
    try:
        yield
    except (KeyError, TypeError, ValueError, IndexError):
        raise StoreError(
            f"{REVIEW} holds an operation that cannot be read",
            session=session,
            hint="Restore it, or move it away and run again.",
        ) from None
