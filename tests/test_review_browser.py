"""A review in a real Chromium: play, correct, undo, save, reload, and the tables that follow."""

from __future__ import annotations

import json
import subprocess
import threading
from pathlib import Path

import pytest
from browser_cases import CHROMIUM, HERE, MARKS, NODE
from flow_cases import rows
from review_cases import SECRET, open_desk, session_that_ran  # noqa: F401 (fixtures)

from session_audio.flow.context import current
from session_audio.flow.session import open_run
from session_audio.review.app import app_of
from session_audio.review.desk import Desk
from session_audio.review.learning import LearningDesk
from session_audio.review.security import Gate
from session_audio.review.server import SERVER, listen, serving

pytestmark = MARKS


def reviewed(desk: Desk, script: str) -> dict[str, object]:
    """What the browser found of the review of `desk`."""
    own = listen()
    gate = Gate(own.getsockname()[1], secret=desk.secret)
    with serving(desk, gate, own, app=app_of) as link:
        command = [str(NODE), str(HERE / script), str(CHROMIUM), link]
        done = subprocess.run(command, capture_output=True, text=True, timeout=800, check=False)
    assert not [x for x in threading.enumerate() if x.name == SERVER]
    assert done.returncode == 0, done.stderr[-2000:]
    found: dict[str, object] = json.loads(done.stdout)
    return found


def test_a_session_is_heard_corrected_saved_and_found_so(desk: Desk) -> None:
    found = reviewed(desk, "review.mjs")
    assert found["errors"] == found["elsewhere"] == found["axe"] == found["keyboard"] == []
    assert found["address"] is False  # the token does not stay in the address
    assert found["heard"] == pytest.approx(0.5, abs=3)
    assert found["paused"] is True
    was, given, text = "Maya Quillfeather", "Tom Brackenridge", "orange jam"
    assert (found["given"], found["undone"], found["again"]) == (given, was, given)
    assert found["walked"] == "Not in the numbers yet: 1"
    assert found["focus"] == "Whose voice is S03?"
    assert text in str(found["mended"])
    assert (found["bar"], found["narrow"]) == (True, True)
    assert found["boxes"] == 0  # the paper's, which one cannot tick
    assert "Moment at" in str(found["told"]) and "rupture" not in str(found["told"])
    assert found["pending"] == "Not in the numbers yet: 5"
    assert found["saved"] == "Saved: the page and the tables show it."
    speaker, said, pending = found["after"]  # type: ignore[misc]
    assert (speaker, pending) == (given, "Everything is in the numbers")
    assert text in said
    assert found["reloaded"] == [given, pending]
    assert found["decisions"] == 5
    warning, turn = found["look"]  # type: ignore[misc]
    assert "likely exchanged" in warning and turn == "0"
    assert found["second"] == 403
    assert found["cross"] == ["blocked", "blocked"]
    out = desk.folder / "out"
    turns = rows(out / "turns.csv")
    assert text in turns[0]["text"]
    assert turns[1]["participant"] == "P02"
    flags = rows(out / "flags.csv")
    assert {(f["kind"], f["review"], f["note"]) for f in flags} == {
        ("rupture", "no", "a joke <b>"),
        ("repair", "yes", "she asks again"),
    }


def test_a_trainee_marks_first_and_sees_both_then(ran: Path) -> None:
    with open_run(ran).store.locked():
        desk = LearningDesk(ran, current(), "anna", SECRET)
        desk.open(lambda _: None)
        found = reviewed(desk, "learn.mjs")
    assert found["errors"] == found["axe"] == found["keyboard"] == []
    assert (found["hidden"], found["hint"], found["before"]) == (True, True, True)
    assert (
        found["agree"]
        == "Both: 1. You alone: 0. Proposed alone: 0. Cohen's kappa over the turns: 1.00."
    )
    (line,) = found["lines"]  # type: ignore[misc]
    assert "her tone" in line and "useless" in line
