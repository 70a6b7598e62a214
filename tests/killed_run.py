"""A run that is killed (9) where one says, as a process of its own; started by `fault_cases`.

With a stage, a moment and folders it is one run, as a user has it.  With the address of a Prefect
server alone it reads one run a line and forks for each, which takes a tenth of the time: all of
them ask that server and decode in the run's own process.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from typing import Any


def killed(at: str, when: str, *folders: str) -> None:
    """Run `folders`; in stage `at` this process ends.

    `when` it has ``begun``, when its files are ``written`` and not yet noted, or has ``ended``.
    """
    from flow_cases import Fakes

    from pipelines import group
    from session_audio.flow.context import Context, using
    from session_audio.flow.progress import Silent, StageState
    from session_audio.ports import Progress
    from session_audio.workspace.store import SessionStore

    def here(stage: str, now: str) -> None:
        if (stage, now) == (at, when):
            os.kill(os.getpid(), signal.SIGKILL)

    class Killer(Silent):
        def begin(self, session: str, stage: str) -> Progress:
            here(stage, "begun")
            return super().begin(session, stage)

        def end(self, session: str, stage: str, state: StageState, seconds: float) -> None:
            here(stage, "ended")

    done = SessionStore.finish

    def finish(self: SessionStore, stage: str, *rest: object) -> None:
        here(stage, "written")
        done(self, stage, *rest)  # type: ignore[arg-type]

    SessionStore.finish = finish  # type: ignore[method-assign, assignment]
    given = Fakes().engines()
    with using(Context(engines=lambda _: given, reporter=Killer())):
        group.run(list(folders))


class There:
    """The server of the process that started this one, in place of one of its own."""

    def __init__(self, url: str) -> None:
        self.url = url

    def wait(self) -> None:
        """It answers already."""


def many(url: str) -> None:
    """Fork for each line of standard input; say which process it was and how it ended."""
    import flow_cases  # noqa: F401 (what takes time to import is there before the first fork)

    from pipelines import group, server  # noqa: F401
    from session_audio.ports import Progress, no_progress
    from session_audio.report import write_session_report  # noqa: F401
    from session_audio.sound import process

    def here(work: Any, *given: object, progress: Progress = no_progress, **_: object) -> Any:
        return work(*given, progress=progress)

    process.run = here
    server._own = There(url)  # type: ignore[assignment]
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            os.setsid()
            killed(*json.loads(line))
            os._exit(0)
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        sys.stdout.write(f"{child} {code}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    from pipelines.server import prepare_prefect

    prepare_prefect()
    (killed if sys.argv[2:] else many)(*sys.argv[1:])
