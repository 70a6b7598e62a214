"""How often the first screen would tell in ordinary meetings who became quieter, and of two.

    python benchmarks/story.py BENCH

On the 51 ICSI meetings, from their words by hand and the product's own turns.  Everybody counts
as a member and no meeting has ratings; candidate moments are not looked for.  So of whom it would
be told if such another sign agreed is counted apart.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from statistics import median
from types import ModuleType

from session_audio.metrics import measure
from session_audio.schema import Measures, SessionResult, Word
from session_audio.series.between import between
from session_audio.series.quieter import WITH_A_SIGN, quieter
from session_audio.testing import example_result, session_of
from session_audio.turntaking.model import InteractionModel, load
from session_audio.turntaking.turns import build_turns

MODEL = Path(__file__).parents[1] / "models" / "interaction" / "model.json"


def measured(file: Path, icsi: ModuleType, model: InteractionModel) -> SessionResult:
    """A meeting's measures, in a result that holds nothing else of it."""
    utterances = icsi.read(file)
    words = [Word(s, e, w, u.speaker) for u in utterances for s, e, w in u.words]
    session = session_of(tuple(sorted({u.speaker for u in utterances})))
    turns = build_turns(words, None, model=model)
    length = max(w.end for w in words)
    measures = measure(session, turns, (), None, length)
    return SessionResult(
        session, length, example_result(1, 3).quality, turns, (), measures, (), has_words=True
    )


def early_share(measures: Measures) -> float:
    """Share of early starts among all changes of the floor; 0 without a stretch of two."""
    one = next(iter(measures.exchanges), None)
    return one.all_early / one.all_changes if one else 0.0


def main() -> None:
    """Count and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("bench", type=Path)
    bench = parser.parse_args().bench
    sys.path.insert(0, str(bench))
    import icsi

    files = sorted((bench / "structures" / "icsi").glob("*.dadb.gz"))
    model = load(MODEL)
    results = [measured(file, icsi, model) for file in files]
    rows = [m for r in results for m in r.measures.members]
    placed = [m for m in rows if m.quieter_from is not None]
    near = [m for m in placed if m.quieter_p is not None and m.quieter_p <= WITH_A_SIGN]
    alone = [quieter(r, ()) for r in results]
    pairs = [between([r.measures.exchanges]) for r in results]
    print(f"{len(results)} meetings, {len(rows)} people")
    print(f"a place from which somebody was much quieter: {len(placed)} people")
    print(f"told beyond chance: {sum(map(len, alone))} people in {sum(map(bool, alone))} meetings")
    print(f"told if another sign agreed: {len(near)} people")
    print(f"a pair told: {sum(map(len, pairs))} pairs in {sum(map(bool, pairs))} meetings")
    print(f"early starts: {median(early_share(r.measures) for r in results):.0%} (median)")


if __name__ == "__main__":
    main()
