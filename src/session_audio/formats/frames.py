"""One session's tables as data frames, from its result."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from typing import TYPE_CHECKING, Any

from session_audio.formats import tables
from session_audio.formats.columns import (
    FLAGS,
    INTERACTIONS,
    MEMBERS,
    RATINGS,
    RESPONSES,
    TURNS,
    Table,
)
from session_audio.metrics import timing
from session_audio.metrics.events import counts_for
from session_audio.schema import Estimate, Flag, Session, SessionResult, Turn

if TYPE_CHECKING:
    from pandas import DataFrame

Row = dict[str, Any]


def frames_of(result: SessionResult) -> dict[str, DataFrame]:
    """The tables of one session by name: `columns.OF_A_SESSION`, in order."""
    measures = result.measures
    voices = {i.participant for i in result.quality.identifications if i.how == "unknown"}
    untold = " ".join(f"{one.kind}:{one.doubt}" for one in measures.untold)
    rows: dict[Table, Iterable[Row]] = {
        MEMBERS: (
            _flat(m) | {"identified": m.participant not in voices, "untold": untold or None}
            for m in measures.members
        ),
        TURNS: _turns(result.turns),
        INTERACTIONS: (
            _flat(event) | {"counts_for": counts_for(event, measures)}
            for event in result.interactions
        ),
        RESPONSES: map(_flat, measures.network.pairs),
        FLAGS: map(_flag, result.flags),
    }
    ids = ids_of(result.session)
    return {
        table.name: tables.frame(table, (ids | row for row in those))
        for table, those in rows.items()
    }


def ratings_of(session: Session) -> DataFrame:
    """The ratings of one session's manifest, one row an item."""
    when = {"date": session.date, "number": session.number}
    return tables.frame(
        RATINGS,
        (
            ids_of(session)
            | when
            | {
                "participant": rating.participant,
                "instrument": rating.instrument,
                "item": item,
                "value": value,
            }
            for rating in session.ratings
            for item, value in rating.items.items()
        ),
    )


def ids_of(session: Session) -> Row:
    """What the first columns of every table hold."""
    return {"group": session.group.id, "session": session.id}


def flat_json(measures: Mapping[str, Any]) -> Row:
    """Numbers of ``session.json``; one with an interval becomes three columns.

    >>> flat_json({"gini": {"value": 0.2, "low": 0.1, "high": None}, "turn_count": 3})
    {'gini': 0.2, 'gini_low': 0.1, 'gini_high': None, 'turn_count': 3}
    """
    row: Row = {}
    for name, value in measures.items():
        if isinstance(value, Mapping):
            row |= _with_interval(name, value["value"], value["low"], value["high"])
        else:
            row[name] = value
    return row


def _flat(values: Any) -> Row:
    """The fields of a dataclass; an estimate becomes three columns."""
    row: Row = {}
    for field in fields(values):
        value = getattr(values, field.name)
        if isinstance(value, Estimate):
            row |= _with_interval(field.name, value.value, value.low, value.high)
        else:
            row[field.name] = value
    return row


def _with_interval(name: str, value: object, low: object, high: object) -> Row:
    return {name: value, f"{name}_low": low, f"{name}_high": high}


def _turns(turns: Sequence[Turn]) -> Iterable[Row]:
    answers = {answer.turn.index: answer for answer in timing.answers(turns)}
    for turn in turns:
        answer = answers.get(turn.index)
        yield _flat(turn) | {
            "responds_to_turn": answer.answered.index if answer and answer.answered else None,
            "response_offset": answer.offset if answer else None,
        }


def _flag(flag: Flag) -> Row:
    return _flat(flag) | {
        "turns": " ".join(str(index) for index in flag.turns),
        "reasons": _reasons(flag),
    }


def _reasons(flag: Flag) -> str:
    """The cell of the column ``reasons``."""
    return " ".join(str(reason) for reason in flag.reasons)
