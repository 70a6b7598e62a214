"""What each stage reads, calls and writes.  One function a stage, no logic of its own."""

from session_audio.flow.stages.analysis import flag, measure, turns
from session_audio.flow.stages.recording import admit, align, diarize, identify, ingest, transcribe
from session_audio.flow.stages.reporting import report, series

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
