"""The text classifier: what it writes, other models in its place, the file of turns."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from rupture_cases import ASKED, SAID, SMALL, WORDS, classifier, in_context

from session_audio.backends.rupture.text import renamed
from session_audio.cli.research import flag_turns, read_turns
from session_audio.errors import FormatError, ModelError, SettingsError
from session_audio.schema import TurnInContext
from session_audio.settings import FlagSettings, Settings

LABELS = ["none", "withdrawal", "confrontation", "repair"]


def test_names_that_are_words_stay_words() -> None:
    names = {"will": "alex", "grace": "robin"}
    assert renamed("Will you say grace, Grace?", names) == "alex you say grace, robin?"
    assert renamed("will you say grace", names) == "will you say grace"


def test_scores_are_written_read_and_sum_to_one(tmp_path: Path) -> None:
    trained = classifier(tmp_path)
    turns = [
        TurnInContext(str(k), ASKED.context[: k % 2], "Bo", "member", "no " * (k + 1))
        for k in range(40)
    ]
    seen: list[float] = []
    scores = trained.score(turns, seen.append)
    assert [s.id for s in scores] == [t.id for t in turns]
    assert seen[-1] == 1.0
    for s in scores:
        assert sum(s.scores.values()) == pytest.approx(1.0, abs=1e-9)
        assert sum(s.targets.values()) == pytest.approx(1.0, abs=1e-9)
        assert s.label == max(s.scores, key=s.scores.__getitem__)
        assert (s.target == "none") == (s.label == "none")
    alone = trained.score(turns[7:8])[0]
    assert alone.scores["repair"] == pytest.approx(scores[7].scores["repair"], abs=5e-3)
    assert trained.revision.startswith("rupture-")


def test_a_turn_in_a_conversation_is_read_with_what_comes_after(tmp_path: Path) -> None:
    trained = classifier(tmp_path)
    asked = in_context(SAID)
    whole = trained.score(asked)[2].scores
    alone = trained.score([asked[2]])[0].scores
    cut = trained.score(asked[:4])[2].scores
    assert abs(whole["repair"] - cut["repair"]) > 1e-5
    assert whole["none"] > alone["none"]  # calibrated to how rare a strain is there


def test_a_turn_without_words_is_none(tmp_path: Path) -> None:
    trained = classifier(tmp_path)
    (score,) = trained.score([TurnInContext("a", (), "Bo", "", " ")])
    assert score.label == "none" and score.scores["none"] == 1.0
    assert trained.score([]) == []


def test_missing_weights_say_what_makes_them(tmp_path: Path) -> None:
    from session_audio.backends.rupture.classifier import RuptureClassifier

    with pytest.raises(ModelError, match="train-rupture"):
        RuptureClassifier(tmp_path, {"alone": tmp_path, "conversation": tmp_path})


def other_model(folder: Path, labels: list[str]) -> Path:
    """A sequence-classification model as transformers saves it."""
    from transformers import BertConfig, BertForSequenceClassification, BertTokenizer

    folder.mkdir()
    config = BertConfig(
        **SMALL,
        num_hidden_layers=1,
        num_labels=len(labels),
        id2label=dict(enumerate(labels)),
    )
    BertForSequenceClassification(config).save_pretrained(folder)
    (folder / "vocab.txt").write_text("\n".join(WORDS))
    BertTokenizer(str(folder / "vocab.txt")).save_pretrained(folder)
    return folder


@pytest.mark.parametrize(
    ("labels", "names"),
    [
        (LABELS, ()),
        (
            ["OK", "away", "against", "toward"],
            ("OK=none", "away=withdrawal", "against=confrontation", "toward=repair"),
        ),
        (["contradiction", "neutral", "entailment"], ()),
    ],
)
def test_another_model_takes_its_place(
    tmp_path: Path, labels: list[str], names: tuple[str, ...]
) -> None:
    from session_audio.backends.load import load_classifier

    folder = other_model(tmp_path / "other", labels)
    flags = FlagSettings(classifier=str(folder), classifier_labels=names)
    classifier = load_classifier(Settings(flags=flags), 1)
    scores = classifier.score([ASKED, ASKED])
    assert len(scores) == 2
    assert sum(scores[0].scores.values()) == pytest.approx(1.0, abs=1e-9)
    assert scores[0].scores.keys() == set(LABELS)
    assert classifier.revision.startswith("other-")


def test_another_model_must_be_one_of_the_kinds(tmp_path: Path) -> None:
    from session_audio.backends.load import load_classifier

    folder = other_model(tmp_path / "other", ["positive", "negative"])
    with pytest.raises(ModelError, match="negative, positive"):
        load_classifier(Settings(flags=FlagSettings(classifier=str(folder))), 1)
    with pytest.raises(ModelError, match=r"no config\.json"):
        load_classifier(Settings(flags=FlagSettings(classifier=str(tmp_path / "x"))), 1)
    wrong = FlagSettings(classifier=str(folder), classifier_labels=("negative=bad",))
    with pytest.raises(SettingsError, match="toxic=confrontation"):
        load_classifier(Settings(flags=wrong), 1)


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("nothing", "line 2: is not JSON"),
        ("[1]", "line 2: holds a list"),
        ("[" * 100_000, "line 2: is not JSON"),
        ('{"id": NaN, "text": "secret"}', "line 2: is not JSON"),
        ('{"id": 1e999, "text": "secret"}', "too large a number"),
        ('{"text": "secret"}', '"id" is missing'),
        ('{"id": 1}', '"text" is missing'),
        ('{"id": 1, "text": ["secret"]}', '"text" is a list'),
        ('{"id": 1, "text": "secret", "role": 3}', '"role" is a int'),
        ('{"id": 1, "text": "secret", "context": ["secret"]}', "not a list of objects"),
        ('{"id": 1, "text": "secret", "context": [{"speaker": "A"}]}', '"text" is missing'),
        (json.dumps({"id": 1, "text": "secret", "context": [{"text": "a"}] * 4}), "holds 4 turns"),
    ],
)
def test_a_bad_line_is_named_and_never_quoted(line: str, problem: str) -> None:
    with pytest.raises(FormatError, match=r"turns\.jsonl, line 2: ") as caught:
        read_turns(['{"id": 1, "text": "fine"}', line], "turns.jsonl")
    assert problem in str(caught.value)
    assert "secret" not in str(caught.value)


def test_roles_and_speakers_may_be_missing_and_empty_lines_are_passed_over() -> None:
    ((name, turn),) = read_turns(["", '{"id": 7, "text": "No.", "context": null}', " "], "x")
    assert (name, turn.role, turn.speaker, turn.context) == (7, "", "", ())


def test_a_file_that_is_not_there_is_an_error_without_a_traceback(tmp_path: Path) -> None:
    result = CliRunner().invoke(flag_turns, [str(tmp_path / "none.jsonl")])
    assert result.exit_code == 1
    assert "none.jsonl cannot be read" in result.output


@pytest.mark.models
def test_flag_turns_keeps_order_and_ids(tmp_path: Path) -> None:
    rows = [
        {
            "id": "q",
            "speaker": "Bo",
            "role": "member",
            "text": "On the table by the kettle.",
            "context": [{"speaker": "Cy", "role": "member", "text": "Where are the biscuits?"}],
        },
        {
            "id": 2,
            "speaker": "Bo",
            "role": "member",
            "text": "Nothing. Ask somebody else.",
            "context": [{"speaker": "A", "role": "therapist", "text": "What do you feel, Bo?"}],
        },
    ]
    file = tmp_path / "turns.jsonl"
    file.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    result = CliRunner().invoke(flag_turns, [str(file)])
    assert result.exit_code == 0, result.output
    first, second = (json.loads(line) for line in result.output.splitlines())
    assert (first["id"], second["id"]) == ("q", 2)
    assert list(first) == ["id", "label", "target", "scores"]
    assert sum(first["scores"].values()) == pytest.approx(1.0, abs=1e-9)
    assert first["label"] == "none" and second["label"] != "none"


def test_what_only_python_takes_for_a_line_end_is_text(tmp_path: Path) -> None:
    from session_audio.cli.research import _lines

    file = tmp_path / "turns.jsonl"
    file.write_text('{"id": 1, "text": "one\u2028two"}\r\n\n{"id": 2, "text": "three"}\n', "utf-8")
    assert [turn.text for _, turn in read_turns(_lines(file), "x")] == ["one\u2028two", "three"]


def test_half_a_surrogate_pair_is_read_and_written() -> None:
    from session_audio.cli.research import _as_json

    ((name, turn),) = read_turns(['{"id": "\\ud83d", "text": "\\ud83d no"}'], "x")
    assert turn.text == "? no"
    assert json.loads(_as_json({"id": name})) == {"id": "\ud83d"}
    assert _as_json({"id": "é"}) == '{"id": "é"}'
