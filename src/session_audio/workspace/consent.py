"""Consent: judged in one place, before any sound is read.

A session is admitted when everybody recorded as present has given, by the day that
matters, every consent that its stages need, and has not withdrawn it or let it expire; who
was away and answered a rating needs the consent to analysis.  Where the clinic's policy says
so (`settings.ConsentSettings`), whoever lacks one but for ``recording`` is left out instead.
`admit` is the only rule and the only maker of an `AdmittedSession`, which every stage
takes; what it decided and when (`Admission`) is what the report prints.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import InitVar, dataclass, replace
from datetime import date
from pathlib import Path
from typing import NamedTuple

from session_audio.errors import ConsentError
from session_audio.schema import Admission, Participant, ParticipantId, Purpose, Session
from session_audio.settings import ConsentSettings
from session_audio.workspace.manifest import settings_of

WITHDRAWN, LATE = "withdrawn", "given on"
OF_A_RATING: tuple[Purpose, ...] = ("analysis",)
"""What the ratings of somebody who was away are used for."""
MOMENTS: Purpose = "moments"
APART: tuple[Purpose, ...] = ("moments", "member_report", "leaving", "research")
"""What ``analysis`` covers for those who were not asked about it apart."""
MASKABLE: frozenset[Purpose] = frozenset({"transcription", "analysis"})
"""Without which somebody can be left out; what was recorded cannot be unrecorded."""
_MADE_BY_ADMIT = object()
_REFUSE = ConsentSettings()


@dataclass(frozen=True, slots=True)
class AdmittedSession:
    """A session whose consent was judged.  Only `admit` makes one."""

    session: Session
    """Without what those who are left out wrote and answered."""
    admission: Admission
    _key: InitVar[object] = None

    def __post_init__(self, _key: object) -> None:
        if _key is not _MADE_BY_ADMIT:
            raise TypeError("an AdmittedSession is made by consent.admit() only")


class _Lack(NamedTuple):
    """One consent that somebody lacks, and why."""

    who: ParticipantId
    purpose: Purpose
    why: str

    def __str__(self) -> str:
        return f"{self.who}: {self.purpose} {self.why}"


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


def off(
    session: Session, on: date, policy: ConsentSettings = _REFUSE, *, without: Iterable[str] = ()
) -> tuple[Purpose, ...]:
    """The purposes left out of `session`, as somebody present does not consent to them.

    Candidate moments are part of the analysis, but for those who were asked about ``moments``
    apart: if one of them did not give it in time, withdrew it or let it expire, nobody's are
    looked for, as one person's moment is hardly ever theirs alone.  `without` names who is
    left out of everything anyway.
    """
    asked = [p for p in session.present if p.id not in set(without)]
    refused = any(apart(person, MOMENTS, session.date, on, policy) for person in asked)
    return (MOMENTS,) if refused else ()


def apart(
    person: Participant,
    purpose: Purpose,
    session_day: date,
    on: date,
    policy: ConsentSettings = _REFUSE,
) -> str | None:
    """Why `person` does not consent to `purpose`, one of `APART`, or None when they do.

    Who was not asked about it apart is covered by ``analysis``, but where the policy wants a
    consent for each purpose.
    """
    asked = policy.each_purpose or any(c.purpose == purpose for c in person.consent)
    return lacking(person, purpose if asked else "analysis", session_day, on)


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


def policy_of(group: Path) -> ConsentSettings:
    """What the settings of the group in `group` say of consent."""
    return settings_of(group).consent


def admit(session: Session, on: date, policy: ConsentSettings = _REFUSE) -> AdmittedSession:
    """The session, if everybody present consents to what its stages do with them.

    Parameters
    ----------
    session : Session
        As its manifest tells it.
    on : date
        The day on which consent is judged: today, wherever a person asks.
    policy : ConsentSettings
        Whether a session is refused, or those who do not consent are left out.

    Raises
    ------
    ConsentError
        Naming, by id, who lacks which consent and why.
    """
    purposes = tuple(sorted(needed(session)))
    here, rated = set(session.attendance), {rating.participant for rating in session.ratings}
    lacks = [
        _Lack(person.id, purpose, why)
        for person in session.group.participants
        for purpose in (purposes if person.id in here else OF_A_RATING)
        if (person.id in here or person.id in rated)
        and (why := lacking(person, purpose, session.date, on)) is not None
    ]
    masked = [x for x in lacks if policy.missing == "mask" and x.purpose in MASKABLE]
    out = {x.who for x in masked if x.purpose == "analysis"}
    refused = [x for x in lacks if x not in masked]
    if refused or (here and here <= out):
        raise _refusal(session, refused or lacks)
    left_out = tuple(who for who in session.attendance if who in out)
    words = {x.who for x in masked if x.purpose == "transcription"} - out
    without_words = tuple(who for who in session.attendance if who in words)
    rests_on = {
        c.form for p in session.present for c in p.consent if c.form is not None and p.id not in out
    }
    admission = Admission(
        on,
        purposes,
        tuple(p.id for p in session.present if p.id not in out | words),
        off(session, on, policy, without=out),
        tuple(sorted(rests_on)),
        left_out,
        without_words,
    )
    return AdmittedSession(_without(session, out, words), admission, _MADE_BY_ADMIT)


def refuse_apart(
    admitted: AdmittedSession,
    purpose: Purpose,
    policy: ConsentSettings,
    stage: str,
    *,
    of: str | None = None,
) -> None:
    """Refuse what needs consent to `purpose`, one of `APART`, from everybody who is in it.

    Parameters
    ----------
    admitted : AdmittedSession
        Who is left out of it needs to give none.
    purpose : Purpose
    policy : ConsentSettings
    stage : str
        What is refused, for the message.
    of : str, optional
        The one participant of whose consent it depends.

    Raises
    ------
    ConsentError
        Naming, by id, who lacks it and why.
    """
    session, admission = admitted.session, admitted.admission
    asked = [p for p in session.present if p.id not in admission.left_out]
    if of is not None:
        asked = [p for p in session.group.participants if p.id == of]
    lacks = [
        _Lack(person.id, purpose, why)
        for person in asked
        if (why := apart(person, purpose, session.date, admission.on, policy)) is not None
    ]
    if lacks:
        raise ConsentError(
            f"consent is missing ({'; '.join(map(str, lacks))})",
            session=session.id,
            stage=stage,
            hint="Nothing was written.",
        )


def refuse_research(admitted: AdmittedSession, policy: ConsentSettings, stage: str) -> None:
    """As `refuse_apart`, and who was not asked about research does not consent to it."""
    refuse_apart(admitted, "research", replace(policy, each_purpose=True), stage)


def _without(session: Session, out: set[ParticipantId], words: set[ParticipantId]) -> Session:
    """`session` without what those left out wrote and answered; itself where there is nothing."""
    ratings = tuple(r for r in session.ratings if r.participant not in out)
    chat = tuple(m for m in session.chat if m.participant not in out | words)
    if (ratings, chat) == (session.ratings, session.chat):
        return session
    return replace(session, ratings=ratings, chat=chat)


def _refusal(session: Session, lacks: list[_Lack]) -> ConsentError:
    return ConsentError(
        f"consent is missing ({'; '.join(map(str, lacks))})",
        session=session.id,
        stage="admit",
        hint=_what_to_do(x.why for x in lacks),
    )


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
