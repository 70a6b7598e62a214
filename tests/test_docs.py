"""What the documents say is true: their blocks parse, their commands and links exist."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import tomllib
from pathlib import Path

import click
import numpy as np
import pytest
import soundfile
from click.testing import CliRunner

from session_audio.cli import main
from session_audio.schema import SpeakerSegment, Word
from session_audio.testing import fakes
from session_audio.testing.examples import example_series
from session_audio.testing.folders import write_example_group
from session_audio.workspace.manifest import load_session

ROOT = Path(__file__).parents[1]
PAGES = sorted(
    [
        *ROOT.glob("*.md"),
        *(ROOT / "docs").rglob("*.md"),
        *(ROOT / "models").rglob("*.md"),
        *(ROOT / "training").rglob("*.md"),
        ROOT / "benchmarks" / "README.md",
        ROOT / "data" / "samples" / "README.md",
    ]
)
BLOCK = re.compile(r"```(\w+)\n(.*?)```", re.DOTALL)


def blocks(path: Path, language: str) -> list[str]:
    return [text for kind, text in BLOCK.findall(path.read_text()) if kind == language]


def commands(path: Path, program: str) -> list[list[str]]:
    """Commands of the indented blocks that start with `program`, as a shell splits them."""
    lines = re.findall(rf"^ {{4}}({re.escape(program)} .*)$", path.read_text(), re.MULTILINE)
    return [shlex.split(line.split(" > ")[0], comments=True) for line in lines]


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_every_fenced_block_says_its_language(page: Path) -> None:
    """Only blocks of a known language are parsed or run by the tests below."""
    opened = re.findall(r"^```(.*)$", page.read_text(), re.MULTILINE)[::2]
    assert set(opened) <= {"toml", "python"}


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_every_command_is_understood(page: Path) -> None:
    """Each is parsed with its arguments; those of the README are run, below."""
    for words in commands(page, "session-audio") + commands(page, ".venv/bin/session-audio"):
        context = click.Context(main, info_name="session-audio")
        verb: click.Command = main
        rest = words[1:]
        while isinstance(verb, click.Group):
            _, found, rest = verb.resolve_command(context, rest)
            assert found is not None
            verb = found
        verb.make_context(verb.name, rest)


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_every_script_named_is_there_and_knows_its_options(page: Path) -> None:
    for script, rest in re.findall(
        r"python ((?:benchmarks|training|docs|data)/[\w/]+\.py)([^`\n]*)", page.read_text()
    ):
        assert (ROOT / script).is_file(), script
        for option in re.findall(r"--[a-z][a-z-]+", rest):
            text = (ROOT / script).read_text()
            assert f'"{option}"' in text or f'"{option[2:]}"' in text, f"{script} {option}"


def test_every_benchmark_has_its_line() -> None:
    text = (ROOT / "benchmarks" / "README.md").read_text("utf-8")
    for script in (ROOT / "benchmarks").glob("*.py"):
        assert f"`{script.name}" in text, script.name


@pytest.mark.timeout(300)
def test_the_readmes_commands_do_what_they_say(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As typed, one after the other, on a group like the README's, with fakes for models."""
    from pipelines.server import prepare_prefect
    from session_audio.flow.context import Context, using
    from session_audio.flow.engines import Engines

    prepare_prefect()
    monkeypatch.chdir(tmp_path)
    group, session = blocks(ROOT / "README.md", "toml")
    folder = tmp_path / "tuesday" / "2026-03-02"
    folder.mkdir(parents=True)
    (tmp_path / "tuesday" / "group.toml").write_text(group)
    (folder / "session.toml").write_text(session)
    rng = np.random.default_rng(0)
    for name in (folder / "session.wav", tmp_path / "ruth.wav"):
        soundfile.write(name, 0.1 * rng.normal(size=16_000 * 20), 16_000)
    (folder / "reference.rttm").write_text("SPEAKER s 1 0.0 18.0 <NA> <NA> T01 <NA> <NA>\n")
    segments = [SpeakerSegment(0.0, 18.0, "S01"), SpeakerSegment(18.5, 19.5, "S02")]
    words = [Word(0.3 * i, 0.3 * i + 0.25, "word", None, 0.9) for i in range(60)]
    diarizer = fakes.FakeDiarizer(segments, {"S01": (1.0, 0.0), "S02": (0.0, 1.0)})
    engines = Engines(
        lambda: diarizer,
        lambda: fakes.FakeTranscriber(words),
        lambda: fakes.FakeClassifier(),
        lambda task: {task: diarizer.revision},
    )
    # A review goes on until somebody ends it: the page itself has tests of its own.
    monkeypatch.setattr(
        "session_audio.review.server.serve", lambda _d, _g, own, *_, **_k: own.close()
    )
    typed = commands(ROOT / "README.md", "session-audio")
    assert {words[1] for words in typed} >= {"check", "enroll", "run", "trend"}
    with using(Context(engines=lambda _: engines)):
        for words_typed in typed:
            result = CliRunner().invoke(main, words_typed[1:])
            assert result.exit_code == 0, f"{shlex.join(words_typed)}: {result.output}"
    for made in ("out/series.html", "2026-03-02/out/report.html", "2026-03-02/out/report.pdf"):
        assert (tmp_path / "tuesday" / made).is_file()


def test_the_plain_commands_are_those_that_make_runs() -> None:
    if shutil.which("make") is None:
        pytest.skip("make is not here")
    done = subprocess.run(
        ["make", "-n", "-B", "demo", "check", "test"], cwd=ROOT, capture_output=True, text=True
    )
    runs = re.sub(
        r"python -m pip --disable-pip-version-check install -q +", "pip install ", done.stdout
    )
    runs = re.sub(r"\S+ -m venv", "python3.11 -m venv", runs)  # whichever was found here
    block = (ROOT / "README.md").read_text().split("and behind `make check`:")[1].split("## ")[0]
    typed = [c.strip() for line in block.splitlines() for c in line.split("#")[0].split("&&")]
    plain = [c for c in typed if c.startswith((".venv", "python3.11"))]
    assert len(plain) >= 9
    for command in plain:
        assert command in runs, command


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_every_toml_block_parses(page: Path) -> None:
    for text in blocks(page, "toml"):
        tomllib.loads(text)


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_every_python_block_runs(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Beside a group called tuesday, as after a run."""
    if blocks(page, "python"):
        write_example_group(tmp_path / "tuesday", example_series())
        monkeypatch.chdir(tmp_path)
    for text in blocks(page, "python"):
        exec(compile(text, str(page), "exec"), {})


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_every_link_leads_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text()):
        assert (page.parent / target).exists(), target


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_every_command_named_exists(page: Path) -> None:
    for verb in re.findall(r"session-audio ([a-z]+(?:-[a-z]+)?)", page.read_text()):
        if verb not in ("reads", "runs", "encrypted"):
            assert verb in main.commands, verb


def test_the_readmes_manifests_make_a_session(tmp_path: Path) -> None:
    group, session = blocks(ROOT / "README.md", "toml")
    folder = tmp_path / "2026-03-02"
    folder.mkdir()
    (tmp_path / "group.toml").write_text(group)
    (folder / "session.toml").write_text(session)
    (folder / "session.wav").write_bytes(b"sound")
    assert [p.id for p in load_session(folder).present] == ["T01", "P03"]


def test_the_readme_and_the_makefile_name_the_same_targets() -> None:
    readme = (ROOT / "README.md").read_text()
    targets = re.findall(r"^([a-z-]+):.*##", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert {"demo", "test", "check"} <= set(targets)
    for target in ("demo", "test", "check"):
        assert f"make {target}" in readme


def test_the_tests_that_reliability_names_exist() -> None:
    page = (ROOT / "docs" / "reliability.md").read_text(encoding="utf-8")
    named = re.findall(r"`(test_\w+\.py)(?:::(\w+))?`", page)
    assert named
    for file, name in named:
        text = (ROOT / "tests" / file).read_text(encoding="utf-8")
        assert f"def {name}(" in text if name else "def test_" in text, f"{file}::{name}"
