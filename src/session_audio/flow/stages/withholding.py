"""What consent does not cover is taken out, before a word has a speaker."""

from __future__ import annotations

import contextlib

from session_audio.errors import SessionAudioError
from session_audio.flow import corrections, results, reviewed
from session_audio.flow.artefacts import SOUNDS, TRANSCRIPT, WITHHELD, Withholding
from session_audio.flow.session import SessionRun
from session_audio.flow.stages import recording
from session_audio.ports import Progress
from session_audio.speakers import identify as identification
from session_audio.speakers import withholding
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
    people = reviewed.named(run, diarization, people)
    enrolled = {str(p.participant) for p in profiles if p.vector(encoder) is not None}
    found = withholding.withheld(run.session, run.admitted.admission, diarization, people, enrolled)
    cut = withholding.spans(diarization, {x.voice for x in found})
    before = _before(run)
    if withholding.no_longer(before.cut, cut) > 0:
        if not all(path.exists() for path in SOUNDS.paths(run)):
            recording.ingest(run, progress)
        recording.transcribe(run, progress)
        corrections.apply(run, (TRANSCRIPT,))
        run.store.remark(_WORDS_OF)
    if found:
        words = TRANSCRIPT.read(run.store)
        TRANSCRIPT.write(run.store, withholding.kept_words(words, found, diarization))
        corrections.cut(run, TRANSCRIPT, cut)
        run.store.remark(_WORDS_OF)
    made = Withholding(found, tuple(cut), when_transcribed(run)) if found else Withholding()
    WITHHELD.write(run.store, made)


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
    return [recording.who_is_known(run), out, when_transcribed(run)]
