from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from session_audio.errors import AudioError, ConsentError, FormatError
from session_audio.ports import no_progress
from session_audio.schema import (
    UNATTRIBUTED,
    Audio,
    Consent,
    Diarization,
    Group,
    Identification,
    Participant,
    Recording,
    Session,
    SpeakerSegment,
    Word,
)
from session_audio.settings import IdentificationSettings
from session_audio.speakers import enrolment, identify, profiles
from session_audio.speakers.profiles import VoiceProfile, VoiceSample

DAY = date(2026, 3, 2)
SETTINGS = IdentificationSettings()


def vector(*parts):
    x = np.array(parts, float)
    return tuple(float(v) for v in x / np.linalg.norm(x))


P01, P02, P03 = vector(1, 0.2, 0.2, 0), vector(0.2, 1, 0.2, 0), vector(0.2, 0.2, 1, 0)
STRANGER = vector(0.3, 0.3, 0.3, 1)


def person(name, *purposes):
    return Participant(name, f"Name of {name}", consent=tuple(Consent(p, DAY) for p in purposes))


@pytest.fixture
def session(tmp_path):
    people = tuple(person(x, "voiceprint") for x in ("P01", "P02", "P03"))
    group = Group("g", "G", tmp_path, people)
    return Session("s", tmp_path / "s", group, DAY, 1, ("P01", "P02", "P03"))


def profile(who, x, model="m"):
    return VoiceProfile(who, (VoiceSample(x, model, DAY, 20.0, "enrolment"),))


PROFILES = (profile("P01", P01), profile("P02", P02), profile("P03", P03))


def labelled(**labels):
    """Labels with (vector, spans)."""
    segments = tuple(
        sorted(SpeakerSegment(a, b, name) for name, (_, spans) in labels.items() for a, b in spans)
    )
    vectors = {name: v for name, (v, _) in labels.items() if v is not None}
    return Diarization(segments, segments, vectors)


def names(diarization):
    return {i.label: str(i.participant) for i in diarization}


def test_everybody_is_named_by_voice_with_a_margin(session):
    diarization = labelled(S01=(P02, [(0, 30)]), S02=(P03, [(30, 60)]), S03=(P01, [(60, 90)]))
    who = identify.identify(diarization, session, PROFILES, SETTINGS)
    assert names(who) == {"S01": "P02", "S02": "P03", "S03": "P01"}
    assert all(i.how == "enrolled" and i.margin > 0.1 and i.similarity > 0.9 for i in who)


def test_a_stranger_is_not_forced_into_the_roster(session):
    diarization = labelled(S01=(P01, [(0, 30)]), S02=(STRANGER, [(30, 60)]))
    who = identify.identify(diarization, session, PROFILES, SETTINGS)
    assert names(who) == {"S01": "P01", "S02": "S02"}
    assert who[1].how == "unknown"
    assert who[1].similarity < SETTINGS.similarity


def test_two_members_with_nearly_one_voice_are_not_told_apart_with_confidence(session):
    twin = vector(1, 0.22, 0.2, 0)
    profiles = (profile("P01", P01), profile("P02", twin))
    who = identify.identify(labelled(S01=(P01, [(0, 30)])), session, profiles, SETTINGS)
    assert who[0].how == "unknown"
    assert who[0].margin < SETTINGS.margin


def test_two_labels_of_one_person_are_joined_unless_they_talk_over_each_other(session):
    near = vector(1, 0.3, 0.2, 0)
    apart = labelled(S01=(P01, [(0, 30)]), S02=(near, [(40, 60)]))
    assert names(identify.identify(apart, session, PROFILES, SETTINGS)) == {
        "S01": "P01",
        "S02": "P01",
    }
    over = labelled(S01=(P01, [(0, 30)]), S02=(near, [(10, 29)]))
    assert names(identify.identify(over, session, PROFILES, SETTINGS)) == {
        "S01": "P01",
        "S02": "S02",
    }


def test_what_a_person_said_wins_and_takes_the_name(session):
    corrected = replace(session, speakers={"S02": "P01"})
    diarization = labelled(S01=(P01, [(0, 30)]), S02=(STRANGER, [(10, 40)]))
    who = identify.identify(diarization, corrected, PROFILES, SETTINGS)
    assert who[1] == Identification("S02", "P01", None, None, "given")
    assert who[0].how == "unknown"


def test_tracks_and_given_ids_are_taken_as_they_are(session, tmp_path):
    tracks = replace(session, recordings=(Recording(tmp_path / "a.wav", "P01"),))
    diarization = labelled(P01=(None, [(0, 30)]), P02=(None, [(30, 60)]))
    who = identify.identify(diarization, tracks, (), SETTINGS)
    assert [i.how for i in who] == ["track", "given"]


def test_a_few_seconds_of_an_unknown_voice_are_nobodys(session):
    diarization = labelled(S01=(P01, [(0, 30)]), S02=(None, [(30, 31)]), S03=(P02, [(31, 32)]))
    who = identify.identify(diarization, session, PROFILES, SETTINGS)
    assert names(who) == {"S01": "P01", "S02": UNATTRIBUTED, "S03": UNATTRIBUTED}


def test_profiles_of_another_model_are_passed_over(session):
    diarization = labelled(S01=(P01, [(0, 30)]))
    who = identify.identify(diarization, session, PROFILES, SETTINGS, model="another")
    assert who[0].how == "unknown"
    assert who[0].similarity is None
    wide = (profile("P01", (*P01, 0.0)),)
    assert identify.identify(diarization, session, wide, SETTINGS)[0].how == "unknown"


def test_without_profiles_labels_stay(session):
    who = identify.identify(labelled(S01=(P01, [(0, 30)])), session, (), SETTINGS)
    assert names(who) == {"S01": "S01"}
    assert identify.identify(Diarization((), ()), session, PROFILES, SETTINGS) == ()


def test_renaming_joins_a_persons_labels_and_their_voices(session):
    diarization = labelled(S01=(P01, [(0, 30)]), S02=(P01, [(29, 60)]), S03=(STRANGER, [(60, 61)]))
    who = (
        Identification("S01", "P01", 1.0, 1.0, "enrolled"),
        Identification("S02", "P01", 1.0, 1.0, "enrolled"),
        Identification("S03", UNATTRIBUTED, None, None, "unknown"),
    )
    named = identify.rename(diarization, who)
    assert named.full == (SpeakerSegment(0, 60, "P01"), SpeakerSegment(60, 61, UNATTRIBUTED))
    assert set(named.embeddings) == {"P01"}
    assert np.linalg.norm(named.embeddings["P01"]) == pytest.approx(1.0)
    words = identify.rename_words([Word(0, 1, "a", "S02"), Word(1, 2, "b")], who)
    assert [w.speaker for w in words] == ["P01", None]


def test_unknown_voices_stand_for_themselves_and_nobody_is_called_silent(session):
    who = (
        Identification("S01", "P01", 0.9, 0.3, "enrolled"),
        Identification("S02", "S02", 0.5, 0.0, "unknown"),
    )
    assert identify.as_identified(session, who).attendance == ("P01", "S02")
    known = (who[0], Identification("S02", "P02", 0.9, 0.3, "enrolled"))
    assert identify.as_identified(session, known).attendance == ("P01", "P02", "P03")
    assert identify.as_identified(session, ()) == session


# --- profiles ---------------------------------------------------------------------


def test_a_profile_is_kept_only_with_consent(session, tmp_path):
    sample = VoiceSample(P01, "m", DAY, 20.0, "enrolment")
    path = profiles.add(session.group, "P01", sample, DAY)
    assert path == tmp_path / "voices" / "P01.json"
    assert profiles.read(path).samples == (sample,)
    without = replace(session.group, participants=(person("P01"),))
    with pytest.raises(ConsentError, match="voiceprint of P01: not given") as error:
        profiles.add(without, "P01", sample, DAY)
    assert "Name of" not in str(error.value)
    with pytest.raises(ConsentError, match="not on the roster"):
        profiles.add(session.group, "P09", sample, DAY)


def test_profiles_of_the_absent_and_of_those_who_withdrew_are_not_loaded(session):
    for who in ("P01", "P02", "P03"):
        profiles.add(session.group, who, VoiceSample(P01, "m", DAY, 20.0, "enrolment"), DAY)
    withdrawn = replace(
        session.group.participants[1], consent=(Consent("voiceprint", DAY, withdrawn=DAY),)
    )
    people = (session.group.participants[0], withdrawn, session.group.participants[2])
    now = replace(
        session, group=replace(session.group, participants=people), attendance=("P01", "P02")
    )
    assert [p.participant for p in profiles.load_profiles(now, DAY)] == ["P01"]


def test_samples_are_weighted_and_a_session_gives_one(session):
    for source, x in (("enrolment", P01), ("session a", P02), ("session a", P03)):
        profiles.add(session.group, "P01", VoiceSample(x, "m", DAY, 30.0, source), DAY)
    kept = profiles.read(profiles.path_of(session.group, "P01"))
    assert [s.vector for s in kept.samples] == [P01, P03]
    mean = kept.vector()
    assert profiles.similarity(mean, P01) == pytest.approx(profiles.similarity(mean, P03))
    assert kept.vector("another") is None


def test_a_broken_profile_is_explained(tmp_path):
    (tmp_path / "P01.json").write_text("{")
    with pytest.raises(FormatError, match=r"voices/P01\.json"):
        profiles.read(tmp_path / "P01.json")


class Says:
    """A diarizer that says what it is given."""

    revision = "m"

    def __init__(self, diarization):
        self.found = diarization

    def diarize(self, audio, speakers, progress=no_progress):
        return self.found


CLIP = Audio(np.zeros(16_000 * 30, np.int16), 16_000)


def test_enrolment_keeps_the_voice_of_the_clip():
    diarization = labelled(S01=(P01, [(0, 12)]), S02=(STRANGER, [(13, 14)]))
    sample = enrolment.enrol(CLIP, Says(diarization), DAY, SETTINGS)
    assert sample == VoiceSample(P01, "m", DAY, 12.0, "enrolment")


def test_enrolment_refuses_little_speech_two_voices_and_none():
    with pytest.raises(AudioError, match=r"4\.0 s of speech; expected at least 5 s"):
        enrolment.enrol(CLIP, Says(labelled(S01=(P01, [(0, 4)]))), DAY, SETTINGS)
    two = labelled(S01=(P01, [(0, 12)]), S02=(P02, [(13, 20)]))
    with pytest.raises(AudioError, match="two voices"):
        enrolment.enrol(CLIP, Says(two), DAY, SETTINGS)
    with pytest.raises(AudioError, match=r"0\.0 s of speech"):
        enrolment.enrol(CLIP, Says(Diarization((), ())), DAY, SETTINGS)
    with pytest.raises(AudioError, match="no voice embedding"):
        enrolment.enrol(CLIP, Says(labelled(S01=(None, [(0, 9)]))), DAY, SETTINGS)


def test_one_voice_taken_for_two_is_no_second_voice():
    near = vector(1, 0.25, 0.2, 0)
    diarization = labelled(S01=(P01, [(0, 12)]), S02=(near, [(13, 20)]))
    assert enrolment.enrol(CLIP, Says(diarization), DAY, SETTINGS).vector == P01


def test_a_session_enrols_those_whom_a_person_named():
    diarization = labelled(S01=(P01, [(0, 30)]), S02=(P02, [(30, 33)]), S03=(P03, [(40, 60)]))
    made = enrolment.from_session(
        diarization, {"S01": "P01", "S02": "P02"}, "m", DAY, "2026-03-02", SETTINGS
    )
    assert list(made) == ["P01"]
    assert made["P01"].source == "session 2026-03-02"


def test_a_profile_of_another_encoder_is_not_compared_and_is_counted(session):
    profiles = (profile("P01", P01, "old"), profile("P02", P02, "new"))
    diarization = labelled(S01=(P01, [(0, 20)]), S02=(P02, [(20, 40)]))
    named = identify.identify(diarization, session, profiles, SETTINGS, "new")
    assert [(i.label, i.participant, i.how) for i in named] == [
        ("S01", "S01", "unknown"),
        ("S02", "P02", "enrolled"),
    ]
    assert identify.outdated(profiles, "new") == 1
    assert identify.outdated(profiles, "old") == 1
