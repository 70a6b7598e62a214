"""Memory that the rupture classifier holds while it scores, above the process that loads it.

    python benchmarks/rupture_memory.py

A scripted session is read once, as the flow reads a session; before it the libraries are loaded,
which the flow has loaded anyway for the diarizer.
"""

from __future__ import annotations

import gc
import sys
from pathlib import Path

import psutil
import torch  # noqa: F401  (the diarizer has loaded it)
import transformers.models.bert.modeling_bert
import transformers.models.mpnet.modeling_mpnet  # noqa: F401
from memory_held import peak

sys.path.insert(0, str(Path(__file__).parents[1] / "training" / "rupture"))

from rupture_sessions import scripted_sessions

from session_audio.backends.load import load_classifier
from session_audio.flags.candidates import turns_in_context
from session_audio.flow.engines import give_back
from session_audio.settings import Settings


def held() -> int:
    """Bytes that this process holds, without what is free."""
    gc.collect()
    give_back()
    return int(psutil.Process().memory_info().rss)


def main() -> None:
    """Read a session and print."""
    session = max(scripted_sessions(), key=lambda one: len(one.turns))
    turns = turns_in_context(session.session, session.turns)
    before = held()
    classifier = load_classifier(Settings(), 2)
    classifier.score(turns)
    print(f"{len(turns)} turns: {(held() - before) / 1e6:.0f} MB held", end="")
    print(f", {(peak() - before) / 1e6:.0f} MB at the most")


if __name__ == "__main__":
    main()
