"""pyannote.audio's own pipelines behind the `Diarizer` port.

- `PyannoteDiarizer`: a pipeline as it was published (the hub profile's community-1, read by
  `read_community`).
- `PlainDiarizer`: the pipeline of pyannote/speaker-diarization-3.1 around given models.  The
  classic profile runs in it, and `GroupDiarizer` is measured against it.

They read the whole recording at once; times are in seconds, labels ``S01``, ``S02``, ...
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from session_audio.errors import ModelError
from session_audio.ports import Progress, SpeakerCount, no_progress
from session_audio.schema import Audio, Diarization, Notice, SpeakerSegment

if TYPE_CHECKING:
    from pyannote.audio import Model
    from pyannote.audio.pipelines import SpeakerDiarization

    from session_audio.backends.diarization.diarizer import SegmentationBackend
    from session_audio.backends.embedding.base import VoiceEmbedding

THRESHOLD = 0.45
"""Of the segmentation's activity; pyannote's default for a multi-label model is about this."""
CLUSTER_DISTANCE = {192: 0.7046, 256: 0.5}
"""Cosine distance at which centroid linkage stops, by the encoder's dimension: that of
pyannote/speaker-diarization-3.1, and one for GE2E, whose cosines are all positive (ours)."""


class PyannoteDiarizer:
    """A pyannote.audio pipeline as a `Diarizer`.

    Parameters
    ----------
    pipeline : pyannote.audio.pipelines.SpeakerDiarization
        With its parameters set.
    revision : str
        Names the weights.
    tracks : SegmentationBackend, optional
        Diarizes a session with one track a participant.
    """

    def __init__(
        self, pipeline: SpeakerDiarization, revision: str, tracks: SegmentationBackend | None = None
    ) -> None:
        self.pipeline = pipeline
        self._revision = revision
        self._tracks = tracks

    @property
    def revision(self) -> str:
        """Names the weights and their revision."""
        return self._revision

    def diarize(
        self, audio: Audio, speakers: SpeakerCount, progress: Progress = no_progress
    ) -> Diarization:
        """Full and exclusive diarization of `audio`; the whole of it is read at once."""
        import torch

        most = speakers.at_most
        if most is None and speakers.expected is not None:
            most = speakers.expected + 1  # room for somebody who is not on the list
        done = {"segmentation": 0.0, "embeddings": 0.0}

        def hook(name: str, *_: Any, completed: int = 0, total: int = 0, **__: Any) -> None:
            if name in done and total:
                done[name] = min(1.0, completed / total)
                progress(0.45 * done["segmentation"] + 0.5 * done["embeddings"])

        sound = torch.from_numpy(np.ascontiguousarray(audio.read()))[None]
        output = self.pipeline(
            {"waveform": sound, "sample_rate": audio.rate, "uri": "session"},
            num_speakers=speakers.exact,
            min_speakers=None if speakers.exact else speakers.at_least,
            max_speakers=None if speakers.exact else most,
            hook=hook,
        )
        labels = output.speaker_diarization.labels()
        names = {label: f"S{i:02d}" for i, label in enumerate(labels, start=1)}
        vectors = output.speaker_embeddings
        embeddings = {}
        for i, label in enumerate(labels if vectors is not None else []):
            norm = float(np.linalg.norm(vectors[i]))
            if norm > 0 and np.isfinite(norm):
                embeddings[names[label]] = tuple(float(v) / norm for v in vectors[i])
        progress(1.0)
        return Diarization(
            _segments(output.speaker_diarization, names),
            _segments(output.exclusive_speaker_diarization, names),
            embeddings,
            () if labels else (Notice("no_speech"),),
        )

    def diarize_tracks(
        self, tracks: Sequence[tuple[str, Audio, float]], progress: Progress = no_progress
    ) -> Diarization:
        """Who spoke when, from one track a participant.

        Raises
        ------
        ModelError
            When no diarizer for tracks was given.
        """
        if self._tracks is None:
            raise ModelError("this pipeline takes no tracks", hint="Use the bundled profile.")
        return self._tracks.diarize_tracks(tracks, progress)


def _segments(annotation: Any, names: dict[str, str]) -> tuple[SpeakerSegment, ...]:
    return tuple(
        sorted(
            SpeakerSegment(float(span.start), float(span.end), names[label])
            for span, _, label in annotation.itertracks(yield_label=True)
        )
    )


class PlainDiarizer(PyannoteDiarizer):
    """pyannote.audio's pipeline as it comes, around given models.

    Parameters
    ----------
    segmentation : pyannote.audio.Model
    embedding : VoiceEmbedding
    revision : str
        Names the weights.
    tracks : SegmentationBackend, optional
        As in `PyannoteDiarizer`.

    Raises
    ------
    ModelError
        When this version of pyannote.audio no longer takes given models in this way.
    """

    def __init__(
        self,
        segmentation: Model,
        embedding: VoiceEmbedding,
        revision: str,
        tracks: SegmentationBackend | None = None,
    ) -> None:
        from pyannote.audio.pipelines import SpeakerDiarization

        with _given_models():
            pipeline: Any = SpeakerDiarization(
                segmentation=segmentation,
                embedding=embedding,
                embedding_exclude_overlap=True,
                clustering="AgglomerativeClustering",
                embedding_batch_size=32,
                segmentation_batch_size=32,
            )
        if getattr(pipeline, "_embedding", None) is not embedding:
            raise _changed("SpeakerDiarization does not use the embedding that it was given")
        activity = {"min_duration_off": 0.0}
        if not segmentation.specifications.powerset:
            activity["threshold"] = THRESHOLD
        pipeline.instantiate(
            {
                "segmentation": activity,
                "clustering": {
                    "method": "centroid",
                    "min_cluster_size": 12,
                    "threshold": CLUSTER_DISTANCE[embedding.dimension],
                },
            }
        )
        super().__init__(pipeline, f"plain:{revision}", tracks)


@contextmanager
def _given_models() -> Iterator[None]:
    """Let `SpeakerDiarization` take an embedding object, and no PLDA from the hub.

    In pyannote.audio 4.0 (written for 4.0.7), its constructor knows no embedding but by name
    or as a model of its own (``PretrainedSpeakerEmbedding``), and gets the PLDA of community-1
    from the hub whatever the clustering (``get_plda``).  Both are looked up in its module, and
    are replaced there while it runs.

    Raises
    ------
    ModelError
        When one of the two is no longer there.
    """
    from pyannote.audio.pipelines import speaker_diarization as module

    given = {
        "PretrainedSpeakerEmbedding": lambda embedding, **_: embedding,
        "get_plda": lambda *_, **__: None,
    }
    for name in given:
        if not hasattr(module, name):
            raise _changed(f"pyannote.audio.pipelines.speaker_diarization has no {name}")
    before = {name: getattr(module, name) for name in given}
    for name, stand_in in given.items():
        setattr(module, name, stand_in)
    try:
        yield
    finally:
        for name, own in before.items():
            setattr(module, name, own)


def _changed(what: str) -> ModelError:
    """The error of a pyannote.audio that is not the one this module was written for."""
    from importlib.metadata import version

    return ModelError(
        f"{what} (pyannote.audio {version('pyannote.audio')}; expected 4.0)",
        hint="Use the bundled profile, or the versions of constraints.txt.",
    )


def read_community(
    segmentation: Model,
    embedding: Path,
    plda: Path,
    device: str,
    revision: str,
    tracks: SegmentationBackend,
    threads: int = 0,
) -> PyannoteDiarizer:
    """The hub's community-1 from the folders where its weights were pulled.

    Parameters
    ----------
    segmentation : pyannote.audio.Model
    embedding, plda : Path
        Folders of the embedding's weights and of the PLDA's.
    device : str
        ``"cpu"`` or ``"cuda"``.
    revision : str
        Names the weights.
    tracks : SegmentationBackend
        As in `PyannoteDiarizer`.
    threads : int
        Threads that torch may use; 0 leaves its own choice.

    Raises
    ------
    ModelError
        When the weights do not fit.
    """
    import torch
    from pyannote.audio.core.plda import PLDA
    from pyannote.audio.models.embedding import WeSpeakerResNet34
    from pyannote.audio.pipelines import SpeakerDiarization
    from safetensors.torch import load_file

    if threads:
        torch.set_num_threads(threads)
    encoder = WeSpeakerResNet34()
    try:
        encoder.load_state_dict(load_file(embedding / "model.safetensors"))
    except RuntimeError as error:
        raise ModelError("the hub's voice encoder does not fit its architecture") from error
    pipeline = SpeakerDiarization(
        segmentation=segmentation,
        embedding=encoder,
        embedding_exclude_overlap=True,
        plda=PLDA(plda / "xvec_transform.npz", plda / "plda.npz"),
        segmentation_batch_size=32,
        embedding_batch_size=32,
    )
    pipeline.instantiate(pipeline.default_parameters())
    pipeline.to(torch.device(device))
    return PyannoteDiarizer(pipeline, revision, tracks)
