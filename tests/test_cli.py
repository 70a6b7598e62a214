import json
import subprocess
import sys
from pathlib import Path

import pytest
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


def test_help_imports_no_model_and_no_prefect() -> None:
    """The promise behind a quick start; the time itself is measured, not asserted."""
    program = (
        "import sys; from session_audio.cli import main\n"
        "try: main(['--help'])\n"
        "except SystemExit: pass\n"
        "heavy = {'torch', 'prefect', 'pyannote', 'transformers', 'scipy', 'sklearn', 'numpy'}\n"
        "sys.exit(','.join(sorted(heavy & set(sys.modules))) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_check_says_ok_and_changes_nothing(group_folder: Path) -> None:
    before = sorted(group_folder.rglob("*"))
    code, text = call("check", group_folder)
    assert (code, text.split()) == (0, ["2026-03-03", "ok"])
    assert sorted(group_folder.rglob("*")) == before


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


def test_a_folder_that_is_none_is_one_message(tmp_path: Path) -> None:
    code, text = call("run", tmp_path)
    assert code == 1
    assert "no session.toml or group.toml" in text
    assert "Traceback" not in text
