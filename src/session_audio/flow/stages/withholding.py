"""What consent does not cover is taken out, before a word has a speaker."""

from __future__ import annotations

import contextlib

from session_audio.amend.operations import SPEECH
from session_audio.amend.voices import Spoken
from session_audio.errors import SessionAudioError
from session_audio.flow import corrections, results, reviewed
from session_audio.flow.artefacts import TRANSCRIPT, WITHHELD, Withholding
from session_audio.flow.session import SessionRun
from session_audio.flow.stages import recording
from session_audio.interval import union
from session_audio.ports import Progress
from session_audio.schema import SpeakerSegment
from session_audio.speakers import identify as identification
from session_audio.speakers import withholding
from session_audio.speakers.align import assign_speakers
from session_audio.speakers.profiles import load_profiles

_WORDS_OF = "transcribe"


def withhold(run: SessionRun, progress: Progress) -> None:
    """Find the voices that nobody consented to, and cut what they said from the transcript.

    What an earlier run cut and is allowed now is heard anew.
    """
    diarization = results.label_diarization(run)
    profiles = load_profiles(run.session, run.admitted.admission.on)
    encoder = run.engines.voice_encoder
    people = identification.identify(
        diarization, run.session, profiles, run.settings.identification, encoder
    )
    said = reviewed.attributed(run, Spoken(diarization, people, ()))
    known = {i.label: i for i in said.people}
    people = tuple(known.get(i.label, i) for i in people)
    enrolled = {str(p.participant) for p in profiles if p.vector(encoder) is not None}
    found = withholding.withheld(run.session, run.admitted.admission, diarization, people, enrolled)
    cut = withholding.spans(diarization, {x.voice for x in found})
    silent = recording.of_whom_no_words(run)
    given = {label for label in said.labels if said.person(label) in silent}
    cut = union([*cut, *withholding.spans(said.diarization, given)])
    before = _before(run)
    allowed = {x.voice for x in before.voices} - {x.voice for x in found}
    by_words = not diarization.full  # words came with their speakers, and tell who spoke when
    if withholding.no_longer(before.cut, cut) > 0 or (by_words and allowed):
        before = Withholding()
        recording.decoded(run, progress)
        recording.transcribe(run, progress)
        corrections.apply(run, (TRANSCRIPT,))
        run.store.remark(_WORDS_OF)
    spoken: tuple[SpeakerSegment, ...] = ()
    if found:
        words = TRANSCRIPT.read(run.store)
        if by_words:
            spoken = before.speech or withholding.speech_of(words)
        said = reviewed.attributed(
            run, Spoken(diarization, people, assign_speakers(words, diarization))
        )
        theirs = {
            (w.start, w.end, w.text)
            for w in said.words
            if w.speaker is not None and said.person(w.speaker) in silent
        }
        kept = withholding.kept_words(words, found, diarization)
        TRANSCRIPT.write(
            run.store, tuple(w for w in kept if (w.start, w.end, w.text) not in theirs)
        )
        gone = {str(x) for one in found for x in (one.voice, one.participant) if x is not None}
        corrections.cut(run, TRANSCRIPT, cut, gone)
        run.store.remark(_WORDS_OF)
    made = Withholding(found, tuple(cut), when_transcribed(run), spoken)
    WITHHELD.write(run.store, made if found else Withholding())


def _before(run: SessionRun) -> Withholding:
    """What was withheld from the transcript that is there; nothing where it was made since."""
    with contextlib.suppress(SessionAudioError):
        before = WITHHELD.read(run.store)
        if before.of == when_transcribed(run):
            return before
    return Withholding()


def when_transcribed(run: SessionRun) -> str:
    """When the transcript was made."""
    record = run.store.record(_WORDS_OF)
    return record.finished if record else ""


def who_consents(run: SessionRun) -> object:
    """Who is known and left out, and of which transcript."""
    admission = run.admitted.admission
    out = [list(admission.left_out), list(admission.without_words)]
    said = reviewed.key(run, SPEECH, but=("mend",))
    return [[*recording.who_is_heard(run), *said], out, when_transcribed(run)]
