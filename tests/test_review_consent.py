"""What a review decided, where consent leaves somebody out: nothing of theirs comes back by it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from flow_cases import Fakes, stages
from review_cases import open_desk, session_that_ran  # noqa: F401 (fixtures)
from test_withholding import holds, policy, withdraw

from session_audio.errors import ConsentError
from session_audio.flow.session import open_run
from session_audio.flow.stages import first_stale
from session_audio.review.desk import Desk
from session_audio.workspace import review_file

pytestmark = pytest.mark.timeout(300)

GIVEN = {"do": "give", "start": 0.4, "end": 2.7, "from": "T01", "to": "P01"}
SPLIT = {"do": "split", "voice": "S01", "since": 18.0, "to": "P01"}
MENDED = {
    "do": "mend",
    "start": 6.8,
    "end": 7.4,
    "from": "P01",
    "changes": [{"from": [], "to": [[6.8, 7.4, "clafoutis"]]}],
}
MARKED = {
    "do": "missed",
    "moment": "rupture-P01-4.0",
    "kind": "rupture",
    "start": 4.0,
    "end": 6.0,
    "participant": "P01",
    "note": "clafoutis",
}
JUDGED = {"do": "judge", "moment": "rupture-P01-9.0", "note": "clafoutis"}
CAME_IN = {"do": "event", "from": None, "to": ["interruption_successful", 4.0, 4.5, "P01", "T01"]}
CUT = {"do": "event", "from": None, "to": ["interruption_successful", 8.0, 8.5, "T01", "P01"]}


def decide(session: Path, o: dict[str, Any], file: str = "speech.json") -> None:
    review_file.save(session, [{"file": file, "id": "a1", "by": "RA", **o}])


@pytest.mark.parametrize("gone", ["analysis", "transcription"])
@pytest.mark.parametrize(
    ("o", "theirs"),
    [(GIVEN, b"marmalade"), (SPLIT, b"glad"), (MENDED, b"clafoutis")],
    ids=lambda x: x["do"] if isinstance(x, dict) else "",
)
def test_words_that_a_review_gave_to_somebody_masked_go_with_theirs(
    session: Path, engines: Fakes, o: dict[str, Any], theirs: bytes, gone: str
) -> None:
    decide(session, o)
    stages(session)
    assert holds(session, (theirs,))
    policy(session.parent, missing="mask")
    withdraw(session.parent, "P01", gone)
    stages(session)
    assert holds(session, (theirs, b"useless")) == []
    assert first_stale(open_run(session)) is None
    if o is not MENDED:
        assert review_file.load(session)[0]["fits"]


@pytest.mark.parametrize(
    ("o", "file"),
    [
        (MARKED, "flags.json"),
        (JUDGED, "flags.json"),
        (CAME_IN, "interactions.json"),
        (CUT, "interactions.json"),
    ],
    ids=["marked", "judged", "came in", "was cut"],
)
def test_moments_and_events_of_somebody_left_out_are_not_told(
    session: Path, engines: Fakes, o: dict[str, Any], file: str
) -> None:
    decide(session, o, file)
    policy(session.parent, missing="mask")
    withdraw(session.parent, "P01", "analysis")
    stages(session)
    out = session / "out"
    assert holds(out, (b"clafoutis", b"Quillfeather")) == []
    assert "P01" not in (out / "flags.csv").read_text() + (out / "interactions.csv").read_text()
    assert first_stale(open_run(session)) is None


def test_nothing_is_written_down_of_whom_no_words_are_read(desk: Desk) -> None:
    policy(desk.folder.parent, missing="mask")
    withdraw(desk.folder.parent, "P01", "transcription")
    asked = {k: v for k, v in MENDED.items() if k != "changes"} | {"text": "clafoutis"}
    with pytest.raises(ConsentError, match="P01"):
        desk.do(asked)
    withdraw(desk.folder.parent, "P01", "analysis")
    for o in (CUT, {k: v for k, v in MARKED.items() if k != "moment"}):
        with pytest.raises(ConsentError, match="P01 is left out"):
            desk.do(o)
    assert not (desk.folder / "review.json").exists()
