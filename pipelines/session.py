"""One session, from its recording to its report.

    admit -> ingest -> diarize    -> align -> identify -> turns -> measure -> flag -> report
                       transcribe

The flow below is the table of contents.  Every task takes the session's folder, reads
what earlier tasks wrote there, calls one function of ``session_audio``, writes, and
returns the folder.  Diarization and transcription do not wait for each other.
"""

from __future__ import annotations

from prefect import flow, task
from prefect.cache_policies import NO_CACHE
from prefect.task_runners import ThreadPoolTaskRunner

from session_audio.flow import stages
from session_audio.flow.run import open_run

_plain = task(cache_policy=NO_CACHE, persist_result=False, log_prints=False)


@flow(
    name="session",
    persist_result=False,
    validate_parameters=False,
    task_runner=ThreadPoolTaskRunner(max_workers=2),  # type: ignore[arg-type]
)
def session_flow(folder: str) -> str:
    """Run every stage of the session in `folder`; returns `folder`.

    Raises
    ------
    SessionAudioError
        Told which stage, what was found and what to do.  What was done is kept.
    """
    admitted = admit(folder)
    sound = ingest(admitted)
    speakers, words = diarize.submit(sound), transcribe.submit(sound)
    aligned = align(speakers.result(), words.result())
    identified = identify(aligned)
    spoken = turns(identified)
    measured = measure(spoken)
    flagged = flag(measured)
    return report(flagged)


@_plain
def admit(folder: str) -> str:
    """Refuse, before any sound is read, where consent is missing."""
    return stages.admit(open_run(folder))


@_plain
def ingest(folder: str) -> str:
    """Decode the recordings and bring them to a standard loudness."""
    return stages.ingest(open_run(folder))


@_plain
def diarize(folder: str) -> str:
    """Who spoke when, by label."""
    return stages.diarize(open_run(folder))


@_plain
def transcribe(folder: str) -> str:
    """Words with their times."""
    return stages.transcribe(open_run(folder))


@_plain
def align(folder: str, _words: str) -> str:
    """Give each word a speaker label."""
    return stages.align(open_run(folder))


@_plain
def identify(folder: str) -> str:
    """Which label is which participant, where that is known."""
    return stages.identify(open_run(folder))


@_plain
def turns(folder: str) -> str:
    """Turns, interactions, and who answers whom."""
    return stages.turns(open_run(folder))


@_plain
def measure(folder: str) -> str:
    """Balance, timing, interruptions, the response network."""
    return stages.measure(open_run(folder))


@_plain
def flag(folder: str) -> str:
    """Candidate rupture and repair moments."""
    return stages.flag(open_run(folder))


@_plain
def report(folder: str) -> str:
    """Write the report, the tables and the provenance."""
    return stages.report(open_run(folder))
