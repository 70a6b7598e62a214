"""``check``, ``run``, ``demo`` and ``trend``: from recordings to reports."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from session_audio.cli import finishing, summary, watching
from session_audio.cli.auditing import noted_runs
from session_audio.cli.shared import PATH, exit_code, reported, with_settings
from session_audio.cli.stopping import Stopped, at_second_request, stop_code, stopping
from session_audio.errors import SessionAudioError, StoreError

if TYPE_CHECKING:
    from session_audio.flow.outcomes import Outcome


@click.command()
@click.argument("folders", nargs=-1, required=True, type=PATH)
@click.option("--json", "as_json", is_flag=True, help="Print for machines.")
@click.option(
    "--labels",
    is_flag=True,
    help="Show the names in transcripts and chats that are nobody's who was present, and the lines "
    "to fill in.  They go to this screen only.",
)
@reported
@with_settings
def check(folders: tuple[Path, ...], as_json: bool, labels: bool) -> None:
    """Check sessions, groups or a folder of groups before a run; change nothing.

    Manifests, roster, consent and the files that a run would read.

    Recordings are opened, not decoded; transcripts and diarizations are read through.

    \b
    session-audio check tuesday
    session-audio check tuesday/2026-03-02
    session-audio check groups  # every group in the folder
    """
    from session_audio.flow.check import check_session
    from session_audio.flow.outcomes import failed, sessions_in

    paths, outcomes = sessions_in(folders)
    for path in paths:
        try:
            outcomes.append(_checked(path, check_session(path)))
        except SessionAudioError as error:
            outcomes.append(failed(str(path), error, 0.0))
    if as_json:
        rows = [{"session": o.session, "status": o.status, "message": o.message} for o in outcomes]
        click.echo(json.dumps(rows, indent=1))
    else:
        for o in outcomes:
            click.echo(f"{o.session:<20} {o.status:<8} {o.message}".rstrip())
    if labels:
        _show_labels(paths)
    sys.exit(exit_code(o.status for o in outcomes))


def _show_labels(paths: Sequence[Path]) -> None:
    """The lines to fill in, on standard error: what is kept of a check holds no names."""
    from session_audio.flow.check import labels_to_fill_in

    for path in paths:
        try:
            lines = labels_to_fill_in(path)
        except SessionAudioError:
            continue  # told by the check
        if lines:
            click.echo(f"\n# {path / 'session.toml'}: fill in the ids", err=True)
            click.echo("\n".join(lines), err=True)


def _checked(path: Path, message: str) -> Outcome:
    from session_audio.flow.outcomes import Outcome

    return Outcome(path.resolve().name, str(path), "ok", 0.0, None, message)


@click.command()
@click.argument("folders", nargs=-1, required=True, type=PATH)
@click.option("--json", "as_json", is_flag=True, help="Print the summary for machines.")
@click.option(
    "--summary",
    "written",
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the summary as FILE too (.html to read, else JSON).",
)
@click.option(
    "--on-finish",
    metavar="COMMAND",
    envvar=finishing.VARIABLE,
    help="Start COMMAND after the run, with the path of the summary (JSON) as its last word.",
)
@click.option(
    "--watch",
    is_flag=True,
    help="Go on: take sessions as they arrive, each once it is whole.  Ctrl-C ends it.",
)
@click.option("--full-speed", is_flag=True, help="Take as much of the computer as it gives.")
@click.option(
    "--until",
    metavar="HH:MM",
    type=click.DateTime(["%H:%M"]),
    help="Begin no stage after this time of day; the same command goes on from there.",
)
@reported
@with_settings
def run(
    folders: tuple[Path, ...],
    as_json: bool,
    written: Path | None,
    on_finish: str | None,
    watch: bool,
    full_speed: bool,
    until: datetime | None,
) -> None:
    """Run the whole flow on sessions, groups or a folder of groups.

    A session that fails or is refused does not stop the others.  Stages whose inputs,
    settings and models are unchanged are skipped, so a stopped run resumes.  It runs at a low
    priority, so that the computer stays usable.

    What became of each session is kept as session-audio-summary.html (and .json) in the group's
    out folder, or in the folder of the groups.

    \b
    session-audio run tuesday/2026-03-02
    session-audio run tuesday thursday
    session-audio run groups  # every group in the folder
    """
    from session_audio.flow.outcomes import sessions_in

    end, command = _next(until), finishing.words_of(on_finish)
    told: list[Outcome] = []

    def batch(sessions: list[Path], bad: Sequence[Outcome]) -> list[Outcome]:
        outcomes = [*bad, *_run(sessions, low_priority=not full_speed, until=end)]
        noted_runs(outcomes)
        told[:] = watching.with_earlier(told, outcomes)
        kept = _kept(told, written)
        finishing.call(command, kept)
        _print(outcomes, as_json)
        return outcomes

    if watch:
        watching.watch(partial(sessions_in, folders), batch, end)
    else:
        sys.exit(exit_code(o.status for o in batch(*sessions_in(folders))))


def _kept(outcomes: Sequence[Outcome], written: Path | None) -> list[Path]:
    """Keep the summary, as `written` too; returns where the one to be told of lies."""
    from session_audio.flow.summary import keep, write

    kept, failed = keep(outcomes)
    for error in failed:
        click.echo(f"session-audio: no summary was kept: {error}", err=True)
    if written is None:
        return kept
    write(written, outcomes)
    return [written]


def _print(outcomes: Sequence[Outcome], as_json: bool) -> None:
    if as_json:
        from dataclasses import asdict

        rows = [{**asdict(o), "seconds": round(o.seconds, 3)} for o in outcomes]
        click.echo(json.dumps(rows, indent=1))
    else:
        summary.show(outcomes)


def _next(clock: datetime | None) -> datetime | None:
    """The next time that the clock shows this hour and minute."""
    if clock is None:
        return None
    now = datetime.now()
    then = now.replace(hour=clock.hour, minute=clock.minute, second=0, microsecond=0)
    return then if then > now else then + timedelta(days=1)


def _run(
    sessions: list[Path], *, low_priority: bool = True, until: datetime | None = None
) -> list[Outcome]:
    from concurrent.futures import ThreadPoolExecutor
    from dataclasses import replace

    from session_audio.flow import outcomes, recordings
    from session_audio.flow.context import current, using
    from session_audio.flow.machine import doubts, step_back
    from session_audio.flow.progress import console_reporter

    folders, context = [str(s) for s in sessions], current()

    def work() -> list[Outcome]:
        with (
            console_reporter() as reporter,
            using(replace(context, reporter=reporter, until=until)),
        ):
            known = outcomes.settled(folders)
            if known is not None:
                return known
            if low_priority:
                step_back()
            for need in recordings.needed_by(folders):
                click.echo(f"session-audio: {need}", err=True)
            for doubt in doubts():
                click.echo(f"session-audio: {doubt}", err=True)
            server.begin()
            from pipelines import group

            return group.run(folders)

    from pipelines import server

    server.prepare_prefect()
    # In a thread of its own, where Prefect cannot put its handlers in place of ours.
    with stopping(_end_at_once), ThreadPoolExecutor(1) as pool:
        return pool.submit(work).result()


def _end_at_once(number: int) -> None:
    """End without asking: models run in threads that cannot be asked to stop.

    Stages write under temporary names, so nothing half-written is taken for whole; what lies
    under such a name is removed.  Who asks a second time is not kept waiting for that.
    """
    from pipelines.server import stop_server
    from session_audio.files import hold_still
    from session_audio.workspace.store import clean_held

    code = stop_code(Stopped(number))
    at_second_request(partial(os._exit, code))
    try:
        with suppress(OSError):  # the terminal may be gone
            click.echo(
                "\nsession-audio: stopped. What was done is kept; the same command goes on from "
                "there.",
                err=True,
            )
        # What the threads say while they are cut off is of no use to anybody.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
        stop_server()
        hold_still()
        clean_held()
    finally:
        os._exit(code)


@click.command()
@click.option(
    "--into",
    type=PATH,
    default=Path("session-audio-demo"),
    show_default=True,
    help="Folder that the sample group is copied to.",
)
@click.option(
    "--consent",
    is_flag=True,
    help="Another group in its place: six short sessions, each with another consent missing.",
)
@reported
def demo(into: Path, consent: bool) -> None:
    """Run the sample group, from sound to reports.

    Four weekly sessions of an invented group are copied into a folder, their voices are
    enrolled, and the whole flow is run.  Run it again and it goes on where it stopped.

    With --consent, what becomes of a session for want of one: words left out, somebody left
    out, no candidate moments, a voice on nobody's list, and a session that is refused.
    """
    from session_audio import resources
    from session_audio.workspace import manifest
    from session_audio.workspace.folders import find_sessions

    group = into / ("thursday" if consent else "tuesday")
    if not (group / manifest.GROUP_FILE).is_file():
        click.echo(f"Copying the sample group to {into}", err=True)
        _copy_samples(resources.samples_folder(), into, group.name)
    _enroll_samples(group, into / "voices")
    outcomes = _run(find_sessions(group))
    summary.show(outcomes)
    if consent:  # the refusal is what it shows
        outcomes = [o for o in outcomes if o.status != "refused"]
    sys.exit(exit_code(o.status for o in outcomes))


def _copy_samples(samples: Path, into: Path, group: str = "tuesday") -> None:
    """Copy what the demo reads; the group appears last, and whole."""
    import shutil

    from session_audio.files import explained, put
    from session_audio.permissions import new_folder, restrict_all

    without = shutil.ignore_patterns("out", "scripts", "*.py")
    part = into / f".{group}.part"
    try:
        shutil.rmtree(part, ignore_errors=True)
        new_folder(into)
        shutil.copytree(samples / "voices", into / "voices", dirs_exist_ok=True)
        shutil.copytree(samples / group, part, ignore=without)
        for copied in (part, into / "voices"):
            restrict_all(copied)
        put(part, into / group)
    except shutil.Error as several:
        shutil.rmtree(part, ignore_errors=True)
        raise StoreError(f"{into} could not be written ({several.args[0][0][2]})") from None
    except OSError as error:
        raise explained(error, into) from None


def _enroll_samples(group: Path, clips: Path) -> None:
    """Enrol everybody of the sample group who consents to it from the clip that comes with it."""
    from datetime import date

    from session_audio.flow.enrol import enrol_clip, is_enrolled
    from session_audio.workspace.consent import consents
    from session_audio.workspace.manifest import load_group

    today = date.today()
    for person in load_group(group).participants:
        clip = clips / f"{person.id}.flac"
        if consents(person, "voiceprint", today, today) and not is_enrolled(group, person.id):
            enrol_clip(group, person.id, clip)
            click.echo(f"enrolled {person.id}", err=True)
