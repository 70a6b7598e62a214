"""Who spoke when, for a group in one room: the diarizer of this package.

pyannote.audio's segmentation model and a voice encoder, with what a long session of a
group needs in between: speech and pauses, voices counted from stretches that are surely one
person's, and every moment assigned anew once the voices are known.  Time and memory
grow with the recording's length, not with its square.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from session_audio import offline
from session_audio import weights as models
from session_audio.backends.diarization.clustering import Voices, find_voices
from session_audio.backends.diarization.local_activity import (
    FRAMES,
    RATE,
    LocalActivity,
    energy_of,
    listen,
)
from session_audio.backends.diarization.resegmentation import Assignment, assign
from session_audio.backends.diarization.speech_activity import (
    Speech,
    bridge,
    find_speech,
    runs,
    without_blips,
)
from session_audio.backends.diarization.windows import VoiceWindows, pure_windows
from session_audio.errors import AudioError
from session_audio.ports import Progress, SpeakerCount, no_progress
from session_audio.schema import Audio, Diarization, Notice, SpeakerSegment
from session_audio.settings import DiarizationSettings, Settings

if TYPE_CHECKING:
    from pyannote.audio import Model

    from session_audio.backends.embedding.base import EmbeddingVoiceEncoder, VoiceEmbedding
    from session_audio.backends.embedding.campplus import CAMPlusPlusEmbedding
    from session_audio.ports import Diarizer


class GroupDiarizer:
    """The `Diarizer` port for one room microphone, and for a track a participant.

    Parameters
    ----------
    segmentation : pyannote.audio.Model
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
        segmentation: Model,
        embedding: CAMPlusPlusEmbedding,
        settings: DiarizationSettings | None = None,
        revision: str = "",
        threads: int = 0,
    ) -> None:
        self.settings = settings or DiarizationSettings()
        self.embedding = embedding
        self._revision = revision
        self._threads = threads
        self._ears = Ears(segmentation.to(embedding.device), self.settings, threads)

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
        found = decide(self.hear(audio, progress), speakers, self.settings)
        progress(1.0)
        return found

    def hear(self, audio: Audio, progress: Progress = no_progress) -> Heard:
        """What the models say of `audio`: all that `decide` needs, whatever the count.

        Raises
        ------
        AudioError
            When the sound is not at 16 kHz.
        """
        local, energy = self._ears.listen(audio, lambda share: progress(0.4 * share))
        speech = find_speech(local, energy, self.settings)
        features = self.embedding.features(audio)
        read = self.embedding.read(
            features, speech.any, self._threads, lambda share: progress(0.4 + 0.55 * share)
        )
        sizes = (
            (self.settings.voice_window, self.settings.voice_hop),
            (self.settings.fine_window, self.settings.fine_hop),
        )
        wide, fine = (
            VoiceWindows(self.embedding.slide(read, speech.any, width, hop), hop, width)
            for width, hop in ((round(w * FRAMES), round(h * FRAMES)) for w, h in sizes)
        )
        return Heard(local, speech, wide, fine)

    def diarize_tracks(
        self,
        tracks: Sequence[tuple[str, Audio, float]],
        progress: Progress = no_progress,
    ) -> Diarization:
        """Who spoke when, from one track a participant; see `Ears.diarize_tracks`."""
        return self._ears.diarize_tracks(tracks, progress)


class Ears:
    """The segmentation model alone: whether somebody talks, and how many.

    Parameters
    ----------
    segmentation : pyannote.audio.Model
    settings : DiarizationSettings
    threads : int
        Threads that the model may use; 0 for one a processor.
    """

    def __init__(
        self, segmentation: Model, settings: DiarizationSettings, threads: int = 0
    ) -> None:
        self._segmentation = segmentation
        self._settings = settings
        self._threads = threads

    def listen(
        self, audio: Audio, progress: Progress = no_progress
    ) -> tuple[LocalActivity, NDArray[np.float32]]:
        """Local activity and energy of `audio` on the common grid.

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
        local = listen(self._segmentation, audio, step, threads=self._threads, progress=progress)
        return local, energy_of(audio, local.frames)

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
        from session_audio.backends.diarization import tracks as combining

        heard = []
        for i, (who, audio, offset) in enumerate(tracks):

            def shown(share: float, i: int = i) -> None:
                progress((i + 0.9 * share) / len(tracks))

            local, energy = self.listen(audio, shown)
            speech = find_speech(local, energy, self._settings)
            heard.append(combining.Track(who, offset, speech.share[:, 0], energy))
        found = combining.combine(heard, self._settings)
        progress(1.0)
        return found


@dataclass(frozen=True)
class Heard:
    """What the models said of a recording."""

    local: LocalActivity
    speech: Speech
    wide: VoiceWindows
    """Voices of windows that tell people apart."""
    fine: VoiceWindows
    """Voices of windows that tell when one stops and another begins."""


def decide(heard: Heard, speakers: SpeakerCount, settings: DiarizationSettings) -> Diarization:
    """The diarization, from what the models said."""
    local, speech, wide, fine = heard.local, heard.speech, heard.wide, heard.fine
    if not speech.any.any():
        return Diarization((), (), {}, (Notice("no_speech"),))
    pure = pure_windows(wide, local, speech.any)
    voices = find_voices(pure, wide.hop / FRAMES, speakers, settings)
    if not len(voices.centroids):
        mean = wide.vectors.astype(np.float64).sum(axis=0, keepdims=True)
        voices = Voices(mean / max(float(np.linalg.norm(mean)), 1e-12), np.zeros(1))
    assigned = assign(local, speech, fine, voices.centroids, settings)
    return _labelled(assigned, voices, speech, speakers)


def _labelled(
    assigned: Assignment, voices: Voices, speech: Speech, speakers: SpeakerCount
) -> Diarization:
    """Frames as segments, voices named in the order in which they first speak."""
    active = assigned.active
    begins = [int(np.argmax(active[:, k])) for k in range(active.shape[1])]
    order = sorted(
        (k for k in range(active.shape[1]) if active[:, k].any()), key=lambda k: begins[k]
    )
    names = {k: f"S{i:02d}" for i, k in enumerate(order, start=1)}
    full: list[SpeakerSegment] = []
    exclusive: list[SpeakerSegment] = []
    for k in order:
        smooth = without_blips(bridge(active[:, k], FRAMES // 10), FRAMES // 20)
        full += _segments(smooth, names[k])
        exclusive += _segments(assigned.first == k, names[k])
    embeddings = {
        names[k]: tuple(float(v) for v in voices.centroids[k])
        for k in order
        if voices.seconds[k] >= 1.0
    }
    return Diarization(
        tuple(sorted(full)),
        tuple(sorted(exclusive)),
        embeddings,
        tuple(_warnings(assigned, speech, len(order), voices.unbounded, speakers)),
    )


def _segments(flags: NDArray[np.bool_], name: str) -> list[SpeakerSegment]:
    starts, ends = runs(flags)
    return [
        SpeakerSegment(float(a) / FRAMES, float(b) / FRAMES, name)
        for a, b in zip(starts, ends, strict=True)
    ]


def _warnings(
    assigned: Assignment, speech: Speech, found: int, unbounded: int, speakers: SpeakerCount
) -> list[Notice]:
    out = []
    seconds = float(speech.any.sum()) / FRAMES
    if seconds < 60:
        out.append(Notice("few_speech", f"{seconds:.1f}"))
    if speakers.exact is not None and found != speakers.exact:
        out.append(Notice("count_not_reached", str(found), str(speakers.exact)))
    if speakers.at_most is not None and unbounded > speakers.at_most:
        out.append(Notice("more_voices", str(unbounded), str(speakers.at_most)))
    if speakers.at_most is not None and found < speakers.at_most:
        out.append(Notice("count_below_attendance", str(found), str(speakers.at_most)))
    sure = assigned.certainty[speech.any]
    unsure = float((sure < 0.02).mean()) if len(sure) else 0.0
    if unsure > 0.2:
        out.append(Notice("voices_alike", f"{100 * unsure:.0f}"))
    return out


def load_diarizer(settings: Settings, threads: int = 0) -> Diarizer:
    """The diarizer of the profile that the settings name.

    The bundled weights run in `GroupDiarizer`; the hub's in the pipeline they were
    published with, and the classic ones in pyannote.audio's own.

    Raises
    ------
    ModelError
        When its weights are missing.
    """
    offline.silence()
    profile = settings.machine.profile
    known = models.revisions("diarization", profile)
    revision = "+".join(f"{name}@{value}" for name, value in sorted(known.items()))
    device = chosen_device(settings)
    if profile == "hub":
        from session_audio.backends.diarization.stock import load_community

        return load_community(revision, device, settings.diarization, threads)
    from session_audio.backends.diarization.segmentation import load_segmentation

    segmentation = load_segmentation(models.locate("segmentation", profile))
    if profile == "classic":
        from session_audio.backends.diarization.pyannote_pipeline import PlainDiarizer

        ears = Ears(segmentation, settings.diarization, threads)
        return PlainDiarizer(segmentation, load_embedding(device, profile), revision, ears)
    from session_audio.backends.embedding.campplus import CAMPlusPlusEmbedding

    embedding = CAMPlusPlusEmbedding(models.locate("voice", profile), device)
    return GroupDiarizer(segmentation, embedding, settings.diarization, revision, threads)


def load_embedding(device: str = "cpu", profile: str = "bundled") -> VoiceEmbedding:
    """The voice encoder of a profile."""
    from session_audio.backends.embedding import base as voice

    return voice.load_embedding(models.locate("voice", profile), device)


def load_voice_encoder(settings: Settings, threads: int = 0) -> EmbeddingVoiceEncoder:
    """The profile's voice encoder as the `VoiceEncoder` port; for the hub's, the bundled one.

    Raises
    ------
    ModelError
        When its weights are missing.
    """
    import torch

    from session_audio.backends.embedding.base import EmbeddingVoiceEncoder

    if threads:
        torch.set_num_threads(threads)
    profile = "bundled" if settings.machine.profile == "hub" else settings.machine.profile
    revision = next(iter(models.revisions("voice", profile).values()))
    return EmbeddingVoiceEncoder(load_embedding(chosen_device(settings), profile), revision)


def chosen_device(settings: Settings) -> str:
    """``"cuda"`` where it is wanted and there, else ``"cpu"``."""
    if settings.machine.device != "auto":
        return settings.machine.device
    import torch

    return "cuda" if torch.cuda.is_available() else "cpu"
