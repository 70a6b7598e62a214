"""Corrections by hand listed, and taken back one by one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from session_audio.errors import StoreError
from session_audio.flow import corrections
from session_audio.flow.artefacts import Rttm, Words
from session_audio.flow.session import SessionRun
from session_audio.flow.stages import STAGES
from session_audio.formats.timing import clock
from session_audio.workspace import review_file
from session_audio.workspace.review_file import REVIEW, Operation

_IN_FILES = ("label", "remove", "add", "word")
"""What is done to a file in ``out/work``; other operations are applied to what is read from it."""


def listed(folder: Path) -> list[str]:
    """A line for each correction of the session in `folder`, in order; they hold words.

    Raises
    ------
    StoreError
        When the file of corrections cannot be read.
    """
    return [_told(o) for o in review_file.load(folder)]


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
        operations = review_file.load(run.store.folder)
        if not 1 <= number <= len(operations):
            raise StoreError(
                f"there is no correction {number}; {REVIEW} has {len(operations)}",
                session=run.session.id,
            )
        o = operations.pop(number - 1)
        artefact = _artefact(o)
        if artefact is not None and o.get("fits") is not False:
            _change_back(run, artefact, o)
        review_file.save(run.store.folder, operations)


def _artefact(o: Operation) -> Rttm | Words | None:
    """The file in ``out/work`` that an operation changed."""
    if o.get("do") not in _IN_FILES:
        return None
    writes = [a for stage in STAGES for a in stage.writes if isinstance(a, Rttm | Words)]
    return next((a for a in writes if a.name == o.get("file")), None)


def _change_back(run: SessionRun, artefact: Rttm | Words, o: Operation) -> None:
    if not (run.store.work / artefact.name).is_file():
        return
    with review_file.readable(run.session.id):
        against = _opposite(o)
    corrections.amend(run, artefact, [against])
    if against["fits"] is False:
        raise StoreError(
            "what the correction changed is not there any more, so it cannot be changed back",
            session=run.session.id,
            hint=f"Correct out/work/{artefact.name} by hand.",
        )
    corrections.remember(run, artefact)


def _opposite(o: Operation) -> Operation:
    """What brings back what was there before `o`."""
    if o["do"] == "word":
        return {**o, "from": o["to"], "to": o["from"]}
    if o["do"] == "label":
        return {**o, "from": o["to"], "to": o["from"], "like": []}
    if o["do"] == "add":
        return {**o, "do": "remove", "from": o["to"]}
    return {**o, "do": "add", "to": o["from"]}


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
