"""The whole flow, from the recording to the report: its time by stage, its errors, its memory.

    python benchmarks/flow.py BENCH [--seeds 1 2 3] [--minutes 8] [--plain]
    python benchmarks/flow.py BENCH --long 120

BENCH is the folder with ``simulate_session.py``, ``voices``, ``structures`` and
``transcripts.txt``.  The first form makes sessions of whole utterances by 5 readers, whose
words and speakers are known, runs the flow on them as a group would (attendance given,
nobody enrolled), and scores what it wrote.  The second makes one long session with the
turn-taking of a real meeting.  Models are loaded before the clock starts.  ``--plain`` runs
pyannote.audio's pipeline and then faster-whisper, each with its own defaults and the same
weights, on the same sound in the same run.
"""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import tempfile
import time
from pathlib import Path

from simulated import simulate, utterances

from session_audio import manifest, offline
from session_audio.formats import rttm
from session_audio.session_score import SessionScore, score_session
from session_audio.settings import Settings
from session_audio.store import SessionStore

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


def load_models() -> None:
    """Load what the flow needs, as it would itself."""
    from pipelines.engines import engines

    used = engines(Settings())
    for load in (used.diarizer, used.transcriber, used.classifier):
        load()


def run_flow(folders: list[Path]) -> float:
    """Run the group's flow; returns its seconds."""
    from pipelines.group import group_flow

    began = time.perf_counter()
    for outcome in group_flow([str(f) for f in folders]):
        if outcome.status != "done":
            raise SystemExit(f"{outcome.session}: {outcome.status} at {outcome.stage}")
    return time.perf_counter() - began


def run_plain(folders: list[Path]) -> tuple[float, float]:
    """Seconds of the plain pipeline's two halves, models loaded before."""
    from faster_whisper import WhisperModel

    from session_audio.backends.plain import load_plain
    from session_audio.ingest import load_audio
    from session_audio.models import locate
    from session_audio.ports import SpeakerCount

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
            window = ["0", str(round(60 * asked.long))]
            place = ["--structure", str(bench / "structures" / LONG), "--window", *window]
            simulate(bench, made / "long", *place, "--seed", "7")
        else:
            for seed in asked.seeds:
                options = utterances(bench, seed, round(60 * asked.minutes))
                simulate(bench, made / f"s{seed}", *options)
        folders = [session_folder(group, f.with_suffix("")) for f in sorted(made.glob("*.flac"))]
        write_roster(group)
        load_models()
        try:
            seconds = run_flow(folders)
            report(folders, seconds)
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


def report(folders: list[Path], seconds: float) -> None:
    """Print what was reached."""
    scores = [score_session(manifest.load_session(f)) for f in folders]
    length = 0.0
    for folder, one in zip(folders, scores, strict=True):
        rows = one.rows()
        length += max(s.end for s in rttm.read(folder / "reference.rttm"))
        heard = len({s.speaker for s in rttm.read(folder / "out" / "diarization.rttm")})
        people = len({s.speaker for s in rttm.read(folder / "reference.rttm")})
        figures = ", ".join(
            f"{k} {100 * v:.1f} %"
            for k in ("DER", "WER", "cpWER", "tcpWER")
            if isinstance(v := rows.get(k), float)
        )
        print(f"{folder.name}: speakers {heard} of {people}, {figures}")
    pooled = sum(scores, SessionScore()).rows()
    print("together: " + ", ".join(f"{k} {v:.3f}" for k, v in pooled.items() if v is not None))
    print(
        f"{length / 60:.1f} min of sound in {seconds:.0f} s: {seconds / length:.3f} of its length"
    )
    for stage, spent in stage_seconds(folders).items():
        print(f"  {stage:<11} {spent:7.1f} s  {spent / length:.4f}")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2
    print(f"peak memory of the process {peak:.2f} GB")


if __name__ == "__main__":
    main()
