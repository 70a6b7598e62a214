"""How fast the page of a review is: 90 minutes and nine people, in Chromium on this machine.

    python benchmarks/review_page.py [MINUTES]

The session is invented and its words have times; there is no sound.  It is run with a fake of the
classifier, so what saving takes is told without it.  Needs Chromium, node, and ``make browser``.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

from session_page import with_words

from session_audio.flow.context import Context
from session_audio.flow.engines import Engines
from session_audio.flow.run import run_stage
from session_audio.flow.session import open_run
from session_audio.flow.stages import STAGES
from session_audio.formats import rttm, seglst
from session_audio.review.app import app_of
from session_audio.review.desk import Desk
from session_audio.review.security import Gate
from session_audio.review.server import listen, serving
from session_audio.schema import SpeakerSegment
from session_audio.testing import example_result, fakes
from session_audio.testing.folders import write_example_group

HERE = Path(__file__).parents[1] / "tests" / "browser"


def made(folder: Path, minutes: int) -> Path:
    """An invented session of nine people, with who spoke when and what was said as files."""
    result = with_words(example_result(minutes, 9, silent=()))
    session = replace(result.session, recordings=(), ratings=())
    stranger = session.attendance[-1]  # a voice that is nobody's is somebody's here

    def listed(who: str | None) -> str:
        return who if who in session.attendance else str(stranger)

    write_example_group(folder, [replace(result, session=session)])
    own = folder / session.id
    manifest = own / "session.toml"
    given = 'diarization = "speech.rttm"\n'
    text = manifest.read_text(encoding="utf-8").replace("recording = []\n", "")
    text = text.replace("rating = []\n", "")
    words = '\n[transcript]\nfile = "words.seglst.json"\nformat = "seglst"\n'
    manifest.write_text(given + text + words, encoding="utf-8")
    segments = [SpeakerSegment(t.start, t.end, listed(t.participant)) for t in result.turns]
    rttm.write(own / "speech.rttm", "session", segments)
    seglst.write(
        own / "words.seglst.json",
        "session",
        [replace(w, speaker=listed(w.speaker)) for w in result.words],
    )
    return own


def context() -> Context:
    """One in which no model is loaded."""
    classifier = fakes.FakeClassifier({"useless": "confrontation"})
    given = Engines(
        lambda: fakes.FakeDiarizer([]),
        lambda: fakes.FakeTranscriber([]),
        lambda: classifier,
        lambda task: {task: "fake"},
    )
    return Context(engines=lambda _: given)


def main() -> None:
    """Print seconds and milliseconds."""
    minutes = int(sys.argv[1]) if len(sys.argv) > 1 else 90
    with tempfile.TemporaryDirectory() as folder:
        session, own_context = made(Path(folder) / "group", minutes), context()
        for stage in STAGES:
            run_stage(stage, open_run(session, own_context))
        own = listen()
        gate = Gate(own.getsockname()[1])
        desk = Desk(session, own_context, "benchmark", gate.secret)
        began = time.perf_counter()
        desk.open(lambda _: None)
        print(f"to open: {time.perf_counter() - began:.1f} s")
        print(f"page: {len(desk.page().text) / 1e6:.2f} MB, {len(desk.state()['turns'])} turns")
        with serving(desk, gate, own, app=app_of) as link:
            chromium = shutil.which("chromium") or shutil.which("chromium-browser") or "chromium"
            command = ["node", str(HERE / "review_speed.mjs"), chromium, link]
            done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
            for what, value in json.loads(done.stdout).items():
                print(f"{what}: {value:.0f} ms")
            began = time.perf_counter()
            desk.save()
            desk.wait()
            print(f"to save, without the classifier: {time.perf_counter() - began:.1f} s")


if __name__ == "__main__":
    main()
