"""One session, from its recording to its report, as a Prefect flow.

The stages, their order and what each reads and writes are declared in
`session_audio.flow.stages`; here each becomes a task.  What a task returns, the names of
the files it wrote, is what the tasks that read them take: so Prefect waits for what is
needed, runs side by side what is not (diarization and transcription), and draws the graph.
A task's parameters are recorded, so they are a folder and names of files, never a
person's name and never a word; nor is what an error says (`pipelines.records`).
"""

from __future__ import annotations

from prefect import Task, flow, task
from prefect.cache_policies import NO_CACHE
from prefect.futures import PrefectFuture, wait
from prefect.task_runners import ThreadPoolTaskRunner

from pipelines.records import recorded, result_of
from pipelines.store import placed
from session_audio.flow.run import ERROR_FILE, Stage, StageOutput, guarded, run_stage
from session_audio.flow.session import open_run
from session_audio.flow.stages import STAGES, after, reporting


@flow(
    name="session",
    persist_result=False,
    validate_parameters=False,
    task_runner=ThreadPoolTaskRunner(max_workers=2),  # type: ignore[arg-type]
)
@recorded
def session_flow(folder: str) -> list[StageOutput]:
    """Run every stage of the session in `folder` (see `placed`), in the context in force.

    Returns
    -------
    list of StageOutput
        What each stage wrote, in order, and whether it ran or was kept.

    Raises
    ------
    ConsentError
        Before any sound is read.
    SessionAudioError
        Told which stage, what was found and what to do.  What was done is kept.
    """
    run = open_run(placed(folder))
    with guarded(run, "run"), run.store.locked():
        (run.store.work / ERROR_FILE).unlink(missing_ok=True)
        admitted = admit.submit(folder)
        outputs: dict[str, PrefectFuture[StageOutput]] = {}
        for stage in STAGES:
            before = [outputs[name] for name in after(stage)] or [admitted]
            outputs[stage.name] = TASKS[stage.name].submit(folder, before)
        wait(list(outputs.values()))  # no stage works on once the session is let go
        ended = [result_of(output) for output in outputs.values()]
        reporting.write_provenance(run)
    return ended


@task(cache_policy=NO_CACHE, persist_result=False, log_prints=False)
@recorded
def admit(folder: str) -> StageOutput:
    """Refuse, before any sound is read, where consent is missing."""
    open_run(placed(folder))
    return StageOutput("admit", (), ran=False)


def _task(stage: Stage) -> Task[..., StageOutput]:
    """The task of `stage`: it runs once what it reads is there."""

    def run(folder: str, _before: list[StageOutput]) -> StageOutput:
        return run_stage(stage, open_run(placed(folder)))

    run.__doc__ = stage.work.__doc__
    made: Task[..., StageOutput] = task(
        name=stage.name, cache_policy=NO_CACHE, persist_result=False, log_prints=False
    )(recorded(run))
    return made


TASKS = {stage.name: _task(stage) for stage in STAGES}
