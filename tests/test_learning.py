"""A trainee marks moments, sees them beside those proposed, and changes nothing of the session."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from review_cases import SECRET, session_that_ran  # noqa: F401 (fixture)

from session_audio.errors import SessionAudioError
from session_audio.flow.context import current
from session_audio.flow.forget import forget
from session_audio.flow.session import open_run
from session_audio.review.learning import LearningDesk, Mark, compared
from session_audio.schema import Flag, ParticipantId, Turn

ONE = ParticipantId("P01")


def mark(start: float, kind: str = "rupture", length: float = 2.0) -> Mark:
    return Mark("m", "anna", "", kind, None, start, start + length, "P01")  # type: ignore[arg-type]


def flag(start: float, kind: str = "rupture", review: str = "") -> Flag:
    return Flag(kind, None, "group", start, start + 2, ONE, (), (), 0.4, (), "", review=review)  # type: ignore[arg-type]


TURNS = [Turn(k, 10.0 * k, 10.0 * k + 9, ONE) for k in range(10)]


@pytest.mark.parametrize(
    ("marks", "flags", "both", "own", "others", "kappa"),
    [
        ([mark(10)], [flag(10)], 1, 0, 0, 1.0),
        ([mark(10)], [flag(14.9)], 1, 0, 0, 1.0),
        ([mark(10)], [flag(15.1)], 0, 1, 1, 1.0),  # not the same moment, but in the same turn
        ([mark(10)], [flag(10, "repair")], 0, 1, 1, 0.4737),
        ([mark(10)], [flag(50)], 0, 1, 1, -0.1111),
        ([mark(10), mark(11)], [flag(10)], 1, 1, 0, 1.0),
        ([mark(10)], [flag(10, review="no")], 0, 1, 0, 0.0),
        ([], [], 0, 0, 0, None),
    ],
)
def test_marks_beside_candidates(
    marks: list[Mark], flags: list[Flag], both: int, own: int, others: int, kappa: float | None
) -> None:
    found = compared(marks, flags, TURNS)
    assert (len(found.both), len(found.own), len(found.others)) == (both, own, others)
    assert found.kappa == (kappa if kappa is None else pytest.approx(kappa, abs=1e-3))


@pytest.fixture
def learning(ran: Path) -> LearningDesk:
    desk = LearningDesk(ran, current(), "anna", SECRET)
    with open_run(ran).store.locked():
        desk.open(lambda _: None)
    return desk


def asked(**more: Any) -> dict[str, Any]:
    return {"kind": "rupture", "start": 4.0, "end": 6.0, "participant": "P01", **more}


def test_the_candidates_are_hidden_until_they_are_asked_for(learning: LearningDesk) -> None:
    before = {p: p.read_bytes() for p in (learning.folder / "out").glob("*.csv")}
    text, state = learning.page().text, json.dumps(learning.state())
    assert 'class="highlights"' not in text and 'id="moment-1"' not in text
    assert '"moments": []' in state and "rupture" not in state
    told = learning.mark(asked(note="here"))
    assert told["both"] is None
    other = LearningDesk(learning.folder, current(), "ben", SECRET)
    other.open(lambda _: None)
    assert other.decided() == {"marks": [], "both": None}
    told = learning.reveal()
    assert len(told["both"]["both"]) == 1 and not told["both"]["others"]
    late = learning.mark(asked(start=19.0, end=20.0))
    assert late["both"]["own"] == []  # marked after the candidates were seen
    assert learning.unmark({"id": late["marks"][1]["id"]})["marks"] == told["marks"]
    assert other.decided()["both"] is None
    assert {p: p.read_bytes() for p in before} == before
    assert not (learning.folder / "review.json").exists()
    assert set(learning.changes) == {"mark", "unmark", "reveal"}


@pytest.mark.parametrize(
    "wrong", [None, {}, asked(kind="row"), asked(participant="P77"), asked(end=3.0), asked(x=1)]
)
def test_what_is_no_moment_is_refused(learning: LearningDesk, wrong: Any) -> None:
    with pytest.raises(SessionAudioError):
        learning.mark(wrong)


@pytest.mark.parametrize("text", ["[", "{}", '{"marks": [{}], "shown_to": []}'])
def test_broken_marks_are_told_and_not_written_over(learning: LearningDesk, text: str) -> None:
    (learning.folder / "learning.json").write_text(text)
    with pytest.raises(SessionAudioError, match=r"learning\.json"):
        learning.mark(asked())
    assert (learning.folder / "learning.json").read_text() == text


def test_marks_go_with_who_is_forgotten(learning: LearningDesk) -> None:
    learning.mark(asked())
    forget(learning.folder.parent, "P01", silenced=False, on=current().today())
    assert not (learning.folder / "learning.json").exists()
