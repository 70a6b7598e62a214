"""Writes the reports: content, set as HTML and PDF, each taking its place in one step."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from urllib.parse import quote

from session_audio.errors import StoreError
from session_audio.files import write_bytes
from session_audio.report.elements import Report
from session_audio.report.member import member_report
from session_audio.report.output.pdf import pdf
from session_audio.report.output.render import drawn, html
from session_audio.report.overview import NAME as OVERVIEW
from session_audio.report.overview import GroupRow, overview_report
from session_audio.report.series.before import before_report
from session_audio.report.series.content import series_report
from session_audio.report.session import session_report
from session_audio.schema import SessionResult, SessionSummary
from session_audio.series.ledger import Closing
from session_audio.settings import ReportSettings


def write_session_report(
    result: SessionResult,
    folder: Path,
    *,
    settings: ReportSettings,
    history: Sequence[SessionSummary] = (),
    sound: Path | None = None,
    label: str = "",
) -> list[Path]:
    """Write ``report.html`` and ``report.pdf`` of one session into `folder`.

    Parameters
    ----------
    result : SessionResult
        What the flow found.
    folder : Path
        Where to write; made when it is not there.
    settings : ReportSettings
        Language, names or pseudonyms, paper, thresholds.
    history : sequence of SessionSummary
        Earlier sessions of the group, for comparison.
    sound : Path, optional
        The sound to play, at the session's own time; left out when it is not a file, and with
        pseudonyms.
    label : str, optional
        Added to the files' names (``report-LABEL.html``) where reports of several sessions lie
        in one folder.

    Returns
    -------
    list of Path
        The files written.

    Raises
    ------
    StoreError
        When they cannot be written.
    """
    heard = sound is not None and sound.is_file() and not settings.pseudonyms
    url = url_from(folder, sound) if sound and heard else ""
    report = session_report(result, settings, history, url)
    return write(report, folder, named("report", label))


def write_group_report(
    results: Sequence[SessionResult],
    folder: Path,
    settings: ReportSettings,
    label: str = "",
    *,
    closings: Mapping[str, Sequence[Closing]] | None = None,
    reports: Mapping[str, Path] | None = None,
    sounds: Mapping[str, Path] | None = None,
) -> list[Path]:
    """Write a group's series (``series``) and the half page before its next session (``brief``).

    Each as HTML and PDF, into `folder`.

    Parameters
    ----------
    results : sequence of SessionResult
        The group's sessions, in any order; without any, nothing is written.
    folder : Path
        Where to write.
    settings : ReportSettings
        Language, names or pseudonyms, paper, false discovery rate.
    label : str, optional
        Added to the files' names.
    closings : mapping of str to sequence of Closing, optional
        What people closed, by the session's id.
    reports : mapping of str to Path, optional
        Reports of the sessions that the pages link to, by the session's id.
    sounds : mapping of str to Path, optional
        Copies of the sessions' sound that the pages play, by the session's id; none with
        pseudonyms.
    """
    if not results:
        return []

    def there(files: Mapping[str, Path] | None) -> dict[str, str]:
        return {id: url_from(folder, path) for id, path in (files or {}).items() if path.is_file()}

    urls, heard = there(reports), {} if settings.pseudonyms else there(sounds)
    series = series_report(results, settings, closings, urls, heard)
    before = before_report(results, settings, closings, urls, heard)
    return [
        *write(series, folder, named("series", label)),
        *write(before, folder, named("brief", label)),
    ]


def write_overview(
    groups: Sequence[GroupRow], folder: Path, settings: ReportSettings, without: Sequence[str] = ()
) -> list[Path]:
    """Write ``overview.html`` and ``overview.pdf`` over several groups into `folder`.

    Parameters
    ----------
    groups : sequence of GroupRow
    folder : Path
        Where to write.
    settings : ReportSettings
        Language and paper.
    without : sequence of str
        Names of the groups' folders that have no result.
    """
    return write(overview_report(groups, settings, without), folder, OVERVIEW)


def write_member_report(
    results: SessionResult | Sequence[SessionResult],
    participant: str,
    folder: Path,
    settings: ReportSettings,
    label: str = "",
) -> list[Path]:
    """Write ``member-ID.html`` and ``member-ID.pdf``, one member's own report.

    Parameters
    ----------
    results : SessionResult or sequence of SessionResult
        One session or several of one group.
    participant : str
        Id of the member.
    folder : Path
        Where to write.
    settings : ReportSettings
        Language, names or pseudonyms, from how many people aggregates are shown.
    label : str, optional
        Added to the files' names.

    Raises
    ------
    ManifestError
        When the roster has no such id.
    """
    several = (results,) if isinstance(results, SessionResult) else tuple(results)
    if not several:
        return []
    safe = "".join(char if char.isalnum() else "-" for char in participant)
    report = member_report(several, participant, settings)
    return write(report, folder, named(f"member-{safe}", label))


def named(stem: str, label: str) -> str:
    """A file's name without its ending."""
    return f"{stem}-{label}" if label else stem


def url_from(folder: Path, file: Path) -> str:
    """`file` as a link from `folder`."""
    try:
        return quote(Path(os.path.relpath(file.resolve(), folder.resolve())).as_posix())
    except ValueError:  # another drive (Windows)
        return file.resolve().as_uri()


def write(report: Report, folder: Path, name: str) -> list[Path]:
    """Set `report` and write it as ``name.html`` and ``name.pdf``."""
    drawings = drawn(report)
    return [
        replace(folder / f"{name}.html", html(report, drawings).encode("utf-8")),
        replace(folder / f"{name}.pdf", pdf(report, drawings)),
    ]


def replace(path: Path, content: bytes) -> Path:
    """Write `content` as `path`, whole or not at all."""
    try:
        write_bytes(path, content)
    except StoreError as error:
        raise error.located(stage="report") from None
    return path
