"""Backchannels, overlaps and interruptions as a person heard them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from session_audio.schema import Interaction, ParticipantId, Turn
from session_audio.workspace.review_file import Operation

NEAR = 0.5
"""Seconds by which an event may have moved since it was judged (ours)."""


def amended(
    events: Sequence[Interaction], turns: Sequence[Turn], operations: Sequence[Operation]
) -> tuple[tuple[Interaction, ...], tuple[Turn, ...]]:
    """Events and turns after `operations`, in order; each is marked with whether it fits.

    A turn is a listener's backchannel where an event says so, and no longer where it was taken
    away; other turns stay as they are.
    """
    left, listed = list(events), list(turns)
    for o in operations:
        old, to = o.get("from"), o.get("to")
        found = None if old is None else _found(left, old)
        o["fits"] = old is None or found is not None
        if not o["fits"]:
            continue
        if found is not None:
            left.remove(found)
            if found.kind == "backchannel":
                _mark(listed, found, backchannel=False)
        if to is not None:
            made = Interaction(
                to[0],
                float(to[1]),
                float(to[2]),
                ParticipantId(to[3]),
                None if to[4] is None else ParticipantId(to[4]),
                1.0,
            )
            left.append(made)
            if made.kind == "backchannel":
                _mark(listed, made, backchannel=True)
    return tuple(sorted(left, key=lambda e: (e.start, e.end))), tuple(listed)


def _found(events: Sequence[Interaction], old: Sequence[object]) -> Interaction | None:
    start = float(str(old[1]))
    near = [
        e
        for e in events
        if e.kind == old[0] and e.participant == old[3] and abs(e.start - start) <= NEAR
    ]
    return min(near, key=lambda e: abs(e.start - start), default=None)


def _mark(turns: list[Turn], event: Interaction, *, backchannel: bool) -> None:
    """Say of the turn in which `event` lies whether it is a backchannel."""
    for k, turn in enumerate(turns):
        if (
            turn.participant == event.participant
            and abs(turn.start - event.start) <= NEAR
            and turn.end <= event.end + NEAR
        ):
            turns[k] = replace(turn, backchannel=backchannel, backchannel_confidence=None)
            return
