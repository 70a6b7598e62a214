"""The ledger of strains: every candidate rupture, what followed it, and whether a person closed it.

A program never closes a strain: a repair candidate after it is told and changes nothing.  What a
person closed is kept as an operation in the session's file of corrections (``review.json``),
``{"do": "close", "moment": ..., "by": ..., "at": ..., "note": ...}``, so that it outlives ``out``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Literal

from session_audio.amend.moments import NEAR, moment_id
from session_audio.amend.operations import MOMENTS
from session_audio.schema import Estimate, Flag, ParticipantId
from session_audio.series.arcs import FlagPlace, concerns
from session_audio.series.comparison import pool
from session_audio.series.trends import Series
from session_audio.workspace import review_file
from session_audio.workspace.review_file import Operation

State = Literal["open", "closed", "rejected"]


@dataclass(frozen=True, slots=True)
class Closing:
    """A person's word that a strain needs no more attention."""

    moment: str
    by: str = ""
    at: str = ""
    """Day or time, ISO 8601."""
    note: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Strain:
    """One candidate rupture in the ledger."""

    place: FlagPlace
    moment: str
    """What it is called within its session (`moment_id`)."""
    flag: Flag
    concerning: tuple[ParticipantId, ...]
    """Whose tie it is about."""
    age: int
    """Sessions of the group since; 0 for the last one."""
    repair: FlagPlace | None
    """The first repair candidate after it that the session links to it, or, in a later session,
    that is made by or towards one whom it concerns."""
    share_before: Estimate
    """Share of the talk, of the first whom it concerns, up to and with this session (pooled) ..."""
    share_after: Estimate
    """... and in the sessions after it."""
    rating: tuple[str, float, float] | None
    """Instrument, mean in this session (else the last before), mean in the last session rated after
    it; that which moved most.  None without both."""
    away: int
    """Sessions after it that the first whom it concerns missed."""
    closing: Closing | None

    @property
    def state(self) -> State:
        """``rejected`` where a person said that it is no strain; ``open`` until a person speaks."""
        if self.closing is not None:
            return "closed"
        return "rejected" if self.flag.review == "no" else "open"


def ledger(series: Series, closings: Mapping[str, Sequence[Closing]] | None = None) -> list[Strain]:
    """Every candidate rupture of a series in order of time.

    Parameters
    ----------
    series : Series
    closings : mapping of str to sequence of Closing, optional
        What people closed, by the session's id.
    """
    people = {p.participant: p for p in series.people}
    out = []
    for k, result in enumerate(series.results):
        own = (closings or {}).get(result.session.id, ())
        for j, flag in enumerate(result.flags):
            if flag.kind != "rupture":
                continue
            about = concerns(flag)
            person = people.get(about[0])
            points = [p.value if p else None for p in person.points["share"]] if person else []
            present = person.attendance if person else ()
            out.append(
                Strain(
                    place=FlagPlace(k, j),
                    moment=moment_id(flag),
                    flag=flag,
                    concerning=about,
                    age=len(series.results) - 1 - k,
                    repair=_repair(series, FlagPlace(k, j), about),
                    share_before=pool([v for v in points[: k + 1] if v]),
                    share_after=pool([v for v in points[k + 1 :] if v]),
                    rating=_rating(series, about[0], k),
                    away=sum(a == "away" for a in present[k + 1 :]),
                    closing=_closing(flag, own),
                )
            )
    return sorted(out, key=lambda s: (s.place.session, s.flag.start))


def _repair(series: Series, at: FlagPlace, about: Sequence[ParticipantId]) -> FlagPlace | None:
    flags = series.results[at.session].flags
    linked = flags[at.flag].repair
    if linked is not None and linked < len(flags):
        return FlagPlace(at.session, linked)
    for k in range(at.session + 1, len(series.results)):
        found = [
            (flag.start, j)
            for j, flag in enumerate(series.results[k].flags)
            if flag.kind == "repair" and set(concerns(flag)) & set(about)
        ]
        if found:
            return FlagPlace(k, min(found)[1])
    return None


def _rating(series: Series, who: ParticipantId, k: int) -> tuple[str, float, float] | None:
    moves = []
    for row in series.ratings:
        if row.participant != who:
            continue
        before = [m for m in row.means[: k + 1] if m is not None]
        after = [m for m in row.means[k + 1 :] if m is not None]
        if before and after:
            moves.append((row.instrument, before[-1], after[-1]))
    return max(moves, key=lambda move: abs(move[2] - move[1]), default=None)


def _closing(flag: Flag, closings: Sequence[Closing]) -> Closing | None:
    """The last closing that means `flag`: by its name, else one near of its kind and person."""
    named = [c for c in closings if c.moment == moment_id(flag)]
    if named:
        return named[-1]
    start = f"{flag.kind}-{flag.participant}-"
    for closing in reversed(closings):
        if closing.moment.startswith(start):
            try:
                if abs(float(closing.moment.removeprefix(start)) - flag.start) <= NEAR:
                    return closing
            except ValueError:
                continue
    return None


# --- what people closed ------------------------------------------------------------


def closings(folder: Path) -> list[Closing]:
    """What people closed of the session in `folder`, from its file of corrections.

    Raises
    ------
    StoreError
        When the file was changed into something else.
    """
    return [
        Closing(
            str(o.get("moment", "")),
            str(o.get("by", "")),
            str(o.get("at", "")),
            str(o.get("note", "")),
        )
        for o in review_file.load(folder)
        if o.get("do") == "close"
    ]


def close(folder: Path, closing: Closing) -> None:
    """Add a closing to a session's file of corrections; one of the same moment is replaced."""
    operation = {"file": MOMENTS, "do": "close", "moment": closing.moment}
    told = {"note": closing.note, "by": closing.by, "at": closing.at or date.today().isoformat()}
    operation |= {key: value for key, value in told.items() if value}
    with review_file.kept_still():
        review_file.save(folder, [*_others(folder, closing.moment), operation])


def reopen(folder: Path, moment: str) -> None:
    """Take a closing back."""
    with review_file.kept_still():
        review_file.save(folder, _others(folder, moment))


def _others(folder: Path, moment: str) -> list[Operation]:
    known = review_file.load(folder)
    return [o for o in known if (o.get("do"), o.get("moment")) != ("close", moment)]
