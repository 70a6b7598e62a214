"""``trend``, ``brief``, ``overview``, ``close``: what one who leads or supervises looks at."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from session_audio.cli.auditing import noted
from session_audio.cli.shared import PATH, exit_code, reported, with_settings
from session_audio.errors import SessionAudioError


@click.command()
@click.argument("group", type=PATH)
@reported
@with_settings
def trend(group: Path) -> None:
    """Write the series of GROUP: each member over the weeks.

    With it go the half page to read before the next session (out/brief.html) and the ledger of
    strains (out/ledger.csv).  Sessions that were not run, and those whose consent no longer
    stands, are left out.
    """
    _draw(group, "")


@click.command()
@click.argument("group", type=PATH)
@reported
@with_settings
def brief(group: Path) -> None:
    """Write half a page to read before GROUP's next session.

    The last session in three lines, what is open, whom to look after, what to listen for.  A run
    writes it too.

    \b
    session-audio brief tuesday
        writes tuesday/out/brief.html and .pdf
    """
    _draw(group, "brief.")


def _draw(group: Path, only: str) -> None:
    """Draw a group's series anew where need be, and tell the files whose names begin so."""
    from session_audio.workspace import manifest

    if not (group / manifest.GROUP_FILE).is_file():
        raise SessionAudioError(
            f"{group.name} has no {manifest.GROUP_FILE}", hint="Name a group's folder."
        )
    from session_audio.flow import results
    from session_audio.flow.stages import reporting

    sessions = results.sessions_of(group)
    for error in sessions.left_out:
        click.echo(f"session-audio: {error}", err=True)
    wrote = reporting.series(group)
    if not wrote and not sessions.left_out:
        raise SessionAudioError(
            f"no session of {group.name} has a result", hint=f"session-audio run {group}"
        )
    unrun = [r.session.id for r in sessions.runs if r not in sessions.finished]
    if unrun:
        click.echo(f"left out, not run yet: {', '.join(unrun)}", err=True)
    for path in wrote:
        if path.name.startswith(only):
            click.echo(path)
    sys.exit(exit_code(error.status for error in sessions.left_out))


@click.command()
@click.argument("folder", type=PATH)
@reported
@with_settings
def overview(folder: Path) -> None:
    """Write one page over all the groups in FOLDER, for one who supervises them.

    A row a group: its last session, what is open, who fades, who came; each leads to the group's
    own page.  The page holds names: write it again after a consent was withdrawn.

    \b
    session-audio overview groups
        writes groups/overview.html and .pdf
    """
    from session_audio.flow.supervision import overview as write

    done = write(folder)
    for error in done.left_out:
        click.echo(f"session-audio: {error}", err=True)
    for path in done.paths:
        click.echo(path)
    sys.exit(exit_code(error.status for error in done.left_out))


@click.command()
@click.argument("session", type=PATH)
@click.argument("moment", required=False)
@click.option("--by", default="", metavar="WHO", help="Who closes it, as the ledger shows it.")
@click.option("--note", default="", help="Why; it stands in the ledger of the report.")
@click.option("--reopen", is_flag=True, help="Take the closing back.")
@reported
def close(session: Path, moment: str | None, by: str, note: str, reopen: bool) -> None:
    """Close a candidate strain of SESSION, once a person has seen to it.

    Software never does.  Without MOMENT it lists what the session has.  What is closed is kept in
    the session's review.json, and the group's series is drawn anew.

    \b
    session-audio close tuesday/2026-03-10
    session-audio close tuesday/2026-03-10 rupture-P02-89.7 --by RK --note "talked about"
    """
    from session_audio.flow import supervision
    from session_audio.flow.stages import reporting

    if moment is None:
        for strain in supervision.strains(session):
            click.echo(f"{strain.moment}  {strain.state}")
        return
    if reopen:
        supervision.reopen(session, moment)
    else:
        supervision.close(session, moment, by=by, note=note)
    group = session.resolve().parent
    noted(group, "close", session=session.resolve().name, moment=moment, reopened=reopen)
    reporting.series(group)
    click.echo(f"{moment}: {'open again' if reopen else 'closed'}")
