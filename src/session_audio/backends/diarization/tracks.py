"""Who spoke when, from one track a participant: no clustering, only whose microphone it was.

Everybody's microphone hears the others a little.  A moment belongs to a track when the
segmentation model hears speech on it and it is not clearly weaker there than on another
track, each measured against its own speaker's usual level.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import maximum_filter1d, uniform_filter1d

from session_audio.backends.diarization.local_activity import FRAMES
from session_audio.backends.diarization.speech_activity import (
    bridge,
    loud_enough,
    runs,
    without_blips,
)
from session_audio.schema import Diarization, Notice, SpeakerSegment
from session_audio.settings import DiarizationSettings

Floats = NDArray[np.float32]
ONLY_OTHERS = 0.9
"""Share of a track's speech that another hears better, from which it has no own (ours)."""


@dataclass(frozen=True)
class Track:
    """One participant's track: where it begins, its speech scores and power by frame."""

    participant: str
    offset: float
    speech: Floats
    energy: Floats


def combine(tracks: Sequence[Track], settings: DiarizationSettings) -> Diarization:
    """One diarization on the session's clock; labels are participant ids.

    A participant may have several tracks (somebody who left and came back).  A track on
    which nobody is heard gives the warning ``silent_track:PARTICIPANT``.
    """
    begins = [round(t.offset * FRAMES) for t in tracks]
    origin = min([0, *begins])
    frames = max(
        (b - origin + len(t.speech) for b, t in zip(begins, tracks, strict=True)), default=0
    )
    if not frames:
        return Diarization((), (), {}, tuple(Notice("silent_track", t.participant) for t in tracks))
    talking = np.zeros((len(tracks), frames), bool)
    level = np.full((len(tracks), frames), -300.0, np.float32)
    for i, (begin, track) in enumerate(zip(begins, tracks, strict=True)):
        at = slice(begin - origin, begin - origin + len(track.speech))
        heard = track.speech > settings.speech_threshold
        heard &= loud_enough(track.energy[: len(heard)], settings.pause_depth)
        talking[i, at] = heard
        level[i, at] = _level(track.energy[: len(heard)])
    level, only_others = _against_own(talking, level, settings.crosstalk_depth)
    talking[only_others] = False
    own = talking & ~_crosstalk(talking, level, settings.crosstalk_depth)
    pause, blip = (round(x * FRAMES) for x in (settings.shortest_pause, settings.shortest_speech))
    full: list[SpeakerSegment] = []
    warnings: list[Notice] = []
    flags: dict[str, NDArray[np.bool_]] = {}
    for i, track in enumerate(tracks):
        mine = without_blips(bridge(own[i], pause), blip)
        flags[track.participant] = flags.get(track.participant, np.zeros(frames, bool)) | mine
    for who, mine in flags.items():
        if mine.sum() < settings.silent_track * FRAMES:
            warnings.append(Notice("silent_track", who))
        full += _segments(mine, who, origin)
    # One voice at a time: the loudest, each against their own usual level.
    best: dict[str, Floats] = {}
    for i, track in enumerate(tracks):
        smooth = uniform_filter1d(level[i], FRAMES // 2)
        shown = np.where(flags[track.participant], smooth, -np.inf)
        before = best.get(track.participant)
        best[track.participant] = shown if before is None else np.maximum(before, shown)
    names = list(best)
    table = np.stack([best[name] for name in names])
    loudest = table.argmax(axis=0)
    exclusive = [
        segment
        for k, name in enumerate(names)
        for segment in _segments((loudest == k) & np.isfinite(table.max(axis=0)), name, origin)
    ]
    return Diarization(tuple(sorted(full)), tuple(sorted(exclusive)), {}, tuple(warnings))


def _level(energy: Floats) -> Floats:
    """Level in dB, over 0.2 s."""
    return (10 * np.log10(uniform_filter1d(energy.astype(np.float64), 20) + 1e-12)).astype(
        np.float32
    )


def _against_own(
    talking: NDArray[np.bool_], level: Floats, depth: float
) -> tuple[Floats, NDArray[np.bool_]]:
    """Levels against each track's own speaker, and which tracks hear only others.

    A track's own speaker is the loudest on it.  A track hears only others when nearly all
    that is heard on it stands out further from the noise of another track.
    """
    out = level.copy()
    above = level.copy()
    for i, heard in enumerate(talking):
        there = level[i, level[i] > -300.0]
        if len(there):
            low, high = np.percentile(there, (5, 95))
            above[i] -= max(low, high - 60.0)
        if heard.any():
            out[i] -= float(np.percentile(level[i, heard], 90))
    only_others = np.zeros(len(talking), bool)
    for i, heard in enumerate(talking):
        others = np.where(np.delete(talking, i, 0), np.delete(above, i, 0), -300.0)
        if len(others) and heard.any():
            weaker = above[i, heard] < others.max(axis=0)[heard] - depth
            only_others[i] = weaker.mean() > ONLY_OTHERS
    return out, only_others


def _crosstalk(talking: NDArray[np.bool_], level: Floats, depth: float) -> NDArray[np.bool_]:
    """Where a track only hears somebody else's: weaker by `depth` dB than another track.

    The other's level is its highest within 0.2 s, as sound reaches microphones, and calls
    reach recorders, at slightly different times.
    """
    if len(talking) < 2:
        return np.zeros_like(talking)
    near = maximum_filter1d(np.where(talking, level, -300.0), FRAMES // 5, axis=1)
    out = np.zeros_like(talking)
    for i in range(len(talking)):
        others = np.delete(near, i, axis=0).max(axis=0)
        out[i] = level[i] < others - depth
    return out


def _segments(flags: NDArray[np.bool_], name: str, origin: int) -> list[SpeakerSegment]:
    starts, ends = runs(flags)
    return [
        SpeakerSegment(max(0.0, float(a + origin) / FRAMES), float(b + origin) / FRAMES, name)
        for a, b in zip(starts, ends, strict=True)
        if b + origin > 0
    ]
