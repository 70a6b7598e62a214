"""Taking recordings in: every bad file a message, every level the same sound."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np
import pytest
import soundfile as sf
from numpy.typing import NDArray
from scipy.signal import butter, sosfilt
from sound_cases import RATE, take, voice

from session_audio.errors import AudioError
from session_audio.schema import Notice, ParticipantId, Recording
from session_audio.settings import SoundSettings
from session_audio.sound import loudness
from session_audio.sound.ingest import ingest, load_audio

BAND = butter(2, (150, 3800), "bandpass", fs=RATE, output="sos")


def level(samples: NDArray[np.float32]) -> float:
    speech = loudness.measure(levels_of(sosfilt(BAND, samples)))
    assert speech is not None
    return speech.speech


def levels_of(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    size = round(loudness.FRAME * RATE)
    frames = samples[: len(samples) // size * size].reshape(-1, size).astype(np.float64)
    return (10 * np.log10(np.mean(frames**2, axis=1) + 1e-30)).astype(np.float32)


# --- level -----------------------------------------------------------------------


@pytest.mark.parametrize("given", [-12.0, -25.0, -50.0, -65.0])
def test_speech_comes_to_the_standard_from_any_level(tmp_path: Path, given: float) -> None:
    sf.write(tmp_path / "a.wav", voice(20, given), RATE, subtype="PCM_24")
    quality, out = take(tmp_path / "a.wav")
    audio = load_audio(out)
    assert level(audio.read()) == pytest.approx(SoundSettings().target_dbfs, abs=2.0)
    assert quality.level_dbfs == pytest.approx(given - 2, abs=4)
    assert quality.gain_db == pytest.approx(SoundSettings().target_dbfs - given, abs=3)
    assert quality.snr_db is not None and quality.snr_db > 20
    assert quality.warnings == ()


def test_fifty_decibels_less_gives_the_same_sound(tmp_path: Path) -> None:
    sound = voice(20)
    sf.write(tmp_path / "a.wav", sound, RATE, subtype="FLOAT")
    sf.write(tmp_path / "b.wav", sound * 10 ** (-50 / 20), RATE, subtype="FLOAT")
    first, second = (load_audio(take(tmp_path / f"{n}.wav")[1]).read() for n in "ab")
    assert np.max(np.abs(first - second)) < 1e-3


def test_sixteen_bits_at_minus_75_differ_by_their_own_rounding_only(tmp_path: Path) -> None:
    sound = voice(20)
    sf.write(tmp_path / "a.wav", sound, RATE)
    sf.write(tmp_path / "b.wav", sound * 10 ** (-50 / 20), RATE)
    first, second = (load_audio(take(tmp_path / f"{n}.wav")[1]).read() for n in "ab")
    noise = first - second
    assert 20 * np.log10(np.std(noise) / np.std(first)) < -20


def test_a_quiet_speaker_comes_nearer_to_a_loud_one_and_silence_stays_silent() -> None:
    loud, quiet = voice(30, -20, 1), voice(30, -34, 2)
    silence = np.random.default_rng(3).normal(size=30 * RATE) * 10 ** (-65 / 20)
    levels = levels_of(np.concatenate([loud, silence, quiet]).astype(np.float32))
    gain = loudness.gain_curve(levels, -23.0)
    of_loud, of_silence, of_quiet = gain[100:500], gain[700:1100], gain[1300:1700]
    assert 4 < np.median(of_quiet) - np.median(of_loud) < 14
    assert np.median(of_silence) <= np.median(of_quiet)
    # Slow: no frame to frame pumping.
    assert np.max(np.abs(np.diff(gain))) < 0.5


def test_hum_and_offset_are_taken_out(tmp_path: Path) -> None:
    time = np.arange(20 * RATE) / RATE
    hum = 0.2 * np.sin(2 * np.pi * 20 * time) + 0.1
    sf.write(tmp_path / "a.wav", voice(20, -30) + hum, RATE)
    _, out = take(tmp_path / "a.wav")
    samples = load_audio(out).read()
    assert abs(float(np.mean(samples[RATE:]))) < 1e-3
    assert level(samples) == pytest.approx(-23, abs=2)


def test_nothing_wraps_around(tmp_path: Path) -> None:
    sound = voice(20, -30)
    sound[RATE * 5 : RATE * 5 + 400] = 0.9  # a door, 30 dB over speech
    sf.write(tmp_path / "a.wav", sound, RATE)
    samples = np.load(take(tmp_path / "a.wav")[1])
    assert samples.dtype == np.int16
    jumps = np.abs(np.diff(samples.astype(np.int32)))
    assert np.count_nonzero(jumps > 50_000) == 0


# --- formats ---------------------------------------------------------------------


@pytest.mark.parametrize("name", ["a.wav", "a.flac", "a.ogg", "a.mp3"])
def test_formats_and_rates(tmp_path: Path, name: str) -> None:
    sf.write(tmp_path / name, voice(12, rate=44_100), 44_100)
    quality, out = take(tmp_path / name)
    audio = load_audio(out)
    assert (quality.rate, quality.channels) == (44_100, 1)
    assert audio.rate == RATE and audio.duration == pytest.approx(12, abs=0.1)
    assert quality.duration == pytest.approx(audio.duration)


def test_the_sound_of_a_video(tmp_path: Path) -> None:
    import av

    path = tmp_path / "call.mp4"
    with av.open(str(path), "w") as container:
        picture = container.add_stream("mpeg4", rate=5)
        picture.width, picture.height, picture.pix_fmt = 32, 32, "yuv420p"
        track = container.add_stream("aac", rate=48_000)
        for _ in range(60):
            frame = av.VideoFrame.from_ndarray(np.zeros((32, 32, 3), np.uint8), format="rgb24")
            container.mux(picture.encode(frame))
        container.mux(picture.encode(None))
        sound = voice(12, rate=48_000).astype(np.float32)
        frame = av.AudioFrame.from_ndarray(sound[None], format="fltp", layout="mono")
        frame.sample_rate = 48_000
        container.mux(track.encode(frame))
        container.mux(track.encode(None))
    quality, out = take(path)
    assert quality.duration == pytest.approx(12, abs=0.2)
    assert level(load_audio(out).read()) == pytest.approx(-23, abs=2)


def test_stereo_is_mixed_or_one_channel_is_taken(tmp_path: Path) -> None:
    left, right = voice(15, -25, 1), voice(15, -25, 2)
    sf.write(tmp_path / "a.wav", np.stack([left, right], axis=1), RATE)
    quality, out = take(tmp_path / "a.wav")
    assert quality.channels == 2
    for channel, sound in enumerate((left, right)):
        _, one = take(tmp_path / "a.wav", tmp_path / f"{channel}.npy", channel=channel)
        samples = load_audio(one).read()
        other = right if channel == 0 else left
        assert np.corrcoef(samples, sound)[0, 1] > 0.8 > np.corrcoef(samples, other)[0, 1] + 0.2
    assert np.corrcoef(load_audio(out).read(), left + right)[0, 1] > 0.8


def test_a_channel_that_is_not_there(tmp_path: Path) -> None:
    sf.write(tmp_path / "a.wav", voice(5), RATE)
    with pytest.raises(AudioError, match=r"has 1 channel\(s\); session.toml asks for channel 1"):
        take(tmp_path / "a.wav", channel=1)


def test_a_hole_in_the_times_of_a_call_becomes_silence(tmp_path: Path) -> None:
    import av

    path = tmp_path / "call.mka"
    sound = voice(6).astype(np.float32)
    with av.open(str(path), "w") as container:
        track = container.add_stream("pcm_s16le", rate=RATE, layout="mono")
        for start in range(0, len(sound), 1600):
            block = (sound[start : start + 1600] * 32767).astype(np.int16)
            frame = av.AudioFrame.from_ndarray(block[None], format="s16", layout="mono")
            frame.sample_rate = RATE
            frame.pts = start + (5 * RATE if start >= 3 * RATE else 0)
            container.mux(track.encode(frame))
        container.mux(track.encode(None))
    quality, out = take(path)
    assert quality.duration == pytest.approx(11, abs=0.3)
    assert np.max(np.abs(load_audio(out).read(4.0, 7.5))) < 0.01


# --- what is doubtful ------------------------------------------------------------


def test_eight_kilohertz_short_and_clipped_are_warnings(tmp_path: Path) -> None:
    sound = voice(5, -10, rate=8000) * 4
    sf.write(tmp_path / "a.wav", np.clip(sound, -1, 1), 8000)
    quality, _ = take(tmp_path / "a.wav")
    assert quality.clipped_share > 0.01
    keys = [w.key for w in quality.warnings]
    assert keys == ["clipped", "short", "narrowband"]
    assert {"short:5.0", "narrowband:8000"} <= {str(w) for w in quality.warnings}


def test_speech_in_noise_is_a_warning(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).normal(size=20 * RATE) * 10 ** (-30 / 20)
    sf.write(tmp_path / "a.wav", voice(20, -30) + noise, RATE)
    assert any(w.key == "low_snr" for w in take(tmp_path / "a.wav")[0].warnings)


@pytest.mark.parametrize("suffix", ["wav", "flac", "mp3"])
def test_a_truncated_file_is_used_as_far_as_it_goes(tmp_path: Path, suffix: str) -> None:
    whole = tmp_path / f"whole.{suffix}"
    sf.write(whole, voice(30), RATE)
    data = whole.read_bytes()
    truncated = tmp_path / f"cut.{suffix}"
    truncated.write_bytes(data[: len(data) // 2])
    quality, out = take(truncated)
    assert 10 < quality.duration < 20
    assert load_audio(out).duration == pytest.approx(quality.duration)
    if suffix != "mp3":  # an MP3 names no length, so nothing shows that it is cut
        assert any(w.key == "truncated" and w.of for w in quality.warnings)


# --- what cannot be used ---------------------------------------------------------


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(AudioError, match=r"gone\.wav is not there"):
        take(tmp_path / "gone.wav")


def test_an_empty_file(tmp_path: Path) -> None:
    (tmp_path / "a.wav").write_bytes(b"")
    with pytest.raises(AudioError, match=r"a\.wav is empty \(0 bytes\)"):
        take(tmp_path / "a.wav")


def test_a_header_without_sound(tmp_path: Path) -> None:
    with wave.open(str(tmp_path / "a.wav"), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
    with pytest.raises(AudioError):
        take(tmp_path / "a.wav")


@pytest.mark.parametrize("data", [b"Dear group,\n" * 50, b"\x00" * 4000, bytes(range(256)) * 40])
def test_what_is_not_sound(tmp_path: Path, data: bytes) -> None:
    for name in ("a.wav", "a.txt"):
        (tmp_path / name).write_bytes(data)
        with pytest.raises(AudioError) as caught:
            take(tmp_path / name)
        assert name in str(caught.value)
        assert not (tmp_path / "a.npy").exists()


def test_a_picture(tmp_path: Path) -> None:
    import matplotlib.image

    matplotlib.image.imsave(tmp_path / "a.png", np.zeros((8, 8)))
    with pytest.raises(AudioError, match=r"a\.png holds no sound"):
        take(tmp_path / "a.png")


def test_a_file_under_a_second(tmp_path: Path) -> None:
    sf.write(tmp_path / "a.wav", voice(0.6), RATE)
    with pytest.raises(AudioError, match=r"holds 0\.6 s of sound; expected at least 1 s"):
        take(tmp_path / "a.wav")


@pytest.mark.parametrize("amplitude", [0.0, 1e-5])
def test_silence(tmp_path: Path, amplitude: float) -> None:
    noise = np.random.default_rng(0).normal(size=10 * RATE) * amplitude
    sf.write(tmp_path / "a.wav", noise, RATE)
    with pytest.raises(AudioError, match=r"a\.wav is silent"):
        take(tmp_path / "a.wav")
    assert not list(tmp_path.glob("*.npy*"))


def test_one_silent_track_is_a_warning_and_all_silent_an_error(tmp_path: Path) -> None:
    sf.write(tmp_path / "a.wav", voice(12), RATE)
    sf.write(tmp_path / "b.wav", np.zeros(9 * RATE), RATE)
    tracks = [
        Recording(tmp_path / f"{n}.wav", ParticipantId(f"P0{i}")) for i, n in enumerate("ab", 1)
    ]
    outs = [tmp_path / "0.npy", tmp_path / "1.npy"]
    spoken, silent = ingest(tracks, outs)
    assert spoken.warnings == ()
    assert (
        Notice("silent") in silent.warnings and silent.level_dbfs is None and silent.snr_db is None
    )
    assert not np.any(np.load(outs[1]))
    with pytest.raises(AudioError, match="all 2 tracks are silent"):
        ingest([tracks[1], tracks[1]], outs)


def test_a_stop_leaves_nothing_half_written(tmp_path: Path) -> None:
    sf.write(tmp_path / "a.wav", voice(60), RATE)

    def stop(share: float) -> None:
        if share > 0.8:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        ingest([Recording(tmp_path / "a.wav")], [tmp_path / "a.npy"], progress=stop)
    assert [p.name for p in tmp_path.iterdir()] == ["a.wav"]


def test_progress_only_rises_and_ends_at_one(tmp_path: Path) -> None:
    for name in "ab":
        sf.write(tmp_path / f"{name}.wav", voice(20), RATE)
    seen: list[float] = []
    recordings = [Recording(tmp_path / f"{n}.wav") for n in "ab"]
    ingest(recordings, [tmp_path / "a.npy", tmp_path / "b.npy"], progress=seen.append)
    assert seen == sorted(seen) and seen[-1] == pytest.approx(1.0)


def test_what_was_written_is_read_in_pieces_and_damage_is_said(tmp_path: Path) -> None:
    sf.write(tmp_path / "a.wav", voice(5), RATE)
    _, out = take(tmp_path / "a.wav")
    audio, whole = load_audio(out), np.load(out)
    assert not isinstance(audio.samples, np.ndarray) and audio.duration == 5.0
    assert np.array_equal(np.asarray(audio.samples), whole)
    assert np.array_equal(audio.read(1.0, 2.5), whole[RATE : 5 * RATE // 2] / np.float32(32768))
    assert len(audio.read(4.9, 99.0)) == RATE // 10 and not len(audio.read(6.0, 7.0))
    out.write_bytes(out.read_bytes()[:60])
    with pytest.raises(AudioError, match=r"a\.npy cannot be read"):
        load_audio(out)
    with pytest.raises(AudioError, match="cannot be read"):
        load_audio(tmp_path / "none.npy")
