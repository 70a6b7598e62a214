"""Error rates measured on references, to stand beside what a session shows."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from session_audio.schema import SessionResult


@cache
def measured() -> Mapping[str, float]:
    """The shipped figures: shares of 1, and F1 in [0, 1]."""
    source = files("session_audio.report.sections") / "error_rates.toml"
    return tomllib.loads(source.read_text(encoding="utf-8"))


def rates(result: SessionResult) -> Mapping[str, float]:
    """Error rates that came with the result; else the shipped ones."""
    return result.error_rates or measured()
