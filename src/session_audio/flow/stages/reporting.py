"""What people read: the session's report and tables, where all came from, and the series."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path

from session_audio import __version__, files
from session_audio.amend.operations import MOMENTS
from session_audio.errors import ConsentError
from session_audio.flow import results, reviewed
from session_audio.flow.artefacts import LISTENING, SPEECH, WORDS
from session_audio.flow.context import Context
from session_audio.flow.session import SessionRun
from session_audio.formats import outputs, seglst
from session_audio.ports import Progress
from session_audio.report import write_group_report, write_session_report
from session_audio.series import ledger, ledger_files
from session_audio.series.trends import series as across
from session_audio.settings import as_dict
from session_audio.workspace import manifest, store

PROVENANCE = "provenance.json"
SERIES = "series"


def report(run: SessionRun, _: Progress) -> None:
    """The report, and the tables that others compute with."""
    reviewed.note_flags(run)
    result = results.result(run)
    outputs.write_tables(result, SPEECH.read(run.store), run.store.out)
    seglst.write(run.store.out / WORDS.name, run.session.id, WORDS.read(run.store))
    write_session_report(
        result,
        run.store.out,
        settings=run.settings.report,
        history=results.history(run),
        sound=sound_beside(run),
    )


def sound_beside(run: SessionRun) -> Path | None:
    """The sound that the report plays; None where there is none."""
    return next((path for path in LISTENING.paths(run) if path.is_file()), None)


def what_is_told(run: SessionRun) -> object:
    """What the report says beside what was measured."""
    session, group = run.session, run.session.group
    admission = run.admitted.admission
    return [
        __version__,
        [session.id, str(session.date), session.number, group.id, group.name, group.fictional],
        [[str(p.id), p.name, p.role, p.attributes] for p in group.participants],
        list(session.attendance),
        [os.path.relpath(r.file, session.folder) for r in session.recordings],
        [admission.purposes, admission.people, *admission.off],
        [admission.left_out, admission.without_words],
        [str(session.ratings), str(session.chat)],
        files.key_of([str(earlier) for earlier in results.history(run)]),
        *reviewed.key(run, MOMENTS),
    ]


def write_provenance(run: SessionRun) -> None:
    """Inputs by content, consent, models, settings and times; rewritten at every run."""
    session, admission = run.session, run.admitted.admission
    given = [r.file for r in session.recordings]
    given += [f for f in (session.diarization,) if f]
    given += [session.transcript.file] if session.transcript else []
    given += [session.chat_log.file] if session.chat_log else []
    inputs = {
        manifest.masked(os.path.relpath(file, session.folder), session.group): files.digest(file)
        for file in given
    }
    facts = run.store.provenance(inputs)
    facts |= {
        "consent": {
            "judged_on": admission.on.isoformat(),
            "purposes": list(admission.purposes),
            "people": list(admission.people),
            **({"off": list(admission.off)} if admission.off else {}),
            **({"left_out": list(admission.left_out)} if admission.left_out else {}),
            **({"without_words": list(w)} if (w := admission.without_words) else {}),
            **({"forms": list(admission.forms)} if admission.forms else {}),
        },
        "version": __version__,
        "settings": as_dict(run.settings),
    }
    path = run.store.out / PROVENANCE
    files.write_text(path, json.dumps(facts, indent=1) + "\n")
    run.store.finish(store.PROVENANCE, "", [path], 0.0)


def has_provenance(run: SessionRun) -> bool:
    """Whether ``provenance.json`` is there and holds what was written."""
    return run.store.is_fresh(store.PROVENANCE, "")


def series(group: Path, context: Context | None = None) -> list[Path]:
    """The series of a group, from the results of its sessions whose consent stands.

    Drawn anew only where one of the sessions' reports is new.  Where consent to every session
    that could be in it was withdrawn or has expired, what was drawn before is removed.
    """
    sessions, kept = results.sessions_of(group, context), store.SessionStore(group)
    runs = sessions.finished
    if not runs:
        if any(isinstance(error, ConsentError) for error in sessions.left_out):
            _remove_series(kept)
        return []
    latest, closed = runs[-1].settings, closings_of(runs)
    key = files.key_of(
        [
            __version__,
            as_dict(latest),
            [(run.session.id, run.store.record(results.LAST)) for run in runs],
            sorted(sounds_of(runs)),
            {session: [str(c) + c.note for c in own] for session, own in closed.items() if own},
        ]
    )
    if (record := kept.record(SERIES)) and kept.is_fresh(SERIES, key):
        return [kept.out / name for name in record.outputs]
    with kept.locked(wait=True):  # two runs may end at once, on other sessions of the group
        if not kept.is_fresh(SERIES, key):
            kept.forget_stage(SERIES)
            found = [results.result(run) for run in runs]
            wrote = write_group_report(
                found,
                kept.out,
                latest.report,
                closings=closed,
                reports=reports_of(runs),
                sounds=sounds_of(runs),
            )
            wrote += outputs.write_group_tables(found, kept.out)
            over = across(found, latest.report.false_discovery_rate, latest.report.rating_drop)
            wrote += ledger_files.write(over, ledger.ledger(over, closed), kept.out)
            kept.finish(SERIES, key, wrote, 0.0)
        record = kept.record(SERIES)
    return [kept.out / name for name in record.outputs] if record else []


def closings_of(runs: Sequence[SessionRun]) -> dict[str, list[ledger.Closing]]:
    """The strains that people closed, by the session's id."""
    return {run.session.id: ledger.closings(run.store.folder) for run in runs}


def reports_of(runs: Sequence[SessionRun]) -> dict[str, Path]:
    """Each session's own report, by the session's id."""
    return {run.session.id: run.store.out / "report.html" for run in runs}


def sounds_of(runs: Sequence[SessionRun]) -> dict[str, Path]:
    """Each session's copy of the sound, by the session's id; without those that have none."""
    return {run.session.id: sound for run in runs if (sound := sound_beside(run))}


def _remove_series(kept: store.SessionStore) -> None:
    """Remove a series that holds refused sessions only: the sessions' own results stay."""
    if kept.record(SERIES) is None:
        return
    with kept.locked(wait=True):
        if record := kept.record(SERIES):
            kept.forget_stage(SERIES)
            for name in record.outputs:
                (kept.out / name).unlink(missing_ok=True)
