"""What people read: the session's report and tables, where all came from, and the series."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path

from session_audio import __version__
from session_audio import report as reporting
from session_audio.flow import artefacts as results
from session_audio.flow.artefacts import (
    FLAGS,
    IDENTIFIED,
    INTERACTIONS,
    MEASURES,
    SOUND,
    SPEECH,
    TURNS,
    VOICES,
)
from session_audio.flow.run import STAGES, Run, is_looking
from session_audio.formats import outputs
from session_audio.ports import Progress
from session_audio.settings import as_dict
from session_audio.workspace import manifest, store


def report(run: Run) -> str:
    """The report, the tables that others compute with, and where it all came from."""

    def do(_: Progress) -> Sequence[Path]:
        found = results.result(run)
        wrote = outputs.write_tables(found, results.speech(run), run.store.out)
        audio = run.session.recordings[0].file if run.session.recordings else None
        wrote += reporting.write_session_report(
            found,
            run.store.out,
            settings=run.settings.report,
            history=results.history(run),
            audio=audio,
        )
        return wrote

    folder = run.stage(
        "report",
        do,
        reads=[
            *(run.path(n) for n in (MEASURES, FLAGS, TURNS, INTERACTIONS, IDENTIFIED, SOUND)),
            *(run.path(n) for n in (SPEECH, VOICES)),
            run.store.out / "words.seglst.json",
        ],
        depends=[
            as_dict(run.settings.report),
            as_dict(run.settings.quality),
            results.people(run),
            [(p.id, p.name) for p in run.session.group.participants],
            _heading(run),
            str(run.session.ratings),
            str(run.session.chat),
            store.key_of([str(earlier) for earlier in results.history(run)]),
        ],
    )
    if not is_looking():
        _write_provenance(run)
    return folder


def series(group: Path) -> list[Path]:
    """The series of a group, from the results of its sessions whose consent stands.

    Drawn anew only where one of the sessions' reports is new.
    """
    runs = results.complete(group)
    if not runs:
        return []
    latest, kept = runs[-1].settings, store.SessionStore(group)
    key = store.key_of(
        [
            __version__,
            as_dict(latest),
            [(r.session.id, r.store.record("report")) for r in runs],
        ]
    )
    with kept.locked(wait=True):  # two runs may end at once, on other sessions of the group
        if not kept.is_fresh("series", key):
            kept.forget_stage("series")
            wrote = reporting.write_group_report(
                [results.result(r) for r in runs], kept.out, settings=latest.report
            )
            kept.finish("series", key, wrote, 0.0)
        record = kept.record("series")
    return [kept.out / name for name in record.outputs] if record else []


def _heading(run: Run) -> list[str]:
    """What the report says of the session and its group beside what was measured."""
    session, group = run.session, run.session.group
    facts = (session.date, session.number, group.id, group.name, group.fictional)
    return [str(fact) for fact in facts]


def _write_provenance(run: Run) -> None:
    """Inputs by content, models, settings and times, rewritten at every run."""
    session = run.session
    files = [r.file for r in session.recordings]
    files += [f for f in (session.diarization,) if f]
    files += [session.transcript.file] if session.transcript else []
    inputs = {
        manifest.masked(os.path.relpath(file, session.folder), session.group): store.digest(file)
        for file in files
    }
    facts = run.store.provenance(STAGES, inputs)
    facts |= {"version": __version__, "settings": as_dict(run.settings)}
    store.write_text(run.store.out / "provenance.json", json.dumps(facts, indent=1) + "\n")
