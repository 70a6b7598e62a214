"""The flow: every stage in order, with what it reads, writes and depends on.

Nothing else says in which order the stages run.  A stage runs after those that write what
it reads; Prefect draws that graph, and freshness follows it.  Consent is judged before the
first (`workspace.consent.admit`), whoever starts the flow.
"""

from __future__ import annotations

from session_audio.flow.artefacts import (
    ALIGNED,
    CHAT,
    EMBEDDINGS,
    EXCLUSIVE,
    FLAGS,
    GIVEN_CHAT,
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
    SIDES,
    SOUND,
    SOUNDS,
    SPEECH,
    TABLES,
    TRANSCRIPT,
    TURNS,
    WITHHELD,
    WORDS,
)
from session_audio.flow.run import Stage, is_fresh
from session_audio.flow.session import SessionRun
from session_audio.flow.stages import analysis, recording, reporting, withholding

STAGES: tuple[Stage, ...] = (
    Stage(
        "ingest",
        reads=(RECORDINGS,),
        writes=(SOUNDS, SOUND, SIDES),
        work=recording.ingest,
        settings=("sound",),
        facts=recording.how_recorded,
        version=3,
        wanted=lambda run: any(not is_fresh(s, run) for s in STAGES if SOUNDS in s.reads),
    ),
    Stage(
        "diarize",
        reads=(SOUND, SOUNDS, SIDES, GIVEN_DIARIZATION),
        writes=(LABELS, EXCLUSIVE, EMBEDDINGS),
        work=recording.diarize,
        settings=("diarization",),
        facts=recording.who_may_speak,
        models=("diarization",),
        when=lambda run: bool(run.session.recordings) and run.session.diarization is None,
        version=3,
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
        version=3,
    ),
    Stage(
        "withhold",
        reads=(LABELS, EXCLUSIVE, EMBEDDINGS, LANGUAGE),
        writes=(WITHHELD,),
        work=withholding.withhold,
        settings=("identification",),
        facts=withholding.who_consents,
        version=2,
    ),
    Stage(
        "chat",
        reads=(GIVEN_CHAT, SOUND, TRANSCRIPT, LABELS, WITHHELD),
        writes=(CHAT,),
        work=recording.chat,
        facts=recording.whose_chat,
    ),
    Stage(
        "listening",
        reads=(SOUNDS, WITHHELD),
        writes=(LISTENING,),
        work=recording.listening,
        facts=recording.whether_copied,
    ),
    Stage(
        "align",
        reads=(TRANSCRIPT, LABELS, EXCLUSIVE, WITHHELD, SOUND),
        writes=(ALIGNED,),
        work=recording.align,
        version=2,
    ),
    Stage(
        "identify",
        reads=(ALIGNED, LABELS, EXCLUSIVE, EMBEDDINGS, WITHHELD),
        writes=(WORDS, SPEECH, IDENTIFIED),
        work=recording.identify,
        settings=("identification", "consent"),
        facts=recording.who_is_known,
    ),
    Stage(
        "turns",
        reads=(SPEECH, IDENTIFIED, WITHHELD, WORDS, LANGUAGE, SOUND, INTERACTION_MODEL),
        writes=(TURNS, INTERACTIONS),
        work=analysis.turns,
        settings=("turns",),
        facts=analysis.talked,
        version=3,
    ),
    Stage(
        "measure",
        reads=(
            TURNS,
            INTERACTIONS,
            SPEECH,
            SOUND,
            IDENTIFIED,
            WITHHELD,
            WORDS,
            LANGUAGE,
            INTERACTION_MODEL,
        ),
        writes=(MEASURES,),
        work=analysis.measure,
        settings=("metrics",),
        facts=analysis.measured_from,
        version=4,
    ),
    Stage(
        "flag",
        reads=(TURNS, INTERACTIONS, MEASURES, IDENTIFIED, WITHHELD, SOUND, LANGUAGE),
        writes=(FLAGS,),
        work=analysis.flag,
        settings=("flags",),
        facts=analysis.flagged_from,
        models=("rupture",),
        when=analysis.looks_for_moments,
        version=3,
    ),
    Stage(
        "report",
        reads=(
            *(MEASURES, FLAGS, TURNS, INTERACTIONS, IDENTIFIED, WITHHELD),
            *(SOUND, SPEECH, EMBEDDINGS, WORDS, CHAT, LANGUAGE, LISTENING),
        ),
        writes=(REPORT, TABLES),
        work=reporting.report,
        settings=("report", "quality"),
        facts=reporting.what_is_told,
        version=2,
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
