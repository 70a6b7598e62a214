"""``encrypt``, ``decrypt``, ``view``: what a group keeps, encrypted at rest, read all the same."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from session_audio.cli.auditing import noted
from session_audio.cli.serving import hand_out, with_server
from session_audio.cli.shared import PATH, reported
from session_audio.errors import SessionAudioError

if TYPE_CHECKING:
    from session_audio.encryption.keys import Source
    from session_audio.flow.encrypt import Encrypted


@click.command()
@click.argument("group", type=PATH)
@click.option(
    "--key-file", type=PATH, help="The file with the key, outside GROUP; made where it is missing."
)
@click.option("--keyring", metavar="NAME", help="The key's name in the system's keyring.")
@click.option("--key-command", metavar="COMMAND", help="A command that prints the key.")
@click.option(
    "--recordings", is_flag=True, help="Recordings, and transcripts and chats you brought, too."
)
@click.option("--rotate", is_flag=True, help="Change the group's key to the one named.")
@click.option(
    "--anew", is_flag=True, help="With --rotate: also write every file anew, by new keys."
)
@reported
def encrypt(
    group: Path,
    key_file: Path | None,
    keyring: str | None,
    key_command: str | None,
    recordings: bool,
    rotate: bool,
    anew: bool,
) -> None:
    """Encrypt what GROUP keeps: results, reports, sound beside them, voices, corrections.

    All that is written afterwards is encrypted too, and every verb works as before; `view` shows a
    report.  Manifests, the log and the names of files stay in the clear.  Where the key is is noted
    for this user on this machine alone: name it again on another, or when it was moved.

    Keep a copy of the key apart, and one of GROUP's encryption.json: without both nobody can read
    what is encrypted.

    \b
    session-audio encrypt tuesday --key-file /media/stick/tuesday.key
    session-audio encrypt tuesday --keyring tuesday --recordings
    session-audio encrypt tuesday --key-command "pass show tuesday"
    session-audio encrypt tuesday --rotate --key-file /media/stick/tuesday-2027.key
    """
    from session_audio.flow import encrypt as work

    source = _source(key_file, keyring, key_command)
    if rotate and source is None:
        raise click.UsageError("--rotate needs the new key: --key-file, --keyring, --key-command.")
    if anew and not rotate:
        raise click.UsageError("--anew goes with --rotate.")
    if rotate and source is not None:
        done = work.rotate(group, source, anew=anew)
    else:
        done = work.encrypt(group, source, brought=recordings)
    noted(group, "encrypt", key=done.key, files=done.files, rotated=rotate, recordings=recordings)
    if done.made:
        click.echo(f"A new key was made ({done.key}). Keep a copy of it apart from {group.name}.")
    click.echo(f"{group.name} is encrypted by the key {done.key}; {done.files} files were written.")
    if done.stays_clear:
        click.echo(f"in the clear, as it cannot be read otherwise: {', '.join(done.stays_clear)}")
    _told(done, "encrypt")


@click.command()
@click.argument("path", type=PATH)
@click.option("--to", type=PATH, help="With a file as PATH: where to write it in the clear.")
@reported
def decrypt(path: Path, to: Path | None) -> None:
    """Write what a group keeps in the clear again; with --to, one file alone.

    PATH is a group that is no longer to be encrypted, or one encrypted file.

    \b
    session-audio decrypt tuesday
    session-audio decrypt tuesday/2026-03-02/out/report.pdf --to ~/print.pdf
    """
    from session_audio.encryption.covered import group_of
    from session_audio.flow import encrypt as work

    if to is not None:
        work.in_the_clear(path, to)
        group = group_of(path)
        if group is not None:
            noted(group, "decrypt", file=path.resolve().relative_to(group).as_posix())
        click.echo(to)
        return
    if path.is_file():
        raise click.UsageError("Name with --to where the file is to be written in the clear.")
    done = work.decrypt(path)
    noted(path, "decrypt", key=done.key, files=done.files)
    click.echo(f"{done.files} files of {path.name} were written in the clear.")
    _told(done, "decrypt")


@click.command()
@click.argument("path", type=PATH)
@with_server
@reported
def view(path: Path, open_browser: bool, idle: float) -> None:
    """Show the reports of an encrypted group in the browser.

    PATH is a group (its series is shown), a session (its report), or one file in a folder out.
    They are handed out on this machine alone (127.0.0.1), decrypted as they are sent and written
    nowhere.  The link that is printed works once.  Ctrl-C ends it.

    \b
    session-audio view tuesday/2026-03-02 --open
    """
    from session_audio.flow.context import current
    from session_audio.review.security import Gate
    from session_audio.review.server import listen
    from session_audio.review.viewing import app_of, shelf_of

    shelf = shelf_of(path, current())
    own = listen()
    gate = Gate(own.getsockname()[1])
    noted(shelf.group, "view", file=shelf.first.relative_to(shelf.group).as_posix())
    hand_out(shelf, gate, own, app=app_of, idle=idle, open_browser=open_browser, what="it")


def _source(file: Path | None, keyring: str | None, command: str | None) -> Source | None:
    from session_audio.encryption.keys import Source

    given = [
        *([Source("file", str(file.absolute()))] if file else []),
        *([Source("keyring", keyring)] if keyring else []),
        *([Source("command", command)] if command else []),
    ]
    if len(given) > 1:
        raise click.UsageError("Give one of --key-file, --keyring and --key-command.")
    return given[0] if given else None


def _told(done: Encrypted, verb: str) -> None:
    """Say what stayed as it was; then the verb failed."""
    for error in done.left:
        click.echo(f"session-audio: {error}", err=True)
    if done.left:
        click.echo(f"These stayed as they were; `session-audio {verb}` goes on there.", err=True)
        sys.exit(SessionAudioError.exit_code)
