"""Talk that is real, or written like it: its codes fit its texts."""

from __future__ import annotations

import csv
import json
import sys
from pathlib import Path

import pytest

from session_audio.schema import ContextTurn

TRAINING = Path(__file__).parents[1] / "training" / "rupture"
sys.path.insert(0, str(TRAINING))

import talk_data  # noqa: E402

LABELS = {"withdrawal", "confrontation", "repair", "near"}


@pytest.fixture(scope="module")
def written() -> list[talk_data.Conversation]:
    return talk_data.written()


def test_every_code_names_a_turn_that_is_there(written):
    turns = {(c.name, str(k)) for c in written for k, _ in enumerate(c.turns, 1)}
    for coder in (1, 2):
        path = TRAINING / "real_talk" / "codes" / f"written_coder{coder}.tsv"
        with path.open(encoding="utf-8", newline="") as lines:
            rows = list(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))
        keys = [(row["session"], row["turn"]) for row in rows]
        assert set(keys) <= turns
        assert len(set(keys)) == len(keys)
        assert {row["label"] for row in rows} <= LABELS


def test_every_session_has_two_judgments_of_its_strain(written):
    for coder in (1, 2):
        path = TRAINING / "real_talk" / "codes" / f"written_strain{coder}.tsv"
        lines = path.read_text("utf-8").splitlines()[1:]
        strain = dict(line.split("\t") for line in lines)
        assert strain.keys() == {c.name for c in written}
        assert set(strain.values()) <= {"0", "1", "2", "3"}


def test_a_near_strain_is_none_and_a_turn_coders_differ_on_is_left_out():
    none, shut = talk_data.Code(), talk_data.Code("withdrawal", "therapist", "minimal_response")
    refused = talk_data.Code("confrontation", "therapist", "rejects_intervention")
    near = talk_data.Code("near", "none", "minimal_response")
    said = [
        ("Ann", "therapist", "How was it?"),
        ("Bo", "member", "Fine."),
        ("Bo", "member", "Drop it."),
    ]
    codes = [(none, near), (shut, none), (refused, refused)]
    turns = tuple(
        talk_data.CodedTurn(ContextTurn(*one), pair) for one, pair in zip(said, codes, strict=True)
    )
    items = talk_data.items([talk_data.Conversation("x", "written", turns)])
    assert [(i.turn.text, i.label, i.target) for i in items] == [
        ("How was it?", "none", "none"),
        ("Drop it.", "confrontation", "therapist"),
    ]
    assert [c.text for c in items[1].turn.context] == ["How was it?", "Fine."]


def test_some_sessions_are_kept_from_training_in_every_group_of_writers(written):
    held = [c for c in written if c.held_out]
    assert 0.1 < sum(len(c.turns) for c in held) / sum(len(c.turns) for c in written) < 0.35
    weeks = {c.name[:2] for c in held}
    assert {"ra", "rb", "rd", "w6"} <= weeks


def test_real_texts_are_read_from_their_source_by_run_of_one_speaker(tmp_path):
    folder = tmp_path / "real_talk" / "primock57"
    folder.mkdir(parents=True)
    rows = [
        {"start_time": 1.234, "speaker": "doctor", "words": "Come in."},
        {"start_time": 2.5, "speaker": "doctor", "words": "Sit down."},
        {"start_time": 4.0, "speaker": "patient", "words": "Thanks."},
    ]
    (folder / "invented.json").write_text(json.dumps(rows))
    (talk,) = talk_data.consultations(tmp_path)
    assert [(t.turn.speaker, t.turn.role, t.turn.text, t.agreed) for t in talk.turns] == [
        ("Doctor", "therapist", "Come in. Sit down.", "none"),
        ("Patient", "member", "Thanks.", "none"),
    ]
