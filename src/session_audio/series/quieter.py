"""Who is said to have become quieter within a session: only with a second sign, or beyond chance.

After telling something long most people say less, so less talk alone is told of nobody.
"""

from __future__ import annotations

from collections.abc import Collection

from session_audio.schema import MemberMeasures, ParticipantId, SessionResult, Turn

SIGNIFICANCE = 0.01
"""Chance allowed, over all members of a session together (Bonferroni) ..."""
WITH_A_SIGN = 0.2
"""... and for one member in whom a second sign agrees (ours)."""
RUN_UP = 60.0
"""Seconds before the place from which on a candidate strain is such a sign (ours)."""


def quieter(result: SessionResult, fell: Collection[ParticipantId]) -> list[MemberMeasures]:
    """Members present of whom it is told, the largest fall of their share first.

    Parameters
    ----------
    result : SessionResult
    fell : collection of participant id
        Whose rating fell by what counts against their own last one.
    """
    found = [m for m in result.measures.members if m.present and m.quieter_from is not None]
    members = sum(m.present and m.role == "member" for m in result.measures.members)
    told = [
        m
        for m in found
        if (m.quieter_p is not None and m.quieter_p * members <= SIGNIFICANCE)
        or (
            (m.quieter_p is None or m.quieter_p <= WITH_A_SIGN)
            and (m.participant in fell or strained(result, m))
        )
    ]
    return sorted(
        told, key=lambda m: (m.quieter_share_after or 0.0) - (m.quieter_share_before or 0.0)
    )


def strained(result: SessionResult, member: MemberMeasures) -> bool:
    """Whether a candidate strain is about the member from shortly before the place on.

    Their own withdrawal, or a confrontation that concerns them; none that a person rejected.
    """
    who, start = member.participant, (member.quieter_from or 0.0) - RUN_UP
    return any(
        flag.review != "no"
        and flag.end >= start
        and (
            (flag.subtype == "withdrawal" and flag.participant == who)
            or (flag.subtype == "confrontation" and who in flag.concerned)
        )
        for flag in result.flags
    )


def met(result: SessionResult, member: MemberMeasures) -> Turn | None:
    """What somebody else said first when the member's last turn before the place was over.

    Also where they came in before it was; None where nobody said anything more.
    """
    place = member.quieter_from
    last = max(
        (
            turn.start
            for turn in result.turns
            if turn.participant == member.participant
            and not turn.backchannel
            and place is not None
            and turn.end <= place + 0.01
        ),
        default=None,
    )
    if last is None or place is None:
        return None
    after = (
        turn
        for turn in result.turns
        if turn.participant != member.participant
        and not turn.backchannel
        and turn.start > last
        and turn.end > place
    )
    return min(after, key=lambda turn: turn.start, default=None)
