"""The voice encoder: shapes, short stretches, and what pyannote's pipelines ask of it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from session_audio.backends.embedding import campplus, campplus_network, ge2e
from session_audio.backends.embedding.base import VoiceEmbedding
from session_audio.backends.load import load_embedding
from session_audio.errors import ModelError
from session_audio.schema import Audio


@pytest.fixture(scope="module", params=["campplus", "ge2e"])
def encoder(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> VoiceEmbedding:
    """Each architecture with random weights: what is tested is all but the voice."""
    import torch
    from safetensors.torch import save_file

    torch.manual_seed(0)
    folder = tmp_path_factory.mktemp("weights") / request.param
    folder.mkdir()
    network = ge2e._network() if request.param == "ge2e" else campplus_network.CAMPlusPlus()
    save_file(network.state_dict(), folder / "model.safetensors")
    return load_embedding(folder)


def noise(seconds: float, seed: int = 0) -> NDArray[np.float32]:
    sound = np.random.default_rng(seed).normal(size=round(seconds * 16_000))
    return (0.05 * sound).astype(np.float32)


def test_filters_have_unit_area_and_rise_in_pitch() -> None:
    filters = ge2e.mel_filters()
    assert filters.shape == (40, 201) and filters.min() >= 0
    centres = filters.argmax(axis=1)
    assert np.all(np.diff(centres) >= 0)
    # 8000 Hz over 200 bins: 40 Hz a bin; wide filters are sampled well enough to check.
    assert filters[20:].sum(axis=1) * 40 == pytest.approx(np.ones(20), abs=0.1)


def test_rows_are_unit_length_and_short_or_silent_ones_undefined(
    encoder: VoiceEmbedding,
) -> None:
    rows = encoder.embed_each(
        [noise(3.0), noise(0.2), noise(1.0), np.zeros(16_000, dtype=np.float32)]
    )
    assert rows.shape == (4, encoder.dimension)
    assert np.linalg.norm(rows[[0, 2]], axis=1) == pytest.approx(np.ones(2), abs=1e-5)
    assert np.isnan(rows[[1, 3]]).all()
    assert encoder.embed_each([]).shape == (0, encoder.dimension)


def test_level_does_not_matter_and_order_in_the_batch_neither(
    encoder: VoiceEmbedding,
) -> None:
    one, two = noise(4.0, 1), noise(2.0, 2)
    alone = encoder.embed_each([one])[0]
    assert encoder.embed_each([two, one * np.float32(0.003)])[1] == pytest.approx(alone, abs=1e-4)
    short = [noise(0.5, seed) for seed in range(3)]  # of one length: embedded together
    together = encoder.embed_each([*short, one])
    assert together[3] == pytest.approx(alone, abs=1e-4)
    for row, sound in zip(together, short, strict=False):
        assert row == pytest.approx(encoder.embed_each([sound])[0], abs=1e-4)


def test_masks_choose_what_is_read(encoder: VoiceEmbedding) -> None:
    import torch

    sound = torch.from_numpy(np.concatenate([noise(2.5, 1), noise(2.5, 2)]))
    masks = torch.zeros(3, 100)
    masks[0, :50], masks[1, 50:], masks[2, :4] = 1, 1, 1
    rows = encoder(sound.repeat(3, 1, 1), masks)
    assert rows[0] == pytest.approx(encoder.embed_each([noise(2.5, 1)])[0], abs=1e-4)
    assert rows[1] == pytest.approx(encoder.embed_each([noise(2.5, 2)])[0], abs=1e-4)
    assert np.isnan(rows[2]).all()
    assert encoder(sound[None, None]).shape == (1, encoder.dimension)
    assert (encoder.sample_rate, encoder.metric) == (16_000, "cosine")


@pytest.mark.parametrize("name", ["campplus", "ge2e"])
def test_weights_that_are_missing_or_other(tmp_path: Path, name: str) -> None:
    folder = tmp_path / name
    folder.mkdir()
    with pytest.raises(ModelError, match="cannot be used"):
        load_embedding(folder)
    from safetensors.numpy import save_file

    save_file({"lstm.bias": np.zeros(3, dtype=np.float32)}, folder / "model.safetensors")
    with pytest.raises(ModelError, match="cannot be used"):
        load_embedding(folder)


def test_log_mels_are_those_of_kaldi(encoder: VoiceEmbedding) -> None:
    if not isinstance(encoder, campplus.CAMPlusPlusEmbedding):
        pytest.skip("GE2E has features of its own")
    import torch
    from torchaudio.compliance.kaldi import fbank

    sound = torch.from_numpy(noise(1.0))
    # Our frames are centred at multiples of 10 ms, Kaldi's begin there.
    expected = fbank(sound[None, 120:], num_mel_bins=80, dither=0.0, sample_frequency=16_000)
    rows = encoder.mel_energies(sound)[2 : 2 + len(expected)]
    assert torch.allclose(rows, expected, atol=1e-3)


def test_windows_are_pooled_from_one_reading_of_the_whole(encoder: VoiceEmbedding) -> None:
    if not isinstance(encoder, campplus.CAMPlusPlusEmbedding):
        pytest.skip("GE2E reads windows by themselves")
    features = encoder.features(Audio(noise(14.0, 3), 16_000))
    speech = np.ones(len(features), bool)
    speech[300:400] = False
    statistics = encoder.block_statistics(features, speech, threads=2)
    rows = encoder.window_embeddings(statistics, speech, 120, 40)
    assert rows.shape == (len(features) // 40 + 1, encoder.dimension)
    reads = rows.any(axis=1)
    assert reads[4] and reads[12] and reads[30] and not reads[8] and not reads[9]
    lengths = np.linalg.norm(rows[reads].astype(float), axis=1)
    assert lengths == pytest.approx(np.ones(reads.sum()), abs=2e-3)
    assert np.array_equal(
        encoder.window_embeddings(encoder.block_statistics(features, speech), speech, 120, 40),
        rows,
    )
