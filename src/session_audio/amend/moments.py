"""What people decided of candidate moments, and those that they marked themselves.

A candidate's id is made of what it is and when: it stays while the same is proposed, and a moment
that is proposed anew a little earlier or later is met by its time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from session_audio.schema import Flag, ParticipantId, Turn
from session_audio.workspace.review_file import Operation

NEAR = 5.0
"""Seconds by which a candidate may have moved since it was judged (ours)."""
_SURE = 1.0
"""The score of a moment that a person marked."""


def moment_id(flag: Flag) -> str:
    """What a candidate is called in ``review.json``.

    >>> moment_id(Flag("rupture", "withdrawal", "group", 61.52, 64.0, ParticipantId("P01"), (),
    ...                (), 0.5, (), "Fine."))
    'rupture-P01-61.5'
    """
    return name_of(flag.kind, flag.participant, flag.start)


def name_of(kind: str, who: str, start: float) -> str:
    """The id of a candidate of `kind`, in which `who` is quoted from `start` seconds on."""
    return f"{kind}-{who}-{start:.1f}"


def ids(flags: Sequence[Flag], operations: Sequence[Operation]) -> list[str]:
    """What each of `amended`'s candidates is called, in its order; `flags` as proposed."""
    marked = [str(o["moment"]) for o in operations if o["do"] == "missed"]
    return [*map(moment_id, flags), *marked]


def amended(
    flags: Sequence[Flag], turns: Sequence[Turn], operations: Sequence[Operation]
) -> tuple[Flag, ...]:
    """Candidates with what people said of them, and the moments that people marked.

    Parameters
    ----------
    flags : sequence of Flag
        As proposed: `Flag.repair` indexes them, so none is taken away.
    turns : sequence of Turn
        From which what is quoted of a marked moment is taken.
    operations : sequence of dict
        Those of `operations.MOMENTS`; ``fits`` is set in each.
    """
    names = [moment_id(flag) for flag in flags]
    out = list(flags)
    for o in operations:
        o["fits"] = True
        if o["do"] == "missed":
            names.append(str(o["moment"]))
            out.append(_marked(o, turns))
            continue
        k = _place(names, out, str(o["moment"]))
        o["fits"] = k is not None
        if k is not None and o["do"] == "judge":
            out[k] = _judged(out[k], o)
    return tuple(out)


def _place(names: Sequence[str], flags: Sequence[Flag], name: str) -> int | None:
    """Which candidate is meant: that of the name, else the nearest of its kind.

    Another person's too, as what is quoted may have been given to somebody else since.
    """
    if name in names:
        return names.index(name)
    kind, _, rest = name.partition("-")
    who, _, start = rest.rpartition("-")
    try:
        at = float(start)
    except ValueError:
        return None
    near = [k for k, flag in enumerate(flags) if flag.kind == kind and abs(flag.start - at) <= NEAR]
    return min(
        near,
        key=lambda k: (flags[k].participant != who, abs(flags[k].start - at)),
        default=None,
    )


def _judged(flag: Flag, o: Operation) -> Flag:
    changed: dict[str, Any] = {
        key: o[key] for key in ("start", "end", "target", "note") if o.get(key) is not None
    }
    if o.get("answer") is not None:
        changed["review"] = o["answer"]
    flag = replace(flag, **changed)
    return flag if flag.end > flag.start else replace(flag, end=flag.start + 1.0)


def _marked(o: Operation, turns: Sequence[Turn]) -> Flag:
    start, end = float(o["start"]), float(o["end"])
    own = [t for t in turns if t.start < end and t.end > start]
    said = [t for t in own if t.participant == o["participant"]]
    return Flag(
        kind=o["kind"],
        subtype=o.get("subtype") if o["kind"] == "rupture" else None,
        target=o.get("target", "group"),
        start=start,
        end=end,
        participant=ParticipantId(o["participant"]),
        concerned=(),
        turns=tuple(t.index for t in own),
        score=_SURE,
        reasons=(),
        quote=" ".join(t.text for t in said),
        review="yes",
        note=str(o.get("note") or ""),
        marked=True,
    )
