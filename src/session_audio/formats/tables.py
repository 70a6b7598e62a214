"""Writes and reads one CSV table, by the columns that `columns` declares.

UTF-8, comma, Unix line ends, one header.  Times are seconds; numbers have three decimals;
an undefined one is an empty cell.  A text that a spreadsheet would run as a formula is
written with an apostrophe before it, and read without (`formulas`).  pandas is imported where it is
used: the command line starts without it.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from session_audio.errors import FormatError
from session_audio.files import opened, writing
from session_audio.formats.columns import Column, Table
from session_audio.formats.formulas import guarded, unguarded

if TYPE_CHECKING:
    from pandas import DataFrame, Series


def frame(table: Table, rows: Iterable[Mapping[str, Any]]) -> DataFrame:
    """Rows by column name as a typed data frame; None and an empty text are undefined.

    Raises
    ------
    KeyError
        When a row lacks a column of `table`.
    """
    import pandas as pd

    rows = list(rows)
    return pd.DataFrame(
        {
            column.name: pd.Series(
                [None if row[column.name] == "" else row[column.name] for row in rows],
                dtype=column.dtype,
            )
            for column in table.columns
        }
    )


def write(path: Path, table: Table, data: DataFrame) -> Path:
    """Write the columns of `table` as one CSV, whole or not at all; returns `path`."""
    cells = data.loc[:, list(table.names)].copy()
    for column in table.columns:
        if column.kind == "text":
            cells[column.name] = cells[column.name].map(guarded, na_action="ignore")
        elif column.kind == "true or false":
            cells[column.name] = cells[column.name].map({True: "true", False: "false"})
    # A lone carriage return ends a row for readers, and the writer does not quote for it.
    returns = any("\r" in str(cell) for cell in cells.to_numpy().ravel())
    with writing(path) as file:
        cells.to_csv(
            file,
            mode="wb",
            index=False,
            quoting=csv.QUOTE_NONNUMERIC if returns else csv.QUOTE_MINIMAL,
            float_format="%.3f",
            date_format="%Y-%m-%d",
            lineterminator="\n",
            encoding="utf-8",
        )
    return path


def read(path: Path, table: Table) -> DataFrame:
    """The table in `path`, typed; columns that `table` does not know are left out.

    Raises
    ------
    FormatError
        When the file is not there or no CSV, lacks a column, or holds what is not of its
        column's type.  The message says where, never what.
    """
    import pandas as pd

    try:
        with opened(path) as file:
            cells = pd.read_csv(file, dtype="str", na_filter=False, encoding="utf-8-sig")
    except FileNotFoundError:
        raise FormatError(f"{path.name} is not there", hint="Run the session first.") from None
    except UnicodeDecodeError:
        raise FormatError(f"{path.name} is not UTF-8 text", hint="Save it as UTF-8.") from None
    except (pd.errors.ParserError, pd.errors.EmptyDataError):
        raise FormatError(
            f"{path.name} is no CSV table with commas", hint="Run the session again."
        ) from None
    missing = [name for name in table.names if name not in cells.columns]
    if missing:
        raise FormatError(
            f"{path.name} has no column {', '.join(missing)}",
            hint="An older version may have written it: run the session again.",
        )
    return pd.DataFrame({c.name: _typed(cells[c.name], c, path.name) for c in table.columns})


def _typed(cells: Series[str], column: Column, file: str) -> Series[Any]:
    """The cells of one column in its type."""
    import pandas as pd

    known = cells != ""
    if not known.all() and column.empty == "never":
        raise _wrong(file, column, cells.index[~known][0])
    if column.kind == "text":
        return cells.map(unguarded).where(known).astype("str")
    if column.kind == "true or false":
        good = cells.isin(["true", "false", "TRUE", "FALSE"])  # a spreadsheet writes capitals
        values: Series[Any] = cells.str.lower() == "true"
    elif column.kind == "date":
        values = pd.to_datetime(cells.where(known), format="%Y-%m-%d", errors="coerce")
        good = values.notna() | ~known
    else:
        values = pd.to_numeric(cells.where(known), errors="coerce")
        whole = column.kind == "number" or values.mod(1).fillna(0) == 0
        good = (values.abs() < float("inf")) & whole | ~known
    if not good.all():
        raise _wrong(file, column, good.index[~good][0])
    return values.astype(pd.api.types.pandas_dtype(column.dtype))


def _wrong(file: str, column: Column, row: Any) -> FormatError:
    return FormatError(
        f"{file}, row {int(row) + 1}: {column.name} holds no {column.kind}",
        hint="Correct the cell, or run the session again.",
    )
