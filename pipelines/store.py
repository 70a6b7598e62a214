"""Where the sessions lie on this machine, for flows that several machines run.

Machines mount one store in places of their own, and Prefect records what a flow is given.  So a
deployment is given folders relative to the store, whose place each worker finds in its own
environment.
"""

from __future__ import annotations

import os
from pathlib import Path

from session_audio.errors import SessionAudioError

VARIABLE = "SESSION_AUDIO_STORE"


def placed(folder: str) -> str:
    """The folder on this machine; as it is where no store is named.

    Raises
    ------
    SessionAudioError
        When it lies outside the store: who may start a flow may not read the whole machine.
    """
    store = os.environ.get(VARIABLE)
    if not store:
        return folder
    place = Path(store) / folder
    if not place.resolve().is_relative_to(Path(store).resolve()):
        raise SessionAudioError(
            "a flow was given a folder outside the store",
            stage="check",
            hint=f"Name folders relative to {VARIABLE}.",
        )
    return str(place)
