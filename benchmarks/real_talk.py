"""Rupture and repair in real talk: single turns of coded counselling conversations.

    python benchmarks/real_talk.py BENCH

BENCH is the folder with ``real_talk/counselling`` and ``score_talk.py``.  Every turn of the
coded conversations goes through ``session-audio flag-turns`` with its three turns before, and
the bench's own scorer prints macro-F1 of the four labels, the area and average precision of
ruptures, and how well the highest scores tell strained conversations; then, how many turns of
counselling of high quality are told as a rupture.  Nothing that ships was trained on this text.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path


def main() -> None:
    """Score and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("bench", type=Path)
    bench = parser.parse_args().bench
    talk = str(bench / "real_talk" / "counselling" / "conversations.jsonl")
    scorer = [sys.executable, str(bench / "score_talk.py")]
    with tempfile.TemporaryDirectory() as folder:
        asked, flagged = Path(folder) / "turns.jsonl", Path(folder) / "flagged.jsonl"
        with asked.open("wb") as out:
            subprocess.run([*scorer, "turns", talk], check=True, stdout=out)
        command = [sys.executable, "-m", "session_audio", "flag-turns", str(asked)]
        with flagged.open("wb") as out:
            subprocess.run(command, check=True, stdout=out)
        subprocess.run([*scorer, "score", talk, str(flagged)], check=True)
        told, turns = told_in_good(Path(talk), flagged)
    print(f"told as a rupture in counselling of high quality: {told} of {turns}", end="")
    print(f" turns ({told / turns:.1%})")


def told_in_good(talk: Path, flagged: Path) -> tuple[int, int]:
    """Turns of high-quality counselling whose label is a rupture, and all of its turns."""
    good = {
        row["conversation"]
        for row in map(json.loads, talk.read_text(encoding="utf-8").splitlines())
        if row["quality"] == "high"
    }
    rows = map(json.loads, flagged.read_text(encoding="utf-8").splitlines())
    labels = [row["label"] for row in rows if row["id"].partition(":")[0] in good]
    return sum(label in ("withdrawal", "confrontation") for label in labels), len(labels)


if __name__ == "__main__":
    main()
