"""How far to trust a session's numbers: what the sound, the words and the voices allow."""

from __future__ import annotations

from collections.abc import Sequence

from session_audio.schema import (
    Identification,
    Measures,
    Notice,
    Quality,
    Session,
    SoundQuality,
    Word,
)
from session_audio.settings import QualitySettings


def assess(
    session: Session,
    sound: Sequence[SoundQuality],
    words: Sequence[Word],
    identified: Sequence[Identification],
    measures: Measures,
    warnings: Sequence[Notice],
    settings: QualitySettings,
) -> Quality:
    """The session's quality and its warnings.

    Parameters
    ----------
    session : Session
        As the manifest tells it.
    sound, words, identified, measures
        What the stages found.
    warnings : sequence of Notice
        What earlier stages warned of; kept in front.
    settings : QualitySettings
        Below or above what a warning is given.
    """
    group = measures.group
    probabilities = [w.probability for w in words if w.probability is not None]
    mean = sum(probabilities) / len(probabilities) if probabilities else None
    unattributed = group.unattributed_time / group.speech_time if group.speech_time else 0.0
    notices = [*warnings, *(w for s in sound for w in s.warnings)]
    if group.speech_time < settings.little_speech:
        notices.append(Notice("little_speech", f"{group.speech_time:.0f}"))
    if group.overlap_share > settings.much_overlap:
        notices.append(Notice("much_overlap", f"{100 * group.overlap_share:.0f}"))
    if unattributed > settings.much_unattributed:
        notices.append(Notice("much_unattributed", f"{100 * unattributed:.0f}"))
    if mean is not None and mean < settings.unsure_words:
        notices.append(Notice("unsure_words", f"{mean:.2f}"))
    if not words:
        notices.append(Notice("no_words"))
    elif 2 * sum(not w.timed for w in words) > len(words):
        notices.append(Notice("no_word_times"))
    margins = [i.margin for i in identified if i.margin is not None]
    if margins and min(margins) < settings.low_margin:
        notices.append(Notice("low_margin", f"{min(margins):.2f}"))
    speakers = len({i.label for i in identified})
    if identified and all(i.how == "unknown" for i in identified):
        notices.append(Notice("nobody_identified"))
    if speakers and speakers < len(session.attendance):
        notices.append(Notice("fewer_voices", str(speakers), str(len(session.attendance))))
    return Quality(
        sound=tuple(sound),
        speech_time=group.speech_time,
        overlap_share=group.overlap_share,
        unattributed_share=unattributed,
        mean_word_probability=mean,
        identifications=tuple(identified),
        speakers_found=speakers,
        attendance_count=len(session.attendance),
        warnings=tuple(dict.fromkeys(notices)),
    )
