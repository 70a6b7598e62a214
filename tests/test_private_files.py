"""What a session holds is read and written through `session_audio.files` alone.

So that encryption at rest holds for all of it.  Looked for in the code: whatever opens a file by
its path.  What opens something else stands below, with what that is.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import session_audio

ROOT = Path(session_audio.__file__).parent
SEAM = ("files.py", "encryption/")
METHODS = frozenset({"open", "read_text", "read_bytes", "write_text", "write_bytes"})
FUNCTIONS = frozenset(
    {
        "av.open",
        "io.open",
        "np.fromfile",
        "np.load",
        "np.save",
        "open",
        "os.open",
        "pd.read_csv",
        "shutil.copy",
        "shutil.copy2",
        "shutil.copyfile",
        "shutil.copytree",
        "soundfile.SoundFile",
        "soundfile.read",
        "soundfile.write",
        "textgrid.openTextgrid",
        "Eaf",
        "ZipFile",
        "zipfile.ZipFile",
        "tempfile.TemporaryFile",
        "tempfile.NamedTemporaryFile",
    }
)
ELSEWHERE = {
    "backends/diarization/pyannet.py": "weights",
    "backends/rupture/classifier.py": "weights",
    "backends/rupture/external.py": "weights",
    "backends/rupture/trained.py": "weights",
    "weights/": "weights",
    "turntaking/model/__init__.py": "weights",
    "metrics/diarization_error.py": "comes with the software",
    "metrics/event_error.py": "comes with the software",
    "names/ordinary.py": "comes with the software",
    "report/output/pdf.py": "comes with the software",
    "report/output/render.py": "comes with the software",
    "report/sections/error_rates.py": "comes with the software",
    "report/wording.py": "comes with the software",
    "review/page.py": "comes with the software",
    "turntaking/lexicons.py": "comes with the software",
    "cli/running.py": "the samples; what a decoder says",
    "flow/pace.py": "how long stages took on this machine",
    "flow/proof.py": "the code",
    "locks.py": "who holds a lock",
    "permissions.py": "an empty file",
    "settings/reading.py": "settings.toml, which stays in the clear",
    "workspace/audit.py": "the log, which stays in the clear",
    "testing/": "groups that are invented",
    "flow/adding.py": "what somebody brings, as it is",
    "formats/elan.py": "a library opens it by its path; it stays in the clear",
    "formats/textgrid.py": "a library opens it by its path; it stays in the clear",
    "sound/media.py": "a recording in the clear, by its path",
}
THROUGH_THE_SEAM = {
    "formats/tables.py": "pd.read_csv",
    "formats/plain_text.py": "zipfile.ZipFile",
    "sound/dated.py": "av.open",
    "sound/listening.py": "av.open",
    "sound/silencing.py": "soundfile.SoundFile",
}
"""Libraries that are given a file which the seam opened."""


def name_of(call: ast.Call) -> str:
    return ast.unparse(call.func)


def opens(code: str) -> Iterator[str]:
    """The calls in `code` that open a file by its path."""
    for node in ast.walk(ast.parse(code)):
        if not isinstance(node, ast.Call):
            continue
        name = name_of(node)
        whose, _, method = name.rpartition(".")
        of_a_path = method in METHODS and whose not in ("files", "webbrowser", "plain_text", "desk")
        if name in FUNCTIONS or (of_a_path and whose and name not in ("av.open", "io.open")):
            yield name


def test_private_files_are_opened_in_one_place() -> None:
    """Else what a module reads is not decrypted, and what it writes lies in the clear."""
    found = []
    for path in sorted(ROOT.rglob("*.py")):
        where = path.relative_to(ROOT).as_posix()
        if not where.startswith((*SEAM, *ELSEWHERE)):
            calls = opens(path.read_text())
            found += [f"{where}: {name}" for name in calls if name != THROUGH_THE_SEAM.get(where)]
    assert not found


def test_what_opens_files_elsewhere_is_still_there_and_still_does() -> None:
    idle = [where for where in ELSEWHERE if not any(True for _ in opens(code_of(where)))]
    assert not idle


def code_of(where: str) -> str:
    files = sorted((ROOT / where).rglob("*.py")) if where.endswith("/") else [ROOT / where]
    return "\n".join(file.read_text().replace("from __future__", "# from") for file in files)


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ("path.read_text()", ["path.read_text"]),
        ("(folder / 'a').open('rb')", ["(folder / 'a').open"]),
        ("np.load(path)", ["np.load"]),
        ("files.read_text(path)", []),
        ("files.opened(path)", []),
        ("gate.opens(token)", []),
    ],
)
def test_the_look_itself(code: str, found: list[str]) -> None:
    assert list(opens(code)) == found
