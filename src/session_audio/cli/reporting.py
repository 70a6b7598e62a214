"""``report``: a report set once more, for a member or for somewhere else."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from session_audio.cli.auditing import noted
from session_audio.cli.shared import PATH, exit_code, reported, with_settings


@click.command()
@click.argument("folder", type=PATH)
@click.option("--to", type=PATH, help="Folder to write to, for readers elsewhere.")
@click.option(
    "--member",
    metavar="ID",
    help="One member's own report: their words and numbers only.",
)
@click.option(
    "--pseudonyms/--names",
    default=None,
    help="Codes in place of names, or names.  Default: codes with --to, but in a member's own "
    "report the member's name; without --to as the settings say.",
)
@click.option("--language", metavar="CODE", help="Of the report: en, de, nl, es, fr or pt.")
@reported
@with_settings
def report(
    folder: Path,
    to: Path | None,
    member: str | None,
    pseudonyms: bool | None,
    language: str | None,
) -> None:
    """Write the report of a session, or the series of a group, once more.

    Nothing is measured again.  FOLDER is a session's or a group's; it must have been run.
    Without --to the files in its out folder are replaced.  With --to their names carry the
    group's id and the session's, so that reports of several sessions can lie in one folder.

    A file written with --to holds codes in place of names, in what was said too.  Names that
    the recogniser misspelt are hidden as well; nicknames, and what people told of themselves,
    may still show who they are.  Read the file before it leaves the clinic.

    \b
    session-audio report tuesday/2026-03-02 --to for-supervision
        writes for-supervision/report-tuesday-2026-03-02.html and .pdf
    session-audio report tuesday --to for-supervision
        writes for-supervision/series-tuesday.html and .pdf
    session-audio report tuesday --member P03
        writes tuesday/out/member-P03.html and .pdf
    """
    from session_audio.flow.rewrite import write_again
    from session_audio.workspace.manifest import GROUP_FILE

    done = write_again(folder, to=to, member=member, pseudonyms=pseudonyms, language=language)
    own = (folder / GROUP_FILE).is_file()
    if done.paths:
        noted(
            folder if own else folder.resolve().parent,
            "report",
            session=None if own else folder.resolve().name,
            member=member,
            elsewhere=to is not None,
            pseudonyms=pseudonyms,
            files=len(done.paths),
        )
    for error in done.left_out:
        click.echo(f"session-audio: {error}", err=True)
    for path in done.paths:
        click.echo(path)
    sys.exit(exit_code(error.status for error in done.left_out))
