"""Who spoke when, from one track a participant: no clustering, only whose microphone it was.

Everybody's microphone picks up the others a little (crosstalk).  A moment belongs to a track
when the segmentation model finds speech on it and it is not clearly weaker there than on another
track, each measured against its own speaker's usual level.

Tracks are put on the session's clock by their offsets in seconds; levels are in dB, on the
common grid of `FRAMES` frames a second.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import maximum_filter1d, uniform_filter1d

from session_audio.backends.diarization.local_activity import FRAMES
from session_audio.backends.diarization.speech_activity import (
    drop_short,
    fill_gaps,
    loud_enough,
    to_segments,
)
from session_audio.schema import Diarization, Notice, SpeakerSegment
from session_audio.settings import DiarizationSettings

Floats = NDArray[np.float32]
ONLY_OTHERS = 0.9
"""Fraction of a track's speech that is stronger on another, from which it has no own (ours)."""
SILENCE = -300.0
"""Level where a track has no sound, dB."""


@dataclass(frozen=True)
class Track:
    """One participant's track."""

    participant: str
    offset: float
    """Second of the session at which the track begins; may be negative."""
    speech: Floats
    """Score that somebody talks, in [0, 1], shape (frames,)."""
    energy: Floats
    """Power of the sound, shape (frames,)."""


def combine(tracks: Sequence[Track], settings: DiarizationSettings) -> Diarization:
    """One diarization on the session's clock; labels are participant ids.

    A participant may have several tracks (somebody who left and came back).  A track on
    which nobody talks gives the warning ``silent_track:PARTICIPANT``.
    """
    begins = [round(t.offset * FRAMES) for t in tracks]
    origin = min([0, *begins])
    frames = max(
        (b - origin + len(t.speech) for b, t in zip(begins, tracks, strict=True)), default=0
    )
    if not frames:
        return Diarization((), (), {}, tuple(Notice("silent_track", t.participant) for t in tracks))
    talking = np.zeros((len(tracks), frames), bool)
    level = np.full((len(tracks), frames), SILENCE, np.float32)
    for i, (begin, track) in enumerate(zip(begins, tracks, strict=True)):
        at = slice(begin - origin, begin - origin + len(track.speech))
        speech = track.speech > settings.speech_threshold
        speech &= loud_enough(track.energy[: len(speech)], settings.pause_depth)
        talking[i, at] = speech
        level[i, at] = _level(track.energy[: len(speech)])
    level, only_others = _against_own(talking, level, settings.crosstalk_depth)
    talking[only_others] = False
    own = talking & ~_crosstalk(talking, level, settings.crosstalk_depth)
    pause, burst = (round(x * FRAMES) for x in (settings.shortest_pause, settings.shortest_speech))
    full: list[SpeakerSegment] = []
    warnings: list[Notice] = []
    activity: dict[str, NDArray[np.bool_]] = {}
    for i, track in enumerate(tracks):
        smooth = drop_short(fill_gaps(own[i], pause), burst)
        before = activity.get(track.participant, np.zeros(frames, bool))
        activity[track.participant] = before | smooth
    for who, active in activity.items():
        if active.sum() < settings.silent_track * FRAMES:
            warnings.append(Notice("silent_track", who))
        full += to_segments(active, who, origin)
    exclusive = _exclusive(tracks, level, activity, origin)
    return Diarization(tuple(sorted(full)), tuple(sorted(exclusive)), {}, tuple(warnings))


def _exclusive(
    tracks: Sequence[Track], level: Floats, activity: dict[str, NDArray[np.bool_]], origin: int
) -> list[SpeakerSegment]:
    """One speaker at a time: the loudest, each against their own usual level."""
    best: dict[str, Floats] = {}
    for i, track in enumerate(tracks):
        smooth = uniform_filter1d(level[i], FRAMES // 2)
        shown = np.where(activity[track.participant], smooth, -np.inf)
        before = best.get(track.participant)
        best[track.participant] = shown if before is None else np.maximum(before, shown)
    names = list(best)
    table = np.stack([best[name] for name in names])
    loudest = table.argmax(axis=0)
    anybody = np.isfinite(table.max(axis=0))
    return [
        segment
        for k, name in enumerate(names)
        for segment in to_segments((loudest == k) & anybody, name, origin)
    ]


def _level(energy: Floats) -> Floats:
    """Level in dB, over 0.2 s."""
    return (10 * np.log10(uniform_filter1d(energy.astype(np.float64), 20) + 1e-12)).astype(
        np.float32
    )


def _against_own(
    talking: NDArray[np.bool_], level: Floats, depth: float
) -> tuple[Floats, NDArray[np.bool_]]:
    """Levels against each track's own speaker, and which tracks hold only others.

    A track's own speaker is the loudest on it.  A track holds only others when nearly all
    its speech stands out further from the noise of another track.
    """
    out = level.copy()
    above = level.copy()
    for i, active in enumerate(talking):
        there = level[i, level[i] > SILENCE]
        if len(there):
            low, high = np.percentile(there, (5, 95))
            above[i] -= max(low, high - 60.0)
        if active.any():
            out[i] -= float(np.percentile(level[i, active], 90))
    only_others = np.zeros(len(talking), bool)
    for i, active in enumerate(talking):
        others = np.where(np.delete(talking, i, 0), np.delete(above, i, 0), SILENCE)
        if len(others) and active.any():
            weaker = above[i, active] < others.max(axis=0)[active] - depth
            only_others[i] = weaker.mean() > ONLY_OTHERS
    return out, only_others


def _crosstalk(talking: NDArray[np.bool_], level: Floats, depth: float) -> NDArray[np.bool_]:
    """Where a track only holds another speaker: weaker by `depth` dB than another track.

    The other's level is its highest within 0.2 s, as sound reaches microphones, and calls
    reach recorders, at slightly different times.
    """
    if len(talking) < 2:
        return np.zeros_like(talking)
    near = maximum_filter1d(np.where(talking, level, SILENCE), FRAMES // 5, axis=1)
    out = np.zeros_like(talking)
    for i in range(len(talking)):
        others = np.delete(near, i, axis=0).max(axis=0)
        out[i] = level[i] < others - depth
    return out
