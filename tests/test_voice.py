"""The voice encoder: shapes, short stretches, and what pyannote's pipelines ask of it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from session_audio.backends import voice
from session_audio.errors import ModelError
from session_audio.interval import Interval
from session_audio.schema import Audio


@pytest.fixture(scope="module")
def encoder(tmp_path_factory: pytest.TempPathFactory) -> voice.VoiceEmbedding:
    """The architecture with random weights: what is tested is all but the voice."""
    import torch
    from safetensors.torch import save_file

    torch.manual_seed(0)
    folder = tmp_path_factory.mktemp("ge2e")
    save_file(voice._network().state_dict(), folder / "model.safetensors")
    return voice.VoiceEmbedding(folder)


def noise(seconds: float, seed: int = 0) -> NDArray[np.float32]:
    sound = np.random.default_rng(seed).normal(size=round(seconds * 16_000))
    return (0.05 * sound).astype(np.float32)


def test_filters_have_unit_area_and_rise_in_pitch() -> None:
    filters = voice.mel_filters()
    assert filters.shape == (40, 201) and filters.min() >= 0
    centres = filters.argmax(axis=1)
    assert np.all(np.diff(centres) >= 0)
    # 8000 Hz over 200 bins: 40 Hz a bin; wide filters are sampled well enough to check.
    assert filters[20:].sum(axis=1) * 40 == pytest.approx(np.ones(20), abs=0.1)


def test_rows_are_unit_length_and_short_or_silent_ones_undefined(
    encoder: voice.VoiceEmbedding,
) -> None:
    found = encoder.embed_each(
        [noise(3.0), noise(0.2), noise(1.0), np.zeros(16_000, dtype=np.float32)]
    )
    assert found.shape == (4, 256)
    assert np.linalg.norm(found[[0, 2]], axis=1) == pytest.approx(np.ones(2), abs=1e-5)
    assert np.isnan(found[[1, 3]]).all()
    assert encoder.embed_each([]).shape == (0, 256)


def test_level_does_not_matter_and_order_in_the_batch_neither(
    encoder: voice.VoiceEmbedding,
) -> None:
    one, two = noise(4.0, 1), noise(2.0, 2)
    alone = encoder.embed_each([one])[0]
    assert encoder.embed_each([two, one * np.float32(0.003)])[1] == pytest.approx(alone, abs=1e-4)


def test_masks_choose_what_is_read(encoder: voice.VoiceEmbedding) -> None:
    import torch

    sound = torch.from_numpy(np.concatenate([noise(2.5, 1), noise(2.5, 2)]))
    masks = torch.zeros(3, 100)
    masks[0, :50], masks[1, 50:], masks[2, :4] = 1, 1, 1
    found = encoder(sound.repeat(3, 1, 1), masks)
    assert found[0] == pytest.approx(encoder.embed_each([noise(2.5, 1)])[0], abs=1e-4)
    assert found[1] == pytest.approx(encoder.embed_each([noise(2.5, 2)])[0], abs=1e-4)
    assert np.isnan(found[2]).all()
    assert encoder(sound[None, None]).shape == (1, 256)
    assert (encoder.sample_rate, encoder.dimension, encoder.metric) == (16_000, 256, "cosine")


def test_the_port_joins_stretches_and_says_when_there_is_too_little(
    encoder: voice.VoiceEmbedding,
) -> None:
    audio = Audio(np.concatenate([noise(2.0, 1), noise(2.0, 2)]), 16_000)
    port = voice.GE2EVoiceEncoder(encoder, min_speech=1.0)
    assert port.embed(audio, [Interval(0.0, 0.5)]) is None
    assert port.embed(audio, []) is None
    found = port.embed(audio, [Interval(2.0, 4.0)])
    assert found == pytest.approx(encoder.embed_each([noise(2.0, 2)])[0], abs=1e-4)


def test_weights_that_are_missing_or_other(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="cannot be used"):
        voice.VoiceEmbedding(tmp_path)
    from safetensors.numpy import save_file

    save_file({"lstm.bias": np.zeros(3, dtype=np.float32)}, tmp_path / "model.safetensors")
    with pytest.raises(ModelError, match="cannot be used"):
        voice.VoiceEmbedding(tmp_path)
