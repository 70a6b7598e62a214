"""pyannote.audio's own pipeline over weights of a package registry.

The classic profile runs in it, and `GroupDiarizer` is measured against it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from session_audio import offline
from session_audio.backends.diarization.stock import StockDiarizer

if TYPE_CHECKING:
    from pyannote.audio import Model

    from session_audio.backends.diarization.diarizer import Ears
    from session_audio.backends.embedding.base import VoiceEmbedding

THRESHOLD = 0.45
"""Of the segmentation's activity; pyannote's default for a multi-label model is about this."""
CLUSTER_DISTANCE = {192: 0.7046, 256: 0.5}
"""Cosine distance at which centroid linkage stops, by the encoder's dimension: that of
pyannote/speaker-diarization-3.1, and one for GE2E, whose cosines are all positive (ours)."""


@contextmanager
def _given_models() -> Iterator[None]:
    """Let the pipeline take an embedding object, and no PLDA from the hub."""
    from pyannote.audio.pipelines import speaker_diarization as module

    before = module.PretrainedSpeakerEmbedding, module.get_plda
    module.PretrainedSpeakerEmbedding = lambda embedding, **_: embedding
    module.get_plda = lambda *_, **__: None
    try:
        yield
    finally:
        module.PretrainedSpeakerEmbedding, module.get_plda = before


class PlainDiarizer(StockDiarizer):
    """pyannote.audio's pipeline as it comes, around given models.

    Parameters
    ----------
    segmentation : pyannote.audio.Model
    embedding : VoiceEmbedding
    revision : str
        Names the weights.
    tracks : Ears, optional
        Who hears the tracks of a session with one track a participant.
    """

    def __init__(
        self,
        segmentation: Model,
        embedding: VoiceEmbedding,
        revision: str,
        tracks: Ears | None = None,
    ) -> None:
        offline.silence()
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


def load_plain() -> PlainDiarizer:
    """pyannote.audio's pipeline over the bundled weights, loaded.

    Raises
    ------
    ModelError
        When they are missing.
    """
    from session_audio import weights as models
    from session_audio.backends.diarization.diarizer import load_embedding
    from session_audio.backends.diarization.segmentation import load_segmentation

    segmentation = load_segmentation(models.locate("segmentation", "bundled"))
    return PlainDiarizer(segmentation, load_embedding(), "bundled")
