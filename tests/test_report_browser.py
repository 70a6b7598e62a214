"""The reports in a real Chromium: accessibility, validity, screenshots and print.

Needs Debian's chromium, node, and ``npm ci --ignore-scripts`` in ``tests/browser``, which
``make browser`` does; skipped with the reason where one is missing.
"""

from __future__ import annotations

import json
import re
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from browser_cases import CHROMIUM, HERE, MARKS, NODE
from PIL import Image, ImageChops
from report_cases import sessions

from session_audio.flow import summary
from session_audio.flow.outcomes import Outcome, Status
from session_audio.report import (
    write_group_report,
    write_member_report,
    write_overview,
    write_session_report,
)
from session_audio.report.overview import GroupRow
from session_audio.report.series.page import SeriesPage
from session_audio.schema import Audio
from session_audio.settings import ReportSettings
from session_audio.sound.listening import write_listening_copy
from session_audio.testing import example_result, example_series

pytestmark = MARKS


PICTURES = (
    ("report-1280", 1280),
    ("report-390", 390),
    ("report-print", 794),
    ("series-1280", 1280),
    ("series-390", 390),
)


def written(folder: Path) -> list[Path]:
    """Pages that between them hold every element of the reports."""
    settings = ReportSettings()
    german = ReportSettings(language="de", pseudonyms=True)
    wrote = write_session_report(example_result(90, 9), folder, settings=settings)
    results = example_series()
    sounds = {r.session.id: folder / r.session.id / "sound.m4a" for r in results[:3]}
    for sound in sounds.values():
        sound.parent.mkdir()
        sound.touch()
    wrote += write_group_report(results, folder, settings, sounds=sounds)
    wrote += write_member_report(example_series(), "P02", folder, settings)
    odd = folder / "odd"
    for name in ("odd names", "markup said", "nobody speaks"):
        made = write_session_report(sessions()[name], odd, settings=german)[0]
        wrote.append(made.replace(odd / f"{name.replace(' ', '-')}.html"))
    wrote.append(
        write_group_report([sessions()["one speaker"]], odd, german)[0].replace(odd / "one.html")
    )
    dutch = ReportSettings(language="nl")  # with the longest terms
    wrote.append(write_group_report(example_series(), odd, dutch)[0].replace(odd / "dutch.html"))
    odd_series = (sessions()[name] for name in ("nobody speaks", "no words", "markup said"))
    pages = [
        (f"series-{k}", SeriesPage.of([result], settings)) for k, result in enumerate(odd_series)
    ]
    rows = [GroupRow(page, f"{name}/out/series.html") for name, page in pages]
    wrote += write_overview(rows, folder, settings, ["friday"])
    wrote.append(folder / f"{summary.NAME}.html")
    summary.write(wrote[-1], outcomes(folder))
    return [path for path in wrote if path.suffix == ".html"]


def outcomes(folder: Path) -> list[Outcome]:
    """A batch that ended in every way."""
    endings: tuple[tuple[Status, str | None, str], ...] = (
        ("done", None, ""),
        ("skipped", None, ""),
        ("failed", "transcribe", "the disk is full. Free some space, and run it again."),
        ("refused", "admit", "P02: no consent to recording. " * 9),
    )
    return [
        Outcome(f"2026-03-0{k}", str(folder / "tuesday" / f"2026-03-0{k}"), status, 61.5, at, said)
        for k, (status, at, said) in enumerate(endings, 1)
    ]


def sheets(path: Path) -> int:
    """How many pages a PDF has."""
    return len(re.findall(rb"/Type\s*/Page\b", path.read_bytes()))


def test_pages_are_valid_accessible_and_quiet(tmp_path: Path) -> None:
    assert CHROMIUM is not None
    assert NODE is not None
    pages = written(tmp_path)
    command = [NODE, str(HERE / "check.mjs"), CHROMIUM, str(tmp_path), *map(str, pages)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=800, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    problems = json.loads(done.stdout)
    assert len(problems) == len(pages)
    for name, result in problems.items():
        assert result["axe"] == [], name
        assert result["html"] == [], name
        assert result["requests"] == [], name
        assert result["keyboard"] == [], name
        assert result["moving"] == [], name
        session = name not in ("member-P02", summary.NAME)
        assert result["scripts"] == (3 if session else 0), name  # one, each time it is opened
        begin = "#brief" if session else "#summary"
        if name != summary.NAME:  # a heading and a list: nothing to skip
            assert (result["first"], result["skipped"]) == ("skip", begin), name
        assert not session or result["words"] < 150, (name, result["words"])
        assert result["overflow"] == {"1280": 0, "390": 0, "dark": 0}, name
    assert (tmp_path / "report.html").stat().st_size < 3_000_000  # 90 minutes, nine people
    for paper in ("report-print-a4", "report-print-letter", "report"):
        assert sheets(tmp_path / f"{paper}.pdf") == 2, paper
    for paper in ("series", "brief", "overview"):
        assert sheets(tmp_path / f"{paper}.pdf") == 1, paper
    for name, width in PICTURES:
        picture = Image.open(tmp_path / f"{name}.png").convert("RGB")
        assert picture.width == width
        blank = Image.new("RGB", picture.size, picture.getpixel((0, 0)))
        assert ImageChops.difference(picture, blank).getbbox()


def sounding(path: Path, seconds: int = 240) -> Path:
    """A copy of the sound to listen to, of noise."""
    noise = np.random.default_rng(0).normal(0, 0.05, 16_000 * seconds).astype(np.float32)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_listening_copy([Audio(noise, 16_000)], [0.0], path)
    return path


def played(script: str, page: Path) -> dict[str, Any]:
    """What `script` found when it used `page`."""
    command = [str(NODE), str(HERE / script), str(CHROMIUM), str(page)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_the_session_can_be_heard_followed_and_searched(tmp_path: Path) -> None:
    """A click on a moment, in a lane and by keys; the words, the search, a folded part."""
    result, sound = example_result(4, 4, silent=(), flags=3), sounding(tmp_path / "sound.m4a")
    page = write_session_report(result, tmp_path, settings=ReportSettings(), sound=sound)[0]
    heard = played("play.mjs", page)
    assert heard["errors"] == []
    assert heard["moment"] == pytest.approx(float(heard["wanted"].split("#t=")[1]), abs=2.0)
    assert heard["caption"].strip()
    assert (heard["button"], heard["paused"]) == ("Pause", True)
    assert heard["half"] == pytest.approx(120, abs=3)
    assert heard["step"] == pytest.approx(1, abs=1)
    assert heard["shown"] and all("evenings" in line for line in heard["shown"])
    assert heard["told"] == f"Turns with it: {len(heard['shown'])}"
    assert (heard["moved"], heard["stops"], heard["opened"]) == (True, 1, True)


def test_moments_of_several_weeks_are_heard_from_the_series(tmp_path: Path) -> None:
    """By keyboard, from a disk, five seconds before; another session's sound takes its place."""
    results = [
        replace(r, flags=tuple(replace(f, start=30.0 + k, end=33.0 + k) for f in r.flags))
        for k, r in enumerate(example_series())
    ]
    told = [r.session.id for r in results if r.flags][:2]
    sounds = {id: sounding(tmp_path / id / "out" / "sound.m4a", 60) for id in told}
    folder = tmp_path / "out"
    page = write_group_report(results, folder, ReportSettings(), sounds=sounds)[0]
    heard = played("weeks.mjs", page)
    assert heard["errors"] == []
    assert len(heard["wanted"]) == 2
    for (source, at, caption), wanted in zip(heard["steps"], heard["wanted"], strict=True):
        assert source == wanted.split("#t=")[0]
        assert at == pytest.approx(float(wanted.split("#t=")[1]), abs=2.0)
        assert "Session" in caption and "“" not in caption and len(caption) > 30
    assert heard["steps"][0][0] != heard["steps"][1][0]
    assert heard["paused"] is True
    assert heard["ledger"] and all(name.startswith("Play: Session") for name in heard["ledger"])
    assert "does not lie beside its page" in heard["gone"]
