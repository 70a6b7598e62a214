"""The software starts and runs where POSIX is not, as far as that can be tried on Linux."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import platformdirs
import pytest

from session_audio import resources
from session_audio.cli import stopping
from session_audio.report.output.writing import url_from

ROOT = Path(__file__).parents[1]
pytestmark = pytest.mark.timeout(600)

EVERY_MODULE = """
import importlib, pkgutil
import pipelines, session_audio
names = [
    found.name
    for package in (session_audio, pipelines)
    for found in pkgutil.walk_packages(package.__path__, package.__name__ + ".")
    if not found.name.endswith("__main__")
]
for name in names:
    importlib.import_module(name)
print(len(names))
"""
VERBS = """
import json, sys
from session_audio.cli import main
for words in json.loads(sys.argv[1]):
    try:
        main(words, prog_name="session-audio")
    except SystemExit as end:
        print("ended", end.code)
"""
FLOW = """
import sys
from pipelines.server import prepare_prefect
prepare_prefect()
from session_audio.cli import main
from session_audio.flow.context import Context, using
from session_audio.flow.engines import Engines
from session_audio.schema import SpeakerSegment, Word
from session_audio.testing import fakes
segments = [SpeakerSegment(0.5, 2.5, "S01"), SpeakerSegment(4.0, 6.0, "S02")]
words = [Word(0.5 + 0.4 * i, 0.8 + 0.4 * i, "so", None, 0.9) for i in range(5)]
words += [Word(4.0 + 0.4 * i, 4.3 + 0.4 * i, "yes", None, 0.9) for i in range(5)]
made = Engines(
    lambda: fakes.FakeDiarizer(segments), lambda: fakes.FakeTranscriber(words),
    lambda: fakes.FakeClassifier({}), lambda task: {task: "fake"},
)
with using(Context(engines=lambda _: made)):
    main(["run", sys.argv[1]])
"""


def elsewhere(platform: str, code: str, *args: object, **environment: str) -> tuple[int, str]:
    """Run `code` where our modules see another system; exit code, and what was printed."""
    start = f"import elsewhere; elsewhere.pretend({platform!r})\n"
    paths = [str(ROOT / "tests"), str(ROOT / "src"), str(ROOT)]
    done = subprocess.run(
        [sys.executable, "-c", start + code, *map(str, args)],
        env={**os.environ, **environment, "PYTHONPATH": os.pathsep.join(paths)},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


SYSTEMS = pytest.mark.parametrize("platform", ["win32", "darwin"])


def test_every_module_can_be_imported_without_posix() -> None:
    code, output = elsewhere("win32", EVERY_MODULE)
    assert code == 0, output
    files = [p for part in ("src/session_audio", "pipelines") for p in (ROOT / part).rglob("*.py")]
    assert int(output.splitlines()[0]) == len(files) - 1 - 2  # __main__, and the two packages


@SYSTEMS
def test_the_verbs_start(platform: str, group_folder: Path, tmp_path: Path) -> None:
    verbs = json.dumps([["--help"], ["models", "list"], ["check", str(group_folder)]])
    code, output = elsewhere(platform, VERBS, verbs, SESSION_AUDIO_MODELS=str(tmp_path / "none"))
    assert code == 0, output
    for says in ("Read recordings of group therapy sessions", "whisper", "session.flac"):
        assert says in output
    # The recording that `check` is given is no sound, which it says with exit code 1.
    assert [line for line in output.splitlines() if line.startswith("ended")] == [
        "ended 0",
        "ended 0",
        "ended 1",
    ]
    assert "Traceback" not in output and "unexpected" not in output


def test_a_run_writes_its_reports(session_folder: Path, tmp_path: Path) -> None:
    import numpy as np
    import soundfile

    sound = 0.05 * np.random.default_rng(0).normal(size=8 * 16_000)
    sound[3 * 16_000 : 4 * 16_000] *= 0.01
    soundfile.write(session_folder / "session.flac", sound, 16_000)
    # A folder called as Windows writes paths.
    moved = tmp_path / "C:\\Gruppen\\Dienstag"
    session_folder.parent.rename(moved)
    code, output = elsewhere("win32", FLOW, moved, XDG_STATE_HOME=str(tmp_path / "state"))
    assert code == 0, output
    out = moved / session_folder.name / "out"
    assert (out / "report.html").is_file() and (out / "report.pdf").is_file()
    assert not list(moved.rglob("*.part"))


def test_posix_modules_are_named_nowhere() -> None:
    """Found by reading, so that a branch that no test enters counts too."""
    named: list[str] = []
    for part in ("src/session_audio", "pipelines"):
        for path in (ROOT / part).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                names: Sequence[str] = ()
                if isinstance(node, ast.Import):
                    names = [alias.name for alias in node.names]
                elif isinstance(node, ast.ImportFrom):
                    names = [node.module or ""]
                elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                    names = [f"{node.value.id}.{node.attr}"]
                named += [f"{path.name}: {name}" for name in names if name in POSIX]
    assert named == []


POSIX = {
    "fcntl",
    "resource",
    "termios",
    "pwd",
    "grp",
    "pty",
    "tty",
    "posix",
    "os.fork",
    "os.killpg",
    "os.geteuid",
    "os.getuid",
    "os.setsid",
    "os.uname",
    "os.O_NOFOLLOW",
    "os.sched_getaffinity",
    "os.sysconf",
    "os.statvfs",
    "signal.SIGHUP",
    "signal.SIGKILL",
    "signal.SIGALRM",
    "signal.SIGUSR1",
    "signal.SIGQUIT",
}


@pytest.mark.parametrize(
    ("kind", "variable", "default"),
    [("cache", "XDG_CACHE_HOME", ".cache"), ("state", "XDG_STATE_HOME", ".local/state")],
)
def test_the_users_folders_on_linux_stay_where_they_were(
    kind: str, variable: str, default: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv(variable, raising=False)
    assert resources.user_folder(kind) == tmp_path / default / "session-audio"  # type: ignore[arg-type]
    monkeypatch.setenv(variable, "relative")
    assert resources.user_folder(kind) == tmp_path / default / "session-audio"  # type: ignore[arg-type]
    monkeypatch.setenv(variable, str(tmp_path / "own"))
    assert resources.user_folder(kind) == tmp_path / "own" / "session-audio"  # type: ignore[arg-type]


def test_the_users_folders_elsewhere_are_the_systems(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from platformdirs.macos import MacOS

    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("XDG_CACHE_HOME", "XDG_STATE_HOME"):
        monkeypatch.delenv(name, raising=False)
    for name in ("user_cache_path", "user_state_path"):
        there = lambda app, appauthor, name=name: getattr(MacOS(app, appauthor), name)  # noqa: E731
        monkeypatch.setattr(platformdirs, name, there)
    library = tmp_path / "Library"
    assert resources.user_folder("cache") == library / "Caches" / "session-audio"
    assert resources.user_folder("state") == library / "Application Support" / "session-audio"


def test_a_recording_on_another_drive_is_linked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def relpath(*_: object) -> str:
        raise ValueError("path is on mount 'D:', start on mount 'C:'")

    monkeypatch.setattr(os.path, "relpath", relpath)
    assert url_from(tmp_path, tmp_path / "a b.flac") == (tmp_path / "a b.flac").as_uri()


def test_a_stop_is_told_by_its_signal(monkeypatch: pytest.MonkeyPatch) -> None:
    import signal

    got: list[int] = []
    with stopping.stopping(got.append):
        os.kill(os.getpid(), signal.SIGTERM)
        assert got == [signal.SIGTERM]
    assert signal.getsignal(signal.SIGTERM) == signal.SIG_DFL
    with pytest.raises(stopping.Stopped) as stop, stopping.stopping():
        os.kill(os.getpid(), signal.SIGTERM)
    assert stopping.stop_code(stop.value) == 128 + signal.SIGTERM
    assert stopping.stop_code(KeyboardInterrupt()) == 128 + signal.SIGINT
    monkeypatch.delattr(signal, "SIGHUP")
    with stopping.stopping():
        pass


def test_what_the_caller_ignores_stays_ignored() -> None:
    import signal

    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with stopping.stopping():
            os.kill(os.getpid(), signal.SIGHUP)
            assert signal.getsignal(signal.SIGHUP) == signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, before)
