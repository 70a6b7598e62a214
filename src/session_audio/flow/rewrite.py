"""Reports set once more from what the sessions left: for a member, or for somewhere else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from session_audio.errors import ConsentError, SessionAudioError
from session_audio.flow import results
from session_audio.flow.context import Context
from session_audio.flow.session import SessionRun, open_run
from session_audio.flow.stages.reporting import (
    closings_of,
    reports_of,
    sound_beside,
    sounds_of,
)
from session_audio.report import write_group_report, write_member_report, write_session_report
from session_audio.schema import Group
from session_audio.settings import ReportSettings
from session_audio.workspace import consent, manifest, store
from session_audio.workspace.folders import look


@dataclass(frozen=True)
class Rewritten:
    """The files written, and the sessions of a group that are not in them."""

    paths: list[Path]
    left_out: tuple[SessionAudioError, ...] = ()


def write_again(
    folder: Path,
    *,
    to: Path | None = None,
    member: str | None = None,
    pseudonyms: bool | None = None,
    language: str | None = None,
    context: Context | None = None,
) -> Rewritten:
    """Write a report anew; no model is run and nothing is measured again.

    Parameters
    ----------
    folder : Path
        A session, or a group for its series.
    to : Path, optional
        Where to write; the folder's own ``out`` when not given.  Files written elsewhere carry
        the group's and the session's id (``report-tuesday-2026-03-10.html``), so that reports
        of several sessions can lie in one folder.
    member : str, optional
        Id of a member: their own report in place of the session's or the group's.
    pseudonyms : bool, optional
        Codes in place of names.  When not given: codes in what is written elsewhere, as the
        settings say in ``out``; a member's own report keeps the member's own name.
    language : str, optional
        Language of the report; that of the settings when not given.
    context : Context, optional
        The one in force when not given.

    Returns
    -------
    Rewritten

    Raises
    ------
    ConsentError
        When consent no longer stands, or somebody who would be in it does not consent to
        what is written (``leaving``, ``member_report``); of a group's sessions it is told in
        what is returned.
    SessionAudioError
        When the sessions were not run, or `folder` is neither a session nor a group.
    """
    look(folder)
    if is_group(folder):
        sessions = results.sessions_of(folder, context)
        runs, left_out = sessions.finished, sessions.left_out
    else:
        runs = tuple(r for r in (open_run(folder, context),) if r.store.record(results.LAST))
        left_out = ()
    runs, refused = _allowed(runs, to, member)
    left_out = (*left_out, *refused)
    if refused and not is_group(folder):
        raise refused[0]
    if not runs and not left_out:
        raise SessionAudioError(
            f"{folder.name} has no report yet", hint=f"session-audio run {folder}"
        )
    if not runs:
        return Rewritten([], left_out)
    wanted = runs[-1].settings.report
    if pseudonyms is None:
        pseudonyms = wanted.pseudonyms or (to is not None and member is None)
    settings = replace(wanted, pseudonyms=pseudonyms, language=language or wanted.language)
    target = to or folder / store.OUT
    label = "" if to is None else label_of(runs[0], whole_group=is_group(folder))
    if pseudonyms:
        label = without_names(label, runs[0].session.group)
    if member is not None:
        paths = write_member_report(
            [results.result(run) for run in runs], member, target, settings, label
        )
    elif is_group(folder):
        several = [results.result(r) for r in runs]
        own = target.resolve() == (folder / store.OUT).resolve()
        paths = write_group_report(
            several,
            target,
            settings,
            label,
            closings=closings_of(runs),
            reports=reports_of(runs) if own else {},  # what goes elsewhere goes without them
            sounds=sounds_of(runs) if own else {},
        )
    else:
        paths = write_session(runs[0], target, settings, label)
    return Rewritten(paths, left_out)


def _allowed(
    runs: Sequence[SessionRun], to: Path | None, member: str | None
) -> tuple[tuple[SessionRun, ...], list[SessionAudioError]]:
    """The sessions that may be in the report, and why the others may not."""
    allowed, refused = list[SessionRun](), list[SessionAudioError]()
    for run in runs:
        policy = run.settings.consent
        try:
            if to is not None and member is None:
                consent.refuse_apart(run.admitted, "leaving", policy, "report")
            if member is not None:
                consent.refuse_apart(run.admitted, "member_report", policy, "report", of=member)
        except ConsentError as error:
            refused.append(error)
        else:
            allowed.append(run)
    return tuple(allowed), refused


def label_of(run: SessionRun, *, whole_group: bool) -> str:
    """What tells the files of a group, or of one of its sessions, from those of others."""
    group = run.session.group.id
    return group if whole_group else f"{group}-{run.session.id}"


def without_names(label: str, group: Group) -> str:
    """`label` for the names of files that leave the clinic: folders may be called after people."""
    return manifest.masked(f"{label}.html", group).removesuffix(".html")


def write_session(
    run: SessionRun, target: Path, settings: ReportSettings, label: str = ""
) -> list[Path]:
    """The report of one session in `target`; what is written elsewhere goes without the sound."""
    beside = target.resolve() == run.store.out.resolve()
    return write_session_report(
        results.result(run),
        target,
        settings=settings,
        history=results.history(run),
        sound=sound_beside(run) if beside else None,
        label=label,
    )


def is_group(folder: Path) -> bool:
    """Whether `folder` is a group's."""
    return (folder / manifest.GROUP_FILE).is_file()
