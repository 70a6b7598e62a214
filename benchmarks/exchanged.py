"""How often a review tells of two people whose labels were exchanged, by the names in what is said.

    python benchmarks/exchanged.py DEMO

Takes the sample group's sessions from a folder where the demo has run, exchanges each two people
over the whole session, and over each half, and counts where a warning names one of them and leads
to a turn of that stretch; and how many warnings there are where nothing was exchanged.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations
from pathlib import Path

from session_audio.flow import results
from session_audio.flow.session import open_run
from session_audio.review.exchanged import by_words
from session_audio.schema import Participant, ParticipantId, Turn
from session_audio.workspace.folders import find_sessions


def exchanged(
    turns: Sequence[Turn], pair: tuple[ParticipantId, ParticipantId], span: tuple[float, float]
) -> list[Turn]:
    """The turns, those of `pair` that begin in `span` given to the other one."""
    to = {pair[0]: pair[1], pair[1]: pair[0]}
    return [
        replace(t, participant=to[t.participant])
        if t.participant in to and span[0] <= t.start < span[1]
        else t
        for t in turns
    ]


def is_told(
    turns: Sequence[Turn],
    people: Sequence[Participant],
    pair: tuple[ParticipantId, ParticipantId],
    span: tuple[float, float],
) -> bool:
    """Whether a warning names one of the two and leads into the stretch."""
    start = {t.index: t.start for t in turns}
    return any(
        {d.who, d.other} & set(pair) and any(span[0] <= start[k] < span[1] for k in d.turns)
        for d in by_words(exchanged(turns, pair, span), people)
    )


def main() -> None:
    """Print the counts."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("demo", type=Path)
    runs = [open_run(s) for s in find_sessions(parser.parse_args().demo / "tuesday")]
    found = {"the whole session": [0, 0], "half of it": [0, 0]}
    false = 0
    for run in runs:
        result, people = results.result(run), run.session.present
        false += len(by_words(result.turns, people))
        end = result.duration + 1.0
        spans = {"the whole session": [(0.0, end)], "half of it": [(0.0, end / 2), (end / 2, end)]}
        for pair in combinations([p.id for p in people], 2):
            for what, stretches in spans.items():
                for span in stretches:
                    found[what][0] += is_told(result.turns, people, pair, span)
                    found[what][1] += 1
    print(f"{len(runs)} sessions as they are: {false} warnings")
    for what, (told, of) in found.items():
        print(f"two exchanged over {what}: told {told} of {of}")


if __name__ == "__main__":
    main()
