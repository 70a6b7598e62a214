"""How much of each member's counts survives diarization.

    python benchmarks/interaction_from_sound.py BENCH [--sessions 6] [--minutes 10]

Simulates sessions with the bench's simulator (real turn-taking of meetings kept apart by
name, real voices), diarizes them with the bundled weights, and analyses the true and the
diarized speech in the same way, both without words.  Prints, over members of all sessions,
the correlation of each count and its bias (diarized minus true, as a share of true).
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from collections import defaultdict
from pathlib import Path

import numpy as np
import soundfile as sf
from scipy.optimize import linear_sum_assignment

from session_audio.formats import rttm
from session_audio.interactions import find_interactions
from session_audio.interval import intersection, total
from session_audio.ports import SpeakerCount
from session_audio.schema import Audio, Diarization, SpeakerSegment
from session_audio.settings import Settings
from session_audio.turns import build_turns

COUNTS = (
    "speaking time",
    "turns",
    "backchannels given",
    "interruptions made",
    "interruptions received",
    "unsuccessful made",
    "terminal overlaps",
)
MEETINGS = ("Bmr006", "Bro016", "Bed011", "Bmr020", "Bro022", "Bed015", "Bmr011", "Bro003")


def matched(truth: Diarization, found: Diarization) -> Diarization:
    """`found` with the names of the true speakers it overlaps most, one each."""
    names, labels = truth.speakers, found.speakers
    shared = np.array(
        [[_together(truth, name, found, label) for label in labels] for name in names]
    ).reshape(len(names), len(labels))
    rows, columns = linear_sum_assignment(-shared)
    new = {labels[j]: names[i] for i, j in zip(rows, columns, strict=True)}
    full = tuple(
        SpeakerSegment(s.start, s.end, new.get(s.speaker, f"other {s.speaker}")) for s in found.full
    )
    return Diarization(full, full)


def _together(a: Diarization, name: str, b: Diarization, label: str) -> float:
    mine = [s.interval for s in a.full if s.speaker == name]
    theirs = [s.interval for s in b.full if s.speaker == label]
    return float(sum(piece.duration for piece in intersection(mine, theirs)))


def counts(speech: Diarization, people: tuple[str, ...]) -> dict[str, list[float]]:
    """The counts of each of `people`, from speech alone."""
    turns = build_turns(None, speech)
    events = find_interactions(turns, None, speech)
    rows: dict[str, list[float]] = {}
    for who in people:
        made = [e.kind for e in events if e.participant == who]
        held = [e.kind for e in events if e.holder == who]
        rows[who] = [
            float(total(s.interval for s in speech.full if s.speaker == who)),
            sum(t.participant == who and not t.backchannel for t in turns),
            made.count("backchannel"),
            made.count("interruption_successful"),
            held.count("interruption_successful"),
            made.count("interruption_unsuccessful"),
            made.count("terminal_overlap"),
        ]
    return rows


def compare(pairs: list[tuple[Diarization, Diarization]]) -> list[tuple[str, float, float, float]]:
    """For each count: mean of the truth, correlation over members, bias as a share of the truth."""
    true: dict[str, list[float]] = defaultdict(list)
    seen: dict[str, list[float]] = defaultdict(list)
    for truth, found in pairs:
        people = truth.speakers
        here, there = counts(truth, people), counts(matched(truth, found), people)
        for who in people:
            for name, a, b in zip(COUNTS, here[who], there[who], strict=True):
                true[name].append(a)
                seen[name].append(b)
    out = []
    for name in COUNTS:
        a, b = np.array(true[name]), np.array(seen[name])
        r = float(np.corrcoef(a, b)[0, 1]) if a.std() and b.std() else float("nan")
        out.append((name, float(a.mean()), r, float((b.sum() - a.sum()) / max(a.sum(), 1e-9))))
    return out


def simulate(bench: Path, meeting: str, seed: int, minutes: float, out: Path) -> Path:
    """One simulated session; its path without an ending."""
    subprocess.run(
        [
            sys.executable,
            str(bench / "simulate_session.py"),
            "--structure",
            str(bench / "structures" / "icsi" / f"{meeting}.dadb.gz"),
            "--window",
            "300",
            str(300 + 60 * minutes),
            "--voices",
            str(bench / "voices"),
            "--seed",
            str(seed),
            "--out",
            str(out),
        ],
        check=True,
        capture_output=True,
    )
    return out


def main() -> None:
    """Simulate, diarize, compare."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("bench", type=Path)
    parser.add_argument("--sessions", type=int, default=6)
    parser.add_argument("--minutes", type=float, default=10.0)
    args = parser.parse_args()
    from session_audio.backends.diarization import load_diarizer

    diarizer = load_diarizer(Settings(), 1)
    pairs = []
    with tempfile.TemporaryDirectory() as scratch:
        for k, meeting in enumerate(MEETINGS[: args.sessions]):
            made = simulate(args.bench, meeting, 100 + k, args.minutes, Path(scratch) / meeting)
            segments = rttm.read(made.with_suffix(".rttm"))
            truth = Diarization(segments, segments)
            samples, rate = sf.read(made.with_suffix(".flac"), dtype="float32")
            bound = SpeakerCount(at_most=len(truth.speakers))
            found = diarizer.diarize(Audio(samples, rate), bound)
            pairs.append((truth, found))
            print(f"{meeting}: {len(found.speakers)} of {len(truth.speakers)} voices", flush=True)
    members = sum(len(truth.speakers) for truth, _ in pairs)
    print(f"\n{len(pairs)} sessions of {args.minutes:g} min, {members} members")
    print(f"{'count':24s} {'true mean':>9s} {'r':>6s} {'bias':>7s}")
    for name, mean, r, bias in compare(pairs):
        print(f"{name:24s} {mean:9.1f} {r:6.2f} {100 * bias:+6.0f} %")


if __name__ == "__main__":
    main()
