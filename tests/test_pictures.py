"""The pictures of the documents show what the product prints."""

from __future__ import annotations

import importlib.util
import re
import sys
import tomllib
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from PIL import Image

DOCS = Path(__file__).parents[1] / "docs"
PAGES = sorted([*DOCS.parent.glob("*.md"), *DOCS.rglob("*.md"), *DOCS.parent.glob("data/*/*.md")])


@pytest.fixture(scope="module")
def maker() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_pictures", DOCS / "make_pictures.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def listed() -> list[dict[str, Any]]:
    return list(tomllib.loads((DOCS / "pictures.toml").read_text("utf-8"))["page"])


SHOWN = re.compile(r'!\[([^\]]*)\]\(([^)]+)\)|<img alt="([^"]*)" src="([^"]+)"')


def used() -> set[str]:
    """Pictures that a document shows, each with its words, by path from the documents' folder."""
    paths = set()
    for page in PAGES:
        for alt, target, other_alt, other in SHOWN.findall(page.read_text("utf-8")):
            assert len(alt or other_alt) > 10, (page.name, target or other)
            paths.add((page.parent / (target or other)).resolve().relative_to(DOCS).as_posix())
    return paths


def test_every_picture_shown_is_made_by_the_command_and_no_other_lies_there(
    maker: ModuleType,
) -> None:
    names = {name for row in listed() for name in row["files"]}
    assert names == {p.file for p in maker.PICTURES} == used()
    kinds = (".png", ".jpg", ".jpeg", ".gif", ".svg", ".webp")
    assert names == {p.relative_to(DOCS).as_posix() for p in DOCS.rglob("*") if p.suffix in kinds}
    assert sum((DOCS / name).stat().st_size for name in names) < 3_000_000


def test_every_page_is_shown_wide_on_a_phone_in_the_dark_and_printed() -> None:
    pages = ["session", "series", "brief", "overview", "review", "member", "summary"]
    wanted = {
        f"pictures/{p}-{look}.png" for p in pages for look in ("1280", "390", "dark", "print")
    }
    assert {name for row in listed() for name in row["files"]} == wanted
    for name in wanted:
        with Image.open(DOCS / name) as picture:
            assert picture.width == {"1280": 1280, "390": 390, "dark": 1280}.get(
                name.split("-")[1].removesuffix(".png"), picture.width
            )


PAGE = """<html><head><title>Not shown</title><style>p {}</style></head><body>
<nav>Contents</nav><header><h1>Session 2,  {day} March</h1></header><main>
<section id="summary"><p>Grace was cut off\n2 times. Checked on {day} May 2026.</p>
<svg><text>9%</text></svg></section>
<section id="method"><section><p>{version}</p></section></section></main>
<footer>Made here</footer></body></html>"""


def test_a_fingerprint_follows_what_is_shown_and_nothing_else(
    maker: ModuleType, tmp_path: Path
) -> None:
    page = tmp_path / "report.html"

    def written(day: str, version: str) -> str:
        page.write_text(PAGE.replace("{day}", day).replace("{version}", version), "utf-8")
        return str(maker.fingerprint(page))

    first = written("10", "0.1.0")
    assert maker.shown_text(page) == (
        "Session 2, 10 March Grace was cut off 2 times. Checked on the day. 9%"
    )
    assert written("10", "0.2.0") == first
    assert written("17", "0.1.0") != first
    batch = tmp_path / "summary.html"
    batch.write_text("<p>4 done</p><p>Ended 2026-03-10 07:30.</p><p>tuesday 0:01:02</p>")
    assert maker.shown_text(batch).split() == ["4", "done", "tuesday"]


@pytest.mark.models
@pytest.mark.timeout(900)
def test_the_pictures_show_what_the_product_prints(
    maker: ModuleType, demo: Path, tmp_path: Path
) -> None:
    made_on = tomllib.loads((DOCS / "pictures.toml").read_text("utf-8"))["processor"]
    if made_on and made_on != maker.processor():
        pytest.skip(f"the pictures were made on {made_on}: numbers may differ by a digit here")
    pages = tmp_path / "pages"
    maker.prepare(demo, pages)
    with maker.reviewed(pages):
        pass
    other = [r["source"] for r in listed() if r["sha256"] != maker.fingerprint(pages / r["source"])]
    assert not other, f"{other} show what the product prints no more: run `make pictures`"
