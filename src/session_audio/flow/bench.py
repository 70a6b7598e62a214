"""Time and memory of each stage on this machine, for a sound of the user's own.

The sound is run as a session of an invented group in a folder that is gone afterwards, without
Prefect, one stage after the other: what a stage takes is then its own.
"""

from __future__ import annotations

import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from session_audio import files
from session_audio.flow import results
from session_audio.flow.context import Context
from session_audio.flow.run import run_stage
from session_audio.flow.session import SessionRun, open_run
from session_audio.flow.stages import STAGES

LOADING = "loading"
"""Stands for the models' loading, before the first stage."""
_LOOK = 0.1
"""Seconds between two looks at the memory."""
_CONSENT = "{ given = 2000-01-01 }"
_PERSON = """
[[participant]]
id = "{id}"
name = "Person {id}"
{role}
[participant.consent]
recording = {consent}
transcription = {consent}
analysis = {consent}
"""
_PEOPLE = ("T01", "P01", "P02", "P03", "P04", "P05", "P06", "P07", "P08")
_SETTINGS = """
[machine]
outside_files = true
[diarization]
use_attendance = false
"""


@dataclass(frozen=True)
class Taken:
    """What one stage took.

    Parameters
    ----------
    stage : str
    seconds : float
        By the clock.
    processor : float
        Seconds of processor time, of this process and the decoder's.
    memory : float
        Most bytes that both held while it ran.
    """

    stage: str
    seconds: float
    processor: float
    memory: float


def bench(sound: Path, context: Context | None = None) -> tuple[float, list[Taken]]:
    """Run every stage on `sound`.

    Returns
    -------
    length : float
        Seconds of sound.
    taken : list of Taken
        Loading the models, then each stage.

    Raises
    ------
    SessionAudioError
        When the sound cannot be used.
    """
    with tempfile.TemporaryDirectory(prefix="session-audio-bench-") as name:
        run = open_run(_session(Path(name), sound.resolve()), context)
        taken = [_measured(LOADING, lambda: _load(run))]
        with run.store.locked():
            for stage in STAGES:
                taken.append(_measured(stage.name, lambda s=stage: run_stage(s, run)))  # type: ignore[misc]
        return results.duration(run), taken


def _session(folder: Path, sound: Path) -> Path:
    """A session of an invented group, with `sound` for its recording."""
    people = "".join(
        _PERSON.format(id=p, consent=_CONSENT, role='role = "therapist"' if p[0] == "T" else "")
        for p in _PEOPLE
    )
    head = 'id = "bench"\nname = "Bench (invented)"\nlanguage = "en"\nfictional = true\n'
    files.write_text(folder / "group.toml", head + people)
    files.write_text(folder / "settings.toml", _SETTINGS)
    path = str(sound).replace("\\", "\\\\").replace('"', '\\"')
    attendance = ", ".join(f'"{person}"' for person in _PEOPLE)
    session = folder / "session"
    files.write_text(
        session / "session.toml",
        f'date = 2001-01-01\nattendance = [{attendance}]\n[[recording]]\nfile = "{path}"\n',
    )
    return session


def _load(run: SessionRun) -> None:
    for engine in (run.engines.diarizer, run.engines.transcriber, run.engines.classifier):
        engine()


def _measured(stage: str, work: Callable[[], object]) -> Taken:
    began, before = time.monotonic(), _processor()
    with _watched() as most:
        work()
        processor = max(0.0, _processor() - before)
    return Taken(stage, time.monotonic() - began, processor, most())


def _processes() -> list[psutil.Process]:
    here = psutil.Process()
    return [here, *here.children(recursive=True)]


def _processor() -> float:
    """Seconds of processor time so far, of this process and those at work for it.

    A process that ended counts on, but on Windows, which does not keep it.
    """
    seconds = 0.0
    for process in _processes():
        with suppress(psutil.Error):
            times = process.cpu_times()
            ended = getattr(times, "children_user", 0.0) + getattr(times, "children_system", 0.0)
            seconds += times.user + times.system + ended
    return seconds


@contextmanager
def _watched() -> Iterator[Callable[[], float]]:
    """Watch the memory; gives what tells the most that was held."""
    over, most = threading.Event(), 0.0

    def look() -> None:
        nonlocal most
        while True:
            held = 0.0
            for process in _processes():
                with suppress(psutil.Error):
                    held += process.memory_info().rss
            most = max(most, held)
            if over.wait(_LOOK):
                return

    watching = threading.Thread(target=look, name="memory", daemon=True)
    watching.start()

    def told() -> float:
        over.set()
        watching.join()
        return most

    try:
        yield told
    finally:
        over.set()
