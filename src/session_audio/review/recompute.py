"""Makes what follows from a review: turns, numbers, candidate moments, tables and report.

No model of sound or speech is run: where one would have to be, the session is not reviewed.  The
classifier of candidate moments reads again only where words or turns changed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from session_audio.errors import SessionAudioError
from session_audio.flow.context import Context
from session_audio.flow.progress import Silent
from session_audio.flow.run import guarded, is_fresh, run_stage
from session_audio.flow.session import SessionRun, open_run
from session_audio.flow.stages import STAGES, reporting
from session_audio.ports import Progress
from session_audio.workspace import manifest
from session_audio.workspace.unnamed import without_names

_BY_MODEL = ("ingest", "diarize", "transcribe")


class _Told(Silent):
    """Hands the name of each stage that begins to whoever waits for it."""

    def __init__(self, told: Callable[[str], None]) -> None:
        self._told = told

    def begin(self, session: str, stage: str) -> Progress:
        self._told(stage)
        return super().begin(session, stage)


def may_review(run: SessionRun) -> None:
    """Refuse a session that has no result yet, or whose sound would have to be read anew.

    Raises
    ------
    SessionAudioError
        Saying what to do.
    """
    stale = next((s.name for s in STAGES if s.name in _BY_MODEL and not is_fresh(s, run)), None)
    if stale is not None or run.store.record("report") is None:
        raise SessionAudioError(
            "the session was not run yet, or something has changed since",
            session=run.session.id,
            stage="review",
            hint=f"Run it first: session-audio run {run.session.folder}",
        )


def recompute(folder: Path, context: Context, told: Callable[[str], None]) -> list[str]:
    """Run every stage that a review made stale, then the group's series.

    Parameters
    ----------
    folder : Path
        The session's; its lock is held by the caller.
    context : Context
        Models (the classifier alone may be loaded), settings, clock.
    told : callable
        Called with the name of each stage that begins.

    Returns
    -------
    list of str
        The stages that ran.

    Raises
    ------
    SessionAudioError
        When consent no longer stands, or the sound would have to be read anew.
    """
    context = replace(context, reporter=_Told(told))
    run = open_run(folder, context)
    may_review(run)
    ran = []
    for stage in STAGES:
        if run_stage(stage, open_run(folder, context)).ran:
            ran.append(stage.name)
    if ran:
        with guarded(run, "report"):
            reporting.write_provenance(run)
    return ran


def draw_series(group: Path, context: Context) -> None:
    """Draw the group's series anew where a session's report is new."""
    with without_names(group / manifest.GROUP_FILE):
        reporting.series(group, context)
