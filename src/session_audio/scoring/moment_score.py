"""How many of the first candidate moments are moments to those who heard them in a review."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from pathlib import Path

from session_audio.files import opened

FIRST = 5
"""Candidates that are counted: as many as somebody is likely to hear (ours)."""


@dataclass(frozen=True, slots=True)
class MomentScore:
    """Of the first `FIRST` candidates by score, as far as a person said yes or no.

    ``unsure`` and what nobody heard are not counted; nor is what a person marked themselves, of
    which `missed` is the number.
    """

    right: int = 0
    judged: int = 0
    missed: int = 0

    def __add__(self, other: MomentScore) -> MomentScore:
        """Both together."""
        return MomentScore(
            self.right + other.right, self.judged + other.judged, self.missed + other.missed
        )

    @property
    def precision(self) -> float | None:
        """Share of them that are moments; None where none was judged.

        >>> MomentScore(3, 4).precision, MomentScore().precision
        (0.75, None)
        """
        return self.right / self.judged if self.judged else None


def score_moments(flags: Path) -> MomentScore | None:
    """The score of one session from its ``flags.csv``; None where nobody judged any.

    Parameters
    ----------
    flags : Path
        Missing where the session has no result.
    """
    if not flags.is_file():
        return None
    with io.TextIOWrapper(opened(flags), "utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    proposed = [row for row in rows if (row.get("marked") or "").lower() != "true"]
    missed = len(rows) - len(proposed)
    first = sorted(proposed, key=lambda row: -float(row.get("score") or 0.0))[:FIRST]
    answers = [row.get("review") for row in first]
    score = MomentScore(answers.count("yes"), answers.count("yes") + answers.count("no"), missed)
    return score if score.judged or missed else None
