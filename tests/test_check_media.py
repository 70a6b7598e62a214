"""`check` of recordings: all that is wrong at once, and no file ends the check of the others."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
import soundfile as sf
from click.testing import CliRunner
from sound_cases import RATE, mux, voice, without_decoder

from session_audio.cli import main
from session_audio.flow import recordings as recordings_of


def check(*folders: Path) -> tuple[int, str]:
    done = CliRunner().invoke(main, ["check", *map(str, folders)])
    return done.exit_code, " ".join(done.output.split())


def recordings(session: Path, *files: str) -> None:
    people = '"T01", "P01", "P02"'
    tables = "".join(f"[[recording]]\n{file}\n" for file in files)
    (session / "session.toml").write_text(f"date = 2026-03-03\nattendance = [{people}]\n{tables}")


@pytest.fixture
def healthy(session_folder: Path) -> Path:
    """A session with a whole recording, beside the one to be spoilt."""
    other = session_folder.parent / "2026-03-10"
    shutil.copytree(session_folder, other)
    sf.write(other / "session.flac", voice(12), RATE)
    return other


def test_an_undecodable_stream_is_one_sessions_error(session_folder: Path, healthy: Path) -> None:
    path = mux(session_folder / "a.mp4", [voice(5)])
    without_decoder(path)
    recordings(session_folder, 'file = "a.mp4"')
    code, text = check(session_folder.parent)
    assert code == 1
    assert "2026-03-03 failed 2026-03-03, check: a.mp4 holds no sound that can be decoded" in text
    assert "2026-03-10 ok 3 present, one recording of 0.2 min" in text


def test_every_recording_that_is_wrong_is_named(session_folder: Path) -> None:
    for name in "abc":
        sf.write(session_folder / f"{name}.flac", voice(30), RATE)
    cut = session_folder / "b.flac"
    cut.write_bytes(cut.read_bytes()[: cut.stat().st_size // 2])
    (session_folder / "c.flac").write_bytes(b"")
    people = zip("abc", ("T01", "P01", "P02"), strict=True)
    recordings(session_folder, *(f'file = "{n}.flac"\nparticipant = "{who}"' for n, who in people))
    code, text = check(session_folder)
    assert code == 1
    assert "b.flac breaks off: 1" in text and "of 30.0 s are there. Copy it again" in text
    assert "c.flac is empty (0 bytes)" in text and "a.flac" not in text


def test_of_a_long_recording_it_is_said_what_it_needs(session_folder: Path) -> None:
    with sf.SoundFile(session_folder / "a.flac", "w", 8_000, 1) as file:
        for _ in range(240):
            file.write(np.zeros(60 * 8_000))
    recordings(session_folder, 'file = "a.flac"')
    text = check(session_folder)[1]
    assert "needs 1.4 GB on the disk while it is decoded" in text
    assert "about 2 GB of memory" in text and "some 50 minutes on two processors" in text
    (line,) = recordings_of.needed_by([str(session_folder), str(session_folder / "nothing")])
    assert line.startswith("2026-03-03 needs 1.4 GB on the disk")


def test_one_track_given_to_two_people_is_told(session_folder: Path) -> None:
    sf.write(session_folder / "a.flac", voice(12), RATE)
    tracks = [f'file = "{{}}.flac"\nparticipant = "{who}"' for who in ("T01", "P01")]
    recordings(session_folder, *(track.format("a") for track in tracks))
    code, text = check(session_folder)
    assert code == 1 and "recording names a.flac more than once" in text
    shutil.copy(session_folder / "a.flac", session_folder / "b.flac")
    recordings(session_folder, *(t.format(n) for t, n in zip(tracks, "ab", strict=True)))
    assert "2 of its recordings hold the same sound" in check(session_folder)[1]
    recordings(session_folder, *(f"{t.format('a')}\nchannel = {k}" for k, t in enumerate(tracks)))
    assert "more than once" not in check(session_folder)[1]


def test_what_is_unusual_is_told(session_folder: Path) -> None:
    mux(session_folder / "a.mkv", [voice(12), voice(12, seed=1)])
    recordings(session_folder, 'file = "a.mkv"')
    assert check(session_folder)[1].endswith(
        "a.mkv has 2 streams of sound: the fullest is used (`stream` chooses)"
    )
    recordings(session_folder, 'file = "a.mkv"\nstream = 1')
    assert check(session_folder)[1].endswith("one recording of 0.2 min")
    recordings(session_folder, 'file = "a.mkv"\nstream = 2')
    assert "has 2 stream(s) of sound; session.toml asks for stream 2" in check(session_folder)[1]
    sf.write(session_folder / "b.wav", np.tile(voice(6), 2), RATE)
    twice = (session_folder / "b.wav").read_bytes() * 2
    (session_folder / "b.wav").write_bytes(twice)
    recordings(session_folder, 'file = "b.wav"\npart = 1', 'file = "b.wav"\npart = 2')
    code, text = check(session_folder)
    assert code == 0
    assert "one recording in 2 parts of 0.8 min" in text
    assert "b.wav is 2 recordings joined: all are read" in text
