"""Files that come with the software: the model registry, what we trained, the samples.

In a checkout they lie beside ``src``; in an installed package, inside it.
"""

from __future__ import annotations

import os
from pathlib import Path

from session_audio.errors import SessionAudioError

_PACKAGE = Path(__file__).parent
_CHECKOUT = _PACKAGE.parents[1]


def _find(name: str) -> Path:
    inside = _PACKAGE / "_data" / name
    return inside if inside.exists() else _CHECKOUT / name


def models_folder() -> Path:
    """The folder with ``registry.toml`` and the models that we trained."""
    return _find("models")


def samples_folder() -> Path:
    """The fictional sample groups."""
    return _find("data/samples")


def user_folder(variable: str, default: str) -> Path:
    """Folder of this user for session-audio: below `variable`, else below `default` at home.

    Raises
    ------
    SessionAudioError
        When the user has no home folder.
    """
    given = os.environ.get(variable, "")
    try:
        base = Path(given) if Path(given).is_absolute() else Path.home() / default
    except RuntimeError:
        raise SessionAudioError(
            "this user has no home folder", hint=f"Set HOME, or {variable}."
        ) from None
    return base / "session-audio"
