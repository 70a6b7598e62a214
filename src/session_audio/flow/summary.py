"""What became of a batch, as files for the morning: JSON for programs, a page for people.

They hold ids, times, paths of reports and the messages of the screen; no names and no words.
"""

from __future__ import annotations

import html
import json
from collections import Counter
from collections.abc import Sequence
from contextlib import nullcontext
from datetime import datetime
from pathlib import Path
from typing import Any

from session_audio.errors import SessionAudioError
from session_audio.files import write_text
from session_audio.flow.outcomes import Outcome
from session_audio.workspace.manifest import GROUP_FILE
from session_audio.workspace.store import OUT, SessionStore

NAME = "session-audio-summary"
"""What the summary of a batch is called, without its ending."""
_COLUMNS = ("group", "session", "status", "stage", "seconds", "message")


def keep(outcomes: Sequence[Outcome]) -> tuple[list[Path], list[SessionAudioError]]:
    """Write the summary of a batch, as JSON and as a page, where it is looked for.

    In ``out`` of the group; where groups that lie in one folder were run, in that folder.

    Returns
    -------
    written : list of Path
        The JSON files; one, but for groups in several folders.
    failed : list of SessionAudioError
        Why others could not be written.
    """

    def owner(outcome: Outcome) -> Path | None:
        whole = Path(outcome.folder).resolve()  # a group, where its series failed
        return next((f for f in (whole.parent, whole) if (f / GROUP_FILE).is_file()), None)

    owners = [owner(outcome) for outcome in outcomes]
    by_parent: dict[Path, dict[Path, None]] = {}
    for found in owners:
        if found is not None:
            by_parent.setdefault(found.parent, {})[found] = None
    written, failed = [], []
    for parent, groups in by_parent.items():
        group = next(iter(groups))
        folder = parent if len(groups) > 1 else group / OUT
        path = folder / f"{NAME}.json"
        try:
            here = [
                outcome
                for outcome, found in zip(outcomes, owners, strict=True)
                if found is None or found in groups
            ]
            # Held, as another run that draws the group's series tidies up in its folder.
            with nullcontext() if len(groups) > 1 else SessionStore(group).locked(wait=True):
                for each in (path, path.with_suffix(".html")):
                    write(each, here)
            written.append(path)
        except SessionAudioError as error:
            failed.append(error)
    return written, failed


def write(path: Path, outcomes: Sequence[Outcome]) -> None:
    """Write the summary as `path`: a page where it ends in ``.html``, else JSON.

    It holds ids, times and the messages of the screen, and links to the reports.

    Raises
    ------
    StoreError
        When it cannot be written.
    """
    facts = {
        "ended": datetime.now().astimezone().isoformat(timespec="seconds"),
        "counts": dict(Counter(o.status for o in outcomes)),
        "sessions": [_row(o) for o in outcomes],
    }
    as_page = path.suffix.casefold() in (".html", ".htm")
    write_text(path, _page(facts) if as_page else json.dumps(facts, indent=1) + "\n")


def group_of(outcome: Outcome) -> Path:
    """The folder of the session's group."""
    return Path(outcome.folder).resolve().parent


def _row(outcome: Outcome) -> dict[str, Any]:
    report = Path(outcome.folder).resolve() / "out" / "report.html"
    ended = outcome.status in ("done", "skipped") and report.is_file()
    return {
        "group": group_of(outcome).name,
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
