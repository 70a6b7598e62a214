"""What people corrected by hand in ``out/work`` is theirs: kept apart, and applied again.

Beside each file that may be corrected (RTTM, SegLST) stands what the software itself wrote
(``out/work/made/``).  What differs is a correction: an operation in the session's ``review.json``,
in order.  When a stage has to write its file anew, after an update or a changed setting, the
operations are applied to what it made; one that no longer fits is marked and told.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from pathlib import Path

from session_audio import files
from session_audio.amend import in_files
from session_audio.flow.artefacts import Readable, Rttm, Words
from session_audio.flow.session import SessionRun
from session_audio.formats import rttm, seglst
from session_audio.interval import Interval
from session_audio.workspace.review_file import (
    REVIEW,
    Operation,
    kept_still,
    load,
    readable,
    save,
    taken_back,
)

MADE = "made"


def misfits(folder: Path) -> int:
    """How many corrections did not fit what was made anew."""
    return sum(o.get("fits") is False for o in load(folder))


def doubts(folder: Path) -> list[str]:
    """What is told of corrections that did not fit."""
    count = misfits(folder)
    if not count:
        return []
    said = (
        "1 correction by hand no longer fits and was"
        if count == 1
        else (f"{count} corrections by hand no longer fit and were")
    )
    return [f"{said} not applied ({REVIEW})"]


def collect(run: SessionRun, writes: Sequence[Readable]) -> None:
    """Note what was corrected in the files of `writes` since the software wrote them."""
    for artefact in writes:
        if not isinstance(artefact, Rttm | Words):
            continue
        now, made = run.store.work / artefact.name, run.store.work / MADE / artefact.name
        if not (now.is_file() and made.is_file()):
            continue
        if files.digest(now) == files.digest(made):
            continue
        if not artefact.says_something(run):  # damage, which is made again
            continue
        if isinstance(artefact, Rttm):
            found = in_files.label_changes(rttm.read(made), rttm.read(now))
        else:
            found = in_files.word_changes(seglst.read(made), seglst.read(now))
        with kept_still():
            known = load(run.store.folder)
            save(run.store.folder, known + [{"file": artefact.name, **o} for o in found])
            files.copy(now, made)


def back_up(run: SessionRun, writes: Sequence[Readable]) -> None:
    """Keep a file that an earlier version wrote, which may hold corrections nobody noted."""
    for artefact in writes:
        if isinstance(artefact, Rttm | Words):
            now = run.store.work / artefact.name
            kept = run.store.work / MADE / f"{artefact.name}.before"
            if now.is_file() and not (run.store.work / MADE / artefact.name).is_file():
                files.copy(now, kept)


def apply(run: SessionRun, writes: Sequence[Readable]) -> None:
    """Correct what a stage made, as people did before; and remember what stands there now."""
    for artefact in writes:
        if isinstance(artefact, Rttm | Words):
            with kept_still():
                _apply_to(run, artefact)


def cut(
    run: SessionRun, artefact: Words, spans: Iterable[Interval], whose: Collection[str] = ()
) -> None:
    """Forget the words of `artefact` that are withheld, where copies or corrections hold them.

    Every correction of words that lies in `spans` goes, of any file, and what a review wrote
    there or for one of `whose`; so does what was undone of it.
    """
    silent = list(spans)

    def inside(o: Operation) -> bool:
        words = [w for w in (o.get("from"), o.get("to")) if isinstance(w, list)]
        for change in o.get("changes") or ():
            words += [*change.get("from", ()), *change.get("to", ())]
        return any(s.start <= (w[0] + w[1]) / 2 < s.end for w in words for s in silent)

    def may_stay(o: Operation) -> bool:
        if o.get("do") == "mend" and str(o.get("from")) in whose:
            return False
        return o.get("do") not in ("word", "mend") or not inside(o)

    with kept_still():
        known, undone = load(run.store.folder), taken_back(run.store.folder)
        kept = [o for o in known if may_stay(o)], [o for o in undone if may_stay(o)]
        if kept != (known, undone):
            save(run.store.folder, *kept)
        made = run.store.work / MADE
        files.copy(run.store.work / artefact.name, made / artefact.name)
        for path in made.glob("*.seglst.json.before"):
            path.unlink()


def _apply_to(run: SessionRun, artefact: Rttm | Words) -> None:
    operations = load(run.store.folder)
    own = [o for o in operations if o.get("file") == artefact.name]
    if own:
        amend(run, artefact, own)
        save(run.store.folder, operations)
    remember(run, artefact)


def amend(run: SessionRun, artefact: Rttm | Words, operations: Sequence[Operation]) -> None:
    """Apply operations to a file of the session; each is marked with whether it fits.

    Raises
    ------
    StoreError
        When somebody changed an operation into something else.
    """
    with readable(run.session.id):
        if isinstance(artefact, Rttm):
            segments = in_files.corrected_labels(artefact.read(run.store), operations)
            artefact.write(run.store, segments)
        else:
            words = in_files.corrected_words(artefact.read(run.store), operations)
            artefact.write(run.store, words)


def remember(run: SessionRun, artefact: Rttm | Words) -> None:
    """Take what stands in a file now for what the software made: no correction by hand."""
    path = run.store.work / artefact.name
    if path.is_file():
        files.copy(path, run.store.work / MADE / artefact.name)
