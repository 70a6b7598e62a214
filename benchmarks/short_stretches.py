"""Whose short talk under another's is: how much is heard, and given to the right voice.

    python benchmarks/short_stretches.py BENCH [--minutes 10] [--keep FOLDER]

Simulates the sessions of `interaction_from_sound.py` (real turn-taking, real voices) and diarizes
each twice: with every such stretch judged once more from its own sound, as the diarizer does, and
without.  A stretch counts from 0.15 to 1.5 s, half of it under others' talk, pauses of 0.3 s
inside.  Prints of the true ones how many are found right, with a wrong voice, or missed (people
who were found at all), of those found how many are right; and the error of the diarization,
frame by frame, without a collar.

    python benchmarks/short_stretches.py BENCH --margins

prints, beside what is shipped, what other margins and weights give.  FOLDER keeps the sound and
what the models said of it, to go on from there.
"""

from __future__ import annotations

import argparse
import pickle
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import soundfile as sf
from interaction_from_sound import MEETINGS, session
from numpy.typing import NDArray

from session_audio.backends.diarization import short_stretches
from session_audio.backends.diarization.diarizer import DiarizerOutputs, GroupDiarizer, decide
from session_audio.backends.diarization.local_activity import FRAMES
from session_audio.backends.diarization.speech_activity import fill_gaps, runs
from session_audio.formats import rttm
from session_audio.ports import SpeakerCount
from session_audio.schema import Audio, SpeakerSegment
from session_audio.scoring.evaluation import mapping
from session_audio.settings import Settings

Flags = NDArray[np.bool_]
IN_COMMON = 0.3
"""Share of a stretch from which somebody talks in it."""
CONSTANTS = ("LOCAL_WEIGHT", "OWN_WEIGHT", "MARGIN")
TRIED = [(0.5, 0.07, m) for m in (0.0, 0.5, 1.5, 3.0)] + [(0.0, 0.07, 1.0), (0.5, 0.0, 1.0)]
"""Other values of these constants of `short_stretches`."""


def flags(segments: Sequence[SpeakerSegment], people: Sequence[str], frames: int) -> Flags:
    """Who talks, shape (frames, people)."""
    out = np.zeros((frames, len(people)), bool)
    for s in segments:
        if s.speaker in people:
            span = slice(round(s.start * FRAMES), round(s.end * FRAMES))
            out[span, people.index(s.speaker)] = True
    return out


def short(talks: Flags) -> Iterator[tuple[slice, int]]:
    """Short stretches under others' talk, and whose they are."""
    for k in range(talks.shape[1]):
        others: Flags = np.asarray(np.delete(talks, k, axis=1).any(axis=1))
        for a, b in zip(*runs(fill_gaps(talks[:, k], short_stretches.PAUSE)), strict=True):
            short_enough = short_stretches.LEAST <= b - a <= short_stretches.LONGEST
            if short_enough and others[a:b].mean() >= short_stretches.UNDER:
                yield slice(a, b), k


def counted(truth: Sequence[SpeakerSegment], found: Sequence[SpeakerSegment]) -> Counter[str]:
    """Stretches by what became of them, and frames of error."""
    names = mapping(truth, found)
    renamed = [replace(s, speaker=names.get(s.speaker, f"other {s.speaker}")) for s in found]
    people = sorted({s.speaker for s in truth})
    everybody = people + sorted({s.speaker for s in renamed} - set(people))
    frames = int(FRAMES * max(s.end for s in (*truth, *found))) + 2
    true, heard = (flags(x, everybody, frames) for x in (truth, renamed))
    out: Counter[str] = Counter()
    for span, k in short(true):
        if not heard[:, k].any():
            continue
        shares, others = heard[span].mean(axis=0), true[span].mean(axis=0) <= IN_COMMON
        others[k] = False
        wrong = (shares[others] >= IN_COMMON).any()
        out["right" if shares[k] >= IN_COMMON else "wrong" if wrong else "missed"] += 1
    for span, k in short(heard):
        out["found"] += 1
        out["found right"] += bool(true[span, k].mean() >= IN_COMMON)
    there, said = true.sum(axis=1), heard.sum(axis=1)
    out["confused"] = int((np.minimum(there, said) - (true & heard).sum(axis=1)).sum())
    out["error"] = out["confused"] + int(np.abs(there - said).sum())
    out["speech"] = int(there.sum())
    return out


def outputs(folder: Path, name: str, diarizer: GroupDiarizer) -> DiarizerOutputs:
    """What the models say of a session, kept beside its sound."""
    kept = folder / f"{name}.pkl"
    if not kept.exists():
        samples, rate = sf.read(folder / f"{name}.flac", dtype="float32")
        kept.write_bytes(pickle.dumps(diarizer.run_models(Audio(samples, rate))))
    made: DiarizerOutputs = pickle.loads(kept.read_bytes())
    return made


def show(name: str, c: Counter[str]) -> None:
    """One line."""
    true = c["right"] + c["wrong"] + c["missed"]
    shares = ", ".join(f"{x} {c[x] / true:.3f}" for x in ("right", "wrong", "missed"))
    print(
        f"{name:24s} of {true} {shares}; of {c['found']} found right "
        f"{c['found right'] / c['found']:.3f}; error {c['error'] / c['speech']:.4f}, "
        f"confusion {c['confused'] / c['speech']:.4f}",
        flush=True,
    )


def main() -> None:
    """Simulate, diarize, count."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("bench", type=Path)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--keep", type=Path, help="folder for sound and what the models said")
    parser.add_argument("--margins", action="store_true", help="other margins and weights too")
    args = parser.parse_args()
    from session_audio.backends.load import load_diarizer

    settings = Settings()
    diarizer = load_diarizer(settings, 1)
    assert isinstance(diarizer, GroupDiarizer)
    shipped = tuple(getattr(short_stretches, name) for name in CONSTANTS)
    totals: dict[tuple[float, ...] | None, Counter[str]] = {}
    with tempfile.TemporaryDirectory() as scratch:
        folder = args.keep or Path(scratch)
        folder.mkdir(parents=True, exist_ok=True)
        for k, meeting in enumerate(MEETINGS):
            made = session(args.bench, meeting, 100 + k, args.minutes, folder / meeting)
            truth = rttm.read(made.with_suffix(".rttm"))
            bound = SpeakerCount(at_most=len({s.speaker for s in truth}))
            heard = outputs(folder, meeting, diarizer)
            for how in (None, shipped, *(TRIED if args.margins else ())):
                for name, value in zip(CONSTANTS, how or shipped, strict=True):
                    setattr(short_stretches, name, value)
                used = replace(heard, apart=None) if how is None else heard
                found = decide(used, bound, settings.diarization).full
                totals.setdefault(how, Counter()).update(counted(truth, found))
            print(f"{meeting} done", flush=True)
    for how, total in totals.items():
        tried = "local {}, own {}, margin {}".format(*(how or shipped))
        show("not judged again" if how is None else tried, total)


if __name__ == "__main__":
    main()
