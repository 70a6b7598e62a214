from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from session_audio.errors import ConsentError
from session_audio.schema import Admission, Consent, Session
from session_audio.workspace.consent import AdmittedSession, admit, needed
from session_audio.workspace.manifest import load_session

TODAY = date(2026, 3, 10)


@pytest.fixture
def session(session_folder: Path) -> Session:
    return load_session(session_folder)


def with_consent(session: Session, who: str, *consents: Consent) -> Session:
    people = tuple(
        replace(p, consent=consents) if p.id == who else p for p in session.group.participants
    )
    return replace(session, group=replace(session.group, participants=people))


def all_given(**changes: object) -> list[Consent]:
    made = [Consent(p, date(2026, 2, 1)) for p in ("recording", "transcription", "analysis")]
    return [replace(c, **changes) for c in made]  # type: ignore[arg-type]


def test_everybody_consented_is_admitted(session: Session) -> None:
    admitted = admit(session, TODAY)
    assert admitted.session is session
    assert admitted.admission.purposes == ("analysis", "recording", "transcription")
    assert admitted.admission.people == ("T01", "P01", "P02")
    assert admitted.admission.on == TODAY


def test_a_voiceprint_is_not_needed_to_be_admitted(session: Session) -> None:
    assert "voiceprint" not in needed(session)


@pytest.mark.parametrize(
    ("consents", "why"),
    [
        ([], "P01: analysis not given"),
        (all_given(withdrawn=date(2026, 3, 4)), "P01: recording withdrawn on 2026-03-04"),
        (all_given(expires=date(2026, 3, 9)), "P01: transcription expired on 2026-03-09"),
        (all_given(given=date(2026, 3, 5)), "P01: recording given on 2026-03-05, after 2026-03-03"),
    ],
)
def test_missing_consent_is_refused_by_id_and_purpose(
    session: Session, consents: list[Consent], why: str
) -> None:
    with pytest.raises(ConsentError) as refused:
        admit(with_consent(session, "P01", *consents), TODAY)
    assert why in str(refused.value)
    assert "Maya" not in str(refused.value)
    assert refused.value.exit_code == 3


def test_consent_counts_on_the_day_it_expires(session: Session) -> None:
    admit(with_consent(session, "P01", *all_given(expires=TODAY)), TODAY)


def test_somebody_absent_needs_no_consent(session: Session) -> None:
    absent = with_consent(session, "P01")
    admit(replace(absent, attendance=("T01", "P02")), TODAY)  # type: ignore[arg-type]


def test_only_admit_makes_an_admitted_session(session: Session) -> None:
    with pytest.raises(TypeError, match=r"consent.admit"):
        AdmittedSession(session, Admission(TODAY, (), ()))
