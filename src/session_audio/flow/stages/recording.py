"""From the recording to words with speakers: what each stage does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from session_audio import files
from session_audio.amend.operations import SPEECH as SPEECH_FILE
from session_audio.amend.voices import Spoken
from session_audio.flow import languages, results, reviewed
from session_audio.flow.artefacts import (
    ALIGNED,
    CHAT,
    EMBEDDINGS,
    EXCLUSIVE,
    IDENTIFIED,
    LABELS,
    LANGUAGE,
    LISTENING,
    SIDES,
    SOUND,
    SOUNDS,
    SPEECH,
    TRANSCRIPT,
    WITHHELD,
    WORDS,
    SpeakerEmbeddings,
    sides_of,
)
from session_audio.flow.engines import done_with
from session_audio.flow.session import SessionRun
from session_audio.flow.sides import in_room
from session_audio.formats import chats, rttm, transcripts
from session_audio.ports import Progress, SpeakerCount, part_of
from session_audio.schema import (
    Diarization,
    Group,
    Identification,
    ParticipantId,
    SpeakerSegment,
    Word,
)
from session_audio.sound import ingest as ingestion
from session_audio.sound.listening import write_listening_copy
from session_audio.sound.process import Limits
from session_audio.speakers import identify as identification
from session_audio.speakers import withholding
from session_audio.speakers.align import REACH, assign_speakers
from session_audio.speakers.profiles import load_profiles
from session_audio.speakers.withholding import Withheld


def ingest(run: SessionRun, progress: Progress) -> None:
    """Decode every recording and bring it to the standard loudness."""
    quality = ingestion.ingest(
        run.session.recordings,
        SOUNDS.paths(run),
        run.settings.sound,
        progress,
        Limits.of(run.settings.machine),
        sides_of(run),
    )
    SOUND.write(run.store, quality)
    for path in set(sides_of(run)) - set(SIDES.paths(run)):  # of an earlier run
        path.unlink(missing_ok=True)


def decoded(run: SessionRun, progress: Progress) -> None:
    """Decode the sound again where it was removed on purpose.

    What consent takes out is known after `ingest`: only then is it clear that it is needed.
    """
    if not all(path.exists() for path in SOUNDS.paths(run)):
        ingest(run, progress)


def how_recorded(run: SessionRun) -> object:
    """Whose each recording is, which channel and stream of it, and when it begins."""
    facts: list[object] = []
    for r in run.session.recordings:
        rarely = [r.stream, r.part, r.start] if r.is_part or r.stream is not None else []
        facts.append([r.participant, r.channel, r.offset, *rarely])
    return facts


def listening(run: SessionRun, progress: Progress) -> None:
    """The copy of the sound that the report plays; an earlier one goes where none is wanted."""
    wanted = LISTENING.paths(run)
    if not wanted:
        (run.store.out / LISTENING.name).unlink(missing_ok=True)
        return
    decoded(run, progress)
    sounds = [ingestion.load_audio(path) for path in SOUNDS.paths(run)]
    nobodys = {x.voice for x in WITHHELD.read(run.store).voices if x.participant is None}
    silent = withholding.spans(results.label_diarization(run), nobodys) if nobodys else []
    write_listening_copy(sounds, run.session.offsets, wanted[0], progress, silent)


def whether_copied(run: SessionRun) -> object:
    """Whether the sound is wanted beside the report, and when each recording begins."""
    return [run.settings.report.sound, list(run.session.offsets)]


def diarize(run: SessionRun, progress: Progress) -> None:
    """A given diarization, the activity of each track, or the diarizer on the mix."""
    session = run.session
    if session.diarization is not None:
        length = results.recorded(run) if session.recordings else None
        made_elsewhere = rttm.read_diarization(session.diarization, length)
        diarization = identification.without_names(made_elsewhere, session)
        identification.given_labels(diarization, session)  # refuses whoever was away
    elif results.has_tracks(session):
        tracks = [ingestion.load_audio(path) for path in SOUNDS.paths(run)]
        diarization = run.engines.diarizer().diarize_tracks(
            [
                (str(parts[0].participant), audio, offset)
                for parts, audio, offset in zip(
                    session.sounds, tracks, session.offsets, strict=True
                )
            ],
            progress,
        )
    elif session.recordings:
        room = ingestion.load_audio(SOUNDS.paths(run)[0])
        sides = [ingestion.load_audio(path) for path in SIDES.paths(run)]
        diarization = in_room(
            run.engines.diarizer(), room, sides, speaker_count(run), run.settings, progress
        )
        diarization = _apart(diarization, session.group)
    else:
        diarization = Diarization((), ())
    LABELS.write(run.store, diarization.full)
    EXCLUSIVE.write(run.store, diarization.exclusive)
    kept = SpeakerEmbeddings(dict(diarization.embeddings), diarization.warnings)
    EMBEDDINGS.write(run.store, kept)


def who_may_speak(run: SessionRun) -> object:
    """How many people there may be, and whether each has a track.

    Of a diarization made elsewhere: whom its labels may name, and who was there.
    """
    session = run.session
    facts: list[object] = [str(speaker_count(run)), how_recorded(run)]
    if session.diarization is not None:
        names = identification.names_among(session.speakers, session)
        facts += [[str(p.id), p.name] for p in session.group.participants]
        facts += [list(session.attendance), [[x, session.speakers[x]] for x in sorted(names)]]
    return facts


def _apart(diarization: Diarization, group: Group) -> Diarization:
    """Labels that no participant has for an id: a voice called S01 is not the person S01."""
    ids = {str(p.id) for p in group.participants}
    renamed = [
        Identification(label, ParticipantId(f"voice-{label}"), None, None, "unknown")
        for label in diarization.speakers
        if label in ids
    ]
    return identification.rename(diarization, renamed) if renamed else diarization


def speaker_count(run: SessionRun) -> SpeakerCount:
    """As many as the attendance list has: people may be silent, few are unlisted."""
    if not run.settings.diarization.use_attendance:
        return SpeakerCount()
    return SpeakerCount(expected=max(1, len(run.session.attendance)))


def transcribe(run: SessionRun, progress: Progress) -> None:
    """A given transcript, or the words of each track, or of the mix."""
    session = run.session
    words: list[Word] = []
    if session.transcript is not None:
        length = _length(run)
        given = transcripts.read(
            session.transcript, session, _given_speech(run, length), length
        ).words
        words, spoken = languages.of_transcript(given, session.languages)
    else:
        files = SOUNDS.paths(run)
        files = files if results.has_tracks(session) else files[:1]
        tracks = []
        for i, (file, offset) in enumerate(zip(files, session.offsets, strict=False)):
            audio = ingestion.load_audio(file)
            transcription = run.engines.transcriber().transcribe(
                audio, session.languages, part_of(progress, i, len(files))
            )
            who = session.sounds[i][0].participant
            words += [
                replace(w, start=w.start + offset, end=w.end + offset, speaker=who)
                for w in transcription.words
            ]
            tracks.append((who, offset, audio.duration, transcription))
        done_with(run.engines.transcriber)
        spoken = languages.of_tracks(tracks)
        words = languages.with_own(words, spoken)
    TRANSCRIPT.write(run.store, words)
    LANGUAGE.write(run.store, spoken)


def _length(run: SessionRun) -> float | None:
    """Seconds that the recordings last; None without one."""
    sounds = zip(SOUNDS.paths(run), run.session.recordings, strict=True)
    return max((ingestion.load_audio(p).duration + r.offset for p, r in sounds), default=None)


def _given_speech(run: SessionRun, length: float | None) -> Sequence[SpeakerSegment]:
    """Who speaks when, one at a time, by a diarization made elsewhere; empty without one."""
    if run.session.diarization is None:
        return ()
    given = rttm.read_diarization(run.session.diarization, length)
    return identification.by_participant(given, run.session).exclusive


def which_words(run: SessionRun) -> object:
    """The languages asked for, how a given transcript is read, and whose each recording is."""
    session, read_as = run.session, list[object]()
    if (given := session.transcript) is not None:
        read_as = [given.format, dict(given.columns), dict(given.speakers), given.times]
        read_as += [[[str(p.id), p.name] for p in session.group.participants]]
        read_as += [list(session.attendance), dict(session.speakers)]
    asked = session.languages[0] if len(session.languages) == 1 else list(session.languages) or None
    return [asked, read_as or None, how_recorded(run)]


def chat(run: SessionRun, _: Progress) -> None:
    """The lines of the manifest, or what was written to everybody in a saved chat."""
    session = run.session
    if session.chat_log is None:
        CHAT.write(run.store, chats.SavedChat(session.chat))
    else:
        saved = chats.read(session.chat_log, session, results.duration(run))[0]
        silent = of_whom_no_words(run)
        kept = tuple(m for m in saved.messages if m.participant not in silent)
        CHAT.write(run.store, saved._replace(messages=kept))


def of_whom_no_words(run: SessionRun) -> list[str]:
    """Ids of those of whom consent lets nothing be read."""
    admission = run.admitted.admission
    return [*admission.left_out, *admission.without_words]


def whose_chat(run: SessionRun) -> object:
    """The lines of the manifest; how a saved chat is read, and whom its names may be."""
    session = run.session
    if (log := session.chat_log) is None:
        return str(session.chat)
    people = [[str(p.id), p.name] for p in session.group.participants]
    starts = [r.start for r in session.recordings]
    read_as = [dict(log.speakers), log.start, people, list(session.attendance), starts]
    return [*read_as, of_whom_no_words(run)]


def align(run: SessionRun, _: Progress) -> None:
    """Give each word the label that spoke it."""
    words = TRANSCRIPT.read(run.store)
    if (end := results.ended(run)) is not None:  # what a recogniser invents in an empty room
        words = tuple(word for word in words if word.start < end + REACH)
    ALIGNED.write(run.store, assign_speakers(words, results.label_diarization(run)))


def identify(run: SessionRun, _: Progress) -> None:
    """Turn labels into participants where that is known, by voice or by a person's word."""
    said = who_speaks(run)
    WORDS.write(run.store, identification.rename_words(said.words, said.people))
    SPEECH.write(run.store, identification.rename(said.diarization, said.people))
    IDENTIFIED.write(run.store, said.people)


def who_speaks(run: SessionRun) -> Spoken:
    """Labels, whose they are, and words by label, as reviewed.

    What a review gives to somebody whom consent leaves out is withheld like all of theirs.
    """
    said, silent = reviewed.spoken(run, heard(run)), of_whom_no_words(run)
    words = tuple(w for w in said.words if not w.speaker or said.person(w.speaker) not in silent)
    out = run.admitted.admission.left_out
    given = [Withheld(i.label, i.participant, "all") for i in said.people if i.participant in out]
    return Spoken(*_withheld(run, said.diarization, said.people, given), words)


def heard(run: SessionRun) -> Spoken:
    """Labels, whose they are, and words by label, before any review."""
    diarization, found = results.label_diarization(run), WITHHELD.read(run.store)
    people = identification.identify(
        diarization,
        run.session,
        load_profiles(run.session, run.admitted.admission.on),
        run.settings.identification,
        run.engines.voice_encoder,
    )
    if found.speech:  # those whose words are cut spoke all the same
        diarization = replace(diarization, full=found.speech, exclusive=found.speech)
    return Spoken(*_withheld(run, diarization, people, found.voices), ALIGNED.read(run.store))


def _withheld(
    run: SessionRun,
    diarization: Diarization,
    people: tuple[Identification, ...],
    found: Sequence[Withheld],
) -> tuple[Diarization, tuple[Identification, ...]]:
    """Who speaks when, and who they are, without the voices in `found`, as the policy says."""
    if run.settings.consent.masked_speech == "nothing":
        diarization = withholding.without_speech(diarization, found)
    return withholding.as_nobodys(diarization, found), withholding.hidden(people, found)


def who_is_known(run: SessionRun) -> object:
    """Who may be heard, and all that a review decided of who speaks."""
    return [*who_is_heard(run), *reviewed.key(run, SPEECH_FILE)]


def who_is_heard(run: SessionRun) -> list[object]:
    """The voice profiles whose consent stands, and what the manifest says of the labels."""
    session = run.session
    profiles: Sequence[object] = load_profiles(session, run.admitted.admission.on)
    return [
        files.key_of([str(p) for p in profiles]),
        run.engines.voice_encoder,
        dict(session.speakers),
        list(session.attendance),
        [str(p.id) for p in session.group.participants],
        how_recorded(run),
    ]
