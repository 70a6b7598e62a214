"""What a diarizer and a recogniser leave of real talk: the rates behind training's views.

    python benchmarks/recognised_rates.py BENCH [--long]

Runs both on the clips of meetings in BENCH's ``real`` (with ``--long`` also on the consultation
of ten minutes, whose times were found by alignment), and prints which share of the words is
written: spoken alone, in overlap, and sounds of listening and fillers; how far limits of speech
are off; and how much of the short speech under another's is missed.  A word is written where a
recognised word of the same text lies within a second, or another one lies over it.
``training/interaction/views.py`` draws from ranges around these.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from interaction_from_sound import matched

from session_audio.backends.load import load_diarizer, load_transcriber
from session_audio.interval import Interval, intersection, total, union
from session_audio.ports import SpeakerCount
from session_audio.schema import Diarization, Recording, SpeakerSegment, Word
from session_audio.settings import Settings
from session_audio.sound.ingest import ingest, load_audio
from session_audio.turntaking.ipu import build_ipus
from session_audio.turntaking.lexicon import LISTENING_SOUND, is_fragment, plain

NEAR, SHORT = 1.0, 0.6
"""Seconds: a recognised word this near is the same one; speech up to this is short."""


@dataclass
class Rates:
    """Counts over all recordings."""

    spoken: Counter[str] = field(default_factory=Counter)
    written: Counter[str] = field(default_factory=Counter)
    starts: list[float] = field(default_factory=list)
    ends: list[float] = field(default_factory=list)
    short: int = 0
    missed: int = 0

    def add_words(self, truth: Sequence[Word], recognised: Sequence[Word]) -> None:
        """Count which of the true words are written."""
        left = list(recognised)
        kept = []
        for word in truth:
            same = [w for w in left if plain(w.text) == plain(word.text)]
            same = [w for w in same if abs(w.start - word.start) <= NEAR]
            if same:
                left.remove(min(same, key=lambda w: abs(w.start - word.start)))
            else:
                kept.append(word)
        for word in truth:
            kind = _kind(word, truth)
            self.spoken[kind] += 1
            over = [w for w in left if w.start < word.end and w.end > word.start]
            if word in kept and over:
                left.remove(over[0])
            self.written[kind] += word not in kept or bool(over)

    def add_speech(self, truth: Diarization, diarized: Diarization) -> None:
        """Compare each true unit with the speech of the label that overlaps its speaker most."""
        found = matched(truth, diarized)
        for unit in build_ipus(None, truth):
            own = union([s.interval for s in found.full if s.speaker == unit.speaker], gap=0.2)
            span = Interval(unit.start, unit.end)
            covered = total(intersection([span], own)) / max(1e-9, unit.duration)
            others = [s.interval for s in truth.full if s.speaker != unit.speaker]
            if unit.duration <= SHORT and total(intersection([span], union(others))) > 0:
                self.short += 1
                self.missed += covered < 0.5
            over = [piece for piece in own if piece.start < unit.end and piece.end > unit.start]
            if over:
                self.starts.append(over[0].start - unit.start)
                self.ends.append(over[-1].end - unit.end)

    def show(self) -> None:
        """Print all of it."""
        for kind, n in sorted(self.spoken.items()):
            share = self.written[kind] / n
            print(f"{kind:18s} {self.written[kind]:4d} of {n:4d} written ({share:.2f})")
        for name, off in (("start", self.starts), ("end", self.ends)):
            near = np.array([x for x in off if abs(x) <= NEAR])
            print(
                f"{name} of speech      off by {near.mean():+.2f} s, standard deviation "
                f"{near.std():.2f} s ({len(near)} of {len(off)} within {NEAR:g} s)"
            )
        print(f"short speech under another's: {self.missed} of {self.short} missed")


def _kind(word: Word, truth: Sequence[Word]) -> str:
    if plain(word.text) in LISTENING_SOUND or is_fragment(word.text):
        return "sound or fragment"
    overlaps = any(
        w.start < word.end and w.end > word.start and w.speaker != word.speaker for w in truth
    )
    return "in overlap" if overlaps else "alone"


def reference(path: Path) -> tuple[list[Word], Diarization]:
    """The words of a SegLST of utterances, spread over each, and the utterances as speech."""
    words: list[Word] = []
    speech = []
    for s in json.loads(path.read_text(encoding="utf-8")):
        start, end = float(s["start_time"]), float(s["end_time"])
        texts = s["words"].split()
        step = (end - start) / max(1, len(texts))
        words += [
            Word(start + k * step, start + (k + 1) * step, text, s["speaker"])
            for k, text in enumerate(texts)
        ]
        speech.append(SpeakerSegment(start, end, s["speaker"]))
    return sorted(words), Diarization(tuple(speech), tuple(speech))


def main() -> None:
    """Run both models on each recording, count, and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("bench", type=Path)
    parser.add_argument("--long", action="store_true")
    args = parser.parse_args()
    settings = Settings()
    diarizer, transcriber = load_diarizer(settings, 1), load_transcriber(settings, 1)
    rates = Rates()
    recordings = sorted((args.bench / "real").glob("ami-*.flac"))
    if args.long:
        recordings.append(args.bench / "real" / "consultation-1.mp3")
    with tempfile.TemporaryDirectory() as folder:
        for file in recordings:
            words, speech = reference(file.with_suffix(".seglst.json"))
            sound = Path(folder) / f"{file.stem}.npy"
            ingest([Recording(file)], [sound], settings.sound)
            audio = load_audio(sound)
            rates.add_words(words, transcriber.transcribe(audio, ["en"]).words)
            rates.add_speech(speech, diarizer.diarize(audio, SpeakerCount()))
            print(f"{file.stem}: {len(words)} words", flush=True)
    rates.show()


if __name__ == "__main__":
    main()
