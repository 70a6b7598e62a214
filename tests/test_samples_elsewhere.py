"""The sample group as other machines would have recorded it: a phone, a Zoom call, an Excel."""

from __future__ import annotations

import csv
import io
import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import soundfile as sf
from click.testing import CliRunner
from flow_cases import Fakes, rows, stages
from numpy.typing import NDArray
from scipy.signal import resample_poly
from sound_cases import RATE, mux

from session_audio.cli import main
from session_audio.formats import rttm
from session_audio.schema import SpeakerSegment
from session_audio.workspace.manifest import load_group

DATE = "2026-03-03"
SECONDS = 60
PRESENT = "T01,P01,P02,P03,P04,P05"


@pytest.fixture
def group(samples: Path, tmp_path: Path) -> Path:
    """The sample group's roster, without its sessions."""
    folder = tmp_path / "tuesday"
    folder.mkdir()
    shutil.copy(samples / "tuesday" / "group.toml", folder)
    return folder


@pytest.fixture
def minute(samples: Path) -> NDArray[np.float64]:
    """The first minute of a session, as it sounds."""
    sound, rate = sf.read(samples / "tuesday" / DATE / "session.flac", frames=SECONDS * RATE)
    assert rate == RATE
    return np.asarray(sound)


def spoken(samples: Path) -> list[SpeakerSegment]:
    truth = rttm.read(samples / "tuesday" / DATE / "reference.rttm")
    return [s for s in truth if s.end <= SECONDS]


def add(group: Path, *words: object) -> Path:
    done = CliRunner().invoke(main, ["add", str(group), *map(str, words)])
    assert done.exit_code == 0, done.output
    return group / DATE


@pytest.mark.models
@pytest.mark.timeout(900)
def test_a_sample_runs_as_a_phones_m4a(
    group: Path, minute: NDArray[np.float64], samples: Path, tmp_path: Path
) -> None:
    phone = resample_poly(minute, 3, 1)
    memo = mux(tmp_path / f"Tuesday group {DATE}.m4a", [phone], rate=48_000)
    session = add(group, memo, "--present", PRESENT)
    ran = CliRunner().invoke(main, ["run", str(session)])
    assert ran.exit_code == 0, ran.output
    facts = json.loads((session / "out" / "session.json").read_text())
    assert facts["duration"] == pytest.approx(SECONDS, abs=0.1)
    heard = rttm.read(session / "out" / "diarization.rttm")
    voices, people = ({s.speaker for s in found} for found in (heard, spoken(samples)))
    assert abs(len(voices) - len(people)) <= 1  # of a minute; all of them in the whole session
    words = json.loads((session / "out" / "words.seglst.json").read_text())
    said = json.loads((samples / "tuesday" / DATE / "reference.seglst.json").read_text())
    count = sum(len(s["words"].split()) for s in said if float(s["end_time"]) <= SECONDS)
    assert len(words) == pytest.approx(count, rel=0.25)


def test_a_sample_runs_as_a_zoom_folder(
    group: Path, minute: NDArray[np.float64], samples: Path, tmp_path: Path, engines: Fakes
) -> None:
    people = {p.id: p.name for p in load_group(group).participants}
    folder = tmp_path / f"{DATE} 18.00.00 Tuesday group"
    (folder / "Audio Record").mkdir(parents=True)
    mux(folder / "audio1081122334.m4a", [minute])
    report = "Name (Original Name),User Email,Duration (Minutes)\n"
    for number, (who, name) in enumerate(people.items(), start=1):
        own = np.zeros(len(minute))
        for s in spoken(samples):
            part = slice(round(s.start * RATE), round(s.end * RATE))
            own[part] = minute[part] if s.speaker == who else 0.0
        glued = "".join(part.capitalize() for part in name.split())
        mux(folder / "Audio Record" / f"audio{glued}{number}1081122.m4a", [own + 1e-5])
        report += f"{name},,52\n"
    (folder / "participants_1.csv").write_text(report, encoding="utf-8")
    first = next(iter(people.values()))
    (folder / "chat.txt").write_text(f"00:00:12\t From {first} to Everyone: five minutes late\n")
    session = add(group, folder)
    stages(session)
    members = rows(session / "out" / "members.csv")
    assert {row["participant"] for row in members if row["present"] == "true"} == set(people)
    assert json.loads((session / "out" / "session.json").read_text())["chat_messages"]


def test_a_sample_runs_from_an_excels_csv(
    group: Path, samples: Path, tmp_path: Path, engines: Fakes
) -> None:
    people = {p.id: p.name for p in load_group(group).participants}
    said = json.loads((samples / "tuesday" / DATE / "reference.seglst.json").read_text())
    out = io.StringIO()
    table = csv.writer(out, delimiter=";", lineterminator="\r\n")
    table.writerow(["Beginn", "Ende", "Sprecher", "Text"])
    for s in said:
        times = [f"{float(s[k]):.2f}".replace(".", ",") for k in ("start_time", "end_time")]
        table.writerow([*times, people[s["speaker"]], f"{s['words']} – äh"])
    path = tmp_path / f"{DATE}.csv"
    path.write_bytes(out.getvalue().encode("cp1252"))
    session = add(group, path, "--present", PRESENT)
    stages(session)
    turns = rows(session / "out" / "turns.csv")
    assert {row["participant"] for row in turns} == {s["speaker"] for s in said}
    assert engines.calls == (0, 0)
