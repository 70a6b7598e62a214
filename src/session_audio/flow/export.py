"""``export``: a group's tables for research, without names, dates and what tells who somebody is.

Labels are codes, the same in text; days are counted from the group's first session; names, places,
organisations, numbers and addresses in what was said are replaced by their kind (`redaction`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from session_audio.errors import ConsentError, SessionAudioError
from session_audio.files import write_text, writing
from session_audio.flow import results
from session_audio.flow.context import Context
from session_audio.flow.session import SessionRun
from session_audio.formats.formulas import guarded
from session_audio.formats.stacked import read_tables
from session_audio.names import NameMatcher
from session_audio.ports import NameReader
from session_audio.redaction import Redactor
from session_audio.report.naming import People
from session_audio.workspace import consent
from session_audio.workspace.folders import find_sessions

if TYPE_CHECKING:
    from pandas import DataFrame

TABLES = ("sessions", "members", "turns", "interactions", "responses", "flags", "ratings")
WORDS = {"turns": ("text",), "flags": ("quote", "note")}
"""The columns that hold what was said, and what a reviewer wrote of it."""
_PEOPLE = ("participant", "responds_to", "holder", "source", "target")
_NOTE = "READ-FIRST.txt"
_WARNING = """What is in this folder, and what it may still tell

Tables of {sessions} sessions of one group, made by session-audio {version} for research.
People are codes. Days are counted from the group's first session. In what was said, these were
replaced by their kind: {counts}.

This is not anonymous. Software misses some names, places and numbers. What people told of
themselves, and how they speak, can tell who they are to somebody who knows them. Read the text
before it is handed on, keep it as you would keep the session, and try to find out nobody.

Where 42 CFR Part 2 applies: the records may hold information on the treatment of a substance use
disorder, which federal law protects. They may not be disclosed further, or used against a patient,
without consent or as that law otherwise permits.

Recipient and purpose (to be filled in by the clinic):
"""


@dataclass
class Exported:
    """What was written, and which sessions are not in it."""

    paths: list[Path] = field(default_factory=list)
    sessions: int = 0
    replaced: Counter[str] = field(default_factory=Counter)
    """How often each kind was replaced in what was said."""
    left_out: list[SessionAudioError] = field(default_factory=list)


def export(
    group: Path,
    to: Path,
    reader: NameReader | None,
    *,
    code: str = "G01",
    context: Context | None = None,
) -> Exported:
    """Write the tables of the group in `group` into the folder `to`.

    Parameters
    ----------
    group : Path
    to : Path
        Made where it is missing; files of the same names are replaced.
    reader : NameReader, optional
        A model that tells names; without one capitals and the roster alone do.
    code : str
        What the group is called.
    context : Context, optional

    Raises
    ------
    ConsentError
        When no session is left; of the others it is told in what is returned.
    """
    from session_audio import __version__

    known, done = results.sessions_of(group, context), Exported()
    done.left_out += known.left_out
    runs = [run for run in known.finished if _may_leave(run, done)]
    if not runs:
        raise next(iter(done.left_out), SessionAudioError(f"{group.name} has no results to export"))
    tables = read_tables([run.session.folder for run in runs])
    days = {run.session.id: run.session.date for run in known.runs}
    order = sorted(
        find_sessions(group), key=lambda folder: (str(days.get(folder.name)), folder.name)
    )
    sessions = {folder.name: f"S{k:02d}" for k, folder in enumerate(order, 1)}
    people = People(runs[-1].session.group, True, {"nobody_known": "unattributed"})
    redactor = _redactor(runs, people.codes, reader)
    for name in TABLES:
        data: DataFrame = getattr(tables, name).copy()
        _unnamed(data, code, sessions, people.codes, min(days.values()))
        for column in WORDS.get(name, ()):
            _redacted(data, column, redactor, done.replaced)
        done.paths.append(_write(data, to / f"{name}.csv"))
    done.sessions = len(runs)
    counts = ", ".join(f"{n} of the kind {kind}" for kind, n in sorted(done.replaced.items()))
    note = _WARNING.format(sessions=len(runs), version=__version__, counts=counts or "nothing")
    write_text(to / _NOTE, note)
    done.paths.append(to / _NOTE)
    return done


def _may_leave(run: SessionRun, done: Exported) -> bool:
    """Whether everybody who would be in it consents to research, and to leaving the clinic."""
    policy = run.settings.consent
    try:
        consent.refuse_research(run.admitted, policy, "export")
        consent.refuse_apart(run.admitted, "leaving", policy, "export")
    except ConsentError as error:
        done.left_out.append(error)
        return False
    return True


def _redactor(
    runs: Sequence[SessionRun], codes: Mapping[str, str], reader: NameReader | None
) -> Redactor:
    """Finds names as the texts of all `runs` show them."""
    made = [results.result(run) for run in runs]
    everybody = {p.id: p for run in runs for p in run.session.group.participants}
    matcher = NameMatcher.of(everybody.values()).in_context(
        (turn.text for result in made for turn in result.turns),
        ((word.text, word.probability) for result in made for word in result.words),
    )
    return Redactor(matcher, reader, codes)


def _unnamed(
    data: DataFrame,
    code: str,
    sessions: Mapping[str, str],
    codes: Mapping[str, str],
    first: date,
) -> None:
    """Codes for group, sessions and people; days since the first session for dates."""
    import pandas as pd

    data["group"] = code
    data["session"] = data["session"].map(sessions)
    data.insert(2, "day", (pd.to_datetime(data["date"]) - pd.Timestamp(first)).dt.days)
    del data["date"]
    for column in _PEOPLE:
        if column in data.columns and not (column == "target" and "quote" in data.columns):
            data[column] = data[column].map(lambda who: codes.get(who, who), na_action="ignore")


def _redacted(data: DataFrame, column: str, redactor: Redactor, replaced: Counter[str]) -> None:
    said = ["" if text is None or text != text else str(text) for text in data[column].fillna("")]
    made = redactor.redact(said)
    for one in made:
        replaced.update(one.counts)
    data[column] = [one.text for one in made]


def _write(data: DataFrame, path: Path) -> Path:
    for column in data.columns:
        if data[column].dtype == bool or str(data[column].dtype) == "boolean":
            data[column] = data[column].map({True: "true", False: "false"}, na_action="ignore")
        else:
            data[column] = data[column].map(
                lambda cell: guarded(cell) if isinstance(cell, str) else cell, na_action="ignore"
            )
    with writing(path) as file:
        data.to_csv(file, mode="wb", index=False, lineterminator="\n", float_format="%.3f")
    return path
