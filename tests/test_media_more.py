"""More recordings as people have them: cards, messengers, editors, and what is no recording."""

from __future__ import annotations

import shutil
import struct
from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import pytest
import soundfile as sf
from click.testing import CliRunner
from sound_cases import RATE, mux, take, voice

from session_audio.cli import main
from session_audio.errors import AudioError
from session_audio.schema import Recording
from session_audio.sound import media


def opus(path: Path) -> Path:
    return mux(path, [voice(12, rate=48_000)], codec="libopus", rate=48_000)


def written(path: Path, **how: object) -> Path:
    sf.write(path, voice(12), RATE, **how)
    return path


def broadcast(path: Path) -> Path:
    """A recorder's WAV with its own chunk before the sound, which the header does not count."""
    raw = written(path, subtype="PCM_24").read_bytes()
    path.write_bytes(raw[:12] + b"bext" + struct.pack("<I", 602) + bytes(602) + raw[12:])
    return path


def polyphonic(path: Path) -> Path:
    """A field recorder's four tracks in one file, two of them without a microphone."""
    sound = voice(12)
    tracks = np.stack([sound, 0.5 * sound, 0 * sound, 0 * sound], axis=1)
    sf.write(path, tracks, RATE, subtype="PCM_24")
    return path


def renamed(made: Callable[[Path], Path], real: str, path: Path) -> Path:
    return Path(shutil.move(made(path.with_suffix(real)), path))


def fragmented(path: Path) -> Path:
    """As phones and web programs write it while they record."""
    whole = mux(path.with_suffix(".m4a"), [voice(12)])
    with (
        av.open(str(whole)) as source,
        av.open(str(path), "w", options={"movflags": "frag_keyframe+empty_moov"}) as out,
    ):
        stream = out.add_stream_from_template(source.streams.audio[0])
        for packet in source.demux(audio=0):
            if packet.dts is not None:
                packet.stream = stream
                out.mux(packet)
    return path


READ: dict[str, Callable[[Path], Path]] = {
    "field recorder, four tracks.wav": polyphonic,
    "broadcast chunk.wav": broadcast,
    "olympus ADPCM.wav": lambda p: written(p, subtype="IMA_ADPCM"),
    "telephone A-law.wav": lambda p: written(p, subtype="ALAW"),
    "RF64.wav": lambda p: written(p, format="RF64"),
    "apple lossless.caf": lambda p: written(p, format="CAF", subtype="ALAC_16"),
    "eight bits.wav": lambda p: written(p, subtype="PCM_U8"),
    "WhatsApp PTT-20260303-WA0001.opus": opus,
    "messenger says mp3.mp3": lambda p: renamed(opus, ".opus", p),
    "memo says wav.wav": lambda p: renamed(lambda m: mux(m, [voice(12)]), ".m4a", p),
    "wav says m4a.m4a": lambda p: renamed(written, ".wav", p),
    "fragmented.mp4": fragmented,
    "old phone.3gp": lambda p: mux(p, [voice(12)]),
    "Gruppe 😀 קבוצה.m4a": lambda p: mux(p, [voice(12)]),
    "-rf.M4A": lambda p: mux(p.with_suffix(".m4a"), [voice(12)]).rename(p),
    f"{'long ' * 40}.m4a": lambda p: mux(p, [voice(12)]),
}


@pytest.mark.parametrize("name", sorted(READ))
def test_what_recorders_phones_and_messengers_write_is_read(tmp_path: Path, name: str) -> None:
    path = READ[name](tmp_path / name)
    quality, _ = take(path, tmp_path / "out.npy")
    assert quality.duration == pytest.approx(12, abs=0.15)
    assert {n.key for n in quality.warnings} <= {"channels_left_out", "narrowband"}
    assert not media.look(Recording(path)).is_cut


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"[InternetShortcut]\r\nURL=https://x.example/a\r\n", "a shortcut to a web page"),
        (b"L\x00\x00\x00\x01\x14\x02\x00" + bytes(68), "a shortcut to a file elsewhere"),
        (b"version https://git-lfs.example/spec/v1\noid sha256:a\nsize 3\n", "on a server"),
        (b"\x00\x05\x16\x07\x00\x02\x00\x00Mac OS X" + bytes(60), "a Mac's note beside a file"),
    ],
)
def test_what_points_to_a_recording_is_told(tmp_path: Path, content: bytes, told: str) -> None:
    path = tmp_path / "session.m4a"
    path.write_bytes(content)
    with pytest.raises(AudioError, match=told):
        take(path)


def test_a_folder_named_as_a_recording_is_told(session_folder: Path) -> None:
    (session_folder / "session.flac").unlink()
    (session_folder / "session.flac").mkdir()
    done = CliRunner().invoke(main, ["check", str(session_folder)])
    assert "session.flac is a folder: write the file in it" in " ".join(done.output.split())
    with pytest.raises(AudioError, match="is a folder"):
        media.there(session_folder / "session.flac")


def test_room_that_a_recorder_took_ahead_is_no_sound(tmp_path: Path) -> None:
    path = written(tmp_path / "a.wav")
    with path.open("ab") as file:
        file.write(bytes(500_000))
    assert take(path)[0].duration == pytest.approx(12, abs=0.01)
    with path.open("ab") as file:
        file.write(bytes(range(1, 255)) * 1000)  # sound, after a header that stopped too early
    assert take(path)[0].duration > 20


def test_a_messengers_file_that_breaks_off_is_told(session_folder: Path, tmp_path: Path) -> None:
    whole = opus(tmp_path / "a.opus")
    assert take(whole)[0].warnings == ()
    data = whole.read_bytes()
    whole.write_bytes(data[: len(data) * 3 // 4])
    keys = [n.key for n in take(whole)[0].warnings]
    assert "truncated" in keys
    shutil.copy(whole, session_folder / "session.flac")
    done = CliRunner().invoke(main, ["check", str(session_folder)])
    assert done.exit_code == 1
    assert "session.flac breaks off:" in done.output and "Copy it again" in done.output


def test_a_constant_offset_is_no_level(tmp_path: Path) -> None:
    sf.write(tmp_path / "a.wav", voice(12, level=-30) + 0.5, RATE)
    assert take(tmp_path / "a.wav")[0].level_dbfs == pytest.approx(-31.5, abs=1.5)
