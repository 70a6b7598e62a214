"""pyannote.audio's own pipelines behind the `Diarizer` port.

The hub's community-1 where a user has pulled it, and `plain`, which is what `GroupDiarizer`
is measured against.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from session_audio import offline
from session_audio import weights as models
from session_audio.errors import ModelError
from session_audio.ports import Progress, SpeakerCount, no_progress
from session_audio.schema import Audio, Diarization, Notice, SpeakerSegment
from session_audio.settings import DiarizationSettings

if TYPE_CHECKING:
    from pyannote.audio.pipelines import SpeakerDiarization

    from session_audio.backends.diarization.diarizer import Ears


class StockDiarizer:
    """A pyannote.audio pipeline as a `Diarizer`.

    Parameters
    ----------
    pipeline : pyannote.audio.pipelines.SpeakerDiarization
        With its parameters set.
    revision : str
        Names the weights.
    tracks : Ears, optional
        Who hears the tracks of a session with one track a participant.
    """

    def __init__(
        self,
        pipeline: SpeakerDiarization,
        revision: str,
        tracks: Ears | None = None,
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

        seen = {"segmentation": 0.0, "embeddings": 0.0}

        def hook(name: str, *_: Any, completed: int = 0, total: int = 0, **__: Any) -> None:
            if name in seen and total:
                seen[name] = min(1.0, completed / total)
                progress(0.45 * seen["segmentation"] + 0.5 * seen["embeddings"])

        sound = torch.from_numpy(np.ascontiguousarray(audio.read()))[None]
        output = self.pipeline(
            {"waveform": sound, "sample_rate": audio.rate, "uri": "session"},
            num_speakers=speakers.exact,
            min_speakers=None if speakers.exact else speakers.at_least,
            max_speakers=None if speakers.exact else speakers.at_most,
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
        self,
        tracks: Sequence[tuple[str, Audio, float]],
        progress: Progress = no_progress,
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


def load_community(
    revision: str, device: str, settings: DiarizationSettings, threads: int = 0
) -> StockDiarizer:
    """The hub's community-1 from the folders where its weights were pulled.

    Raises
    ------
    ModelError
        When they are missing or do not fit.
    """
    offline.silence()
    import torch
    from pyannote.audio.core.plda import PLDA
    from pyannote.audio.models.embedding import WeSpeakerResNet34
    from pyannote.audio.pipelines import SpeakerDiarization
    from safetensors.torch import load_file

    from session_audio.backends.diarization.diarizer import Ears
    from session_audio.backends.diarization.segmentation import load_segmentation

    if threads:
        torch.set_num_threads(threads)
    segmentation = load_segmentation(models.locate("segmentation", "hub"))
    encoder = WeSpeakerResNet34()
    try:
        encoder.load_state_dict(load_file(models.locate("voice", "hub") / "model.safetensors"))
    except RuntimeError as error:
        raise ModelError("the hub's voice encoder does not fit its architecture") from error
    folder = models.locate("plda", "hub")
    pipeline = SpeakerDiarization(
        segmentation=segmentation,
        embedding=encoder,
        embedding_exclude_overlap=True,
        plda=PLDA(folder / "xvec_transform.npz", folder / "plda.npz"),
        segmentation_batch_size=32,
        embedding_batch_size=32,
    )
    pipeline.instantiate(pipeline.default_parameters())
    pipeline.to(torch.device(device))
    return StockDiarizer(pipeline, revision, Ears(segmentation, settings, threads))
