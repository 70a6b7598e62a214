"""What documents and examples name is there: settings, reasons, measured figures."""

from __future__ import annotations

import importlib
import re
import tomllib
from dataclasses import fields
from importlib.util import find_spec
from pathlib import Path

import pytest

from session_audio.flags.moments import REASONS
from session_audio.schema import Quality
from session_audio.settings import Settings
from session_audio.testing import example_result, example_series

ROOT = Path(__file__).parents[1]
SECTIONS = {one.name: getattr(Settings(), one.name) for one in fields(Settings)}
TEXTS = sorted([*ROOT.glob("docs/*.md"), ROOT / "README.md", *ROOT.glob("src/**/*.py")])
NAMED = sorted(
    {
        (path.relative_to(ROOT).as_posix(), section, name)
        for path in TEXTS
        for section, name in re.findall(r"`(\w+)\.(\w+)`", path.read_text(encoding="utf-8"))
        if section in SECTIONS
    }
)


def is_code(section: str, name: str) -> bool:
    """Whether ``section.name`` is a file or a function of a package, not a setting."""
    if name in {"py", "md", "csv", "json", "toml", "html", "pdf", "rttm", "m4a"}:
        return True
    if section == "quality" and name in Quality.__dataclass_fields__:
        return True  # a value of session.json
    packages = (
        "session_audio",
        *(f"session_audio.{p}" for p in ("turntaking", "report", "workspace")),
    )
    for package in packages:
        try:
            module = importlib.import_module(f"{package}.{section}")
        except ImportError:
            continue
        if hasattr(module, name) or (
            hasattr(module, "__path__") and find_spec(f"{module.__name__}.{name}")
        ):
            return True
    return False


def test_settings_are_named_somewhere() -> None:
    assert len(NAMED) > 20


@pytest.mark.parametrize(("path", "section", "name"), NAMED)
def test_every_setting_named_exists(path: str, section: str, name: str) -> None:
    known = {one.name for one in fields(SECTIONS[section])}
    assert name in known or is_code(section, name), f"{path}: {section}.{name}"


def test_settings_in_examples_exist() -> None:
    for section, values in example_result(8, 4).settings.items():
        assert set(values) <= {one.name for one in fields(SECTIONS[section])}  # type: ignore[call-overload]


def key_of(reason: object) -> str:
    return str(getattr(reason, "key", reason)).partition(":")[0]


def test_every_reason_given_in_examples_exists() -> None:
    results = [example_result(20, 6), *example_series()]
    given = {key_of(reason) for r in results for f in r.flags for reason in f.reasons}
    assert given and given <= set(REASONS)


def test_every_reason_is_in_the_documents_and_no_other() -> None:
    text = (ROOT / "docs" / "rupture.md").read_text(encoding="utf-8")
    table = text[text.index("## What the reasons mean") :].split("\n\n")[2]
    keys = {
        key for row in table.splitlines()[2:] for key in re.findall(r"`(\w+)`", row.split("|")[1])
    }
    assert keys == set(REASONS)


def test_the_diarizers_error_is_the_one_measured() -> None:
    folder = ROOT / "src" / "session_audio" / "metrics"
    error_file = tomllib.loads((folder / "diarization_error.toml").read_text(encoding="utf-8"))
    notes = (ROOT / "docs" / "notes" / "diarization.md").read_text(encoding="utf-8")
    line = next(x for x in notes.splitlines() if x.startswith("Interval of a talk share"))
    assert (error_file["floor"], error_file["slope"]) == (0.01, 0.08)
    assert "one point and eight points times the root of share times the rest" in line
    assert (
        f"{100 * error_file['dev']['held']:.0f} % of {error_file['dev']['shares']} true shares"
        in line
    )
    shares = error_file["check"]["shares"]
    held = round(error_file["check"]["held"] * shares)
    assert f"{held} of {shares} on `check`" in line
    assert f"(worst {100 * error_file['check']['worst']:.1f})" in notes


GLOSSARY = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")
DEFINED = re.findall(r"\| `([\w/]+\.py)` `(\w+)` \|", GLOSSARY)


def test_the_glossary_names_where_a_term_is_defined() -> None:
    rows = [line for line in GLOSSARY.splitlines() if line.startswith("| **")]
    pages = [row for row in rows if re.search(r"\| \[\w+\]\(\w+\.md\)[^|]*\|$", row)]
    assert len(DEFINED) + len(pages) == len(rows) > 50
    terms = [term for row in rows for term in re.findall(r"\*\*(.+?)\*\*", row.split("|")[1])]
    assert len(terms) == len(set(terms))


@pytest.mark.parametrize(("path", "name"), DEFINED)
def test_every_definition_named_by_the_glossary_is_there(path: str, name: str) -> None:
    text = (ROOT / "src" / "session_audio" / path).read_text(encoding="utf-8")
    assert re.search(rf"^(class |def )?{name}\b", text, re.MULTILINE), f"{path}: {name}"


def test_every_number_named_by_the_glossary_has_its_section() -> None:
    headings = " ".join(
        line
        for line in (ROOT / "docs" / "metrics.md").read_text(encoding="utf-8").splitlines()
        if line.startswith("#")
    )
    for listed in re.findall(r"\[metrics\]\(metrics\.md\), ([^|]+) \|", GLOSSARY):
        for name in re.findall(r"`(\w+)`|\"([^\"]+)\"", listed):
            assert "".join(name) in headings, name
