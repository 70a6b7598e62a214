"""Corrections by hand listed, and taken back one by one."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from session_audio import files
from session_audio.errors import StoreError
from session_audio.flow import corrections
from session_audio.flow.artefacts import Rttm, Words
from session_audio.flow.corrections import MADE, REVIEW, Operation
from session_audio.flow.session import SessionRun
from session_audio.flow.stages import STAGES
from session_audio.formats.timing import clock

_IN_FILES = ("label", "remove", "add", "word")
"""What is done to a file in ``out/work``; other operations are applied to what is read from it."""


def listed(folder: Path) -> list[str]:
    """A line for each correction of the session in `folder`, in order; they hold words.

    Raises
    ------
    StoreError
        When the file of corrections cannot be read.
    """
    return [_told(o) for o in corrections.load(folder)]


def undo(run: SessionRun, number: int) -> None:
    """Take back the correction with that number in `listed`, from 1.

    The file in ``out/work`` that it changed is changed back; the stages after it run again at the
    next run.  One that did not fit was not applied, and only leaves the list.

    Raises
    ------
    StoreError
        When there is no such correction, it cannot be read, or a run is at work.
    """
    with run.store.locked():
        for stage in STAGES:
            corrections.collect(run, stage.writes)
        operations = corrections.load(run.store.folder)
        if not 1 <= number <= len(operations):
            raise StoreError(
                f"there is no correction {number}; {REVIEW} has {len(operations)}",
                session=run.session.id,
            )
        o = operations.pop(number - 1)
        artefact = _artefact(o)
        if artefact is not None and o.get("fits") is not False:
            _change_back(run, artefact, o)
        _save(run.store.folder, operations)


def _artefact(o: Operation) -> Rttm | Words | None:
    """The file in ``out/work`` that an operation changed."""
    if o.get("do") not in _IN_FILES:
        return None
    writes = [a for stage in STAGES for a in stage.writes if isinstance(a, Rttm | Words)]
    return next((a for a in writes if a.name == o.get("file")), None)


def _change_back(run: SessionRun, artefact: Rttm | Words, o: Operation) -> None:
    path = run.store.work / artefact.name
    if not path.is_file():
        return
    try:
        against = _opposite(o)
        if isinstance(artefact, Rttm):
            artefact.write(
                run.store, corrections._corrected_labels(artefact.read(run.store), [against])
            )
        else:
            artefact.write(
                run.store, corrections._corrected_words(artefact.read(run.store), [against])
            )
    except (KeyError, TypeError, ValueError, IndexError):
        raise StoreError(
            f"{REVIEW} holds an operation that cannot be read", session=run.session.id
        ) from None
    if against["fits"] is False:
        raise StoreError(
            "what the correction changed is not there any more, so it cannot be changed back",
            session=run.session.id,
            hint=f"Correct out/work/{artefact.name} by hand.",
        )
    # What stands there is now what the software is taken to have made: no new correction.
    with files.written(run.store.work / MADE / artefact.name) as part:
        shutil.copyfile(path, part)


def _opposite(o: Operation) -> Operation:
    """What brings back what was there before `o`."""
    if o["do"] == "word":
        return {**o, "from": o["to"], "to": o["from"]}
    if o["do"] == "label":
        return {**o, "from": o["to"], "to": o["from"], "like": []}
    if o["do"] == "add":
        return {**o, "do": "remove", "from": o["to"]}
    return {**o, "do": "add", "to": o["from"]}


def _save(folder: Path, operations: Sequence[Operation]) -> None:
    """Write the operations; whatever else the file holds is kept."""
    path = folder / REVIEW
    kept = json.loads(path.read_text(encoding="utf-8")) | {"operations": list(operations)}
    files.write_text(path, json.dumps(kept, ensure_ascii=False, indent=1) + "\n")


def _told(o: Operation) -> str:
    """One correction in a line."""
    done = _what(o)
    at = " ".join(str(o[key]) for key in ("by", "at") if isinstance(o.get(key), str))
    aside = [part for part in (at, "does not fit" if o.get("fits") is False else "") if part]
    return f"{done} ({', '.join(aside)})" if aside else done


def _what(o: Operation) -> str:
    try:
        if o["do"] == "word":
            old, to = o["from"], o["to"]
            at = clock(float((old or to)[0]))
            return f"{at} {_word(old, to)} -> {_word(to, old)}"
        if o["do"] in ("label", "remove", "add"):
            spans = o["spans"]
            many = f" and {len(spans) - 1} more" if len(spans) > 1 else ""
            at = f"{clock(float(spans[0][0]))}{many}"
            return f"{at} speaker {o.get('from') or 'nobody'} -> {o.get('to') or 'nobody'}"
    except (KeyError, TypeError, ValueError, IndexError):
        pass
    return f"{o.get('do', 'something')} of {o.get('file', REVIEW)}"


def _word(one: Any, other: Any) -> str:
    """A word, with its speaker where that is what differs; ``nothing`` where there is none."""
    if one is None:
        return "nothing"
    return f'"{one[2]}"' if other is None or one[2] != other[2] else f'"{one[2]}" by {one[3]}'
