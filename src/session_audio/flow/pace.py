"""How long the stages take on this machine, and so how long a batch will still take.

What was measured is kept in the user's state folder (``pace.json``): for each stage, seconds for
a second of recording.  It holds no session and no path.  Where nothing was measured yet, no time
is said.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from session_audio import files
from session_audio.errors import SessionAudioError
from session_audio.flow import recordings, results
from session_audio.flow.session import SessionRun, open_run
from session_audio.flow.stages import STAGES, after
from session_audio.resources import user_folder

FILE = "pace.json"
_SHORT = 60.0
"""Seconds of recording below which what is measured is mostly the start of things."""
_NEW = 0.5
"""Share of the latest measurement in what is kept: a machine is not always as free."""


def _file() -> Path:
    return user_folder("state") / FILE


def known() -> dict[str, float]:
    """For each stage that was measured, seconds for a second of recording."""
    names = {stage.name for stage in STAGES}
    with suppress(OSError, ValueError, AttributeError, SessionAudioError):
        given = json.loads(_file().read_bytes())
        return {k: float(v) for k, v in given.items() if k in names and 0 < float(v) < 1e4}
    return {}


def learn(run: SessionRun, ran: Sequence[str]) -> None:
    """Keep how long the stages `ran` of a finished session took; what cannot be kept is let go."""
    with suppress(Exception):  # an estimate never stops a batch
        length = results.duration(run)
        seen = {r.stage: r.seconds / length for r in run.store.records() if r.stage in ran}
        if length >= _SHORT and seen:
            before = known()
            mixed = {k: before.get(k, v) + _NEW * (v - before.get(k, v)) for k, v in seen.items()}
            files.write_text(_file(), json.dumps({**before, **mixed}, indent=1) + "\n")


def length_of(folder: str) -> float | None:
    """Seconds of recording of a session, as its files claim; None where that cannot be told."""
    with suppress(Exception):  # the run itself says what is wrong
        return recordings.claimed_length(open_run(folder))
    return None


def needed(folder: str, length: float | None, pace: Mapping[str, float]) -> float | None:
    """Seconds that a session still needs; None where that cannot be told.

    Parameters
    ----------
    folder : str
    length : float or None
        Seconds of recording.
    pace : mapping
        See `known`.

    Stages that ran before count as done, which the run may see otherwise.  Stages that wait for
    one another add up, those side by side do not.
    """
    if length is None:
        return None
    try:
        store = open_run(folder).store
    except SessionAudioError:
        return 0.0  # it is refused or fails at once
    ends: dict[str, float] = {}
    for stage in STAGES:
        begins = max((ends[name] for name in after(stage)), default=0.0)
        todo = store.record(stage.name) is None
        if todo and stage.name not in pace:
            return None
        ends[stage.name] = begins + (length * pace[stage.name] if todo else 0.0)
    return max(ends.values())


class Left:
    """The time that a batch still takes, told anew after each session.

    Parameters
    ----------
    folders : sequence of str
        The sessions of the batch.
    """

    def __init__(self, folders: Sequence[str]) -> None:
        pace = known()
        # Recordings are opened for it: not where nothing could be said anyway.
        told = bool(pace) and len(folders) > 1
        self._needed = {f: needed(f, length_of(f), pace) if told else None for f in folders}
        self._expected = self._took = 0.0

    def ended(self, folder: str, seconds: float) -> None:
        """A session ended after so many seconds."""
        expected = self._needed.pop(folder, None)
        if expected:
            self._expected += expected
            self._took += seconds

    def seconds(self) -> float | None:
        """Seconds left at the pace of this batch; None where one session cannot be told."""
        if any(needs is None for needs in self._needed.values()):
            return None
        slower = self._took / self._expected if self._expected else 1.0
        return slower * sum(needs for needs in self._needed.values() if needs is not None)
