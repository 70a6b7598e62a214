"""Writing whole or not at all, also where another program has the file open (Windows)."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from session_audio import files
from session_audio.errors import ModelError, StoreError


def test_a_file_reaches_the_disk_before_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    did: list[str] = []
    fsync, replace = os.fsync, os.replace

    def noted(handle: int) -> None:
        did.append("folder" if Path(f"/proc/self/fd/{handle}").is_dir() else "file")
        fsync(handle)

    monkeypatch.setattr(os, "fsync", noted)
    monkeypatch.setattr(os, "replace", lambda a, b: (did.append("name"), replace(a, b)))
    files.write_text(tmp_path / "new" / "a.txt", "ünd\r\n")
    assert (tmp_path / "new" / "a.txt").read_bytes() == "ünd\r\n".encode()
    assert did == ["file", "name", "folder"]


def test_two_who_write_one_file_at_once_each_write_it_whole(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    with files.written(path) as one:
        one.write_text("one")
        with files.written(path) as other:
            other.write_text("other")
        assert (one.read_text(), path.read_text()) == ("one", "other")
    assert path.read_text() == "one"
    assert list(tmp_path.iterdir()) == [path]


def in_use(times: int):  # type: ignore[no-untyped-def]
    """`os.replace` as Windows has it while somebody reads the target, so many times."""
    left = [times]
    real = os.replace

    def replace(part: Path, path: Path) -> None:
        if left[0]:
            left[0] -= 1
            raise PermissionError(errno.EACCES, "The process cannot access the file", str(path))
        real(part, path)

    return replace


def test_a_file_that_is_open_for_a_moment_is_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files.write_text(tmp_path / "a.txt", "old")
    monkeypatch.setattr("sys.platform", "win32")
    monkeypatch.setattr(os, "replace", in_use(1))
    files.write_text(tmp_path / "a.txt", "new")
    assert (tmp_path / "a.txt").read_text() == "new"


def test_a_file_that_stays_open_is_told_and_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files.write_text(tmp_path / "report.html", "old")
    monkeypatch.setattr("sys.platform", "win32")
    monkeypatch.setattr(files, "PATIENCE", 0.1)
    monkeypatch.setattr(os, "replace", in_use(1000))
    with pytest.raises(StoreError, match=r"report\.html is open in another program.*Close it"):
        files.write_text(tmp_path / "report.html", "new")
    assert (tmp_path / "report.html").read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["report.html"]


def test_where_files_in_use_can_be_replaced_nobody_waits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files.write_text(tmp_path / "a.txt", "old")
    monkeypatch.setattr(os, "replace", in_use(1000))
    with pytest.raises(StoreError, match=r"a\.txt may not be written"):
        files.write_text(tmp_path / "a.txt", "new")


@pytest.mark.parametrize(
    ("number", "says"),
    [
        (errno.ENOSPC, "the disk is full; a.txt could not be written. Free it"),
        (errno.EROFS, "there/a.txt may not be written. Ask"),
        (errno.EIO, "a.txt could not be written (Input/output error)"),
    ],
)
def test_one_text_for_what_the_system_refuses(number: int, says: str) -> None:
    error = OSError(number, os.strerror(number))
    raised = files.explained(
        error, Path("here/there/a.txt"), ModelError, full="Free it", refused="Ask"
    )
    assert isinstance(raised, ModelError)
    assert str(raised) == says
    assert files.is_refusal(error) == (number != errno.EIO)


ENDING = """
import os, sys, threading, time
from pathlib import Path
from session_audio import files

folder = Path(sys.argv[1])
begun = threading.Event()

def write() -> None:
    with files.written(folder / "first") as part:
        begun.set()
        time.sleep(0.2)
        with files.into(part) as file:  # after what was begun is removed
            file.write(b"words")

threading.Thread(target=write, daemon=True).start()
begun.wait()
files.hold_still()
for path in folder.iterdir():
    path.unlink()
threading.Thread(target=files.write_text, args=(folder / "second", "words"), daemon=True).start()
time.sleep(1)
os._exit(0)
"""


def test_a_process_that_ends_leaves_nothing_half_written(tmp_path: Path) -> None:
    """Its threads go on until it is gone, and would begin again what was removed."""
    subprocess.run([sys.executable, "-c", ENDING, str(tmp_path)], check=True, timeout=60)
    assert list(tmp_path.iterdir()) == []
