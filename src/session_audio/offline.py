"""Nothing leaves this machine: telemetry off and hubs offline, before anything is imported.

Import this module (or call :func:`silence`) before torch, pyannote, transformers or
Prefect.  Only ``session-audio models pull`` lifts the hub switches, for its own process.
"""

from __future__ import annotations

import os

TELEMETRY_OFF = {
    "PYANNOTE_METRICS_ENABLED": "0",
    "OTEL_SDK_DISABLED": "true",
    "DO_NOT_TRACK": "1",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "HF_HUB_DISABLE_PROGRESS_BARS": "1",
    "TRANSFORMERS_NO_ADVISORY_WARNINGS": "1",
    # ONNX Runtime reports on POSIX too since 1.29; the first name is the one it documents.
    "ORT_DISABLE_TELEMETRY": "1",
    "ORT_TELEMETRY_DISABLED": "1",
    "TOKENIZERS_PARALLELISM": "false",
}
HUB_OFFLINE = {
    "HF_HUB_OFFLINE": "1",
    "TRANSFORMERS_OFFLINE": "1",
    "HF_DATASETS_OFFLINE": "1",
}


def silence() -> None:
    """Switch off the telemetry of every dependency, and hub look-ups.  Idempotent."""
    os.environ.update(TELEMETRY_OFF)
    os.environ.update(HUB_OFFLINE)


silence()
