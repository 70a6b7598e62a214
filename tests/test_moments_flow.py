"""Candidate moments through the whole flow, with fakes: what the files and the report say."""

from __future__ import annotations

import csv
import html
import json
import re
from pathlib import Path

import flow_cases
import pytest
from flow_cases import Fakes, run

from session_audio.schema import TurnInContext, TurnScores
from session_audio.testing import fakes

pytestmark = pytest.mark.timeout(300)

SPOKEN = (
    ("S01", 0.5, "how was your week with the marmalade"),
    ("S03", 4.0, "that was rather useless as i see it"),
    ("S02", 8.0, "it was entirely useless to be honest with you"),
    ("S01", 12.0, "tell me more about that please"),
    ("S03", 15.0, "i thought that it went rather well"),
    ("S01", 19.0, "i am sorry that i did not see it"),
)


class Weak(fakes.FakeClassifier):
    """Less sure of what is said to be "rather" so, and of what somebody is "sorry" for."""

    def _one(self, turn: TurnInContext) -> TurnScores:
        turn_scores = super()._one(turn)
        if turn_scores.label == "none" or ("rather" not in turn.text and "sorry" not in turn.text):
            return turn_scores
        scores = dict.fromkeys(turn_scores.scores, 0.005) | {turn_scores.label: 0.5, "none": 0.49}
        return TurnScores(
            turn.id, turn_scores.label, turn_scores.target, scores, turn_scores.targets
        )


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.fixture
def folder(session: Path, engines: Fakes, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A session in which somebody's weaker turn comes before the one that is quoted."""
    monkeypatch.setattr(flow_cases, "SPOKEN", SPOKEN)
    (session.parent / "settings.toml").write_text(
        "[flags]\nmerge_turns = 1\nthreshold = 0.4\nrepair_threshold = 0.4\n"
    )
    engines.__init__()  # type: ignore[misc]
    engines.classifier = Weak({"useless": "confrontation", "sorry": "repair"})
    (outcome,) = run(session)
    assert outcome.status == "done", outcome.message
    return session / "out"


def test_a_moments_time_is_that_of_the_person_quoted(folder: Path) -> None:
    turns = rows(folder / "turns.csv")
    flags = rows(folder / "flags.csv")
    facts = json.loads((folder / "session.json").read_text(encoding="utf-8"))["flags"]
    page = html.unescape((folder / "report.html").read_text(encoding="utf-8"))
    assert flags
    for flag, fact in zip(flags, facts, strict=True):
        (turn,) = [t for t in turns if t["start"] == flag["start"]]
        assert turn["participant"] == flag["participant"] == fact["participant"]
        assert flag["quote"] in turn["text"]
        assert turn["index"] in flag["turns"].split()
        assert fact["start"] == float(flag["start"])
        assert fact["reasons"] == flag["reasons"].split()
        at = float(flag["start"])
        assert f"sound.m4a#t={max(0.0, float(at) - 5):.1f}" in page
    strongest = next(f for f in flags if f["kind"] == "rupture")
    earlier = turns[int(strongest["turns"].split()[0])]
    assert earlier["participant"] == "P02" != strongest["participant"]


def test_the_report_says_what_the_table_says_of_repair(folder: Path) -> None:
    page = re.sub(r"\s+", " ", html.unescape((folder / "report.html").read_text(encoding="utf-8")))
    (flag,) = rows(folder / "flags.csv")
    (link,) = [r for r in flag["reasons"].split() if "repair" in r.partition(":")[0]]
    assert link.startswith("unlisted_repair:")
    score = float(link.partition(":")[2])
    assert (
        f"No repair candidate is listed after it. One later turn resembles a repair, but its "
        f"score of {score:.2f} is too low for this list." in page
    )
    assert "No repair candidate was found" not in page
    assert "A repair candidate by" not in page
