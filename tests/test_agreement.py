"""Two reviewers of one session compared, and both as one."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from review_cases import open_desk, session_that_ran  # noqa: F401 (fixtures)

from session_audio.cli import main
from session_audio.errors import StoreError
from session_audio.review import agreement
from session_audio.review.agreement import Item
from session_audio.review.desk import Desk


def decided(do: str, by: str, at: str, **more: Any) -> dict[str, Any]:
    return {"file": "x", "do": do, "id": f"{by}{at}", "by": by, "at": at, **more}


@pytest.mark.parametrize(
    ("one", "other", "kappa", "differ"),
    [
        ("aabb", "aabb", 1.0, 0),
        ("aabb", "bbaa", -1.0, 4),
        ("aaab", "aabb", 0.5, 1),
        ("aaaa", "aaaa", None, 0),  # one answer only: nothing beyond chance
        ("", "", None, 0),
    ],
)
def test_kappa_by_hand(one: str, other: str, kappa: float | None, differ: int) -> None:
    items = [[Item(float(k), "x", c) for k, c in enumerate(side)] for side in (one, other)]
    found = agreement.agreement("events", *items, near=0.4)
    assert found.kappa == (kappa if kappa is None else pytest.approx(kappa))
    assert (found.items, len(found.differ)) == (len(one), differ)


def test_both_as_one_without_what_contradicts() -> None:
    give = {"start": 1.0, "end": 2.0, "from": "A"}
    anna = [
        decided("give", "anna", "2026-03-04T10:00", **give, to="B"),
        decided("name", "anna", "2026-03-04T10:05", voice="S1", to="P01"),
        decided("judge", "anna", "2026-03-04T10:06", moment="m", answer="yes"),
    ]
    ben = [
        decided("name", "ben", "2026-03-04T09:00", voice="S1", to="P01"),
        decided("give", "ben", "2026-03-04T09:01", **give, to="C"),
        decided("judge", "ben", "2026-03-04T09:02", moment="m", note="why"),
        decided("mend", "ben", "2026-03-04T09:03", start=5.0, end=6.0, changes=[]),
    ]
    kept, against = agreement.merged(anna, ben)
    assert [(o["do"], o["by"]) for o in kept] == [
        ("judge", "ben"),
        ("mend", "ben"),
        ("name", "anna"),
        ("judge", "anna"),
    ]
    assert [(a["to"], b["to"]) for a, b in against] == [("B", "C")]


def test_two_reviews_of_a_session_by_the_command_line(desk: Desk, tmp_path: Path) -> None:
    kept = desk.folder / "review.json"
    turns, (moment,) = desk.state()["turns"], desk.state()["moments"]
    give = {"start": turns[1]["start"], "end": turns[1]["end"], "from": turns[1]["who"]}
    for name, to, answer in (("anna", "P02", "yes"), ("ben", "T01", "no")):
        desk.do({"do": "give", **give, "to": to})
        desk.do({"do": "judge", "moment": moment["id"], "answer": answer})
        desk.do({"do": "noise", "start": turns[0]["start"], "end": turns[0]["end"], "from": "T01"})
        shutil.copy(kept, tmp_path / f"{name}.json")
        kept.unlink()
    both = [str(tmp_path / "anna.json"), str(tmp_path / "ben.json")]
    told = CliRunner().invoke(main, ["review", str(desk.folder), "--compare", *both])
    assert told.exit_code == 0, told.output
    lines = told.output.splitlines()
    words = len(turns[1]["text"].split())
    assert any(f"{words} of " in line and line.startswith("words: kappa 0.") for line in lines)
    assert "moments: kappa 0.00, 1 of 1 differ" in lines
    assert any(line.endswith("yes / no") for line in lines)


def test_a_merged_review_is_the_sessions_own(ran: Path, tmp_path: Path) -> None:
    noise = {"file": "speech.json", "start": 0.5, "end": 2.6, "from": "T01"}
    judge = {"file": "flags.json", "moment": "rupture-P01-4.0"}
    for name, answer in (("anna", "yes"), ("ben", "no")):
        operations = [
            decided("noise", name, "2026-03-04T10:00", **noise),
            decided("judge", name, "2026-03-04T10:01", **judge, answer=answer),
        ]
        (tmp_path / f"{name}.json").write_text(json.dumps({"operations": operations}))
    both = [str(tmp_path / "anna.json"), str(tmp_path / "ben.json")]
    told = CliRunner().invoke(main, ["review", str(ran), "--merge", *both])
    assert told.exit_code == 0, told.output
    assert "1 decisions are in review.json" in told.output
    assert "not decided: judge by anna, judge by ben" in told.output
    again = CliRunner().invoke(main, ["review", str(ran), "--merge", *both])
    assert again.exit_code == 0, again.output
    (ran / "review.json").write_text(
        json.dumps({"operations": [decided("close", "eve", "2026-03-05T10:00", moment="m")]})
    )
    refused = CliRunner().invoke(main, ["review", str(ran), "--merge", *both])
    assert refused.exit_code == 1 and "in neither file" in refused.output


@pytest.mark.parametrize("text", ["[", "{}", '{"operations": 3}', "[" * 100_000])
def test_what_is_no_review_is_told(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.json").write_text(text)
    with pytest.raises(StoreError, match="holds no review"):
        agreement.read(tmp_path / "a.json")
    with pytest.raises(StoreError, match="holds no review"):
        agreement.read(tmp_path / "missing.json")
