"""Events from the sound of meetings that synthetic voices speak, against the labels of people.

`interaction_from_sound.py --spoken` calls `measure`, on what ``speak_meetings.py`` made.  Each
stretch is diarized and recognised with the default weights, and analysed as a session is; beside
it stand the same minutes as words by hand, and as the two views say that a recording leaves them
(``training/interaction/views.py``).
"""

from __future__ import annotations

import json
import random
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "training" / "interaction"))

import numpy as np
import soundfile as sf
from interaction import analyse, words_from_seglst, write
from meetings import bench_module
from views import ROOM, TRACKS, View, as_recognised, by_hand

from session_audio.formats import rttm
from session_audio.ports import Diarizer, SpeakerCount, Transcriber
from session_audio.schema import Audio, Diarization, SpeakerSegment, Word
from session_audio.scoring.evaluation import mapping
from session_audio.speakers.align import assign_speakers
from session_audio.turntaking.model import InteractionModel

SOUND = "from sound"
VIEWS = ("words by hand", "one track a person, imitated", "one recording, imitated", SOUND)


@dataclass(frozen=True)
class Stretch:
    """What was spoken, and its labels; times from the stretch's start."""

    path: Path
    """Without an ending."""
    gold: list[Any]
    spoken: Diarization

    @classmethod
    def of(cls, path: Path, bench: Path, icsi: Any) -> Stretch:
        """The stretch ``MEETING-SECONDS`` at `path`."""
        meeting, start = path.name.split("-")
        speech = rttm.read(path.with_suffix(".rttm"))
        seconds = sf.info(path.with_suffix(".flac")).duration
        gold = [
            _moved(u, float(start))
            for u in icsi.read(bench / "structures" / "icsi" / f"{meeting}.dadb.gz")
            if float(start) <= u.start and u.end < float(start) + seconds - 1
        ]
        return cls(path, gold, Diarization(speech, speech))

    def view(self, name: str) -> View:
        """Words and speech of one of `VIEWS`; from sound, as `recognise` left them."""
        if name == VIEWS[0]:
            return by_hand(self.gold)
        if name != SOUND:
            rates = TRACKS if name == VIEWS[1] else ROOM
            return as_recognised(self.gold, rates, random.Random(self.path.name))
        full, exclusive = (rttm.read(self.path.with_suffix(e)) for e in (".full", ".exclusive"))
        names = mapping(self.spoken.full, full)
        found = Diarization(*(_named(segments, names) for segments in (full, exclusive)))
        words = words_from_seglst(self.path.with_suffix(".words"))
        plain = [replace(word, speaker=None) for word in words]
        return list(assign_speakers(plain, found)), found

    def recognise(self, diarizer: Diarizer, transcriber: Transcriber) -> None:
        """Diarize and recognise, unless that was done; leaves the results beside the sound."""
        if self.path.with_suffix(".words").exists():
            return
        samples, rate = sf.read(self.path.with_suffix(".flac"), dtype="float32")
        audio = Audio(samples, rate)
        bound = SpeakerCount(at_most=len(self.spoken.speakers))
        diarized = diarizer.diarize(audio, bound)
        rttm.write(self.path.with_suffix(".full"), self.path.name, diarized.full)
        rttm.write(self.path.with_suffix(".exclusive"), self.path.name, diarized.exclusive)
        words = transcriber.transcribe(audio, "en").words
        _write_words(self.path.with_suffix(".words"), words)


def _moved(utterance: Any, start: float) -> Any:
    words = [(a - start, b - start, text) for a, b, text in utterance.words]
    return replace(utterance, start=utterance.start - start, end=utterance.end - start, words=words)


def _named(segments: Sequence[SpeakerSegment], names: dict[str, str]) -> tuple[SpeakerSegment, ...]:
    return tuple(replace(s, speaker=names.get(s.speaker, f"other {s.speaker}")) for s in segments)


def _write_words(path: Path, words: Sequence[Word]) -> None:
    entries = [
        {"start_time": w.start, "end_time": w.end, "words": w.text, "speaker": ""} for w in words
    ]
    path.write_text(json.dumps(entries), encoding="utf-8")


def measure(bench: Path, folder: Path, model: InteractionModel) -> None:
    """Print precision, recall and F1 of each view, pooled over the stretches in `folder`."""
    from session_audio.backends.load import load_diarizer, load_transcriber
    from session_audio.settings import Settings

    icsi, scorer = bench_module(bench, "icsi"), bench_module(bench, "score_interaction")
    stretches = [Stretch.of(p.with_suffix(""), bench, icsi) for p in sorted(folder.glob("*.flac"))]
    diarizer, transcriber = load_diarizer(Settings(), 2), load_transcriber(Settings(), 2)
    for stretch in stretches:
        stretch.recognise(diarizer, transcriber)
        people = {s.speaker for s in rttm.read(stretch.path.with_suffix(".full"))}
        print(f"{stretch.path.name}: {len(people)} of {len(stretch.spoken.speakers)} speakers")
    print(f"\n{'':30s} interruption F1 (P, R)    backchannel F1 (P, R)    answers")
    for name in VIEWS:
        totals = [[0, 0, 0], [0, 0, 0], [0, 0]]
        for stretch in stretches:
            turns, events = analyse(*stretch.view(name), model)
            with tempfile.TemporaryDirectory() as out:
                write(Path(out), turns, events)
                parts = scorer.score(stretch.gold, *scorer.load(Path(out)))
            totals = [list(np.add(a, b)) for a, b in zip(totals, parts, strict=True)]
        right, asked = totals[2]
        print(f"{name:30s} {_f1(*totals[0])}    {_f1(*totals[1])}    {right / max(1, asked):.3f}")
    labelled = [
        sum(getattr(u, k) for s in stretches for u in s.gold)
        for k in ("interrupted", "backchannel")
    ]
    print(f"\n{labelled[0]} labelled interruptions, {labelled[1]} backchannels, {asked} answers")


def _f1(hits: int, told: int, true: int) -> str:
    precision, recall = hits / max(1, told), hits / max(1, true)
    f1 = 2 * precision * recall / max(1e-9, precision + recall)
    return f"{f1:.3f} ({precision:.2f}, {recall:.2f})"
