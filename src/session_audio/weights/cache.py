"""The user's cache of weights: where it is, what is in it, whether it is intact.

One folder a weight.  Beside its files lies ``pulled.json``, which says what was checked:
hash, size and time of each file.  A file whose size and time are those of the last check is
not hashed again at each run; `verify` hashes everything.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from session_audio.errors import ModelError, StoreError
from session_audio.files import digest, explained, write_text
from session_audio.resources import user_folder
from session_audio.weights.registry import STAGE_TASKS, Registry, Weight, load_registry

STAMP = "pulled.json"
CONFIG = "config.json"
PULL = "Run `session-audio models pull`."


@dataclass(frozen=True, slots=True)
class FileStatus:
    """One file of one weight, after a look."""

    weight: str
    path: str
    state: Literal["ok", "missing", "wrong"]
    found: str = ""
    """The hash found, where it is wrong."""


@dataclass(frozen=True, slots=True)
class WeightStatus:
    """One weight and whether the cache holds it."""

    weight: Weight
    state: Literal["present", "missing", "wrong"]
    folder: Path


def cache_root() -> Path:
    """Where weights are kept for this user.

    ``$SESSION_AUDIO_MODELS``, else ``models`` in this user's cache folder (``~/.cache`` on
    Linux; see `user_folder`).
    """
    if given := os.environ.get("SESSION_AUDIO_MODELS"):
        return Path(given).expanduser()
    return user_folder("cache") / "models"


def write_stamp(folder: Path, weight: Weight, hashes: Mapping[str, str]) -> None:
    """Note that the files of `weight` in `folder` were checked and have `hashes`."""
    files = {
        path: {"sha256": value, **_size_and_time(folder / path)} for path, value in hashes.items()
    }
    text = json.dumps({"revision": weight.revision, "files": files}, indent=1, sort_keys=True)
    write_text(folder / STAMP, text + "\n", private=False)


def _size_and_time(path: Path) -> dict[str, int]:
    stat = path.stat()
    return {"size": stat.st_size, "mtime_ns": stat.st_mtime_ns}


def _stamp(folder: Path, weight: Weight) -> Mapping[str, Mapping[str, Any]]:
    """What was checked before; empty when nothing was, or for another revision."""
    try:
        stamp = json.loads((folder / STAMP).read_text(encoding="utf-8"))
        if stamp["revision"] == weight.revision:
            files: Mapping[str, Mapping[str, Any]] = stamp["files"]
            return files
    except (OSError, ValueError, KeyError, TypeError):
        pass
    return {}


def expected_hashes(weight: Weight, stamped: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    """Path -> hash that each kept file must have; "" where none is known.

    The registry's hash where it has one; else the one noted at the conversion of a file
    whose published form had the registry's hash.  ``config.json`` of a converted checkpoint
    is likewise known from the conversion.
    """
    hashes = {f.path: f.sha256 for f in weight.files}
    hashes.update((CONFIG, f.config_sha256) for f in weight.files if f.config_sha256)
    for path in [*hashes, CONFIG]:
        known = stamped.get(path, {}).get("sha256", "")
        if known and not hashes.get(path):
            hashes[path] = known
    return hashes


def inspect(weight: Weight, root: Path | None = None, *, rehash: bool = False) -> list[FileStatus]:
    """Look at each file of `weight`; hash those that changed since the last check, or all."""
    folder = (root or cache_root()) / weight.name
    stamped = _stamp(folder, weight)
    out: list[FileStatus] = []
    hashed: dict[str, str] = {}
    changed = False
    for path, expected in expected_hashes(weight, stamped).items():
        file = folder / path
        if not file.is_file():
            out.append(FileStatus(weight.name, path, "missing"))
            continue
        known = stamped.get(path, {})
        same = all(known.get(k) == v for k, v in _size_and_time(file).items())
        if same and known.get("sha256") == expected and not rehash:
            hashed[path] = expected
            out.append(FileStatus(weight.name, path, "ok"))
            continue
        actual = digest(file)
        hashed[path], changed = actual, True
        ok = bool(expected) and actual == expected
        out.append(FileStatus(weight.name, path, "ok" if ok else "wrong", "" if ok else actual))
    if changed and all(s.state == "ok" for s in out):
        # A cache that may only be read is used all the same, hashed at each run.
        with suppress(StoreError):
            write_stamp(folder, weight, hashed)
    return out


def status(weight: Weight, root: Path | None = None, *, rehash: bool = False) -> WeightStatus:
    """Whether the cache holds `weight` whole."""
    root = root or cache_root()
    states = {s.state for s in inspect(weight, root, rehash=rehash)}
    state: Literal["present", "missing", "wrong"] = "present"
    if "missing" in states:
        state = "missing"
    elif "wrong" in states:
        state = "wrong"
    return WeightStatus(weight, state, root / weight.name)


def listing(
    profile: str | None = None, root: Path | None = None, registry: Registry | None = None
) -> list[WeightStatus]:
    """Every weight of the registry (or of one profile) and whether it is there."""
    registry = registry or load_registry()
    weights = registry.weights if profile is None else registry.of(profile)
    return [status(w, root) for w in weights]


def verify(
    root: Path | None = None,
    registry: Registry | None = None,
    progress: Callable[[float], None] = lambda _: None,
) -> list[FileStatus]:
    """Hash every file of every weight that is there; weights never pulled are left out."""
    root = root or cache_root()
    registry = registry or load_registry()
    there = [w for w in registry.weights if (root / w.name).is_dir()]
    out: list[FileStatus] = []
    for i, weight in enumerate(there):
        out += inspect(weight, root, rehash=True)
        progress((i + 1) / len(there))
    return out


def locate(
    task: str,
    profile: str = "bundled",
    name: str | None = None,
    root: Path | None = None,
    registry: Registry | None = None,
) -> Path:
    """The folder with the weights for `task`, checked.

    Parameters
    ----------
    task : str
        ``"segmentation"``, ``"voice"``, ``"plda"``, ``"transcription"``, ``"text"`` or
        ``"conversation"``.
    profile : str
        ``"bundled"`` or ``"hub"``.
    name : str, optional
        One weight by name (e.g. ``"whisper-large-v3-turbo"``), instead of the default.

    Raises
    ------
    ModelError
        When the registry has none, or it is not pulled, or a file is not what the
        registry says.
    """
    registry = registry or load_registry()
    weight = registry.named(name) if name else registry.default(task, profile)
    if weight is None:
        raise ModelError(f"the profile {profile} has no weights for {task}")
    if weight.task != task:
        raise ModelError(f"{weight.name} is for {weight.task}, not for {task}")
    here = status(weight, root)
    if here.state != "present":
        hint = PULL if profile == "bundled" else f"{PULL[:-2]} --profile {profile}`."
        why = "are not pulled" if here.state == "missing" else "are not the ones of the registry"
        raise ModelError(f"the weights {weight.name} ({task}) {why}", hint=hint)
    return here.folder


def revisions(
    stage: str, profile: str, name: str | None = None, registry: Registry | None = None
) -> dict[str, str]:
    """Name -> revision of the weights that a stage (or task) runs with, without loading any.

    Examples
    --------
    >>> revisions("transcription", "bundled")["whisper-base"][:5]
    'gympu'
    """
    registry = registry or load_registry()
    if name:
        return {name: registry.named(name).revision}
    tasks: Sequence[str] = STAGE_TASKS.get(stage, (stage,))
    chosen = [registry.default(task, profile) for task in tasks]
    return {w.name: w.revision for w in chosen if w is not None}


@contextmanager
def disk_errors(root: Path) -> Iterator[None]:
    """Turn what the disk refuses into a `ModelError` that says what to do."""
    try:
        yield
    except OSError as error:
        raise explained(
            error,
            root,
            ModelError,
            full="Free some space or set SESSION_AUDIO_MODELS to another folder; "
            "what is complete is kept.",
            refused="Set SESSION_AUDIO_MODELS to a folder of your own.",
        ) from error
