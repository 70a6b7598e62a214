"""Praat TextGrids: one interval tier a speaker."""

from __future__ import annotations

from pathlib import Path

from praatio import textgrid

from session_audio.errors import FormatError
from session_audio.formats.utterance import Utterance
from session_audio.schema import TranscriptSource


def read(path: Path, _source: TranscriptSource) -> list[Utterance]:
    """Labelled intervals; a tier whose labels are mostly single words gives word times."""
    try:
        grid = textgrid.openTextgrid(str(path), includeEmptyIntervals=False)
    except Exception:  # of what is no TextGrid praatio takes the parts it expects
        raise FormatError(f"{path.name} is not a TextGrid that can be read") from None
    utterances = []
    for tier in grid.tiers:
        if not isinstance(tier, textgrid.IntervalTier):
            continue
        entries = [e for e in tier.entries if e.label.strip()]
        single = sum(len(e.label.split()) == 1 for e in entries)
        words = single > 0.8 * len(entries)
        for number, entry in enumerate(entries, start=1):
            where = f"interval {number} of a tier"
            utterances.append(
                Utterance(entry.start, entry.end, tier.name, entry.label.strip(), where, words)
            )
    return utterances
