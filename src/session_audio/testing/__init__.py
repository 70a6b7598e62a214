"""For tests, here and of those who build on this: fakes of the models, and written sessions."""

from session_audio.testing.conversation import conversation, events, session_of, speech_of
from session_audio.testing.examples import NAMES, example_group, example_result, example_series
from session_audio.testing.fakes import (
    FakeClassifier,
    FakeDiarizer,
    FakeTranscriber,
)

__all__ = [
    "NAMES",
    "FakeClassifier",
    "FakeDiarizer",
    "FakeTranscriber",
    "conversation",
    "events",
    "example_group",
    "example_result",
    "example_series",
    "session_of",
    "speech_of",
]
