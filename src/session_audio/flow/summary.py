"""What became of a batch, as files for the morning: JSON for programs, a page for people.

They hold ids, times, paths of reports and the messages of the screen; no names and no words.
"""

from __future__ import annotations

import html
import json
from collections import Counter
from collections.abc import Sequence
from contextlib import nullcontext
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from session_audio.errors import SessionAudioError
from session_audio.files import write_text
from session_audio.flow.outcomes import Outcome
from session_audio.workspace.manifest import GROUP_FILE
from session_audio.workspace.store import OUT, SessionStore

NAME = "session-audio-summary"
"""What the summary of a batch is called, without its ending."""
_FIRST = ("failed", "refused", "paused")
"""What needs somebody stands first on the page."""
_MEANS = {
    "done": "its report is new",
    "skipped": "nothing had changed, its report stands",
    "failed": "the message says why, and what to do",
    "refused": "consent does not cover it",
    "paused": "the same command goes on from there",
}
_STYLE = """
:root { color-scheme: light dark; --ink: #1c2024; --quiet: #575d63; --rule: #dcdfe2; --paper: #fff;
  --link: #00558a; --warm: #8a3b00; --warm-wash: #fdf0e4; --focus: #b24a00; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6e8ea; --quiet: #a9b0b6; --rule: #3a4147;
  --paper: #16191c; --link: #8cc4ef; --warm: #f2b37e; --warm-wash: #3a2a1c; --focus: #ffab66; } }
body { margin: 0 auto; padding: 1.5rem 1.25rem; max-width: 56rem; background: var(--paper);
  color: var(--ink); font: 1rem/1.5 system-ui, sans-serif; overflow-wrap: anywhere; }
h1 { font-size: 1.5rem; line-height: 1.25; margin: 0 0 .2rem; }
h2 { font-size: .875rem; color: var(--quiet); margin: 1.6rem 0 .3rem; }
p { margin: 0; } .quiet { color: var(--quiet); font-size: .875rem; } a { color: var(--link); }
:focus-visible { outline: 3px solid var(--focus); outline-offset: 2px; }
ul { list-style: none; margin: 0; padding: 0; }
li { display: grid; grid-template-columns: minmax(10rem, 1fr) 6rem 5rem; gap: 0 1rem;
  padding: .45rem 0; border-top: 1px solid var(--rule); font-variant-numeric: tabular-nums; }
li p { grid-column: 1 / -1; } li span:last-of-type { text-align: right; } a { font-weight: 600; }
a { padding: .15rem 0; }
.failed .status, .refused .status { color: var(--warm); background: var(--warm-wash);
  font-weight: 600; padding: 0 .4rem; justify-self: start; border-radius: 3px; }
@media (max-width: 30rem) { body { padding: 1rem; } li { grid-template-columns: 1fr auto auto; } }
@page { margin: 18mm 16mm; }
@media print { :root { --ink: #000; --quiet: #444; --paper: #fff; --link: #000; --warm: #8a3b00;
  --warm-wash: #fff; } body { font-size: 10pt; padding: 0; } li { break-inside: avoid; } }
"""


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
    counts = ", ".join(f"{n} {status}" for status, n in sorted(facts["counts"].items()))
    means = "; ".join(f"{s}: {text}" for s, text in _MEANS.items() if s in facts["counts"])
    ended = datetime.fromisoformat(facts["ended"]).strftime("%Y-%m-%d %H:%M")
    urgent = [row for row in facts["sessions"] if row["status"] in _FIRST]
    rest = [row for row in facts["sessions"] if row["status"] not in _FIRST]
    lists = _list("To look at", urgent) + _list("Sessions", rest)
    policy = "default-src 'none'; style-src 'unsafe-inline'; form-action 'none'; base-uri 'none'"
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="referrer" content="no-referrer">\n'
        "<title>What became of the sessions · session-audio</title>\n"
        f"<style>{_STYLE}</style>\n</head>\n<body>\n<main>\n<h1>{html.escape(counts)}</h1>\n"
        f'<p class="quiet">Ended {ended}. {html.escape(means)}.</p>\n{lists}</main>\n</body>\n'
        "</html>\n"
    )


def _list(title: str, rows: Sequence[dict[str, Any]]) -> str:
    """Sessions under a title; nothing where there are none."""
    if not rows:
        return ""
    return f"<h2>{title}</h2>\n<ul>\n{''.join(map(_entry, rows))}</ul>\n"


def _entry(row: dict[str, Any]) -> str:
    """One session: where its report lies, how it ended, how long it took, and what was told."""
    name = html.escape(f"{row['group']} {row['session']}")
    if row["report"]:
        name = f'<a href="{html.escape(row["report"])}">{name}</a>'
    took = timedelta(seconds=round(row["seconds"])) if row["seconds"] >= 1 else ""
    told = row["message"] or row["stage"] or ""
    more = f"<p>{html.escape(told)}</p>" if told else ""
    return (
        f'<li class="{html.escape(row["status"])}"><span>{name}</span> '
        f'<span class="status">{html.escape(row["status"])}</span> '
        f'<span class="quiet">{took}</span>{more}</li>\n'
    )
