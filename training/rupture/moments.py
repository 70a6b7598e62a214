"""Candidates in the development sessions, each scored by a member that was not trained on it.

    python training/rupture/moments.py

With these figures and those of the ICSI meetings kept for it (``benchmarks/rupture.py``) the
threshold and how moments are made were chosen.
"""

from __future__ import annotations

import sys
from pathlib import Path

import turns_data

from session_audio import weights
from session_audio.backends.rupture.classifier import RuptureClassifier
from session_audio.resources import models_folder

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))

import rupture_sessions as whole


def crossed(folder: Path) -> list[tuple[whole.Whole, list]]:
    """Every development session with its scores by a member that never saw it."""
    out = []
    for member in (0, 1):
        classifier = RuptureClassifier(folder, weights.locate("text"), 1, [member])
        for name in turns_data.sessions_of(1 - member):
            one = whole.scripted(turns_data.SESSIONS / f"{name}.jsonl")
            out.append((one, whole.scored(one, classifier)))
    return out


def main() -> None:
    """Print candidates by threshold."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else models_folder() / "rupture"
    whole.print_by_threshold("Development sessions, cross-scored", crossed(folder))


if __name__ == "__main__":
    main()
