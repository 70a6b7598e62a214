"""``report``: a report set once more, for a member or for somewhere else."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from session_audio.cli.shared import PATH, exit_code, reported


@click.command()
@click.argument("folder", type=PATH)
@click.option("--to", type=PATH, help="Write there, with codes in place of names.")
@click.option("--member", metavar="ID", help="One member's own report: only their words.")
@click.option(
    "--pseudonyms/--names",
    default=None,
    help="Codes or names; without either, codes in what is written with --to.",
)
@click.option("--language", metavar="CODE", help="Language of the report: en or de.")
@reported
def report(
    folder: Path,
    to: Path | None,
    member: str | None,
    pseudonyms: bool | None,
    language: str | None,
) -> None:
    """Write a report or a series once more.

    Nothing is measured again.  A file that leaves the clinic gets codes in place of names;
    nicknames that people said may remain, so read it first.

    \b
    session-audio report tuesday/2026-03-02 --to for-supervision
    session-audio report tuesday --member P03
    """
    from session_audio.flow.rewrite import write_again

    done = write_again(folder, to=to, member=member, pseudonyms=pseudonyms, language=language)
    for error in done.left_out:
        click.echo(f"session-audio: {error}", err=True)
    for path in done.paths:
        click.echo(path)
    sys.exit(exit_code(error.status for error in done.left_out))
