"""Candidates in the sessions that are kept from training, to choose how moments are made.

    python training/rupture/moments.py

With these figures and those of the ICSI meetings kept for it (``benchmarks/rupture.py``) the
threshold and how moments are made were chosen.
"""

from __future__ import annotations

import sys
from pathlib import Path

import turns_data

from session_audio.backends.load import load_classifier
from session_audio.settings import Settings

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))

import rupture_sessions as whole


def main() -> None:
    """Print candidates by threshold."""
    classifier = load_classifier(Settings(), 2)
    files = [turns_data.SESSIONS / f"{name}.jsonl" for name in turns_data.CHOOSING_SESSIONS]
    found = [whole.scripted(file) for file in files]
    scored = [(one, whole.scored(one, classifier)) for one in found]
    whole.print_by_threshold("Scripted sessions kept from training", scored)


if __name__ == "__main__":
    main()
