"""Our flow and the plain pipeline on the same sound, in turn in one run: time, DER, cpWER.

    python benchmarks/compare.py BENCH [--seeds 1 2] [--minutes 8] [--rounds 2]

The plain pipeline is pyannote.audio's and then faster-whisper's, each with its own defaults and the
same weights, on the recording as it is, one after the other; a word is given to who speaks at it.
Ours is the whole flow, to the report.  Models are loaded, and Prefect's server is up, before the
clock starts.  Then the two recognisers take turns by themselves.  Other work on the machine meets
both alike when they take turns, so ratios count, not seconds.  BENCH is as for `flow.py`.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import soundfile as sf
from flow import load_models, run_flow, session_folder, write_roster
from simulated import simulate, utterances

from session_audio import offline
from session_audio.flow.engines import load_engines
from session_audio.formats import rttm, seglst
from session_audio.ports import SpeakerCount
from session_audio.schema import Audio, SpeakerSegment, Word
from session_audio.scoring import evaluation
from session_audio.scoring.evaluation import DiarizationScore, WordScore
from session_audio.settings import Settings
from session_audio.sound.ingest import load_audio
from session_audio.speakers.align import assign_speakers
from session_audio.workspace.store import SessionStore

Found = tuple[tuple[SpeakerSegment, ...], tuple[Word, ...]]


class Plain:
    """pyannote.audio's pipeline and faster-whisper, as they come."""

    def __init__(self) -> None:
        from faster_whisper import WhisperModel

        from session_audio.backends.load import load_plain
        from session_audio.weights import locate

        self._diarizer = load_plain()
        weights = str(locate("transcription"))
        self._recogniser = WhisperModel(weights, device="cpu", compute_type="int8")

    def run(self, folder: Path) -> tuple[float, Found]:
        """Seconds, and what was found in the session's recording."""
        began = time.perf_counter()
        samples, rate = sf.read(folder / "session.flac", dtype="float32")
        diarization = self._diarizer.diarize(Audio(samples, rate), SpeakerCount())
        found = diarization.full, assign_speakers(self.words(folder), diarization)
        return time.perf_counter() - began, found

    def words(self, folder: Path) -> list[Word]:
        """Words of the session's recording."""
        segments, _ = self._recogniser.transcribe(
            str(folder / "session.flac"), language="en", word_timestamps=True
        )
        return [
            Word(word.start, word.end, word.word.strip(), None, word.probability)
            for segment in segments
            for word in segment.words or ()
        ]


def ours(folder: Path) -> tuple[float, Found]:
    """Seconds of our flow, done anew, and what it found."""
    store = SessionStore(folder)
    for record in store.records():
        store.forget_stage(record.stage)
    seconds, _ = run_flow([folder])
    out = folder / "out"
    return seconds, (
        tuple(rttm.read(out / "diarization.rttm")),
        tuple(seglst.read(out / "words.seglst.json")),
    )


def our_words(folder: Path) -> object:
    """Words of the session's recording, from its decoded sound."""
    audio = load_audio(folder / "out" / "work" / "sound-00.npy")
    return load_engines(Settings()).transcriber().transcribe(audio, ["en"])


def timed(work: Callable[[], object]) -> float:
    """Seconds that `work` takes."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def score(folder: Path, found: Found) -> tuple[DiarizationScore, WordScore]:
    """DER without collar, overlap scored; cpWER."""
    truth = tuple(rttm.read(folder / "reference.rttm"))
    spoken = seglst.read(folder / "reference.seglst.json")
    segments, words = found
    length = max(s.end for s in (*truth, *segments))
    known = [replace(w, speaker=w.speaker or "unattributed") for w in words]
    return (
        evaluation.score_diarization(truth, segments, length),
        evaluation.score_words(spoken, known, "cpWER"),
    )


def main() -> None:
    """Make, run in turn, score, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("bench", type=Path)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--minutes", type=float, default=8)
    parser.add_argument("--rounds", type=int, default=2)
    asked = parser.parse_args()
    offline.silence()
    with tempfile.TemporaryDirectory() as name:
        os.environ["XDG_STATE_HOME"] = f"{name}/state"
        from pipelines.server import prepare_prefect, stop_server

        prepare_prefect()
        group, made = Path(name) / "bench", Path(name) / "made"
        for seed in asked.seeds:
            options = utterances(asked.bench.resolve(), seed, round(60 * asked.minutes))
            simulate(asked.bench.resolve(), made / f"s{seed}", *options)
        folders = [session_folder(group, f.with_suffix("")) for f in sorted(made.glob("*.flac"))]
        write_roster(group)
        load_models()
        plain = Plain()
        seconds = {"plain": 0.0, "ours": 0.0}
        words = {"plain": 0.0, "ours": 0.0}
        errors: dict[str, list[tuple[DiarizationScore, WordScore]]] = {"plain": [], "ours": []}
        try:
            for turn in range(asked.rounds):
                for folder in folders:
                    pair = [("plain", plain.run), ("ours", ours)]
                    for which, run in pair if turn % 2 == 0 else pair[::-1]:
                        took, found = run(folder)
                        seconds[which] += took
                        if turn == 0:
                            errors[which].append(score(folder, found))
                    listening = [("plain", plain.words), ("ours", our_words)]
                    for which, listen in listening if turn % 2 == 0 else listening[::-1]:
                        words[which] += timed(partial(listen, folder))
        finally:
            stop_server()
    for which, scores in errors.items():
        speech, spoken = zip(*scores, strict=True)
        der = sum(speech[1:], speech[0]).der
        cpwer = sum(spoken[1:], spoken[0]).rate
        print(
            f"{which:<6} {seconds[which]:7.0f} s   DER {der:.3f}   cpWER {cpwer:.3f}   "
            f"transcription alone {words[which]:.0f} s"
        )
    print(
        f"our time over the plain pipeline's: {seconds['ours'] / seconds['plain']:.3f}, "
        f"transcription alone {words['ours'] / words['plain']:.3f}"
    )


if __name__ == "__main__":
    main()
