"""``enroll`` and ``forget``: keep a consented voice, and take a member out of everything."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from session_audio.cli.auditing import noted
from session_audio.cli.shared import PATH, reported

if TYPE_CHECKING:
    from session_audio.flow.forget import Forgotten


@click.command()
@click.argument("group", type=PATH)
@click.argument("participant")
@click.argument("clip", type=PATH, required=False)
@click.option("--session", type=PATH, help="Take the voice from this session instead of a clip.")
@click.option("--voice", help="With --session: the diarizer's label, as the report shows it (S02).")
@reported
def enroll(
    group: Path, participant: str, clip: Path | None, session: Path | None, voice: str | None
) -> None:
    """Keep a voice, so that a member is known in every session.

    Only for a participant who consented to a voiceprint.  What is kept is an embedding
    (numbers) in GROUP/voices, never sound.  CLIP holds one person talking, best for half
    a minute.  Delete the file in GROUP/voices to forget the voice.

    \b
    session-audio enroll tuesday P03 p03.wav
    session-audio enroll tuesday P03 --session tuesday/2026-03-02 --voice S02
    """
    if (clip is None) == (session is None):
        raise click.UsageError("Give a CLIP, or --session with --voice.")
    if (session is None) != (voice is None):
        raise click.UsageError("--session and --voice go together.")
    from session_audio.flow.enrol import enrol_clip, enrol_from_session

    if clip is not None:
        path = enrol_clip(group, participant, clip)
    else:
        assert session is not None and voice is not None
        path = enrol_from_session(group, participant, session, voice)
    noted(group, "enroll", participant=participant)
    click.echo(f"{participant} is enrolled: {path}")


@click.command()
@click.argument("group", type=PATH)
@click.argument("participant")
@click.option(
    "--silence",
    is_flag=True,
    help="Silence their voice in the recordings, and delete their own tracks.  No way back.",
)
@click.option("--yes", is_flag=True, help="Do not ask.")
@reported
def forget(group: Path, participant: str, silence: bool, yes: bool) -> None:
    """Take one participant out of GROUP, in every session.

    Removed: all results of the sessions in which they were, the series, their voice profile,
    what they wrote and answered, their name, and Prefect's records.  It says first what it
    would do.

    With --silence, `session-audio run GROUP` then makes the results anew without them.  Without
    it, or where it cannot be done, the recording still holds them, and the session is refused.

    What others said of them stays.  Copies elsewhere, and backups, are yours to delete.

    \b
    session-audio forget tuesday P03 --silence
    """
    from pipelines.server import drop_records
    from session_audio.flow.forget import forget as take_out

    today = date.today()
    would = take_out(group, participant, silenced=silence, on=today, dry=True)
    if not yes:
        _say(would, "would be removed")
        click.confirm("Go on?", abort=True)
    done = take_out(group, participant, silenced=silence, on=today)
    noted(group, "forget", participant=participant, sessions=done.sessions, silenced=silence)
    _say(done, "removed")
    if not drop_records():
        click.echo("A run is at work: Prefect's records stay. Try again when it has ended.")


def _say(done: Forgotten, removed: str) -> None:
    click.echo(f"{done.participant}: in {len(done.sessions)} sessions; files {removed}: ", nl=False)
    click.echo(done.files_removed)
    for session, seconds in done.silenced.items():
        click.echo(f"{session}: {seconds:.1f} s silenced")
    for session, why in done.left.items():
        click.echo(f"{session}: the recording still holds them ({why})")
    for file in done.still_named:
        click.echo(f"{file}: their name stands in it still; a new run may end that, or look at it")
