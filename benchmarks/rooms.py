"""Who spoke, in what rooms and telephones do to a session.

    python benchmarks/rooms.py BENCH [--only calls sides telephone stranger noise member empty]
        [--keep FOLDER]

BENCH is the folder with ``simulate_session.py``, ``voices``, ``structures`` and ``real``.

``calls``: real recordings of two (telephone calls mixed to one channel, a consultation by
video, the call that pyannote.audio's wheel carries).  ``sides``: those of them with a person a
channel as they stand.  ``telephone``: simulated sessions cut to
300 to 3400 Hz, at 8 kHz.  ``stranger``: sessions with one person less listed than talk for 10 s.
``noise``: brown noise 3 dB under the speech.  ``member``: who talks second most by telephone,
6 dB softer.
``empty``: six minutes of session, then an hour of an empty room with a door and steps.
Simulated sessions are two of ``check`` (see ``diarization.py``).
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import soundfile
from diarization import SEEDS, SETS, Tally, standardised, structure
from numpy.typing import NDArray
from scipy.signal import butter, sosfiltfilt
from simulated import simulate

from session_audio.backends.diarization.diarizer import (
    DiarizerOutputs,
    GroupDiarizer,
    decide,
)
from session_audio.backends.load import load_diarizer, load_transcriber
from session_audio.flow.sides import in_room
from session_audio.formats import rttm
from session_audio.interval import intersection, total, union
from session_audio.ports import SpeakerCount
from session_audio.schema import Diarization, Recording, SpeakerSegment
from session_audio.scoring import evaluation
from session_audio.settings import Settings
from session_audio.sound.ingest import ingest, load_audio

RATE = 16_000
SESSIONS = (0, 8)
"""Which of the twelve sessions of ``check`` are used: one of AMI, one of ICSI."""
CALLS = ("call-1", "call-2", "call-3", "consultation-1")
MIXED_UP = {"consultation-1": (561.0, "doctor")}
"""From when on a turn of the reference is somebody else's: its words say so ("D; OK, well ...")."""
END = 360
"""Seconds of session before the empty room."""
Sound = NDArray[np.float64]
Truth = Sequence[SpeakerSegment]


def by_telephone(sound: Sound) -> Sound:
    """300 to 3400 Hz of `sound`."""
    return np.asarray(sosfiltfilt(butter(4, (300, 3400), "bandpass", fs=RATE, output="sos"), sound))


def with_brown_noise(sound: Sound, truth: Truth) -> Sound:
    """Brown noise 3 dB under the sound, nothing of it below 20 Hz."""
    walk = np.cumsum(np.random.default_rng(len(truth)).normal(size=len(sound)))
    walk = sosfiltfilt(butter(2, 20, "highpass", fs=RATE, output="sos"), walk)
    return np.asarray(sound + walk / walk.std() * sound.std() * 10 ** (-3 / 20))


def second_most(truth: Truth) -> str:
    """Who talks second most."""
    times = evaluation.speaking_times(truth)
    return sorted(times, key=lambda who: times[who])[-2]


def with_a_member_by_telephone(sound: Sound, truth: Truth) -> Sound:
    """Who talks second most by telephone, 6 dB softer, where nobody else talks."""
    alone = np.zeros(len(sound))
    member = second_most(truth)
    for segment in sorted(truth, key=lambda s: s.speaker != member):
        here = slice(round(segment.start * RATE), round(segment.end * RATE))
        alone[here] = segment.speaker == member
    alone = np.convolve(alone, np.ones(320) / 320, "same")
    return np.asarray(sound * (1 - alone) + alone * by_telephone(sound) * 10 ** (-6 / 20))


def then_an_empty_room(sound: Sound, _: Truth) -> Sound:
    """Six minutes, then an hour of the room's noise; every four minutes a door and eight steps."""
    rng = np.random.default_rng(1)
    frames = sound[: END * RATE].reshape(-1, RATE // 100)
    empty = np.percentile(np.sqrt((frames**2).mean(axis=1)), 5) * rng.normal(size=3600 * RATE)
    fade = np.exp(-np.arange(RATE // 2) / (0.06 * RATE))
    low = butter(2, (60, 900), "bandpass", fs=RATE, output="sos")
    for minute in range(1, 60, 4):
        for k in range(9):
            at = minute * 60 * RATE + (k > 0) * round((2.0 + 0.55 * k) * RATE)
            thud = sosfiltfilt(low, rng.normal(size=len(fade)) * fade)
            empty[at : at + len(thud)] += thud / np.abs(thud).max() * (0.06 if k else 0.3)
    return np.concatenate([sound[: END * RATE], empty])


def mended(truth: Truth, at: float, speaker: str) -> Truth:
    """`truth` with the turn that goes on over `at` given to `speaker` from then on."""
    out: list[SpeakerSegment] = []
    for s in truth:
        if s.start < at < s.end:
            out += [replace(s, end=at), SpeakerSegment(at, s.end, speaker)]
        else:
            out.append(s)
    return sorted(out)


class Bench:
    """The recordings, and what the models say of them."""

    def __init__(self, bench: Path, folder: Path) -> None:
        self.bench, self.folder = bench, folder
        self.settings = Settings()
        diarizer = load_diarizer(self.settings)
        assert isinstance(diarizer, GroupDiarizer)
        self.diarizer = diarizer
        self._heard: dict[Path, DiarizerOutputs] = {}

    def real(self) -> list[tuple[Path, Truth]]:
        """Real recordings of two people."""
        out: list[tuple[Path, Truth]] = []
        for name in CALLS:
            (file,) = (
                f for f in (self.bench / "real").glob(f"{name}.*") if f.suffix in {".flac", ".mp3"}
            )
            times = next((self.bench / "real").glob(f"{name}*.rttm"))
            out.append((file, mended(rttm.read(times), *MIXED_UP.get(name, (0.0, "")))))
        spec = find_spec("pyannote.audio")
        assert spec is not None and spec.origin is not None
        sample = Path(spec.origin).parent / "sample" / "sample.wav"
        return [*out, (sample, rttm.read(sample.with_suffix(".rttm")))]

    def sessions(self) -> list[tuple[Path, Truth]]:
        """Simulated sessions of ten minutes."""
        out: list[tuple[Path, Truth]] = []
        for i in SESSIONS:
            name, meeting, first = SETS["check"][i]
            window = structure(self.bench, name, meeting, first, first + 600)
            seed = str(SEEDS["check"] + i)
            file = simulate(self.bench, self.folder / f"check{i:02d}", *window, "--seed", seed)
            out.append((file, rttm.read(file.with_suffix(".rttm"))))
        return out

    def changed(
        self, file: Path, truth: Truth, change: Callable[[Sound, Truth], Sound], rate: int = RATE
    ) -> Path:
        """A session with its sound changed, at `rate`."""
        out = file.with_name(f"{file.stem}-{change.__name__}.flac")
        if not out.exists():
            sound = change(soundfile.read(file)[0], truth)[:: RATE // rate]
            soundfile.write(out, sound * (0.8 / np.abs(sound).max()), rate, subtype="PCM_16")
        return out

    def diarize(self, file: Path, count: SpeakerCount | None = None) -> Diarization:
        """Who spoke when; the models run once a file."""
        if file not in self._heard:
            local = self.folder / f"{file.stem}{file.suffix}"
            if not local.exists():
                local.symlink_to(file)
            self._heard[file] = self.diarizer.run_models(standardised(local))
        return decide(self._heard[file], count or SpeakerCount(), self.settings.diarization)


def scored(name: str, found: Sequence[tuple[str, Truth, Diarization]]) -> None:
    """Print each recording and all."""
    tally = Tally()
    for label, truth, diarization in found:
        end = max(s.end for s in truth)
        print(f"  {label}: {tally.add(tuple(truth), diarization, end, 0.0)}", flush=True)
    print(f"{name}: {tally.line()}", flush=True)


def calls(bench: Bench) -> None:
    """Real recordings of two."""
    scored("calls", [(f.stem, t, bench.diarize(f)) for f, t in bench.real()])


def sides(bench: Bench) -> None:
    """Calls with a person a channel, used as two tracks."""
    found = []
    for file, truth in bench.real():
        out = [bench.folder / f"{file.stem}-{name}.npy" for name in ("both", "left", "right")]
        (quality,) = ingest([Recording(file)], out[:1], bench.settings.sound, sides=out[1:])
        if out[1].exists():
            room, *apart = [load_audio(path) for path in out]
            heard = in_room(bench.diarizer, room, apart, SpeakerCount(), bench.settings)
            print("  ", *(str(w) for w in (*quality.warnings, *heard.warnings)))
            found.append((file.stem, truth, heard))
    scored("sides", found)


def telephone(bench: Bench) -> None:
    """Whole sessions by telephone."""

    def whole(sound: Sound, _: Truth) -> Sound:
        return by_telephone(sound)

    files = [(bench.changed(f, t, whole, RATE // 2), t) for f, t in bench.sessions()]
    scored("telephone", [(f.stem, t, bench.diarize(f)) for f, t in files])


def stranger(bench: Bench) -> None:
    """One person less listed than talk."""
    found = []
    for file, truth in bench.sessions():
        listed = sum(t >= 10 for t in evaluation.speaking_times(truth).values()) - 1
        found.append((file.stem, truth, bench.diarize(file, SpeakerCount(expected=listed))))
        print("  ", *(str(w) for w in found[-1][2].warnings))
    scored("stranger", found)


def noise(bench: Bench) -> None:
    """Brown noise; how much of the speech that is found without it is still found."""
    found = []
    for file, truth in bench.sessions():
        noisy = bench.diarize(bench.changed(file, truth, with_brown_noise))
        spoken, kept = (union(s.interval for s in d.full) for d in (bench.diarize(file), noisy))
        print(
            f"  kept {100 * total(intersection(spoken, kept)) / total(spoken):.1f} % of the speech"
        )
        found.append((file.stem, truth, noisy))
    scored("noise", found)


def member(bench: Bench) -> None:
    """One member by telephone: their time."""
    found = []
    for file, truth in bench.sessions():
        heard = bench.diarize(bench.changed(file, truth, with_a_member_by_telephone))
        who = second_most(truth)
        labels = {b: a for a, b in evaluation.mapping(truth, heard.full).items()}
        theirs = evaluation.speaking_times(heard.full).get(labels.get(who, ""), 0.0)
        print(f"  talks {evaluation.speaking_times(truth)[who]:.0f} s, found {theirs:.0f} s")
        found.append((file.stem, truth, heard))
    scored("member", found)


def empty(bench: Bench) -> None:
    """An hour of empty room after the end."""
    file, truth = bench.sessions()[0]
    room = bench.changed(file, truth, then_an_empty_room)
    heard = bench.diarize(room)
    words = load_transcriber(bench.settings, 2).transcribe(standardised(room), "en").words
    after = [s for s in heard.full if s.end > END + 1]
    print(
        f"empty: last speech at {max(s.end for s in heard.full):.1f} s, {len(after)} segments and "
        f"{sum(w.start > END + 1 for w in words)} words after"
    )


PARTS = (calls, sides, telephone, stranger, noise, member, empty)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("bench", type=Path)
    names = [part.__name__ for part in PARTS]
    parser.add_argument("--only", nargs="*", choices=names, default=names)
    parser.add_argument("--keep", type=Path)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        bench = Bench(asked.bench, asked.keep or Path(scratch))
        for part in PARTS:
            if part.__name__ in asked.only:
                part(bench)


if __name__ == "__main__":
    main()
