"""Speech to text with word times: Whisper by faster-whisper (CTranslate2).

int8 on a CPU, float16 on CUDA.  Voice activity (Silero, which faster-whisper carries) picks
the speech; chunks of it are decoded in batches, once, greedily or with a small beam: no
cascade of retries at rising temperatures, which costs most where speech is chopped and
helps least.  Only a chunk that came out as a loop is decoded once more, with repeats barred.
Words that no voice activity supports are dropped: Whisper hallucinates in silence.

`WhisperTranscriber` runs the models; the functions below it are the steps before and after, by
themselves.  Times are in seconds, of the recording unless said otherwise; probabilities in [0, 1].
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import groupby
from pathlib import Path

import numpy as np

from session_audio.backends.transcription import languages as languages_of
from session_audio.backends.transcription.chunks import Chunk, make_chunks
from session_audio.backends.transcription.decoder import (
    LOOP_RATIO,
    RATE,
    ChunkDecoder,
    DecodedChunk,
)
from session_audio.errors import ModelError
from session_audio.interval import Interval
from session_audio.ports import Progress, no_progress
from session_audio.schema import OTHER_LANGUAGE, Audio, Spoken, Transcription, Word
from session_audio.settings import TranscriptionSettings

_PIECE = 120.0
"""Seconds of sound that voice activity detection takes at once: bounds memory."""


class WhisperTranscriber:
    """The `Transcriber` port.

    Parameters
    ----------
    path : Path
        Folder of a CTranslate2 Whisper model with its tokenizer.
    revision : str
        Names the weights; part of a stage's freshness.
    settings : TranscriptionSettings
    device : str
        ``"auto"``, ``"cpu"`` or ``"cuda"``.
    threads : int
        Processor threads.
    """

    def __init__(
        self,
        path: Path,
        revision: str,
        settings: TranscriptionSettings | None = None,
        device: str = "auto",
        threads: int = 2,
    ) -> None:
        self.settings = settings or TranscriptionSettings()
        self._revision = revision
        self._decoder = ChunkDecoder(path, self.settings, device, threads)
        self._model = self._decoder.model

    @property
    def revision(self) -> str:
        """Names the weights and their revision."""
        return self._revision

    def transcribe(
        self, audio: Audio, languages: Sequence[str] = (), progress: Progress = no_progress
    ) -> Transcription:
        """Words of `audio` with times and probabilities, in order of start.

        `languages` are ISO 639-1 codes of what may be spoken; with none, the one of most of the
        recording is found.  With several, each stretch is written in its own; nothing is ever
        translated.  What is surely in none of them has no words.  A recording without speech
        gives no words.

        Raises
        ------
        ModelError
            When the model does not know a language.
        """
        for language in languages:
            if language not in self._model.supported_languages:
                raise ModelError(
                    f"the model does not know the language {language!r}",
                    hint="Give ISO 639-1 codes in group.toml, or leave them out.",
                )
        options = self.settings
        speech = voice_activity(audio, options)
        chunks = self._cut(audio, speech)
        progress(0.02)
        if not chunks:
            return Transcription((), languages[0] if languages else None)
        named = list(dict.fromkeys(languages)) or [self._detect(audio, chunks)]
        done = self._first_pass(audio, chunks, named, lambda x: progress(0.02 + 0.9 * x))
        planned = languages_of.plan(
            chunks,
            [decoded.heard for _, decoded in done],
            speech,
            named,
            lambda chunk: self.hear(audio, chunk),
            lambda some, longest: self._cut(audio, some, longest),
            options,
        )
        known = {(c, language): d for c, (language, d) in zip(chunks, done, strict=True)}
        words = self._words(audio, planned, speech, known)
        progress(0.95)
        stretches = languages_of.stretches(planned)
        for language in named:
            spoken = Spoken(named[0], stretches)
            own = [s for s in speech if spoken.at(s.middle) == language]
            # A decoder that stops early leaves the rest of its chunk out: decode that by itself.
            missed = uncovered_speech(words, own, options.missed_speech)
            again = [(chunk, language) for chunk in self._cut(audio, missed)]
            more = self._words(audio, again, missed, {})
            words += [
                w for w in more if any(m.start <= (w.start + w.end) / 2 < m.end for m in missed)
            ]
        progress(1.0)
        if not stretches:
            words = [replace(word, language=None) for word in words]
        return Transcription(
            tuple(sorted(words)), languages_of.most_spoken(planned, named), stretches
        )

    def _cut(self, audio: Audio, speech: Sequence[Interval], longest: float = 0.0) -> list[Chunk]:
        options = self.settings
        most = longest or options.chunk
        return make_chunks(speech, audio.duration, most, options.vad_pad, options.keep_silence)

    def _first_pass(
        self, audio: Audio, chunks: Sequence[Chunk], named: Sequence[str], progress: Progress
    ) -> list[tuple[str, DecodedChunk]]:
        """Every chunk decoded in the language that was heard last, for that mostly goes on."""
        out: list[tuple[str, DecodedChunk]] = []
        language = named[0]
        step = self._decoder.at_once if len(named) > 1 else len(chunks)
        for first in range(0, len(chunks), step):
            for decoded in self._decoder.decode(audio, chunks[first : first + step], language):
                out.append((language, decoded))
                progress(len(out) / len(chunks))
            language = languages_of.likeliest(out[-1][1].heard, named)
        return out

    def _words(
        self,
        audio: Audio,
        planned: Sequence[tuple[Chunk, str]],
        speech: Sequence[Interval],
        known: Mapping[tuple[Chunk, str], DecodedChunk],
    ) -> list[Word]:
        """Words of chunks in their languages that `speech` supports; `known` are decoded."""
        words: list[Word] = []
        for language, own in groupby(planned, key=lambda one: one[1]):
            chunks = [chunk for chunk, _ in own] if language != OTHER_LANGUAGE else []
            new = [chunk for chunk in chunks if (chunk, language) not in known]
            made = dict(zip(new, self._decoder.decode(audio, new, language), strict=True))
            for chunk in chunks:
                decoded = made.get(chunk) or known[chunk, language]
                if not is_hallucinated(decoded, self.settings):
                    found = to_recording_time(decoded.words, chunk)
                    words += [replace(word, language=language) for word in found]
        return supported_words(words, speech, self.settings)

    def hear(self, audio: Audio, chunk: Chunk) -> dict[str, float]:
        """The probability of each language that the model knows."""
        return self._decoder.hear(audio, chunk)

    def _detect(self, audio: Audio, chunks: Sequence[Chunk]) -> str:
        """The most probable language, from up to five chunks across the recording."""
        if not self._model.model.is_multilingual:
            return "en"
        picked = sorted({round(i * (len(chunks) - 1) / 4) for i in range(5)})
        totals: dict[str, float] = {}
        for index in picked:
            for name, probability in self.hear(audio, chunks[index]).items():
                totals[name] = totals.get(name, 0.0) + probability / len(picked)
        return max(totals, key=lambda name: totals[name])


def voice_activity(audio: Audio, options: TranscriptionSettings) -> list[Interval]:
    """Stretches with speech, sorted and disjoint, none longer than a chunk."""
    from faster_whisper.vad import VadOptions, get_speech_timestamps

    vad = VadOptions(
        threshold=options.vad_threshold,
        min_silence_duration_ms=round(1000 * options.vad_silence),
        min_speech_duration_ms=round(1000 * options.vad_speech),
        max_speech_duration_s=options.chunk - 2 * options.vad_pad,
        speech_pad_ms=0,
    )
    out: list[Interval] = []
    start = 0.0
    while start < audio.duration:
        sound = audio.read(start, start + _PIECE)
        stretches = get_speech_timestamps(sound, vad)
        out += [Interval(start + s["start"] / RATE, start + s["end"] / RATE) for s in stretches]
        start += _PIECE
    return [stretch for stretch in out if stretch.end > stretch.start]


def to_recording_time(words: Sequence[Word], chunk: Chunk) -> list[Word]:
    """Words with their times in the recording instead of in the chunk."""
    out = []
    for word in words:
        length = word.end - word.start
        start, end = chunk.original(word.start), chunk.original(word.end)
        if end - start > length + 0.1:
            # It reaches over a silence that was left out: it belongs where most of it was.
            early = chunk.original((word.start + word.end) / 2) - start <= length
            start, end = (start, start + length) if early else (end - length, end)
        out.append(replace(word, start=start, end=max(start, end)))
    return out


def is_hallucinated(decoded: DecodedChunk, options: TranscriptionSettings) -> bool:
    """Whether a chunk's text is likely made up: the model doubts it, or it is a loop."""
    return (
        decoded.no_speech > options.no_speech and decoded.logprob < options.low_logprob
    ) or decoded.ratio > LOOP_RATIO


def supported_words(
    words: Sequence[Word], speech: Sequence[Interval], options: TranscriptionSettings
) -> list[Word]:
    """Words that voice activity supports, cut to it; the others were hallucinated in silence.

    Whisper's times are least exact beside a pause, where a word is drawn over the silence;
    the part of a word that lies in speech is kept.
    """
    starts = np.array([s.start for s in speech])
    out = []
    for word in words:
        if not word.text or (word.probability or 0.0) < options.least_probability:
            continue
        index = int(np.searchsorted(starts, (word.start + word.end) / 2, "right")) - 1
        near = speech[max(0, index) : index + 2]
        best = max(near, key=lambda s: min(s.end, word.end) - max(s.start, word.start))
        start = max(word.start, best.start - options.vad_slack)
        end = min(word.end, best.end + options.vad_slack)
        if end > start or (word.start == word.end and start == end):
            out.append(replace(word, start=start, end=end))
    return out


def uncovered_speech(
    words: Sequence[Word], speech: Sequence[Interval], least: float
) -> list[Interval]:
    """Stretches of speech without words, where they add up to `least` seconds in one gap.

    A word accounts for 0.3 s around it; of a word longer than a second only the ends
    count, because a decoder that skips a sentence draws its neighbours over it.

    Examples
    --------
    >>> words = [Word(0.0, 0.5, "so"), Word(6.0, 6.4, "yes")]
    >>> uncovered_speech(words, [Interval(0.0, 4.0), Interval(5.8, 6.5)], 1.5)
    [Interval(start=0.8, end=4.0)]
    """
    covered: list[tuple[float, float]] = []
    for word in words:
        if word.end - word.start <= 1.0:
            covered.append((word.start - 0.3, word.end + 0.3))
        else:
            covered += [(word.start - 0.3, word.start + 0.4), (word.end - 0.4, word.end + 0.3)]
    out: list[Interval] = []
    ends = [s.end for s in speech]
    reached = float("-inf")
    for start, end in [*sorted(covered), (float("inf"), float("inf"))]:
        inside = []
        for i in range(bisect_right(ends, reached), len(speech) if start > reached else 0):
            stretch = speech[i]
            if stretch.start >= start:
                break
            inside.append(Interval(max(reached, stretch.start), min(start, stretch.end)))
        if sum(s.end - s.start for s in inside) >= least:
            out += inside
        reached = max(reached, end)
    return out
