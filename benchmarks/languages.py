"""Languages: which is told of a stretch, and what becomes of the words, in mixed recordings.

    python benchmarks/languages.py BENCH [--only mixed chunks cost]

English is read by the LibriSpeech readers of BENCH; German, Spanish, French and Italian are
spoken by a synthetic voice at two pitches (``pip install --no-deps py-nanotts==0.1.1``; no
dependency of ours) from the invented sentences of ``languages.toml``.  So these figures flatter:
one clean voice a language, no room, no overlap.

- `mixed`: recordings that change their language, also to one that is not named: the part of the
  speech that got its language, and word errors by language.
- `chunks`: one sentence, and four, by themselves: is the likeliest of all languages right?
- `cost`: one English session with one language named and with six: words lost and time.
"""

from __future__ import annotations

import argparse
import random
import tempfile
import time
import tomllib
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray
from simulated import simulate, utterances
from transcription import edits

from session_audio.backends.load import load_transcriber
from session_audio.backends.transcription.chunks import Chunk
from session_audio.backends.transcription.transcriber import WhisperTranscriber
from session_audio.interval import Interval
from session_audio.schema import OTHER_LANGUAGE, Audio, Recording, Spoken, Word
from session_audio.settings import Settings
from session_audio.sound.ingest import ingest, load_audio

RATE = 16_000
VOICES = {"de": "de-DE", "es": "es-ES", "fr": "fr-FR", "it": "it-IT"}
SECONDS = 180
"""Asked for of the English session; about as long."""
SIX = ("en", "de", "nl", "es", "fr", "pt")
MIXED: dict[str, tuple[tuple[str, ...], tuple[tuple[str, float], ...]]] = {
    # what is named, and what is spoken for how many seconds
    "opens in English, goes on in German": (("en", "de"), (("en", 30), ("de", 50))),
    "English alone is named, German comes": (("en",), (("en", 35), ("de", 50))),
    "French, Italian and French again": (("en", "fr"), (("fr", 35), ("it", 50), ("fr", 20))),
    "English, Spanish and English again": (("en", "es"), (("en", 35), ("es", 35), ("en", 20))),
    "two sentences of German in English": (("en", "de"), (("en", 30), ("de", 9), ("en", 30))),
}

Sound = NDArray[np.float32]
Said = tuple[str, Sound]


@dataclass
class Material:
    """Recordings of sentences by language, each with its text."""

    bench: Path
    sentences: dict[str, list[Said]] = field(default_factory=dict)

    def of(self, language: str) -> list[Said]:
        """Every sentence of a language, in an order that does not change."""
        if language not in self.sentences:
            made = list(self._read() if language == "en" else self._spoken(language))
            random.Random(1).shuffle(made)
            self.sentences[language] = made
        return self.sentences[language]

    def _read(self) -> Iterator[Said]:
        lines = (self.bench / "transcripts.txt").read_text(encoding="utf-8").splitlines()
        texts = dict(line.split(maxsplit=1) for line in lines if line.strip())
        for path in sorted((self.bench / "voices").rglob("*.flac")):
            if path.stem in texts:
                yield texts[path.stem], levelled(soundfile.read(path, dtype="float32")[0])

    def _spoken(self, language: str) -> Iterator[Said]:
        from py_nanotts import NanoTTS

        with Path(__file__).with_name("languages.toml").open("rb") as file:
            texts = tomllib.load(file)[language]
        for pitch in (0.85, 1.1):
            for text in texts:
                raw = NanoTTS().speak(text, voice=VOICES[language], pitch=pitch)
                yield text, levelled(np.frombuffer(raw, "<i2").astype(np.float32) / 32768)


def levelled(sound: Sound) -> Sound:
    """At -25 dBFS, with half a second of silence after it."""
    level = float(np.sqrt(np.mean(sound**2)))
    return np.concatenate([sound * (0.056 / level), np.zeros(RATE // 2)]).astype(np.float32)


def audio_of(sound: Sound) -> Audio:
    """With a little noise, so that silence is a room's."""
    noise = np.random.default_rng(0).normal(size=len(sound)) * 0.0005
    return Audio((np.clip(sound + noise, -1, 1) * 32767).astype(np.int16), RATE)


def plain_words(text: str) -> list[str]:
    """Words in lower case, of letters and digits alone, accents left out."""
    folded = unicodedata.normalize("NFKD", text.lower().replace("’", "'"))
    kept = "".join(
        c if c.isalnum() or c == "'" else " " for c in folded if not unicodedata.combining(c)
    )
    return kept.split()


def chunks(material: Material, recogniser: WhisperTranscriber) -> None:
    """How often the likeliest language of all is the right one."""
    print("\n| language | one sentence: right | least sure | four sentences: right | least sure |")
    print("|---|---|---|---|---|", flush=True)
    for language in ("en", *VOICES):
        row = []
        for size in (1, 4):
            parts = material.of(language)[:12]
            found = []
            for i in range(0, len(parts), size):
                audio = audio_of(np.concatenate([sound for _, sound in parts[i : i + size]]))
                heard = recogniser.hear(audio, Chunk((Interval(0.0, audio.duration),)))
                found.append((max(heard, key=heard.__getitem__) == language, heard[language]))
            row += [
                f"{sum(right for right, _ in found)} of {len(found)}",
                f"{min(p for _, p in found):.2f}",
            ]
        print(f"| {language} | {' | '.join(row)} |", flush=True)


@dataclass
class Part:
    """A stretch of a mixed recording: its language, where it lies, and its words."""

    language: str
    span: Interval
    words: list[str]


def recorded(material: Material, plan: Sequence[tuple[str, float]]) -> tuple[Audio, list[Part]]:
    """Stretches of languages one after the other, of about as many seconds."""
    used: dict[str, int] = {}
    sounds: list[Sound] = []
    parts: list[Part] = []
    at = 0.0
    for language, seconds in plan:
        start, words = at, list[str]()
        while at - start < seconds:
            pool = material.of(language)
            text, sound = pool[used.get(language, 0) % len(pool)]
            used[language] = used.get(language, 0) + 1
            words += plain_words(text)
            sounds.append(sound)
            at += len(sound) / RATE
        parts.append(Part(language, Interval(start, at), words))
    return audio_of(np.concatenate(sounds)), parts


def right_part(spoken: Spoken, part: Part, named: Sequence[str]) -> float:
    """Share of a stretch that got its language, or was rightly marked as none of those named."""
    wanted = part.language if part.language in named else OTHER_LANGUAGE
    times = np.arange(part.span.start + 0.05, part.span.end, 0.1)
    return sum(spoken.at(float(t)) == wanted for t in times) / len(times)


def errors(words: Sequence[Word], part: Part) -> int:
    """Word errors of a stretch, by the words whose middle lies in it."""
    own = [w for w in words if part.span.start <= (w.start + w.end) / 2 < part.span.end]
    return edits(part.words, [p for w in own for p in plain_words(w.text)])


def mixed(material: Material, recogniser: WhisperTranscriber) -> None:
    """Recordings in several languages."""
    print("\n| recording | named | spoken | got its language | words | word errors |")
    print("|---|---|---|---|---|---|", flush=True)
    for name, (named, plan) in MIXED.items():
        audio, parts = recorded(material, plan)
        result = recogniser.transcribe(audio, named)
        spoken = Spoken(result.language, result.stretches)
        for part in parts:
            share = right_part(spoken, part, named)
            wrong = f"{errors(result.words, part) / len(part.words):.1%}"
            inside = [w for w in result.words if part.span.start <= w.start < part.span.end]
            print(
                f"| {name} | {', '.join(named)} | {part.language}, {part.span.duration:.0f} s "
                f"| {share:.0%} | {len(inside)} of {len(part.words)} "
                f"| {wrong if part.language in named else '-'} |",
                flush=True,
            )


def cost(bench: Path, recogniser: WhisperTranscriber) -> None:
    """One English session, with one language named, with six, and with none."""
    print("\n| named | words | marked as another language, s | time, processor time / length |")
    print("|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "w1"
        simulate(bench, out, *utterances(bench, 1, SECONDS))
        ingest([Recording(out.with_suffix(".flac"))], [out.with_suffix(".npy")])
        audio = load_audio(out.with_suffix(".npy"))
        for named in (("en",), SIX, ()):
            began, worked = time.perf_counter(), time.process_time()
            result = recogniser.transcribe(audio, named)
            took, work = time.perf_counter() - began, time.process_time() - worked
            marked = sum(s.end - s.start for s in result.stretches if s.language != "en")
            shown = ", ".join(named) or "none"
            print(
                f"| {shown} | {len(result.words)} | {marked:.0f} "
                f"| {took / audio.duration:.3f}, {work / audio.duration:.3f} |",
                flush=True,
            )


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("bench", type=Path)
    parser.add_argument("--only", nargs="+", default=["mixed", "chunks", "cost"])
    chosen = parser.parse_args()
    bench: Path = chosen.bench.resolve()
    recogniser = load_transcriber(Settings(), threads=2)
    assert isinstance(recogniser, WhisperTranscriber)
    material = Material(bench)
    if "mixed" in chosen.only:
        mixed(material, recogniser)
    if "chunks" in chosen.only:
        chunks(material, recogniser)
    if "cost" in chosen.only:
        cost(bench, recogniser)


if __name__ == "__main__":
    main()
