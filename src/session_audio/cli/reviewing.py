"""``review``: a session's page made writable, on this machine alone."""

from __future__ import annotations

import getpass
from pathlib import Path

import click

from session_audio.cli.serving import hand_out, with_server
from session_audio.cli.shared import PATH, reported, with_settings


@click.command()
@click.argument("folder", type=PATH)
@click.option("--by", metavar="NAME", help="Who reviews; the account on this machine if not given.")
@with_server
@click.option(
    "--learn",
    is_flag=True,
    help="For a trainee: the candidate moments are hidden until their own are marked.",
)
@click.option(
    "--compare",
    "compared",
    type=(PATH, PATH),
    metavar="A.json B.json",
    help="How far two reviewers agree, from their copies of review.json; nothing is served.",
)
@click.option(
    "--merge",
    "merged",
    type=(PATH, PATH),
    metavar="A.json B.json",
    help="Both reviews as one, in the session's review.json; what contradicts is told.",
)
@reported
@with_settings
def review(
    folder: Path,
    by: str | None,
    open_browser: bool,
    idle: float,
    learn: bool,
    compared: tuple[Path, Path] | None,
    merged: tuple[Path, Path] | None,
) -> None:
    """Hear a session that was run, and put right what was heard wrongly.

    Serves the session's page on this machine alone (127.0.0.1), made writable: name a voice, give a
    turn to somebody else, mend words, judge the candidate moments.  The link that is printed works
    once.  Everything decided is kept at once in the session's review.json, with who and when;
    Save on the page computes the numbers, the tables and the report.  Ctrl-C ends it.

    \b
    session-audio review tuesday/2026-03-02 --open
    session-audio review tuesday/2026-03-02 --learn --by Anna
    session-audio review tuesday/2026-03-02 --compare anna.json ben.json
    session-audio review tuesday/2026-03-02 --merge anna.json ben.json
    """
    if bool(compared) + bool(merged) + learn > 1:
        raise click.UsageError("Give one of --learn, --compare and --merge.")
    if compared:
        _compare(folder, *compared)
    elif merged:
        _merge(folder, *merged)
    else:
        _serve(folder, by, open_browser, idle, learn)


def _serve(folder: Path, by: str | None, open_browser: bool, idle: float, learn: bool) -> None:
    from session_audio.flow.context import current
    from session_audio.flow.session import open_run
    from session_audio.review.app import app_of
    from session_audio.review.desk import Desk
    from session_audio.review.learning import LearningDesk
    from session_audio.review.recompute import may_review
    from session_audio.review.security import Gate
    from session_audio.review.server import listen

    run = open_run(folder)
    may_review(run)
    with run.store.locked():
        own = listen()
        gate = Gate(own.getsockname()[1])
        kind = LearningDesk if learn else Desk
        desk = kind(folder, current(), by or _account(), gate.secret)
        desk.open(lambda stage: click.echo(f"computing: {stage}", err=True))
        try:
            hand_out(
                desk, gate, own, app=app_of, idle=idle, open_browser=open_browser, what="the review"
            )
        finally:
            desk.wait()  # what is being computed is written whole
    click.echo(f"The review has ended; {len(desk.journal.operations())} decisions are kept.")


def _compare(folder: Path, one: Path, other: Path) -> None:
    from session_audio.flow.session import open_run
    from session_audio.review import agreement
    from session_audio.review.found import found_of
    from session_audio.review.recompute import may_review

    run = open_run(folder)
    may_review(run)
    decided = agreement.read(one), agreement.read(other)
    for found in agreement.compare(found_of(run), *decided):
        kappa = "n/a" if found.kappa is None else f"{found.kappa:.2f}"
        told = f"{found.kind}: kappa {kappa}, {len(found.differ)} of {found.items} differ"
        click.echo(told)
        for at, a, b in found.differ:
            click.echo(f"  {int(at) // 60}:{int(at) % 60:02d}  {a} / {b}")


def _merge(folder: Path, one: Path, other: Path) -> None:
    from session_audio.flow.session import open_run
    from session_audio.review import agreement

    with open_run(folder).store.locked():
        decided = agreement.read(one), agreement.read(other)
        kept, against = agreement.merged(*decided)
        agreement.put(folder, kept, [*decided[0], *decided[1]])
    click.echo(f"{len(kept)} decisions are in review.json; Save in a review computes the rest.")
    for a, b in against:
        click.echo(
            f"not decided: {a['do']} by {a['by']}, {b['do']} by {b['by']} ({a['id']}, {b['id']})"
        )


def _account() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):  # no such user, or no user database (Windows)
        return "unknown"
