"""The hub profile: from a folder that somebody brought, and from the hub itself."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from weight_cases import REPOSITORY, sha, weight

from session_audio import weights
from session_audio.errors import ModelError
from session_audio.weights import fetch
from session_audio.weights.registry import Registry, Weight, WeightFile


@pytest.mark.parametrize(
    "place", ["owner/name", "name", f"models--owner--name/snapshots/{'a' * 40}", "."]
)
def test_the_hub_profile_comes_from_a_local_folder(tmp_path: Path, place: str) -> None:
    folder = tmp_path / "brought" / place
    (folder / "plda").mkdir(parents=True)
    (folder / "plda" / "plda.npz").write_bytes(b"numbers")
    registry = Registry(
        (
            weight(
                profiles=("hub",),
                hub=REPOSITORY,
                files=(WeightFile("plda.npz", 7, ("plda/plda.npz",), sha256=sha(b"numbers")),),
            ),
        )
    )
    root = tmp_path / "cache"
    states = weights.pull("hub", source=tmp_path / "brought", root=root, registry=registry)
    assert states == {"toy": "pulled"}
    assert (root / "toy" / "plda.npz").read_bytes() == b"numbers"


def test_a_local_folder_that_lacks_a_file_or_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"no model\.bin of owner/name"):
        fetch.find_local(REPOSITORY, "model.bin", tmp_path)
    with pytest.raises(ModelError, match="no folder"):
        weights.pull("hub", source=tmp_path / "nowhere")


FAKE_HUB = """
import os, pathlib
def hf_hub_download(repository, file, *, revision, local_dir):
    assert "HF_HUB_OFFLINE" not in os.environ and "TRANSFORMERS_OFFLINE" not in os.environ
    assert os.environ["HF_HUB_DISABLE_TELEMETRY"] == "1"
    if file == "gated":
        raise type("GatedRepoError", (Exception,), {})("who asks")
    if file == "away":
        raise ConnectionError("no route")
    path = pathlib.Path(local_dir) / file
    path.write_text(f"{repository} {revision}")
"""


def test_the_hub_is_asked_at_the_pinned_revision_with_the_switches_lifted_there_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "huggingface_hub.py").write_text(FAKE_HUB)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    path = fetch.fetch_hub_file(REPOSITORY, "model.bin", tmp_path / "out")
    assert path.read_text() == f"owner/name {'a' * 40}"
    assert os.environ["HF_HUB_OFFLINE"] == "1"
    with pytest.raises(ModelError, match="Accept the model's terms"):
        fetch.fetch_hub_file(REPOSITORY, "gated", tmp_path / "out")
    with pytest.raises(ModelError, match="did not give away of owner/name"):
        fetch.fetch_hub_file(REPOSITORY, "away", tmp_path / "out")


# --- pickles ---------------------------------------------------------------------


@pytest.mark.models
def test_the_hub_profile_runs_from_a_folder_made_of_the_bundled_weights(tmp_path: Path) -> None:
    """The layout of the hub's repositories, filled with weights that are here."""
    import shutil
    from dataclasses import replace

    import torch
    from safetensors.torch import load_file

    from session_audio.backends.diarization.segmentation import read_segmentation
    from session_audio.backends.transcription.transcriber import WhisperTranscriber

    here = weights.load_registry()
    segmentation, whisper = here.named("community-1-segmentation"), here.named("whisper-small")
    assert segmentation.hub and whisper.hub
    source = tmp_path / "brought"
    checkpoint = source / segmentation.hub.repository / segmentation.files[0].parts[0]
    checkpoint.parent.mkdir(parents=True)
    bundled = weights.locate("segmentation")
    config = json.loads((bundled / "config.json").read_text())
    about = {k: config[k] for k in ("architecture", "specifications")}
    state = load_file(bundled / "model.safetensors")
    saved = {
        "state_dict": state,
        "hyper_parameters": config["hyper_parameters"],
        "pyannote.audio": about,
    }
    torch.save(saved, checkpoint)
    shutil.copytree(weights.locate("transcription"), source / whisper.hub.repository)

    def rehashed(entry: Weight, file: WeightFile) -> WeightFile:
        assert entry.hub
        data = (source / entry.hub.repository / file.parts[0]).read_bytes()
        return replace(file, **{"source_sha256" if file.state else "sha256": sha(data)})

    registry = Registry(
        tuple(
            replace(entry, files=tuple(rehashed(entry, f) for f in entry.files))
            for entry in (segmentation, whisper)
        )
    )
    root = tmp_path / "cache"
    states = weights.pull("hub", source=source, root=root, registry=registry)
    assert set(states.values()) == {"pulled"}
    loaded = read_segmentation(weights.locate("segmentation", "hub", root=root, registry=registry))
    assert all(torch.equal(v, state[k]) for k, v in loaded.state_dict().items())
    path = weights.locate("transcription", "hub", root=root, registry=registry)
    assert WhisperTranscriber(path, whisper.revision, device="cpu").revision == whisper.revision
