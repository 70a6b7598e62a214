"""``score``: a result against references, where there are any."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from session_audio.cli.shared import PATH, exit_code, reported

if TYPE_CHECKING:
    from session_audio.scoring.session_score import SessionScore

PER_SESSION = {
    "DER": "DER",
    "confusion": "DER_confusion",
    "count off": "speaker_count_error",
    "worst share": "share_error_worst",
    "WER": "WER",
    "cpWER": "cpWER",
}
"""Columns of the table; all figures stand below it, and in ``--json``."""


@click.command()
@click.argument("folders", nargs=-1, required=True, type=PATH)
@click.option("--json", "as_json", is_flag=True, help="Print every figure for machines.")
@reported
def score(folders: tuple[Path, ...], as_json: bool) -> None:
    """Score sessions or groups against references.

    A session that was run is compared with its reference.rttm (who spoke when) and
    reference.seglst.json (who said what): diarization error rate with its parts, without
    a collar and with 0.25 s, overlap scored; Jaccard error rate; speaker count; talk shares
    in percentage points; whether enrolled members were known; WER, cpWER and tcpWER.
    Where candidate moments were judged in a review: how many of the first five are moments.
    Figures of several sessions are pooled: seconds and words are added, not rates.

    \b
    session-audio score tuesday
    session-audio score --json tuesday/2026-03-02
    """
    from importlib.util import find_spec

    from session_audio.errors import SessionAudioError
    from session_audio.flow.session import open_run
    from session_audio.scoring.session_score import SessionScore, score_session
    from session_audio.workspace.folders import look

    words_too = find_spec("meeteval") is not None
    if not words_too:
        click.echo("Words are not scored: pip install 'session-audio[score]'.", err=True)
    scores: dict[str, SessionScore] = {}
    errors: list[SessionAudioError] = []
    paths: dict[Path, Path] = {}
    for folder in folders:
        try:
            found = look(folder)
            paths |= {path.resolve(): path for path in found.sessions}
            errors += found.strays
        except SessionAudioError as error:
            errors.append(error)
    for wrong in errors:
        click.echo(f"session-audio: {wrong}", err=True)
    for path in paths.values():
        try:
            admitted = open_run(path).admitted
            scores[str(path)] = score_session(admitted.session, words_too=words_too)
        except SessionAudioError as error:
            errors.append(error)
            click.echo(f"session-audio: {error}", err=True)
    pooled = sum(scores.values(), SessionScore())
    if as_json:
        rows = [{"session": Path(p).name, "folder": p, **s.rows()} for p, s in scores.items()]
        click.echo(json.dumps({"sessions": rows, "pooled": pooled.rows()}, indent=1))
    elif scores:
        _print(scores, pooled)
    sys.exit(exit_code(error.status for error in errors))


def _print(scores: dict[str, SessionScore], pooled: SessionScore) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("session")
    for column in PER_SESSION:
        table.add_column(column, justify="right")
    for path, one in scores.items():
        rows = one.rows()
        table.add_row(Path(path).name, *(_shown(c, rows.get(c)) for c in PER_SESSION.values()))
    Console().print(table)
    click.echo(f"\nall {len(scores)} together")
    for name, value in pooled.rows().items():
        click.echo(f"  {name:<24} {_shown(name, value):>10}")


def _shown(name: str, value: float | int | None) -> str:
    if value is None:
        return "n/a"
    if isinstance(value, int):
        return str(value)
    return f"{value:.1f} pt" if name.startswith("share_error") else f"{100 * value:.1f} %"
