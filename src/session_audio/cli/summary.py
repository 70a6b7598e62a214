"""What became of a batch: on the screen, and as a file for the morning."""

from __future__ import annotations

import html
import json
from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from session_audio.flow.outcomes import Outcome

_COLUMNS = ("group", "session", "status", "stage", "seconds", "message")


def show(outcomes: Sequence[Outcome]) -> None:
    """Print what became of each session, what is said of it, and where the reports are."""
    from rich.console import Console
    from rich.table import Table

    several = len({_group(o) for o in outcomes}) > 1
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in (*(["group"] if several else []), "session", "status", "stage", "seconds"):
        table.add_column(column, justify="right" if column == "seconds" else "left")
    for o in outcomes:
        whose = [_group(o).name] if several else []
        table.add_row(*whose, o.session, o.status, o.stage or "", f"{o.seconds:.0f}")
    Console().print(table)
    for o in outcomes:
        if o.message:
            click.echo(f"\n{o.message}")
    done = [o for o in outcomes if o.status in ("done", "skipped")]
    for o in done:
        click.echo(f"{Path(o.folder) / 'out' / 'report.html'}")
    for group in dict.fromkeys(Path(o.folder).parent for o in done):
        if (group / "out" / "series.html").is_file():
            click.echo(f"{group / 'out' / 'series.html'}")


def write(path: Path, outcomes: Sequence[Outcome]) -> None:
    """Write the summary as `path`: a page where it ends in ``.html``, else JSON.

    It holds ids, times and the messages of the screen, and links to the reports.

    Raises
    ------
    StoreError
        When it cannot be written.
    """
    from session_audio.files import write_text

    facts = {
        "ended": datetime.now().astimezone().isoformat(timespec="seconds"),
        "counts": dict(Counter(o.status for o in outcomes)),
        "sessions": [_row(o) for o in outcomes],
    }
    as_page = path.suffix.casefold() in (".html", ".htm")
    write_text(path, _page(facts) if as_page else json.dumps(facts, indent=1) + "\n")


def _group(outcome: Outcome) -> Path:
    """The folder of the session's group."""
    return Path(outcome.folder).resolve().parent


def _row(outcome: Outcome) -> dict[str, Any]:
    report = Path(outcome.folder).resolve() / "out" / "report.html"
    ended = outcome.status in ("done", "skipped") and report.is_file()
    return {
        "group": _group(outcome).name,
        "session": outcome.session,
        "status": outcome.status,
        "stage": outcome.stage,
        "seconds": round(outcome.seconds, 3),
        "message": outcome.message,
        "report": report.as_uri() if ended else None,
    }


def _page(facts: dict[str, Any]) -> str:
    """The summary as one page without anything from elsewhere."""
    head = "".join(f"<th>{name}</th>" for name in _COLUMNS)
    rows = ""
    for row in facts["sessions"]:
        shown = {k: html.escape("" if row[k] is None else str(row[k])) for k in _COLUMNS}
        if row["report"]:
            shown["session"] = f'<a href="{html.escape(row["report"])}">{shown["session"]}</a>'
        rows += "<tr>" + "".join(f"<td>{shown[k]}</td>" for k in _COLUMNS) + "</tr>"
    counts = ", ".join(f"{n} {status}" for status, n in sorted(facts["counts"].items()))
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>session-audio</title>'
        '<meta name="viewport" content="width=device-width"><style>'
        "body{font:1rem/1.5 system-ui,sans-serif;margin:2rem}td,th{text-align:left;"
        "vertical-align:top;padding:.2rem 1rem .2rem 0}</style></head>"
        f"<body><h1>{html.escape(counts)}</h1><p>Ended {facts['ended']}</p>"
        f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></body></html>\n"
    )
