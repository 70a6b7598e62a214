"""What the software is made of: a CycloneDX 1.5 bill of materials, from what is installed.

    python -m session_audio.flow.sbom > sbom.json

Libraries come from the environment's own records, with their licences; weights from the
registry, with their hashes.  Nothing is looked up anywhere.
"""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from importlib.metadata import Distribution, distributions
from typing import Any

from session_audio import __version__
from session_audio.weights import Weight, load_registry


def sbom() -> dict[str, Any]:
    """The bill of materials as plain values, ready for JSON."""
    found = {d.metadata["Name"].casefold(): d for d in distributions() if d.metadata["Name"]}
    libraries = [_library(found[name]) for name in sorted(found) if name != "session-audio"]
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": {
            "timestamp": datetime.now(UTC).isoformat(timespec="seconds"),
            "component": {
                "type": "application",
                "bom-ref": "session-audio",
                "name": "session-audio",
                "version": __version__,
                "licenses": [{"license": {"id": "Apache-2.0"}}],
            },
        },
        "components": libraries + [_weight(weight) for weight in load_registry().weights],
    }


def _library(found: Distribution) -> dict[str, Any]:
    name, version = found.metadata["Name"], found.version
    purl = f"pkg:pypi/{name.casefold().replace('_', '-')}@{version}"
    component: dict[str, Any] = {
        "type": "library",
        "bom-ref": purl,
        "name": name,
        "version": version,
        "purl": purl,
    }
    fields = found.metadata
    keys = [key for key in ("License-Expression", "License") if key in fields]
    said = next((fields[key].strip() for key in keys if fields[key]), "")
    if said and "\n" not in said:
        component["licenses"] = [{"license": {"name": said[:100]}}]
    return component


def _weight(weight: Weight) -> dict[str, Any]:
    return {
        "type": "machine-learning-model",
        "bom-ref": f"weight:{weight.name}",
        "name": weight.name,
        "version": weight.revision,
        "description": weight.intended_use,
        "licenses": [{"license": {"name": weight.licence}}],
        "components": [
            {
                "type": "file",
                "bom-ref": f"weight:{weight.name}/{file.path}",
                "name": file.path,
                "hashes": [{"alg": "SHA-256", "content": file.sha256}],
            }
            for file in weight.files
            if file.sha256
        ],
    }


if __name__ == "__main__":
    sys.stdout.write(json.dumps(sbom(), indent=1) + "\n")
