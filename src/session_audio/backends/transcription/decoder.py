"""Decodes chunks of sound with Whisper, several beside each other.

On a CPU each worker decodes one chunk at a time with threads of its own: threads that share one
chunk wait for each other more than they gain, and more chunks together only take memory.  On CUDA
one worker decodes many chunks together.  What a chunk comes to does not depend on the others.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from session_audio.backends.transcription.chunks import Chunk
from session_audio.errors import ModelError
from session_audio.schema import Audio, Word
from session_audio.settings import TranscriptionSettings

RATE = 16_000
"""Samples a second that the models expect."""
LOOP_RATIO = 2.4
"""Text that compresses better than this repeats itself (Whisper's own threshold)."""
MOST_WORKERS = 4
"""Chunks decoded beside each other on a CPU, at the most: each takes memory."""


@dataclass(frozen=True, slots=True)
class DecodedChunk:
    """What the recogniser made of one chunk."""

    words: tuple[Word, ...] = ()
    """With times in seconds from the chunk's start."""
    logprob: float = 0.0
    """Mean log probability of a token."""
    no_speech: float = 0.0
    """Probability that the chunk holds no speech."""
    ratio: float = 0.0
    """Length of the text over its compressed length: high where it repeats itself."""
    heard: Mapping[str, float] = field(default_factory=dict)
    """Probability of each language; empty where the model knows one only."""


class ChunkDecoder:
    """A CTranslate2 Whisper model and what runs it.

    Parameters
    ----------
    path : Path
        Folder of the model with its tokenizer.
    settings : TranscriptionSettings
    device : str
        ``"auto"``, ``"cpu"`` or ``"cuda"``.
    threads : int
        Processor threads of all workers.

    Raises
    ------
    ModelError
        When the device is not there or the weights cannot be loaded.
    """

    def __init__(
        self, path: Path, settings: TranscriptionSettings, device: str, threads: int
    ) -> None:
        import ctranslate2
        from faster_whisper import BatchedInferencePipeline

        from session_audio.backends.transcription.whisper import ListeningWhisper

        cuda = ctranslate2.get_cuda_device_count() > 0
        if device == "cuda" and not cuda:
            raise ModelError("no CUDA device was found", hint='Set device = "auto" or "cpu".')
        where = "cuda" if cuda and device != "cpu" else "cpu"
        self.workers = min(MOST_WORKERS, max(1, threads)) if where == "cpu" else 1
        try:
            self.model = ListeningWhisper(
                str(path),
                device=where,
                compute_type="int8" if where == "cpu" else "float16",
                cpu_threads=max(1, threads // self.workers),
                num_workers=self.workers,
                local_files_only=True,
            )
        except (RuntimeError, ValueError, OSError) as error:
            raise ModelError(
                f"the speech recognition weights in {path.name} cannot be loaded "
                f"({type(error).__name__})",
                hint="Run `session-audio models verify`.",
            ) from error
        self._pipeline = BatchedInferencePipeline
        self._beam = settings.beam_size
        self._batch = settings.batch_size or (1 if where == "cpu" else 16)

    @property
    def at_once(self) -> int:
        """Chunks in the hands of all workers."""
        return self.workers * self._batch

    def decode(
        self, audio: Audio, chunks: Sequence[Chunk], language: str
    ) -> Iterator[DecodedChunk]:
        """Each chunk decoded, in order; one that came out as a loop once more."""
        firsts = range(0, len(chunks), self._batch)
        batches = [chunks[first : first + self._batch] for first in firsts]

        def run(batch: Sequence[Chunk]) -> list[DecodedChunk]:
            return self._decode_batch(audio, batch, language)

        if self.workers == 1 or len(batches) < 2:
            for batch in batches:
                yield from run(batch)
            return
        with ThreadPoolExecutor(self.workers, thread_name_prefix="decode") as pool:
            for decoded in pool.map(run, batches):
                yield from decoded

    def _decode_batch(
        self, audio: Audio, batch: Sequence[Chunk], language: str
    ) -> list[DecodedChunk]:
        decoded = self._run(audio, batch, language)
        for i, chunk in enumerate(batch):
            if decoded[i].ratio > LOOP_RATIO:
                decoded[i] = self._run(audio, [chunk], language, no_repeat_ngram_size=3)[0]
        return decoded

    def _run(
        self, audio: Audio, batch: Sequence[Chunk], language: str, **more: Any
    ) -> list[DecodedChunk]:
        """Decode chunks together, with `more` options of faster-whisper."""
        sound = [read_chunk(audio, chunk) for chunk in batch]
        edges = np.cumsum([0, *(len(x) for x in sound)]) / RATE
        # A pipeline each time: it remembers where the last word before ended.
        segments, _ = self._pipeline(self.model).transcribe(
            np.concatenate(sound),
            language=language,
            task="transcribe",
            clip_timestamps=[{"start": a, "end": b} for a, b in pairwise(edges)],
            batch_size=len(batch),
            beam_size=self._beam,
            temperature=0.0,
            word_timestamps=True,
            without_timestamps=True,
            **more,
        )
        written = list(segments)  # decodes
        out = [DecodedChunk(heard=heard) for heard in self.model.heard]
        for segment in written:
            # `seek` is where the segment's chunk starts, in frames of 10 ms.
            index = int(np.searchsorted(edges[:-1], segment.seek / 100 + 0.02, "right")) - 1
            base = float(edges[index])
            out[index] = DecodedChunk(
                dashes_joined(
                    Word(w.start - base, w.end - base, w.word.strip(), probability=w.probability)
                    for w in segment.words or ()
                ),
                segment.avg_logprob,
                segment.no_speech_prob,
                segment.compression_ratio,
                out[index].heard,
            )
        return out

    def hear(self, audio: Audio, chunk: Chunk) -> dict[str, float]:
        """The probability of each language that the model knows."""
        if not self.model.model.is_multilingual:
            return {}
        _, _, every = self.model.detect_language(read_chunk(audio, chunk))
        return dict(every)


def read_chunk(audio: Audio, chunk: Chunk) -> NDArray[np.float32]:
    """The sound of a chunk, its pieces one after the other."""
    return np.concatenate([audio.read(p.start, p.end) for p in chunk.pieces])


def dashes_joined(words: Iterable[Word]) -> tuple[Word, ...]:
    """A dash that stands alone joined to the word before: it says that one was broken off.

    Examples
    --------
    >>> [word.text for word in dashes_joined([Word(0, 1, "I"), Word(1, 1, "-"), Word(1, 2, "No.")])]
    ['I-', 'No.']
    """
    out: list[Word] = []
    for word in words:
        if word.text and not word.text.strip("-–—"):
            if out:
                out[-1] = replace(out[-1], text=f"{out[-1].text.rstrip('-–—')}-")
        else:
            out.append(word)
    return tuple(out)
