"""Consent, checked before any sound is read.

A session is admitted when everybody recorded as present has given, by the day that
matters, every consent that its stages need, and has not withdrawn it or let it expire.
"""

from __future__ import annotations

from datetime import date

from session_audio.errors import ConsentError
from session_audio.schema import AdmittedSession, Participant, Purpose, Session
from session_audio.schema.people import _ADMISSION


def today() -> date:
    """The day on which consent is judged, by this machine's clock."""
    return date.today()


def needed(session: Session) -> frozenset[Purpose]:
    """The purposes that the stages of `session` need from everybody present.

    ``voiceprint`` is not among them: a participant without it is simply not recognised
    by voice.
    """
    purposes: set[Purpose] = {"analysis"}
    if session.recordings:
        purposes.add("recording")
    if session.recordings or session.transcript is not None or session.chat:
        purposes.add("transcription")
    return frozenset(purposes)


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
        return f"withdrawn on {consent.withdrawn}"
    if consent.expires is not None and consent.expires < on:
        return f"expired on {consent.expires}"
    by = session_day if purpose == "recording" else on
    if consent.given > by:
        return f"given on {consent.given}, after {by}"
    return None


def consents(person: Participant, purpose: Purpose, session_day: date, on: date) -> bool:
    """Whether `person` consents to `purpose`; see `lacking`."""
    return lacking(person, purpose, session_day, on) is None


def admit(session: Session, on: date) -> AdmittedSession:
    """The session, if everybody present consents to what its stages do.

    Raises
    ------
    ConsentError
        Naming, by id, who lacks which consent and why.
    """
    purposes = needed(session)
    refused = []
    for person in session.present:
        for purpose in sorted(purposes):
            why = lacking(person, purpose, session.date, on)
            if why is not None:
                refused.append(f"{person.id}: {purpose} {why}")
    if refused:
        raise ConsentError(
            f"consent is missing ({'; '.join(refused)})",
            session=session.id,
            stage="admit",
            hint="Nothing was read. Record the consent in group.toml, or leave the session out.",
        )
    return AdmittedSession(session, on, purposes, _ADMISSION)
