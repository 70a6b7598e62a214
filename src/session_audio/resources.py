"""Files that come with the software: the model registry, what we trained, the samples.

In a checkout they lie beside ``src``; in an installed package, inside it.
"""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).parent
_CHECKOUT = _PACKAGE.parents[1]


def _find(name: str) -> Path:
    inside = _PACKAGE / "_data" / name
    return inside if inside.exists() else _CHECKOUT / name


def models_folder() -> Path:
    """The folder with ``registry.toml`` and the models that we trained."""
    return _find("models")


def samples_folder() -> Path:
    """The fictional sample groups."""
    return _find("data/samples")
