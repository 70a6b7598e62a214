"""Reports set once more from what the sessions left: for a member, or for somewhere else."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from session_audio import report as reporting
from session_audio.errors import SessionAudioError
from session_audio.flow import artefacts as results
from session_audio.flow.run import Run, open_run
from session_audio.settings import ReportSettings
from session_audio.workspace import consent, manifest, store


def write_again(
    folder: Path,
    *,
    to: Path | None = None,
    member: str | None = None,
    pseudonyms: bool | None = None,
    language: str | None = None,
) -> list[Path]:
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

    Returns
    -------
    list of Path
        The files written.

    Raises
    ------
    ConsentError
        When consent no longer stands.
    SessionAudioError
        When the sessions were not run.
    """
    runs = finished(folder)
    for run in runs:
        consent.admit(run.session, consent.today())
    wanted = runs[-1].settings.report
    if pseudonyms is None:
        pseudonyms = wanted.pseudonyms or (to is not None and member is None)
    settings = replace(wanted, pseudonyms=pseudonyms, language=language or wanted.language)
    target = to or folder / store.OUT
    label = "" if to is None else label_of(runs[0], whole_group=is_group(folder))
    if member is not None:
        return reporting.write_member_report(
            [results.result(run) for run in runs], member, target, settings, label
        )
    if is_group(folder):
        several = [results.result(r) for r in runs]
        return reporting.write_group_report(several, target, settings, label)
    return session(runs[0], target, settings, label)


def label_of(run: Run, *, whole_group: bool) -> str:
    """What tells the files of a group, or of one of its sessions, from those of others."""
    group = run.session.group.id
    return group if whole_group else f"{group}-{run.session.id}"


def session(run: Run, target: Path, settings: ReportSettings, label: str = "") -> list[Path]:
    """The report of one session in `target`."""
    recordings = run.session.recordings
    return reporting.write_session_report(
        results.result(run),
        target,
        settings=settings,
        history=results.history(run),
        audio=recordings[0].file if recordings else None,
        label=label,
    )


def is_group(folder: Path) -> bool:
    """Whether `folder` is a group's."""
    return (folder / manifest.GROUP_FILE).is_file()


def finished(folder: Path) -> list[Run]:
    """The sessions of `folder` that have a report, in order of date."""
    opened = list(results.sessions_of(folder)) if is_group(folder) else [open_run(str(folder))]
    runs = [run for run in opened if run.store.record("report") is not None]
    if not runs:
        raise SessionAudioError(
            f"{folder.name} has no report yet", hint=f"session-audio run {folder}"
        )
    return sorted(runs, key=lambda run: run.session.date)
