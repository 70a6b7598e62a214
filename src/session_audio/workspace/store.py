"""The session folder: reading, writing, freshness and provenance.

``out/`` holds what people and other programs read; ``out/work/`` what one stage hands to
the next.  Every file is written under a temporary name and renamed.  A stage is fresh
when what it read (by content), its settings and its models are as they were, and what
it wrote still holds what it wrote; so an interrupted run resumes, a damaged file is made
again, and a file corrected by hand is kept and carries forward.
"""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from session_audio import locks, permissions
from session_audio.errors import BusyError, DamagedError, StoreError
from session_audio.files import (
    PART,
    Mark,
    digest,
    explained,
    holds,
    mark,
    read_bytes,
    write_bytes,
)

OUT = "out"
WORK = "work"
PROVENANCE = "provenance"
"""The record of what ``provenance.json`` held; it is no stage."""


@cache
def _adapter(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind)


@dataclass(frozen=True, slots=True)
class StageRecord:
    """What one stage did: the key of what it read, and the files it wrote."""

    stage: str
    key: str
    outputs: tuple[str, ...]
    seconds: float
    finished: str
    models: Mapping[str, str]
    marks: Mapping[str, Mark] = field(default_factory=dict)
    """What each output held; none in records of versions that only knew the names."""
    retired: tuple[str, ...] = ()
    """Outputs that were removed since, on purpose: what they held is known, and made again
    where it is needed."""


def _never(_: Path) -> bool:
    return False


_held: set[Path] = set()
"""Folders of the sessions that this process holds."""


def clean_held() -> None:
    """Remove what is half-written in the sessions that this process holds, as it ends now.

    Others may be in hand of another run, which writes there.
    """
    for folder in tuple(_held):
        SessionStore(folder).clean()


class SessionStore:
    """One session's files.

    Parameters
    ----------
    folder : Path
        The session's folder, where ``session.toml`` is.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @property
    def id(self) -> str:
        """The session's id: the folder's name."""
        return self.folder.resolve().name

    @property
    def out(self) -> Path:
        """What people and other programs read."""
        return self.folder / OUT

    @property
    def work(self) -> Path:
        """What one stage hands to the next."""
        return self.out / WORK

    def write(self, name: str, value: object, kind: Any) -> Path:
        """Write `value` (of type `kind`) as ``out/work/NAME`` in JSON."""
        path = self.work / name
        write_bytes(path, _adapter(kind).dump_json(value, indent=1))
        return path

    def read(self, name: str, kind: Any) -> Any:
        """Read ``out/work/NAME`` as `kind`.

        Raises
        ------
        StoreError
            When the file is missing, or was changed into something else.
        """
        path = self.work / name
        try:
            return _adapter(kind).validate_json(read_bytes(path))
        except FileNotFoundError:
            raise StoreError(
                f"{OUT}/{WORK}/{name} is not there", session=self.id, hint="Run the session first."
            ) from None
        except ValidationError as error:
            raise StoreError(
                f"{OUT}/{WORK}/{name} does not hold what the stage wrote "
                f"({error.error_count()} problems)",
                session=self.id,
                hint="Delete the file and run again.",
            ) from None

    # --- freshness ---

    def _record_path(self, stage: str) -> Path:
        return self.work / "stages" / f"{stage}.json"

    def record(self, stage: str) -> StageRecord | None:
        """What is known of the last run of `stage`; None when it never ended."""
        try:
            last: StageRecord = _adapter(StageRecord).validate_json(
                read_bytes(self._record_path(stage))
            )
        except (FileNotFoundError, ValidationError, DamagedError):
            return None
        return last

    def is_fresh(self, stage: str, key: str, corrected: Callable[[Path], bool] = _never) -> bool:
        """Whether `stage` was done for `key`, and each file holds what it wrote or a correction.

        Parameters
        ----------
        stage, key : str
        corrected : callable
            Asked of a file that holds something else now: whether that is a correction by
            hand, to be kept.  Otherwise it is damage.
        """
        record = self.record(stage)
        if record is None or record.key != key:
            return False
        changed = self.changed(record)
        return all(path.exists() for path in changed) and all(map(corrected, changed))

    def changed(self, record: StageRecord) -> list[Path]:
        """The files of `record` that are gone or do not hold what the stage wrote."""
        paths = {name: self.out / name for name in record.outputs}
        return [
            path
            for name, path in paths.items()
            if not (name in record.retired and not path.exists())
            and not (holds(path, record.marks[name]) if name in record.marks else path.exists())
        ]

    def unfinished(self) -> bool:
        """Whether a stopped run left half-written files."""
        return any(True for _ in self.out.rglob(f"*{PART}"))

    def finish(
        self,
        stage: str,
        key: str,
        outputs: Iterable[Path],
        seconds: float,
        models: Mapping[str, str] | None = None,
    ) -> None:
        """Note that `stage` is done; the last thing a stage does."""
        paths = {path.relative_to(self.out).as_posix(): path for path in outputs}
        now = datetime.now(UTC).isoformat(timespec="seconds")
        record = StageRecord(
            stage,
            key,
            tuple(sorted(paths)),
            round(seconds, 3),
            now,
            dict(models or {}),
            {name: mark(path) for name, path in sorted(paths.items())},
        )
        self._write_record(record)

    def _write_record(self, record: StageRecord) -> None:
        content = _adapter(StageRecord).dump_json(record, indent=1)
        write_bytes(self._record_path(record.stage), content)

    def retire(self, stage: str, paths: Iterable[Path]) -> None:
        """Remove `paths`, which `stage` wrote, and remember what they held."""
        record = self.record(stage)
        gone = [p for p in paths if p.exists()]
        names = {path.relative_to(self.out).as_posix() for path in gone}
        if record is not None:
            kept = replace(record, retired=tuple(sorted({*record.retired, *names})))
            self._write_record(kept)
        for path in gone:
            path.unlink()

    def digest(self, path: Path) -> str:
        """SHA-256 of the file at `path`, or of what it held where it was retired."""
        if not path.exists() and path.is_relative_to(self.out):
            name = path.relative_to(self.out).as_posix()
            for record in self.records():
                if name in record.retired and name in record.marks:
                    return record.marks[name].sha256
        return digest(path)

    def remark(self, stage: str) -> None:
        """Take what now stands in the files of `stage` for what it wrote.

        For what consent takes out of them afterwards; nothing where the stage never ended.
        """
        if (record := self.record(stage)) is not None:
            marks = {name: mark(self.out / name) for name in record.outputs}
            self._write_record(replace(record, marks=marks))

    def forget_stage(self, stage: str) -> None:
        """Make `stage` run again next time."""
        self._record_path(stage).unlink(missing_ok=True)

    def clean(self) -> None:
        """Remove half-written files that a stopped run left."""
        if self.out.is_dir():
            for part in self.out.rglob(f"*{PART}"):
                shutil.rmtree(part) if part.is_dir() else part.unlink(missing_ok=True)

    def _lock(self) -> Path:
        return self.work / "lock"

    def in_hand(self) -> bool:
        """Whether another run holds the session now."""
        if not self._lock().exists():
            return False
        try:
            locks.take(self._lock()).release()
        except locks.HeldError:
            return True
        except OSError:  # it may not be written: a run says so
            return False
        return False

    @contextlib.contextmanager
    def locked(self, *, wait: bool = False) -> Iterator[None]:
        """Hold the session for one run at a time; with `wait`, until the other run lets go.

        Where the folder is removed meanwhile, it stays so.

        Raises
        ------
        BusyError
            When another run holds it.
        StoreError
            When the folder cannot be written.
        """
        path = self._lock()
        try:
            permissions.new_folder(self.work)
            permissions.restrict(self.out)  # earlier versions left it open to others
            lock = locks.take(path, locks.FOREVER if wait else 0.0)
        except locks.HeldError:
            raise BusyError(
                "another run is at work on this session",
                session=self.id,
                hint="Wait for it to end, or stop it.",
            ) from None
        except OSError as error:
            raise explained(error, path).located(session=self.id) from None
        held = self.folder.resolve()
        try:
            self.clean()
            _held.add(held)
            yield
        finally:
            _held.discard(held)
            self._follow_removal()
            lock.release()

    def _follow_removal(self) -> None:
        """Remove what was written since somebody removed the folder while this run was at work.

        The lock went with the folder, and nothing but what was written since is in its place.
        """
        with contextlib.suppress(OSError):
            if not self._lock().exists() and [p.name for p in self.folder.iterdir()] == [OUT]:
                shutil.rmtree(self.folder)

    def records(self) -> list[StageRecord]:
        """What is known of every stage that ended, in the order they did."""
        names = sorted(path.stem for path in (self.work / "stages").glob("*.json"))
        known = [r for r in (self.record(name) for name in names) if r is not None]
        return sorted(known, key=lambda record: record.finished)

    def provenance(self, inputs: Mapping[str, str]) -> dict[str, Any]:
        """Inputs by SHA-256 and what each stage did, for ``provenance.json``."""
        return {
            "session": self.id,
            "inputs": dict(sorted(inputs.items())),
            "stages": {
                r.stage: {"finished": r.finished, "seconds": r.seconds, "models": dict(r.models)}
                for r in self.records()
                if r.stage != PROVENANCE
            },
        }
