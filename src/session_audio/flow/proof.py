"""``proof``: one file for an ethics board, or a privacy officer.

It holds the checks and what they found, who consented to what (by id), the versions and hashes
of code and weights, the bill of materials, settings, where each result came from, and the log.  No
name, no word, no sound.
"""

from __future__ import annotations

import hashlib
import io
import json
import platform
import zipfile
from datetime import date
from pathlib import Path

import session_audio
from session_audio import __version__, files
from session_audio.flow.context import Context
from session_audio.flow.duties import Check, check_all, consent_table
from session_audio.flow.sbom import sbom
from session_audio.flow.stages.reporting import PROVENANCE
from session_audio.settings import as_dict
from session_audio.workspace import audit, manifest
from session_audio.workspace.folders import find_sessions
from session_audio.workspace.store import OUT

_TIME = (1980, 1, 1, 0, 0, 0)
"""So that the same content makes the same file."""


def table(checks: list[Check]) -> str:
    """The checks as text, a line each."""
    rows = [("pass" if c.holds else "FAIL", c.name, c.duty, c.found) for c in checks]
    widths = [max(len(row[k]) for row in rows) for k in range(3)]
    return "\n".join(
        "  ".join([*(row[k].ljust(widths[k]) for k in range(3)), row[3]]) for row in rows
    )


def write_proof(group: Path, to: Path, on: date, context: Context | None = None) -> list[Check]:
    """Write the proof for the group in `group` to the ZIP file `to`; the checks that it holds.

    Raises
    ------
    ManifestError
        When there is no such group.
    StoreError
        When it cannot be written.
    """
    checks = check_all(group, on, context)
    content = {
        "checks.txt": table(checks) + "\n",
        "consent.json": _json(consent_table(group, on)),
        "versions.json": _json(_versions()),
        "sbom.json": _json(sbom()),
        "settings.json": _json(as_dict(manifest.settings_of(group))),
    }
    if (log := group / audit.FILE).is_file():
        content[audit.FILE] = files.read_text(log)
    for session in find_sessions(group):
        if (path := session / OUT / PROVENANCE).is_file():
            content[f"{session.name}.{PROVENANCE}"] = files.read_text(path)
    sums = [f"{_sha(text)}  {name}\n" for name, text in sorted(content.items())]
    content["SHA256SUMS"] = "".join(sums)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as target:
        for name, text in sorted(content.items()):
            target.writestr(zipfile.ZipInfo(name, _TIME), text)
    files.write_bytes(to, packed.getvalue())
    return checks


def _versions() -> dict[str, object]:
    """The versions that run, and a hash of the code that does."""
    folder = Path(session_audio.__file__).parent
    code = hashlib.sha256()
    for path in sorted(folder.rglob("*.py")):
        code.update(path.relative_to(folder).as_posix().encode() + path.read_bytes())
    return {
        "session-audio": __version__,
        "code_sha256": code.hexdigest(),
        "python": platform.python_version(),
        "system": platform.system(),
    }


def _json(value: object) -> str:
    return json.dumps(value, indent=1, default=str) + "\n"


def _sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
