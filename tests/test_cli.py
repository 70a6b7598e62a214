import json
import subprocess
import sys
import tomllib
from pathlib import Path

import numpy as np
import pytest
import soundfile
from click.testing import CliRunner

from session_audio.cli import main


def call(*args: object) -> tuple[int, str]:
    result = CliRunner().invoke(main, [str(a) for a in args])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.output


def test_help_teaches_what_to_do_first() -> None:
    code, text = call("--help")
    assert code == 0
    assert "session-audio demo" in text
    assert "Exit codes" in text
    assert "nothing leaves it" in text


@pytest.mark.parametrize("verb", sorted(main.commands))
def test_every_verb_has_help(verb: str) -> None:
    code, text = call(verb, "--help")
    assert code == 0
    assert len(text) > 100


@pytest.mark.parametrize("option", ["--version", "-V"])
def test_the_version_is_that_of_the_distribution(option: str) -> None:
    project = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text("utf-8"))
    assert call(option) == (0, f"session-audio, version {project['project']['version']}\n")


def test_help_is_a_command_too() -> None:
    assert call("help") == call("--help")
    assert call("help", "run") == call("run", "--help")
    assert call("help", "models", "pull") == call("models", "pull", "--help")
    code, text = call("help", "mend")
    assert code == 2
    assert "There is no command 'mend'" in text


def test_help_imports_no_model_and_no_prefect() -> None:
    """The promise behind a quick start; the time itself is measured, not asserted."""
    program = (
        "import sys; from session_audio.cli import main\n"
        "try: main(['--help'])\n"
        "except SystemExit: pass\n"
        "heavy = {'torch', 'prefect', 'pyannote', 'transformers', 'scipy', 'sklearn', 'numpy',\n"
        "         'pandas'}\n"
        "sys.exit(','.join(sorted(heavy & set(sys.modules))) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.fixture
def sound(group_folder: Path) -> Path:
    """The session's recording, three seconds of noise."""
    path = group_folder / "2026-03-03" / "session.flac"
    soundfile.write(path, 0.1 * np.random.default_rng(0).normal(size=48_000), 16_000)
    return path


def test_check_says_ok_and_changes_nothing(group_folder: Path, sound: Path) -> None:
    before = sorted(group_folder.rglob("*"))
    code, text = call("check", group_folder)
    assert (code, text.split()[:2]) == (0, ["2026-03-03", "ok"])
    assert text.strip().endswith("3 present, one recording of 0.1 min")
    assert sorted(group_folder.rglob("*")) == before


@pytest.mark.parametrize(
    ("manifest", "says"),
    [
        ('[[recording]]\nfile = "gone.flac"', "the file gone.flac is not there"),
        ('[[recording]]\nfile = "empty.flac"', "empty.flac is empty (0 bytes)"),
        ('[[recording]]\nfile = "text.flac"', "text.flac holds no sound that can be decoded"),
        ('[[recording]]\nfile = "noise.bin"', "noise.bin holds no sound"),
        ('[[recording]]\nfile = "session.flac"\nchannel = 1', "has 1 channel(s)"),
        (
            'diarization = "far.rttm"\n[[recording]]\nfile = "session.flac"',
            "far.rttm runs to 150.0 s, the recording to 3.0 s",
        ),
        (
            'diarization = "empty.flac"\n[[recording]]\nfile = "session.flac"',
            "empty.flac holds no speech",
        ),
        ('[transcript]\nfile = "call.vtt"', "is nobody who was present"),
        ('[transcript]\nfile = "call.vtt"\nformat = "srtt"', "format 'srtt' is not known"),
    ],
)
def test_check_finds_what_a_run_would_stop_at(
    group_folder: Path, sound: Path, manifest: str, says: str
) -> None:
    folder = sound.parent
    (folder / "empty.flac").write_bytes(b"")
    (folder / "text.flac").write_text("no sound at all\n" * 50)
    (folder / "noise.bin").write_bytes(bytes(range(256)) * 40)
    (folder / "far.rttm").write_text("SPEAKER x 1 100.0 50.0 <NA> <NA> A <NA> <NA>\n")
    (folder / "call.vtt").write_text("WEBVTT\n\n00:01.000 --> 00:02.000\n<v Somebody>Hello\n")
    attendance = 'date = 2026-03-03\nattendance = ["T01", "P01", "P02"]\n'
    (folder / "session.toml").write_text(attendance + manifest + "\n")
    code, text = call("check", group_folder)
    assert code == 1
    assert says in text
    assert text.count("\n") == 1


def test_messages_do_not_name_whom_a_track_is_called_after(group_folder: Path) -> None:
    folder = group_folder / "2026-03-03"
    (folder / "audioMayaQuillfeather2.m4a").write_bytes(b"")
    path = folder / "session.toml"
    path.write_text(path.read_text().replace("session.flac", "audioMayaQuillfeather2.m4a"))
    _, text = call("check", group_folder)
    assert "P01" in text
    assert "Maya" not in text and "Quill" not in text


def test_check_refuses_with_exit_code_3(group_folder: Path) -> None:
    roster = group_folder / "group.toml"
    roster.write_text(
        roster.read_text().replace(
            "analysis = { given = 2026-02-01 }",
            "analysis = { given = 2026-02-01, withdrawn = 2026-03-01 }",
            1,
        )
    )
    code, text = call("check", "--json", group_folder)
    assert code == 3
    (row,) = json.loads(text)
    assert row["status"] == "refused"
    assert "T01: analysis withdrawn on 2026-03-01" in row["message"]


def test_check_goes_on_after_a_bad_folder(group_folder: Path, tmp_path: Path) -> None:
    code, text = call("check", tmp_path / "nowhere", group_folder)
    assert code == 1
    assert "is not there" in text
    assert "2026-03-03" in text


def test_a_session_named_twice_is_checked_once(group_folder: Path, sound: Path) -> None:
    _, text = call("check", group_folder, sound.parent, f"{group_folder}/../tuesday")
    assert text.count("2026-03-03") == 1


def test_failed_and_refused_together_is_exit_code_1(group_folder: Path, tmp_path: Path) -> None:
    roster = group_folder / "group.toml"
    roster.write_text(roster.read_text().replace("2026-02-01 }", "2036-02-01 }", 1))
    assert call("check", group_folder)[0] == 3
    assert call("check", group_folder, tmp_path / "nowhere")[0] == 1
    assert call("run", tmp_path / "nowhere", group_folder)[0] == 1


def test_a_refused_session_needs_no_flow_to_be_told(group_folder: Path) -> None:
    roster = group_folder / "group.toml"
    roster.write_text(roster.read_text().replace("2026-02-01 }", "2036-02-01 }", 1))
    code, text = call("run", "--json", group_folder)
    assert code == 3
    (row,) = json.loads(text)
    assert (row["status"], row["stage"]) == ("refused", "admit")
    assert not (group_folder / "2026-03-03" / "out").exists()


def test_a_user_without_a_home_is_told(
    group_folder: Path, sound: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def none() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(Path, "home", none)
    for name in ("SESSION_AUDIO_MODELS", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    code, text = call("models", "list")
    assert code == 1
    assert "no home folder. Set HOME, or XDG_CACHE_HOME" in text


def test_the_demo_copies_the_group_whole(samples: Path, tmp_path: Path) -> None:
    from session_audio.cli.running import _copy_samples

    (tmp_path / ".tuesday.part" / "2026-03-03").mkdir(parents=True)  # a copy that was stopped
    _copy_samples(samples, tmp_path)
    assert len(list((tmp_path / "tuesday").glob("*/session.flac"))) == 4
    assert list((tmp_path / "voices").glob("*.flac"))
    assert not list(tmp_path.rglob("*.part")) and not list(tmp_path.rglob("*.py"))


def test_a_folder_that_cannot_be_written_is_one_message(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    code, text = call("demo", "--into", tmp_path / "file" / "demo")
    assert code == 1
    assert "could not be written" in text


def test_a_fault_of_ours_is_told_without_what_was_said(
    group_folder: Path, sound: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> str:
        raise ValueError("the marmalade")

    monkeypatch.setattr("session_audio.flow.check.check_session", fail)
    code, text = call("check", group_folder)
    assert code == 1
    assert "unexpected ValueError at test_cli.py:" in text
    assert "marmalade" not in text
    monkeypatch.setenv("SESSION_AUDIO_TRACEBACK", "1")
    with pytest.raises(ValueError, match="marmalade"):
        call("check", group_folder)


def test_a_wrong_setting_is_told_with_session_and_stage(group_folder: Path, sound: Path) -> None:
    (group_folder / "settings.toml").write_text("[diarization]\nthreshhold = 3\n")
    for verb in ("check", "run"):
        code, text = call(verb, group_folder)
        assert code == 1
        expected = (
            "2026-03-03, check: settings.toml: diarization.threshhold: there is no such setting"
        )
        assert expected in text


@pytest.mark.parametrize("verb", ["check", "run"])
def test_a_file_in_place_of_a_folder(sound: Path, verb: str) -> None:
    code, text = call(verb, sound.parent / "session.toml")
    assert code == 1
    assert "session.toml is a file; expected a folder. Name a session's" in text


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (("tuesday", "P01"), 2, "Give a CLIP, or --session with --voice"),
        (("tuesday", "P01", "--session", "tuesday/2026-03-03"), 2, "go together"),
        (("nowhere", "P01", "clip.wav"), 1, "enroll: nowhere has no group.toml"),
        (("tuesday", "P09", "clip.wav"), 3, "P09 is not on the roster"),
        (("tuesday", "P02", "clip.wav"), 3, "voiceprint of P02: not given"),
        (("tuesday", "P01", "gone.wav"), 1, "enroll: gone.wav is not there"),
        (
            ("tuesday", "P01", "tuesday/group.toml"),
            1,
            "enroll: group.toml is not a sound or video file",
        ),
    ],
)
def test_enroll_says_what_is_wrong(
    group_folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    arguments: tuple[str, ...],
    code: int,
    says: str,
) -> None:
    monkeypatch.chdir(group_folder.parent)
    Path("clip.wav").write_bytes(b"")
    exit_code, text = call("enroll", *arguments)
    assert (exit_code, says in text) == (code, True), text
    assert not (group_folder / "voices").exists()


def test_trend_wants_a_group_with_results(group_folder: Path, sound: Path) -> None:
    code, text = call("trend", sound.parent)
    assert (code, "has no group.toml" in text) == (1, True)
    code, text = call("trend", group_folder)
    assert (code, "no session of tuesday has a result" in text) == (1, True)


def test_a_folder_that_is_none_is_one_message(tmp_path: Path) -> None:
    code, text = call("run", tmp_path)
    assert code == 1
    assert "no session.toml or group.toml" in text
    assert "Traceback" not in text
