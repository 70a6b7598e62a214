"""What a reviewer decided, applied to values: voices, words, events, moments."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from session_audio.amend import events, moments, voices
from session_audio.amend.mending import changes, mended
from session_audio.amend.operations import checked
from session_audio.amend.voices import Spoken
from session_audio.errors import FormatError
from session_audio.schema import (
    Diarization,
    Flag,
    Identification,
    Interaction,
    ParticipantId,
    SpeakerSegment,
    Turn,
    Word,
)

PRESENT = ("T01", "P01", "P02")
SEGMENTS = (
    SpeakerSegment(0.0, 4.0, "A"),
    SpeakerSegment(5.0, 9.0, "B"),
    SpeakerSegment(10.0, 14.0, "A"),
)
WORDS = tuple(Word(s.start + 0.1, s.end - 0.1, s.speaker.lower(), s.speaker) for s in SEGMENTS)
FOUND = Spoken(
    Diarization(SEGMENTS, SEGMENTS),
    (
        Identification("A", ParticipantId("A"), None, None, "unknown"),
        Identification("B", ParticipantId("P01"), 0.9, 0.3, "enrolled"),
    ),
    WORDS,
)


def by_person(spoken: Spoken) -> list[tuple[float, float, str]]:
    return [(s.start, s.end, spoken.person(s.speaker)) for s in spoken.diarization.full]


def said(spoken: Spoken) -> list[str]:
    return [spoken.person(str(w.speaker)) for w in spoken.words]


@pytest.mark.parametrize(
    ("o", "speech", "words"),
    [
        (
            {"do": "name", "voice": "A", "to": "P02"},
            [(0, 4, "P02"), (5, 9, "P01"), (10, 14, "P02")],
            ["P02", "P01", "P02"],
        ),
        (
            {"do": "name", "voice": "A", "to": "B"},
            [(0, 4, "P01"), (5, 9, "P01"), (10, 14, "P01")],
            ["P01", "P01", "P01"],
        ),
        (
            {"do": "split", "voice": "A", "since": 9.5, "to": "P02"},
            [(0, 4, "A"), (5, 9, "P01"), (10, 14, "P02")],
            ["A", "P01", "P02"],
        ),
        (
            {"do": "split", "voice": "A", "since": 9.5},
            [(0, 4, "A"), (5, 9, "P01"), (10, 14, "A.2")],
            ["A", "P01", "A.2"],
        ),
        (
            {"do": "give", "start": 5.1, "end": 8.9, "from": "P01", "to": "P02"},
            [(0, 4, "A"), (5, 9, "P02"), (10, 14, "A")],
            ["A", "P02", "A"],
        ),
        (
            {"do": "give", "start": 7.0, "end": 9.0, "from": "P01", "to": "unattributed"},
            [(0, 4, "A"), (5, 7, "P01"), (7, 9, "unattributed"), (10, 14, "A")],
            ["A", "unattributed", "A"],
        ),
        (
            {"do": "noise", "start": 0.0, "end": 4.0, "from": "A"},
            [(5, 9, "P01"), (10, 14, "A")],
            ["P01", "A"],
        ),
    ],
    ids=lambda value: value["do"] if isinstance(value, dict) else "",
)
def test_who_speaks(o: dict[str, Any], speech: list[tuple[float, float, str]], words: list[str]):  # type: ignore[no-untyped-def]
    decided = checked(o)
    after = voices.amended(FOUND, [decided], PRESENT)
    assert decided["fits"] is True
    assert by_person(after) == speech
    assert said(after) == words


@pytest.mark.parametrize(
    "o",
    [
        {"do": "name", "voice": "Z", "to": "P02"},
        {"do": "name", "voice": "A", "to": "P09"},
        {"do": "name", "voice": "A", "to": "P02", "like": [[20.0, 24.0]]},
        {"do": "give", "start": 5.0, "end": 9.0, "from": "P01", "to": "P09"},
        {"do": "give", "start": 20.0, "end": 29.0, "from": "P01", "to": "P02"},
        {"do": "split", "voice": "A", "since": 20.0},
        {"do": "mend", "start": 0, "end": 4, "from": "A", "changes": [{"from": [[9, 9, "x"]]}]},
    ],
)
def test_what_does_not_fit_changes_nothing(o: dict[str, Any]) -> None:
    assert voices.amended(FOUND, [o], PRESENT) == FOUND
    assert o["fits"] is False


@pytest.mark.parametrize("to", ["P02", None])
def test_a_word_whose_time_lies_beside_its_speech_goes_with_it(to: str | None) -> None:
    early, late, other = (
        Word(4.7, 5.1, "did", "B"),
        Word(9.0, 9.3, "you", "B"),
        Word(9.4, 9.9, "far", "B"),
    )
    found = replace(FOUND, words=(early, late, other))
    span = {"start": 5.0, "end": 9.0, "from": "P01"}
    o = {"do": "give", "to": to, **span} if to else {"do": "noise", **span}
    after = voices.amended(found, [checked(o)], PRESENT)
    assert [(w.text, after.person(str(w.speaker))) for w in after.words] == (
        [("did", to), ("you", to), ("far", "P01")] if to else [("far", "P01")]
    )


def test_a_voice_is_met_again_by_its_times() -> None:
    o = {"do": "name", "voice": "S99", "to": "P02", "like": [[0.0, 4.0], [10.0, 14.0]]}
    assert voices.amended(FOUND, [o], PRESENT).person("A") == "P02"


def test_a_label_of_which_nothing_is_left_is_nobody() -> None:
    away = {"do": "noise", "start": 5.0, "end": 9.0, "from": "P01"}
    assert [i.label for i in voices.amended(FOUND, [away], PRESENT).people] == ["A"]


@pytest.mark.parametrize(
    "text", ["it was useless", "no it is useless now", "it", "", "useless it is", "it is useless"]
)
def test_words_are_mended(text: str) -> None:
    words = [Word(0.0, 0.4, "it", "A"), Word(0.4, 0.6, "is", "A"), Word(0.6, 1.2, "useless", "A")]
    around = (*words, Word(2.0, 2.4, "it", "B"))
    o = {"from": "A", "changes": changes(words, text, 0.0, 1.2)}
    after = mended(around, o)
    assert after is not None
    assert [w.text for w in after if w.speaker == "A"] == text.split()
    assert all(0 <= w.start < w.end <= 1.2 for w in after if w.speaker == "A")
    assert after[-1] == around[-1]


def test_words_where_none_were_heard() -> None:
    o = {"from": "A", "changes": changes([], "well no", 3.0, 4.0)}
    after = mended((), o)
    assert after is not None
    assert [(w.text, w.speaker) for w in after] == [("well", "A"), ("no", "A")]


CUT = Interaction("interruption_successful", 5.0, 5.5, ParticipantId("P01"), None, 0.7)
MHM = Interaction("backchannel", 2.0, 2.4, ParticipantId("P02"), ParticipantId("T01"), 0.7)
TURNS = (
    Turn(0, 0.0, 5.2, ParticipantId("T01"), "how are you"),
    Turn(1, 2.0, 2.4, ParticipantId("P02"), "mhm", backchannel=True),
    Turn(2, 5.0, 9.0, ParticipantId("P01"), "bad"),
)


@pytest.mark.parametrize(
    ("found", "to", "kinds", "listening"),
    [
        (["backchannel", 2.1, 2.4, "P02", "T01"], None, ["interruption_successful"], [False] * 3),
        (
            ["interruption_successful", 5.0, 5.5, "P01", None],
            ["terminal_overlap", 5.0, 5.5, "P01", "T01"],
            ["backchannel", "terminal_overlap"],
            [False, True, False],
        ),
        (
            None,
            ["backchannel", 5.0, 9.0, "P01", "T01"],
            ["backchannel", "interruption_successful", "backchannel"],
            [False, True, True],
        ),
    ],
)
def test_events(found: Any, to: Any, kinds: list[str], listening: list[bool]) -> None:
    o = checked({"do": "event", "from": found, "to": to})
    after, turns = events.amended([MHM, CUT], TURNS, [o])
    assert [e.kind for e in after] == kinds
    assert [t.backchannel for t in turns] == listening
    assert o["fits"] is True


def test_an_event_that_is_gone_does_not_fit() -> None:
    o = checked({"do": "event", "from": ["dual_start", 5.0, 6.0, "P01", None], "to": None})
    assert events.amended([CUT], TURNS, [o]) == ((CUT,), TURNS)
    assert o["fits"] is False


FLAG = Flag(
    "rupture", "confrontation", "group", 5.0, 9.0, ParticipantId("P01"), (), (2,), 0.4, (), ""
)


def test_moments_are_judged_and_marked() -> None:
    name = moments.moment_id(FLAG)
    decided = [
        checked({"do": "judge", "moment": name, "answer": "yes", "note": "here", "start": 4.0}),
        checked({"do": "judge", "moment": name, "target": "therapist"}),
        {
            **checked(
                {"do": "missed", "kind": "repair", "start": 0.0, "end": 5.0, "participant": "T01"}
            ),
            "moment": "marked-1",
        },
    ]
    first, second = moments.amended([FLAG], TURNS, decided)
    assert (first.review, first.note, first.start, first.target) == (
        "yes",
        "here",
        4.0,
        "therapist",
    )
    assert (second.kind, second.marked, second.quote) == ("repair", True, "how are you")
    assert moments.ids([FLAG], decided) == [name, "marked-1"]


@pytest.mark.parametrize(
    ("moved", "who", "answer"), [(3.0, "P01", "no"), (0.0, "P02", "no"), (30.0, "P01", "")]
)
def test_a_moment_that_is_proposed_anew_is_the_same(moved: float, who: str, answer: str) -> None:
    o = checked({"do": "judge", "moment": f"rupture-{who}-{5.0 + moved:.1f}", "answer": "no"})
    (flag,) = moments.amended([FLAG], TURNS, [o])
    assert flag.review == answer
    assert o["fits"] is (answer == "no")


@pytest.mark.parametrize(
    "asked",
    [
        None,
        [],
        {"do": "format"},
        {"do": "name", "voice": "A"},
        {"do": "name", "voice": "A", "to": "P01", "file": "../group.toml"},
        {"do": "give", "start": -1, "end": 2, "from": "A", "to": "P01"},
        {"do": "give", "start": 3, "end": 2, "from": "A", "to": "P01"},
        {"do": "noise", "start": 0, "end": 1e9, "from": "A"},
        {"do": "mend", "start": 0, "end": 1, "from": "A", "text": "marmalade " * 5000},
        {"do": "event", "from": None, "to": ["shout", 0, 1, "P01", None]},
        {"do": "judge", "moment": "m", "answer": "maybe"},
    ],
)
def test_what_is_no_operation_is_refused_without_its_words(asked: object) -> None:
    with pytest.raises(FormatError) as error:
        checked(asked)
    assert "marmalade" not in str(error.value)
