"""What each stage reads, calls and writes.  One function a stage, no logic of its own."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from pipelines import results
from pipelines.engines import engines, voice_encoder
from pipelines.results import (
    ALIGNED,
    EXCLUSIVE,
    FLAGS,
    IDENTIFIED,
    INTERACTIONS,
    LABELS,
    LANGUAGE,
    MEASURES,
    SOUND,
    SPEECH,
    TRANSCRIPT,
    TURNS,
    VOICES,
)
from pipelines.runtime import STAGES, Run, is_looking
from session_audio import (
    __version__,
    consent,
    flags,
    interaction_model,
    manifest,
    metrics,
    outputs,
    responses,
    store,
)
from session_audio import align as aligning
from session_audio import identify as identifying
from session_audio import ingest as ingesting
from session_audio import interactions as interacting
from session_audio import report as reporting
from session_audio import turns as turning
from session_audio.formats import rttm, seglst, transcripts
from session_audio.ports import Progress, SpeakerCount
from session_audio.resources import models_folder
from session_audio.schema import (
    Diarization,
    Flag,
    Group,
    Identification,
    Interaction,
    Measures,
    ParticipantId,
    SoundQuality,
    Turn,
    Word,
)
from session_audio.settings import as_dict

INTERACTION_MODEL = models_folder() / "interaction" / "model.json"


def admit(run: Run) -> str:
    """Consent is checked at every run; it is never taken as fresh."""
    consent.admit(run.session, consent.today())
    return str(run.session.folder)


# --- sound -----------------------------------------------------------------------


def ingest(run: Run) -> str:
    """Decode every recording and bring it to the standard loudness."""

    def do(progress: Progress) -> Sequence[Path]:
        consent.admit(run.session, consent.today())
        quality = ingesting.ingest(
            run.session.recordings, results.sounds(run), run.settings.sound, progress
        )
        return [*results.sounds(run), run.store.write(SOUND, quality, tuple[SoundQuality, ...])]

    return run.stage(
        "ingest",
        do,
        reads=[r.file for r in run.session.recordings],
        depends=[as_dict(run.settings.sound), [str(r) for r in run.session.recordings]],
    )


def diarize(run: Run) -> str:
    """A given diarization, the activity of each track, or the diarizer on the mix."""
    session = run.session

    def do(progress: Progress) -> Sequence[Path]:
        quality = run.store.read(SOUND, tuple[SoundQuality, ...])
        if session.diarization is not None:
            found = rttm.read_diarization(
                session.diarization, results.duration(run) if quality else None
            )
        elif results.has_tracks(session):
            tracks = [ingesting.load_audio(p) for p in results.sounds(run)]
            found = (
                engines(run.settings)
                .diarizer()
                .diarize_tracks(
                    [
                        (str(r.participant), audio, r.offset)
                        for r, audio in zip(session.recordings, tracks, strict=True)
                    ],
                    progress,
                )
            )
        elif session.recordings:
            audio = ingesting.load_audio(results.sounds(run)[0])
            count = speaker_count(run)
            found = engines(run.settings).diarizer().diarize(audio, count, progress)
            found = _apart(found, session.group)
        else:
            found = Diarization((), ())
        rttm.write(run.path(LABELS), session.id, found.full)
        rttm.write(run.path(EXCLUSIVE), session.id, found.exclusive)
        voices = (dict(found.embeddings), found.warnings)
        run.store.write(VOICES, voices, tuple[dict[str, tuple[float, ...]], tuple[str, ...]])
        return [run.path(LABELS), run.path(EXCLUSIVE), run.path(VOICES)]

    given = [session.diarization] if session.diarization else []
    return run.stage(
        "diarize",
        do,
        reads=[run.path(SOUND), *results.sounds(run), *given],
        depends=[
            as_dict(run.settings.diarization),
            str(speaker_count(run)),
            results.has_tracks(session),
        ],
        models=lambda: _models(run, "diarization") if session.recordings and not given else {},
    )


def _apart(found: Diarization, group: Group) -> Diarization:
    """Labels that no participant has for an id: a voice called S01 is not the person S01."""
    ids = {str(p.id) for p in group.participants}
    renamed = [
        Identification(label, ParticipantId(f"voice-{label}"), None, None, "unknown")
        for label in found.speakers
        if label in ids
    ]
    return identifying.rename(found, renamed) if renamed else found


def speaker_count(run: Run) -> SpeakerCount:
    """The attendance list as an upper bound: people may be silent, few are unlisted."""
    if not run.settings.diarization.use_attendance:
        return SpeakerCount()
    return SpeakerCount(at_most=max(1, len(run.session.attendance)))


def transcribe(run: Run) -> str:
    """A given transcript, or the words of each track, or of the mix."""
    session = run.session

    def do(progress: Progress) -> Sequence[Path]:
        language = session.group.language
        words: list[Word] = []
        if session.transcript is not None:
            words += transcripts.read(session.transcript, session)
        else:
            files = results.sounds(run)
            for i, (recording, file) in enumerate(zip(session.recordings, files, strict=True)):
                if i and not results.has_tracks(session):
                    break
                audio = ingesting.load_audio(file)
                heard = (
                    engines(run.settings)
                    .transcriber()
                    .transcribe(
                        audio,
                        session.group.language,
                        _part_of(progress, i, len(files)),
                    )
                )
                language = language or heard.language
                words += [
                    replace(
                        w,
                        start=w.start + recording.offset,
                        end=w.end + recording.offset,
                        speaker=recording.participant,
                    )
                    for w in heard.words
                ]
        seglst.write(run.path(TRANSCRIPT), session.id, words)
        return [run.path(TRANSCRIPT), run.store.write(LANGUAGE, language, str | None)]

    given = [session.transcript.file] if session.transcript else []
    return run.stage(
        "transcribe",
        do,
        reads=[*(results.sounds(run) if not given else []), *given],
        depends=[
            as_dict(run.settings.transcription),
            session.group.language,
            str(session.transcript),
            [str(r.participant) + str(r.offset) for r in session.recordings],
        ],
        models=lambda: _models(run, "transcription") if not given else {},
    )


def _part_of(progress: Progress, index: int, count: int) -> Progress:
    """A `Progress` for one of several tracks."""
    return lambda share: progress((index + share) / count)


# --- who said what ---------------------------------------------------------------


def align(run: Run) -> str:
    """Give each word the label that spoke it."""

    def do(_: Progress) -> Sequence[Path]:
        words = seglst.read(run.path(TRANSCRIPT))
        aligned = aligning.assign_speakers(words, results.label_diarization(run))
        seglst.write(run.path(ALIGNED), run.session.id, aligned)
        return [run.path(ALIGNED)]

    return run.stage(
        "align", do, reads=[run.path(TRANSCRIPT), run.path(LABELS), run.path(EXCLUSIVE)]
    )


def identify(run: Run) -> str:
    """Turn labels into participants where that is known."""
    profiles = identifying.load_profiles(run.session, consent.today())
    model = voice_encoder(run.settings)

    def do(_: Progress) -> Sequence[Path]:
        found = identifying.identify(
            results.label_diarization(run),
            run.session,
            profiles,
            run.settings.identification,
            model,
        )
        speech = identifying.rename(results.label_diarization(run), found)
        words = identifying.rename_words(seglst.read(run.path(ALIGNED)), found)
        seglst.write(run.store.out / "words.seglst.json", run.session.id, words)
        return [
            run.store.out / "words.seglst.json",
            run.store.write(SPEECH, speech, Diarization),
            run.store.write(IDENTIFIED, found, tuple[Identification, ...]),
        ]

    return run.stage(
        "identify",
        do,
        reads=[run.path(ALIGNED), run.path(LABELS), run.path(EXCLUSIVE), run.path(VOICES)],
        depends=[
            as_dict(run.settings.identification),
            store.key_of([str(p) for p in profiles]),
            model,
            dict(run.session.speakers),
            list(run.session.attendance),
        ],
    )


# --- how they talked -------------------------------------------------------------


def turns(run: Run) -> str:
    """Turns, the overlaps and interruptions between them, and who answers whom.

    Rules stand in where the small interaction model is not there, or there are no words in
    its language.
    """
    with_model = INTERACTION_MODEL.is_file()

    def do(_: Progress) -> Sequence[Path]:
        session, speech, words = results.heard(run), results.speech(run), results.words(run) or None
        people, options = session.present, run.settings.turns
        model = interaction_model.load(INTERACTION_MODEL) if words and with_model else None
        language = results.language(run)
        made = turning.build_turns(words, speech, people, options, model, language)
        found = interacting.find_interactions(made, words, speech, options, model, language)
        made = responses.assign_responses(made, found, people, options, model, language)
        return [
            run.store.write(TURNS, made, tuple[Turn, ...]),
            run.store.write(INTERACTIONS, found, tuple[Interaction, ...]),
        ]

    return run.stage(
        "turns",
        do,
        reads=[
            run.path(SPEECH),
            run.path(IDENTIFIED),
            run.store.out / "words.seglst.json",
            run.path(LANGUAGE),
            *([INTERACTION_MODEL] if with_model else []),
        ],
        depends=[as_dict(run.settings.turns), _people(run)],
    )


def measure(run: Run) -> str:
    """Balance, timing, interruptions and the response network."""

    def do(_: Progress) -> Sequence[Path]:
        measures = metrics.measure(
            results.heard(run),
            results.turns(run),
            results.interactions(run),
            results.speech(run),
            results.duration(run),
            run.settings.metrics,
        )
        return [run.store.write(MEASURES, measures, Measures)]

    return run.stage(
        "measure",
        do,
        reads=[run.path(n) for n in (TURNS, INTERACTIONS, SPEECH, SOUND, IDENTIFIED)],
        depends=[as_dict(run.settings.metrics), _people(run)],
    )


def flag(run: Run) -> str:
    """Candidate moments, from the words in context and from what happened around them."""

    def do(progress: Progress) -> Sequence[Path]:
        session, made = results.heard(run), results.turns(run)
        asked = flags.turns_in_context(session, made)
        scores = engines(run.settings).classifier().score(asked, progress) if asked else []
        found = flags.find_candidates(
            session,
            made,
            results.interactions(run),
            scores,
            results.duration(run),
            run.settings.flags,
        )
        return [run.store.write(FLAGS, found, tuple[Flag, ...])]

    return run.stage(
        "flag",
        do,
        reads=[run.path(n) for n in (TURNS, INTERACTIONS, MEASURES, IDENTIFIED, SOUND)],
        depends=[as_dict(run.settings.flags), _people(run)],
        models=lambda: _models(run, "rupture"),
    )


# --- what people read ------------------------------------------------------------


def report(run: Run) -> str:
    """The report, the tables that others compute with, and where it all came from."""

    def do(_: Progress) -> Sequence[Path]:
        found = results.result(run)
        wrote = outputs.write_tables(found, results.speech(run), run.store.out)
        audio = run.session.recordings[0].file if run.session.recordings else None
        wrote += reporting.write_session_report(
            found,
            run.store.out,
            settings=run.settings.report,
            history=results.history(run),
            audio=audio,
        )
        return wrote

    folder = run.stage(
        "report",
        do,
        reads=[
            *(run.path(n) for n in (MEASURES, FLAGS, TURNS, INTERACTIONS, IDENTIFIED, SOUND)),
            *(run.path(n) for n in (SPEECH, VOICES)),
            run.store.out / "words.seglst.json",
        ],
        depends=[
            as_dict(run.settings.report),
            as_dict(run.settings.quality),
            _people(run),
            [(p.id, p.name) for p in run.session.group.participants],
            _heading(run),
            str(run.session.ratings),
            str(run.session.chat),
            store.key_of([str(earlier) for earlier in results.history(run)]),
        ],
    )
    if not is_looking():
        _write_provenance(run)
    return folder


def series(group: Path) -> list[Path]:
    """The series of a group, from the results of its sessions whose consent stands.

    Drawn anew only where one of the sessions' reports is new.
    """
    runs = results.complete(group)
    if not runs:
        return []
    latest, kept = runs[-1].settings, store.SessionStore(group)
    key = store.key_of(
        [
            __version__,
            as_dict(latest),
            [(r.session.id, r.store.record("report")) for r in runs],
        ]
    )
    with kept.locked(wait=True):  # two runs may end at once, on other sessions of the group
        if not kept.is_fresh("series", key):
            kept.forget_stage("series")
            wrote = reporting.write_group_report(
                [results.result(r) for r in runs], kept.out, settings=latest.report
            )
            kept.finish("series", key, wrote, 0.0)
        record = kept.record("series")
    return [kept.out / name for name in record.outputs] if record else []


def _models(run: Run, task: str) -> dict[str, str]:
    return dict(engines(run.settings).revisions(task))


def _people(run: Run) -> list[str]:
    """What of the roster the analysis depends on: ids and roles, never names."""
    return [f"{p.id} {p.role} {sorted(p.attributes.items())}" for p in run.session.present]


def _heading(run: Run) -> list[str]:
    """What the report says of the session and its group beside what was measured."""
    session, group = run.session, run.session.group
    facts = (session.date, session.number, group.id, group.name, group.fictional)
    return [str(fact) for fact in facts]


def _write_provenance(run: Run) -> None:
    """Inputs by content, models, settings and times, rewritten at every run."""
    session = run.session
    files = [r.file for r in session.recordings]
    files += [f for f in (session.diarization,) if f]
    files += [session.transcript.file] if session.transcript else []
    inputs = {
        manifest.masked(os.path.relpath(file, session.folder), session.group): store.digest(file)
        for file in files
    }
    facts = run.store.provenance(STAGES, inputs)
    facts |= {"version": __version__, "settings": as_dict(run.settings)}
    store.write_text(run.store.out / "provenance.json", json.dumps(facts, indent=1) + "\n")
