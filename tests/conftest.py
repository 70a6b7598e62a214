"""Fixtures shared by the tests.  Everybody and every session in them is invented."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest
import pytest_randomly
from flow_cases import engines, session  # noqa: F401 (fixtures)

# Prefect reads it when it is imported, which some tests do before anything is run.
for _name in ("PREFECT_SERVER_API_AUTH_STRING", "PREFECT_API_AUTH_STRING"):
    os.environ.setdefault(_name, "tests:secret")

# Programs, not tests: one imports Prefect, which is set up later.
collect_ignore = ["worker_flow.py", "killed_run.py"]

# thinc, which spaCy brings, would load torch to seed it before each test: slow, and wrong where a
# test takes torch away.
pytest_randomly.entrypoint_reseeds = []

# A change is judged by the same examples every time; `HYPOTHESIS_PROFILE=search` looks for more.
hypothesis.settings.register_profile("ci", derandomize=True, deadline=None)
hypothesis.settings.register_profile("search", max_examples=3000, deadline=None)
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))

GROUP = """
id = "tuesday"
name = "Tuesday group (invented)"
language = "en"
fictional = true

[[participant]]
id = "T01"
name = "Ruth Ardent"
role = "therapist"
[participant.consent]
recording = { given = 2026-02-01, expires = 2036-02-01 }
transcription = { given = 2026-02-01 }
analysis = { given = 2026-02-01 }
voiceprint = { given = 2026-02-01 }

[[participant]]
id = "P01"
name = "Maya Quillfeather"
[participant.consent]
recording = { given = 2026-02-01 }
transcription = { given = 2026-02-01 }
analysis = { given = 2026-02-01 }
voiceprint = { given = 2026-02-01 }

[[participant]]
id = "P02"
name = "Tom Brackenridge"
[participant.consent]
recording = { given = 2026-02-01 }
transcription = { given = 2026-02-01 }
analysis = { given = 2026-02-01 }
"""

SESSION = """
date = 2026-03-03
number = 1
attendance = ["T01", "P01", "P02"]
[[recording]]
file = "session.flac"
"""


@pytest.fixture
def group_folder(tmp_path: Path) -> Path:
    """A group with one session whose recording is not sound yet."""
    folder = tmp_path / "tuesday"
    first = folder / "2026-03-03"
    first.mkdir(parents=True)
    (folder / "group.toml").write_text(GROUP)
    (first / "session.toml").write_text(SESSION)
    (first / "session.flac").write_bytes(b"not sound")
    return folder


@pytest.fixture
def session_folder(group_folder: Path) -> Path:
    return group_folder / "2026-03-03"


@pytest.fixture(autouse=True)
def own_state(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep what a run leaves per user (Prefect's records) out of the user's folders."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path_factory.getbasetemp() / "state"))


@pytest.fixture(autouse=True)
def nothing_grows(monkeypatch: pytest.MonkeyPatch) -> None:
    """Do not wait to see whether the recording that a test just wrote is still being copied."""
    monkeypatch.setattr("session_audio.sound.waiting.PAUSE", 0.0)


@pytest.fixture(autouse=True)
def full_speed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A run in this process does not give the tests after it a low priority."""
    monkeypatch.setattr("session_audio.flow.machine.step_back", lambda: None)


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample group after `session-audio demo`, run once with the real models."""
    folder = tmp_path_factory.mktemp("demo")
    typed = [sys.executable, "-m", "session_audio", "demo", "--into", str(folder)]
    state = str(tmp_path_factory.getbasetemp() / "demo-state")
    done = subprocess.run(
        typed, env={**os.environ, "XDG_STATE_HOME": state}, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture(scope="session")
def samples(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A copy of the sample data, so that tests write nothing into the checkout."""
    source = Path(__file__).parents[1] / "data" / "samples"
    target = tmp_path_factory.mktemp("samples") / "samples"
    shutil.copytree(source, target, ignore=shutil.ignore_patterns("out"))
    yield target
