"""Make every picture of the documents from what the product prints for the sample group.

    python docs/make_pictures.py [--from FOLDER]

Runs ``session-audio demo`` in a new folder (some minutes), or takes the reports of FOLDER, where a
demo has run; photographs pages in Chromium without a window, and the printed page with poppler's
``pdftoppm`` (Debian: ``chromium``, ``poppler-utils``).  ``docs/pictures.toml`` then says what each
picture was made of; a test compares that with what the product prints, and fails when a picture
shows something else.
"""

from __future__ import annotations

import argparse
import hashlib
import platform
import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path

import tomlkit
from PIL import Image

DOCS = Path(__file__).parent
MANIFEST = DOCS / "pictures.toml"
DPI = 96


@dataclass(frozen=True)
class Picture:
    """A picture of the documents: its file, the page it shows, and how much of it.

    `window` is width and height in pixels; for a PDF, whose first page is shown, it is that of
    the page at 96 dots an inch.  `source` lies in the demo's folder.
    """

    file: str
    source: str
    window: tuple[int, int]


SESSION, SERIES = "tuesday/2026-03-10/out/report", "tuesday/out/series"
A4 = (794, 1123)
PICTURES = (
    Picture("report.png", f"{SESSION}.html", (1280, 1330)),
    Picture("report-390.png", f"{SESSION}.html", (390, 1200)),
    Picture("report-print.png", f"{SESSION}.pdf", A4),
    Picture("series-1280.png", f"{SERIES}.html", (1280, 1800)),
    Picture("series-390.png", f"{SERIES}.html", (390, 1200)),
)


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
    """What a report says, whitespace evened out.

    The section on how it was computed is left out: no picture shows it, and it names versions
    and settings.  So is the day on which consent was judged, that of the run.  A PDF is made of
    the same content as the HTML page beside it, which is read.
    """
    reader = _Text()
    reader.feed(page.with_suffix(".html").read_text("utf-8"))
    return re.sub(r"Checked on \d+ \w+ \d{4}", "Checked on the day", " ".join(reader.words))


def fingerprint(page: Path) -> str:
    """SHA-256 of `shown_text`, in hexadecimal."""
    return hashlib.sha256(shown_text(page).encode()).hexdigest()


def processor() -> str:
    """The kind of processor; another kind may round a model's sums otherwise."""
    flags = Path("/proc/cpuinfo")
    known = flags.read_text() if flags.exists() else ""
    widest = next((x for x in ("avx512f", "avx2") if re.search(rf"\b{x}\b", known)), "")
    return f"{platform.machine()} {widest}".strip()


def run_demo(into: Path) -> None:
    """The sample group, from sound to reports, by the command that the README names."""
    command = [sys.executable, "-m", "session_audio", "demo", "--into", str(into)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def take(picture: Picture, demo: Path, to: Path) -> None:
    """Write one picture into the folder `to`, in few colours."""
    source = demo / picture.source
    target = to / picture.file
    width, height = picture.window
    if source.suffix == ".pdf":
        command = ["pdftoppm", "-r", str(DPI), "-f", "1", "-l", "1", "-singlefile", "-png"]
        command += [str(source), str(target.with_suffix(""))]
    else:
        command = [_chromium(), "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"]
        command += [f"--screenshot={target}", f"--window-size={width},{height}"]
        command += [source.resolve().as_uri()]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    with Image.open(target) as image:
        small = image.convert("RGB").quantize(
            128, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE
        )
    if small.size != picture.window:
        sys.exit(f"{picture.file} is {small.size}, not {picture.window}")
    small.save(target, optimize=True)


def _chromium() -> str:
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if found is None or shutil.which("pdftoppm") is None:
        sys.exit("Pictures need chromium and pdftoppm (Debian: chromium, poppler-utils).")
    return found


def write_manifest(demo: Path, to: Path = MANIFEST) -> None:
    """Say what each picture was made of."""
    text = tomlkit.document()
    text.add(tomlkit.comment("Written by `make pictures`: what each picture was made of."))
    text.add("processor", tomlkit.item(processor()))
    rows = tomlkit.aot()
    for picture in PICTURES:
        row = tomlkit.table()
        row.add("file", picture.file)
        row.add("source", picture.source)
        row.add("sha256", fingerprint(demo / picture.source))
        row.add("window", list(picture.window))
        rows.append(row)
    text.add("picture", rows)
    to.write_text(tomlkit.dumps(text), "utf-8")


def main() -> None:
    """Make all pictures, and the list of what they were made of."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--from", dest="demo", type=Path, help="a folder where the demo has run")
    parser.add_argument("--to", type=Path, default=DOCS, help="where to (default: docs)")
    asked = parser.parse_args()
    _chromium()
    with tempfile.TemporaryDirectory() as fresh:
        demo = asked.demo or Path(fresh)
        if asked.demo is None:
            run_demo(demo)
        for picture in PICTURES:
            take(picture, demo, asked.to)
        write_manifest(demo, asked.to / MANIFEST.name)


if __name__ == "__main__":
    main()
