"""The segmentation network by itself, for the weights that `segmentation.read_segmentation` reads.

pyannote.audio's PyanNet: filters of sinc shape over the sound (Ravanelli & Bengio 2018), two
convolutions, an LSTM in both directions, and a classifier of frames.  What it gives is the same;
importing pyannote.audio for it takes seconds and 0.3 GB.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from session_audio.errors import ModelError

RATE = 16_000
FILTERS, TAPS = 80, 251
"""Filters over the sound, and samples in each."""
CHANNELS, KERNEL, POOL = 60, 5, 3
"""Of the two convolutions, and frames that each level joins to one."""
_LEAST_HZ = 50.0
"""Lowest frequency of a filter, and least width."""
_ONE_CLASS, _ANY_CLASSES = 1, 2
"""How a configuration calls powerset classes, and a sigmoid a speaker."""
_BANK = "sincnet.conv1d.0.filterbank."
"""Under which the parameters of the filters are stored."""
_HINT = "Run `session-audio models pull`."


@dataclass(frozen=True)
class Specifications:
    """What the network tells, under pyannote.audio's names."""

    duration: float
    """Seconds of a chunk."""
    classes: Sequence[str]
    """Local speakers."""
    powerset_max_classes: int | None = None
    """Most speakers in one class; None where each speaker has a score."""

    @property
    def powerset(self) -> bool:
        """Whether the classes are sets of speakers."""
        return self.powerset_max_classes is not None

    @property
    def outputs(self) -> int:
        """Numbers that the network gives for a frame."""
        most = self.powerset_max_classes
        if most is None:
            return len(self.classes)
        return sum(math.comb(len(self.classes), n) for n in range(most + 1))


class _Sound(nn.Module):
    """Sound ``(batch, 1, samples)`` to ``(batch, 60, frames)``."""

    def __init__(self, stride: int) -> None:
        super().__init__()
        self._stride = stride
        self.filters: Tensor
        self.register_buffer("filters", torch.zeros(FILTERS, 1, TAPS))
        self.wav_norm1d = nn.InstanceNorm1d(1, affine=True)
        sizes = (FILTERS, CHANNELS, CHANNELS)
        # Numbered from 1, as the filters are the first.
        self.conv1d = nn.ModuleDict(
            {str(i): nn.Conv1d(a, b, KERNEL) for i, (a, b) in enumerate(pairwise(sizes), start=1)}
        )
        self.norm1d = nn.ModuleList(nn.InstanceNorm1d(n, affine=True) for n in sizes)

    def forward(self, x: Tensor) -> Tensor:
        x = functional.conv1d(self.wav_norm1d(x), self.filters, stride=self._stride).abs_()
        for i, norm in enumerate(self.norm1d):
            if i:
                x = self.conv1d[str(i)](x)
            x = functional.leaky_relu_(norm(functional.max_pool1d(x, POOL)))
        return x


class PyanNet(nn.Module):
    """Sound ``(batch, 1, samples)`` at 16 kHz to ``(batch, frames, classes)``.

    Parameters
    ----------
    hyper : mapping
        ``sincnet``, ``lstm`` and ``linear``, as pyannote.audio's.
    specifications : Specifications
    """

    def __init__(self, hyper: Mapping[str, Any], specifications: Specifications) -> None:
        super().__init__()
        lstm = {"hidden_size": 128, "num_layers": 2, "bidirectional": True, **hyper["lstm"]}
        linear = {"hidden_size": 128, "num_layers": 2, **hyper["linear"]}
        if not lstm.get("monolithic", True):
            raise ValueError("one LSTM for each layer")
        self.specifications = specifications
        self.sincnet = _Sound(hyper.get("sincnet", {}).get("stride", 10))
        self.lstm = nn.LSTM(
            CHANNELS,
            lstm["hidden_size"],
            lstm["num_layers"],
            batch_first=True,
            bidirectional=lstm["bidirectional"],
        )
        width = lstm["hidden_size"] * (2 if lstm["bidirectional"] else 1)
        sizes = [width, *[linear["hidden_size"]] * linear["num_layers"]]
        self.linear = nn.ModuleList(nn.Linear(a, b) for a, b in pairwise(sizes))
        self.classifier = nn.Linear(sizes[-1], specifications.outputs)

    def forward(self, sound: Tensor) -> Tensor:
        """Scores in [0, 1] of each speaker, or log probabilities of powerset classes."""
        x, _ = self.lstm(self.sincnet(sound).transpose(1, 2))
        for layer in self.linear:
            x = functional.leaky_relu(layer(x))
        x = self.classifier(x)
        return x.log_softmax(-1) if self.specifications.powerset else x.sigmoid()


def sinc_filters(low_hz: Tensor, band_hz: Tensor) -> Tensor:
    """Even and odd band-pass filters with a Hamming window, shape ``(80, 1, 251)``.

    Parameters
    ----------
    low_hz, band_hz : Tensor, shape (40, 1)
        Lower edge and width of each band, above the least of both.
    """
    half = TAPS // 2
    window = torch.from_numpy(np.hamming(TAPS)[:half]).float()
    time = 2 * np.pi * (torch.arange(-half, 0.0).view(1, -1) / RATE)
    low = _LEAST_HZ + low_hz.abs()
    high = torch.clamp(low + _LEAST_HZ + band_hz.abs(), _LEAST_HZ, RATE / 2)
    band = (high - low)[:, 0]
    at_low, at_high = low @ time, high @ time
    even = ((at_high.sin() - at_low.sin()) / (time / 2)) * window
    odd = ((at_low.cos() - at_high.cos()) / (time / 2)) * window
    middle = 2 * band.view(-1, 1)
    cosines = torch.cat([even, middle, even.flip(1)], 1)
    sines = torch.cat([odd, torch.zeros_like(middle), -odd.flip(1)], 1)
    return (torch.cat([cosines, sines]) / (2 * band.repeat(2)[:, None]))[:, None]


def read_network(path: Path) -> PyanNet:
    """The segmentation network in `path`, ready for inference on the CPU.

    Parameters
    ----------
    path : Path
        Folder with ``model.safetensors`` and ``config.json`` (as `weights.pull` leaves it).

    Raises
    ------
    ModelError
        When a file is missing or the weights do not fit the architecture.
    """
    config, weights = kept_in(path)
    with fitting(path):
        network = PyanNet(config["hyper_parameters"], _specifications(config["specifications"]))
        bank = {k: weights.pop(_BANK + k) for k in ("low_hz_", "band_hz_", "window_", "n_")}
        weights["sincnet.filters"] = sinc_filters(bank["low_hz_"], bank["band_hz_"])
        network.load_state_dict(weights)
    return network.eval().requires_grad_(False)


def kept_in(path: Path) -> tuple[dict[str, Any], dict[str, Tensor]]:
    """The configuration and the weights in the folder `path`, which are a `PyanNet`'s.

    Raises
    ------
    ModelError
        When a file is missing or cannot be read, or they are another network's.
    """
    from safetensors.torch import load_file

    try:
        config: dict[str, Any] = json.loads((path / "config.json").read_text(encoding="utf-8"))
        weights = load_file(path / "model.safetensors")
        name = config["architecture"]["class"]
        if name != PyanNet.__name__:
            raise ValueError(name)
    except FileNotFoundError as error:
        raise ModelError(f"no weights in {path.name}", hint=_HINT) from error
    except Exception as error:
        raise ModelError(
            f"the weights in {path.name} cannot be read ({type(error).__name__})", hint=_HINT
        ) from error
    return config, weights


@contextmanager
def fitting(path: Path) -> Iterator[None]:
    """Tell weights in `path` that do not fit what is built in the block.

    Raises
    ------
    ModelError
        In place of what building it raised.
    """
    try:
        yield
    except (RuntimeError, KeyError, TypeError, ValueError) as error:
        raise ModelError(
            f"the weights in {path.name} do not fit the model {PyanNet.__name__}", hint=_HINT
        ) from error


def _specifications(given: Mapping[str, Any]) -> Specifications:
    if given["problem"] not in (_ONE_CLASS, _ANY_CLASSES):
        raise ValueError("neither powerset classes nor a score a speaker")
    most = given.get("powerset_max_classes") if given["problem"] == _ONE_CLASS else None
    return Specifications(float(given["duration"]), tuple(given["classes"]), most)
