"""Reads a segmentation model: which of up to three local speakers talk, frame by frame.

The weights are a pyannote.audio PyanNet, with powerset classes (Plaquet & Bredin 2023: 10 s
chunks, seven classes of up to two of three speakers) or with one sigmoid a speaker (Bredin &
Laurent 2021: 5 s chunks); both about 59 frames a second.
"""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import TYPE_CHECKING

from session_audio.backends.diarization.pyannet import fitting, kept_in

if TYPE_CHECKING:
    from pyannote.audio import Model


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
    from pyannote.audio.models.segmentation import PyanNet

    config, weights = kept_in(path)
    known = inspect.signature(PyanNet.__init__).parameters
    hyper = {k: v for k, v in config["hyper_parameters"].items() if k in known and k != "task"}
    with fitting(path):
        model: Model = PyanNet(**hyper)
        if spec := config["specifications"]:
            fields = inspect.signature(Specifications).parameters
            values = {k: v for k, v in spec.items() if k in fields}
            values["problem"] = Problem(spec["problem"])
            values["resolution"] = Resolution(spec["resolution"])
            values["warm_up"] = tuple(spec.get("warm_up") or (0.0, 0.0))
            model.specifications = Specifications(**values)
        model.build()
        model.load_state_dict(weights)
    model.eval()
    return model
