"""How much of each member's counts survives diarization.

    python benchmarks/interaction_from_sound.py BENCH [--sessions 10] [--minutes 10] [--keep FOLDER]

Simulates sessions with the bench's simulator (real turn-taking of ICSI and AMI meetings by
turns, real voices), diarizes them with the default weights, and analyses the true and the
diarized speech in the same way, both without words.  Prints, over members of all sessions,
the correlation of each count with its 95 % interval (whole sessions resampled), and its
bias (diarized minus true, as a share of true).  FOLDER keeps the sound and the diarizations,
to go on from there.

    python benchmarks/interaction_from_sound.py BENCH --spoken FOLDER --model MODEL

measures the stretches that ``speak_meetings.py`` left in FOLDER against the labels of people, with
the MODEL that ``interaction.py --keep`` trained on other meetings (`spoken_meetings`).
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import numpy as np
import soundfile as sf
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment
from simulated import simulate
from spoken_meetings import measure

from session_audio.formats import rttm
from session_audio.interval import intersection, total
from session_audio.ports import SpeakerCount
from session_audio.schema import Audio, Diarization, SpeakerSegment
from session_audio.settings import Settings
from session_audio.turntaking.interactions import find_interactions
from session_audio.turntaking.model import load
from session_audio.turntaking.turns import build_turns

COUNTS = (
    "speaking time",
    "turns",
    "backchannels given",
    "interruptions made",
    "interruptions received",
    "unsuccessful made",
    "terminal overlaps",
)
ICSI = ("Bmr006", "Bro016", "Bed011", "Bmr020", "Bro022")
AMI = ("ES2011d", "IB4002", "IS1008d", "TS3004b", "IB4010")
MEETINGS = tuple(meeting for pair in zip(ICSI, AMI, strict=True) for meeting in pair)
RESAMPLES = 1000


def matched(truth: Diarization, diarized: Diarization) -> Diarization:
    """`diarized` with the names of the true speakers it overlaps most, one each."""
    names, labels = truth.speakers, diarized.speakers
    shared = np.array(
        [[_together(truth, name, diarized, label) for label in labels] for name in names]
    ).reshape(len(names), len(labels))
    rows, columns = linear_sum_assignment(-shared)
    new = {labels[j]: names[i] for i, j in zip(rows, columns, strict=True)}
    full = tuple(
        SpeakerSegment(s.start, s.end, new.get(s.speaker, f"other {s.speaker}"))
        for s in diarized.full
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


Row = tuple[str, float, float, float, float, float]
"""Name of a count, its true mean, correlation, lower and upper limit of that, and bias."""


def compare(pairs: list[tuple[Diarization, Diarization]]) -> list[Row]:
    """For each count: mean of the truth, correlation over members, bias as a share of the truth."""
    sessions = []  # one array a session: count, member, (true, diarized)
    for truth, diarized in pairs:
        people = truth.speakers
        here, there = counts(truth, people), counts(matched(truth, diarized), people)
        sessions.append(np.array([[here[who], there[who]] for who in people]).transpose(2, 0, 1))
    draw = np.random.default_rng(0)
    drawn = draw.integers(0, len(sessions), size=(RESAMPLES, len(sessions)))
    out = []
    for k, name in enumerate(COUNTS):
        values = [one[k] for one in sessions]
        true, seen = np.concatenate(values).T
        spread = [correlation(np.concatenate([values[i] for i in row])) for row in drawn]
        low, high = np.nanquantile(spread, [0.025, 0.975])
        bias = float((seen.sum() - true.sum()) / max(true.sum(), 1e-9))
        r = correlation(np.concatenate(values))
        out.append((name, float(true.mean()), r, float(low), float(high), bias))
    return out


def correlation(values: NDArray[np.float64]) -> float:
    """Pearson's, of two columns; NaN where one does not vary."""
    a, b = values.T
    return float(np.corrcoef(a, b)[0, 1]) if a.std() and b.std() else float("nan")


def session(bench: Path, meeting: str, seed: int, minutes: float, out: Path) -> Path:
    """One simulated session with a meeting's turn-taking; its path without an ending."""
    icsi = bench / "structures" / "icsi" / f"{meeting}.dadb.gz"
    ami = bench / "structures" / "ami" / "dev.rttm"
    place = [str(icsi)] if icsi.exists() else [str(ami), "--meeting", meeting]
    window = ["--window", "300", str(300 + 60 * minutes), "--seed", str(seed)]
    simulate(bench, out, "--structure", *place, *window)
    return out


def main() -> None:
    """Simulate, diarize, compare."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("bench", type=Path)
    parser.add_argument("--sessions", type=int, default=len(MEETINGS))
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--keep", type=Path, help="folder for sound and diarizations")
    parser.add_argument("--spoken", type=Path, help="stretches that speak_meetings.py made")
    parser.add_argument("--model", type=Path, help="for --spoken: trained on other meetings")
    args = parser.parse_args()
    if args.spoken:
        measure(args.bench, args.spoken, load(args.model))
        return
    from session_audio.backends.load import load_diarizer

    diarizer = load_diarizer(Settings(), 1)
    pairs = []
    with tempfile.TemporaryDirectory() as scratch:
        folder = args.keep or Path(scratch)
        folder.mkdir(parents=True, exist_ok=True)
        for k, meeting in enumerate(MEETINGS[: args.sessions]):
            made = session(args.bench, meeting, 100 + k, args.minutes, folder / meeting)
            segments = rttm.read(made.with_suffix(".rttm"))
            truth = Diarization(segments, segments)
            kept = made.with_suffix(".found.rttm")
            if not kept.exists():
                samples, rate = sf.read(made.with_suffix(".flac"), dtype="float32")
                bound = SpeakerCount(at_most=len(truth.speakers))
                diarized = diarizer.diarize(Audio(samples, rate), bound)
                rttm.write(kept, meeting, diarized.full)
            segments = rttm.read(kept)
            diarized = Diarization(segments, segments)
            pairs.append((truth, diarized))
            print(
                f"{meeting}: {len(diarized.speakers)} of {len(truth.speakers)} speakers", flush=True
            )
    members = sum(len(truth.speakers) for truth, _ in pairs)
    print(f"\n{len(pairs)} sessions of {args.minutes:g} min, {members} members")
    print(f"{'count':32s} {'true mean':>9s} {'r':>6s} {'95 %':>14s} {'bias':>7s}")
    for name, mean, r, low, high, bias in compare(pairs):
        print(f"{name:32s} {mean:9.1f} {r:6.2f} {low:6.2f} to {high:4.2f} {100 * bias:+6.0f} %")


if __name__ == "__main__":
    main()
