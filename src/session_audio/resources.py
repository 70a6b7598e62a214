"""Files that come with the software: the model registry, what we trained, the samples.

In a checkout they lie beside ``src``; in an installed package, inside it.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal

import platformdirs

from session_audio.errors import SessionAudioError

NAME = "session-audio"
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


def user_folder(kind: Literal["cache", "state"]) -> Path:
    r"""Folder of this user for session-audio, by the custom of the system.

    On every system ``XDG_CACHE_HOME`` or ``XDG_STATE_HOME`` counts where it is an absolute
    path.  Else it is ``~/.cache`` or ``~/.local/state`` on Linux, ``~/Library`` on macOS, and
    ``AppData\Local`` on Windows.

    Parameters
    ----------
    kind : str
        ``"cache"`` holds what can be had again (weights); ``"state"`` what a run leaves.

    Raises
    ------
    SessionAudioError
        When the user has no home folder.
    """
    variable = f"XDG_{kind.upper()}_HOME"
    given = Path(os.environ.get(variable, ""))
    if given.is_absolute():
        return given / NAME
    try:
        home = Path.home()
    except RuntimeError:
        raise SessionAudioError(
            "this user has no home folder", hint=f"Set HOME, or {variable}."
        ) from None
    if given != Path():  # a relative path, which platformdirs would take as it is
        return home / {"cache": ".cache", "state": ".local/state"}[kind] / NAME
    folder = platformdirs.user_cache_path if kind == "cache" else platformdirs.user_state_path
    return folder(NAME, appauthor=False)
