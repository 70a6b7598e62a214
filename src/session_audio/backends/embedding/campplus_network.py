"""The CAM++ network: log mel energies of one voice to 192 numbers.

Wang et al. 2023, "CAM++: a fast and efficient network for speaker verification using
context-aware masking": a small two-dimensional convolution front end, densely connected
time-delay layers whose output is masked by what the whole window sounds like, and pooling
of mean and deviation.  The layers and their names follow 3D-Speaker's implementation
(Apache-2.0, Alibaba), so that its published weights fit.
"""

from __future__ import annotations

from collections import OrderedDict

import torch
from torch import Tensor, nn
from torch.nn import functional

BANDS = 80
DIMENSION = 192
_CONTEXT = 100
"""Frames over which the mask's local context is averaged."""


class _Residual(nn.Module):
    """Two convolutions and a shortcut; `stride` is over the bands only."""

    def __init__(self, channels: int, stride: int) -> None:
        super().__init__()
        steps = (stride, 1)
        self.conv1 = nn.Conv2d(channels, channels, 3, steps, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(channels)
        self.conv2 = nn.Conv2d(channels, channels, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(channels)
        self.shortcut = nn.Sequential()
        if stride != 1:
            self.shortcut.append(nn.Conv2d(channels, channels, 1, steps, bias=False))
            self.shortcut.append(nn.BatchNorm2d(channels))

    def forward(self, x: Tensor) -> Tensor:
        out = functional.relu(self.bn1(self.conv1(x)))
        out = self.bn2(self.conv2(out))
        return functional.relu(out + self.shortcut(x))


class _Head(nn.Module):
    """Bands and frames as a picture: ``(batch, 80, frames)`` to ``(batch, 320, frames)``."""

    def __init__(self, channels: int = 32) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(1, channels, 3, 1, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(channels)
        self.layer1 = nn.Sequential(_Residual(channels, 2), _Residual(channels, 1))
        self.layer2 = nn.Sequential(_Residual(channels, 2), _Residual(channels, 1))
        self.conv2 = nn.Conv2d(channels, channels, 3, (2, 1), 1, bias=False)
        self.bn2 = nn.BatchNorm2d(channels)

    def forward(self, x: Tensor) -> Tensor:
        out = functional.relu(self.bn1(self.conv1(x[:, None])))
        out = self.layer2(self.layer1(out))
        out = functional.relu(self.bn2(self.conv2(out)))
        return out.flatten(1, 2)


def _normal(channels: int, *, relu: bool = True, affine: bool = True) -> nn.Sequential:
    layers: OrderedDict[str, nn.Module] = OrderedDict()
    layers["batchnorm"] = nn.BatchNorm1d(channels, affine=affine)
    if relu:
        layers["relu"] = nn.ReLU(inplace=True)
    return nn.Sequential(layers)


class _Mask(nn.Module):
    """A convolution over time, masked by the window's context."""

    def __init__(self, channels: int, out: int, dilation: int) -> None:
        super().__init__()
        self.linear_local = nn.Conv1d(channels, out, 3, 1, dilation, dilation, bias=False)
        self.linear1 = nn.Conv1d(channels, channels // 2, 1)
        self.linear2 = nn.Conv1d(channels // 2, out, 1)

    def forward(self, x: Tensor) -> Tensor:
        frames = x.shape[-1]
        near = functional.avg_pool1d(x, _CONTEXT, _CONTEXT, ceil_mode=True)
        context = x.mean(-1, keepdim=True) + near
        mask = torch.sigmoid(self.linear2(functional.relu(self.linear1(context))))
        if mask.shape[-1] > 1:
            mask = mask.repeat_interleave(_CONTEXT, dim=-1)[..., :frames]
        return self.linear_local(x) * mask


class _Dense(nn.Module):
    """One layer of a dense block: adds `growth` channels to what came before."""

    def __init__(self, channels: int, growth: int, dilation: int) -> None:
        super().__init__()
        inner = 4 * growth
        self.nonlinear1 = _normal(channels)
        self.linear1 = nn.Conv1d(channels, inner, 1, bias=False)
        self.nonlinear2 = _normal(inner)
        self.cam_layer = _Mask(inner, growth, dilation)

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.cam_layer(self.nonlinear2(self.linear1(self.nonlinear1(x))))
        return torch.cat([x, out], dim=1)


class _Narrow(nn.Module):
    """Halves the channels between blocks."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.nonlinear = _normal(channels)
        self.linear = nn.Conv1d(channels, channels // 2, 1, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.linear(self.nonlinear(x))
        return out


class _Pool(nn.Module):
    """Mean and deviation over time."""

    def forward(self, x: Tensor) -> Tensor:
        return torch.cat([x.mean(-1), x.std(-1, unbiased=True)], dim=-1)


class _Linear(nn.Module):
    """A linear layer, normalised; with `kernel` over time the one at the front."""

    def __init__(self, channels: int, out: int, kernel: int = 1, *, last: bool = False) -> None:
        super().__init__()
        stride = 1 if last else 2
        self.linear = nn.Conv1d(channels, out, kernel, stride, kernel // 2, bias=False)
        self.nonlinear = _normal(out, relu=not last, affine=not last)

    def forward(self, x: Tensor) -> Tensor:
        if x.dim() == 2:
            return self.forward(x[..., None])[..., 0]
        out: Tensor = self.nonlinear(self.linear(x))
        return out


class CAMPlusPlus(nn.Module):
    """Log mel energies ``(batch, frames, 80)``, mean taken off, to ``(batch, 192)``.

    Rows are not of unit length.  At least three frames are needed.
    """

    def __init__(self, growth: int = 32, channels: int = 128) -> None:
        super().__init__()
        self.head = _Head()
        layers: OrderedDict[str, nn.Module] = OrderedDict()
        layers["tdnn"] = _Linear(320, channels, 5)
        for i, (depth, dilation) in enumerate(((12, 1), (24, 2), (16, 2)), start=1):
            block: OrderedDict[str, nn.Module] = OrderedDict()
            for k in range(depth):
                block[f"tdnnd{k + 1}"] = _Dense(channels + k * growth, growth, dilation)
            channels += depth * growth
            layers[f"block{i}"] = nn.Sequential(block)
            layers[f"transit{i}"] = _Narrow(channels)
            channels //= 2
        layers["out_nonlinear"] = _normal(channels)
        layers["stats"] = _Pool()
        layers["dense"] = _Linear(2 * channels, DIMENSION, last=True)
        self.channels = channels
        self.xvector = nn.Sequential(layers)

    def frames(self, x: Tensor) -> Tensor:
        """What is pooled: ``(batch, 512, frames / 2)``."""
        out = self.head(x.transpose(1, 2))
        for layer in self.xvector[:-2]:
            out = layer(out)
        return out

    def pooled(self, statistics: Tensor) -> Tensor:
        """Embeddings of means and deviations, ``(batch, 1024)`` to ``(batch, 192)``."""
        out: Tensor = self.xvector[-1](statistics)
        return out

    def forward(self, x: Tensor) -> Tensor:
        """Embeddings of a batch of windows."""
        return self.pooled(self.xvector[-2](self.frames(x)))
