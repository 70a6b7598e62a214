"""Arcs: what was seen of a strain that concerns one member, from session to session.

An arc begins with a candidate strain, or with a rating that fell before a repair candidate, and
has three phases: before it, between it and the first repairs, and after them.  What comes
later was not necessarily caused by what came before.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from session_audio.schema import Estimate, Flag, ParticipantId, SessionResult
from session_audio.series.comparison import Comparison, against_past, pool


class FlagPlace(NamedTuple):
    """Where a candidate stands: the session, and the place in its flags."""

    session: int
    flag: int


class RatingDrop(NamedTuple):
    """A rating that fell: `change` is that of the mean over the instrument's items."""

    session: int
    instrument: str
    change: float


@dataclass(frozen=True, slots=True)
class Arc:
    """What was seen of a strain that concerns one member, across sessions.

    It begins with a candidate strain, or, where none was found, with a rating that fell
    before somebody's repair candidate towards the member.
    `phases` has one word a session: ``before``, ``between`` or ``after`` a repair.
    """

    participant: ParticipantId
    begun: int
    """The session of the first evidence."""
    strains: tuple[FlagPlace, ...]
    withdrawals: tuple[FlagPlace, ...]
    repairs: tuple[FlagPlace, ...]
    drops: tuple[RatingDrop, ...]
    phases: tuple[str, ...]
    before: Estimate
    between: Estimate
    after: Estimate
    fell: Comparison | None
    rose: Comparison | None
    fell_significantly: bool = False
    rose_significantly: bool = False


def concerns(flag: Flag) -> tuple[ParticipantId, ...]:
    """Whose tie a candidate is about.

    A withdrawal, and what is aimed at the therapist or at nobody named: the speaker's
    own.  Else, that of those it was aimed at.
    """
    if flag.kind == "repair":
        return (flag.participant, *flag.concerned)
    if flag.subtype == "withdrawal" or flag.target == "therapist" or not flag.concerned:
        return (flag.participant,)
    return flag.concerned


def arc_of(
    who: ParticipantId,
    shares: Sequence[Estimate | None],
    results: Sequence[SessionResult],
    drops: Sequence[RatingDrop],
) -> Arc | None:
    """The arc that concerns `who`; None without evidence that one began.

    Parameters
    ----------
    who : ParticipantId
    shares : sequence of Estimate or None
        Their share of the speaking time in each session; None where they were away.
    results : sequence of SessionResult
        The group's sessions, in order of date.
    drops : sequence of RatingDrop
        Where a rating of theirs fell, in order of session.
    """
    strains, withdrawals, repairs = [], [], []
    for k, result in enumerate(results):
        for j, flag in enumerate(result.flags):
            if who not in concerns(flag):
                continue
            if flag.kind == "repair":
                repairs.append(FlagPlace(k, j))
            elif flag.subtype == "withdrawal":
                withdrawals.append(FlagPlace(k, j))
            else:
                strains.append(FlagPlace(k, j))
    first = min([*strains, *withdrawals], default=None)
    if first is not None:
        begun = first.session
        started = results[begun].flags[first.flag].start
        later = [
            at
            for at in repairs
            if (at.session, results[at.session].flags[at.flag].start) > (begun, started)
        ]
        last_before = begun
    else:
        toward = [at for at in repairs if who in results[at.session].flags[at.flag].concerned]
        fallen = [drop.session for drop in drops if toward and drop.session <= toward[-1].session]
        if not fallen:
            return None
        begun = fallen[0]
        later = [at for at in toward if at.session >= begun]
        last_before = begun - 1
    mended = _mended([at.session for at in later], len(results))
    phases = tuple(
        "before" if k <= last_before else "between" if k < mended else "after"
        for k in range(len(results))
    )

    def pooled(phase: str) -> Estimate:
        return pool([s for s, name in zip(shares, phases, strict=True) if s and name == phase])

    before, between, after = pooled("before"), pooled("between"), pooled("after")
    return Arc(
        participant=who,
        begun=begun,
        strains=tuple(strains),
        withdrawals=tuple(withdrawals),
        repairs=tuple(later),
        drops=tuple(drop for drop in drops if begun <= drop.session <= mended),
        phases=phases,
        before=before,
        between=between,
        after=after,
        fell=against_past(between, [before]),
        rose=against_past(after, [between]),
    )


def _mended(sessions: Sequence[int], count: int) -> int:
    """The last of the first run of sessions with a repair; `count` without any.

    A first attempt and its sequel a week later are one.

    >>> _mended([2, 3, 3, 7], 9), _mended([], 9)
    (3, 9)
    """
    if not sessions:
        return count
    last = sessions[0]
    for k in sessions:
        if k > last + 1:
            break
        last = k
    return last
