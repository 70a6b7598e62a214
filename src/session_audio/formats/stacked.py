"""The tables of many sessions, stacked, typed and joined: what a study starts from.

``docs/formats.md`` has an example, and the data dictionary says what each column holds.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from session_audio.errors import FormatError, SessionAudioError
from session_audio.files import read_text
from session_audio.formats import frames, tables
from session_audio.formats.columns import IDS, OF_A_SESSION, RATINGS, SESSIONS, WHEN, Table
from session_audio.schema import Session
from session_audio.workspace import consent, manifest
from session_audio.workspace.folders import find_sessions

if TYPE_CHECKING:
    from pandas import DataFrame

_IDS = [column.name for column in IDS]
_WHEN = [column.name for column in WHEN]


@dataclass(frozen=True, slots=True)
class Tables:
    """The tables of many sessions.

    Each has ``group``, ``session``, ``date`` and ``number`` first, then the columns of its
    kind.  Undefined is ``NaN``, ``NaT`` or ``<NA>``.  A participant is told apart by
    ``group`` and ``participant``; one whose ``identified`` is false, by ``session`` too.
    """

    sessions: DataFrame
    """One row a session, with the numbers of the group."""
    members: DataFrame
    """One row a participant of a session.  For each instrument that anybody answered it has a
    column ``rating_INSTRUMENT`` more: the mean over the items; of several answers, the last."""
    turns: DataFrame
    interactions: DataFrame
    responses: DataFrame
    flags: DataFrame
    ratings: DataFrame
    """One row an item that was answered, also by those who were away."""
    left_out: Mapping[str, str]
    """Why a session is in none of these, by ``group/session``: no tables yet, a table that
    cannot be read, or a consent that does not stand."""


def read_tables(folders: Iterable[str | Path]) -> Tables:
    """Read the tables of many sessions, with each session's date, number and ratings.

    Dates, numbers and ratings are those of the ``session.toml`` of today; the sound need no
    longer be there.

    Parameters
    ----------
    folders : iterable of path
        Folders of sessions, or of groups: then all their sessions.

    Raises
    ------
    ManifestError
        When a folder is neither a session nor a group.
    FormatError
        When no session is left; the message says why for the first.
    """
    named = [path for folder in folders for path in find_sessions(Path(folder))]
    frames_by_session: list[dict[str, DataFrame]] = []
    left_out: dict[str, str] = {}
    for folder in dict.fromkeys(path.resolve() for path in named):
        try:
            frames_by_session.append(_read_session(folder))
        except SessionAudioError as error:
            left_out[f"{folder.parent.name}/{folder.name}"] = error.message
    if not frames_by_session:
        why = next(iter(left_out.values()), "no folder was named")
        raise FormatError(f"there are no tables to read ({why})")
    stacked = stack(frames_by_session)
    stacked["members"] = _with_ratings(stacked["members"], stacked["ratings"])
    return Tables(**stacked, left_out=left_out)


def stack(frames_by_session: Sequence[Mapping[str, DataFrame]]) -> dict[str, DataFrame]:
    """Tables of many sessions, one above the other, each with its session's date and number.

    Each mapping has, beside its tables, ``sessions`` with one row.
    """
    import pandas as pd

    stacked = {
        name: pd.concat([those[name] for those in frames_by_session], ignore_index=True)
        for name in frames_by_session[0]
    }
    when = stacked["sessions"][[*_IDS, *_WHEN]]
    for name, data in stacked.items():
        if "date" not in data.columns:
            joined = data.merge(when, on=_IDS, how="left", validate="many_to_one")
            others = [column for column in data.columns if column not in _IDS]
            stacked[name] = joined[[*_IDS, *_WHEN, *others]]
    return stacked


def session_row(session: Session, facts: Mapping[str, Any]) -> DataFrame:
    """The row of ``sessions`` for one session.

    Parameters
    ----------
    session : Session
    facts : mapping
        The content of its ``session.json``.
    """
    row = frames.flat_json(facts["measures"]["group"])
    row |= {"date": session.date, "number": session.number}
    row |= {"attendance_count": facts["quality"]["attendance_count"]}
    return tables.frame(SESSIONS, [frames.ids_of(session) | row])


def _read_session(folder: Path) -> dict[str, DataFrame]:
    session = manifest.load_session(folder, with_files=False)
    policy = consent.policy_of(session.group.folder)
    admitted = consent.admit(session, date.today(), policy)
    consent.refuse_apart(admitted, "research", policy, "tables")
    out = folder / "out"
    those = {table.name: _of(session, out, table) for table in OF_A_SESSION}
    those[RATINGS.name] = frames.ratings_of(session)
    try:
        facts = json.loads(read_text(out / "session.json"))
        those[SESSIONS.name] = session_row(session, facts)
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        raise FormatError(
            "session.json does not hold what was written", hint="Run the session again."
        ) from None
    return those


def _of(session: Session, out: Path, table: Table) -> DataFrame:
    """One table; refused where it is that of another session."""
    data = tables.read(out / table.file, table)
    ids = frames.ids_of(session)
    if any((data[name] != value).any() for name, value in ids.items()):
        raise FormatError(
            f"{table.file} was written for another group or session",
            hint="Was the folder renamed? Run the session again.",
        )
    return data


def _with_ratings(members: DataFrame, ratings: DataFrame) -> DataFrame:
    """The members with a column an instrument."""
    who = [*_IDS, "participant"]
    last = ratings.drop_duplicates([*who, "instrument", "item"], keep="last")
    means = last.pivot_table(values="value", index=who, columns="instrument", aggfunc="mean")
    means.columns = [f"rating_{instrument}" for instrument in means.columns]
    return members.merge(means.reset_index(), on=who, how="left", validate="one_to_one")
