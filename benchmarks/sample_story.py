"""What the sample group's reports tell of its script.

    session-audio demo
    python benchmarks/sample_story.py session-audio-demo/tuesday

Of the ruptures, repairs, interruptions and backchannels that the script marks
(``reference_events.csv``), how many are told, and how many interruptions are told that it does
not have.  A rupture or repair is told when a candidate of its kind comes within a second of it;
an interruption when the same person comes in within 2 s of it, on the same holder; a backchannel
when one of the same person comes within a second of it.
"""

from __future__ import annotations

import argparse
import csv
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

INTERRUPTION = "interruption_successful"
Row = Mapping[str, str]


def rows(path: Path) -> list[Row]:
    """The rows of a table."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def meets(a: Row, b: Row, slack: float = 1.0) -> bool:
    """Whether two stretches of time are at most `slack` seconds apart."""
    return float(a["start"]) <= float(b["end"]) + slack and float(b["start"]) <= (
        float(a["end"]) + slack
    )


def same_interruption(a: Row, b: Row) -> bool:
    """Whether two rows are the same person coming in at the same moment."""
    near = abs(float(a["start"]) - float(b["start"])) < 2.0
    return a["kind"] == b["kind"] == INTERRUPTION and a["participant"] == b["participant"] and near


def is_reported(marked: Row, flags: list[Row], events: list[Row]) -> bool:
    """Whether a session's tables tell of what its script marks."""
    kind = marked["kind"].split("_")[0]
    if kind in ("rupture", "repair"):
        return any(f["kind"] == kind and meets(marked, f) for f in flags)
    if kind == "backchannel":
        mine = (e for e in events if e["participant"] == marked["participant"])
        return any(e["kind"] == kind and meets(marked, e) for e in mine)
    return any(same_interruption(marked, e) and e["holder"] == marked["holder"] for e in events)


def main() -> None:
    """Count and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("group", type=Path)
    group = parser.parse_args().group
    kinds = ("rupture", "repair", INTERRUPTION, "backchannel")
    scripted: Counter[str] = Counter()
    reported: Counter[str] = Counter()
    invented = 0
    for session in sorted(p.parent for p in group.glob("*/reference_events.csv")):
        marks = rows(session / "reference_events.csv")
        flags, events = (rows(session / "out" / f"{x}.csv") for x in ("flags", "interactions"))
        for mark in marks:
            for kind in kinds:
                if mark["kind"].startswith(kind):
                    scripted[kind] += 1
                    reported[kind] += is_reported(mark, flags, events)
        interruptions = [e for e in events if e["kind"] == INTERRUPTION]
        invented += sum(
            not any(same_interruption(e, mark) for mark in marks) for e in interruptions
        )
    for kind in kinds:
        print(f"{kind}: {reported[kind]} of {scripted[kind]} told")
    print(f"{INTERRUPTION}: {invented} told that the script does not have")


if __name__ == "__main__":
    main()
