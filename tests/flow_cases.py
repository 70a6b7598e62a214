"""A session for the flow with fakes: its sound, its words, and how it is run."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile

from session_audio.flow.engines import Engines
from session_audio.flow.session import SessionRun
from session_audio.schema import SpeakerSegment, Word
from session_audio.testing import fakes

SPOKEN = (
    ("S01", 0.5, "how was your week with the marmalade"),
    ("S02", 4.0, "it was useless to be honest with you"),
    ("S01", 8.0, "tell me more about that please"),
    ("S03", 11.0, "i thought that it went rather well"),
    ("S02", 15.0, "well nobody asked me what i thought about it"),
    ("S01", 19.0, "i am glad that you say so now"),
)
DURATION = 24.0


def spoken() -> tuple[list[SpeakerSegment], list[Word]]:
    segments, words = [], []
    for speaker, start, text in SPOKEN:
        tokens = text.split()
        segments.append(SpeakerSegment(start, start + 0.3 * len(tokens), speaker))
        words += [
            Word(start + 0.3 * i, start + 0.3 * i + 0.25, token, None, 0.9)
            for i, token in enumerate(tokens)
        ]
    return segments, words


@pytest.fixture
def session(session_folder: Path) -> Path:
    """The session with a recording: noise that sounds where somebody speaks."""
    rng = np.random.default_rng(0)
    sound = 0.001 * rng.normal(size=int(DURATION * 16_000))
    for segment in spoken()[0]:
        part = slice(int(segment.start * 16_000), int(segment.end * 16_000))
        sound[part] += 0.1 * rng.normal(size=part.stop - part.start)
    soundfile.write(session_folder / "session.flac", sound, 16_000)
    manifest = session_folder / "session.toml"
    names = '[speakers]\nS01 = "T01"\nS02 = "P01"\nS03 = "P02"\n'
    manifest.write_text(manifest.read_text() + names)
    return session_folder


class Fakes:
    """Engines whose calls are counted."""

    def __init__(self) -> None:
        segments, words = spoken()
        self.diarizer = fakes.FakeDiarizer(segments)
        self.transcriber = fakes.FakeTranscriber(words)
        self.classifier = fakes.FakeClassifier({"useless": "confrontation"})
        self.revision = "1"

    @property
    def calls(self) -> tuple[int, int]:
        return self.diarizer.calls, self.transcriber.calls

    def engines(self) -> Engines:
        """As the flow asks for them: what is changed here afterwards counts."""
        return Engines(
            lambda: self.diarizer,
            lambda: self.transcriber,
            lambda: self.classifier,
            lambda task: {task: f"fake-{self.revision}"},
        )


@pytest.fixture
def engines() -> Iterator[Fakes]:
    from pipelines.server import prepare_prefect

    prepare_prefect()
    from session_audio.flow.context import Context, using

    made = Fakes()
    given = made.engines()
    with using(Context(engines=lambda _: given)):
        yield made


def run(*folders: Path):  # type: ignore[no-untyped-def]
    from pipelines import group

    return group.run([str(f) for f in folders])


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def stages(session: Path, last: str = "report") -> SessionRun:
    """The stages up to `last`, one after the other, without Prefect: much faster."""
    from session_audio.flow.run import run_stage
    from session_audio.flow.session import open_run
    from session_audio.flow.stages import STAGES, reporting

    with open_run(session).store.locked():
        for stage in STAGES:
            run_stage(stage, open_run(session))
            if stage.name == last:
                break
    if last == "report":
        reporting.write_provenance(open_run(session))
    return open_run(session)
