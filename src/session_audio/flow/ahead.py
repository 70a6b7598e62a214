"""Loads the models that a session will use while something else is waited for."""

from __future__ import annotations

import threading
from contextlib import suppress
from contextvars import copy_context

from session_audio.flow.session import open_run
from session_audio.flow.stages import STAGES


def load_ahead(folder: str) -> threading.Thread:
    """Begin to load what the session in `folder` needs first, in a thread that ends with the run.

    Only models of stages that never ran are loaded.  What goes wrong is left to the stage that
    asks for the model, as is a session that is refused.
    """

    def load() -> None:
        with suppress(Exception):
            run = open_run(folder)
            engines = {"diarize": run.engines.diarizer, "transcribe": run.engines.transcriber}
            for stage in STAGES:
                engine = engines.get(stage.name)
                if engine and stage.when(run) and run.store.record(stage.name) is None:
                    with suppress(Exception):
                        engine()

    thread = threading.Thread(target=copy_context().run, args=(load,), name="load", daemon=True)
    thread.start()
    return thread
