"""How each person stands at the last session: who fades, who is back, whose ratings fell most.

Everything is against the person's own past.  What a number is called fading from, and back, is
ours: see docs/metrics.md, "Over the weeks".
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from session_audio.schema import ParticipantId
from session_audio.series.trends import PersonSeries, Series

MUCH = 2.0
"""Times ``report.rating_drop`` below the own best from which somebody is called fading."""

State = Literal["", "fading", "away", "back"]


@dataclass(frozen=True, slots=True)
class Fall:
    """The largest fall of one person's ratings on one instrument.

    `path` holds every rating from the height to the latest, with its session; the lowest after the
    height is at `lowest` in it.
    """

    participant: ParticipantId
    instrument: str
    path: tuple[tuple[int, float], ...]
    lowest: int

    @property
    def by(self) -> float:
        """Points from the height to the lowest, above 0."""
        return self.path[0][1] - self.path[self.lowest][1]

    @property
    def part(self) -> float:
        """The fall as a share of the height, to compare instruments."""
        return self.by / abs(self.path[0][1]) if self.path[0][1] else 0.0

    @property
    def now(self) -> float:
        """The latest rating."""
        return self.path[-1][1]


@dataclass(frozen=True, slots=True)
class Standing:
    """One person at the last session.

    `state` is ``fading`` where the latest rating lies `MUCH` times the drop below the own best
    before it, or the share of the talk is significantly below the own past; ``away`` where the
    last session was missed; ``back`` where one of both held in the session before and none does
    now, or the share fell with a strain and rose with the repairs of this session, both
    significantly (`arcs.Arc`); else empty.
    """

    person: PersonSeries
    state: State
    why: tuple[Literal["rating", "share", "away"], ...]
    fall: Fall | None
    """The largest fall of their ratings, of `report.rating_drop` or more."""


def standings(series: Series, rating_drop: float = 1.0) -> list[Standing]:
    """Everybody, members first, the largest fall of a rating first and then the lowest share.

    Parameters
    ----------
    series : Series
    rating_drop : float
        Points from which a fall of a rating counts.
    """
    last = len(series.results) - 1
    found = []
    for person in series.people:
        fall = largest_fall(series, person.participant, last, rating_drop)
        now = _signs(series, person, last, rating_drop)
        state: State = ""
        why = now
        if person.attendance[last] == "away":
            state = "away"
        elif now:
            state = "fading"
        elif last and (why := _signs(series, person, last - 1, rating_drop)):
            state = "back"
        elif _talks_again(series, person.participant, last):
            state, why = "back", ("share",)
        found.append(Standing(person, state, why, fall))
    return sorted(found, key=lambda s: (s.person.therapist, -(s.fall.part if s.fall else 0.0)))


def _signs(
    series: Series, person: PersonSeries, k: int, drop: float
) -> tuple[Literal["rating", "share", "away"], ...]:
    """What in session `k` says that somebody fades."""
    if person.attendance[k] == "away":
        return ("away",)
    if person.attendance[k] != "present" or person.therapist:
        return ()
    signs: list[Literal["rating", "share", "away"]] = []
    if any(
        below_best(row.means, k) > MUCH * drop - 1e-9
        for row in series.ratings
        if row.participant == person.participant
    ):
        signs.append("rating")
    point = person.points["share"][k]
    if (
        point
        and point.significant
        and point.comparison
        and point.comparison.now < point.comparison.expected
    ):
        signs.append("share")
    return tuple(signs)


def _talks_again(series: Series, who: ParticipantId, last: int) -> bool:
    """Whether the talk of `who` fell with a strain and rose with the repairs of session `last`."""
    return any(
        arc.participant == who
        and arc.fell_significantly
        and arc.rose_significantly
        and arc.phases.index("after") == last
        for arc in series.arcs
    )


def below_best(means: Sequence[float | None], k: int) -> float:
    """How far the rating of session `k` lies below the best before it; 0 without one."""
    now = means[k]
    before = [m for m in means[:k] if m is not None]
    return max(before) - now if now is not None and before else 0.0


def largest_fall(series: Series, who: ParticipantId, last: int, least: float) -> Fall | None:
    """The largest fall of a rating of `who` up to session `last`, by its share of the height."""
    falls = []
    for row in series.ratings:
        if row.participant != who:
            continue
        rated = [(k, m) for k, m in enumerate(row.means[: last + 1]) if m is not None]
        pairs = [(i, j) for j in range(len(rated)) for i in range(j)]
        if not pairs:
            continue
        i, j = max(pairs, key=lambda p: rated[p[0]][1] - rated[p[1]][1])
        if rated[i][1] - rated[j][1] >= least - 1e-9:
            falls.append(Fall(who, row.instrument, tuple(rated[i:]), j - i))
    return max(falls, key=lambda fall: fall.part, default=None)
