"""Who answers whom."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from session_audio.errors import ModelError
from session_audio.interval import Interval
from session_audio.schema import UNATTRIBUTED, Interaction, Participant, ParticipantId, Turn
from session_audio.turntaking.model import InteractionModel, load
from session_audio.turntaking.model.backchannel_features import BACKCHANNEL_FEATURES
from session_audio.turntaking.model.backoff import BackoffTable, WordTables
from session_audio.turntaking.model.features import FeatureTable
from session_audio.turntaking.model.interruption_features import INTERRUPTION_FEATURES
from session_audio.turntaking.model.response_features import RESPONSE_FEATURES, response_candidates
from session_audio.turntaking.model.trees import Tree, Trees
from session_audio.turntaking.responses import assign_responses


def turn(
    index: int, who: str, start: float, end: float, text: str = "", *, backchannel: bool = False
) -> Turn:
    speech = (Interval(start, end),)
    words = len(text.split())
    return Turn(index, start, end, ParticipantId(who), text, None, None, words, speech, backchannel)


def targets(turns: tuple[Turn, ...]) -> list[str | None]:
    return [t.responds_to for t in turns]


PEOPLE = tuple(
    Participant(ParticipantId(who), name)
    for who, name in (("P01", "Mara"), ("P02", "Jonas"), ("P03", "Eva"))
)
TABLES = WordTables(
    BackoffTable(0.1),
    BackoffTable(0.1, {"why": 0.9}),
    BackoffTable(0.1, {"mm-hmm": 0.9}),
    BackoffTable(0.1),
)


def by_question() -> InteractionModel:
    """Prefers whoever last asked."""
    feature = tuple(RESPONSE_FEATURES).index("their_last_question")
    tree = Tree(
        np.array([feature, -1, -1]),
        np.array([0.5, -2.0, 2.0]),
        np.array([1, 0, 0]),
        np.array([2, 0, 0]),
        np.array([True, False, False]),
    )
    none = Trees((), 0.0, ())
    return InteractionModel(none, none, Trees(tuple(RESPONSE_FEATURES), 0.0, (tree,)), TABLES)


class TestRule:
    def test_the_one_who_last_began_a_turn(self) -> None:
        made = (turn(0, "P01", 0, 3), turn(1, "P02", 3, 6), turn(2, "P03", 6, 9))
        assert targets(assign_responses(made)) == [None, "P01", "P02"]

    def test_backchannels_are_skipped_and_answer_the_floor(self) -> None:
        made = (
            turn(0, "P01", 0, 5),
            turn(1, "P03", 4, 4.3, "mm-hmm", backchannel=True),
            turn(2, "P02", 5, 8),
        )
        assert targets(assign_responses(made)) == [None, "P01", "P01"]

    def test_after_a_long_silence_nobody_is_answered(self) -> None:
        made = (turn(0, "P01", 0, 3), turn(1, "P02", 40, 42))
        assert targets(assign_responses(made)) == [None, None]

    def test_unattributed_speech_is_not_answered(self) -> None:
        made = (turn(0, UNATTRIBUTED, 0, 3), turn(1, "P02", 3, 6))
        out = assign_responses(made)
        assert targets(out) == [None, None]
        assert out[1].response_confidence is None

    def test_whoever_is_named_answers_who_named_them(self) -> None:
        made = (
            turn(0, "P01", 0, 3, "what do you think, Eva?"),
            turn(1, "P02", 3, 4, "good point"),
            turn(2, "P03", 4, 8, "I am not sure"),
        )
        assert targets(assign_responses(made, (), PEOPLE)) == [None, "P01", "P01"]

    def test_who_cuts_in_answers_whom_they_cut_off(self) -> None:
        made = (turn(0, "P01", 0, 6), turn(1, "P02", 4, 5), turn(2, "P03", 5.5, 9))
        interruption = Interaction(
            "interruption_successful", 5.5, 6, ParticipantId("P03"), ParticipantId("P01"), 0.4
        )
        assert targets(assign_responses(made, (interruption,)))[2] == "P01"

    def test_one_person_and_nobody(self) -> None:
        assert assign_responses(()) == ()
        made = (turn(0, "P01", 0, 3), turn(1, "P01", 6, 9))
        assert targets(assign_responses(made)) == [None, None]


class TestModel:
    def test_a_question_two_turns_back_wins(self) -> None:
        made = (
            turn(0, "P01", 0, 3, "why did you leave"),
            turn(1, "P02", 3, 4, "good point"),
            turn(2, "P03", 4, 8, "because it was late"),
        )
        out = assign_responses(made, model=by_question())
        assert out[2].responds_to == "P01"
        assert out[2].response_confidence == pytest.approx(1 / (1 + np.exp(-2.0)))

    def test_a_name_tips_the_balance(self) -> None:
        made = (
            turn(0, "P01", 0, 3, "that is for Eva"),
            turn(1, "P02", 3, 4, "good point"),
            turn(2, "P03", 4, 8, "I am not sure"),
        )
        assert assign_responses(made, (), PEOPLE, model=by_question())[2].responds_to == "P01"

    def test_without_text_the_rule_speaks(self) -> None:
        made = (turn(0, "P01", 0, 3), turn(1, "P02", 3, 6), turn(2, "P03", 6, 9))
        assert assign_responses(made, model=by_question()) == assign_responses(made)

    def test_rows_do_not_change_when_time_shifts(self) -> None:
        def at(by: float) -> np.ndarray:
            made = [
                turn(0, "P01", by, by + 3, "why did you leave"),
                turn(1, "P02", by + 3, by + 4, "good point"),
                turn(2, "P03", by + 3.5, by + 8, "because you had to leave"),
            ]
            return response_candidates(made, TABLES).features.values

        np.testing.assert_allclose(at(0), at(512))


class TestModelFile:
    def test_the_shipped_model_loads_and_is_small(self) -> None:
        path = Path(__file__).parents[1] / "models" / "interaction" / "model.json"
        model = load(path)
        assert model.backchannel.features == tuple(BACKCHANNEL_FEATURES)
        assert model.interruption.features == tuple(INTERRUPTION_FEATURES)
        assert model.response.features == tuple(RESPONSE_FEATURES)
        assert path.stat().st_size < 2_000_000
        assert json.loads(path.read_text()) == json.loads(json.dumps(model.to_json()))

    def test_absent(self, tmp_path: Path) -> None:
        with pytest.raises(ModelError, match="not there"):
            load(tmp_path / "model.json")

    @pytest.mark.parametrize("text", ["", "{}", '{"format": "other"}', "[1]"])
    def test_damaged(self, tmp_path: Path, text: str) -> None:
        path = tmp_path / "model.json"
        path.write_text(text)
        with pytest.raises(ModelError, match="not an interaction model"):
            load(path)

    def test_trained_on_other_features(self, tmp_path: Path) -> None:
        path = tmp_path / "model.json"
        path.write_text(json.dumps(by_question().to_json()))
        with pytest.raises(ModelError, match="features"):
            load(path)

    def test_the_error_names_the_features_that_differ(self, tmp_path: Path) -> None:
        shipped = Path(__file__).parents[1] / "models" / "interaction" / "model.json"
        plain = json.loads(shipped.read_text())
        plain["cut"]["features"][plain["cut"]["features"].index("onset")] = "pitch"
        path = tmp_path / "model.json"
        path.write_text(json.dumps(plain))
        with pytest.raises(ModelError, match=r"interruption trees .* here: pitch; .*model: onset"):
            load(path)

    def test_the_order_of_features_is_the_files_own(self, tmp_path: Path) -> None:
        """Columns go by name: the same trees with their features listed backwards."""
        shipped = Path(__file__).parents[1] / "models" / "interaction" / "model.json"
        plain = json.loads(shipped.read_text())
        for part in ("backchannel", "cut", "response"):
            last = len(plain[part]["features"]) - 1
            plain[part]["features"].reverse()
            for tree in plain[part]["trees"]:
                tree[0] = [last - k if k >= 0 else k for k in tree[0]]
        path = tmp_path / "model.json"
        path.write_text(json.dumps(plain))
        made = (
            turn(0, "P01", 0, 3, "why did you leave"),
            turn(1, "P02", 3, 4, "good point"),
            turn(2, "P03", 4, 8, "because it was late"),
        )
        out = assign_responses(made, model=load(path))
        assert out == assign_responses(made, model=load(shipped))
        assert targets(out)[2] is not None


class TestFeatureTable:
    def test_a_column_that_is_not_declared_or_not_computed_is_refused(self) -> None:
        one = np.array([1.0])
        with pytest.raises(ValueError, match="b, c"):
            FeatureTable.of(("a", "b"), {"a": one, "c": one})

    def test_a_name_that_is_not_there_is_refused(self) -> None:
        with pytest.raises(ValueError, match="tuple"):
            FeatureTable.of(("a",), {"a": np.array([1.0])}).select(["b"])

    def test_no_candidates_give_an_empty_table(self) -> None:
        table = response_candidates([turn(0, "P01", 0, 3, "so")], TABLES)
        assert table.features.values.shape == (0, len(RESPONSE_FEATURES))


def test_trees_agree_with_the_library_that_grew_them() -> None:
    from sklearn.ensemble import HistGradientBoostingClassifier

    draw = np.random.default_rng(0)
    rows = draw.normal(size=(400, 3)).round(3)  # thresholds are kept to six digits
    rows[draw.random(rows.shape) < 0.1] = np.nan
    labels = np.nan_to_num(rows[:, 0]) + draw.normal(size=400) > 0
    grown = HistGradientBoostingClassifier(max_iter=8, max_leaf_nodes=6).fit(rows, labels)
    trees = []
    for (predictor,) in grown._predictors:
        nodes = predictor.nodes
        leaf = nodes["is_leaf"].astype(bool)
        trees.append(
            Tree(
                np.where(leaf, -1, nodes["feature_idx"]),
                np.where(leaf, nodes["value"], nodes["num_threshold"]),
                nodes["left"].astype(int),
                nodes["right"].astype(int),
                nodes["missing_go_to_left"].astype(bool),
            )
        )
    mine = Trees(("a", "b", "c"), float(np.ravel(grown._baseline_prediction)[0]), tuple(trees))
    np.testing.assert_allclose(
        mine.decision_function(rows), grown.decision_function(rows), atol=1e-9
    )
    again = Trees.from_json(json.loads(json.dumps(mine.to_json())))
    table = FeatureTable(("a", "b", "c"), rows)
    np.testing.assert_allclose(
        again.predict_proba(table), grown.predict_proba(rows)[:, 1], atol=1e-4
    )
