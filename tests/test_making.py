"""A group of one's own: made by `init`, filled in by a person, its sessions made by `add`."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import av
import numpy as np
import pytest
from click.testing import CliRunner, Result

from session_audio.cli import main
from session_audio.flow.adding import Days, days_of
from session_audio.workspace.manifest import load_group, load_session


def typed(*words: object, input: str | None = None) -> Result:
    return CliRunner().invoke(main, [str(w) for w in words], input=input)


def m4a(path: Path, created: str | None = None) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with av.open(str(path), "w") as out:
        if created:
            out.metadata["creation_time"] = created
        stream = out.add_stream("aac", rate=16_000, layout="mono")
        sound = (np.random.default_rng(0).normal(size=(1, 32_000)) * 0.1).astype(np.float32)
        frame = av.AudioFrame.from_ndarray(sound, format="fltp", layout="mono")
        frame.rate = 16_000
        for packet in (*stream.encode(frame), *stream.encode(None)):
            out.mux(packet)
    return path


@pytest.fixture
def group(tmp_path: Path) -> Path:
    folder = tmp_path / "tuesday"
    done = typed(
        "init", folder, "--therapist", "Ruth Ardent", "--member", 'Maya "May" Will',
        "--member", "Tom", "--language", "de",
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    return folder


def test_a_new_group_has_a_roster_and_nobodys_consent(group: Path) -> None:
    made = load_group(group)
    assert [(p.id, p.name, p.role) for p in made.participants] == [
        ("T01", "Ruth Ardent", "therapist"),
        ("P01", 'Maya "May" Will', "member"),
        ("P02", "Tom", "member"),
    ]
    assert made.languages == ("de",)
    assert not any(p.consent for p in made.participants)
    assert typed("init", group, "--member", "Tom").exit_code == 1  # left as it is


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["init", "{tmp}/new"], "Name the people"),
        (["init", "{tmp}/a b", "--member", "Tom"], "the folder's name is the group's id"),
        (["init", "{tmp}/new", "--member", "Tom", "--language", "German"], "a code of two letters"),
        (["add", "{group}", "{tmp}/none.wav", "--present", "T01"], "is not there"),
        (["add", "{group}", "{group}/group.toml", "--present", "T01"], "no recording, transcript"),
        (["add", "{group}", "{tmp}/x.m4a", "--present", "T01"], "nothing tells"),
        (["add", "{group}", "{tmp}/2026-03-03.m4a"], "Say who was there"),
        (["add", "{group}", "{tmp}/2026-03-03.m4a", "--present", "T09"], "It has P01, P02, T01"),
    ],
)
def test_what_is_missing_is_told(group: Path, words: list[str], told: str, tmp_path: Path) -> None:
    for name in ("x.m4a", "2026-03-03.m4a"):
        m4a(tmp_path / name)
    done = typed(*(w.format(group=group, tmp=tmp_path) for w in words))
    assert done.exit_code in (1, 2)
    assert told in " ".join(done.output.split())
    assert [p.name for p in group.iterdir()] == ["group.toml"]


def test_a_session_is_made_of_its_files_and_waits_for_consent(group: Path, tmp_path: Path) -> None:
    sound = m4a(tmp_path / "Gruppe 3.3.2026.m4a")
    captions = tmp_path / "call.vtt"
    captions.write_text("WEBVTT\n\n00:01.000 --> 00:02.000\nTom: hello\n")
    done = typed("add", group, sound, captions, "--present", "T01 P02")
    assert done.exit_code == 0, done.output
    session = load_session(group / "2026-03-03")
    assert session.date == date(2026, 3, 3)
    assert session.attendance == ("T01", "P02")
    assert session.recordings[0].file.read_bytes() == sound.read_bytes()
    assert session.transcript is not None
    refused = typed("check", group)
    assert refused.exit_code == 3
    path = group / "group.toml"
    path.write_text(path.read_text().replace("# ", "").replace("YYYY-MM-DD", "2026-01-01"))
    text = path.read_text()
    path.write_text(text[text.index('id = "tuesday"') :])
    done = typed("check", group)
    assert (done.exit_code, "ok" in done.output) == (0, True), done.output
    again = typed("add", group, sound, "--present", "T01")
    assert "has a folder 2026-03-03 already" in " ".join(again.output.split())
    assert typed("add", group, sound, "--present", "T01", "--session", "late").exit_code == 0


@pytest.mark.parametrize(
    ("name", "created", "expected"),
    [
        ("2026-03-03 18.00.12 Call/audio_only.m4a", None, Days(date(2026, 3, 3), None)),
        ("REC_20260303_1800.m4a", None, Days(date(2026, 3, 3), None)),
        ("x/a.m4a", "2026-03-05T12:00:00.000000Z", Days(None, date(2026, 3, 5))),
        ("x/a.m4a", "1970-01-01T00:00:00.000000Z", Days(None, None)),
        ("2026-03-03.m4a", "2026-03-05T12:00:00Z", Days(date(2026, 3, 3), date(2026, 3, 5))),
        ("x/20261399.m4a", None, Days(None, None)),
    ],
)
def test_the_day_of_a_recording(
    tmp_path: Path, name: str, created: str | None, expected: Days
) -> None:
    assert days_of([m4a(tmp_path / "x" / name, created)]) == expected


def test_a_day_is_sure_where_nothing_contradicts_it() -> None:
    one, other = date(2026, 3, 3), date(2026, 3, 5)
    assert Days(one, None).sure == Days(None, one).sure == Days(one, one).sure == one
    assert Days(one, other).sure is Days(None, None).sure is None


def test_several_recordings_become_a_session_each(group: Path, tmp_path: Path) -> None:
    given = [m4a(tmp_path / f"2026-03-{day}.m4a") for day in ("03", "10")]
    assert typed("add", group, *given, "--present", "T01,P01").exit_code == 0
    assert sorted(p.name for p in group.iterdir() if p.is_dir()) == ["2026-03-03", "2026-03-10"]
    unclear = typed("add", group, *given, tmp_path / "call.vtt", "--present", "T01")
    assert unclear.exit_code == 1
