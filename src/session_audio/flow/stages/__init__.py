"""The flow: every stage in order, with what it reads, writes and depends on.

Nothing else says in which order the stages run.  A stage runs after those that write what
it reads; Prefect draws that graph, and freshness follows it.  Consent is judged before the
first (`workspace.consent.admit`), whoever starts the flow.
"""

from __future__ import annotations

from session_audio.flow.artefacts import (
    ALIGNED,
    EMBEDDINGS,
    EXCLUSIVE,
    FLAGS,
    GIVEN_DIARIZATION,
    GIVEN_TRANSCRIPT,
    IDENTIFIED,
    INTERACTION_MODEL,
    INTERACTIONS,
    LABELS,
    LANGUAGE,
    LISTENING,
    MEASURES,
    RECORDINGS,
    REPORT,
    SOUND,
    SOUNDS,
    SPEECH,
    TABLES,
    TRANSCRIPT,
    TURNS,
    WORDS,
)
from session_audio.flow.run import Stage, is_fresh
from session_audio.flow.session import SessionRun
from session_audio.flow.stages import analysis, recording, reporting

STAGES = (
    Stage(
        "ingest",
        reads=(RECORDINGS,),
        writes=(SOUNDS, SOUND),
        work=recording.ingest,
        settings=("sound",),
        facts=recording.how_recorded,
        version=2,
    ),
    Stage(
        "listening",
        reads=(SOUNDS,),
        writes=(LISTENING,),
        work=recording.listening,
        facts=recording.whether_copied,
    ),
    Stage(
        "diarize",
        reads=(SOUND, SOUNDS, GIVEN_DIARIZATION),
        writes=(LABELS, EXCLUSIVE, EMBEDDINGS),
        work=recording.diarize,
        settings=("diarization",),
        facts=recording.who_may_speak,
        models=("diarization",),
        when=lambda run: bool(run.session.recordings) and run.session.diarization is None,
        version=2,
    ),
    Stage(
        "transcribe",
        reads=(SOUNDS, GIVEN_TRANSCRIPT, GIVEN_DIARIZATION),
        writes=(TRANSCRIPT, LANGUAGE),
        work=recording.transcribe,
        settings=("transcription",),
        facts=recording.which_words,
        models=("transcription",),
        when=lambda run: run.session.transcript is None,
    ),
    Stage(
        "align",
        reads=(TRANSCRIPT, LABELS, EXCLUSIVE, SOUND),
        writes=(ALIGNED,),
        work=recording.align,
    ),
    Stage(
        "identify",
        reads=(ALIGNED, LABELS, EXCLUSIVE, EMBEDDINGS),
        writes=(WORDS, SPEECH, IDENTIFIED),
        work=recording.identify,
        settings=("identification",),
        facts=recording.who_is_known,
    ),
    Stage(
        "turns",
        reads=(SPEECH, IDENTIFIED, WORDS, LANGUAGE, SOUND, INTERACTION_MODEL),
        writes=(TURNS, INTERACTIONS),
        work=analysis.turns,
        settings=("turns",),
        facts=analysis.roster,
        version=2,
    ),
    Stage(
        "measure",
        reads=(
            TURNS,
            INTERACTIONS,
            SPEECH,
            SOUND,
            IDENTIFIED,
            WORDS,
            LANGUAGE,
            INTERACTION_MODEL,
        ),
        writes=(MEASURES,),
        work=analysis.measure,
        settings=("metrics",),
        facts=analysis.measured_from,
        version=2,
    ),
    Stage(
        "flag",
        reads=(TURNS, INTERACTIONS, MEASURES, IDENTIFIED, SOUND, LANGUAGE),
        writes=(FLAGS,),
        work=analysis.flag,
        settings=("flags",),
        facts=analysis.flagged_from,
        models=("rupture",),
        when=analysis.looks_for_moments,
        version=2,
    ),
    Stage(
        "report",
        reads=(
            *(MEASURES, FLAGS, TURNS, INTERACTIONS, IDENTIFIED),
            *(SOUND, SPEECH, EMBEDDINGS, WORDS, LISTENING),
        ),
        writes=(REPORT, TABLES),
        work=reporting.report,
        settings=("report", "quality"),
        facts=reporting.what_is_told,
    ),
)


def after(stage: Stage) -> tuple[str, ...]:
    """Names of the stages whose artefacts `stage` reads, in order."""
    return tuple(s.name for s in STAGES if any(artefact in stage.reads for artefact in s.writes))


def first_stale(run: SessionRun) -> str | None:
    """The first stage that would have to run, or None where all is up to date.  Runs nothing."""
    for stage in STAGES:
        if not is_fresh(stage, run):
            return stage.name
    return None
