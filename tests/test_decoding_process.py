"""Decoding in a process of its own: its death is one file's clear error."""

from __future__ import annotations

import ctypes
import importlib
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import psutil
import pytest
import soundfile as sf
from flow_cases import Fakes, run
from sound_cases import RATE, mux, take, voice

from session_audio.errors import AudioError
from session_audio.ports import Progress, no_progress
from session_audio.schema import Recording, SoundQuality
from session_audio.settings import SoundSettings
from session_audio.sound import media, process
from session_audio.sound.process import Limits
from session_audio.sound.standard import standardise


def crash(progress: Progress = no_progress) -> None:
    ctypes.string_at(0)


def leave(progress: Progress = no_progress) -> None:
    import os

    os._exit(3)


def stall(progress: Progress = no_progress) -> None:
    progress(0.5)
    time.sleep(60)


def take_memory(progress: Progress = no_progress) -> None:
    held = np.ones(60_000_000)
    time.sleep(60)
    held.sum()


def wrong(progress: Progress = no_progress) -> None:
    raise KeyError("what was said")


def full(progress: Progress = no_progress) -> None:
    raise OSError(28, "No space left on device", "a name")


def answer(progress: Progress = no_progress) -> int:
    return 42


@pytest.mark.parametrize(
    ("work", "limits", "said"),
    [
        (
            crash,
            Limits(stall=800.0),
            r"a\.wav could not be decoded: .* broke down .*(signal|code) \d+",
        ),
        (
            leave,
            Limits(stall=800.0),
            r"the decoder broke down over it \(code 3\).*Export it as WAV or FLAC",
        ),
        (stall, Limits(stall=1.0), r"nothing came of it for 1 s.*decoding_stall"),
        (
            take_memory,
            Limits(stall=800.0, memory=0.3e9),
            r"more than 0\.3 GB of memory.*decoding_memory",
        ),
    ],
)
def test_what_kills_the_decoder_is_one_error_and_the_next_piece_of_work_is_done(
    work: object, limits: Limits, said: str
) -> None:
    with pytest.raises(AudioError, match=said):
        process.run(work, name="a.wav", limits=limits)  # type: ignore[arg-type]
    assert process.run(answer, name="b.wav") == 42


def test_an_error_of_the_code_keeps_its_text_out_of_the_message() -> None:
    with pytest.raises(RuntimeError) as caught:
        process.run(wrong, name="a.wav")
    assert str(caught.value) == "KeyError while decoding"
    assert "what was said" in str(caught.value.__cause__)
    with pytest.raises(OSError) as disk:
        process.run(full, name="a.wav")
    assert disk.value.errno == 28 and "a name" not in str(disk.value)


def test_the_process_ends_with_who_started_it() -> None:
    program = (
        "import os, threading, time; from test_decoding_process import stall;"
        "from session_audio.sound import process;"
        "tell = lambda share: (print(process._process._child.pid, flush=True), os._exit(0));"
        "process.run(stall, name='a.wav', progress=tell)"
    )
    paths = os.pathsep.join(sys.path)
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "PYTHONPATH": paths},
        capture_output=True,
        text=True,
    )
    left, until = int(done.stdout), time.monotonic() + 30
    while psutil.pid_exists(left) and time.monotonic() < until:
        time.sleep(0.05)
    assert not psutil.pid_exists(left) or psutil.Process(left).status() == psutil.STATUS_ZOMBIE


def test_the_process_ends_when_there_is_nothing_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "IDLE", 0.05)
    process.run(answer, name="a.wav")
    until = time.monotonic() + 20
    while process._process is not None and time.monotonic() < until:
        time.sleep(0.02)
    assert process._process is None


def test_the_process_imports_what_it_needs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    module = tmp_path / "light_module.py"
    module.write_text("import sys\n\ndef loaded(progress=None):\n    return set(sys.modules)\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    loaded = importlib.import_module("light_module").loaded
    process.close()
    sf.write(tmp_path / "a.wav", voice(3), RATE)
    media.look(Recording(tmp_path / "a.wav"))
    assert not {"scipy", "torch", "pandas"} & process.run(loaded, name="-")
    take(tmp_path / "a.wav")
    after = process.run(loaded, name="-")
    assert "scipy" in after and not {"torch", "pyannote", "pandas", "prefect"} & after


@pytest.mark.parametrize(
    ("suffix", "channels"),
    [("flac", 7), ("flac", 8), *(("wav", count) for count in (8, 9, 12, 16, 24, 64))],
)
def test_many_channels_are_read(tmp_path: Path, suffix: str, channels: int) -> None:
    path = tmp_path / f"a.{suffix}"
    sound = voice(4)
    sf.write(path, np.stack([sound] * channels, axis=1), RATE)
    quality, out = take(path)
    assert quality.channels == channels and quality.duration == pytest.approx(4)
    assert np.corrcoef(np.load(out), sound)[0, 1] > 0.8


@pytest.mark.parametrize("suffix", ["m4a", "opus"])
def test_eight_channels_that_decode_to_planes_are_read(tmp_path: Path, suffix: str) -> None:
    sound = voice(4, rate=48_000)
    codec = {"m4a": "aac", "opus": "libopus"}[suffix]
    path = mux(tmp_path / f"a.{suffix}", [np.stack([sound] * 8)], codec, 48_000, layout="7.1")
    quality, out = take(path)
    assert quality.channels == 8 and quality.duration == pytest.approx(4, abs=0.1)
    assert np.std(np.load(out)) > 500


def test_more_channels_than_can_be_mixed_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    sf.write(path, np.stack([voice(4)] * 100, axis=1), RATE)
    for work in (take, lambda p: media.look(Recording(p))):
        with pytest.raises(AudioError, match="has 100 channels; at most 64 can be read"):
            work(path)


def crash_on_the_first(
    recording: Recording, out: Path, settings: SoundSettings, progress: Progress = no_progress
) -> SoundQuality:
    if recording.file.parent.name == "2026-03-01":
        crash()
    return standardise(recording, out, settings, progress)


@pytest.mark.timeout(300)
def test_a_batch_goes_on_after_a_recording_that_kills_the_decoder(
    session: Path, engines: Fakes, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(session, session.parent / "2026-03-01")
    monkeypatch.setattr("session_audio.sound.ingest.standardise", crash_on_the_first)
    first, second = run(session.parent / "2026-03-01", session)
    assert (first.status, first.stage, second.status) == ("failed", "ingest", "done")
    assert "session.flac could not be decoded: the decoder broke down" in first.message
    assert not list((session.parent / "2026-03-01").rglob("*.part"))
