"""Sessions with a known truth, for the benchmarks: made by the bench's ``simulate_session.py``."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from session_audio.schema import SpeakerSegment


def simulate(bench: Path, out: Path, *options: str) -> Path:
    """One simulated session, unless it is there; returns its sound, ``out.flac``."""
    sound = out.with_suffix(".flac")
    if not sound.exists():
        command = [sys.executable, str(bench / "simulate_session.py"), "--voices"]
        command += [str(bench / "voices"), "--out", str(out), *options]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return sound


def utterances(bench: Path, seed: int, seconds: int = 480) -> list[str]:
    """Options of a session of whole utterances by 5 readers, whose words are known."""
    options = ["--utterances", "5", "--window", "0", str(seconds), "--seed", str(seed)]
    return [*options, "--transcripts", str(bench / "transcripts.txt")]


def repeated(
    spoken: Iterable[SpeakerSegment], length: float, times: int
) -> Iterator[SpeakerSegment]:
    """The segments of a recording of `length` seconds that is played so many times."""
    words = tuple(spoken)
    for k in range(times):
        for one in words:
            yield replace(one, start=one.start + k * length, end=one.end + k * length)
