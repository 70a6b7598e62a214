"""How long a report takes and how large it is: 90 minutes and 9 people.

python benchmarks/report.py [--runs 3]

Prints a line a report: seconds (best of the runs, content, figures, HTML and PDF together;
libraries loaded before), and sizes.  A second process measures the first report of a fresh
start, libraries included.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from session_audio.report import write_group_report, write_member_report, write_session_report
from session_audio.settings import ReportSettings
from session_audio.testing import example_result, example_series

FRESH = """
import time; began = time.perf_counter()
from pathlib import Path
from session_audio.report import write_session_report
from session_audio.settings import ReportSettings
from session_audio.testing.examples import example_result
write_session_report(example_result(90, 9), Path({folder!r}), settings=ReportSettings())
print(time.perf_counter() - began)
"""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=3)
    runs = parser.parse_args().runs
    settings = ReportSettings()
    session, series = example_result(90, 9), example_series()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        jobs: dict[str, Callable[[], list[Path]]] = {
            "session, 90 min, 9 people": lambda: write_session_report(
                session, folder, settings=settings
            ),
            "group, 4 sessions, 5 people": lambda: write_group_report(series, folder, settings),
            "member, 4 sessions": lambda: write_member_report(series, "P02", folder, settings),
        }
        for label, job in jobs.items():
            best, processor, wrote = float("inf"), float("inf"), list[Path]()
            for _ in range(runs):
                began, used = time.perf_counter(), time.process_time()
                wrote = job()
                best = min(best, time.perf_counter() - began)
                processor = min(processor, time.process_time() - used)
            sizes = ", ".join(f"{p.name} {p.stat().st_size / 1e6:.2f} MB" for p in wrote)
            print(f"{label}: {best:.2f} s ({processor:.2f} s of processor time); {sizes}")
        code = FRESH.format(folder=str(folder))
        done = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True
        )
        print(f"session, fresh process with its imports: {float(done.stdout):.2f} s")


if __name__ == "__main__":
    main()
