"""``retain``, ``privacy-check`` and ``proof``: how long what is kept, and that it is kept well."""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from session_audio.cli.auditing import noted
from session_audio.cli.shared import PATH, reported

if TYPE_CHECKING:
    from session_audio.flow.retain import Retained


@click.command()
@click.argument("group", type=PATH)
@click.option("--dry-run", is_flag=True, help="Only say what would be done.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@reported
def retain(group: Path, dry_run: bool, yes: bool) -> None:
    """Remove from GROUP what has been kept long enough.

    How long is said under [retention] in the group's settings.toml, in days after the session.
    By default the decoded sound goes at once: it is made again from the recording where it is
    needed, and nothing else is computed again.  Recordings and results whose time is over are
    told: they are yours to delete.  It says first what it would do.

    \b
    session-audio retain tuesday --dry-run
    """
    from session_audio.flow.retain import retain as apply

    today = date.today()
    would = apply(group, today, dry=True)
    if dry_run or not yes or not would.sounds:
        _say(would, "would be removed")
    if dry_run or not would.sounds:
        return
    if not yes:
        click.confirm("Go on?", abort=True)
    done = apply(group, today)
    noted(group, "retain", sounds=done.sounds, bytes=done.bytes)
    _say(done, "removed")


def _say(done: Retained, removed: str) -> None:
    files = sum(done.sounds.values())
    click.echo(
        f"decoded sound {removed}: {files} files of {len(done.sounds)} sessions, "
        f"{done.bytes / 1e6:.0f} MB"
    )
    for session in done.recordings_due:
        click.echo(f"{session}: the recording is older than retention.recordings; delete it")
    for session in done.results_due:
        click.echo(
            f"{session}: the results are older than retention.results; delete its folder out"
        )


@click.command("privacy-check")
@click.argument("group", type=PATH)
@reported
def privacy_check(group: Path) -> None:
    """Look whether what docs/privacy.md promises holds for GROUP on this machine.

    Consent, voice profiles, file modes, encryption, telemetry, connections, weights, retention,
    what stopped runs left, and the log; each with the duty that it serves.  Nothing is changed.
    Exit code 1 where one does not hold.  Disk encryption, accounts and backups are yours to look
    at.
    """
    from session_audio.flow.duties import check_all
    from session_audio.flow.proof import table

    checks = check_all(group, date.today())
    click.echo(table(checks))
    if not all(check.holds for check in checks):
        sys.exit(1)


@click.command()
@click.argument("group", type=PATH)
@click.option("--to", type=PATH, required=True, help="The ZIP file to write.")
@reported
def proof(group: Path, to: Path) -> None:
    """Pack what shows how GROUP is kept, for an ethics board: one ZIP file, no names, no words.

    It holds what privacy-check found, who consented to what (by id), versions and hashes of code
    and weights, the bill of materials, the settings, where each result came from, and the log.
    """
    from session_audio.flow.proof import write_proof

    noted(group, "proof")
    checks = write_proof(group, to, date.today())
    failed = [check.name for check in checks if not check.holds]
    click.echo(to)
    if failed:
        click.echo(f"Some checks do not hold, and it says so: {', '.join(failed)}", err=True)
