"""The models that the flow runs with: loaded once a process, when first needed.

The flow takes only paths, so that no model and no word becomes a Prefect parameter;
it asks here for the engines.  Tests put fakes in with :func:`using`.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Generic, TypeVar

from session_audio.flow import memory
from session_audio.ports import Diarizer, TextClassifier, Transcriber
from session_audio.settings import Settings

E = TypeVar("E")
memory.be_frugal()


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
        memory.give_back()


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


def threads(settings: Settings) -> int:
    """Threads a model may use: what is set, else half the processors, at least one.

    Diarization and transcription run at the same time; half each keeps both going.
    """
    return settings.machine.threads or max(1, (os.cpu_count() or 2) // 2)


@cache
def _real(settings: Settings) -> Engines:
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


_override: Engines | None = None


def engines(settings: Settings) -> Engines:
    """The engines in use: those given to `using`, else real ones."""
    return _override if _override is not None else _real(settings)


def voice_encoder(settings: Settings) -> str:
    """Names the voice encoder in use: embeddings of another cannot be compared."""
    known = engines(settings).revisions("voice")
    return "+".join(f"{name}@{revision}" for name, revision in sorted(known.items()))


@contextmanager
def using(given: Engines) -> Iterator[None]:
    """Run with `given` instead of the real models."""
    global _override
    before, _override = _override, given
    try:
        yield
    finally:
        _override = before
