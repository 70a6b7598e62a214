"""Loads the segmentation model: who of up to three local speakers talks, frame by frame.

The weights are a pyannote.audio PyanNet (Bredin & Laurent 2021, "End-to-end speaker
segmentation for overlap-aware resegmentation"): 5 s chunks, three speakers, one sigmoid
each, about 59 frames a second.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from session_audio import offline
from session_audio.errors import ModelError

if TYPE_CHECKING:
    from pyannote.audio import Model

_HINT = "Run `session-audio models pull`."


def load_segmentation(path: Path) -> Model:
    """The PyanNet in `path`, ready for inference on the CPU.

    Parameters
    ----------
    path : Path
        Folder with ``model.safetensors`` and ``config.json`` (as `models.pull` leaves it).

    Returns
    -------
    pyannote.audio.Model
        In evaluation mode, with its specifications set; takes ``(batch, 1, samples)`` at
        16 kHz, gives ``(batch, frames, 3)`` in [0, 1].

    Raises
    ------
    ModelError
        When a file is missing or the weights do not fit the architecture.
    """
    offline.silence()
    from pyannote.audio.core.task import Problem, Resolution, Specifications
    from pyannote.audio.models.segmentation import PyanNet
    from safetensors.torch import load_file

    try:
        config: dict[str, Any] = json.loads((path / "config.json").read_text(encoding="utf-8"))
        weights = load_file(path / "model.safetensors")
    except FileNotFoundError as error:
        raise ModelError(f"no segmentation weights in {path.name}", hint=_HINT) from error
    except Exception as error:
        raise ModelError(
            f"the segmentation weights in {path.name} cannot be read ({type(error).__name__})",
            hint=_HINT,
        ) from error

    spec = config["specifications"]
    model = PyanNet(**config["hyper_parameters"])
    model.specifications = Specifications(
        problem=Problem[spec["problem"]],
        resolution=Resolution[spec["resolution"]],
        duration=spec["duration"],
        warm_up=tuple(spec["warm_up"]),
        classes=list(spec["classes"]),
        permutation_invariant=spec["permutation_invariant"],
    )
    model.build()
    try:
        model.load_state_dict(weights)
    except RuntimeError as error:
        raise ModelError(
            f"the weights in {path.name} do not fit the segmentation model", hint=_HINT
        ) from error
    model.eval()
    return model
