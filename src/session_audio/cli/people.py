"""``enroll``: keep a consented voice embedding, so that a member is known in every session."""

from __future__ import annotations

from pathlib import Path

import click

from session_audio.cli.shared import PATH, reported


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
    click.echo(f"{participant} is enrolled: {path}")
