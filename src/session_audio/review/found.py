"""What the software found in a session, without what people decided of it."""

from __future__ import annotations

from dataclasses import dataclass

from session_audio.amend.voices import Spoken
from session_audio.flow.artefacts import FLAGS
from session_audio.flow.session import SessionRun
from session_audio.flow.stages.analysis import conversation
from session_audio.flow.stages.recording import heard
from session_audio.schema import Flag, Interaction, Turn
from session_audio.speakers.identify import as_identified, rename, rename_words


@dataclass(frozen=True)
class Found:
    """Voices, words, turns and events before any review, and candidate moments as proposed."""

    spoken: Spoken
    turns: tuple[Turn, ...]
    events: tuple[Interaction, ...]
    flags: tuple[Flag, ...]
    """Of the words as they stand: the classifier is not run for it."""
    present: tuple[str, ...]


def found_of(run: SessionRun) -> Found:
    """What was found in the session of `run`, which was run before."""
    said = heard(run)
    people = as_identified(run.session, said.people).present
    words, speech = rename_words(said.words, said.people), rename(said.diarization, said.people)
    turns, events = conversation(run, words, speech, people)
    present = tuple(str(p.id) for p in run.session.present)
    return Found(said, tuple(turns), tuple(events), FLAGS.read(run.store), present)
