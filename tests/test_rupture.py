"""The text classifier: what it reads, what it writes, other models in its place."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from session_audio.backends.rupture.text import joined, renamed, render
from session_audio.cli.research import flag_turns, read_turns
from session_audio.errors import FormatError, ModelError, SettingsError
from session_audio.schema import ContextTurn, TurnInContext
from session_audio.settings import FlagSettings, Settings

LABELS = ["none", "withdrawal", "confrontation", "repair"]
WORDS = "[PAD] [UNK] [CLS] [SEP] member therapist someone alex robin sam : . no yes fine".split()  # noqa: SIM905
ASKED = TurnInContext(
    "a", (ContextTurn("Ann", "therapist", "Fine, Bo?"),), "Bo", "member", "Ann, no."
)


def test_people_are_called_by_place() -> None:
    shown = render(ASKED)
    assert shown.context == ("therapist robin: Fine, alex?",)
    assert shown.turn == "member alex: robin, no."


def test_roles_can_be_hidden_and_unknown_roles_are_nobodys() -> None:
    assert render(ASKED, roles=False).turn.startswith("someone alex")
    other = TurnInContext("a", (), "Bo", "observer", "No.")
    assert render(other).turn == "someone alex: No."


def test_names_that_are_words_stay_words() -> None:
    names = {"will": "alex", "grace": "robin"}
    assert renamed("Will you say grace, Grace?", names) == "alex you say grace, robin?"
    assert renamed("will you say grace", names) == "will you say grace"


def test_a_speaker_without_a_name_is_read_all_the_same() -> None:
    asked = TurnInContext("a", (ContextTurn("", "", "Hm."),), "", "", "No.")
    assert render(asked).turn == "someone alex: No."


def test_long_turns_are_shortened_in_the_middle_and_context_at_its_begin() -> None:
    ids, kinds = joined([list(range(1000, 1100))], list(range(2000, 2300)), 1, 2)
    assert len(ids) == 1 + 40 + 1 + 96 + 1
    assert ids[40] == 1099 and ids[-2] == 2299 and ids[42] == 2000
    assert kinds.count(1) == 97


def tiny_encoder(folder: Path) -> Path:
    """A BERT of two layers with a vocabulary of a few words, as the real one is laid out."""
    import torch
    from safetensors.torch import save_file
    from tokenizers import Tokenizer
    from tokenizers.models import WordLevel
    from tokenizers.pre_tokenizers import Whitespace
    from transformers import BertConfig, BertModel

    torch.manual_seed(1)
    folder.mkdir()
    config = BertConfig(
        vocab_size=len(WORDS),
        hidden_size=16,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=16,
    )
    config.save_pretrained(folder)
    model = BertModel(config, add_pooling_layer=False)
    save_file(dict(model.state_dict()), str(folder / "model.safetensors"))
    tokenizer = Tokenizer(WordLevel({w: k for k, w in enumerate(WORDS)}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = Whitespace()
    tokenizer.save(str(folder / "tokenizer.json"))
    return folder


CALIBRATION = {
    "label_scale": 1.0,
    "label_shift": [0.0] * 4,
    "target_scale": 1.0,
}


def trained(folder: Path, encoder: Path) -> Path:
    """A classifier that was never trained, written as a trained one is."""
    import torch

    from session_audio.backends.rupture import network

    torch.manual_seed(2)
    net = network.RuptureNet(encoder, 3)
    net.train_from(1)
    folder.mkdir()
    network.save([net, net], folder, {"markers": ["a", "b", "c"], "calibration": CALIBRATION}, 1)
    return folder


def test_scores_are_written_read_and_sum_to_one(tmp_path: Path) -> None:
    from session_audio.backends.rupture.classifier import RuptureClassifier

    encoder = tiny_encoder(tmp_path / "encoder")
    classifier = RuptureClassifier(trained(tmp_path / "rupture", encoder), encoder)
    turns = [
        TurnInContext(str(k), ASKED.context[: k % 2], "Bo", "member", "no " * (k + 1))
        for k in range(40)
    ]
    seen: list[float] = []
    scores = classifier.score(turns, seen.append)
    assert [s.id for s in scores] == [t.id for t in turns]
    assert seen[-1] == 1.0
    for s in scores:
        assert sum(s.scores.values()) == pytest.approx(1.0, abs=1e-9)
        assert sum(s.targets.values()) == pytest.approx(1.0, abs=1e-9)
        assert s.label == max(s.scores, key=s.scores.__getitem__)
        assert (s.target == "none") == (s.label == "none")
    alone = classifier.score(turns[7:8])[0]
    assert alone.scores["repair"] == pytest.approx(scores[7].scores["repair"], abs=1e-5)
    assert classifier.revision.startswith("rupture-")


def test_a_turn_without_words_is_none(tmp_path: Path) -> None:
    from session_audio.backends.rupture.classifier import RuptureClassifier

    encoder = tiny_encoder(tmp_path / "encoder")
    classifier = RuptureClassifier(trained(tmp_path / "rupture", encoder), encoder)
    (score,) = classifier.score([TurnInContext("a", (), "Bo", "", " ")])
    assert score.label == "none" and score.scores["none"] == 1.0
    assert classifier.score([]) == []


def test_layers_below_are_those_of_the_encoder(tmp_path: Path) -> None:
    import torch

    from session_audio.backends.rupture import network

    encoder = tiny_encoder(tmp_path / "encoder")
    net = network.RuptureNet(encoder, 3).eval()
    batch = network.collate(network.TurnTokenizer(encoder).encode([render(ASKED)]))
    with torch.inference_mode():
        whole = net(batch)
        parts = net.upper(net.lower(batch, 1), batch, 1)
        states = net.encoder(input_ids=batch.ids, token_type_ids=batch.segments).last_hidden_state
    assert all(torch.allclose(a, b, atol=1e-6) for a, b in zip(whole, parts, strict=True))
    assert torch.allclose(net.lower(batch, 2), states, atol=1e-5)


def test_weights_that_do_not_fit_are_refused(tmp_path: Path) -> None:
    from safetensors.numpy import save_file

    from session_audio.backends.rupture import network

    encoder = tiny_encoder(tmp_path / "encoder")
    with pytest.raises(ModelError, match="train-rupture"):
        network.load(tmp_path / "nowhere", encoder)
    folder = trained(tmp_path / "rupture", encoder)
    save_file({"other": np.zeros(2)}, folder / network.WEIGHTS)
    with pytest.raises(ModelError, match="do not fit"):
        network.load(folder, encoder)


def other_model(folder: Path, labels: list[str]) -> Path:
    """A sequence-classification model as transformers saves it."""
    from transformers import BertConfig, BertForSequenceClassification, BertTokenizer

    folder.mkdir()
    config = BertConfig(
        vocab_size=len(WORDS),
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=16,
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
