"""Who spoke when: every number of docs/accuracy.md's section on it, in one run.

    python benchmarks/diarization.py BENCH [--set dev|check] [--plain] [--words] [--long]
        [--keep FOLDER]

BENCH is the folder with ``simulate_session.py``, ``voices``, ``structures`` and ``real``.
Twelve sessions of ten minutes are simulated, half of AMI and half of ICSI structure, then
some with enrolled readers and a stranger, and one again at -65 dBFS; the real clips are
scored too.  ``check`` takes other meetings and other draws of readers than ``dev``, on
which the settings were chosen.  ``--plain`` adds pyannote.audio's pipeline as it comes, with
the same weights, on the first session (``flow.py`` times the whole of both); ``--words``
cpWER on whole utterances; ``--long`` sessions of 60 and 120 minutes with their peak memory.
``--keep`` simulates nothing again that is in FOLDER.  Every session goes through ingest.
"""

from __future__ import annotations

import argparse
import multiprocessing
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import numpy as np
from memory_held import peak
from simulated import repeated, simulate, utterances

from session_audio.backends.diarization.diarizer import GroupDiarizer, decide
from session_audio.backends.load import load_diarizer, load_plain, load_transcriber
from session_audio.errors import AudioError
from session_audio.formats import rttm, seglst
from session_audio.metrics.diarization_error import share_interval
from session_audio.ports import Diarizer, SpeakerCount
from session_audio.schema import (
    Audio,
    Diarization,
    Group,
    Participant,
    ParticipantId,
    Recording,
    Session,
)
from session_audio.scoring import evaluation
from session_audio.settings import Settings
from session_audio.sound.ingest import ingest, load_audio
from session_audio.speakers import identify
from session_audio.speakers.align import assign_speakers
from session_audio.speakers.enrolment import enrol
from session_audio.speakers.profiles import VoiceProfile

AMI = "ami/dev.rttm"
SETS: Mapping[str, tuple[tuple[str, str, int], ...]] = {
    "dev": (
        (AMI, "ES2011a", 300),
        (AMI, "IB4001", 600),
        (AMI, "IB4010", 900),
        (AMI, "IS1008b", 600),
        (AMI, "TS3004a", 300),
        (AMI, "TS3004d", 1200),
        ("icsi/Bmr007.dadb.gz", "", 600),
        ("icsi/Bmr011.dadb.gz", "", 600),
        ("icsi/Bmr008.dadb.gz", "", 600),
        ("icsi/Bed014.dadb.gz", "", 0),
        ("icsi/Bns003.dadb.gz", "", 600),
        ("icsi/Btr001.dadb.gz", "", 1200),
    ),
    "check": (
        (AMI, "ES2011b", 600),
        (AMI, "ES2011c", 900),
        (AMI, "IB4002", 600),
        (AMI, "IB4004", 900),
        (AMI, "IS1008a", 200),
        (AMI, "IS1008c", 600),
        ("icsi/Bmr023.dadb.gz", "", 600),
        ("icsi/Bmr021.dadb.gz", "", 900),
        ("icsi/Bmr026.dadb.gz", "", 300),
        ("icsi/Bed009.dadb.gz", "", 600),
        ("icsi/Bro012.dadb.gz", "", 900),
        ("icsi/Bro026.dadb.gz", "", 600),
    ),
}
SEEDS = {"dev": 1, "check": 301}
LONG = {"60 min": 1, "120 min": 2}
"""Hours of ICSI's Bmr008, repeated: the longest meetings are under 120 minutes."""
ENROLLED = ("1688", "1998", "2033", "2414", "2609")
"""Readers of the bench with recordings to spare."""


@dataclass
class Tally:
    """Sums over the sessions of one row."""

    score: evaluation.DiarizationScore = field(default_factory=evaluation.DiarizationScore)
    lenient: evaluation.DiarizationScore = field(default_factory=evaluation.DiarizationScore)
    count: evaluation.CountScore = field(default_factory=evaluation.CountScore)
    share: evaluation.ShareScore = field(default_factory=evaluation.ShareScore)
    covered: int = 0
    intervals: int = 0
    width: float = 0.0
    seconds: float = 0.0
    took: float = 0.0

    def add(self, truth: tuple, diarization: Diarization, duration: float, took: float) -> str:
        """Count one session in; returns its line."""
        one = evaluation.score_diarization(truth, diarization.full, duration)
        count = evaluation.score_count(truth, diarization.full)
        share = evaluation.score_shares(truth, diarization.full)
        self.score += one
        self.lenient += evaluation.score_diarization(truth, diarization.full, duration, collar=0.25)
        self.count += count
        self.share += share
        self.seconds += duration
        self.took += took
        names = {b: a for a, b in evaluation.mapping(truth, diarization.full).items()}
        times, real = evaluation.speaking_times(diarization.full), evaluation.speaking_times(truth)
        for who, seconds in real.items():
            if who in names:
                low, high = share_interval(times[names[who]], sum(times.values())) or (0.0, 1.0)
                self.covered += low <= seconds / sum(real.values()) <= high
                self.intervals += 1
                self.width += high - low
        return (
            f"DER {_percent(one.der)}  missed {_percent(one.missed / one.speech)}  false alarm "
            f"{_percent(one.false_alarm / one.speech)}  confusion "
            f"{_percent(one.confusion / one.speech)}  speakers {len(times)}/{len(real)}"
            f"{'' if count.right else ' (wrong)'}  share error {share.mean or 0:.1f}  "
            f"{took / duration:.3f} x"
        )

    def line(self) -> str:
        """The row."""
        s, c = self.score, self.count
        return (
            f"DER {_percent(s.der)} (missed {_percent(s.missed / s.speech)}, false alarm "
            f"{_percent(s.false_alarm / s.speech)}, confusion {_percent(s.confusion / s.speech)}); "
            f"with a collar of 0.25 s {_percent(self.lenient.der)}; JER {_percent(s.jer)}; "
            f"counted right {c.right}/{c.sessions}, worst off by {c.worst}; share error "
            f"{self.share.mean or 0:.2f} points, worst {self.share.worst:.1f}; time "
            f"{self.took / self.seconds:.3f} of the recording's"
        )


def _percent(x: float | None) -> str:
    return "n/a" if x is None else f"{100 * x:.1f} %"


def structure(bench: Path, name: str, meeting: str, first: int, last: int) -> list[str]:
    """Options that take a window of a real meeting's turn-taking."""
    chosen = ["--meeting", meeting] if meeting else []
    place = str(bench / "structures" / name)
    return ["--structure", place, *chosen, "--window", str(first), str(last)]


def standardised(file: Path) -> Audio:
    """The sound as the flow hands it to the models."""
    out = file.with_suffix(".npy")
    if not out.exists():
        ingest([Recording(file)], [out], Settings().sound)
    return load_audio(out)


def timed(diarizer: Diarizer, audio: Audio, count: SpeakerCount) -> tuple[Diarization, float]:
    """A diarization and the seconds it took."""
    began = time.perf_counter()
    diarization = diarizer.diarize(audio, count)
    return diarization, time.perf_counter() - began


def sessions(bench: Path, folder: Path, which: str) -> Iterator[Path]:
    """The twelve sessions of a set."""
    for i, (name, meeting, first) in enumerate(SETS[which]):
        window = structure(bench, name, meeting, first, first + 600)
        yield simulate(bench, folder / f"{which}{i:02d}", *window, "--seed", str(SEEDS[which] + i))


def members(
    bench: Path, folder: Path, diarizer: Diarizer, which: str
) -> evaluation.AttributionScore:
    """Sessions of five known readers, of whom four are enrolled and one is a stranger."""
    settings = Settings().identification
    score = evaluation.AttributionScore()
    meetings = [m for m in SETS[which] if m[0] != AMI]
    for i, (name, _, first) in enumerate(meetings[:3]):
        readers = [*ENROLLED[i:], *ENROLLED[:i]]
        others = sorted(p.name for p in (bench / "voices").iterdir() if p.name not in ENROLLED)
        window = structure(bench, name, "", first, first + 600)
        file = simulate(
            bench, folder / f"known{i}", *window, "--readers", *readers, *others[9 * i : 9 * i + 4]
        )
        clips = sorted((file.parent / f"{file.stem}.enrolment").glob("*.flac"))
        profiles = []
        for clip in clips[:-1]:
            try:
                sample = enrol(standardised(clip), diarizer, date(2026, 1, 1), settings)
            except AudioError as error:
                print(f"  {clip.stem} is not enrolled: {error.message}")
                continue
            profiles.append(VoiceProfile(ParticipantId(clip.stem), (sample,)))
        enrolled = {str(p.participant) for p in profiles}
        roster = tuple(Participant(ParticipantId(p), p) for p in sorted(enrolled))
        group = Group("bench", "bench", folder, roster)
        session = Session("s", folder, group, date(2026, 1, 1), 1, tuple(p.id for p in roster))
        diarization = diarizer.diarize(standardised(file), SpeakerCount())
        named = identify.rename(
            diarization, identify.identify(diarization, session, profiles, settings)
        )
        truth = rttm.read(file.with_suffix(".rttm"))
        one = evaluation.score_attribution(truth, named.exclusive, enrolled, enrolled)
        print(
            f"  {name}: right {_percent(one.accuracy)}, stranger taken for a member "
            f"{_percent(one.false_acceptance)}",
            flush=True,
        )
        score += one
    return score


def spoken_words(bench: Path, folder: Path, diarizer: Diarizer) -> None:
    """WER, cpWER and tcpWER of five readers in whole utterances."""
    transcriber = load_transcriber(Settings(), 2)
    totals = {kind: evaluation.WordScore() for kind in ("WER", "cpWER", "tcpWER")}
    for seed in (1, 2, 3):
        file = simulate(bench, folder / f"words{seed}", *utterances(bench, seed))
        audio = standardised(file)
        recognised = transcriber.transcribe(audio, ["en"]).words
        words = assign_speakers(recognised, diarizer.diarize(audio, SpeakerCount()))
        truth = seglst.read(file.with_suffix(".seglst.json"))
        for kind in totals:
            totals[kind] += evaluation.score_words(truth, words, kind)
    print("words: " + ", ".join(f"{kind} {_percent(x.rate)}" for kind, x in totals.items()))


def long_session(bench: Path, folder: Path, name: str) -> None:
    """One long session in a process of its own, so that its peak memory is its own."""
    worker = multiprocessing.get_context("spawn").Process(
        target=_long, args=(bench, folder, name), daemon=True
    )
    worker.start()
    worker.join()


def _long(bench: Path, folder: Path, name: str) -> None:
    window = structure(bench, "icsi/Bmr008.dadb.gz", "", 0, 3600)
    file = simulate(bench, folder / "60min", *window, "--seed", "7")
    hour, truth = standardised(file), rttm.read(file.with_suffix(".rttm"))
    audio = hour
    if LONG[name] > 1:
        # The same hour again: as many people, twice the length.
        sound = np.tile(hour.samples, LONG[name])
        audio = Audio(sound, hour.rate)
        truth = tuple(repeated(truth, hour.duration, LONG[name]))
    tally = Tally()
    diarization, took = timed(load_diarizer(Settings(), 2), audio, SpeakerCount())
    tally.add(truth, diarization, audio.duration, took)
    print(
        f"{name}: {tally.line()}; peak memory of diarization {peak() / 1024**3:.2f} GB", flush=True
    )


def main() -> None:
    """Run what was asked for and print the rows."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("bench", type=Path)
    parser.add_argument("--set", choices=list(SETS), default="dev")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--keep", type=Path)
    for name in ("plain", "words", "long"):
        parser.add_argument(f"--{name}", action="store_true")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = asked.keep or Path(name)
        folder.mkdir(parents=True, exist_ok=True)
        _measure(asked, folder)


def _measure(asked: argparse.Namespace, folder: Path) -> None:
    settings = Settings()
    diarizer = load_diarizer(settings, asked.threads)
    assert isinstance(diarizer, GroupDiarizer)
    rows = {
        name: Tally()
        for name in ("count unknown", "AMI structure", "ICSI structure", "attendance given")
    }
    plain = Tally()
    for i, file in enumerate(sessions(asked.bench, folder, asked.set)):
        audio, truth = standardised(file), rttm.read(file.with_suffix(".rttm"))
        began, worked = time.perf_counter(), time.process_time()
        outputs = diarizer.run_models(audio)
        diarization = decide(outputs, SpeakerCount(), settings.diarization)
        took, worked = time.perf_counter() - began, time.process_time() - worked
        line = rows["count unknown"].add(truth, diarization, audio.duration, took)
        print(f"  {i:2d} {line}, processor {worked / audio.duration:.3f} x", flush=True)
        kind = "AMI structure" if SETS[asked.set][i][0] == AMI else "ICSI structure"
        rows[kind].add(truth, diarization, audio.duration, took)
        people = len(evaluation.speaking_times(truth))
        given = decide(outputs, SpeakerCount(at_most=people), settings.diarization)
        rows["attendance given"].add(truth, given, audio.duration, took)
        if i == 0:
            _lowered(asked, folder, diarizer, rows["count unknown"].score.der or 0.0)
            if asked.plain:
                diarization, took = timed(load_plain(), audio, SpeakerCount())
                shown = plain.add(truth, diarization, audio.duration, took)
                print(f"     plain: {shown}", flush=True)
    for row, tally in rows.items():
        print(f"{row}: {tally.line()}", flush=True)
    main_row = rows["count unknown"]
    print(
        f"intervals of shares: {_percent(main_row.covered / main_row.intervals)} of "
        f"{main_row.intervals} hold the truth (stated 95 %), mean width "
        f"{100 * main_row.width / main_row.intervals:.1f} points",
        flush=True,
    )
    real = Tally()
    for file in sorted((asked.bench / "real").glob("ami-*.flac")):
        out = folder / f"{file.stem}.npy"
        ingest([Recording(file)], [out], settings.sound)
        audio = load_audio(out)
        diarization, took = timed(diarizer, audio, SpeakerCount())
        truth = rttm.read(file.with_suffix(".rttm"))
        print(f"  {file.stem} {real.add(truth, diarization, audio.duration, took)}", flush=True)
    print(f"real clips: {real.line()}", flush=True)
    known = members(asked.bench, folder, diarizer, asked.set)
    print(
        f"members: {_percent(known.accuracy)} of their speech to the right one; strangers: "
        f"{_percent(known.false_acceptance)} of their speech taken for a member's",
        flush=True,
    )
    if asked.words:
        spoken_words(asked.bench, folder, diarizer)
    if asked.long:
        for name in LONG:
            long_session(asked.bench, folder, name)


def _lowered(asked: argparse.Namespace, folder: Path, diarizer: Diarizer, before: float) -> None:
    """The first session once more, at -65 dBFS."""
    name, meeting, first = SETS[asked.set][0]
    window = structure(asked.bench, name, meeting, first, first + 600)
    seed = str(SEEDS[asked.set])
    file = simulate(
        asked.bench, folder / f"{asked.set}-low", *window, "--seed", seed, "--level", "-65"
    )
    audio, truth = standardised(file), rttm.read(file.with_suffix(".rttm"))
    diarization = diarizer.diarize(audio, SpeakerCount())
    low = evaluation.score_diarization(truth, diarization.full, audio.duration).der or 0.0
    print(f"     at -65 dBFS: DER {_percent(low)}, before {_percent(before)}", flush=True)


if __name__ == "__main__":
    main()
