"""Loads the models: the only file that names the adapters.

Each ``load_*`` imports the libraries that run a model (inside the function, so that what needs
no model starts without torch), finds the weights that the settings name and returns the model
behind its port (`session_audio.ports`).

- `load_diarizer`: `GroupDiarizer` for the bundled profile, `PlainDiarizer` for the classic one,
  `PyannoteDiarizer` for the hub's; `load_plain` for a comparison.
- `load_transcriber`: `WhisperTranscriber`.
- `load_classifier`: `RuptureClassifier`, or `ExternalClassifier` from a folder.
- `load_names`: names in English text, for redaction.
- `load_embedding`: the voice encoder of a folder, CAM++ or GE2E.

What cannot be imported, is missing or does not fit is a `ModelError` that says what to do.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from session_audio import offline, weights
from session_audio.errors import ModelError, SettingsError
from session_audio.ports import Diarizer, NameReader, TextClassifier, Transcriber
from session_audio.resources import models_folder
from session_audio.settings import Settings

if TYPE_CHECKING:
    from session_audio.backends.diarization.pyannote_pipeline import PlainDiarizer
    from session_audio.backends.embedding.base import VoiceEmbedding

NAMES = "spacy-en-md"
NETWORK_LIBRARIES = ("torch", "safetensors")
SPEECH_LIBRARIES = (*NETWORK_LIBRARIES, "pyannote.audio")
WORD_LIBRARIES = ("ctranslate2", "faster_whisper")
BERT = "transformers.models.bert.modeling_bert"
MPNET = "transformers.models.mpnet.modeling_mpnet"
"""Imported by name, since transformers imports its parts late and fails then in ways of its own."""
_HINTS = {"spacy": "Install the extra: pip install 'session-audio[redact]' -c constraints.txt"}
TEXT_LIBRARIES = ("torch", "safetensors", "tokenizers", "transformers", BERT, MPNET)


@contextmanager
def _needing(*libraries: str) -> Iterator[None]:
    """Import `libraries` before the body, telemetry off; what cannot be is a `ModelError`."""
    offline.silence()
    for name in libraries:
        try:
            import_module(name)
        # A broken installation raises anything: ImportError, OSError, RuntimeError, ...
        except Exception as error:
            raise _cannot_import(name, error) from error
    try:
        yield
    except ImportError as error:
        raise _cannot_import(libraries[-1], error) from error


def _cannot_import(name: str, error: Exception) -> ModelError:
    missing = getattr(error, "name", None)
    why = type(error).__name__ + (f" of {missing}" if missing and missing != name else "")
    return ModelError(
        f"the library {name} cannot be imported ({why})",
        hint=_HINTS.get(
            name, "Install session-audio again with its dependencies, as its README says."
        ),
    )


def load_diarizer(settings: Settings, threads: int = 0) -> Diarizer:
    """The diarizer of the profile that the settings name.

    The bundled weights run in `GroupDiarizer`; the hub's in the pipeline they were
    published with, and the classic ones in pyannote.audio's own.

    Parameters
    ----------
    settings : Settings
    threads : int
        Threads that the models may use; 0 for one a processor.

    Raises
    ------
    ModelError
        When a library or weights are missing.
    """
    profile = settings.machine.profile
    bundled = profile == "bundled"
    with _needing(*(NETWORK_LIBRARIES if bundled else SPEECH_LIBRARIES)):
        from session_audio.backends.diarization.diarizer import GroupDiarizer, SegmentationBackend

        known = weights.revisions("diarization", profile)
        revision = "+".join(f"{name}@{value}" for name, value in sorted(known.items()))
        device = chosen_device(settings)
        folder = weights.locate("segmentation", profile)
        embedding = weights.locate("voice", profile)
        if bundled:
            from session_audio.backends.diarization.pyannet import read_network
            from session_audio.backends.embedding.campplus import CAMPlusPlusEmbedding

            return GroupDiarizer(
                read_network(folder),
                CAMPlusPlusEmbedding(embedding, device),
                settings.diarization,
                revision,
                threads,
            )
        from session_audio.backends.diarization.pyannote_pipeline import (
            PlainDiarizer,
            read_community,
        )
        from session_audio.backends.diarization.segmentation import read_segmentation

        segmentation = read_segmentation(folder)
        tracks = SegmentationBackend(segmentation, settings.diarization, threads)
        if profile == "classic":
            return PlainDiarizer(segmentation, load_embedding(embedding, device), revision, tracks)
        plda = weights.locate("plda", profile)
        return read_community(segmentation, embedding, plda, device, revision, tracks, threads)


def load_plain() -> PlainDiarizer:
    """pyannote.audio's pipeline over the bundled weights: what `GroupDiarizer` is measured against.

    Raises
    ------
    ModelError
        When a library or weights are missing.
    """
    with _needing(*SPEECH_LIBRARIES):
        from session_audio.backends.diarization.pyannote_pipeline import PlainDiarizer
        from session_audio.backends.diarization.segmentation import read_segmentation

        segmentation = read_segmentation(weights.locate("segmentation", "bundled"))
        embedding = load_embedding(weights.locate("voice", "bundled"))
        return PlainDiarizer(segmentation, embedding, "bundled")


def load_embedding(path: Path, device: str = "cpu") -> VoiceEmbedding:
    """The voice encoder whose weights are in `path`, a folder named as in the registry.

    Raises
    ------
    ModelError
        When a library is missing, or the weights are missing or do not fit.
    """
    with _needing("torch", "safetensors"):
        if path.name == "ge2e":
            from session_audio.backends.embedding.ge2e import GE2EEmbedding

            return GE2EEmbedding(path, device)
        from session_audio.backends.embedding.campplus import CAMPlusPlusEmbedding

        return CAMPlusPlusEmbedding(path, device)


def load_transcriber(settings: Settings, threads: int) -> Transcriber:
    """The transcriber that `settings` name.

    Parameters
    ----------
    settings : Settings
    threads : int
        Processor threads.

    Raises
    ------
    ModelError
        When a library is missing, or the weights are not pulled or cannot be loaded.
    """
    with _needing(*WORD_LIBRARIES):
        from session_audio.backends.transcription.transcriber import WhisperTranscriber

        options, machine = settings.transcription, settings.machine
        asked = ("transcription", machine.profile, options.model or None)
        path = weights.locate(*asked)
        revision = next(iter(weights.revisions(*asked).values()))
        return WhisperTranscriber(path, revision, options, machine.device, threads)


def load_classifier(settings: Settings, threads: int) -> TextClassifier:
    """The classifier that ``settings.flags.classifier`` names.

    ``"bundled"``, or a folder with a sequence-classification model (its labels are ours, or
    are mapped to ours by ``flags.classifier_labels``) or a natural-language-inference model
    (its labels hold ``entailment``), which then judges by ``flags.hypotheses``.

    Parameters
    ----------
    settings : Settings
    threads : int
        Threads that the model may use.

    Raises
    ------
    ModelError
        When a library is missing, or the weights are missing or do not fit.
    SettingsError
        When ``flags.classifier_labels`` does not name our labels.
    """
    with _needing(*TEXT_LIBRARIES):
        from session_audio.backends.rupture.classifier import RuptureClassifier
        from session_audio.backends.rupture.external import read_external
        from session_audio.backends.rupture.scores import LABELS

        chosen = settings.flags
        if chosen.classifier == "bundled":
            encoders = {
                "alone": weights.locate("text"),
                "conversation": weights.locate("conversation"),
            }
            return RuptureClassifier(models_folder() / "rupture", encoders, threads)
        return read_external(
            Path(chosen.classifier).expanduser(),
            _label_map(chosen.classifier_labels, LABELS),
            dict(zip(LABELS, chosen.hypotheses, strict=True)),
            threads,
        )


def load_names() -> NameReader:
    """What finds names of people, places and organisations in English text.

    Raises
    ------
    ModelError
        When the ``redact`` extra is not installed, or the weights are not pulled.
    """
    with _needing("spacy"):
        from session_audio.backends.entities import SpacyNames

        try:
            return SpacyNames(weights.locate("names", "bundled", NAMES))
        except ModelError as error:
            error.hint = f"session-audio models pull {NAMES}"
            raise


def _label_map(pairs: Sequence[str], labels: Sequence[str]) -> dict[str, str]:
    """Label of a model -> ours, from ``"theirs=ours"``."""
    out = {}
    for pair in pairs:
        theirs, _, ours = pair.rpartition("=")
        if not theirs or ours not in labels:
            raise SettingsError(
                f"flags.classifier_labels holds {pair!r}; expected for example toxic=confrontation"
            )
        out[theirs] = ours
    return out


def chosen_device(settings: Settings) -> str:
    """``"cuda"`` where it is wanted and there, else ``"cpu"``."""
    if settings.machine.device != "auto":
        return settings.machine.device
    import torch

    return "cuda" if torch.cuda.is_available() else "cpu"
