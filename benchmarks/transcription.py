"""Words: error rate and time of the speech recogniser on simulated sessions.

    python benchmarks/transcription.py BENCH [--seeds 1 2 3] [--plain]

BENCH is the folder with ``simulate_session.py``, ``voices`` and ``transcripts.txt``.  Each
session is 8 minutes of whole utterances by 5 readers; the truth of the words is known.
Words are compared in lower case, without punctuation; "mr" is "mister".  `WER` takes all
words in order of time; `by speaker` gives each word to the reader who talks at its middle
(the truth), so that it shows word times, not diarization.  `--plain` adds faster-whisper
with its own defaults on the sound as it is.
"""

from __future__ import annotations

import argparse
import json
import re
import tempfile
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np
from simulated import simulate, utterances

from session_audio.backends.load import load_transcriber
from session_audio.ports import Transcriber
from session_audio.schema import Audio, Recording, Word
from session_audio.settings import Settings
from session_audio.sound.ingest import ingest, load_audio
from session_audio.weights import locate

SAME = {"mr": "mister", "mrs": "missis", "dr": "doctor", "neighborhood": "neighbourhood"}


def plain_words(text: str) -> list[str]:
    """Words of a text as they are compared."""
    cleaned = re.sub(r"[^a-z0-9' ]+", " ", text.lower().replace("’", "'").replace("-", " "))
    return [SAME.get(w, w) for w in (part.strip("'") for part in cleaned.split()) if w]


def edits(reference: Sequence[str], recognised: Sequence[str]) -> int:
    """Least insertions, deletions and substitutions (Levenshtein)."""
    row = list(range(len(recognised) + 1))
    for i, word in enumerate(reference, 1):
        before, row[0] = row[0], i
        for j, other in enumerate(recognised, 1):
            before, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, before + (word != other))
    return row[-1]


def score(reference: Sequence[dict[str, object]], words: Sequence[Word]) -> tuple[int, int, int]:
    """Errors in order of time, errors by speaker, and words of the reference."""
    spoken = sorted(reference, key=lambda u: float(str(u["start_time"])))
    true = [w for u in spoken for w in plain_words(str(u["words"]))]
    recognised = [w for word in sorted(words) for w in plain_words(word.text)]
    starts = np.array([float(str(u["start_time"])) for u in spoken])
    ends = np.array([float(str(u["end_time"])) for u in spoken])
    given: dict[object, list[str]] = {}
    for word in sorted(words):
        middle = (word.start + word.end) / 2
        outside = np.maximum(np.maximum(starts - middle, middle - ends), 0)
        nearest = np.lexsort((np.abs((starts + ends) / 2 - middle), outside))[0]
        given.setdefault(spoken[nearest]["speaker"], []).extend(plain_words(word.text))
    by_speaker = sum(
        edits(
            [w for u in spoken if u["speaker"] == who for w in plain_words(str(u["words"]))],
            given.get(who, []),
        )
        for who in {u["speaker"] for u in spoken}
    )
    return edits(true, recognised), by_speaker, len(true)


def ours(transcriber: Transcriber, audio: Audio) -> list[Word]:
    """Words as the flow writes them."""
    return list(transcriber.transcribe(audio, ["en"]).words)


def faster_whisper_defaults(file: Path) -> list[Word]:
    """The plain use of faster-whisper: int8, its own defaults, word times."""
    from faster_whisper import WhisperModel

    model = WhisperModel(str(locate("transcription")), device="cpu", compute_type="int8")
    segments, _ = model.transcribe(str(file), language="en", word_timestamps=True)
    return [Word(w.start, w.end, w.word) for s in segments for w in s.words or ()]


def main() -> None:
    """Make the sessions, transcribe them, print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("bench", type=Path)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--plain", action="store_true")
    chosen = parser.parse_args()
    bench: Path = chosen.bench.resolve()
    transcriber = load_transcriber(Settings(), threads=2)
    totals: dict[str, list[float]] = {}
    print("| session | recogniser | WER | by speaker | time / length | processor time / length |")
    print("|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        for seed in chosen.seeds:
            out = Path(folder) / f"w{seed}"
            simulate(bench, out, *utterances(bench, seed))
            reference = json.loads(out.with_suffix(".seglst.json").read_text())
            ingest([Recording(out.with_suffix(".flac"))], [out.with_suffix(".npy")])
            audio = load_audio(out.with_suffix(".npy"))
            runs = {"ours": partial(ours, transcriber, audio)}
            if chosen.plain:
                runs["plain"] = partial(faster_whisper_defaults, out.with_suffix(".flac"))
            for name, run in runs.items():
                began, worked = time.perf_counter(), time.process_time()
                words = run()
                took = [time.perf_counter() - began, time.process_time() - worked]
                row = [*score(reference, words), *took, audio.duration]
                _print(f"seed {seed}", name, row)
                totals[name] = [a + b for a, b in zip(totals.get(name, [0] * 6), row, strict=True)]
    for name, row in totals.items():
        _print("all", name, row)


def _print(session: str, name: str, row: Sequence[float]) -> None:
    wrong, by_speaker, count, seconds, processor, length = row
    print(
        f"| {session} | {name} | {100 * wrong / count:.1f} % | {100 * by_speaker / count:.1f} % "
        f"| {seconds / length:.3f} | {processor / length:.3f} |",
        flush=True,
    )


if __name__ == "__main__":
    main()
