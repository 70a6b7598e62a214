"""The weights: what they are (`load_registry`), getting them (`pull`), having them (`locate`).

- `registry`: every weight, its source and hash; `cache`: what of it is here, and intact.
- `pull` gets them: `fetch` brings files, `convert` makes safetensors of a published pickle,
  `console` shows it.

No model is loaded here and no heavy library imported: that is `session_audio.backends`.
"""

from session_audio.weights.cache import (
    FileStatus,
    WeightStatus,
    cache_root,
    listing,
    locate,
    revisions,
    verify,
)
from session_audio.weights.pull import PullReporter, SilentReporter, pull
from session_audio.weights.registry import Hub, Package, Registry, Weight, WeightFile, load_registry

__all__ = [
    "FileStatus",
    "Hub",
    "Package",
    "PullReporter",
    "Registry",
    "SilentReporter",
    "Weight",
    "WeightFile",
    "WeightStatus",
    "cache_root",
    "listing",
    "load_registry",
    "locate",
    "pull",
    "revisions",
    "verify",
]
