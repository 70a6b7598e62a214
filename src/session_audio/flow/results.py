"""Reads back what the stages of a session left: its result, and what earlier sessions left."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from session_audio import __version__
from session_audio.errors import SessionAudioError, StoreError
from session_audio.flow import reviewed
from session_audio.flow.artefacts import (
    CHAT,
    EMBEDDINGS,
    EXCLUSIVE,
    IDENTIFIED,
    INTERACTIONS,
    LABELS,
    LANGUAGE,
    MEASURES,
    SOUND,
    SPEECH,
    TRANSCRIPT,
    TURNS,
    WITHHELD,
    WORDS,
)
from session_audio.flow.context import Context
from session_audio.flow.session import SessionRun, open_run
from session_audio.formats.chats import SavedChat
from session_audio.interval import Interval, difference, intersection, union
from session_audio.metrics import doubt, quality
from session_audio.schema import (
    EMPTY_ROOM,
    UNATTRIBUTED,
    Diarization,
    Notice,
    Session,
    SessionResult,
    SessionSummary,
    Word,
    of_stretches,
)
from session_audio.schema.language import OTHER_LANGUAGE
from session_audio.settings import as_dict
from session_audio.speakers.identify import as_identified, outdated
from session_audio.speakers.profiles import load_profiles
from session_audio.workspace.consent import MOMENTS
from session_audio.workspace.folders import look

LAST = "report"
"""The stage after which a session has its result."""


def has_tracks(session: Session) -> bool:
    """Whether each recording is one participant's own."""
    return bool(session.recordings) and all(r.participant for r in session.recordings)


def session_as_identified(run: SessionRun) -> Session:
    """The session with the people that can be told apart.

    Where nobody was identified, the voices stand for themselves: nobody on the
    attendance list may then be called silent.
    """
    left_out = run.admitted.admission.left_out
    unknown = bool(_nobodys(run))
    return as_identified(run.session, IDENTIFIED.read(run.store), left_out, withheld=unknown)


def _nobodys(run: SessionRun) -> list[str]:
    """The voices that are withheld as nobody is known to whom they belong."""
    return [x.voice for x in WITHHELD.read(run.store).voices if x.participant is None]


def _taken_out(run: SessionRun) -> list[Notice]:
    """What consent took out, in numbers: the first thing that a report says."""
    admission = run.admitted.admission
    notices = (
        Notice("unlisted_voices", str(len(_nobodys(run)))),
        Notice("people_left_out", str(len(admission.left_out))),
        Notice("words_left_out", str(len(admission.without_words))),
    )
    return [notice for notice in notices if notice.value != "0"]


def duration(run: SessionRun) -> float:
    """Length of the session in seconds: until it `ended`, else what was recorded."""
    end = ended(run)
    return recorded(run) if end is None else end


def ended(run: SessionRun) -> float | None:
    """Second at which the last one spoke, where an empty room was recorded after; else None."""
    words = TRANSCRIPT.read(run.store) if run.session.transcript is not None else ()
    heard = [s.end for s in LABELS.read(run.store)] + [w.end for w in words]
    if not heard or not run.session.recordings:
        return None
    return max(heard) if recorded(run) - max(heard) >= EMPTY_ROOM else None


def recorded(run: SessionRun) -> float:
    """Seconds of sound; without one, until the last word's end."""
    sound = SOUND.read(run.store)
    if sound:
        return max(q.duration + o for q, o in zip(sound, run.session.offsets, strict=True))
    words, segments = TRANSCRIPT.read(run.store), LABELS.read(run.store)
    return max([w.end for w in words] + [s.end for s in segments] + [0.0])


def cuts(run: SessionRun) -> list[Interval]:
    """Where nothing is known of what happened.

    Between parts of the recording (`SoundQuality.cuts`; with tracks, where none was), and where
    consent leaves nothing of somebody's speech.
    """
    known = [*_between_parts(run), *_unknown(run)]
    return sorted(known, key=lambda cut: cut.start)


def _unknown(run: SessionRun) -> list[Interval]:
    """Where those spoke alone of whose speech nothing is kept; see `consent.masked_speech`."""
    found = WITHHELD.read(run.store)
    gone = {x.voice for x in found.voices if x.what == "all"}
    if run.settings.consent.masked_speech != "nothing" or not gone:
        return []
    theirs = [s.interval for s in found.speech or LABELS.read(run.store) if s.speaker in gone]
    kept = union(s.interval for s in SPEECH.read(run.store).full)
    return difference(union(theirs), kept)


def _between_parts(run: SessionRun) -> list[Interval]:
    sounds = SOUND.read(run.store)
    if not sounds or not all(sound.cuts for sound in sounds):
        return []
    kept, *others = (
        [cut.shifted(offset) for cut in sound.cuts]
        for sound, offset in zip(sounds, run.session.offsets, strict=True)
    )
    for other in others:
        kept = intersection(kept, other)
    return kept


def broken_off(run: SessionRun) -> list[str]:
    """Which recordings hold less than they claim, in a sentence each."""
    found: list[Notice] = []
    with contextlib.suppress(StoreError):  # what cannot be read is told by whoever needs it
        sounds = SOUND.read(run.store)
        found = [n for sound in sounds for n in sound.warnings if n.key == "truncated"]
    return [f"a recording breaks off: of {n.of} s {n.value} s could be read" for n in found]


def label_diarization(run: SessionRun) -> Diarization:
    """Who spoke when by the diarizer's own labels, as corrected by hand if it was."""
    embeddings, warnings = EMBEDDINGS.read(run.store)
    return Diarization(LABELS.read(run.store), EXCLUSIVE.read(run.store), embeddings, warnings)


def result(run: SessionRun) -> SessionResult:
    """Everything one session's flow found."""
    words, identified = WORDS.read(run.store), IDENTIFIED.read(run.store)
    chat = saved_chat(run)
    measures, warnings = MEASURES.read(run.store), EMBEDDINGS.read(run.store).warnings
    profiles = load_profiles(run.session, run.admitted.admission.on)
    if old := outdated(profiles, run.engines.voice_encoder):
        warnings = (*warnings, Notice("old_profiles", str(old)))
    whole, end = recorded(run), ended(run)
    if end is not None:
        warnings = (Notice("ended", f"{end:.0f}", f"{whole:.0f}"), *warnings)
    return SessionResult(
        session=replace(session_as_identified(run), chat=chat.messages),
        duration=whole if end is None else end,
        quality=quality.assess(
            session=run.session,
            sound=SOUND.read(run.store),
            words=words,
            identified=identified,
            measures=measures,
            warnings=(*_taken_out(run), *warnings, *_uncertain(run, words)),
            settings=run.settings.quality,
        ),
        turns=TURNS.read(run.store),
        interactions=INTERACTIONS.read(run.store),
        measures=measures,
        flags=() if MOMENTS in run.admitted.admission.off else reviewed.flags(run),
        settings=as_dict(run.settings),
        models=dict(sorted(item for r in run.store.records() for item in r.models.items())),
        version=__version__,
        has_words=bool(words),
        words_aligned=any(not w.speaker for w in TRANSCRIPT.read(run.store)),
        words=words,
        spoken=LANGUAGE.read(run.store),
        admission=run.admitted.admission,
        private_messages=chat.private,
    )


def _uncertain(run: SessionRun, words: Sequence[Word]) -> list[Notice]:
    """Where words are likely missing, and where so many talk at once that who spoke is unsure."""
    speech = SPEECH.read(run.store).full
    notices = of_stretches("crowded_at", doubt.crowded(speech))
    if not words or not run.session.recordings:
        return notices
    admission, withheld = run.admitted.admission, WITHHELD.read(run.store)
    silent = {str(x) for x in (*admission.left_out, *admission.without_words)}
    silent |= {str(x.voice) for x in withheld.voices}
    silent |= {str(UNATTRIBUTED)} if withheld.voices else set()
    elsewhere = [
        Interval(s.start, s.end)
        for s in LANGUAGE.read(run.store).stretches
        if s.language == OTHER_LANGUAGE
    ]
    without = doubt.wordless(words, speech, [*elsewhere, *withheld.cut], silent)
    return [*of_stretches("wordless_at", without), *notices]


def saved_chat(run: SessionRun) -> SavedChat:
    """What was written to everybody; the manifest's lines where no file is named."""
    return SavedChat(run.session.chat) if run.session.chat_log is None else CHAT.read(run.store)


def history(run: SessionRun) -> list[SessionSummary]:
    """What earlier sessions of the group left, oldest first."""
    summaries = []
    for earlier in sessions_of(run.session.group.folder, run.context).runs:
        session = earlier.session
        if session.date < run.session.date and earlier.store.record("measure") is not None:
            # What an older version left may not be readable; that session says so itself.
            with contextlib.suppress(StoreError):
                measures = MEASURES.read(earlier.store)
                summaries.append(
                    SessionSummary(
                        session.id,
                        session.date,
                        session.number,
                        measures.members,
                        measures.group,
                        session.ratings,
                        measures.exchanges,
                    )
                )
    return summaries


@dataclass(frozen=True)
class GroupSessions:
    """A group's sessions: those that can be opened and whose consent stands, and the rest."""

    runs: tuple[SessionRun, ...]
    """By date."""
    left_out: tuple[SessionAudioError, ...]
    """Why each of the others is left out, as every verb says it."""

    @property
    def finished(self) -> tuple[SessionRun, ...]:
        """Those that have a result."""
        return tuple(run for run in self.runs if run.store.record(LAST) is not None)


def sessions_of(group: Path, context: Context | None = None) -> GroupSessions:
    """The sessions of the group in `group`."""
    found = look(group)
    runs, left_out = [], list[SessionAudioError](found.strays)
    for folder in found.sessions:
        try:
            runs.append(open_run(folder, context))
        except SessionAudioError as error:
            left_out.append(error.located(session=folder.name))
    runs.sort(key=lambda run: (run.session.date, run.session.id))
    return GroupSessions(tuple(runs), tuple(left_out))
