"""`make` takes a Python that works, and says which."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MAKE = shutil.which("make")
pytestmark = pytest.mark.skipif(MAKE is None, reason="make is not here")

WORKING = f'#!/bin/sh\nexec "{sys.executable}" "$@"\n'
SHIM = "#!/bin/sh\necho 'pyenv: command not found' >&2\nexit 127\n"
OLD = "#!/bin/sh\nexit 1\n"
"""A Python that is too old, or has no venv, fails the question that make asks."""


def make(folder: Path, pythons: dict[str, str], *words: str) -> tuple[int, str]:
    """Run make where only `pythons` (name -> script) are found; exit code, and what it said."""
    for name, text in pythons.items():
        (folder / name).write_text(text)
        (folder / name).chmod(0o755)
    done = subprocess.run(
        [str(MAKE), f"VENV={folder}/venv", f"{folder}/venv/bin/python", *words],
        cwd=ROOT,
        env={"PATH": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("pythons", "taken"),
    [
        ({"python3.13": WORKING, "python3.12": WORKING, "python3.11": WORKING}, "python3.11"),
        ({"python3.13": WORKING, "python3.12": WORKING, "python3.11": SHIM}, "python3.12"),
        ({"python3.13": WORKING, "python3.12": OLD, "python3": WORKING}, "python3.13"),
        ({"python3.11": SHIM, "python3": WORKING}, "python3"),
    ],
)
def test_the_first_that_works_is_taken(tmp_path: Path, pythons: dict[str, str], taken: str) -> None:
    code, output = make(tmp_path, pythons, "-n")
    assert code == 0, output
    assert f"\n{taken} -m venv {tmp_path}/venv" in output


def test_it_says_which_it_took(tmp_path: Path) -> None:
    asked = f'#!/bin/sh\n[ "$1" = -m ] && exit 0\nexec "{sys.executable}" "$@"\n'
    code, output = make(tmp_path, {"python3.11": SHIM, "python3.12": asked})
    version = ".".join(map(str, sys.version_info[:3]))
    assert code == 0, output
    assert f"Setting up with Python {version} ({tmp_path}/python3.12)" in output


@pytest.mark.parametrize(
    ("pythons", "words", "says"),
    [
        ({"python3": OLD}, (), "is needed and none was found."),
        ({"python3": WORKING}, ("PYTHON=python9",), "and python9 is none that works."),
    ],
)
def test_none_that_works_is_said(
    tmp_path: Path, pythons: dict[str, str], words: tuple[str, ...], says: str
) -> None:
    code, output = make(tmp_path, pythons, *words)
    assert code != 0
    assert says in output and "make PYTHON=/path/to/python3" in output
    assert not (tmp_path / "venv").exists()
