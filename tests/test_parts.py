"""A recording in parts: one clock, what lies between them is no silence, nothing runs across."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import soundfile as sf
from flow_cases import DURATION, Fakes, rows, run
from sound_cases import RATE, voice

from session_audio.errors import AudioError, ManifestError
from session_audio.interval import Interval
from session_audio.metrics import measure
from session_audio.schema import (
    Diarization,
    Notice,
    ParticipantId,
    Recording,
    SpeakerSegment,
    Word,
    in_parts,
    offsets,
)
from session_audio.sound.clock import cuts_between
from session_audio.sound.ingest import ingest, load_audio
from session_audio.turntaking.cuts import stretches
from session_audio.turntaking.interactions import find_interactions
from session_audio.turntaking.turns import build_turns
from session_audio.workspace.manifest import load_session


def parts(folder: Path, *lengths: float, **given: list[object]) -> list[Recording]:
    made = []
    for i, length in enumerate(lengths):
        path = folder / f"{i}.wav"
        sf.write(path, voice(length, seed=i), RATE)
        made.append(Recording(path, **{key: values[i] for key, values in given.items()}))  # type: ignore[arg-type]
    return made


def test_parts_follow_one_another(tmp_path: Path) -> None:
    second, first = parts(tmp_path, 12, 11, part=[2, 1])
    (quality,) = ingest([second, first], [tmp_path / "a.npy"])
    audio = load_audio(tmp_path / "a.npy")
    assert audio.duration == quality.duration == pytest.approx(23)
    assert quality.cuts == (Interval(11.0, 11.0),)
    assert quality.warnings == (Notice("parts", "2"),)
    assert np.corrcoef(audio.read(0, 11), voice(11, seed=1))[0, 1] > 0.8
    assert np.corrcoef(audio.read(11), voice(12, seed=0))[0, 1] > 0.8
    assert {p.name for p in tmp_path.iterdir()} == {"0.wav", "1.wav", "a.npy"}


def test_with_times_of_day_there_is_a_gap_on_one_clock(tmp_path: Path) -> None:
    recordings = parts(tmp_path, 12, 11, start=[86_390.0, 12.0])
    (quality,) = ingest(recordings, [tmp_path / "a.npy"])
    assert quality.cuts == (Interval(12.0, 22.0),)
    assert quality.duration == pytest.approx(33)
    assert {str(n) for n in quality.warnings} == {"parts:2", "unrecorded:10"}
    assert not np.any(np.load(tmp_path / "a.npy")[12 * RATE : 22 * RATE])


def test_tracks_that_start_at_different_times_share_one_clock() -> None:
    tracks = [
        Recording(Path("a.wav"), ParticipantId("P01"), start=61_201.0),
        Recording(Path("b.wav"), ParticipantId("P02"), start=61_205.5),
        Recording(Path("c.wav"), ParticipantId("P03"), offset=2.0),
    ]
    assert offsets(in_parts(tracks)) == (0.0, 4.5, 2.0)


@pytest.mark.parametrize(
    ("starts", "durations", "cuts"),
    [
        ([64_801.0, 64_860.5], [60.0, 5.0], (Interval(60.0, 60.0),)),  # off by half a second
        ([64_800.0, 64_860.0], [100.0, 5.0], (Interval(100.0, 100.0),)),  # given to the minute
        ([0.0, 70.0, 90.0], [60.0, 10.0, 5.0], (Interval(60.0, 70.0), Interval(80.0, 90.0))),
    ],
)
def test_clocks_may_be_off_a_little(
    starts: list[float], durations: list[float], cuts: tuple[Interval, ...]
) -> None:
    assert cuts_between([Recording(Path("a"), start=s) for s in starts], durations) == cuts


@pytest.mark.parametrize("second", [64_831.0, 64_790.0])
def test_parts_that_overlap_or_are_in_the_wrong_order_are_refused(second: float) -> None:
    recordings = [Recording(Path("a"), start=s) for s in (64_801.0, second)]
    with pytest.raises(AudioError, match=r"part 2 would begin .* Check `start`"):
        cuts_between(recordings, [60.0, 60.0])


MANIFEST = """
date = 2026-03-03
attendance = ["T01", "P01", "P02"]
[[recording]]
file = "a.flac"
{}
[[recording]]
file = "b.flac"
{}
"""


@pytest.mark.parametrize(
    ("first", "second", "says"),
    [
        ("part = 1", "part = 3", "the parts of the room are 1, 3; expected 1 to 2, each once"),
        ("part = 1", "part = 1", "the parts of the room are 1, 1; expected 1 to 2"),
        ("part = 1", "", "have a part or a start and some do not"),
        ("start = 19:42:10", "part = 2", "have a part or a start and some do not"),
        ("start = 'late'", "", "start: expected a time of day, written like 19:42:10"),
        ("", "", "2 recordings of the room; expected one, or parts that follow"),
    ],
)
def test_parts_that_do_not_fit_are_told(
    session_folder: Path, first: str, second: str, says: str
) -> None:
    for name in "ab":
        (session_folder / f"{name}.flac").write_bytes(b"x")
    (session_folder / "session.toml").write_text(MANIFEST.format(first, second))
    with pytest.raises(ManifestError, match=says):
        load_session(session_folder)


def test_a_turn_across_a_cut_is_two_and_no_interruption() -> None:
    said = [
        *(Word(0.5 * i, 0.5 * i + 0.4, "and so on then", "P01", 0.9) for i in range(20)),
        *(Word(10.1 + 0.5 * i, 10.5 + 0.5 * i, "now listen here", "P02", 0.9) for i in range(20)),
    ]
    speech = Diarization((SpeakerSegment(0, 10.3, "P01"), SpeakerSegment(9.8, 20, "P02")), ())
    made = [
        (turns, find_interactions(turns, words, part))
        for words, part in stretches(said, speech, [Interval(10.0, 10.0)])
        for turns in [build_turns(words, part)]
    ]
    assert [len(turns) for turns, _ in made] == [2, 2]
    assert all(turn.end <= 10.0 for turn in made[0][0]) and made[1][0][0].start >= 10.0
    kinds = [event.kind for _, events in made for event in events]
    assert "interruption_successful" not in kinds


def test_what_was_not_recorded_is_no_silence(session_folder: Path) -> None:
    (session_folder / "session.flac").write_bytes(b"x")
    session = load_session(session_folder)
    speech = Diarization((SpeakerSegment(0, 10, "P01"), SpeakerSegment(40, 60, "P02")), ())
    turns = build_turns(None, speech)
    without = measure(session, turns, (), speech, 60.0)
    cut = measure(session, turns, (), speech, 60.0, cuts=[Interval(10.0, 38.0)])
    assert (without.group.lapse_count, cut.group.lapse_count) == (1, 0)
    assert cut.group.duration == 32.0 and cut.group.longest_silence is None
    assert cut.group.silence_share == pytest.approx(2 / 32)


@pytest.mark.timeout(300)
def test_the_flow_takes_parts(session: Path, engines: Fakes) -> None:
    sound, rate = sf.read(session / "session.flac")
    at = int(10.5 * rate)
    sf.write(session / "a.flac", sound[:at], rate)
    sf.write(session / "b.flac", sound[at:], rate)
    names = '[speakers]\nS01 = "T01"\nS02 = "P01"\nS03 = "P02"\n'
    text = MANIFEST.format("part = 1", "part = 2")
    (session / "session.toml").write_text(text + names)
    (outcome,) = run(session)
    assert outcome.status == "done", outcome.message
    facts = json.loads((session / "out" / "session.json").read_text())
    assert "parts:2" in facts["quality"]["warnings"]
    assert facts["quality"]["sound"][0]["duration"] == pytest.approx(DURATION)
    turns = rows(session / "out" / "turns.csv")
    assert [turn["index"] for turn in turns] == [str(i) for i in range(len(turns))]
