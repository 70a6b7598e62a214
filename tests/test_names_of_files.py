"""Names of folders that every system takes, and paths that are longer than Windows likes."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest
from click.testing import CliRunner
from test_making import group, m4a, typed  # noqa: F401 (fixtures)

from session_audio import files
from session_audio.cli import main
from session_audio.workspace import names_of_files


@pytest.mark.parametrize(
    "name", ["aux", "COM1.old", "nul", "a:b", "../x", "a/b", "x ", "x.", ".x", "q?", "y" * 300]
)
def test_a_folder_is_called_as_every_system_takes_it(
    group: Path,  # noqa: F811
    tmp_path: Path,
    name: str,
) -> None:
    memo = m4a(tmp_path / "2026-03-03.m4a")
    done = typed("add", group, memo, "--present", "T01", "--session", name)
    assert done.exit_code == 1
    assert "cannot be called so" in " ".join(done.output.split())
    assert [p.name for p in group.iterdir()] == ["group.toml"]


def test_a_group_is_not_called_after_a_device(tmp_path: Path) -> None:
    done = typed("init", tmp_path / "con", "--member", "Tom")
    assert done.exit_code == 1 and "keeps this name for a device" in done.output


def test_a_path_that_is_too_long_says_so(tmp_path: Path) -> None:
    deep = tmp_path / ("x" * 300)
    for error in (OSError(errno.ENAMETOOLONG, "File name too long"), _windows(206)):
        told = str(files.explained(error, deep))
        assert "too long for this system" in told and "nearer to the root" in told
    done = CliRunner().invoke(main, ["check", str(deep)])
    assert done.exit_code == 1 and "Traceback" not in done.output


def _windows(number: int) -> OSError:
    error = OSError("x")
    error.winerror = number  # type: ignore[attr-defined]
    return error


def test_windows_is_given_the_long_form(monkeypatch: pytest.MonkeyPatch) -> None:
    typed_path = Path("/short")
    assert names_of_files.reachable(typed_path) == typed_path
    monkeypatch.setattr(names_of_files, "on_windows", lambda: True)
    long = Path("/" + "a/" * 100)
    assert str(names_of_files.reachable(long)).startswith("\\\\?\\")
