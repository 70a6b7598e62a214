"""``bench``: what each stage takes, on sound of one's own, which is left as it is."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from click.testing import CliRunner
from flow_cases import Fakes

from session_audio.cli import main
from session_audio.flow.stages import STAGES

pytestmark = pytest.mark.timeout(300)


def test_each_stage_is_told_and_nothing_is_kept(
    session: Path, engines: Fakes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(scratch))
    before = sorted(session.parent.rglob("*"))
    done = CliRunner().invoke(main, ["bench", str(session / "session.flac")])
    assert done.exit_code == 0, done.output
    lines = {line.split()[0]: line.split()[1:] for line in done.output.splitlines() if line}
    assert lines["0.4"] == ["min", "of", "sound;", "one", "stage", "after", "the", "other"]
    for name in (*(stage.name for stage in STAGES), "together"):
        seconds, processor, ratio, memory = map(float, lines[name])
        assert seconds >= 0 and processor >= 0 and memory > 10
        assert ratio == pytest.approx(seconds / 24.0, abs=0.003)
    assert float(lines["together"][0]) == pytest.approx(
        sum(float(lines[stage.name][0]) for stage in STAGES), abs=1.0
    )
    assert engines.calls == (1, 1)
    assert list(scratch.iterdir()) == []
    assert sorted(session.parent.rglob("*")) == before


def test_a_sound_that_is_not_there_or_none_is_one_message(session_folder: Path) -> None:
    for name in ("nothing.wav", "session.flac"):
        done = CliRunner().invoke(main, ["bench", str(session_folder / name)])
        assert done.exit_code == 1
        assert "session-audio: " in done.output and "Traceback" not in done.output
