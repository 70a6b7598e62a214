"""What the documents say is true: their blocks parse, their commands and links exist."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from session_audio.cli import main
from session_audio.manifest import load_session

ROOT = Path(__file__).parents[1]
PAGES = sorted([ROOT / "README.md", ROOT / "CHANGELOG.md", *(ROOT / "docs").glob("*.md")])
BLOCK = re.compile(r"```(\w+)\n(.*?)```", re.DOTALL)


def blocks(path: Path, language: str) -> list[str]:
    return [text for kind, text in BLOCK.findall(path.read_text()) if kind == language]


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_every_toml_block_parses(page: Path) -> None:
    for text in blocks(page, "toml"):
        tomllib.loads(text)


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_every_python_block_runs(page: Path) -> None:
    for text in blocks(page, "python"):
        exec(compile(text, str(page), "exec"), {})


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_every_link_leads_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text()):
        assert (page.parent / target).exists(), target


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_every_command_named_exists(page: Path) -> None:
    for verb in re.findall(r"session-audio ([a-z]+(?:-[a-z]+)?)", page.read_text()):
        if verb not in ("reads", "runs"):
            assert verb in main.commands, verb


def test_the_readmes_manifests_make_a_session(tmp_path: Path) -> None:
    group, session = blocks(ROOT / "README.md", "toml")
    folder = tmp_path / "2026-03-02"
    folder.mkdir()
    (tmp_path / "group.toml").write_text(group)
    (folder / "session.toml").write_text(session)
    (folder / "session.wav").write_bytes(b"sound")
    assert load_session(folder).present[0].id == "P01"


def test_the_readme_and_the_makefile_name_the_same_targets() -> None:
    readme = (ROOT / "README.md").read_text()
    targets = re.findall(r"^([a-z-]+):.*##", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert {"demo", "test", "check"} <= set(targets)
    for target in ("demo", "test", "check"):
        assert f"make {target}" in readme
