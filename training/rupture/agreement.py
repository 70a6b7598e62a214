"""Agreement of a second coder, who saw neither the labels nor their frequencies, with the first.

python training/rupture/agreement.py
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import krippendorff
import numpy as np
import talk_data

CODED_TWICE = Path(__file__).parent / "data" / "coded_twice.tsv"
"""Columns: id, label and target of the first coder, of the second, and as settled (or empty)."""


def rows(file: Path = CODED_TWICE) -> list[dict[str, str]]:
    """The turns that were coded twice; empty before there are any."""
    if not file.exists():
        return []
    with file.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines, delimiter="\t"))


def alpha(first: list[str], second: list[str]) -> float:
    """Krippendorff's alpha for two coders, nominal."""
    names = sorted({*first, *second})
    codes = np.array([[names.index(v) for v in coder] for coder in (first, second)], dtype=float)
    return float(krippendorff.alpha(reliability_data=codes, level_of_measurement="nominal"))


def report() -> list[str]:
    """The figures of agreement, a line each."""
    coded = rows()
    if not coded:
        return ["Agreement: no turn was coded twice."]
    first, second = [r["label_1"] for r in coded], [r["label_2"] for r in coded]
    same = np.mean([a == b for a, b in zip(first, second, strict=True)])
    rupture = alpha(
        [str(a in ("withdrawal", "confrontation")) for a in first],
        [str(a in ("withdrawal", "confrontation")) for a in second],
    )
    both = [r for r in coded if r["label_1"] != "none" and r["label_2"] != "none"]
    out = [
        f"Agreement on {len(coded)} turns coded twice: label alpha {alpha(first, second):.3f} "
        f"({same:.0%} the same); rupture or not {rupture:.3f}; target, where both saw something, "
        f"{alpha([r['target_1'] for r in both], [r['target_2'] for r in both]):.3f} ({len(both)})"
    ]
    for label in ("none", "withdrawal", "confrontation", "repair"):
        own = alpha([str(a == label) for a in first], [str(a == label) for a in second])
        out.append(f"  {label}: alpha {own:.3f}")
    pairs = Counter((a, b) for a, b in zip(first, second, strict=True) if a != b)
    differences = ", ".join(f"{a} / {b} {n}" for (a, b), n in pairs.most_common())
    out.append(f"  first / second where they differ: {differences}")
    apart = [r for r in coded if r["label_1"] != r["label_2"]]
    settled = [r for r in apart if r["label"]]
    kept = sum(r["label"] == r["label_1"] for r in settled)
    out.append(
        f"  settled by the manual: {kept} for the first coder, {len(settled) - kept} not, "
        f"{len(apart) - len(settled)} still open"
    )
    return out


def written_like_real() -> list[str]:
    """The sessions of ``real_talk``, coded turn by turn by two: alpha by group, a line each."""
    talks = talk_data.written()
    turns = [turn for talk in talks for turn in talk.turns]
    same = np.mean([turn.agreed is not None for turn in turns])
    both = [turn.codes for turn in turns if all(code.marked for code in turn.codes)]
    targets = np.mean([first.target == second.target for first, second in both])
    out = [
        f"Sessions written like real talk, {len(turns)} turns coded twice: label alpha "
        f"{_label_alpha(turns):.3f} ({same:.1%} the same); target, where both saw something, "
        f"the same in {targets:.0%} ({len(both)})"
    ]
    for group in sorted({talk.name[:2] for talk in talks}):
        own = [turn for talk in talks if talk.name[:2] == group for turn in talk.turns]
        share = np.mean([label != "none" for turn in own for label in turn.labels])
        rupture = np.mean([turn.agreed in ("withdrawal", "confrontation") for turn in own])
        repair = np.mean([turn.agreed == "repair" for turn in own])
        out.append(
            f"  {group}: {len(own)} turns, alpha {_label_alpha(own):.3f}, coded {share:.0%}; "
            f"by both a rupture {rupture:.1%}, a repair {repair:.1%}"
        )
    return out


def _label_alpha(turns: Sequence[talk_data.CodedTurn]) -> float:
    return alpha([turn.labels[0] for turn in turns], [turn.labels[1] for turn in turns])


if __name__ == "__main__":
    print("\n".join([*report(), *written_like_real()]))
