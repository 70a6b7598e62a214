"""What people corrected by hand in ``out/work`` is theirs: kept apart, and applied again.

Beside each file that may be corrected (RTTM, SegLST) stands what the software itself wrote
(``out/work/made/``).  What differs is a correction: an operation in the session's ``review.json``,
in order.  When a stage has to write its file anew, after an update or a changed setting, the
operations are applied to what it made; one that no longer fits is marked and told.
"""

from __future__ import annotations

import json
import shutil
import threading
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from session_audio import files
from session_audio.errors import StoreError
from session_audio.flow.artefacts import Readable, Rttm, Words
from session_audio.flow.session import SessionRun
from session_audio.formats import rttm, seglst
from session_audio.interval import Interval
from session_audio.schema import SpeakerSegment, Word

REVIEW = "review.json"
"""In the session's folder, so that it outlives ``out``; it holds words."""
LEARNING = "learning.json"
"""Beside it: the moments that trainees marked, which correct nothing."""
MADE = "made"
NEAR = 0.5
"""Seconds by which a corrected word may have moved (ours)."""
_FITS = 0.5
"""Share of a correction's time that must be met again (ours)."""

Operation = dict[str, Any]
_ONE_AT_A_TIME = threading.RLock()
"""Stages run side by side, and have one file of corrections."""


def load(folder: Path) -> list[Operation]:
    """The operations of the session in `folder`, in order.

    Raises
    ------
    StoreError
        When the file was changed into something else: it is not written over.
    """
    path = folder / REVIEW
    try:
        operations = json.loads(path.read_text(encoding="utf-8"))["operations"]
        if all(isinstance(o, dict) and isinstance(o.get("file", ""), str) for o in operations):
            return list(operations)
    except FileNotFoundError:
        return []
    except (ValueError, RecursionError, KeyError, TypeError, OSError):
        pass
    raise StoreError(
        f"{REVIEW} does not hold corrections", hint="Restore it, or move it away and run again."
    )


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
        if not (now.is_file() and made.is_file()) or now.read_bytes() == made.read_bytes():
            continue
        if not artefact.says_something(run):  # damage, which is made again
            continue
        if isinstance(artefact, Rttm):
            found = _label_changes(rttm.read(made), rttm.read(now))
        else:
            found = _word_changes(seglst.read(made), seglst.read(now))
        with _ONE_AT_A_TIME:
            known = load(run.store.folder)
            save(run.store.folder, known + [{"file": artefact.name, **o} for o in found])
            _copy(now, made)


def back_up(run: SessionRun, writes: Sequence[Readable]) -> None:
    """Keep a file that an earlier version wrote, which may hold corrections nobody noted."""
    for artefact in writes:
        if isinstance(artefact, Rttm | Words):
            now = run.store.work / artefact.name
            kept = run.store.work / MADE / f"{artefact.name}.before"
            if now.is_file() and not (run.store.work / MADE / artefact.name).is_file():
                _copy(now, kept)


def apply(run: SessionRun, writes: Sequence[Readable]) -> None:
    """Correct what a stage made, as people did before; and remember what stands there now."""
    for artefact in writes:
        if isinstance(artefact, Rttm | Words):
            with _ONE_AT_A_TIME:
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

    with _ONE_AT_A_TIME:
        known, undone = load(run.store.folder), taken_back(run.store.folder)
        kept = [o for o in known if may_stay(o)], [o for o in undone if may_stay(o)]
        if kept != (known, undone):
            save(run.store.folder, *kept)
        made = run.store.work / MADE
        _copy(run.store.work / artefact.name, made / artefact.name)
        for path in made.glob("*.seglst.json.before"):
            path.unlink()


def _apply_to(run: SessionRun, artefact: Rttm | Words) -> None:
    operations = load(run.store.folder)
    own = [o for o in operations if o.get("file") == artefact.name]
    try:
        if own and isinstance(artefact, Rttm):
            artefact.write(run.store, _corrected_labels(artefact.read(run.store), own))
        elif own and isinstance(artefact, Words):
            artefact.write(run.store, _corrected_words(artefact.read(run.store), own))
    except (KeyError, TypeError, ValueError, IndexError):
        raise StoreError(
            f"{REVIEW} holds an operation that cannot be read",
            hint="Restore it, or move it away and run again.",
        ) from None
    if own:
        save(run.store.folder, operations)
    path = run.store.work / artefact.name
    if path.is_file():
        _copy(path, run.store.work / MADE / artefact.name)


def save(
    folder: Path, operations: Sequence[Operation], undone: Sequence[Operation] | None = None
) -> None:
    """Write the operations of the session in `folder`; without `undone` those undone stay."""
    undone = taken_back(folder) if undone is None else undone
    kept = {"operations": operations} | ({"undone": undone} if undone else {})
    files.write_text(folder / REVIEW, json.dumps(kept, ensure_ascii=False, indent=1) + "\n")


def taken_back(folder: Path) -> list[Operation]:
    """The operations that were undone and can be done again, the last one last."""
    try:
        undone = json.loads((folder / REVIEW).read_text(encoding="utf-8"))["undone"]
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return []
    return [o for o in undone if isinstance(o, dict)] if isinstance(undone, list) else []


@contextmanager
def kept_still() -> Iterator[None]:
    """Let no other thread of this process change a file of corrections inside the block."""
    with _ONE_AT_A_TIME:
        yield


def _copy(source: Path, target: Path) -> None:
    with files.written(target) as part:
        shutil.copyfile(source, part)


# --- who spoke


def _label_changes(
    made: Sequence[SpeakerSegment], now: Sequence[SpeakerSegment]
) -> list[Operation]:
    """Segments with another label, together by label; segments taken away and added."""
    before = {(s.start, s.end, s.speaker) for s in made}
    after = {(s.start, s.end, s.speaker) for s in now}
    gone, new = sorted(before - after), sorted(after - before)
    renamed: dict[tuple[str, str], list[list[float]]] = {}
    for start, end, old in list(gone):
        same = next((n for n in new if n[:2] == (start, end)), None)
        if same is not None:
            renamed.setdefault((old, same[2]), []).append([start, end])
            gone.remove((start, end, old))
            new.remove(same)
    out: list[Operation] = []
    for (old, to), spans in renamed.items():
        # A label of the diarizer's may be another voice's next time: it is found by its times.
        like = [[s.start, s.end] for s in made if s.speaker == to]
        out.append({"do": "label", "from": old, "to": to, "spans": spans, "like": like})
    out += [{"do": "remove", "spans": [[s, e]], "from": who} for s, e, who in gone]
    out += [{"do": "add", "spans": [[s, e]], "to": who} for s, e, who in new]
    return out


def _corrected_labels(
    made: Sequence[SpeakerSegment], operations: Sequence[Operation]
) -> list[SpeakerSegment]:
    segments = list(made)
    for o in operations:
        spans = [(float(start), float(end)) for start, end in o["spans"]]
        if o["do"] == "add":
            segments += [SpeakerSegment(start, end, str(o["to"])) for start, end in spans]
            o["fits"] = True
            continue
        hit = [s for s in segments if _shared(s, spans) > _FITS * (s.end - s.start)]
        hit = _of_one(hit, o, spans)
        met = sum(_shared(s, spans) for s in hit)
        o["fits"] = met >= _FITS * sum(end - start for start, end in spans)
        if not o["fits"]:
            continue
        segments = [s for s in segments if s not in hit]
        if o["do"] == "label":
            to = _label_like(segments, o) or str(o["to"])
            segments += [replace(s, speaker=to) for s in hit]
    return sorted(segments)


def _of_one(
    hit: list[SpeakerSegment], o: Operation, spans: list[tuple[float, float]]
) -> list[SpeakerSegment]:
    """Of segments that overlap each other, those of the voice that has most of the time."""
    lengths: dict[str, float] = {}
    for s in hit:
        lengths[s.speaker] = lengths.get(s.speaker, 0.0) + _shared(s, spans)
    if not lengths:
        return []
    most = max(lengths.values())
    if lengths.get(str(o.get("from")), 0.0) == most:
        return [s for s in hit if s.speaker == o["from"]]
    best = max(lengths, key=lambda who: lengths[who])
    return [s for s in hit if s.speaker == best]


def _label_like(segments: Sequence[SpeakerSegment], o: Operation) -> str | None:
    """The label that now speaks where the one corrected to did; None where it was new."""
    like = [(float(start), float(end)) for start, end in o.get("like") or []]
    lengths: dict[str, float] = {}
    for s in segments:
        lengths[s.speaker] = lengths.get(s.speaker, 0.0) + _shared(s, like)
    best = max(lengths, key=lambda who: lengths[who], default=None)
    return best if best is not None and lengths[best] > 0 else None


def _shared(s: SpeakerSegment, spans: Iterable[tuple[float, float]]) -> float:
    return sum(max(0.0, min(s.end, end) - max(s.start, start)) for start, end in spans)


# --- what was said


def _word_changes(made: Sequence[Word], now: Sequence[Word]) -> list[Operation]:
    """Words with another text or speaker; words taken away and added."""
    gone = [w for w in made if w not in set(now)]
    new = [w for w in now if w not in set(made)]
    out: list[Operation] = []
    for old in gone:
        same = next((w for w in new if (w.start, w.end) == (old.start, old.end)), None)
        if same is not None:
            new.remove(same)
        out.append({"do": "word", "from": _plain(old), "to": same and _plain(same)})
    return out + [{"do": "word", "from": None, "to": _plain(w)} for w in new]


def _plain(word: Word) -> list[object]:
    return [word.start, word.end, word.text, word.speaker]


def _corrected_words(made: Sequence[Word], operations: Sequence[Operation]) -> list[Word]:
    words = list(made)
    for o in operations:
        old, to = o["from"], o["to"]
        if old is None:
            words.append(Word(float(to[0]), float(to[1]), str(to[2]), to[3]))
            o["fits"] = True
            continue
        near = [k for k, w in enumerate(words) if w.text == old[2]]
        k = min(near, key=lambda k: abs(words[k].start - float(old[0])), default=None)
        o["fits"] = k is not None and abs(words[k].start - float(old[0])) <= NEAR
        if k is None or not o["fits"]:
            continue
        if to is None:
            del words[k]
            continue
        changed = replace(words[k], text=str(to[2]))
        words[k] = changed if old[3] == to[3] else replace(changed, speaker=to[3])
    return sorted(words, key=lambda w: (w.start, w.end))
