"""What each stage reads, calls and writes.  One function a stage, no logic of its own."""

from pipelines.stages.hearing import admit, align, diarize, identify, ingest, transcribe
from pipelines.stages.interplay import flag, measure, turns
from pipelines.stages.reports import report, series

__all__ = [
    "admit",
    "align",
    "diarize",
    "flag",
    "identify",
    "ingest",
    "measure",
    "report",
    "series",
    "transcribe",
    "turns",
]
