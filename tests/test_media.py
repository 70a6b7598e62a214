"""Recordings as people have them: several streams, damage, closed formats, copies under way."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import pytest
import soundfile as sf
from sound_cases import RATE, call, mux, noise, take, voice, without_decoder

from session_audio.errors import AudioError
from session_audio.schema import Notice, ParticipantId, Recording
from session_audio.settings import SoundSettings
from session_audio.sound import joined, media, sides, waiting
from session_audio.sound.ingest import ingest, load_audio


def keys(notices: tuple[Notice, ...]) -> list[str]:
    return [str(notice) for notice in notices]


def like(out: Path, sound: np.ndarray, start: float = 0.0) -> float:
    """Correlation of what was kept from `start` on with `sound`."""
    kept = load_audio(out).read(start)
    size = min(len(kept), len(sound))
    return float(np.corrcoef(kept[:size], sound[:size])[0, 1])


# --- several streams -------------------------------------------------------------


@pytest.mark.parametrize("suffix", ["mkv", "mp4"])
def test_of_several_streams_the_fullest_is_taken_and_said(tmp_path: Path, suffix: str) -> None:
    full = voice(20)
    path = mux(tmp_path / f"a.{suffix}", [np.pad(voice(3, seed=1), (0, 17 * RATE)), full])
    quality, out = take(path)
    assert like(out, full) > 0.8
    assert keys(quality.warnings) == ["streams:1/2"]
    chosen, first = take(path, tmp_path / "b.npy", stream=0)
    assert np.std(load_audio(first).read(5.0, 19.0)) < 0.01
    assert "streams" not in [notice.key for notice in chosen.warnings]
    claim = media.examine(Recording(path))
    assert claim.streams == (0, 1) and not claim.undecodable
    with pytest.raises(AudioError, match=r"has 2 stream\(s\) of sound; .* asks for stream 2"):
        take(path, stream=2)


@pytest.mark.parametrize("name", ["a.qta", "a.mov"])
def test_a_stream_without_a_decoder_is_passed_over_and_said(tmp_path: Path, name: str) -> None:
    sound = voice(12)
    path = mux(tmp_path / "a.mp4", [voice(12, seed=1), sound]).rename(tmp_path / name)
    without_decoder(path)
    quality, out = take(path)
    assert like(out, sound) > 0.8
    assert keys(quality.warnings) == ["stream_undecodable:0"]
    claim = media.examine(Recording(path))
    assert (claim.streams, claim.undecodable, claim.rate) == ((1,), (0,), RATE)
    with pytest.raises(AudioError, match=r"stream 0 .* no decoder\. Can be decoded: 1"):
        take(path, stream=0)


def test_a_file_with_nothing_that_can_be_decoded(tmp_path: Path) -> None:
    path = mux(tmp_path / "a.mp4", [voice(3)])
    without_decoder(path)
    for work in (take, lambda p: media.examine(Recording(p))):
        with pytest.raises(AudioError, match="holds no sound that can be decoded"):
            work(path)


# --- joined byte by byte ---------------------------------------------------------


def _twice(path: Path, sound: np.ndarray) -> None:
    if path.suffix == ".m4a":
        mux(path, [sound])
    else:
        sf.write(path, sound, RATE)
    path.write_bytes(path.read_bytes() * 2)


@pytest.mark.parametrize("suffix", ["wav", "aiff", "w64", "caf", "m4a", "flac", "ogg", "mp3", "au"])
def test_recordings_joined_by_copying_bytes_are_read_to_the_end(
    tmp_path: Path, suffix: str
) -> None:
    path = tmp_path / f"a.{suffix}"
    _twice(path, voice(12))
    quality, _ = take(path)
    assert quality.duration == pytest.approx(24, abs=0.4)
    by_us = suffix in ("wav", "aiff", "w64", "caf", "m4a")
    assert ("joined:2" in keys(quality.warnings)) == by_us
    assert "truncated" not in [n.key for n in quality.warnings]
    claim = media.examine(Recording(path))
    assert claim.joined == (2 if by_us else 1) and not claim.is_cut
    assert claim.readable == pytest.approx(24, abs=1.1)


def test_recordings_of_two_rates_joined(tmp_path: Path) -> None:
    for name, rate in (("a", 16_000), ("b", 22_050)):
        for suffix in ("wav", "mp3"):
            sf.write(tmp_path / f"{name}.{suffix}", voice(10, rate=rate), rate)
    for suffix in ("wav", "mp3"):
        path = tmp_path / f"both.{suffix}"
        parts = [(tmp_path / f"{n}.{suffix}").read_bytes() for n in "ab"]
        path.write_bytes(b"".join(parts))
        quality, out = take(path)
        assert quality.duration == pytest.approx(20, abs=0.3)
        assert np.std(load_audio(out).read(15.0)) > 0.01


def test_what_follows_a_wav_and_is_no_recording_is_not_taken_for_one(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    sf.write(path, voice(10), RATE)
    chunk = b"LIST" + (400).to_bytes(4, "little") + b"INFO" + bytes(396)
    path.write_bytes(path.read_bytes() + chunk)
    assert len(joined.parts(path)) == 1
    assert take(path)[0].duration == pytest.approx(10)


@pytest.mark.parametrize("size", [0, 4088, 0xFFFFFFFF])
def test_a_wav_header_that_was_never_closed(tmp_path: Path, size: int) -> None:
    path = tmp_path / "a.wav"
    sf.write(path, voice(10), RATE)
    data = path.read_bytes()
    filled = b"JUNK" + (28).to_bytes(4, "little") + bytes(28)
    at = data.index(b"data")
    little = size.to_bytes(4, "little")
    inner = 0 if size == 0 else size
    path.write_bytes(
        data[:4]
        + little
        + data[8:at]
        + filled
        + b"data"
        + inner.to_bytes(4, "little")
        + data[at + 8 :]
    )
    quality, _ = take(path)
    assert quality.duration == pytest.approx(10, abs=0.01)
    assert not media.examine(Recording(path)).is_cut


# --- the file's clock ------------------------------------------------------------


@pytest.mark.parametrize("suffix", ["mkv", "mp4", "mov"])
def test_sound_that_starts_later_than_its_file_keeps_the_files_clock(
    tmp_path: Path, suffix: str
) -> None:
    sound = voice(20)
    path = mux(tmp_path / f"a.{suffix}", [sound], start=5.0)
    quality, out = take(path)
    assert quality.duration == pytest.approx(25, abs=0.2)
    assert like(out, sound, 5.0) > 0.5
    assert np.max(np.abs(load_audio(out).read(0.0, 4.8))) < 0.01
    assert [k.partition(":")[0] for k in keys(quality.warnings)] == ["starts_late"]
    assert not media.examine(Recording(path)).is_cut


def test_a_stream_whose_clock_starts_anywhere_starts_at_0(tmp_path: Path) -> None:
    path = mux(tmp_path / "a.ts", [voice(12)], start=5.0)
    assert take(path)[0].duration == pytest.approx(12, abs=0.2)


@pytest.mark.parametrize("rate", [8_000, 11_025, 16_000, 22_050, 24_000])
def test_an_mp3_of_a_low_rate_does_not_drift(tmp_path: Path, rate: int) -> None:
    minutes = 3
    sound = np.zeros(minutes * 60 * rate)
    ticks = np.arange(5, minutes * 60, 25)
    for tick in ticks:
        at = tick * rate
        sound[at : at + rate // 20] = 0.5 * np.sin(2 * np.pi * 440 * np.arange(rate // 20) / rate)
    sf.write(tmp_path / "a.mp3", sound, rate)
    _, out = take(tmp_path / "a.mp3")
    audio = load_audio(out)
    found = [
        tick - 0.4 + np.argmax(np.abs(audio.read(tick - 0.4, tick + 0.4)) > 0.1) / RATE
        for tick in ticks
    ]
    assert np.ptp(np.array(found) - ticks) < 0.05 * minutes / 25 + 1e-3


# --- what is no recording --------------------------------------------------------


def _unfinished(path: Path) -> None:
    mux(path, [voice(20)])
    data = path.read_bytes()
    path.write_bytes(data[: data.rindex(b"moov") - 4])


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("a.m4a", _unfinished, "was never finished: its index .* untrunc"),
        (
            "a.ds2",
            b"\x03ds2" + bytes(range(256)) * 40,
            r"closed format \(DS2\).* exports it as WAV",
        ),
        ("a.dss", b"\x03enc" + bytes(range(256)) * 40, r"closed format \(DSS, encrypted\)"),
        ("a.msv", b"MS_VOICE" + bytes(range(256)) * 40, r"closed format \(Sony"),
        ("a.wav", b"", r"is empty \(0 bytes\): .* cloud folder"),
        ("a.wav", bytes(3_000_000), "holds nothing but zeros.* copy it again"),
        ("a.m4a", b"<!DOCTYPE html><html>Sign in</html>" * 9, "is a web page, not a recording"),
        ("a.wav", b"#EXTM3U\nhttp://somewhere.invalid/a.wav\n" * 20, r"is a playlist \(M3U\)"),
        ("a.wav", b"ffconcat version 1.0\nfile b.wav\n", r"is a playlist \(ffconcat\)"),
        ("a.wav", b"PK\x03\x04" + bytes(range(256)) * 9, "is a ZIP archive"),
        ("a.wav", b"bplist00" + bytes(range(256)) * 9, "placeholder: .* not on this computer"),
    ],
)
def test_what_cannot_be_read_is_told_as_what_it_is(
    tmp_path: Path, name: str, content: bytes | Callable[[Path], None], says: str
) -> None:
    path = tmp_path / name
    if isinstance(content, bytes):
        path.write_bytes(content)
    else:
        content(path)
    for work in (take, lambda p: media.examine(Recording(p))):
        with pytest.raises(AudioError, match=says):
            work(path)


# --- damage ----------------------------------------------------------------------


@pytest.mark.parametrize("suffix", ["wav", "flac", "aiff", "m4a"])
def test_a_look_sees_that_a_file_breaks_off(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a.{suffix}"
    if suffix == "m4a":
        with av.open(str(path), "w", options={"movflags": "faststart"}) as container:
            track = container.add_stream("aac", rate=RATE, layout="mono")
            frame = av.AudioFrame.from_ndarray(
                voice(30).astype(np.float32)[None], format="fltp", layout="mono"
            )
            frame.sample_rate = RATE
            container.mux(track.encode(frame))
            container.mux(track.encode(None))
    else:
        sf.write(path, voice(30), RATE)
    assert not media.examine(Recording(path)).is_cut
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    claim = media.examine(Recording(path))
    assert claim.is_cut
    assert claim.duration == pytest.approx(30, abs=0.2)
    assert claim.readable == pytest.approx(15, abs=1.5)


@pytest.mark.parametrize("suffix", ["flac", "m4a", "ogg", "wav", "mka"])
def test_damage_in_the_middle_does_not_end_a_recording(tmp_path: Path, suffix: str) -> None:
    path, sound = tmp_path / f"a.{suffix}", voice(40)
    if suffix in ("m4a", "mka"):
        mux(path, [sound])
    else:
        sf.write(path, sound, RATE)
    data = bytearray(path.read_bytes())
    at, size = len(data) * 2 // 5, len(data) // 20
    data[at : at + size] = np.random.default_rng(0).bytes(size)
    path.write_bytes(data)
    quality, out = take(path)
    assert quality.duration == pytest.approx(40, abs=1.0)
    assert like(out, sound[25 * RATE :], 25.0) > 0.5
    assert "truncated" not in [notice.key for notice in quality.warnings]


@pytest.mark.parametrize(
    "name", ["a#1.wav", "100 %.wav", "Gruppe \u2013 3.wav", "\U0001f399.wav", "a:b.wav"]
)
def test_names_of_files_are_only_names(tmp_path: Path, name: str) -> None:
    folder = tmp_path / ("a folder with a long name " * 4).strip()
    folder.mkdir()
    sf.write(folder / "x.wav", voice(5), RATE)
    path = (folder / "x.wav").rename(folder / name)
    assert take(path)[0].duration == pytest.approx(5)


# --- channels --------------------------------------------------------------------


@pytest.mark.parametrize("factor", [-1.0, -0.95, -0.7, -0.4])
def test_an_inverted_channel_is_turned_back(tmp_path: Path, factor: float) -> None:
    sound = voice(15)
    both = np.stack([sound, factor * sound + noise(15, -60)], axis=1)
    sf.write(tmp_path / "a.wav", both, RATE)
    quality, out = take(tmp_path / "a.wav")
    assert keys(quality.warnings) == ["channel_inverted:1"]
    assert like(out, sound) > 0.8
    assert quality.level_dbfs == pytest.approx(-27 + 20 * np.log10((1 - factor) / 2), abs=1)


@pytest.mark.parametrize(
    ("leak", "wanted", "told"),
    [
        (-40, True, "sides_apart"),
        (-26, True, "sides_apart"),
        (-40, False, "person_a_side"),
        (-15, True, "person_a_side"),
        (-3, True, None),
    ],
)
def test_a_call_with_a_side_a_channel_is_told(
    tmp_path: Path, leak: float, wanted: bool, told: str | None
) -> None:
    path = call(tmp_path / "a.wav", leak)
    names = [tmp_path / name for name in ("mix.npy", "left.npy", "right.npy")]
    settings = SoundSettings(sides_as_tracks=wanted)
    (quality,) = ingest([Recording(path)], names[:1], settings, sides=names[1:])
    assert [notice.key for notice in quality.warnings] == [told] * (told is not None)
    apart = told == "sides_apart"
    assert [name.exists() for name in names] == [True, apart, apart]
    if apart:  # the left one talks from 5 to 15 s, the right one before
        left, right = (np.abs(load_audio(name).read(0, 15)) for name in names[1:])
        assert left[6 * RATE :].mean() > 5 * right[6 * RATE :].mean()
        assert right[: 4 * RATE].mean() > 5 * left[: 4 * RATE].mean()
    first = sides.look(Recording(path))
    assert (first and first.key) == ("sides_apart" if leak < -20 else told)
    # Somebody's own track is theirs, whatever its channels hold.
    track = ingest([Recording(path, ParticipantId("P01"))], names[:1], sides=names[1:])
    assert "sides_apart" not in [notice.key for notice in track[0].warnings]


@pytest.mark.parametrize("second", [np.zeros(15 * RATE), noise(15, -20), noise(15, -50)])
def test_a_channel_without_speech_is_left_out(tmp_path: Path, second: np.ndarray) -> None:
    sound = voice(15)
    sf.write(tmp_path / "a.wav", np.stack([second, sound], axis=1), RATE)
    quality, out = take(tmp_path / "a.wav")
    assert keys(quality.warnings) == ["channels_left_out:0/2"]
    assert quality.snr_db is not None and quality.snr_db > 30
    assert like(out, sound) > 0.8


def test_two_people_on_two_channels_are_both_kept(tmp_path: Path) -> None:
    left, right = np.zeros(30 * RATE), np.zeros(30 * RATE)
    left[: 14 * RATE], right[16 * RATE :] = voice(14, seed=1), voice(14, level=-40, seed=2)
    both = np.stack([left + noise(30, -70, 3), right + noise(30, -70, 4)], axis=1)
    sf.write(tmp_path / "a.wav", both, RATE)
    quality, out = take(tmp_path / "a.wav")
    assert keys(quality.warnings) == ["person_a_side"]
    audio = load_audio(out)
    assert min(np.std(audio.read(2, 12)), np.std(audio.read(18, 28))) > 0.02


def test_of_five_channels_and_one_those_with_speech_are_mixed(tmp_path: Path) -> None:
    sound, rumble = voice(15), np.cumsum(noise(15, -50))
    rows = [noise(15, -35, k) for k in range(6)]
    rows[2] += sound  # FL FR FC LFE BL BR
    rows[3] = rumble / np.std(rumble) * 0.1 + sound
    path = mux(tmp_path / "a.flac", [np.stack(rows)], codec="flac", layout="5.1")
    quality, out = take(path)
    assert keys(quality.warnings) == ["channels_left_out:0, 1, 3, 4, 5/6"]
    assert like(out, sound) > 0.8


# --- copies under way ------------------------------------------------------------


def test_a_file_that_grows_is_not_read_as_far_as_it_goes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.wav"
    sf.write(path, voice(20), RATE)
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])

    def grow(share: float) -> None:
        path.write_bytes(whole)

    with (
        pytest.raises(AudioError, match=r"a\.wav is still growing.*Run again"),
        waiting.unchanged(path),
    ):
        grow(1.0)
    path.write_bytes(whole[: len(whole) // 2])
    monkeypatch.setattr(waiting, "PAUSE", 0.5)
    writer = threading.Timer(0.1, grow, (1.0,))
    writer.start()
    with pytest.raises(AudioError, match="still growing"):
        waiting.settle(path)
    writer.join()
    waiting.settle(path)
