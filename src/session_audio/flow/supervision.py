"""What one who supervises does: look over several groups, close a strain or open it again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from session_audio.encryption import covered
from session_audio.errors import FormatError, ManifestError, SessionAudioError, StoreError
from session_audio.flow import results
from session_audio.flow.context import Context
from session_audio.flow.session import open_run
from session_audio.flow.stages.reporting import closings_of
from session_audio.report import write_overview
from session_audio.report.output.writing import url_from
from session_audio.report.overview import GroupRow
from session_audio.report.series.page import SeriesPage
from session_audio.series import ledger
from session_audio.series.ledger import Closing, Strain
from session_audio.series.trends import series as across
from session_audio.workspace import store
from session_audio.workspace.folders import groups_in
from session_audio.workspace.manifest import GROUP_FILE


@dataclass(frozen=True)
class Overviewed:
    """The files written, and the sessions that are not in them."""

    paths: list[Path]
    left_out: tuple[SessionAudioError, ...]


def overview(folder: Path, context: Context | None = None) -> Overviewed:
    """Write the page over the groups that lie in `folder`, into `folder`.

    Groups without a result are named in it.  Sessions whose consent does not stand are left out,
    as they are from a group's series.

    Raises
    ------
    ManifestError
        When no group lies in `folder`.
    StoreError
        When all of them are encrypted; one that is, is left out.
    """
    groups = groups_in(folder)
    if groups == [folder]:
        raise ManifestError(
            f"no group lies in {folder.resolve().name}",
            stage="report",
            hint=f"Name the folder that holds the groups' folders, each with a {GROUP_FILE}.",
        )
    rows, without, left_out = [], [], list[SessionAudioError]()
    encrypted = list[SessionAudioError]()
    settings = None
    for group in groups:
        if covered.of(group) is not None:
            encrypted.append(_would_lie_open(group))
            continue
        sessions = results.sessions_of(group, context)
        left_out += sessions.left_out
        runs = sessions.finished
        if not runs:
            without.append(group.name)
            continue
        settings = runs[-1].settings.report
        page = SeriesPage.of([results.result(r) for r in runs], settings, closings_of(runs))
        url = url_from(folder, group / store.OUT / "series.html")
        rows.append(GroupRow(page, url, len(sessions.left_out) + len(sessions.runs) - len(runs)))
    if settings is None and encrypted:
        raise encrypted[0]
    if settings is None:
        raise SessionAudioError(
            f"no group in {folder.resolve().name} has a result",
            hint=f"session-audio run {folder}",
        )
    return Overviewed(write_overview(rows, folder, settings, without), (*encrypted, *left_out))


def _would_lie_open(group: Path) -> SessionAudioError:
    return StoreError(
        f"{group.name} is encrypted; the overview, which lies in no group, would hold its names in "
        "the clear",
        hint=f"It is left out: session-audio view {group.name} shows it.",
    )


def strains(session: Path, context: Context | None = None) -> list[Strain]:
    """The ledger of one session: every candidate rupture, as it stands alone.

    Raises
    ------
    SessionAudioError
        When the session has no result, or is no session.
    """
    run = open_run(session, context)
    if run.store.record(results.LAST) is None:
        raise SessionAudioError(
            "it has no result yet", session=run.session.id, hint=f"session-audio run {session}"
        )
    return ledger.ledger(across([results.result(run)]), closings_of([run]))


def close(
    session: Path, moment: str, *, by: str = "", note: str = "", context: Context | None = None
) -> None:
    """Keep that a person closed a strain of a session.

    Raises
    ------
    FormatError
        When the session has no such strain.
    StoreError
        When another run is at work on the session.
    """
    _known(session, moment, context)
    with store.SessionStore(session).locked():
        today = date.today().isoformat()
        ledger.close(session, Closing(moment, by, today, note))


def reopen(session: Path, moment: str, context: Context | None = None) -> None:
    """Take a closing back; errors as for `close`."""
    _known(session, moment, context)
    with store.SessionStore(session).locked():
        ledger.reopen(session, moment)


def _known(session: Path, moment: str, context: Context | None) -> None:
    found = [strain.moment for strain in strains(session, context)]
    if moment not in found:
        raise FormatError(
            f"it has no strain {moment!r}; it has {', '.join(found) or 'none'}",
            session=session.resolve().name,
            stage="report",
            hint="Take the name from `session-audio close` without one, or from out/ledger.csv.",
        )
