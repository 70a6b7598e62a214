"""A recording of many hours: what looking at it and decoding it take.

    python benchmarks/long_recording.py OUT --hours 4

Makes an M4A of bursts of sound like syllables and a session of it in OUT (kept, so that it can be
run), then prints what `check` says, and seconds and memory of the check and of the stage `ingest`.
"""

from __future__ import annotations

import argparse
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import psutil
from numpy.typing import NDArray

RATE = 16_000
GROUP = """id = "long"
[[participant]]
id = "T01"
role = "therapist"
[participant.consent]
recording = { given = 2026-01-01 }
transcription = { given = 2026-01-01 }
analysis = { given = 2026-01-01 }
"""


def make(folder: Path, hours: float) -> Path:
    """A group with one session of `hours`; the session's folder."""
    session = folder / "long" / "2026-03-03"
    session.mkdir(parents=True, exist_ok=True)
    (session.parent / "group.toml").write_text(GROUP)
    (session / "session.toml").write_text(
        'date = 2026-03-03\nattendance = ["T01"]\n[[recording]]\nfile = "long.m4a"\n'
    )
    rng = np.random.default_rng(0)
    loud = np.repeat(rng.random(240) > 0.4, RATE // 4)
    minute = (0.05 * rng.normal(size=60 * RATE) * loud).astype(np.float32)
    with av.open(str(session / "long.m4a"), "w") as out:
        stream = out.add_stream("aac", rate=RATE, layout="mono")
        packets = list(_encoded(stream, minute))
        lasts = len(packets) * 1024
        for k in range(round(hours * 60)):  # the same minute again, as encoding takes longest
            for number, content in enumerate(packets):
                packet = av.Packet(content)
                packet.stream, packet.time_base = stream, Fraction(1, RATE)
                packet.pts = packet.dts = k * lasts + number * 1024
                packet.duration = 1024
                out.mux(packet)
    return session


def _encoded(stream: av.AudioStream, sound: NDArray[np.float32]) -> Iterator[bytes]:
    for start in range(0, len(sound) // 1024 * 1024, 1024):
        frame = av.AudioFrame.from_ndarray(
            sound[None, start : start + 1024], format="fltp", layout="mono"
        )
        frame.sample_rate, frame.pts, frame.time_base = RATE, start, Fraction(1, RATE)
        yield from (bytes(packet) for packet in stream.encode(frame))


@contextmanager
def measured(what: str) -> Iterator[None]:
    """Print seconds and the most memory that this process and its children held at once."""
    here, most, done = psutil.Process(), 0, threading.Event()

    def watch() -> None:
        nonlocal most
        while not done.wait(0.1):
            try:
                held = [p.memory_info().rss for p in (here, *here.children(recursive=True))]
            except psutil.Error:
                continue
            most = max(most, sum(held))

    watcher = threading.Thread(target=watch)
    began, used = time.monotonic(), _processor(here)
    watcher.start()
    try:
        yield
    finally:
        done.set()
        watcher.join()
        took, spent = time.monotonic() - began, _processor(here) - used
        print(f"{what}: {took:.0f} s, {spent:.0f} s of a processor, {most / 1e6:.0f} MB at most")


def _processor(here: psutil.Process) -> float:
    total = 0.0
    for process in (here, *here.children(recursive=True)):
        times = process.cpu_times()
        total += times.user + times.system
    return float(total)


def main() -> None:
    """Make it, look at it, decode it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--hours", type=float, default=4.0)
    asked = parser.parse_args()
    from session_audio.flow.check import check_session
    from session_audio.flow.context import Context
    from session_audio.flow.run import run_stage
    from session_audio.flow.session import open_run
    from session_audio.flow.stages import STAGES

    session = make(asked.out, asked.hours)
    print(f"{(session / 'long.m4a').stat().st_size / 1e6:.0f} MB of M4A")
    with measured("check"):
        print(check_session(session))
    with measured("ingest"):
        run_stage(STAGES[0], open_run(session, Context()))
    sound = session / "out" / "work" / "sound-00.npy"
    print(f"{sound.stat().st_size / 2 / RATE / 3600:.3f} hours of sound")


if __name__ == "__main__":
    main()
