"""The reader of turns by themselves: what it sees, its layers, its files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from rupture_cases import ASKED, alone, small_bert

from session_audio.backends.rupture import trained
from session_audio.backends.rupture.alone.text import joined, render
from session_audio.errors import ModelError
from session_audio.schema import ContextTurn, TurnInContext


def test_people_are_called_by_place() -> None:
    shown = render(ASKED)
    assert shown.context == ("therapist robin: Fine, alex?",)
    assert shown.turn == "member alex: robin, no."


def test_roles_can_be_hidden_and_unknown_roles_are_nobodys() -> None:
    assert render(ASKED, roles=False).turn.startswith("someone alex")
    other = TurnInContext("a", (), "Bo", "observer", "No.")
    assert render(other).turn == "someone alex: No."


def test_a_speaker_without_a_name_is_read_all_the_same() -> None:
    asked = TurnInContext("a", (ContextTurn("", "", "Hm."),), "", "", "No.")
    assert render(asked).turn == "someone alex: No."


def test_long_turns_are_shortened_in_the_middle_and_context_at_its_begin() -> None:
    ids, kinds = joined([list(range(1000, 1100))], list(range(2000, 2300)), 1, 2)
    assert len(ids) == 1 + 40 + 1 + 96 + 1
    assert ids[40] == 1099 and ids[-2] == 2299 and ids[42] == 2000
    assert kinds.count(1) == 97


def test_layers_below_are_those_of_the_encoder(tmp_path: Path) -> None:
    import torch

    from session_audio.backends.rupture.alone import network

    encoder = small_bert(tmp_path / "encoder")
    net = network.RuptureNet(network.read_encoder(encoder), 3).eval()
    batch = network.collate(network.TurnTokenizer(encoder).encode([render(ASKED)]))
    with torch.inference_mode():
        whole = net(batch)
        parts = net.upper(net.lower(batch, 1), batch, 1)
        states = net.encoder(input_ids=batch.ids, token_type_ids=batch.segments).last_hidden_state
    assert all(torch.allclose(a, b, atol=1e-6) for a, b in zip(whole, parts, strict=True))
    assert torch.allclose(net.lower(batch, 2), states, atol=1e-5)


def test_weights_that_do_not_fit_are_refused(tmp_path: Path) -> None:
    from safetensors.numpy import save_file

    from session_audio.backends.rupture.alone import network

    encoder = small_bert(tmp_path / "encoder")
    with pytest.raises(ModelError, match="train-rupture"):
        network.load(tmp_path / "nowhere", encoder)
    folder = alone(tmp_path / "rupture", encoder)
    save_file({"other": np.zeros(2)}, folder / trained.WEIGHTS)
    with pytest.raises(ModelError, match="do not fit"):
        network.load(folder, encoder)
