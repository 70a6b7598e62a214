"""Who spoke when, for a group in one room: the diarizer of this package.

pyannote.audio's segmentation model and a voice encoder, with what a long session of a
group needs in between: speech and pauses, voices counted with a model learnt from the
session itself, and every moment assigned anew once the voices are known.  Time and memory
grow with the recording's length, not with its square.
"""

from __future__ import annotations

import warnings as python_warnings
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from session_audio import models, offline
from session_audio.backends.clustering import Voices, find_voices
from session_audio.backends.local_activity import FRAMES, RATE, LocalActivity, listen
from session_audio.backends.resegmentation import Assignment, assign
from session_audio.backends.speech import Speech, bridge, find_speech, runs, without_blips
from session_audio.backends.voice_windows import (
    VoiceWindows,
    embed_windows,
    mel_energies,
    pure_windows,
)
from session_audio.errors import AudioError
from session_audio.ports import Progress, SpeakerCount, no_progress
from session_audio.schema import Audio, Diarization, SpeakerSegment
from session_audio.settings import DiarizationSettings, Settings

if TYPE_CHECKING:
    from pyannote.audio import Model

    from session_audio.backends.voice import GE2EVoiceEncoder, VoiceEmbedding
    from session_audio.ports import Diarizer


class GroupDiarizer:
    """The `Diarizer` port for one room microphone, and for a track a participant.

    Parameters
    ----------
    segmentation : pyannote.audio.Model
        Local speakers of a few seconds (PyanNet, or a powerset model).
    embedding : VoiceEmbedding
        The voice encoder.
    settings : DiarizationSettings
    revision : str
        Names the weights; part of a stage's freshness.
    threads : int
        Threads that the models may use; 0 leaves torch's own choice.
    """

    def __init__(
        self,
        segmentation: Model,
        embedding: VoiceEmbedding,
        settings: DiarizationSettings | None = None,
        revision: str = "",
        threads: int = 0,
    ) -> None:
        from pyannote.audio import Inference

        self.settings = settings or DiarizationSettings()
        self.embedding = embedding
        self._revision = revision
        self._threads = threads
        with python_warnings.catch_warnings():
            python_warnings.simplefilter("ignore")
            self._inference = Inference(
                segmentation, skip_aggregation=True, device=embedding.device
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
        local, energy, mels = self.listen(audio, lambda share: progress(0.5 * share))
        speech = find_speech(local, energy, self.settings)
        if not speech.any.any():
            return Diarization((), (), {}, ("no_speech",))
        windows = embed_windows(
            self.embedding,
            mels,
            speech.any,
            self.settings.voice_window,
            self.settings.voice_hop,
            lambda share: progress(0.5 + 0.45 * share),
        )
        found = decide(local, speech, windows, speakers, self.settings)
        progress(1.0)
        return found

    def listen(
        self, audio: Audio, progress: Progress = no_progress
    ) -> tuple[LocalActivity, NDArray[np.float32], NDArray[np.float32]]:
        """Local activity, energy and mel energies of `audio` on the common grid."""
        if audio.rate != RATE:
            raise AudioError(
                f"the sound is at {audio.rate} Hz; expected {RATE} Hz",
                stage="diarize",
                hint="Ingest brings it there.",
            )
        if self._threads:
            import torch

            torch.set_num_threads(self._threads)
        short = audio.duration <= self.settings.short_length
        step = self.settings.short_step if short else self.settings.step
        local = listen(self._inference, audio, step, progress=progress)
        mels = mel_energies(self.embedding, audio)
        return local, mels.sum(axis=1), mels

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
        from session_audio.backends import tracks as combining

        heard = []
        for i, (who, audio, offset) in enumerate(tracks):

            def shown(share: float, i: int = i) -> None:
                progress((i + 0.9 * share) / len(tracks))

            local, energy, _ = self.listen(audio, shown)
            speech = find_speech(local, energy, self.settings)
            heard.append(combining.Track(who, offset, speech.share[:, 0], energy))
        found = combining.combine(heard, self.settings)
        progress(1.0)
        return found


def decide(
    local: LocalActivity,
    speech: Speech,
    windows: VoiceWindows,
    speakers: SpeakerCount,
    settings: DiarizationSettings,
) -> Diarization:
    """The diarization, from what the models said."""
    pure = pure_windows(windows, local, speech.any)
    voices = find_voices(pure, windows.hop / FRAMES, speakers, settings)
    if not len(voices.centroids):
        mean = windows.vectors.astype(np.float64).sum(axis=0, keepdims=True)
        voices = Voices(mean / max(float(np.linalg.norm(mean)), 1e-12), np.zeros(1))
    assigned = assign(local, speech, windows, pure, voices.centroids, settings)
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
        tuple(_warnings(assigned, speech, len(order), speakers)),
    )


def _segments(flags: NDArray[np.bool_], name: str) -> list[SpeakerSegment]:
    starts, ends = runs(flags)
    return [
        SpeakerSegment(float(a) / FRAMES, float(b) / FRAMES, name)
        for a, b in zip(starts, ends, strict=True)
    ]


def _warnings(
    assigned: Assignment, speech: Speech, found: int, speakers: SpeakerCount
) -> list[str]:
    out = []
    seconds = float(speech.any.sum()) / FRAMES
    if seconds < 60:
        out.append(f"few_speech:{seconds:.1f}")
    if speakers.exact is not None and found != speakers.exact:
        out.append(f"count_not_reached:{found}/{speakers.exact}")
    if speakers.at_most is not None and found < speakers.at_most:
        out.append(f"count_below_attendance:{found}/{speakers.at_most}")
    sure = assigned.certainty[speech.any]
    unsure = float((sure < 0.02).mean()) if len(sure) else 0.0
    if unsure > 0.2:
        out.append(f"voices_alike:{100 * unsure:.0f}")
    return out


def load_diarizer(settings: Settings, threads: int = 0) -> Diarizer:
    """The diarizer of the profile that the settings name.

    The bundled weights run in `GroupDiarizer`; the hub's in the pipeline they were
    published with.

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
        from session_audio.backends.stock import load_community

        return load_community(revision, device, settings.diarization, threads)
    from session_audio.backends.segmentation import load_segmentation

    return GroupDiarizer(
        load_segmentation(models.locate("segmentation", profile)),
        load_embedding(device),
        settings.diarization,
        revision,
        threads,
    )


def load_embedding(device: str = "cpu") -> VoiceEmbedding:
    """The bundled voice encoder."""
    from session_audio.backends.voice import VoiceEmbedding

    return VoiceEmbedding(models.locate("voice", "bundled"), device)


def load_voice_encoder(settings: Settings, threads: int = 0) -> GE2EVoiceEncoder:
    """The bundled voice encoder as the `VoiceEncoder` port.

    Raises
    ------
    ModelError
        When its weights are missing.
    """
    import torch

    from session_audio.backends.voice import GE2EVoiceEncoder

    if threads:
        torch.set_num_threads(threads)
    revision = next(iter(models.revisions("voice", "bundled").values()))
    return GE2EVoiceEncoder(load_embedding(chosen_device(settings)), revision)


def chosen_device(settings: Settings) -> str:
    """``"cuda"`` where it is wanted and there, else ``"cpu"``."""
    if settings.machine.device != "auto":
        return settings.machine.device
    import torch

    return "cuda" if torch.cuda.is_available() else "cpu"
