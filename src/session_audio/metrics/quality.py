"""How far to trust a session's numbers: what the sound, the words and the voices allow."""

from __future__ import annotations

from collections.abc import Sequence

from session_audio.schema import (
    Identification,
    Measures,
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
    warnings: Sequence[str],
    settings: QualitySettings,
) -> Quality:
    """The session's quality and its warnings.

    Warnings are ``key`` or ``key:number``; the report words them.

    Parameters
    ----------
    session : Session
        As the manifest tells it.
    sound, words, identified, measures
        What the stages found.
    warnings : sequence of str
        What earlier stages warned of; kept in front.
    settings : QualitySettings
        Below or above what a warning is given.
    """
    group = measures.group
    probabilities = [w.probability for w in words if w.probability is not None]
    mean = sum(probabilities) / len(probabilities) if probabilities else None
    unattributed = group.unattributed_time / group.speech_time if group.speech_time else 0.0
    found = [*warnings, *(w for s in sound for w in s.warnings)]
    if group.speech_time < settings.little_speech:
        found.append(f"little_speech:{group.speech_time:.0f}")
    if group.overlap_share > settings.much_overlap:
        found.append(f"much_overlap:{100 * group.overlap_share:.0f}")
    if unattributed > settings.much_unattributed:
        found.append(f"much_unattributed:{100 * unattributed:.0f}")
    if mean is not None and mean < settings.unsure_words:
        found.append(f"unsure_words:{mean:.2f}")
    if not words:
        found.append("no_words")
    elif 2 * sum(not w.timed for w in words) > len(words):
        found.append("no_word_times")
    margins = [i.margin for i in identified if i.margin is not None]
    if margins and min(margins) < settings.low_margin:
        found.append(f"low_margin:{min(margins):.2f}")
    voices = len({i.label for i in identified})
    if identified and all(i.how == "unknown" for i in identified):
        found.append("nobody_identified")
    if voices and voices < len(session.attendance):
        found.append(f"fewer_voices:{voices}/{len(session.attendance)}")
    return Quality(
        sound=tuple(sound),
        speech_time=group.speech_time,
        overlap_share=group.overlap_share,
        unattributed_share=unattributed,
        mean_word_probability=mean,
        identifications=tuple(identified),
        speakers_found=voices,
        attendance_count=len(session.attendance),
        warnings=tuple(dict.fromkeys(found)),
    )
