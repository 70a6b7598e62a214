"""What a review decided (``review.json``), brought into what the stages make.

Who speaks and what was said is amended by `identify`, events by `turns`, and candidate moments
whenever they are read; so an operation that is undone leaves nothing behind.  A stage's key holds
the operations that it applies (`key`), so a review makes that stage and what follows stale, and
nothing before it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import TypeVar

from session_audio.amend import events, moments, voices
from session_audio.amend.operations import DOES, EVENTS, MOMENTS, SPEECH, about
from session_audio.amend.voices import Spoken
from session_audio.files import key_of
from session_audio.flow.artefacts import FLAGS, TURNS
from session_audio.flow.session import SessionRun
from session_audio.schema import Flag, Interaction, Turn
from session_audio.workspace import review_file
from session_audio.workspace.review_file import Operation

T = TypeVar("T")


def operations_of(run: SessionRun, file: str) -> list[Operation]:
    """What a review decided of one of the session's results, in order.

    Events and moments of somebody whom consent leaves out are not among it.
    """
    return _ours(run, file, review_file.load(run.store.folder))


def key(run: SessionRun, file: str, but: Collection[str] = ()) -> list[object]:
    """Stands for the operations of `file`, without those that do `but`; empty without any."""
    operations = [o for o in operations_of(run, file) if o["do"] not in but]
    plain = [{k: v for k, v in o.items() if k != "fits"} for o in operations]
    return [key_of(plain)] if plain else []


def spoken(run: SessionRun, found: Spoken) -> Spoken:
    """Who speaks and what was said, as reviewed; whether each operation fits is noted."""
    present = [str(p.id) for p in run.session.present]
    return _applied(run, SPEECH, found, lambda o: voices.amended(found, o, present))


def attributed(run: SessionRun, found: Spoken) -> Spoken:
    """Who speaks, as reviewed, with the words as they were heard; nothing is noted."""
    present = [str(p.id) for p in run.session.present]
    operations = [dict(o) for o in operations_of(run, SPEECH) if o["do"] != "mend"]
    with review_file.readable():
        return voices.amended(found, operations, present)


def between(
    run: SessionRun, made: Sequence[Interaction], turns: Sequence[Turn]
) -> tuple[tuple[Interaction, ...], tuple[Turn, ...]]:
    """Events and turns as reviewed; whether each operation fits is noted."""
    found = (tuple(made), tuple(turns))
    return _applied(run, EVENTS, found, lambda o: events.amended(made, turns, o))


def flags(run: SessionRun) -> tuple[Flag, ...]:
    """Candidate moments as reviewed, with those that people marked."""
    found = FLAGS.read(run.store)
    operations = operations_of(run, MOMENTS)
    if not operations:
        return found
    with review_file.readable():
        return moments.amended(found, TURNS.read(run.store), operations)


def note_flags(run: SessionRun) -> None:
    """Note whether each operation on a candidate moment fits what is proposed now."""
    if operations_of(run, MOMENTS):
        found, turns = FLAGS.read(run.store), TURNS.read(run.store)
        _applied(run, MOMENTS, found, lambda o: moments.amended(found, turns, o))


def _applied(run: SessionRun, file: str, found: T, amend: Callable[[Sequence[Operation]], T]) -> T:
    """What `amend` makes with the operations of `file`; `found` where there are none."""
    with review_file.kept_still(), review_file.readable():
        operations = review_file.load(run.store.folder)
        own = _ours(run, file, operations)
        if not own:
            return found
        before = [o.get("fits") for o in own]
        made = amend(own)
        if [o.get("fits") for o in own] != before:
            review_file.save(run.store.folder, operations)
        return made


def _ours(run: SessionRun, file: str, operations: Sequence[Operation]) -> list[Operation]:
    out = {str(who) for who in run.admitted.admission.left_out}
    own = [o for o in operations if o.get("file") == file and o.get("do") in DOES]
    return own if file == SPEECH else [o for o in own if not about(o) & out]
