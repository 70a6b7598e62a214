"""Two reviewers of one session: how far they agree, where they do not, and both as one.

Agreement beyond chance is Cohen's kappa (1960), of what each would have the session say: whose each
word is, what each event is, whether each candidate is a moment.  What neither touched counts as
agreed: both left it as the software found it.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from sklearn.metrics import cohen_kappa_score

from session_audio import files
from session_audio.amend import events, moments, voices
from session_audio.amend.operations import EVENTS, MOMENTS, SPEECH
from session_audio.errors import StoreError
from session_audio.review.found import Found
from session_audio.review.journal import is_decided, same
from session_audio.workspace import review_file
from session_audio.workspace.review_file import Operation

_NONE = "none"


@dataclass(frozen=True)
class Agreement:
    """Of one kind of decision."""

    kind: str
    """``words``, ``events`` or ``moments``."""
    items: int
    differ: tuple[tuple[float, str, str], ...]
    """Seconds, and what each reviewer would have it be."""
    kappa: float | None
    """Cohen's kappa, -1 to 1; None where there is nothing, or only one answer."""


def read(path: Path) -> list[Operation]:
    """What one reviewer decided, from their ``review.json``.

    Raises
    ------
    StoreError
        When there is no such file, or it holds no operations.
    """
    try:
        known = json.loads(files.read_text(path))["operations"]
        if all(isinstance(o, dict) for o in known):
            return [o for o in known if is_decided(o)]
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        pass
    raise StoreError(f"{path.name} holds no review", hint="Name a session's review.json.")


def compare(
    found: Found, one: Sequence[Operation], other: Sequence[Operation]
) -> tuple[Agreement, ...]:
    """How far two reviews of `found` agree: on words, on events, on moments."""
    both = [copy.deepcopy(list(decided)) for decided in (one, other)]
    return (
        agreement("words", *(_words(found, decided) for decided in both), near=0.0),
        agreement("events", *(_events(found, decided) for decided in both), near=events.NEAR),
        agreement("moments", *(_moments(found, decided) for decided in both), near=moments.NEAR),
    )


class Item(NamedTuple):
    """What one reviewer would have something be; things of one key and nearly one time are one."""

    at: float
    key: Hashable
    label: str


def agreement(kind: str, one: Sequence[Item], other: Sequence[Item], *, near: float) -> Agreement:
    """How far two lists of items agree; what only one has is ``none`` to the other.

    Parameters
    ----------
    kind : str
    one, other : sequence of Item
    near : float
        Seconds by which two items of one key may lie apart and still be the same.

    Examples
    --------
    >>> a, b = [Item(1.0, "cut", "yes"), Item(9.0, "cut", "no")], [Item(1.4, "cut", "yes")]
    >>> agreement("events", a, b, near=0.5).differ
    ((9.0, 'no', 'none'),)
    """
    left: dict[Hashable, list[Item]] = {}
    for item in other:
        left.setdefault(item.key, []).append(item)
    pairs: list[tuple[float, str, str]] = []
    for item in one:
        close = [x for x in left.get(item.key, ()) if abs(x.at - item.at) <= near]
        match = min(close, key=lambda x: abs(x.at - item.at), default=None)
        if match is not None:
            left[item.key].remove(match)
        pairs.append((item.at, item.label, match.label if match else _NONE))
    pairs += [(x.at, _NONE, x.label) for rest in left.values() for x in rest]
    differ = tuple(sorted(pair for pair in pairs if pair[1] != pair[2]))
    return Agreement(kind, len(pairs), differ, _kappa([p[1:] for p in pairs]))


def _kappa(pairs: Sequence[tuple[str, str]]) -> float | None:
    if len({label for pair in pairs for label in pair}) < 2:
        return None
    return float(cohen_kappa_score(*zip(*pairs, strict=True)))


def _of(decided: Sequence[Operation], file: str) -> list[Operation]:
    return [o for o in decided if o.get("file") == file]


def _words(found: Found, decided: Sequence[Operation]) -> list[Item]:
    """Whose each word is, by its times as it was recognised; mended words are not compared."""
    own = [o for o in _of(decided, SPEECH) if o["do"] != "mend"]
    after = voices.amended(found.spoken, own, found.present)
    return [
        Item(w.start, (w.start, w.end, w.text), after.person(w.speaker or "")) for w in after.words
    ]


def _events(found: Found, decided: Sequence[Operation]) -> list[Item]:
    """What each event is."""
    after, _ = events.amended(found.events, found.turns, _of(decided, EVENTS))
    return [Item(e.start, str(e.participant), e.kind) for e in after]


def _moments(found: Found, decided: Sequence[Operation]) -> list[Item]:
    """What each candidate is, as far as the reviewer said, and what they marked themselves."""
    own = _of(decided, MOMENTS)
    after = moments.amended(found.flags, found.turns, own)
    return [
        Item(flag.start, flag.kind, "yes")
        if flag.marked
        else Item(proposed.start, name, flag.review or "not judged")
        for proposed, name, flag in zip(
            (*found.flags, *after[len(found.flags) :]),
            moments.ids(found.flags, own),
            after,
            strict=True,
        )
    ]


def merged(
    one: Sequence[Operation], other: Sequence[Operation]
) -> tuple[list[Operation], list[tuple[Operation, Operation]]]:
    """Both reviews as one, in order of time, and the decisions that contradict each other.

    What both decided stands once; what contradicts is in neither, for a person to decide.
    """
    against = [(a, b) for a in one for b in other if _about(a) == _about(b) and not same(a, b)]
    out_of = {id(o) for pair in against for o in pair}
    kept = [o for o in one if id(o) not in out_of]
    kept += [o for o in other if id(o) not in out_of and not any(same(o, known) for known in one)]
    return sorted(kept, key=lambda o: str(o["at"])), against


def put(folder: Path, kept: Sequence[Operation], from_both: Sequence[Operation]) -> None:
    """Make `kept` what was decided of the session in `folder`; corrections of files stay.

    Raises
    ------
    StoreError
        When ``review.json`` holds a decision that is in neither review: it is not written over.
    """
    known = review_file.load(folder)
    others = [o for o in known if is_decided(o) and not any(same(o, x) for x in from_both)]
    if others:
        raise StoreError(
            f"{review_file.REVIEW} holds {len(others)} decisions that are in neither file",
            session=folder.resolve().name,
            stage="review",
            hint="Name a copy of it as one of the two, or move it away.",
        )
    review_file.save(folder, [*(o for o in known if not is_decided(o)), *kept], [])


def _about(o: Operation) -> Hashable:
    """What an operation decides: two that decide the same thing otherwise contradict each other."""
    if o["do"] == "name":
        return ("voice", o["voice"])
    if o["do"] == "split":
        return ("split", o["voice"], o["since"])
    if o["do"] in ("give", "noise"):
        return ("stretch", round(o["start"], 1), round(o["end"], 1))
    if o["do"] == "mend":
        return ("words", round(o["start"], 1), round(o["end"], 1))
    if o["do"] == "event":
        return ("event", json.dumps(o["from"] or o["to"]))
    if o["do"] == "judge":
        said = sorted(k for k in ("answer", "start", "end", "target", "note") if k in o)
        return ("moment", o["moment"], tuple(said))
    return (o["do"], o["moment"])
