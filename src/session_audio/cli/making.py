"""``init`` and ``add``: a group of one's own, and its sessions."""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from session_audio.cli.shared import PATH, reported

if TYPE_CHECKING:
    from datetime import date

    from session_audio.flow.adding import Days


@click.command()
@click.argument("group", type=PATH)
@click.option("--name", default="", help="What reports call the group.")
@click.option(
    "--language",
    "languages",
    multiple=True,
    metavar="CODE",
    help="Spoken language: en, de, nl, ...; repeat it where there are several.",
)
@click.option("--therapist", "therapists", multiple=True, metavar="NAME", help="One; repeat it.")
@click.option("--member", "members", multiple=True, metavar="NAME", help="One; repeat it.")
@reported
def init(
    group: Path,
    name: str,
    languages: tuple[str, ...],
    therapists: tuple[str, ...],
    members: tuple[str, ...],
) -> None:
    """Make the folder of a new group, with its roster and nobody's consent.

    Without names it asks for them.  Then open GROUP/group.toml and write down the consent that
    each person gave: nothing is read before that.

    \b
    session-audio init tuesday
    session-audio init tuesday --therapist "Ruth Ardent" --member Maya --member Tom
    """
    from session_audio.flow.adding import write_group

    if not therapists and not members:
        if not sys.stdin.isatty():
            raise click.UsageError("Name the people: --therapist NAME, --member NAME.")
        therapists, members = _asked("Therapist"), _asked("Member")
    path = write_group(group, therapists, members, name, languages)
    click.echo(f"{path}: {len(therapists) + len(members)} people, without consent.")
    click.echo(f"Next: write down who consented to what in {path}, then")
    click.echo(f"      session-audio add {group} RECORDING")


def _asked(who: str) -> tuple[str, ...]:
    names: list[str] = []
    while name := click.prompt(
        f"{who} {len(names) + 1} (Enter ends)", default="", show_default=False
    ):
        names.append(name)
    return tuple(names)


@click.command()
@click.argument("group", type=PATH)
@click.argument("recordings", nargs=-1, required=True, type=PATH, metavar="RECORDING...")
@click.option("--date", "day", type=click.DateTime(["%Y-%m-%d"]), help="Of the session.")
@click.option(
    "--present", metavar="IDS", help="Who was there, as in T01,P02; without it you are asked."
)
@click.option("--session", "name", default="", help="Name of the session's folder; else the date.")
@reported
def add(
    group: Path, recordings: tuple[Path, ...], day: datetime | None, present: str | None, name: str
) -> None:
    """Make sessions of recordings, or one of a meeting platform's folder, with a session.toml.

    The date comes from the name of the file or its folder, and from the file's own record; where
    these differ or say nothing you are asked.  With one recording, a transcript
    (.vtt, .srt, .csv, .json, .txt, .docx), a saved chat (.txt, .sbv) and a diarization (.rttm) of
    the same session may be given beside it.

    Of a folder that Zoom, Teams or Meet saved everything is taken: a track a person (whose it is
    by the file's name), transcript, chat, and who was there by the attendance report.  Consent is
    never taken from it.  The files given stay where they are.

    \b
    session-audio add tuesday "Zoom/2026-03-03 18.00.12 Tuesday group"
    session-audio add tuesday 2026-03-03.m4a
    session-audio add tuesday audio.m4a captions.vtt --date 2026-03-03 --present T01,P01
    """
    from session_audio.flow.adding import days_of, sessions_of, write_session
    from session_audio.workspace.manifest import load_group

    known = load_group(group)
    roster = [str(p.id) for p in known.participants]
    if any(path.is_dir() for path in recordings):
        if len(recordings) > 1:
            raise click.UsageError("Add one folder at a time, by itself.")
        _add_meeting(group, recordings[0], day, present, name)
        return
    sessions = sessions_of(recordings)
    if len(sessions) > 1 and (day or name):
        raise click.UsageError("--date and --session are for one session at a time.")
    for given in sessions:
        when = day.date() if day else _day(days_of(given), given[0])
        here = _present(present, roster, when)
        click.echo(write_session(group, given, when, here, name=name))
    click.echo(f"Next: session-audio check {group}")


def _add_meeting(
    group: Path, folder: Path, day: datetime | None, present: str | None, name: str
) -> None:
    """One session of a platform's folder, and what is left for a person to fill in."""
    from session_audio.flow.adding import days_of, write_meeting
    from session_audio.flow.meeting import look
    from session_audio.workspace.manifest import load_group

    known = load_group(group)
    found = look(folder, known)
    when = day.date() if day else _day(days_of(found.files, folder), folder)
    if present is None and found.minutes and not sys.stdin.isatty():
        present = ",".join(found.present)
    roster = [str(p.id) for p in known.participants]
    here = _present(present, found.present or roster, when)
    here += [who for _, who in found.tracks if who and who not in here]
    made = write_meeting(group, found, when, list(dict.fromkeys(here)), name=name)
    click.echo(made)
    click.echo(f"{len(found.tracks)} tracks, {len(found.room)} recordings of all", nl=False)
    click.echo(f"{', a transcript' if found.transcript else ''}{', a chat' if found.chat else ''}")
    whose = sum(who is None for _, who in found.tracks)
    if whose:
        click.echo(f'To fill in: {whose} times participant = "?" in {made / "session.toml"}')
    if found.strangers:  # on the screen only, as names are
        click.echo(f"Nobody of the roster, in the attendance report: {len(found.strangers)}")
        click.echo("\n".join(f"  {stranger}" for stranger in found.strangers), err=True)
    if found.left:
        click.echo(f"Not taken in: {len(found.left)} files")
    click.echo(f"Next: session-audio check {group} --labels")


def _day(days: Days, path: Path) -> date:
    if days.sure is not None:
        return days.sure
    known = [d for d in (days.named, days.recorded) if d is not None]
    why = f"the name says {known[0]}, the file itself {known[1]}" if known else "nothing tells"
    if not sys.stdin.isatty():
        raise click.UsageError(f"On which day was {path.name}? ({why}) Say it with --date.")
    answer: datetime = click.prompt(
        f"On which day was {path.name}? ({why}; year-month-day)",
        type=click.DateTime(["%Y-%m-%d"]),
        default=str(known[0]) if known else None,
    )
    return answer.date()


def _present(given: str | None, roster: list[str], day: date) -> list[str]:
    if given is None:
        if not sys.stdin.isatty():
            raise click.UsageError("Say who was there: --present T01,P02.")
        given = click.prompt(f"Who was there on {day}? (ids)", default=",".join(roster))
    return [who.strip() for who in str(given).replace(" ", ",").split(",") if who.strip()]
