"""Reads back what the stages of a session left in ``out/work``."""

from __future__ import annotations

import contextlib
from pathlib import Path

from session_audio import __version__
from session_audio.errors import SessionAudioError, StoreError
from session_audio.flow.engines import engines, voice_encoder
from session_audio.flow.run import STAGES, Run, open_run
from session_audio.formats import rttm, seglst
from session_audio.metrics import quality
from session_audio.schema import (
    Diarization,
    Flag,
    Identification,
    Interaction,
    Measures,
    Session,
    SessionResult,
    SessionSummary,
    SoundQuality,
    Turn,
    Word,
)
from session_audio.settings import as_dict
from session_audio.speakers import identify as identifying
from session_audio.workspace import consent, manifest

SOUND = "sound.json"
LABELS = "labels.rttm"
EXCLUSIVE = "labels.exclusive.rttm"
VOICES = "voices.json"
TRANSCRIPT = "transcript.seglst.json"
LANGUAGE = "language.json"
ALIGNED = "aligned.seglst.json"
SPEECH = "speech.json"
IDENTIFIED = "identification.json"
TURNS = "turns.json"
INTERACTIONS = "interactions.json"
MEASURES = "measures.json"
FLAGS = "flags.json"


def sounds(run: Run) -> list[Path]:
    """The standardised sound of each recording, in the manifest's order."""
    return [run.path(f"sound-{i:02d}.npy") for i in range(len(run.session.recordings))]


def has_tracks(session: Session) -> bool:
    """Whether each recording is one participant's own."""
    return bool(session.recordings) and all(r.participant for r in session.recordings)


def heard(run: Run) -> Session:
    """The session with the people that can be told apart.

    Where nobody was identified, the voices stand for themselves: nobody on the
    attendance list may then be called silent.
    """
    found: tuple[Identification, ...] = run.store.read(IDENTIFIED, tuple[Identification, ...])
    return identifying.as_heard(run.session, found)


def duration(run: Run) -> float:
    """Length of the session in seconds: the sound's, else the last word's end."""
    sound: tuple[SoundQuality, ...] = run.store.read(SOUND, tuple[SoundQuality, ...])
    if sound:
        ends = [q.duration + r.offset for q, r in zip(sound, run.session.recordings, strict=True)]
        return max(ends)
    said = seglst.read(run.path(TRANSCRIPT))
    labels = rttm.read(run.path(LABELS))
    return max([w.end for w in said] + [s.end for s in labels] + [0.0])


def label_diarization(run: Run) -> Diarization:
    """Who spoke when by the diarizer's own labels, as corrected by hand if it was."""
    embeddings, warnings = run.store.read(
        VOICES, tuple[dict[str, tuple[float, ...]], tuple[str, ...]]
    )
    return Diarization(
        rttm.read(run.path(LABELS)), rttm.read(run.path(EXCLUSIVE)), embeddings, warnings
    )


def speech(run: Run) -> Diarization:
    """Who spoke when, by participant where known."""
    found: Diarization = run.store.read(SPEECH, Diarization)
    return found


def words(run: Run) -> tuple[Word, ...]:
    """The words with their speakers."""
    return seglst.read(run.store.out / "words.seglst.json")


def language(run: Run) -> str | None:
    """The language of the words, where the group names it or the recogniser told it."""
    found: str | None = run.store.read(LANGUAGE, str | None)
    return found


def turns(run: Run) -> tuple[Turn, ...]:
    """The turns, in order of start."""
    found: tuple[Turn, ...] = run.store.read(TURNS, tuple[Turn, ...])
    return found


def interactions(run: Run) -> tuple[Interaction, ...]:
    """The overlaps and what they were."""
    found: tuple[Interaction, ...] = run.store.read(INTERACTIONS, tuple[Interaction, ...])
    return found


def result(run: Run) -> SessionResult:
    """Everything one session's flow found."""
    said, identified = words(run), run.store.read(IDENTIFIED, tuple[Identification, ...])
    measures: Measures = run.store.read(MEASURES, Measures)
    warnings: tuple[str, ...] = run.store.read(
        VOICES, tuple[dict[str, tuple[float, ...]], tuple[str, ...]]
    )[1]
    profiles = identifying.load_profiles(run.session, consent.today())
    if old := identifying.outdated(profiles, voice_encoder(run.settings)):
        warnings = (*warnings, f"old_profiles:{old}")
    records = [r for r in (run.store.record(s) for s in STAGES) if r is not None]
    session = heard(run)
    return SessionResult(
        session=session,
        duration=duration(run),
        quality=quality.assess(
            session=run.session,
            sound=run.store.read(SOUND, tuple[SoundQuality, ...]),
            words=said,
            identified=identified,
            measures=measures,
            warnings=warnings,
            settings=run.settings.quality,
        ),
        turns=turns(run),
        interactions=interactions(run),
        measures=measures,
        flags=run.store.read(FLAGS, tuple[Flag, ...]),
        settings=as_dict(run.settings),
        models={name: revision for r in records for name, revision in r.models.items()},
        version=__version__,
        has_words=bool(said),
        words_aligned=any(not w.speaker for w in seglst.read(run.path(TRANSCRIPT))),
        words=said,
    )


def history(run: Run) -> list[SessionSummary]:
    """What earlier sessions of the group left, oldest first."""
    found = []
    for earlier in sessions_of(run.session.group.folder):
        said = earlier.session
        if said.date < run.session.date and earlier.store.record("measure") is not None:
            # What an older version left may not be readable; that session says so itself.
            with contextlib.suppress(StoreError):
                measures: Measures = earlier.store.read(MEASURES, Measures)
                found.append(
                    SessionSummary(
                        said.id,
                        said.date,
                        said.number,
                        measures.members,
                        measures.group,
                        said.ratings,
                    )
                )
    return found


def sessions_of(group: Path) -> list[Run]:
    """The group's sessions that can be opened and whose consent stands, by date.

    One that cannot, or is refused, is told of when it is run.
    """
    found = []
    for folder in manifest.find_sessions(group):
        with contextlib.suppress(SessionAudioError):
            opened = open_run(str(folder))
            consent.admit(opened.session, consent.today())
            found.append(opened)
    return sorted(found, key=lambda run: (run.session.date, run.session.id))


def complete(group: Path) -> list[Run]:
    """Of `sessions_of`, those that have a report."""
    return [run for run in sessions_of(group) if run.store.record("report") is not None]


def models_of(run: Run, task: str) -> dict[str, str]:
    """Names and revisions of the weights that a task runs with."""
    return dict(engines(run.settings).revisions(task))


def people(run: Run) -> list[str]:
    """What of the roster the analysis depends on: ids and roles, never names."""
    return [f"{p.id} {p.role} {sorted(p.attributes.items())}" for p in run.session.present]
