"""A weight of a registry that the tests make."""

from __future__ import annotations

import hashlib

from session_audio.weights.registry import Hub, Weight

REPOSITORY = Hub("owner/name", "a" * 40)


def sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def weight(**changes: object) -> Weight:
    values: dict[str, object] = {
        "name": "toy",
        "task": "text",
        "profiles": ("bundled",),
        "licence": "MIT",
        "attribution": "nobody",
        "intended_use": "tests",
        "card": "toy.md",
        "files": (),
    }
    return Weight(**{**values, **changes})  # type: ignore[arg-type]
