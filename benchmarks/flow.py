"""The whole flow, from the recording to the report: its time by stage, its errors, its memory.

    python benchmarks/flow.py BENCH [--seeds 1 2 3] [--minutes 8] [--plain]
    python benchmarks/flow.py BENCH --long 120

BENCH is the folder with ``simulate_session.py``, ``voices``, ``structures`` and
``transcripts.txt``.  The first form makes sessions of whole utterances by 5 readers, whose
words and speakers are known, runs the flow on them as a group would (attendance given,
nobody enrolled), and scores what it wrote.  The second makes one long session with the
turn-taking of a real meeting, its first hour again and again.  The diarizer and the recogniser
are loaded and Prefect's server is up before the clock starts; what that took is printed.  Memory is
what this process holds and what Prefect's server holds beside it (pages that both use count once),
looked at every second; Linux.  ``--plain`` runs pyannote.audio's pipeline and then faster-whisper,
each with its own defaults and the same weights, on the same sound in the same run.
"""

from __future__ import annotations

import argparse
import os
import shutil
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import soundfile as sf
from memory_held import Memory
from simulated import repeated, simulate, utterances

from session_audio import offline
from session_audio.formats import rttm
from session_audio.scoring.session_score import SessionScore, score_session
from session_audio.settings import Settings
from session_audio.workspace import manifest
from session_audio.workspace.store import SessionStore

STAGES = ("ingest", "diarize", "transcribe", "identify", "turns", "measure", "flag", "report")
LONG = "icsi/Bmr008.dadb.gz"
CONSENT = "".join(
    f"{purpose} = {{ given = 2026-01-01 }}\n"
    for purpose in ("recording", "transcription", "analysis")
)


def session_folder(group: Path, made: Path) -> Path:
    """A session's folder from what the simulator wrote; its speakers join the roster."""
    folder = group / made.name
    folder.mkdir(parents=True)
    shutil.move(made.with_suffix(".flac"), folder / "session.flac")
    shutil.move(made.with_suffix(".rttm"), folder / "reference.rttm")
    words = Path(f"{made}.seglst.json")
    if words.is_file():
        shutil.move(words, folder / "reference.seglst.json")
    people = sorted({s.speaker for s in rttm.read(folder / "reference.rttm")})
    number = len(list(group.iterdir()))
    (folder / "session.toml").write_text(
        f"date = 2026-02-{number:02d}\nnumber = {number}\nattendance = {people}\n"
        '[[recording]]\nfile = "session.flac"\n'.replace("'", '"')
    )
    return folder


def write_roster(group: Path) -> None:
    """The roster of everybody who speaks in the group's sessions; all consent."""
    people = {s.speaker for file in group.glob("*/reference.rttm") for s in rttm.read(file)}
    text = 'id = "bench"\nname = "bench"\nlanguage = "en"\nfictional = true\n'
    for who in sorted(people):
        text += f'\n[[participant]]\nid = "{who}"\nname = "{who}"\n[participant.consent]\n{CONSENT}'
    (group / "group.toml").write_text(text)


def long_session(bench: Path, out: Path, minutes: float) -> None:
    """One session of so many minutes: a meeting's first hour, as often as it takes."""
    window = ["--window", "0", str(round(60 * min(minutes, 60)))]
    place = ["--structure", str(bench / "structures" / LONG), *window, "--seed", "7"]
    if minutes <= 60:
        simulate(bench, out, *place)
        return
    once = simulate(bench, out.with_name("hour") / "hour", *place)
    sound, rate = sf.read(once, dtype="int16")
    spoken = rttm.read(once.with_suffix(".rttm"))
    length, total = len(sound) / rate, 60 * minutes
    times = int(np.ceil(total / length))
    sf.write(out.with_suffix(".flac"), np.tile(sound, times)[: round(total * rate)], rate)
    again = [
        replace(one, end=min(total, one.end))
        for one in repeated(spoken, length, times)
        if one.start < total
    ]
    rttm.write(out.with_suffix(".rttm"), out.name, again)


def load_models() -> None:
    """Load what the flow needs, and start Prefect's server with a new database."""
    from pipelines import server
    from session_audio.flow.engines import load_engines

    began = time.perf_counter()
    server.begin()
    used = load_engines(Settings())
    used.diarizer()
    used.transcriber()
    loaded = time.perf_counter() - began
    server.temporary().wait()
    print(f"models loaded after {loaded:.1f} s, the server up after", end=" ")
    print(f"{time.perf_counter() - began:.1f} s", flush=True)


def run_flow(folders: list[Path]) -> tuple[float, float]:
    """Run the group's flow; returns its seconds, and those of processor time."""
    from pipelines import group

    began, worked = time.perf_counter(), time.process_time()
    for outcome in group.run([str(f) for f in folders]):
        if outcome.status != "done":
            raise SystemExit(f"{outcome.session}: {outcome.status} at {outcome.stage}")
    return time.perf_counter() - began, time.process_time() - worked


def run_plain(folders: list[Path]) -> tuple[float, float]:
    """Seconds of the plain pipeline's two halves, models loaded before."""
    from faster_whisper import WhisperModel

    from session_audio.backends.load import load_plain
    from session_audio.ports import SpeakerCount
    from session_audio.sound.ingest import load_audio
    from session_audio.weights import locate

    diarizer = load_plain()
    recogniser = WhisperModel(str(locate("transcription")), device="cpu", compute_type="int8")
    taken = [0.0, 0.0]
    for folder in folders:
        audio = load_audio(folder / "out" / "work" / "sound-00.npy")
        began = time.perf_counter()
        diarizer.diarize(audio, SpeakerCount())
        taken[0] += time.perf_counter() - began
        began = time.perf_counter()
        segments, _ = recogniser.transcribe(
            str(folder / "session.flac"), language="en", word_timestamps=True
        )
        sum(1 for _ in segments)
        taken[1] += time.perf_counter() - began
    return taken[0], taken[1]


def stage_seconds(folders: list[Path]) -> dict[str, float]:
    """Seconds of each stage, summed over sessions."""
    out = dict.fromkeys(STAGES, 0.0)
    for folder in folders:
        for stage in STAGES:
            record = SessionStore(folder).record(stage)
            out[stage] += record.seconds if record else 0.0
    return out


def main() -> None:
    """Make, run, score, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("bench", type=Path)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--minutes", type=float, default=8)
    parser.add_argument("--long", type=float, metavar="MINUTES", help="one long session instead")
    parser.add_argument("--plain", action="store_true")
    asked = parser.parse_args()
    bench = asked.bench.resolve()
    offline.silence()
    with tempfile.TemporaryDirectory() as name:
        os.environ["XDG_STATE_HOME"] = f"{name}/state"
        from pipelines.server import prepare_prefect, stop_server

        prepare_prefect()
        group = Path(name) / "bench"
        made = Path(name) / "made"
        if asked.long:
            long_session(bench, made / "long", asked.long)
        else:
            for seed in asked.seeds:
                options = utterances(bench, seed, round(60 * asked.minutes))
                simulate(bench, made / f"s{seed}", *options)
        folders = [session_folder(group, f.with_suffix("")) for f in sorted(made.glob("*.flac"))]
        write_roster(group)
        load_models()
        try:
            with Memory.watched() as memory:
                seconds, processor = run_flow(folders)
            report(folders, seconds, processor, memory)
            if asked.plain:
                voices, words = run_plain(folders)
                ratio = stage_seconds(folders)
                print(
                    f"plain pipeline: {voices:.0f} s to diarize, {words:.0f} s to transcribe, one "
                    f"after the other; the flow's whole time is "
                    f"{seconds / (voices + words):.2f} of that, its diarization "
                    f"{ratio['diarize'] / voices:.2f}, its transcription "
                    f"{ratio['transcribe'] / words:.2f} (these two ran side by side)"
                )
        finally:
            stop_server()


def report(folders: list[Path], seconds: float, processor: float, memory: Memory) -> None:
    """Print what was reached."""
    scores = [score_session(manifest.load_session(f)) for f in folders]
    length = 0.0
    for folder, one in zip(folders, scores, strict=True):
        rows = one.rows()
        length += max(s.end for s in rttm.read(folder / "reference.rttm"))
        speakers = len({s.speaker for s in rttm.read(folder / "out" / "diarization.rttm")})
        people = len({s.speaker for s in rttm.read(folder / "reference.rttm")})
        figures = ", ".join(
            f"{k} {100 * v:.1f} %"
            for k in ("DER", "WER", "cpWER", "tcpWER")
            if isinstance(v := rows.get(k), float)
        )
        print(f"{folder.name}: speakers {speakers} of {people}, {figures}")
    pooled = sum(scores, SessionScore()).rows()
    print("together: " + ", ".join(f"{k} {v:.3f}" for k, v in pooled.items() if v is not None))
    print(
        f"{length / 60:.1f} min of sound in {seconds:.0f} s: {seconds / length:.3f} of its length "
        f"(processor time {processor / length:.3f})"
    )
    for stage, spent in stage_seconds(folders).items():
        print(f"  {stage:<11} {spent:7.1f} s  {spent / length:.4f}")
    print(
        f"peak memory of the process {memory.here / 1e9:.2f} GB, "
        f"with Prefect's server {memory.together / 1e9:.2f} GB"
    )


if __name__ == "__main__":
    main()
