"""Cut the sound of the invented group "thursday" from the sound of the group "tuesday".

Nobody in these files exists.  Two sessions of that group have sound, which is put together of
sentences of the synthetic voices of the other group: the therapist and one member under new
names, and one voice that is on nobody's list.  The other sessions are transcripts alone.

    python data/samples/make_thursday.py        # in the environment of `make test`; the same sound
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import soundfile as sf

HERE = Path(__file__).resolve().parent
RATE = 16_000
PAUSE = 0.4  # s between two sentences
EDGE = 0.04  # s of the room that is kept around a sentence
SESSIONS = {
    "2026-04-30": (  # T01, P01, and a guest (the voice of the other group's P04)
        ("2026-03-03", "T01", 0.80),
        ("2026-03-03", "P01", 92.98),
        ("2026-03-10", "P04", 148.25),
        ("2026-03-03", "T01", 44.85),
        ("2026-03-03", "P01", 109.91),
        ("2026-03-24", "P04", 143.97),
        ("2026-03-03", "P01", 124.51),
        ("2026-03-03", "T01", 80.23),
        ("2026-03-03", "P04", 174.92),
        ("2026-03-24", "P01", 84.25),
        ("2026-03-24", "P04", 155.26),
        ("2026-03-03", "T01", 162.96),
        ("2026-03-24", "P01", 190.92),
        ("2026-03-24", "P04", 188.34),
        ("2026-03-24", "T01", 181.21),
    ),
    "2026-05-07": (
        ("2026-03-10", "T01", 0.80),
        ("2026-03-24", "P01", 84.25),
        ("2026-03-10", "T01", 175.21),
    ),
}


def sentence(session: str, who: str, start: float) -> np.ndarray:
    """The sound of the line that `who` begins at `start` in a session of the other group."""
    folder = HERE / "tuesday" / session
    lines = json.loads((folder / "reference.seglst.json").read_text(encoding="utf-8"))
    (line,) = (x for x in lines if x["speaker"] == who and abs(x["start_time"] - start) < 0.02)
    first, last = line["start_time"] - EDGE, line["end_time"] + EDGE
    sound, _ = sf.read(folder / "session.flac", start=round(first * RATE), stop=round(last * RATE))
    return np.asarray(sound)


def main() -> None:
    for session, lines in SESSIONS.items():
        pause = np.zeros(round(PAUSE * RATE))
        parts = [pause]
        for line in lines:
            parts += [sentence(*line), pause]
        path = HERE / "thursday" / session / "session.ogg"
        sf.write(path, np.concatenate(parts), RATE, format="OGG", subtype="OPUS")
        print(f"{session}: {sum(map(len, parts)) / RATE:.1f} s")


if __name__ == "__main__":
    main()
