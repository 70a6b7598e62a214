"""Make every picture of the documents from what the product prints for the sample group.

    python docs/make_pictures.py [--from FOLDER]

Runs ``session-audio demo`` in a new folder (some minutes), or takes FOLDER, where a demo has run,
and changes nothing there: a copy's reports are printed again.  Beside them stand the pages over
several groups, for a member and for a review, of the same sessions; a second group is the first
three of them.  Each page is photographed wide, on a phone and in the dark in Chromium without a
window, and what is printed with poppler's ``pdftoppm`` (Debian: ``chromium``, ``poppler-utils``,
``nodejs``; ``make browser`` brings what drives Chromium).  ``docs/pictures.toml`` then says what
each picture was made of; a test compares that with what the product prints, and fails when a
picture shows something else.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import platform
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import tomlkit
from PIL import Image
from threadpoolctl import threadpool_info

DOCS = Path(__file__).parent
MANIFEST = DOCS / "pictures.toml"
BROWSER = DOCS.parent / "tests" / "browser"
DPI = 80
SHEETS = 2
"""How many printed pages stand side by side in a picture."""
REVIEW = "review.html"


@dataclass(frozen=True)
class Shown:
    """A page of the product: what its pictures are called, where it lies, how much is shown.

    `wide` and `phone` are the most pixels that a picture shows, from the element `top` on.  The
    page printed is the PDF beside `source`, or what the browser prints where there is none.
    """

    name: str
    source: str
    wide: int
    phone: int
    top: str = "body"


SESSION, LAST = "tuesday/2026-03-10", "2026-03-24"
PAGES = (
    Shown("session", f"{SESSION}/out/report.html", 800, 1000),
    Shown("series", "tuesday/out/series.html", 860, 1000),
    Shown("brief", "tuesday/out/brief.html", 800, 1000),
    Shown("overview", "overview.html", 800, 1000),
    Shown("review", REVIEW, 1000, 1000, ".bar-review"),
    Shown("member", "tuesday/out/member-P04.html", 1000, 1000),
    Shown("summary", "session-audio-summary.html", 800, 1000),
)
LOOKS = {"1280": (1280, False), "390": (390, False), "dark": (1280, True)}
"""Width in pixels, and whether it is dark, by the end of a picture's name."""


@dataclass(frozen=True)
class Picture:
    """A picture of the documents, of `page`, as one of `LOOKS` or printed."""

    page: Shown
    look: str

    @property
    def file(self) -> str:
        """Where it lies, as seen from the documents."""
        return f"pictures/{self.page.name}-{self.look}.png"


PICTURES = tuple(Picture(page, look) for page in PAGES for look in (*LOOKS, "print"))


class _Text(HTMLParser):
    """The words of a page's header and sections, without how it was computed."""

    LEFT_OUT = ("style", "script", "nav", "footer", "title")

    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []
        self._out: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        method = tag == "section" and ("id", "method") in attrs
        if tag in self.LEFT_OUT or method or self._out[-1:] == [tag]:
            self._out.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if self._out[-1:] == [tag]:
            self._out.pop()

    def handle_data(self, data: str) -> None:
        if not self._out:
            self.words += data.split()


def shown_text(page: Path) -> str:
    """What a page says, whitespace evened out.

    The section on how it was computed is left out: no picture shows it, and it names versions
    and settings.  So are the day on which consent was judged, that of the run, and when a batch
    ended and how long it took.
    """
    reader = _Text()
    reader.feed(page.read_text("utf-8"))
    text = re.sub(r"Checked on \d+ \w+ \d{4}", "Checked on the day", " ".join(reader.words))
    return re.sub(r"Ended [\d-]+ [\d:]+\.|\b\d+:\d\d:\d\d\b", "", text)


def fingerprint(page: Path) -> str:
    """SHA-256 of `shown_text`, in hexadecimal."""
    return hashlib.sha256(shown_text(page).encode()).hexdigest()


def processor() -> str:
    """The kind of processor, and what NumPy computes with; another may round sums otherwise."""
    flags = Path("/proc/cpuinfo")
    known = flags.read_text() if flags.exists() else ""
    widest = next((x for x in ("avx512f", "avx2") if re.search(rf"\b{x}\b", known)), "")
    np.zeros((2, 2)) @ np.zeros((2, 2))  # loads them
    kernels = {str(x["architecture"]) for x in threadpool_info() if x.get("architecture")}
    return " ".join(filter(None, (platform.machine(), widest, *sorted(kernels))))


def run_demo(into: Path) -> None:
    """The sample group, from sound to reports, by the command that the README names."""
    command = [sys.executable, "-m", "session_audio", "demo", "--into", str(into)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


# --- the pages


def prepare(demo: Path, into: Path) -> None:
    """Copy what the demo in `demo` left, and print the pages that it does not print itself.

    Parameters
    ----------
    demo : Path
        Where a demo has run.
    into : Path
        A folder that is not there yet; every `Shown.source` lies in it afterwards but the review's,
        which `reviewed` writes.
    """
    from session_audio.flow import outcomes, summary
    from session_audio.flow.rewrite import write_again
    from session_audio.flow.supervision import overview
    from session_audio.workspace.folders import find_sessions

    shutil.copytree(demo, into)
    groups = (into / "tuesday", _second_group(into / "tuesday", into / "thursday"))
    for group in groups:
        _print_again(group)
    write_again(groups[0], member="P04")
    overview(into)
    known = outcomes.settled([str(s) for group in groups for s in find_sessions(group)])
    if known is None:
        sys.exit(f"{demo} holds a demo that was not run to its end, or not by this version.")
    summary.keep(known)


def _second_group(group: Path, copy: Path) -> Path:
    """The first three sessions as another group's; the fourth has a mistake in its manifest."""
    shutil.copytree(group, copy)
    roster, last = copy / "group.toml", copy / LAST
    text = roster.read_text("utf-8").replace('"tuesday"', '"thursday"')
    roster.write_text(text.replace("Tuesday", "Thursday"), "utf-8")
    shutil.rmtree(last / "out")
    manifest = last / "session.toml"
    text = manifest.read_text("utf-8").replace('"P01", ', '"P01", "P09", ', 1)
    manifest.write_text(text, "utf-8")
    return copy


def _print_again(group: Path) -> None:
    """The reports of a group's sessions and its series, as this version prints them."""
    from session_audio.flow.context import current
    from session_audio.flow.run import run_stage
    from session_audio.flow.session import open_run
    from session_audio.flow.stages import STAGES, reporting
    from session_audio.workspace.folders import find_sessions

    for session in find_sessions(group):
        if not (session / "out").is_dir():
            continue
        with open_run(session).store.locked():
            open_run(session).store.forget_stage("report")
            for stage in STAGES:
                run_stage(stage, open_run(session))
            reporting.write_provenance(open_run(session))
    reporting.series(group, current())


@contextmanager
def reviewed(folder: Path) -> Iterator[str]:
    """A review of the sample session: its one-time link; the page is written beside the others."""
    from session_audio.flow.context import current
    from session_audio.flow.session import open_run
    from session_audio.review.app import app_of
    from session_audio.review.desk import Desk
    from session_audio.review.security import Gate
    from session_audio.review.server import listen, serving

    session = folder / SESSION
    with open_run(session).store.locked():
        own = listen()
        gate = Gate(own.getsockname()[1])
        desk = Desk(session, current(), "", gate.secret)
        desk.open(lambda _: None)
        (folder / REVIEW).write_text(desk.page().text, "utf-8")
        with serving(desk, gate, own, app=app_of) as link:
            yield link


# --- the pictures


def photograph(folder: Path, login: str, to: Path) -> None:
    """Write every picture of the pages in `folder` into `to`, in few colours."""
    raw = folder / "raw"
    raw.mkdir()
    (to / "pictures").mkdir(exist_ok=True)

    def address(page: Shown) -> str:
        return "review" if page.source == REVIEW else (folder / page.source).resolve().as_uri()

    shots = [
        {
            "url": address(page),
            "file": f"{page.name}-{look}.png",
            "width": width,
            "height": page.phone if width < 500 else page.wide,
            "dark": dark,
            "top": page.top,
        }
        for page in PAGES
        for look, (width, dark) in LOOKS.items()
    ]
    papers = {page: (folder / page.source).with_suffix(".pdf") for page in PAGES}
    prints = [
        {"url": address(page), "file": f"{page.name}.pdf"}
        for page, paper in papers.items()
        if not paper.is_file()
    ]
    jobs = json.dumps({"login": login, "shots": shots, "prints": prints})
    command = ["node", str(BROWSER / "pictures.mjs"), _chromium(), str(raw), jobs]
    subprocess.run(command, check=True, timeout=600)
    for picture in PICTURES:
        page = picture.page
        source = raw / f"{page.name}-{picture.look}.png"
        if picture.look == "print":
            paper = papers[page] if papers[page].is_file() else raw / f"{page.name}.pdf"
            _sheets(paper, source)
        with Image.open(source) as image:
            small = image.convert("RGB").quantize(
                192, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE
            )
        small.save(to / picture.file, optimize=True)


def _sheets(paper: Path, to: Path) -> None:
    """The first pages of a PDF side by side, each with a rule around it."""
    stem = to.with_suffix("")
    command = ["pdftoppm", "-r", str(DPI), "-l", str(SHEETS), "-png", str(paper), str(stem)]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    pages = [Image.open(one).convert("RGB") for one in sorted(to.parent.glob(f"{stem.name}-*.png"))]
    width, height = pages[0].size
    whole = Image.new("RGB", ((width + 3) * len(pages) - 1, height + 2), (150, 150, 150))
    for k, one in enumerate(pages):
        whole.paste(one, (1 + k * (width + 3), 1))
    whole.save(to)


def _chromium() -> str:
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if found is None or shutil.which("pdftoppm") is None:
        sys.exit("Pictures need chromium and pdftoppm (Debian: chromium, poppler-utils).")
    if shutil.which("node") is None or not (BROWSER / "node_modules" / "playwright-core").is_dir():
        sys.exit("Pictures need node, and what `make browser` installs in tests/browser.")
    return found


def write_manifest(folder: Path, to: Path = MANIFEST) -> None:
    """Say what each picture was made of."""
    text = tomlkit.document()
    text.add(tomlkit.comment("Written by `make pictures`: what each picture was made of."))
    text.add("processor", tomlkit.item(processor()))
    rows = tomlkit.aot()
    for page in PAGES:
        row = tomlkit.table()
        row.add("files", [p.file for p in PICTURES if p.page == page])
        row.add("source", page.source)
        row.add("sha256", fingerprint(folder / page.source))
        rows.append(row)
    text.add("page", rows)
    to.write_text(tomlkit.dumps(text), "utf-8")


def main() -> None:
    """Make all pictures, and the list of what they were made of."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--from", dest="demo", type=Path, help="a folder where the demo has run")
    parser.add_argument("--to", type=Path, default=DOCS, help="where to (default: docs)")
    asked = parser.parse_args()
    _chromium()
    with tempfile.TemporaryDirectory() as fresh:
        demo = asked.demo or Path(fresh) / "demo"
        if asked.demo is None:
            run_demo(demo)
        folder = Path(fresh) / "pages"
        prepare(demo, folder)
        with reviewed(folder) as login:
            photograph(folder, login, asked.to)
        write_manifest(folder, asked.to / MANIFEST.name)


if __name__ == "__main__":
    main()
