"""``review``: a session's page made writable, on this machine alone."""

from __future__ import annotations

import getpass
from pathlib import Path

import click

from session_audio.cli.shared import PATH, reported, with_settings

IDLE = 30.0
"""Minutes without a request after which the server ends."""


@click.command()
@click.argument("folder", type=PATH)
@click.option("--by", metavar="NAME", help="Who reviews; the account on this machine if not given.")
@click.option("--open", "open_browser", is_flag=True, help="Open the page in the browser.")
@click.option(
    "--idle",
    type=click.FloatRange(0.05, 24 * 60),
    default=IDLE,
    show_default=True,
    metavar="MINUTES",
    help="End when the page was not used for so long.",
)
@reported
@with_settings
def review(folder: Path, by: str | None, open_browser: bool, idle: float) -> None:
    """Hear a session that was run, and put right what was heard wrongly.

    Serves the session's page on this machine alone (127.0.0.1), made writable: name a voice, give a
    turn to somebody else, mend words, judge the candidate moments.  The link that is printed works
    once.  Everything decided is kept at once in the session's review.json, with who and when;
    Save on the page computes the numbers, the tables and the report.  Ctrl-C ends it.

    \b
    session-audio review tuesday/2026-03-02 --open
    """
    import webbrowser

    from session_audio.flow.context import current
    from session_audio.flow.session import open_run
    from session_audio.review.desk import Desk
    from session_audio.review.recompute import may_review
    from session_audio.review.security import Gate
    from session_audio.review.server import listen, serve

    run = open_run(folder)
    may_review(run)

    def ready(link: str) -> None:
        click.echo(f"{link}\nThe link works once. Ctrl-C ends the review.")
        if open_browser:
            webbrowser.open(link)

    with run.store.locked():
        own = listen()
        gate = Gate(own.getsockname()[1])
        desk = Desk(folder, current(), by or _account(), gate.secret)
        desk.open(lambda stage: click.echo(f"computing: {stage}", err=True))
        try:
            serve(desk, gate, own, idle * 60, ready)
        except KeyboardInterrupt:
            pass
        finally:
            desk.wait()  # what is being computed is written whole
    click.echo(f"The review has ended; {len(desk.journal.operations())} decisions are kept.")


def _account() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):  # no such user, or no user database (Windows)
        return "unknown"
