"""What may be a mistake in a session's file and stops nothing."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from session_audio.schema import Session
from session_audio.workspace import manifest, paths
from session_audio.workspace.manifest import GROUP_FILE, SESSION_FILE


def doubts(session: Session) -> list[str]:
    """What may be a mistake in the session's file and stops nothing."""
    found = [
        f"{p.id} is present before the day of joining in {GROUP_FILE}"
        for p in session.present
        if p.joined is not None and session.date < p.joined
    ]
    found += [
        f"{p.id} is present after the day of leaving in {GROUP_FILE}"
        for p in session.present
        if p.left is not None and session.date > p.left
    ]
    files = {r.file: paths.content(r.file) for r in session.recordings}
    contents = [content for content in files.values() if content]
    if twice := sum(contents.count(content) > 1 for content in contents):
        found.append(f"{twice} of its recordings hold the same sound")
    own = {content for r in session.recordings if (content := paths.content(r.file))}
    for path in sorted(session.group.folder.glob(f"*/{SESSION_FILE}")):
        if path.parent.name == session.id:
            continue
        number, recordings = _of_another(path, path.stat().st_mtime_ns)
        if session.number is not None and number == session.number:
            found.append(f"its number {session.number} is also that of {path.parent.name}")
        if own & {c for name in recordings if (c := paths.content(path.parent / name))}:
            found.append(f"its recording is also that of {path.parent.name}")
    return found


@lru_cache(maxsize=4096)
def _of_another(path: Path, _changed: int) -> tuple[object, tuple[str, ...]]:
    return manifest.of_another(path)
