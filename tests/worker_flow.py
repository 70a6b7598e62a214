"""The clinic flow as a worker runs it, with fakes for models; deployed by `test_workers`."""

from __future__ import annotations

import os
import time
from typing import Any

from flow_cases import Fakes
from prefect import flow

from pipelines.clinic import clinic_flow
from session_audio.flow.context import Context, using
from session_audio.flow.progress import Silent


class Slow(Silent):
    """Gives the test time to kill who is at work; notes who did what."""

    def begin(self, session: str, stage: str):  # type: ignore[no-untyped-def]
        with open(os.environ["NOTES"], "a") as notes:  # noqa: PTH123 (one line at once)
            notes.write(f"{os.getpid()} {session} {stage}\n")
        if stage == "identify":
            time.sleep(float(os.environ.get("LINGER", "1")))
        return super().begin(session, stage)


@flow(name="tried", persist_result=False)
def tried_flow(folder: str = ".") -> Any:
    """As `clinic_flow`, without weights."""
    given = Fakes().engines()
    with using(Context(engines=lambda _: given, reporter=Slow())):
        return clinic_flow(folder, return_state=True)
