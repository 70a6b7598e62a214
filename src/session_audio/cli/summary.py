"""What became of a batch, on the screen."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from session_audio.flow.outcomes import Outcome


def show(outcomes: Sequence[Outcome]) -> None:
    """Print what became of each session, what is said of it, and where the reports are."""
    from rich.console import Console
    from rich.table import Table

    from session_audio.flow.summary import group_of

    several = len({group_of(o) for o in outcomes}) > 1
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in (*(["group"] if several else []), "session", "status", "stage", "seconds"):
        table.add_column(column, justify="right" if column == "seconds" else "left")
    for o in outcomes:
        whose = [group_of(o).name] if several else []
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
