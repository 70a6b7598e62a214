"""The CSV tables of ``out/``: one function a table, columns as in ``docs/formats.md``.

Times are seconds, rounded to milliseconds.  An undefined number is an empty cell.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path

from session_audio.files import written
from session_audio.schema import (
    Flag,
    Interaction,
    MemberMeasures,
    ResponsePair,
    Turn,
)

Cell = str | int | float | None

MEMBER_COLUMNS = (
    "participant",
    "role",
    "present",
    "speaking_time",
    "speaking_time_share",
    "speaking_time_share_low",
    "speaking_time_share_high",
    "turn_count",
    "words",
    "backchannel_count",
    "backchannels_received",
    "median_turn",
    "longest_turn",
    "median_response",
    "interruptions_made",
    "interruptions_received",
    "unsuccessful_made",
    "unsuccessful_received",
    "interruptions_made_rate",
    "interruptions_made_rate_low",
    "interruptions_made_rate_high",
    "interruptions_received_rate",
    "interruptions_received_rate_low",
    "interruptions_received_rate_high",
    "answered_share",
    "last_third_change",
    "last_third_change_low",
    "last_third_change_high",
    "median_silence_after_cut",
    "cuts_without_return",
)
TURN_COLUMNS = ("index", "start", "end", "participant", "responds_to", "text")
INTERACTION_COLUMNS = ("kind", "start", "end", "participant", "holder", "confidence")
RESPONSE_COLUMNS = ("source", "target", "count", "expected", "median_offset")
FLAG_COLUMNS = (
    "kind",
    "subtype",
    "target",
    "start",
    "end",
    "participant",
    "turns",
    "score",
    "reasons",
    "quote",
    "review",
)


def _cell(value: Cell) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return f"{value:.3f}"
    return str(value)


def write_table(path: Path, columns: Sequence[str], rows: Iterable[Sequence[Cell]]) -> None:
    """Write one CSV (UTF-8, comma, Unix line ends), whole or not at all."""
    with written(path) as part, part.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows([_cell(v) for v in row] for row in rows)


def write_members(path: Path, members: Iterable[MemberMeasures]) -> None:
    """``members.csv``: one row a participant of the roster."""
    write_table(
        path,
        MEMBER_COLUMNS,
        (
            (
                m.participant,
                m.role,
                m.present,
                m.speaking_time,
                m.speaking_time_share.value,
                m.speaking_time_share.low,
                m.speaking_time_share.high,
                m.turn_count,
                m.words,
                m.backchannel_count,
                m.backchannels_received,
                m.median_turn,
                m.longest_turn,
                m.median_response,
                m.interruptions_made,
                m.interruptions_received,
                m.unsuccessful_made,
                m.unsuccessful_received,
                m.interruptions_made_rate.value,
                m.interruptions_made_rate.low,
                m.interruptions_made_rate.high,
                m.interruptions_received_rate.value,
                m.interruptions_received_rate.low,
                m.interruptions_received_rate.high,
                m.answered_share,
                m.last_third_change.value,
                m.last_third_change.low,
                m.last_third_change.high,
                m.median_silence_after_cut,
                m.cuts_without_return,
            )
            for m in members
        ),
    )


def write_turns(path: Path, turns: Iterable[Turn]) -> None:
    """``turns.csv``: one row a turn, in order of start."""
    write_table(
        path,
        TURN_COLUMNS,
        ((t.index, t.start, t.end, t.participant, t.responds_to, t.text) for t in turns),
    )


def write_interactions(path: Path, interactions: Iterable[Interaction]) -> None:
    """``interactions.csv``: one row an event, in order of start."""
    write_table(
        path,
        INTERACTION_COLUMNS,
        ((i.kind, i.start, i.end, i.participant, i.holder, i.confidence) for i in interactions),
    )


def write_responses(path: Path, pairs: Iterable[ResponsePair]) -> None:
    """``responses.csv``: one row a pair of participants, source answering target."""
    write_table(
        path,
        RESPONSE_COLUMNS,
        ((p.source, p.target, p.count, p.expected, p.median_offset) for p in pairs),
    )


def write_flags(path: Path, flags: Iterable[Flag]) -> None:
    """``flags.csv``: one row a candidate moment, highest score first."""
    write_table(
        path,
        FLAG_COLUMNS,
        (
            (
                f.kind,
                f.subtype,
                f.target,
                f.start,
                f.end,
                f.participant,
                " ".join(str(t) for t in f.turns),
                f.score,
                " ".join(f.reasons),
                f.quote,
                f.review,
            )
            for f in flags
        ),
    )
