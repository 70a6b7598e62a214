"""The diarizer's error in the numbers of a whole run: who was told apart by whom decides."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from session_audio.formats import rttm
from session_audio.metrics.diarization_error import share_error
from session_audio.report.wording import load
from session_audio.schema import SpeakerSegment
from session_audio.testing import fakes

pytestmark = pytest.mark.timeout(300)

TALK = {"T01": 2.0, "P01": 1.7, "P02": 1.15}
"""Seconds a turn, the same in every round: blocks of turns alone leave no doubt of a share."""
ROUNDS = 12


def spoken() -> list[SpeakerSegment]:
    made, clock = [], 0.5
    for _ in range(ROUNDS):
        for who, seconds in TALK.items():
            made.append(SpeakerSegment(round(clock, 3), round(clock + seconds, 3), f"S-{who}"))
            clock += seconds + 0.3
    return made


DURATION = spoken()[-1].end + 1.0


@pytest.fixture
def session(session_folder: Path) -> Path:
    """Three people who talk in turn, P01 the most, every round alike; who is who is given."""
    noise = 0.05 * np.random.default_rng(0).normal(size=int(DURATION * 16_000))
    soundfile.write(session_folder / "session.flac", noise, 16_000)
    manifest = session_folder / "session.toml"
    names = "".join(f'S-{who} = "{who}"\n' for who in TALK)
    manifest.write_text(f"{manifest.read_text()}[speakers]\n{names}")
    return session_folder


@pytest.fixture(autouse=True)
def engines() -> Iterator[None]:
    from pipelines.server import prepare_prefect
    from session_audio.flow.context import Context, using
    from session_audio.flow.engines import Engines

    prepare_prefect()
    given = Engines(
        lambda: fakes.FakeDiarizer(spoken()),
        lambda: fakes.FakeTranscriber([]),
        fakes.FakeClassifier,
        lambda task: {task: "fake"},
    )
    with using(Context(engines=lambda _: given)):
        yield


def measured(session: Path) -> dict[str, Any]:
    from pipelines import group

    (outcome,) = group.run([str(session)])
    assert outcome.status == "done", outcome.message
    facts: dict[str, Any] = json.loads((session / "out" / "session.json").read_text())["measures"]
    return facts


def told_by_a_person(session: Path) -> None:
    """The same speech, with the same labels, from a file that the manifest names."""
    rttm.write(session / "given.rttm", "s", tuple(spoken()))
    manifest = session / "session.toml"
    manifest.write_text('diarization = "given.rttm"\n' + manifest.read_text())


def width(estimate: dict[str, float]) -> float:
    return estimate["high"] - estimate["low"]


def test_the_diarizers_error_widens_every_interval_of_a_share(session: Path) -> None:
    by_diarizer = measured(session)
    told_by_a_person(session)
    given = measured(session)
    talk = sum(m["speaking_time"] for m in by_diarizer["members"])
    for a, b in zip(by_diarizer["members"], given["members"], strict=True):
        one, other = a["speaking_time_share"], b["speaking_time_share"]
        error = share_error(one["value"], talk)
        assert one["value"] == other["value"]
        assert other["high"] - other["low"] < 0.02 < error
        assert (one["high"] - one["low"]) / 2 == pytest.approx(error, abs=0.002)
        assert width(a["last_third_change"]) > width(b["last_third_change"]) + error
    for name in ("gini", "entropy", "participation_equality", "gini_members", "entropy_members"):
        a, b = by_diarizer["group"][name], given["group"][name]
        assert a["value"] == b["value"]
        assert width(a) > width(b) + 0.01
    assert "speech_error_unknown_given" in given["notes"]
    assert "speech_error_unknown_given" not in by_diarizer["notes"]


def test_nobody_is_ranked_or_told_apart_within_the_error(session: Path) -> None:
    (session.parent / "settings.toml").write_text("[report]\nmuch_factor = 1.1\n")
    more = load("en").part("summary")["more"].split("{")[0]
    ranks = [m["share_rank"] for m in measured(session)["members"]]
    assert ranks == [None, None, None]
    assert more not in (session / "out" / "report.html").read_text()
    told_by_a_person(session)
    assert [m["share_rank"] for m in measured(session)["members"]] == [1, 2, 3]
    assert more in (session / "out" / "report.html").read_text()
