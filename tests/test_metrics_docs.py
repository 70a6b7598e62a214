"""Every column and every number has its section in docs/metrics.md."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path
from typing import get_args

import pytest

from session_audio import schema
from session_audio.formats import columns

TEXT = (Path(__file__).parents[1] / "docs" / "metrics.md").read_text(encoding="utf-8")
HEADINGS = [line for line in TEXT.splitlines() if line.startswith("### ")]
DEFINED = {name for line in HEADINGS for name in re.findall(r"`([a-z_]+)`", line)}
VALUES = (
    schema.MemberMeasures,
    schema.GroupMeasures,
    schema.BalanceWindow,
    schema.Silence,
    schema.InterruptionPair,
    schema.ResponsePair,
    schema.Channel,
    schema.Network,
    schema.Measures,
    schema.EventKind,
    schema.Quality,
    schema.SoundQuality,
    schema.Identification,
    schema.Flag,
)
IN_FORMATS = {"group", "session", "date", "number", "note", "marked"}
"""Columns that say which session a row is of, or what a reviewer did; docs/formats.md says them."""
NAMES = sorted(
    {one.name for kind in VALUES for one in fields(kind) if one.name not in ("note", "marked")}
    | {
        re.sub("_(low|high)$", "", column)
        for table in (*columns.OF_A_SESSION, columns.SESSIONS)
        for column in table.names
        if column not in IN_FORMATS
    }
    | set(get_args(schema.InteractionKind))
    | {"speech_by_language"}
)


@pytest.mark.parametrize("name", NAMES)
def test_it_has_a_section(name: str) -> None:
    assert name in DEFINED


def test_every_section_says_how_to_read_it() -> None:
    sections = re.split(r"^### ", TEXT, flags=re.MULTILINE)[1:]
    for section in sections:
        for part in ("**Is**", "**Unit**", "**Undefined**", "**Bias**", "**Read**", "**Source**"):
            assert part in section, section.splitlines()[0]


def test_no_section_is_about_nothing() -> None:
    assert sorted(DEFINED - set(NAMES)) == []
