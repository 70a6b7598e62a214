import itertools
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from session_audio.errors import ConsentError
from session_audio.schema import Admission, Consent, Purpose, Session
from session_audio.workspace.consent import AdmittedSession, admit, consents, needed
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


STATES = {
    "never asked": None,
    "given": {},
    "expired": {"expires": date(2026, 3, 9)},
    "withdrawn": {"withdrawn": date(2026, 3, 4)},
}
ASKED: tuple[Purpose, ...] = ("recording", "transcription", "analysis", "moments", "voiceprint")


def test_every_purpose_switches_off_what_it_covers_and_nothing_else(session: Session) -> None:
    """All 1,024 ways in which one person may answer the five questions."""
    seen = set()
    for states in itertools.product(STATES, repeat=len(ASKED)):
        stands = dict(zip(ASKED, (state == "given" for state in states), strict=True))
        asked_apart = states[ASKED.index("moments")] != "never asked"
        answers = [
            replace(Consent(purpose, date(2026, 2, 1)), **facts)  # type: ignore[arg-type]
            for purpose, state in zip(ASKED, states, strict=True)
            if (facts := STATES[state]) is not None
        ]
        asked = with_consent(session, "P01", *answers)
        wanted = None
        if all(stands[purpose] for purpose in needed(session)):
            wanted = ("moments",) if asked_apart and not stands["moments"] else ()
        try:
            found: tuple[Purpose, ...] | None = admit(asked, TODAY).admission.off
        except ConsentError as refused:
            found = None
            lacks = {purpose for purpose in needed(session) if not stands[purpose]}
            assert all(f"P01: {purpose} " in str(refused) for purpose in lacks)
        assert found == wanted, states
        seen.add(found)
        known_by_voice = consents(asked.group.participant("P01"), "voiceprint", TODAY, TODAY)
        assert known_by_voice == stands["voiceprint"]
    assert seen == {None, (), ("moments",)}


def test_the_forms_that_consents_rest_on_are_told(session: Session) -> None:
    signed = with_consent(session, "P01", *all_given(form="B-2026-01"))
    assert admit(signed, TODAY).admission.forms == ("B-2026-01",)
    assert admit(session, TODAY).admission.forms == ()
