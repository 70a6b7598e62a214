"""What a reviewer's eye is led to: voices nobody claims, and labels that are likely exchanged."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from session_audio.review.exchanged import MOST, by_voice, by_words
from session_audio.review.voices import voices_of
from session_audio.schema import (
    Diarization,
    Identification,
    Participant,
    ParticipantId,
    SpeakerSegment,
)
from session_audio.settings import IdentificationSettings
from session_audio.speakers.profiles import VoiceProfile, VoiceSample
from session_audio.testing import conversation

SETTINGS = IdentificationSettings()


def person(id: str, name: str) -> Participant:
    return Participant(ParticipantId(id), name, "member")


PEOPLE = (person("A", "Ada Fern"), person("B", "Bo Lind"), person("C", "Cleo Marsh"))


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ("A 0-2 Ada, were you done? | B 2.2-4 No.", [("own_name", "A", "B", (0, 1))]),
        ("A 0-2 Were you done, Ada? | A 9-10 Hm.", [("own_name", "A", None, (0,))]),
        ("B 0-2 Well, I'm Ada. | A 3-4 Hello.", [("calls_self", "B", "A", (0,))]),
        ("B 0-2 Ich heiße Ada. | A 3-4 Ach.", [("calls_self", "B", "A", (0,))]),
        ("A 0-2 My name is Ada. | B 3-4 Hello.", []),
        ("A 0-2 They told Ada nothing. | B 3-4 Oh.", []),
        ("A 0-2 Bo, were you done? | B 2.2-4 No.", []),
        ("A 0-2 ~ Ada. | B 3-4 Yes.", []),
        (
            " | ".join(
                f"C {k}-{k + 1} Ada, and you? | B {k + 2}-{k + 3} Fine." for k in (0, 9, 18)
            ),
            [("answers_for", "A", "B", (0, 1, 2, 3, 4, 5))],
        ),
        (
            " | ".join(f"C {k}-{k + 1} Ada, and you? | B {k + 2}-{k + 3} Fine." for k in (0, 9)),
            [],
        ),
    ],
)
def test_words_that_speak_against_a_label_are_told_with_the_turns_to_hear(
    said: str, found: list[tuple[object, ...]]
) -> None:
    doubts = by_words(conversation(said), PEOPLE)
    assert [(d.why, d.who, d.other, d.turns) for d in doubts] == found


def test_a_name_of_two_people_tells_nothing_and_many_places_do_not_bury_the_rest() -> None:
    twins = (*PEOPLE, person("D", "Ada Grove"))
    often = " | ".join(f"A {2 * k}-{2 * k + 1} Come on, Ada!" for k in range(2 * MOST))
    assert by_words(conversation(often), twins) == ()
    assert len(by_words(conversation(often), PEOPLE)) == MOST


def profile(id: str, *vector: float) -> VoiceProfile:
    sample = VoiceSample(vector, "m", date(2026, 1, 1), 20.0, "enrolment")
    return VoiceProfile(ParticipantId(id), (sample,))


def known(label: str, id: str, how: str = "given", margin: float | None = None) -> Identification:
    return Identification(label, ParticipantId(id), None, margin, how)  # type: ignore[arg-type]


PROFILES = (profile("A", 1.0, 0.0), profile("B", 0.0, 1.0))
SWAPPED = {"S1": (0.1, 0.995), "S2": (0.995, 0.1)}


@pytest.mark.parametrize(
    ("how", "embeddings", "found"),
    [
        ("given", SWAPPED, {"S1": "B", "S2": "A"}),
        ("track", SWAPPED, {"S1": "B", "S2": "A"}),
        ("enrolled", SWAPPED, {}),
        ("given", {"S1": (0.995, 0.1), "S2": (0.1, 0.995)}, {}),
        ("given", {"S1": (0.7, 0.714), "S2": (0.714, 0.7)}, {}),
        ("given", {}, {}),
    ],
    ids=["named", "tracks", "by voice", "right", "too close", "no voice"],
)
def test_voices_that_sound_like_each_others_owner_are_told(
    how: str, embeddings: dict[str, tuple[float, float]], found: dict[str, str]
) -> None:
    heard = Diarization((), (), embeddings)
    people = [known("S1", "A", how), known("S2", "B", how)]
    assert by_voice(heard, people, PROFILES, SETTINGS, "m") == found


LONG = [SpeakerSegment(10.0 * k, 10.0 * k + 4, "S1") for k in range(6)]
SHORT = [replace(s, end=s.start + 0.6) for s in LONG]


@pytest.mark.parametrize(
    ("segments", "who", "like", "warnings"),
    [
        (LONG, known("S1", "S1", "unknown"), {}, ("unclaimed",)),
        (LONG, known("S1", "unattributed", "unknown"), {}, ()),
        (SHORT, known("S1", "A", "enrolled", 0.4), {}, ("short_words",)),
        (SHORT[:3], known("S1", "A", "enrolled", 0.4), {}, ()),
        (LONG, known("S1", "A", "enrolled", SETTINGS.margin + 0.01), {}, ("low_margin",)),
        (LONG, known("S1", "A"), {"S1": "B"}, ("like_other",)),
        (LONG, known("S1", "A"), {"S2": "B"}, ()),
    ],
)
def test_each_warning_of_a_voice_has_its_reason(
    segments: list[SpeakerSegment],
    who: Identification,
    like: dict[str, str],
    warnings: tuple[str, ...],
) -> None:
    (voice,) = voices_of(Diarization(tuple(segments), ()), [who], SETTINGS, like)
    assert voice.warnings == warnings
    assert voice.like == like.get("S1", "")
