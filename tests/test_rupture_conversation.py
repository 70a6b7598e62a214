"""The reader of conversations: what it sees, its low-rank layers, its files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from rupture_cases import SAID, conversation, in_context, small_mpnet

from session_audio.backends.rupture import trained
from session_audio.backends.rupture.conversation.text import places, render, shortened
from session_audio.backends.rupture.conversation.windows import conversations, windows
from session_audio.backends.rupture.joint import ALONE_WEIGHT, JointReader
from session_audio.backends.rupture.scores import Floats
from session_audio.errors import ModelError
from session_audio.ports import Progress, no_progress
from session_audio.schema import ContextTurn, TurnInContext


def test_people_are_called_by_place() -> None:
    assert render(SAID[:2]) == ["therapist alex: Fine, robin?", "member robin: alex, no."]


def test_roles_can_be_hidden_and_unknown_roles_are_nobodys() -> None:
    assert render(SAID[:1], roles=False) == ["someone alex: Fine, Bo?"]
    assert render([ContextTurn("Bo", "observer", "No.")]) == ["someone alex: No."]


def test_a_speaker_without_a_name_is_read_all_the_same() -> None:
    assert render([ContextTurn("", "", "Hm.")]) == ["someone alex: Hm."]


def test_a_crowd_shares_our_names() -> None:
    crowd = [ContextTurn(f"P{k}", "member", "Hm.") for k in range(30)]
    assert len(places(crowd)) == 30 and len(set(places(crowd).values())) == 11


def test_long_turns_lose_their_middle() -> None:
    ids = shortened(list(range(300)))
    assert len(ids) == 96 and ids[47:49] == [47, 252]


def test_turns_that_follow_one_another_are_one_conversation() -> None:
    asked = in_context(SAID)
    (whole,) = conversations(asked)
    assert whole.turns == tuple(SAID) and whole.rows == (0, 1, 2, 3, 4) and whole.lead == 0
    late, other = conversations([*asked[3:], asked[0]])
    assert late.turns == tuple(SAID) and late.lead == 3 and late.rows == (0, 1)
    assert other.rows == (2,)
    apart = conversations([asked[0], asked[2], asked[4]])
    assert [one.rows for one in apart] == [(0,), (1,), (2,)]


@pytest.mark.parametrize("lengths", [[5] * 400, [97] * 30, [3, 97] * 40, [480], [1]])
def test_every_turn_is_scored_once_within_what_the_network_can_read(lengths: list[int]) -> None:
    for start in {0, len(lengths) // 2}:
        found = windows(lengths, start)
        assert [k for w in found for k in range(w.start, w.stop)] == list(
            range(start, len(lengths))
        )
        for w in found:
            assert w.first <= w.start < w.stop <= w.last
            assert w.first < w.start or w.start == 0
            assert sum(lengths[w.first : w.last]) <= 512 - 1


def test_low_rank_maps_merged_say_what_they_said_beside(tmp_path: Path) -> None:
    import torch

    from session_audio.backends.rupture.conversation import lowrank, network

    encoder = small_mpnet(tmp_path / "encoder")
    folder = conversation(tmp_path / "rupture", encoder)
    merged, _ = network.load(folder, encoder, torch.float32)
    from safetensors.torch import load_file

    tensors = {n: t.float() for n, t in load_file(str(folder / trained.WEIGHTS)).items()}
    beside = network.TurnNet(network.read_encoder(encoder), 3)
    lowrank.adapt(beside.encoder, 1, 4)
    own = {n if n in beside.heads() else f"encoder.{n}": t for n, t in tensors.items()}
    assert not beside.load_state_dict(own, strict=False).unexpected_keys
    tokenizer = network.TurnTokenizer(encoder)
    batch = tokenizer.collate([(tokenizer.encode(render(SAID)), 1, 4)])
    with torch.inference_mode():
        one, two = merged(batch), beside.eval()(batch)
    assert one[0].shape == (3, 4)
    assert all(torch.allclose(a, b, atol=1e-5) for a, b in zip(one, two, strict=True))


def test_bfloat16_says_nearly_the_same(tmp_path: Path) -> None:
    import torch

    from session_audio.backends.rupture.conversation import network

    encoder = small_mpnet(tmp_path / "encoder")
    folder = conversation(tmp_path / "rupture", encoder)
    tokenizer = network.TurnTokenizer(encoder)
    batch = tokenizer.collate([(tokenizer.encode(render(SAID)), 0, 5)])
    with torch.inference_mode():
        full, half = (
            network.load(folder, encoder, kind)[0](batch)[0]
            for kind in (torch.float32, torch.bfloat16)
        )
    assert torch.allclose(full, half, atol=0.05)


def test_weights_that_do_not_fit_are_refused(tmp_path: Path) -> None:
    import torch
    from safetensors.numpy import save_file

    from session_audio.backends.rupture.conversation import network

    encoder = small_mpnet(tmp_path / "encoder")
    with pytest.raises(ModelError, match="train-rupture"):
        network.load(tmp_path / "nowhere", encoder, torch.float32)
    folder = conversation(tmp_path / "rupture", encoder)
    save_file({"other": np.zeros(2)}, folder / trained.WEIGHTS)
    with pytest.raises(ModelError, match="do not fit"):
        network.load(folder, encoder, torch.float32)
    save_file({}, encoder / "model.safetensors")
    with pytest.raises(ModelError, match="lacks"):
        network.read_encoder(encoder)


class Fixed:
    """A reader that gives the same logits, and reports its progress."""

    def __init__(self, label: float, target: float) -> None:
        self.config: dict[str, Any] = {"who": label}
        self._said = np.full((2, 4), label), np.full((2, 3), target)

    def logits(
        self, turns: Sequence[TurnInContext], progress: Progress = no_progress
    ) -> tuple[Floats, Floats]:
        progress(0.5)
        progress(1.0)
        return self._said


def test_the_reader_of_single_turns_has_a_part_in_conversations() -> None:
    seen: list[float] = []
    joint = JointReader(Fixed(1.0, 5.0), Fixed(2.0, 7.0))
    label, target = joint.logits(in_context(SAID)[:2], seen.append)
    assert label == pytest.approx(np.full((2, 4), 1.0 + ALONE_WEIGHT * 2.0))
    assert (target == 5.0).all() and joint.config["who"] == 1.0
    assert seen == sorted(seen) and seen[-1] == pytest.approx(1.0)
