"""A short stretch under another's talk goes to whom its own sound fits, where that is clear."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from session_audio.backends.diarization.short_stretches import (
    LONGEST,
    PIECE,
    HeardApart,
    StretchEmbeddings,
    hear_apart,
    judge_again,
)
from session_audio.backends.diarization.speech_activity import Speech
from session_audio.schema import Audio

SIZE = 16
STRETCH = (1200, 1250)


def voice(*shares: float) -> NDArray[np.float32]:
    """A unit vector between the voices' own directions."""
    out = np.zeros(SIZE, np.float32)
    out[: len(shares)] = shares
    return out / np.linalg.norm(out)


def session(
    speakers: int, stretch: tuple[int, int] = STRETCH
) -> tuple[NDArray[np.bool_], NDArray[np.int64]]:
    """Everybody talks for 4 s in turn; in the last turn, the first's, the second is found too."""
    active = np.zeros((400 * (speakers + 1), speakers), bool)
    for k in range(speakers + 1):
        active[400 * k : 400 * (k + 1), k % speakers] = True
    first = active.argmax(axis=1)
    active[slice(*stretch), 1] = True
    return active, first


def heard(own: NDArray[np.float32], speakers: int, stretch: tuple[int, int]) -> HeardApart:
    """The stretch sounds like `own`; pieces like their speakers, with some spread."""
    rng = np.random.default_rng(0)
    spans = [(s, s + PIECE) for s in range(0, 400 * speakers, PIECE)]
    rows = [np.eye(SIZE)[a // 400] + 0.15 * rng.normal(size=SIZE) for a, _ in spans]
    return HeardApart(
        StretchEmbeddings(np.array([stretch]), own[None]),
        StretchEmbeddings(np.array(spans), np.array(rows, np.float32)),
    )


@pytest.mark.parametrize(
    ("own", "expected"),
    [
        (voice(0.7, 0.0, 0.7), 2),  # the holder and the third
        (voice(0.7, 0.7, 0.0), 1),  # the holder and who was found
        (voice(1.0, 0.0, 0.0), 1),  # the holder alone: nothing is told
        (voice(0.0, 0.1, 1.0), 2),
        (np.full(SIZE, np.nan, np.float32), 1),
    ],
)
def test_who_explains_its_sound_with_the_holder_gets_it(
    own: NDArray[np.float32], expected: int
) -> None:
    active, first = session(3)
    first[slice(*STRETCH)] = 1
    local = np.full(active.shape, 0.3, np.float32)
    after, now = judge_again(active, first, np.eye(3, SIZE), local, heard(own, 3, STRETCH))
    here = slice(*STRETCH)
    assert after[here].all(axis=0).tolist() == [True, expected == 1, expected == 2]
    assert (now[here] == expected).all()
    outside = np.r_[0 : STRETCH[0], STRETCH[1] : len(active)]
    assert (after[outside] == active[outside]).all() and (now[outside] == first[outside]).all()
    assert active[here, 1].all() and (first[here] == 1).all()  # what was given stays as it was


def test_the_local_speakers_may_outweigh_an_unclear_sound() -> None:
    active, first = session(3)
    local = np.full(active.shape, 0.01, np.float32)
    local[:, 1] = 0.9
    unclear = heard(voice(1.0, 0.0, 0.12), 3, STRETCH)
    after, _ = judge_again(active, first, np.eye(3, SIZE), local, unclear)
    assert (after == active).all()


@pytest.mark.parametrize(
    ("speakers", "stretch"), [(2, (800, 850)), (3, (1200, 1200 + LONGEST + 50)), (3, (1200, 1210))]
)
def test_of_two_speakers_and_of_longer_talk_nothing_changes(
    speakers: int, stretch: tuple[int, int]
) -> None:
    active, first = session(speakers, stretch)
    local = np.full(active.shape, 0.3, np.float32)
    apart = heard(voice(0.7, 0.0, 0.7), speakers, stretch)
    after, now = judge_again(active, first, np.eye(speakers, SIZE), local, apart)
    assert (after == active).all() and (now == first).all()


class LoudnessEncoder:
    """Embeds a stretch as its loudness, and keeps how long each was."""

    dimension = 1

    def __init__(self) -> None:
        self.lengths: list[int] = []

    def embed_each(self, stretches: Sequence[NDArray[np.float32]]) -> NDArray[np.float32]:
        self.lengths += [len(x) for x in stretches]
        return np.array([[np.abs(x).mean()] for x in stretches], np.float32)


@pytest.mark.parametrize("threads", [1, 2])
def test_overlaps_and_pieces_of_one_persons_talk_are_heard(threads: int) -> None:
    count = np.zeros(3000, np.int8)
    count[100:1500], count[400:420], count[600:700], count[900:1100] = 1, 2, 2, 3
    count[2990:] = 2
    samples = np.repeat(count.astype(np.float32) / 10, 160)
    speech = Speech(count, np.zeros(3000, np.float32), np.zeros((3000, 3), np.float32))
    encoder = LoudnessEncoder()
    apart = hear_apart(Audio(samples, 16_000), speech, encoder, threads)  # type: ignore[arg-type]
    overlaps = [tuple(span) for span in apart.overlaps.spans]
    assert overlaps == [(390, 430), (600, 700), (2960, 3000)]  # widened; the long one is left out
    assert len(apart.overlaps.vectors) == 3 and apart.overlaps.vectors[1] == pytest.approx(0.2)
    assert apart.pieces.vectors == pytest.approx(0.1)
    assert {b - a for a, b in apart.pieces.spans} == {PIECE}
    assert set(encoder.lengths) == {40 * 160, 100 * 160, PIECE * 160}


def test_without_overlap_nothing_is_heard_again() -> None:
    speech = Speech(np.ones(500, np.int8), np.zeros(500, "f4"), np.zeros((500, 3), "f4"))
    encoder = LoudnessEncoder()
    audio = Audio(np.ones(80_000, np.float32), 16_000)
    apart = hear_apart(audio, speech, encoder, 1)  # type: ignore[arg-type]
    assert not encoder.lengths and apart.pieces.vectors.shape == apart.overlaps.vectors.shape
