"""The models that the flow runs with: loaded once a process, when first needed.

What frees memory stands here too.  The C library keeps what was freed: a pool a thread,
and large blocks once it has seen a few.  Models free and take hundreds of megabytes from
many threads, so without `be_frugal` and `give_back` a run holds several times what it
uses.  Only glibc needs that; elsewhere nothing is done.  oneDNN, which multiplies for torch,
keeps working memory for each shape that it met, and texts come in a thousand.
"""

from __future__ import annotations

import ctypes
import gc
import os
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from typing import Generic, TypeVar

from session_audio.ports import Diarizer, TextClassifier, Transcriber
from session_audio.settings import Settings

E = TypeVar("E")

_ARENA_MAX, _MMAP_THRESHOLD = -8, -3
"""Names of the two parameters (malloc.h)."""
_POOLS = 2
_LARGE = 16 << 20
"""Bytes from which a block is taken from the system and given back whole."""
_SHAPES = "64"
"""Shapes for which oneDNN keeps what it made (it would keep 1024); more than a network has."""


@cache
def be_frugal() -> None:
    """Few pools, large blocks of their own, few shapes; before torch and the first thread."""
    os.environ.setdefault("ONEDNN_PRIMITIVE_CACHE_CAPACITY", _SHAPES)
    with suppress(OSError, AttributeError, TypeError):  # TypeError: Windows
        library = ctypes.CDLL(None)
        library.mallopt(_ARENA_MAX, _POOLS)
        library.mallopt(_MMAP_THRESHOLD, _LARGE)


def give_back() -> None:
    """Collect what nothing refers to, and return what is free to the system."""
    gc.collect()
    with suppress(OSError, AttributeError, TypeError):  # TypeError: Windows
        ctypes.CDLL(None).malloc_trim(0)


be_frugal()


class Lazy(Generic[E]):
    """Makes its value at the first call, once, whichever thread asks."""

    def __init__(self, make: Callable[[], E]) -> None:
        self._make = make
        self._lock = threading.Lock()
        self._value: E | None = None

    def __call__(self) -> E:
        """The value."""
        with self._lock:
            if self._value is None:
                self._value = self._make()
            return self._value

    def forget(self) -> None:
        """Let go of the value; the next call makes it anew."""
        with self._lock:
            self._value = None
        give_back()


@dataclass(frozen=True)
class Engines:
    """The models of the flow, each loaded when first asked for.

    The voice encoder is the diarizer's own: a voice has one embedding, made once.
    """

    diarizer: Callable[[], Diarizer]
    transcriber: Callable[[], Transcriber]
    classifier: Callable[[], TextClassifier]
    revisions: Callable[[str], Mapping[str, str]]
    """Names and revisions of the weights of a task, known without loading them."""

    @property
    def voice_encoder(self) -> str:
        """Names the voice encoder: embeddings of another cannot be compared."""
        known = self.revisions("voice")
        return "+".join(f"{name}@{revision}" for name, revision in sorted(known.items()))


def threads(settings: Settings) -> int:
    """Threads a model may use: what is set, else one a processor.

    Diarization and transcription run at the same time.  Each of their threads works by itself and
    never waits by spinning, so together they may have more than there are processors: whichever
    ends first leaves all of them to the other.
    """
    return settings.machine.threads or os.cpu_count() or 1


@cache
def load_engines(settings: Settings) -> Engines:
    """Engines with real weights, from the profile that the settings name."""

    def diarizer() -> Diarizer:
        from session_audio.backends.load import load_diarizer

        return load_diarizer(settings, threads(settings))

    def transcriber() -> Transcriber:
        from session_audio.backends.load import load_transcriber

        return load_transcriber(settings, threads(settings))

    def classifier() -> TextClassifier:
        from session_audio.backends.load import load_classifier

        return load_classifier(settings, threads(settings))

    def revisions(task: str) -> Mapping[str, str]:
        from session_audio import weights

        return weights.revisions(task, settings.machine.profile)

    return Engines(Lazy(diarizer), Lazy(transcriber), Lazy(classifier), revisions)


def done_with(engine: Callable[[], object]) -> None:
    """Give back the memory of an engine that loads faster than it is missed."""
    if isinstance(engine, Lazy):
        engine.forget()
