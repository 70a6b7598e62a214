"""Loading the models: what is missing or broken, converted weights, pyannote's pipeline."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import pytest

from session_audio import ports
from session_audio.backends import load
from session_audio.backends.diarization.pyannote_pipeline import PlainDiarizer
from session_audio.errors import ModelError
from session_audio.schema import Audio, Notice
from session_audio.settings import MachineSettings, Settings

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


Reader = Callable[[Path], Any]


@pytest.fixture(params=["pyannet.read_network", "segmentation.read_segmentation"])
def read(request: pytest.FixtureRequest) -> Reader:
    """Our own network, and pyannote.audio's, of the same files."""
    module, name = request.param.split(".")
    reader: Reader = getattr(import_module(f"session_audio.backends.diarization.{module}"), name)
    return reader


def test_a_segmentation_model_is_rebuilt_from_its_configuration(folder: Path, read: Reader) -> None:
    import torch

    model = read(folder)
    assert not model.training
    assert model.specifications.duration == 5.0 and not model.specifications.powerset
    with torch.inference_mode():
        scores = model(torch.randn(2, 1, 80_000))
    assert scores.shape == (2, 293, 3) and 0 <= float(scores.min()) <= float(scores.max()) <= 1


def test_a_powerset_model_gives_one_class_a_subset(folder: Path, read: Reader) -> None:
    changed = json.loads(json.dumps(CONFIG))
    changed["specifications"] |= {"problem": 1, "powerset_max_classes": 2}
    (folder / "config.json").write_text(json.dumps(changed))
    with pytest.raises(ModelError, match="do not fit the model PyanNet"):
        read(folder)  # seven classes, but weights of three


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"architecture": {"class": "os.system"}}, "cannot be read"),
        ({"architecture": {}}, "cannot be read"),
        ({"specifications": {"problem": 77, "resolution": 1}}, "do not fit"),
    ],
)
def test_a_configuration_that_names_something_else(
    folder: Path, read: Reader, change: dict[str, object], message: str
) -> None:
    (folder / "config.json").write_text(json.dumps({**CONFIG, **change}))
    with pytest.raises(ModelError, match=message):
        read(folder)


def test_missing_weights_say_what_to_run(tmp_path: Path, read: Reader) -> None:
    with pytest.raises(ModelError, match="models pull"):
        read(tmp_path)


@pytest.mark.models
def test_our_own_network_gives_what_pyannotes_does_to_the_bit() -> None:
    import torch

    from session_audio import weights
    from session_audio.backends.diarization.pyannet import read_network
    from session_audio.backends.diarization.segmentation import read_segmentation

    path = weights.locate("segmentation", "bundled")
    ours, theirs = read_network(path), read_segmentation(path)
    sound = 0.1 * torch.randn(2, 1, 160_000, generator=torch.Generator().manual_seed(0))
    with torch.inference_mode():
        assert torch.equal(ours(sound), theirs(sound))
    told = ours.specifications
    assert (told.powerset, told.outputs, len(told.classes)) == (True, 7, 3)


@pytest.mark.models
def test_the_bundled_diarizer_loads_without_pyannote() -> None:
    """It takes seconds and 0.3 GB, which only the other profiles need."""
    script = (
        "import sys; from session_audio.backends.load import load_diarizer;"
        "from session_audio.settings import Settings; load_diarizer(Settings(), 1);"
        "print(sum(name.startswith('pyannote') for name in sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True)
    assert done.stdout.strip() == b"0"


# --- libraries -------------------------------------------------------------------

LOADERS: dict[str, tuple[Callable[[], object], tuple[str, ...]]] = {
    "diarizer": (lambda: load.load_diarizer(Settings(), 1), load.NETWORK_LIBRARIES),
    "plain": (load.load_plain, load.SPEECH_LIBRARIES),
    "embedding": (lambda: load.load_embedding(Path("ge2e")), ("torch", "safetensors")),
    "transcriber": (lambda: load.load_transcriber(Settings(), 1), load.WORD_LIBRARIES),
    "classifier": (lambda: load.load_classifier(Settings(), 1), load.TEXT_LIBRARIES),
}
PAIRS = [(name, library) for name, (_, libraries) in LOADERS.items() for library in libraries]


@pytest.mark.parametrize(("name", "library"), PAIRS)
def test_a_missing_library_is_an_error_that_says_what_to_do(
    monkeypatch: pytest.MonkeyPatch, name: str, library: str
) -> None:
    monkeypatch.setitem(sys.modules, library, None)
    with pytest.raises(ModelError, match=f"the library {library} cannot be imported") as caught:
        LOADERS[name][0]()
    assert "ModuleNotFoundError" in str(caught.value)
    assert "Install session-audio again" in str(caught.value)


@pytest.mark.parametrize("library", ["torch", "pyannote", "faster_whisper", "transformers"])
def test_every_heavy_library_is_asked_for_by_some_loader(library: str) -> None:
    assert any(asked.split(".")[0] == library for _, asked in PAIRS)


@pytest.mark.parametrize("error", [OSError("libcudart.so"), RuntimeError("numpy"), KeyError(1)])
def test_a_library_that_is_broken_is_told_like_a_missing_one(
    monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def broken(name: str) -> None:
        raise error

    monkeypatch.setattr(load, "import_module", broken)
    for loader, libraries in LOADERS.values():
        with pytest.raises(ModelError, match=f"{libraries[0]} cannot be imported") as caught:
            loader()
        assert f"({type(error).__name__})" in str(caught.value)


def test_a_part_of_a_library_that_is_missing_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setitem(sys.modules, "safetensors.torch", None)
    with pytest.raises(ModelError, match=r"ModuleNotFoundError of safetensors\.torch"):
        load.load_embedding(tmp_path / "campplus")


def test_the_command_line_shows_no_traceback(
    tmp_path: Path,
) -> None:
    (tmp_path / "turns.jsonl").write_text('{"id": 1, "text": "No."}\n')
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_TRANSFORMERS, str(tmp_path / "turns.jsonl")],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    assert "the library transformers cannot be imported" in done.stderr + done.stdout
    assert "Traceback" not in done.stderr + done.stdout


WITHOUT_TRANSFORMERS = """
import sys
sys.modules["transformers"] = None
from session_audio.cli import main
sys.argv = ["session-audio", "flag-turns", sys.argv[1]]
main()
"""


def test_no_heavy_library_is_imported_before_a_model_is_asked_for() -> None:
    check = (
        "import sys; import session_audio.backends.load; "
        "print(sorted({'torch', 'pyannote', 'faster_whisper', 'transformers'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", check], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


# --- ports -----------------------------------------------------------------------


def test_the_fakes_of_all_ports_are_where_the_ports_say() -> None:
    (place,) = re.findall(r"fake\s+\(`([\w.]+)`\)", ports.__doc__ or "")
    fakes = import_module(place)
    names = [n for n, x in vars(ports).items() if Protocol in getattr(x, "__bases__", ())]
    assert sorted(names) == ["Diarizer", "NameReader", "TextClassifier", "Transcriber"]
    for name in names:
        fake = getattr(fakes, "Fake" + name.removeprefix("Text"))
        methods = [m for m in vars(getattr(ports, name)) if not m.startswith("_")]
        assert all(hasattr(fake, m) or m in fake.__dataclass_fields__ for m in methods)


# --- pyannote's own pipeline -----------------------------------------------------


class Embedding:
    """What `SpeakerDiarization` asks of a voice encoder."""

    sample_rate, metric, dimension, min_num_samples = 16_000, "cosine", 192, 6400


@pytest.fixture
def segmentation(folder: Path) -> object:
    from session_audio.backends.diarization.segmentation import read_segmentation

    return read_segmentation(folder)


def test_pyannotes_pipeline_takes_the_models_that_it_is_given(segmentation: object) -> None:
    """Fails where a new pyannote.audio looks its models up in another way."""
    from pyannote.audio.pipelines import speaker_diarization as module

    before = module.PretrainedSpeakerEmbedding, module.get_plda
    embedding = Embedding()
    plain = PlainDiarizer(segmentation, embedding, "x")  # type: ignore[arg-type]
    assert plain.pipeline._embedding is embedding
    assert plain.pipeline._segmentation.model is segmentation
    assert plain.pipeline._plda is None
    assert plain.revision == "plain:x"
    assert (module.PretrainedSpeakerEmbedding, module.get_plda) == before


@pytest.mark.parametrize("name", ["PretrainedSpeakerEmbedding", "get_plda"])
def test_a_pyannote_without_the_names_that_are_replaced_is_an_error(
    segmentation: object, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    from pyannote.audio.pipelines import speaker_diarization as module

    other = ({"PretrainedSpeakerEmbedding", "get_plda"} - {name}).pop()
    before = getattr(module, other)
    monkeypatch.delattr(module, name)
    with pytest.raises(ModelError, match=rf"has no {name} \(pyannote.audio .*expected 4\.0\)"):
        PlainDiarizer(segmentation, Embedding(), "x")  # type: ignore[arg-type]
    assert getattr(module, other) is before


def test_a_pyannote_that_passes_the_given_embedding_over_is_an_error(
    segmentation: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    from types import SimpleNamespace

    from pyannote.audio import pipelines

    made = SimpleNamespace(_embedding=object())
    monkeypatch.setattr(pipelines, "SpeakerDiarization", lambda **_: made)
    with pytest.raises(ModelError, match="does not use the embedding"):
        PlainDiarizer(segmentation, Embedding(), "x")  # type: ignore[arg-type]


@pytest.fixture
def small_weights(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Random weights of every voice encoder, found in place of those of the registry."""
    from pyannote.audio.models.embedding import WeSpeakerResNet34
    from safetensors.torch import save_file

    from session_audio.backends.embedding import campplus_network, ge2e

    networks = {
        "bundled": ("campplus", campplus_network.CAMPlusPlus()),
        "classic": ("ge2e", ge2e._network()),
        "hub": ("community-1-embedding", WeSpeakerResNet34()),
    }
    places = {(profile, "segmentation"): folder for profile in networks}
    for profile, (name, network) in networks.items():
        places[profile, "voice"] = tmp_path / profile / name
        places[profile, "voice"].mkdir(parents=True)
        save_file(network.state_dict(), places[profile, "voice"] / "model.safetensors")
    places["hub", "plda"] = tmp_path / "plda"
    monkeypatch.setattr(load.weights, "locate", lambda task, profile: places[profile, task])


@pytest.mark.parametrize(
    ("profile", "adapter"),
    [("bundled", "GroupDiarizer"), ("classic", "PlainDiarizer"), ("hub", "PyannoteDiarizer")],
)
@pytest.mark.usefixtures("small_weights")
def test_each_profile_has_its_diarizer_and_each_takes_tracks(
    monkeypatch: pytest.MonkeyPatch, profile: str, adapter: str
) -> None:
    from pyannote.audio.core import plda
    from pyannote.audio.pipelines import speaker_diarization

    given: list[tuple[str, ...]] = []

    def read_plda(*files: Path) -> object:
        given.append(tuple(f.name for f in files))
        return object()

    monkeypatch.setattr(plda, "PLDA", read_plda)
    monkeypatch.setattr(speaker_diarization, "get_plda", lambda given, **_: given)
    settings = Settings(machine=MachineSettings(profile=profile, device="cpu"))  # type: ignore[arg-type]
    diarizer = load.load_diarizer(settings)
    assert type(diarizer).__name__ == adapter
    assert given == ([("xvec_transform.npz", "plda.npz")] if profile == "hub" else [])
    assert all(name in diarizer.revision for name in load.weights.revisions("diarization", profile))
    silence = Audio(np.zeros(16_000 * 6, np.int16), 16_000)
    diarization = diarizer.diarize_tracks([("P01", silence, 0.0)])
    assert diarization.warnings == (Notice("silent_track", "P01"),)
