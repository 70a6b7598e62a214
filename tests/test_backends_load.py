"""Loading converted models: segmentation, and the sentence encoder."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from session_audio.errors import ModelError

CONFIG = {
    "architecture": {"class": "PyanNet"},
    "hyper_parameters": {
        "sample_rate": 16000,
        "num_channels": 1,
        "lstm": {"num_layers": 1, "hidden_size": 8, "bidirectional": True, "monolithic": True},
        "linear": {"num_layers": 1, "hidden_size": 8},
        "unknown": 3,
    },
    "specifications": {
        "problem": 2,
        "resolution": 1,
        "duration": 5.0,
        "warm_up": [0.0, 0.0],
        "classes": ["a", "b", "c"],
        "permutation_invariant": True,
    },
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A small PyanNet with random weights, as `models pull` leaves one."""
    from pyannote.audio.core.task import Problem, Resolution, Specifications
    from pyannote.audio.models.segmentation import PyanNet
    from safetensors.torch import save_file

    hyper = {k: v for k, v in CONFIG["hyper_parameters"].items() if k != "unknown"}  # type: ignore[attr-defined]
    model = PyanNet(**hyper)
    model.specifications = Specifications(
        problem=Problem.MULTI_LABEL_CLASSIFICATION,
        resolution=Resolution.FRAME,
        duration=5.0,
        classes=["a", "b", "c"],
    )
    model.build()
    save_file(model.state_dict(), tmp_path / "model.safetensors")
    (tmp_path / "config.json").write_text(json.dumps(CONFIG))
    return tmp_path


def test_a_segmentation_model_is_rebuilt_from_its_configuration(folder: Path) -> None:
    import torch

    from session_audio.backends.diarization.segmentation import load_segmentation

    model = load_segmentation(folder)
    assert not model.training
    assert model.specifications.duration == 5.0 and not model.specifications.powerset
    with torch.inference_mode():
        scores = model(torch.randn(2, 1, 80_000))
    assert scores.shape == (2, 293, 3) and 0 <= float(scores.min()) <= float(scores.max()) <= 1


def test_a_powerset_model_gives_one_class_a_subset(folder: Path) -> None:
    from session_audio.backends.diarization.segmentation import load_segmentation

    changed = json.loads(json.dumps(CONFIG))
    changed["specifications"] |= {"problem": 1, "powerset_max_classes": 2}
    (folder / "config.json").write_text(json.dumps(changed))
    with pytest.raises(ModelError, match="do not fit the model PyanNet"):
        load_segmentation(folder)  # seven classes, but weights of three


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"architecture": {"class": "os.system"}}, "cannot be read"),
        ({"architecture": {}}, "cannot be read"),
        ({"specifications": {"problem": 77, "resolution": 1}}, "do not fit"),
    ],
)
def test_a_configuration_that_names_something_else(
    folder: Path, change: dict[str, object], message: str
) -> None:
    from session_audio.backends.diarization.segmentation import load_segmentation

    (folder / "config.json").write_text(json.dumps({**CONFIG, **change}))
    with pytest.raises(ModelError, match=message):
        load_segmentation(folder)


def test_missing_weights_say_what_to_run(tmp_path: Path) -> None:
    from session_audio.backends.diarization.segmentation import load_segmentation
    from session_audio.backends.text import load_encoder

    with pytest.raises(ModelError, match="models pull"):
        load_segmentation(tmp_path)
    with pytest.raises(ModelError, match="sentence encoder"):
        load_encoder(tmp_path)


@pytest.mark.models
def test_sentences_become_unit_vectors_whatever_their_batch() -> None:
    from session_audio.backends.text import load_encoder

    encoder = load_encoder()
    said = ["I feel hurt by that.", "That stung.", "The bus was late. " * 200]
    found = encoder.encode(said)
    assert found.shape == (3, encoder.dimension) == (3, 384)
    assert np.linalg.norm(found, axis=1) == pytest.approx(np.ones(3), abs=1e-5)
    assert found[0] @ found[1] > found[0] @ found[2]
    assert encoder.encode(said[1:2])[0] == pytest.approx(found[1], abs=1e-4)
    assert encoder.encode([]).shape == (0, 384)
