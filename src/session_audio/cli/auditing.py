"""``audit``, and the lines that the other verbs add to a group's log."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from session_audio.cli.shared import PATH, reported
from session_audio.errors import SessionAudioError

if TYPE_CHECKING:
    from session_audio.flow.outcomes import Outcome


def noted(group: Path, verb: str, **facts: object) -> None:
    """Add a line to the log of `group`; one that cannot be added is told and stops nothing."""
    from session_audio.workspace import audit

    try:
        audit.note(group, verb, facts)
    except SessionAudioError as error:
        click.echo(f"session-audio: not in the log: {error}", err=True)


def noted_runs(outcomes: Iterable[Outcome]) -> None:
    """A line for each session that a run did something with, or that was refused."""
    from session_audio.workspace.manifest import GROUP_FILE

    for o in outcomes:
        group = Path(o.folder).resolve().parent
        if o.status != "skipped" and (group / GROUP_FILE).is_file():
            noted(group, "run", session=o.session, status=o.status, consent=_consent(o))


def _consent(outcome: Outcome) -> dict[str, object] | None:
    """On what consent the run of a session rested; None where it was refused or failed."""
    from session_audio.flow.session import open_run

    if outcome.status != "done":
        return None
    try:
        admission = open_run(outcome.folder).admitted.admission
    except SessionAudioError:
        return None
    return {
        "judged_on": admission.on.isoformat(),
        "purposes": list(admission.purposes),
        "off": list(admission.off),
        "people": len(admission.people),
        "left_out": len(admission.left_out),
        "without_words": len(admission.without_words),
    }


@click.command()
@click.argument("group", type=PATH)
@reported
def audit(group: Path) -> None:
    """Check the log of GROUP: who ran, enrolled, exported and forgot what, and when.

    GROUP/audit.jsonl holds a line a time, each with a hash of itself and of the line before.
    Exit code 1 where a line was changed, moved or removed.  Lines taken off the end cannot be
    told: note the last hash elsewhere now and then.
    """
    from session_audio.workspace.audit import verify

    found = verify(group)
    if found.broken is not None:
        click.echo(f"line {found.broken} of {found.lines} is not as it was written")
        sys.exit(1)
    click.echo(f"{found.lines} lines, all as they were written; the last hash is {found.last}")
