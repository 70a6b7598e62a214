"""Scripts beside the package name only what the package has."""

from __future__ import annotations

import importlib
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SCRIPTS = sorted([*ROOT.glob("benchmarks/*.py"), *ROOT.glob("training/*/*.py")])
IMPORT = re.compile(
    r"^\s*from ((?:session_audio|pipelines)[\w.]*) import (?:\(([^)]*)\)|(.+))$", re.MULTILINE
)


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda p: f"{p.parent.name}/{p.name}")
def test_what_a_script_imports_is_there(script: Path) -> None:
    """Also in the programs that a script starts, which stand in it as text."""
    for module, several, one in IMPORT.findall(script.read_text("utf-8")):
        for name in (several or one).split("#")[0].split(","):
            wanted = name.split(" as ")[0].strip()
            if not wanted or hasattr(importlib.import_module(module), wanted):
                continue
            importlib.import_module(f"{module}.{wanted}")
