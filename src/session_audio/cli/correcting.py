"""``corrections``: what was corrected by hand, listed and taken back."""

from __future__ import annotations

from pathlib import Path

import click

from session_audio.cli.shared import PATH, reported


@click.command()
@click.argument("session", type=PATH)
@click.option(
    "--undo", "number", type=click.IntRange(min=1), metavar="N", help="Take back number N."
)
@reported
def corrections(session: Path, number: int | None) -> None:
    """List what was corrected by hand in SESSION, and take back one.

    Corrections are kept in SESSION/review.json and applied again to whatever a run makes anew.
    The list shows words that were said.

    \b
    session-audio corrections tuesday/2026-03-02
    session-audio corrections tuesday/2026-03-02 --undo 3
    """
    from session_audio.flow import undoing
    from session_audio.flow.session import open_run

    run = open_run(session)
    if number is not None:
        undoing.undo(run, number)
        click.echo(f"Taken back. Next: session-audio run {session}")
        return
    lines = undoing.listed(run.store.folder)
    for count, line in enumerate(lines, start=1):
        click.echo(f"{count:>4}  {line}")
    if not lines:
        click.echo("Nothing was corrected by hand.")
