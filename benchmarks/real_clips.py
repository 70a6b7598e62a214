"""Who spoke when in short real recordings, against the words' own times.

    python benchmarks/real_clips.py BENCH

BENCH is the folder with ``real``.  Scores the clips of meetings that hold at least a second of
words against ``.words.rttm`` (each word's time, as the field scores; the older ``.rttm``, which
``diarization.py`` scores, bridges pauses and counts laughter as speech: the last column), and the
telephone calls, mixed to one channel, against the times of their turns.  The number of people is
not given.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from diarization import Tally, timed

from session_audio.backends.load import load_diarizer
from session_audio.formats import rttm
from session_audio.interval import total
from session_audio.ports import SpeakerCount
from session_audio.schema import Recording
from session_audio.settings import Settings
from session_audio.sound.ingest import ingest, load_audio

LEAST = 1.0
"""Seconds of words that a clip must hold to be scored."""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("bench", type=Path)
    real = parser.parse_args().bench / "real"
    settings = Settings()
    diarizer = load_diarizer(settings)
    rows = {"meetings": Tally(), "meetings, older references": Tally(), "calls": Tally()}
    with tempfile.TemporaryDirectory() as folder:
        for file in sorted(real.glob("*.flac")):
            words = file.with_suffix(".words.rttm")
            truth = rttm.read(words if words.exists() else file.with_suffix(".rttm"))
            if total([s.interval for s in truth]) < LEAST:
                continue
            sound = Path(folder) / f"{file.stem}.npy"
            ingest([Recording(file)], [sound], settings.sound)
            audio = load_audio(sound)
            diarization, took = timed(diarizer, audio, SpeakerCount())
            row = "meetings" if words.exists() else "calls"
            print(
                f"{file.stem}: {rows[row].add(truth, diarization, audio.duration, took)}",
                flush=True,
            )
            if words.exists():
                older = rttm.read(file.with_suffix(".rttm"))
                rows["meetings, older references"].add(older, diarization, audio.duration, took)
    for row, tally in rows.items():
        if tally.seconds:
            print(f"{row}: {tally.line()}")


if __name__ == "__main__":
    main()
