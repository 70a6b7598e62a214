"""Consent: judged in one place, before any sound is read.

A session is admitted when everybody recorded as present has given, by the day that
matters, every consent that its stages need, and has not withdrawn it or let it expire; who
was away and answered a rating needs the consent to analysis.
`admit` is the only rule and the only maker of an `AdmittedSession`, which every stage
takes; what it decided and when (`Admission`) is what the report prints.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import InitVar, dataclass
from datetime import date

from session_audio.errors import ConsentError
from session_audio.schema import Admission, Participant, Purpose, Session

WITHDRAWN, LATE = "withdrawn", "given on"
OF_A_RATING: tuple[Purpose, ...] = ("analysis",)
"""What the ratings of somebody who was away are used for."""
MOMENTS: Purpose = "moments"
_MADE_BY_ADMIT = object()


@dataclass(frozen=True, slots=True)
class AdmittedSession:
    """A session whose consent was judged.  Only `admit` makes one."""

    session: Session
    admission: Admission
    _key: InitVar[object] = None

    def __post_init__(self, _key: object) -> None:
        if _key is not _MADE_BY_ADMIT:
            raise TypeError("an AdmittedSession is made by consent.admit() only")


def needed(session: Session) -> frozenset[Purpose]:
    """The purposes that the stages of `session` need from everybody present.

    ``voiceprint`` is not among them: a participant without it is simply not recognised
    by voice.
    """
    purposes: set[Purpose] = {"analysis"}
    if session.recordings:
        purposes.add("recording")
    chat = session.chat or session.chat_log is not None
    if session.recordings or session.transcript is not None or chat:
        purposes.add("transcription")
    return frozenset(purposes)


def off(session: Session, on: date) -> tuple[Purpose, ...]:
    """The purposes left out of `session`, as somebody present does not consent to them.

    Candidate moments are part of the analysis, but for those who were asked about ``moments``
    apart: if one of them did not give it in time, withdrew it or let it expire, nobody's are
    looked for, as one person's moment is hardly ever theirs alone.
    """
    apart = [p for p in session.present if any(c.purpose == MOMENTS for c in p.consent)]
    refused = any(lacking(person, MOMENTS, session.date, on) for person in apart)
    return (MOMENTS,) if refused else ()


def lacking(person: Participant, purpose: Purpose, session_day: date, on: date) -> str | None:
    """Why `person` does not consent to `purpose`, or None when they do.

    A recording needs consent given by the day of the session; every other purpose, by
    today.  Consent counts on the day it expires, and no longer on the day it is withdrawn.
    """
    given = [c for c in person.consent if c.purpose == purpose]
    if not given:
        return "not given"
    consent = given[-1]
    if consent.withdrawn is not None and consent.withdrawn <= on:
        return f"{WITHDRAWN} on {consent.withdrawn}"
    if consent.expires is not None and consent.expires < on:
        return f"expired on {consent.expires}"
    by = session_day if purpose == "recording" else on
    if consent.given > by:
        return f"{LATE} {consent.given}, after {by}"
    return None


def consents(person: Participant, purpose: Purpose, session_day: date, on: date) -> bool:
    """Whether `person` consents to `purpose`; see `lacking`."""
    return lacking(person, purpose, session_day, on) is None


def admit(session: Session, on: date) -> AdmittedSession:
    """The session, if everybody present consents to what its stages do with them.

    Parameters
    ----------
    session : Session
        As its manifest tells it.
    on : date
        The day on which consent is judged: today, wherever a person asks.

    Raises
    ------
    ConsentError
        Naming, by id, who lacks which consent and why.
    """
    purposes = tuple(sorted(needed(session)))
    here, rated = set(session.attendance), {rating.participant for rating in session.ratings}
    refused = [
        (f"{person.id}:", purpose, why)
        for person in session.group.participants
        for purpose in (purposes if person.id in here else OF_A_RATING)
        if (person.id in here or person.id in rated)
        and (why := lacking(person, purpose, session.date, on)) is not None
    ]
    if refused:
        raise ConsentError(
            f"consent is missing ({'; '.join(' '.join(words) for words in refused)})",
            session=session.id,
            stage="admit",
            hint=_what_to_do(why for _, _, why in refused),
        )
    people = tuple(person.id for person in session.present)
    rests_on = {c.form for p in session.present for c in p.consent if c.form is not None}
    admission = Admission(on, purposes, people, off(session, on), tuple(sorted(rests_on)))
    return AdmittedSession(session, admission, _MADE_BY_ADMIT)


def _what_to_do(reasons: Iterable[str]) -> str:
    """Somebody who withdrew is never asked again by this software."""
    found = list(reasons)
    if any(why.startswith(WITHDRAWN) for why in found):
        return (
            "Nothing was read, and the series leaves this session out. "
            "Results made before stay until you delete them: its folder out, "
            "and members' reports in the group's."
        )
    if all(why.startswith(LATE) for why in found):
        return (
            "Nothing was read. A recording needs consent by the day of the session. "
            "If a date in group.toml is wrong, correct it; else leave the session out."
        )
    return "Nothing was read. Record the consent in group.toml, or leave the session out."
