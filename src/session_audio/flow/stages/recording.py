"""From the recording to words with speakers: what each stage reads, calls and writes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from session_audio.flow import artefacts as results
from session_audio.flow.artefacts import (
    ALIGNED,
    EXCLUSIVE,
    IDENTIFIED,
    LABELS,
    LANGUAGE,
    SOUND,
    SPEECH,
    TRANSCRIPT,
    VOICES,
)
from session_audio.flow.engines import engines, voice_encoder
from session_audio.flow.run import Run
from session_audio.formats import rttm, seglst, transcripts
from session_audio.ports import Progress, SpeakerCount
from session_audio.schema import (
    Diarization,
    Group,
    Identification,
    ParticipantId,
    SoundQuality,
    Word,
)
from session_audio.settings import as_dict
from session_audio.sound import ingest as ingesting
from session_audio.speakers import align as aligning
from session_audio.speakers import identify as identifying
from session_audio.workspace import consent, store


def admit(run: Run) -> str:
    """Consent is checked at every run; it is never taken as fresh."""
    consent.admit(run.session, consent.today())
    return str(run.session.folder)


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
        models=lambda: (
            results.models_of(run, "diarization") if session.recordings and not given else {}
        ),
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
        models=lambda: results.models_of(run, "transcription") if not given else {},
    )


def _part_of(progress: Progress, index: int, count: int) -> Progress:
    """A `Progress` for one of several tracks."""
    return lambda share: progress((index + share) / count)


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
