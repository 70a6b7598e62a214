"""Reads a segmentation model: which of up to three local speakers talk, frame by frame.

The weights are a pyannote.audio PyanNet, with powerset classes (Plaquet & Bredin 2023: 10 s
chunks, seven classes of up to two of three speakers) or with one sigmoid a speaker (Bredin &
Laurent 2021: 5 s chunks); both about 59 frames a second.
"""

from __future__ import annotations

import inspect
import json
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from session_audio.errors import ModelError

if TYPE_CHECKING:
    from pyannote.audio import Model

_HINT = "Run `session-audio models pull`."
_ARCHITECTURES = {"PyanNet": "pyannote.audio.models.segmentation"}
"""What a configuration may name, and the module that holds it: nothing else is imported."""


def read_segmentation(path: Path) -> Model:
    """The segmentation model in `path`, ready for inference on the CPU.

    Parameters
    ----------
    path : Path
        Folder with ``model.safetensors`` and ``config.json`` (as `weights.pull` leaves it).

    Returns
    -------
    pyannote.audio.Model
        In evaluation mode, with its specifications set; takes ``(batch, 1, samples)`` at
        16 kHz, gives ``(batch, frames, classes)``: three speakers in [0, 1], or log
        probabilities of powerset classes.

    Raises
    ------
    ModelError
        When a file is missing or the weights do not fit the architecture.
    """
    from pyannote.audio.core.task import Problem, Resolution, Specifications
    from safetensors.torch import load_file

    try:
        config: dict[str, Any] = json.loads((path / "config.json").read_text(encoding="utf-8"))
        weights = load_file(path / "model.safetensors")
        name = config["architecture"]["class"]
        architecture = getattr(import_module(_ARCHITECTURES[name]), name)
    except FileNotFoundError as error:
        raise ModelError(f"no weights in {path.name}", hint=_HINT) from error
    except Exception as error:
        raise ModelError(
            f"the weights in {path.name} cannot be read ({type(error).__name__})", hint=_HINT
        ) from error

    known = inspect.signature(architecture.__init__).parameters
    hyper = {k: v for k, v in config["hyper_parameters"].items() if k in known and k != "task"}
    try:
        model = architecture(**hyper)
        if spec := config["specifications"]:
            fields = inspect.signature(Specifications).parameters
            values = {k: v for k, v in spec.items() if k in fields}
            values["problem"] = Problem(spec["problem"])
            values["resolution"] = Resolution(spec["resolution"])
            values["warm_up"] = tuple(spec.get("warm_up") or (0.0, 0.0))
            model.specifications = Specifications(**values)
        model.build()
        model.load_state_dict(weights)
    except (RuntimeError, KeyError, TypeError, ValueError) as error:
        raise ModelError(
            f"the weights in {path.name} do not fit the model {name}", hint=_HINT
        ) from error
    model.eval()
    return model
