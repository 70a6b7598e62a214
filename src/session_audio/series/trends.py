"""A group over the weeks: each member against their own past, and arcs across sessions.

Pure: values in, values out.  A value is compared with what the member's own earlier
sessions lead one to expect (`comparison`), never with another member.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from session_audio.metrics.intervals import count_rate, share_of_count
from session_audio.schema import (
    Estimate,
    MemberMeasures,
    Participant,
    ParticipantId,
    Rating,
    SessionResult,
)
from session_audio.series.arcs import Arc, RatingDrop, arc_of
from session_audio.series.comparison import (
    Comparison,
    against_past,
    benjamini_hochberg,
    with_least_error,
)

# --- the series ------------------------------------------------------------------

MEASURES = ("share", "turn_rate", "response", "cut_off", "answered")
"""What is followed of each person.

``share`` of the speaking time; ``turn_rate``, turns per ten minutes of the session;
``response``, median floor-transfer offset in seconds; ``cut_off``, successful
interruptions received per ten minutes of own floor time; ``answered``, share of own
turns that somebody's turn answers.
"""
Attendance = Literal["present", "away", "unclear", "not_yet", "left"]
"""``unclear``: a voice of that session is nobody's, so that nobody is called away."""


@dataclass(frozen=True, slots=True)
class Point:
    """One person's value in one session, and against their own earlier sessions."""

    value: Estimate
    comparison: Comparison | None = None
    significant: bool = False
    """After correction for all comparisons of the series."""


@dataclass(frozen=True, slots=True)
class PersonSeries:
    """One person over the sessions.  A point is None where the person was away."""

    participant: ParticipantId
    therapist: bool
    attendance: tuple[Attendance, ...]
    points: Mapping[str, tuple[Point | None, ...]]
    interruptions_received: tuple[float | None, ...]
    """Likely times cut off in each session; None where away, or where it could not be told."""


@dataclass(frozen=True, slots=True)
class RatingSeries:
    """Mean over the items of one instrument, for one person over the sessions."""

    participant: ParticipantId
    instrument: str
    means: tuple[float | None, ...]
    changes: tuple[float | None, ...]
    """Against the person's own rating before."""


@dataclass(frozen=True, slots=True)
class Series:
    """A group's sessions in order of date, and what can be said across them."""

    results: tuple[SessionResult, ...]
    people: tuple[PersonSeries, ...]
    ratings: tuple[RatingSeries, ...]
    arcs: tuple[Arc, ...]
    comparisons: int
    rate: float


def series(
    results: Sequence[SessionResult], rate: float = 0.05, rating_drop: float = 1.0
) -> Series:
    """The series of one group.

    Parameters
    ----------
    results : sequence of SessionResult
        Sessions of one group, in any order.
    rate : float
        False discovery rate to which all comparisons are corrected together.
    rating_drop : float
        Points (mean over an instrument's items) from which a fall is evidence of an arc.
    """
    ordered = tuple(sorted(results, key=lambda r: (r.session.date, r.session.id)))
    roster: dict[ParticipantId, Participant] = {}
    for result in ordered:
        roster.update({p.id: p for p in result.session.group.participants})
    nobodies = _unknown(ordered)
    people = [
        _person(p, ordered)
        for p in roster.values()
        if p.role != "observer"
        and p.id not in nobodies
        and any(p.id in r.session.attendance for r in ordered)
    ]
    ratings = _ratings(ordered)
    arcs = [
        arc
        for p in people
        if not p.therapist
        and (arc := _arc(p, ordered, _drops(p.participant, ratings, rating_drop)))
    ]
    comparisons = [
        point.comparison
        for p in people
        for name in MEASURES
        for point in p.points[name]
        if point is not None and point.comparison is not None
    ]
    comparisons += [c for arc in arcs for c in (arc.fell, arc.rose) if c is not None]
    kept = iter(benjamini_hochberg([c.p for c in comparisons], rate))
    judged = [_judged(p, kept) for p in people]
    corrected = [
        replace(
            arc,
            fell_significantly=arc.fell is not None and next(kept),
            rose_significantly=arc.rose is not None and next(kept),
        )
        for arc in arcs
    ]
    return Series(ordered, tuple(judged), ratings, tuple(corrected), len(comparisons), rate)


def _judged(person: PersonSeries, kept: Iterator[bool]) -> PersonSeries:
    points: dict[str, tuple[Point | None, ...]] = {}
    for name in MEASURES:
        points[name] = tuple(
            replace(point, significant=next(kept)) if point and point.comparison else point
            for point in person.points[name]
        )
    return replace(person, points=points)


def _person(person: Participant, results: Sequence[SessionResult]) -> PersonSeries:
    measured = [
        next((m for m in r.measures.members if m.participant == person.id and m.present), None)
        for r in results
    ]
    points: dict[str, tuple[Point | None, ...]] = {}
    for name in MEASURES:
        values = [
            None if m is None else measure(name, m, r.duration)
            for m, r in zip(measured, results, strict=True)
        ]
        row: list[Point | None] = []
        for k, value in enumerate(values):
            if value is None:
                row.append(None)
                continue
            row.append(Point(value, against_past(value, [v for v in values[:k] if v is not None])))
        points[name] = tuple(row)
    return PersonSeries(
        person.id,
        person.is_therapist,
        tuple(_attendance(person, r) for r in results),
        points,
        tuple(None if m is None else m.interruptions_received for m in measured),
    )


def _attendance(person: Participant, result: SessionResult) -> Attendance:
    day = result.session.date
    if person.id in result.session.attendance:
        return "present"
    if person.joined is not None and day < person.joined:
        return "not_yet"
    if person.left is not None and day > person.left:
        return "left"
    return "unclear" if _unknown([result]) else "away"


def _unknown(results: Sequence[SessionResult]) -> set[ParticipantId]:
    """Voices that were tied to nobody: a label of one session is no person of another."""
    return {
        ParticipantId(i.participant)
        for r in results
        for i in r.quality.identifications
        if i.how == "unknown"
    }


def measure(name: str, member: MemberMeasures, duration: float) -> Estimate:
    """One of `MEASURES` of `member` with a 95 % interval; parts are None where undefined.

    A share's standard error is at least one percentage point, so that a session without
    a word is not taken for one measured without error.
    """
    if name == "share":
        return with_least_error(member.speaking_time_share, 0.01)
    if name == "turn_rate":
        return _rate(member.turn_count, duration)
    if name == "cut_off":
        received = member.interruptions_received
        return Estimate(None) if received is None else _rate(received, member.speaking_time)
    if name == "answered":
        return share_of_count(member.answered_share, member.turn_count)
    if member.median_response is None or member.response_iqr is None or member.turn_count < 3:
        return Estimate(None)
    spread = (member.response_iqr[1] - member.response_iqr[0]) / 1.349
    half = 1.96 * max(0.05, 1.2533 * spread / math.sqrt(member.turn_count))
    return Estimate(
        member.median_response, member.median_response - half, member.median_response + half
    )


def _rate(count: float, seconds: float) -> Estimate:
    """Per ten minutes; None under a minute of opportunity."""
    return count_rate(count, seconds) if seconds >= 60.0 else Estimate(None)


def mean_rating(rating: Rating) -> float | None:
    """Mean over the items of one rating; None without any."""
    return sum(rating.items.values()) / len(rating.items) if rating.items else None


def _ratings(results: Sequence[SessionResult]) -> tuple[RatingSeries, ...]:
    rows: dict[tuple[ParticipantId, str], list[float | None]] = {}
    for k, result in enumerate(results):
        for rating in result.session.ratings:
            mean = mean_rating(rating)
            if mean is not None:
                row = rows.setdefault(
                    (rating.participant, rating.instrument), [None] * len(results)
                )
                row[k] = mean
    out = []
    for (who, instrument), means in sorted(rows.items(), key=lambda item: item[0][::-1]):
        changes: list[float | None] = []
        last: float | None = None
        for mean in means:
            changes.append(None if mean is None or last is None else mean - last)
            last = mean if mean is not None else last
        out.append(RatingSeries(who, instrument, tuple(means), tuple(changes)))
    return tuple(out)


def _arc(
    person: PersonSeries, results: Sequence[SessionResult], drops: Sequence[RatingDrop]
) -> Arc | None:
    shares = [point.value if point else None for point in person.points["share"]]
    return arc_of(person.participant, shares, results, drops)


def _drops(who: ParticipantId, ratings: Sequence[RatingSeries], least: float) -> list[RatingDrop]:
    """Where a rating of `who` fell by at least `least`, in order of session."""
    return sorted(
        RatingDrop(k, row.instrument, change)
        for row in ratings
        if row.participant == who
        for k, change in enumerate(row.changes)
        if change is not None and change <= -least
    )
