"""ELAN annotation files: one tier a speaker, by its participant or its name."""

from __future__ import annotations

from pathlib import Path

from pympi.Elan import Eaf

from session_audio.errors import FormatError
from session_audio.formats.utterance import Utterance
from session_audio.schema import TranscriptSource


def read(path: Path, _source: TranscriptSource) -> list[Utterance]:
    """Time-aligned annotations of every tier that has words."""
    try:
        return _utterances(Eaf(str(path)))
    except Exception:  # pympi raises bare Exceptions, and others where a reference leads nowhere
        raise FormatError(f"{path.name} is not an ELAN file that can be read") from None


def _utterances(document: Eaf) -> list[Utterance]:
    utterances = []
    for tier in document.get_tier_names():
        if document.get_parameters_for_tier(tier).get("PARENT_REF"):
            continue  # glosses and comments hang below the tier that was spoken
        speaker = document.get_parameters_for_tier(tier).get("PARTICIPANT") or tier
        rows = document.get_annotation_data_for_tier(tier)
        labels = [(row[0], row[1], str(row[2]).strip()) for row in rows if str(row[2]).strip()]
        words = sum(len(text.split()) == 1 for *_, text in labels) > 0.8 * len(labels)
        for number, (start, end, text) in enumerate(labels, start=1):
            where = f"annotation {number} of a tier"
            utterances.append(Utterance(start / 1000, end / 1000, speaker, text, where, words))
    return utterances
