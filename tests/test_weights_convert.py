"""Checkpoints from elsewhere: the same tensors as safetensors, and no pickle is run."""

from __future__ import annotations

import json
import os
import pickle
from collections import OrderedDict
from pathlib import Path

import numpy as np
import pytest
from weight_cases import REPOSITORY, sha, weight

from session_audio import weights
from session_audio.errors import ModelError
from session_audio.weights import convert
from session_audio.weights.registry import Registry, WeightFile


def toy_state() -> dict[str, object]:
    import torch

    torch.manual_seed(1)
    base = torch.randn(4, 6)
    return OrderedDict(
        {
            "linear.weight": base.T,  # not contiguous
            "linear.part": base[1:3, 2:5],  # an offset into shared storage
            "count": torch.tensor(3, dtype=torch.int64),
            "other": torch.randn(2).half(),
        }
    )


@pytest.mark.parametrize("zipped", [True, False])
def test_a_checkpoint_becomes_the_same_tensors(tmp_path: Path, zipped: bool) -> None:
    import torch
    from safetensors.torch import load_file

    state = toy_state()
    path = tmp_path / "model.pt"
    torch.save({"state": state, "step": 3}, path, _use_new_zipfile_serialization=zipped)
    assert convert.convert(path, tmp_path / "out.safetensors", "state") is None
    tensors = load_file(tmp_path / "out.safetensors")
    assert tensors.keys() == state.keys()
    for name, tensor in state.items():
        assert torch.equal(tensors[name], tensor)  # type: ignore[arg-type]
        assert tensors[name].dtype == tensor.dtype  # type: ignore[attr-defined]
    first = (tmp_path / "out.safetensors").read_bytes()
    convert.convert(path, tmp_path / "again.safetensors", "state")
    assert (tmp_path / "again.safetensors").read_bytes() == first
    convert.convert(path, tmp_path / "some.safetensors", "state", keep=("linear.",))
    assert set(load_file(tmp_path / "some.safetensors")) == {"linear.weight", "linear.part"}


class Evil:
    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self):  # type: ignore[no-untyped-def]
        return os.system, (f"touch {self.path}",)


@pytest.mark.parametrize("zipped", [True, False])
def test_a_pickle_that_calls_something_is_not_run(tmp_path: Path, zipped: bool) -> None:
    import torch

    path, trace = tmp_path / "model.pt", tmp_path / "was-here"
    torch.save(
        {"state": toy_state(), "extra": Evil(trace)}, path, _use_new_zipfile_serialization=zipped
    )
    with pytest.raises(ModelError, match=r"asks for posix\.system"):
        convert.convert(path, tmp_path / "out.safetensors", "state")
    assert not trace.exists() and not (tmp_path / "out.safetensors").exists()


@pytest.mark.parametrize(
    "name", ["builtins eval", "builtins getattr", "torch load", "os system", "operator attrgetter"]
)
def test_only_a_short_list_of_names_resolves(name: str) -> None:
    module, attribute = name.split()
    with pytest.raises(ModelError, match=f"asks for {module}.{attribute}"):
        convert._Unpickler(__import__("io").BytesIO()).find_class(module, attribute)


def test_what_is_no_checkpoint(tmp_path: Path) -> None:
    for name, data in {
        "text.pt": b"hello",
        "empty.pt": b"",
        "number.pt": pickle.dumps(7),
    }.items():
        (tmp_path / name).write_bytes(data)
        with pytest.raises(ModelError):
            convert.convert(tmp_path / name, tmp_path / "out", "state")
    import torch

    torch.save({"weights": 1}, tmp_path / "other.pt")
    with pytest.raises(ModelError, match="holds no 'state'"):
        convert.convert(tmp_path / "other.pt", tmp_path / "out", "state")
    torch.save({"state": {"a": "text"}}, tmp_path / "words.pt")
    with pytest.raises(ModelError, match="is no tensor"):
        convert.convert(tmp_path / "words.pt", tmp_path / "out", "state")


def test_a_hub_pickle_is_converted_on_pulling_and_known_afterwards(tmp_path: Path) -> None:
    import torch

    folder = tmp_path / "brought" / "owner" / "name" / "segmentation"
    folder.mkdir(parents=True)
    checkpoint = {
        "state": toy_state(),
        "hyper_parameters": {"sample_rate": 16000, "lstm": {"num_layers": 4}},
        "pyannote.audio": {"architecture": {"class": "PyanNet"}, "specifications": {}},
    }
    torch.save(checkpoint, folder / "model.bin")
    published = (folder / "model.bin").read_bytes()
    file = WeightFile(
        "model.safetensors",
        1,
        ("segmentation/model.bin",),
        source_sha256=sha(published),
        state="state",
    )
    registry = Registry((weight(profiles=("hub",), hub=REPOSITORY, files=(file,)),))
    root = tmp_path / "cache"
    weights.pull("hub", source=tmp_path / "brought", root=root, registry=registry)
    config = json.loads((root / "toy" / "config.json").read_text())
    assert config["architecture"]["class"] == "PyanNet"
    assert config["hyper_parameters"]["lstm"] == {"num_layers": 4}
    assert not list((root / "toy").glob("*.published"))
    assert {s.path: s.state for s in weights.verify(root, registry)} == {
        "model.safetensors": "ok",
        "config.json": "ok",
    }
    (root / "toy" / "config.json").write_text("{}")
    with pytest.raises(ModelError, match="are not the ones"):
        weights.locate("text", "hub", root=root, registry=registry)
    (folder / "model.bin").write_bytes(published[:-1] + b"!")
    with pytest.raises(ModelError, match="has sha256"):
        weights.pull("hub", source=tmp_path / "brought", root=root, registry=registry)


def test_stand_ins_become_plain_values() -> None:
    leaf = convert.Inert()
    leaf.__setstate__({"_val": "speaker#1"})
    several = convert.Inert()
    several.__setstate__({"_content": [leaf]})
    assert convert.plain({"classes": several, "problem": convert.Inert(2)}) == {
        "classes": ["speaker#1"],
        "problem": 2,
    }


def test_safetensors_are_written_as_the_library_reads_them(tmp_path: Path) -> None:
    from safetensors.numpy import load_file

    arrays = {"b": np.arange(6, dtype=np.float32).reshape(2, 3), "a": np.array([1], dtype=np.int64)}
    convert.write_safetensors(arrays, tmp_path / "x.safetensors")
    tensors = load_file(tmp_path / "x.safetensors")
    assert all(np.array_equal(tensors[k], v) for k, v in arrays.items())
