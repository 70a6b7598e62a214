"""session-audio: how a therapy group worked together, read from its recording."""

from session_audio import offline as _offline  # telemetry off before anything else

__version__ = "0.2.0"
__all__ = ["__version__"]
del _offline
