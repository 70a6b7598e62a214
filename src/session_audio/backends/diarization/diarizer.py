"""Who spoke when, for a group in one room: the diarizer of this package.

pyannote.audio's segmentation model and a voice encoder, with what a long session of a
group needs in between: speech and pauses, speakers counted from windows that are surely one
person's, and every frame assigned anew once the speakers are known.  Time and memory
grow with the recording's length, not with its square.

`GroupDiarizer.run_models` runs the models once; `decide` makes the diarization from their
outputs, without a model, for any number of speakers.  `SegmentationBackend` runs the
segmentation model alone, and diarizes one track a participant.  Times are in seconds, frames
of the common grid 10 ms.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from session_audio.backends.diarization import faint
from session_audio.backends.diarization.band import for_narrow_band, is_narrow_band
from session_audio.backends.diarization.clustering import SpeakerClusters, cluster_speakers
from session_audio.backends.diarization.local_activity import (
    FRAMES,
    RATE,
    LocalActivity,
    frame_energy,
    segment,
)
from session_audio.backends.diarization.resegmentation import Assignment, assign
from session_audio.backends.diarization.short_stretches import HeardApart, hear_apart
from session_audio.backends.diarization.speech_activity import (
    Speech,
    drop_short,
    fill_gaps,
    speech_activity,
    to_segments,
)
from session_audio.backends.diarization.tracks import Track, combine
from session_audio.backends.diarization.windows import EmbeddingWindows, single_speaker_windows
from session_audio.errors import AudioError
from session_audio.ports import Progress, SpeakerCount, no_progress
from session_audio.schema import Audio, Diarization, Notice, SpeakerSegment, of_stretches
from session_audio.settings import DiarizationSettings

if TYPE_CHECKING:
    from pyannote.audio import Model

    from session_audio.backends.diarization.pyannet import PyanNet
    from session_audio.backends.embedding.campplus import CAMPlusPlusEmbedding


class GroupDiarizer:
    """The `Diarizer` port for one room microphone, and for a track a participant.

    Parameters
    ----------
    segmentation : PyanNet
        Local speakers of a few seconds (a powerset model, or one sigmoid a speaker).
    embedding : CAMPlusPlusEmbedding
        The voice encoder.
    settings : DiarizationSettings
    revision : str
        Names the weights; part of a stage's freshness.
    threads : int
        Threads that the models may use; 0 for one a processor.
    """

    def __init__(
        self,
        segmentation: PyanNet,
        embedding: CAMPlusPlusEmbedding,
        settings: DiarizationSettings | None = None,
        revision: str = "",
        threads: int = 0,
    ) -> None:
        self.settings = settings or DiarizationSettings()
        self.embedding = embedding
        self._revision = revision
        self._threads = threads
        self._segmentation = SegmentationBackend(
            segmentation.to(embedding.device), self.settings, threads
        )

    @property
    def revision(self) -> str:
        """Names the weights and their revision."""
        return self._revision

    def diarize(
        self, audio: Audio, speakers: SpeakerCount, progress: Progress = no_progress
    ) -> Diarization:
        """Full and exclusive diarization of `audio`, with one embedding a label.

        Labels are ``S01``, ``S02``, ... in the order in which people first speak.

        Raises
        ------
        AudioError
            When the sound is not at 16 kHz.
        """
        diarization = decide(self.run_models(audio, progress), speakers, self.settings)
        progress(1.0)
        return diarization

    def run_models(self, audio: Audio, progress: Progress = no_progress) -> DiarizerOutputs:
        """What the models say of `audio`: all that `decide` needs, whatever the count.

        Raises
        ------
        AudioError
            When the sound is not at 16 kHz.
        """
        local, energy = self._segmentation.segment(audio, lambda done: progress(0.4 * done))
        speech = speech_activity(local, energy, self.settings)
        features = self.embedding.features(audio)
        statistics = self.embedding.block_statistics(
            features, speech.any, self._threads, lambda done: progress(0.4 + 0.55 * done)
        )
        sizes = (
            (self.settings.voice_window, self.settings.voice_hop),
            (self.settings.fine_window, self.settings.fine_hop),
        )
        wide, fine = (
            EmbeddingWindows(
                self.embedding.window_embeddings(statistics, speech.any, width, hop), hop, width
            )
            for width, hop in ((round(w * FRAMES), round(h * FRAMES)) for w, h in sizes)
        )
        apart = hear_apart(audio, speech, self.embedding, self._threads)
        return DiarizerOutputs(local, speech, wide, fine, is_narrow_band(audio, speech.any), apart)

    def diarize_tracks(
        self,
        tracks: Sequence[tuple[str, Audio, float]],
        progress: Progress = no_progress,
    ) -> Diarization:
        """Who spoke when, from one track a participant; see `SegmentationBackend`."""
        return self._segmentation.diarize_tracks(tracks, progress)


class SegmentationBackend:
    """The segmentation model alone: whether somebody talks, and how many.

    Parameters
    ----------
    segmentation : PyanNet or pyannote.audio.Model
    settings : DiarizationSettings
    threads : int
        Threads that the model may use; 0 for one a processor.
    """

    def __init__(
        self, segmentation: PyanNet | Model, settings: DiarizationSettings, threads: int = 0
    ) -> None:
        self._model = segmentation
        self._settings = settings
        self._threads = threads

    def segment(
        self, audio: Audio, progress: Progress = no_progress
    ) -> tuple[LocalActivity, NDArray[np.float32]]:
        """Local activity of `audio`, and its `frame_energy`, shape (frames,).

        Raises
        ------
        AudioError
            When the sound is not at 16 kHz.
        """
        if audio.rate != RATE:
            raise AudioError(
                f"the sound is at {audio.rate} Hz; expected {RATE} Hz",
                stage="diarize",
                hint="Ingest brings it there.",
            )
        short = audio.duration <= self._settings.short_length
        step = self._settings.short_step if short else self._settings.step
        local = segment(self._model, audio, step, threads=self._threads, progress=progress)
        return local, frame_energy(audio, local.frames)

    def diarize_tracks(
        self,
        tracks: Sequence[tuple[str, Audio, float]],
        progress: Progress = no_progress,
    ) -> Diarization:
        """Who spoke when, from one track a participant; see `tracks.combine`.

        Parameters
        ----------
        tracks : sequence of (participant, audio, offset)
            `offset` is the second of the session at which the track begins.
        """
        activity = []
        for i, (who, audio, offset) in enumerate(tracks):

            def shown(fraction: float, i: int = i) -> None:
                progress((i + 0.9 * fraction) / len(tracks))

            local, energy = self.segment(audio, shown)
            speech = speech_activity(local, energy, self._settings)
            activity.append(Track(who, offset, speech.count_scores[:, 0], energy))
        diarization = combine(activity, self._settings)
        progress(1.0)
        return diarization


@dataclass(frozen=True)
class DiarizerOutputs:
    """What the models said of a recording."""

    local: LocalActivity
    speech: Speech
    wide: EmbeddingWindows
    """Windows that tell speakers apart."""
    fine: EmbeddingWindows
    """Windows that tell when one speaker stops and another begins."""
    narrow: bool = False
    """Whether the sound is band-limited; see `band`."""
    apart: HeardApart | None = None
    """What was heard of short stretches by themselves; see `short_stretches`."""


def decide(
    outputs: DiarizerOutputs, speakers: SpeakerCount, settings: DiarizationSettings
) -> Diarization:
    """The diarization, from what the models said.

    Labels are ``S01``, ``S02``, ... in the order in which people first speak; warnings are
    ``name:value``.
    """
    local, speech, wide, fine = outputs.local, outputs.speech, outputs.wide, outputs.fine
    if outputs.narrow:
        settings = for_narrow_band(settings)
    if not speech.any.any():
        return Diarization((), (), {}, (Notice("no_speech"),))
    single = single_speaker_windows(wide, local, speech.any)
    clusters = cluster_speakers(single, wide.hop / FRAMES, speakers, settings)
    if not len(clusters.centroids):
        mean = wide.vectors.astype(np.float64).sum(axis=0, keepdims=True)
        clusters = SpeakerClusters(mean / max(float(np.linalg.norm(mean)), 1e-12), np.zeros(1))
    assigned = assign(local, speech, fine, clusters.centroids, settings, outputs.apart)
    return _labelled(assigned, clusters, speech, speakers)


def _labelled(
    assigned: Assignment, clusters: SpeakerClusters, speech: Speech, speakers: SpeakerCount
) -> Diarization:
    """Frames as segments, speakers labelled in the order in which they first talk."""
    active = assigned.active
    begins = [int(np.argmax(active[:, k])) for k in range(active.shape[1])]
    order = sorted(
        (k for k in range(active.shape[1]) if active[:, k].any()), key=lambda k: begins[k]
    )
    labels = {k: f"S{i:02d}" for i, k in enumerate(order, start=1)}
    full: list[SpeakerSegment] = []
    exclusive: list[SpeakerSegment] = []
    for k in order:
        smooth = drop_short(fill_gaps(active[:, k], FRAMES // 10), FRAMES // 20)
        full += to_segments(smooth, labels[k])
        exclusive += to_segments(assigned.first == k, labels[k])
    embeddings = {
        labels[k]: tuple(float(v) for v in clusters.centroids[k])
        for k in order
        if clusters.seconds[k] >= 1.0
    }
    return Diarization(
        tuple(sorted(full)),
        tuple(sorted(exclusive)),
        embeddings,
        tuple(_warnings(assigned, speech, len(order), clusters.unbounded, speakers)),
    )


def _warnings(
    assigned: Assignment, speech: Speech, count: int, unbounded: int, speakers: SpeakerCount
) -> list[Notice]:
    """What is doubtful of a diarization with `count` speakers."""
    out = []
    seconds = float(speech.any.sum()) / FRAMES
    if seconds < 60:
        out.append(Notice("few_speech", f"{seconds:.1f}"))
    if speakers.exact is not None and count != speakers.exact:
        out.append(Notice("count_not_reached", str(count), str(speakers.exact)))
    if speakers.expected is not None:
        expected = str(speakers.expected)
        if count > speakers.expected:
            out.append(Notice("more_voices", str(count), expected))
        elif unbounded > speakers.expected:
            out.append(Notice("voices_joined", str(unbounded), expected))
        elif count < speakers.expected:
            out.append(Notice("count_below_attendance", str(count), expected))
    certainty = assigned.certainty[speech.any]
    unsure = float((certainty < 0.02).mean()) if len(certainty) else 0.0
    if unsure > 0.2:
        out.append(Notice("voices_alike", f"{100 * unsure:.0f}"))
    return [*out, *of_stretches("faint_at", faint.stretches(speech))]
