"""A group's folder with made-up sessions, as a run would leave it, but without sound."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import tomlkit

from session_audio.formats import outputs
from session_audio.schema import Diarization, Session, SessionResult, SpeakerSegment


def write_example_group(folder: Path, results: Sequence[SessionResult]) -> Path:
    """Write the manifests and the tables of `results` below `folder`; returns `folder`.

    The recordings that the manifests name are not there.
    """
    folder.mkdir(parents=True)
    (folder / "group.toml").write_text(_group(results[0].session), encoding="utf-8")
    for result in results:
        session = result.session
        out = folder / session.id / "out"
        out.mkdir(parents=True)
        (out.parent / "session.toml").write_text(_session(session), encoding="utf-8")
        segments = tuple(SpeakerSegment(t.start, t.end, t.participant) for t in result.turns)
        outputs.write_tables(result, Diarization(segments, segments), out)
    return folder


def _group(session: Session) -> str:
    group = session.group
    return _toml(
        {
            "id": group.id,
            "name": group.name,
            "languages": list(group.languages) or None,
            "fictional": group.fictional,
            "participant": [
                {
                    "id": p.id,
                    "name": p.name,
                    "role": p.role,
                    "consent": {c.purpose: {"given": c.given} for c in p.consent},
                }
                for p in group.participants
            ],
        }
    )


def _session(session: Session) -> str:
    return _toml(
        {
            "date": session.date,
            "number": session.number,
            "attendance": list(session.attendance),
            "recording": [{"file": str(r.file)} for r in session.recordings],
            "rating": [
                {"participant": r.participant, "instrument": r.instrument, "items": dict(r.items)}
                for r in session.ratings
            ],
        }
    )


def _toml(values: dict[str, Any]) -> str:
    text = tomlkit.dumps({name: value for name, value in values.items() if value is not None})
    tomllib.loads(text)
    return text
