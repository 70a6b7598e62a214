"""Turns a published pickle into safetensors, once, without running what is in it.

A pickle can name any function and have it called.  The unpickler here knows a short list
of names: those that rebuild a tensor, plain containers, and inert stand-ins for the
configuration classes that training frameworks leave in their checkpoints.  Any other name
ends the conversion with a `ModelError`.  Neither torch nor the named frameworks are
imported; tensors are rebuilt as numpy arrays from the raw bytes.

Both layouts of ``torch.save`` are read: the zip archive (since 1.6) and the older one of
consecutive pickles followed by raw storages.
"""

from __future__ import annotations

import io
import json
import pickle
import zipfile
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from session_audio.errors import ModelError

_DTYPES = {
    "FloatStorage": np.dtype("<f4"),
    "HalfStorage": np.dtype("<f2"),
    "DoubleStorage": np.dtype("<f8"),
    "LongStorage": np.dtype("<i8"),
    "IntStorage": np.dtype("<i4"),
}
_SAFETENSORS_NAMES = {"<f4": "F32", "<f2": "F16", "<f8": "F64", "<i8": "I64", "<i4": "I32"}
_LEGACY_MAGIC = 0x1950A86A20F9469CFC6C


class Inert:
    """Stands where a framework's object was: keeps what it was given and does nothing."""

    args: tuple[object, ...]
    state: Mapping[str, Any]

    def __new__(cls, *args: object) -> Inert:
        """Made without a call to ``__init__``, as unpickling may do."""
        self = super().__new__(cls)
        self.args, self.state = args, {}
        return self

    def __setstate__(self, state: object) -> None:
        self.state = state if isinstance(state, dict) else {"state": state}

    def __setitem__(self, key: object, value: object) -> None:
        """Accept, and forget, an item."""

    def append(self, value: object) -> None:
        """Accept, and forget, an item."""


@dataclass(frozen=True, slots=True)
class _Storage:
    key: str
    dtype: np.dtype[Any]
    count: int


@dataclass(frozen=True, slots=True)
class _Tensor:
    """Where a tensor lies in its storage; offsets and strides are in elements."""

    storage: _Storage
    offset: int
    size: tuple[int, ...]
    stride: tuple[int, ...]


def _rebuild_tensor(
    storage: _Storage, offset: int, size: tuple[int, ...], stride: tuple[int, ...], *_: object
) -> _Tensor:
    return _Tensor(storage, offset, tuple(size), tuple(stride))


_ALLOWED: dict[tuple[str, str], Callable[..., object]] = {
    ("torch._utils", "_rebuild_tensor_v2"): _rebuild_tensor,
    ("collections", "OrderedDict"): OrderedDict,
    ("__builtin__", "dict"): dict,
    ("__builtin__", "list"): list,
    ("__builtin__", "long"): int,
    ("builtins", "dict"): dict,
    ("builtins", "list"): list,
    ("builtins", "int"): int,
}
_INERT = {
    ("collections", "defaultdict"),
    ("typing", "Any"),
    ("torch.torch_version", "TorchVersion"),
}
_INERT_PACKAGES = ("omegaconf.", "pyannote.audio.", "pytorch_lightning.", "lightning.")


class _Unpickler(pickle.Unpickler):
    """An unpickler that resolves only the names above."""

    def find_class(self, module: str, name: str) -> Any:
        if module == "torch" and name in _DTYPES:
            return _DTYPES[name]
        if (module, name) in _ALLOWED:
            return _ALLOWED[module, name]
        if (module, name) in _INERT or module.startswith(_INERT_PACKAGES):
            return Inert
        raise ModelError(
            f"the checkpoint asks for {module}.{name}, which is not needed to hold weights",
            hint="It was not run. Do not use this file; pull the weights again.",
        )

    def persistent_load(self, pid: Any) -> _Storage:
        _, dtype, key, _, count, *_ = pid
        return _Storage(str(key), np.dtype(dtype), int(count))


def read_checkpoint(path: Path) -> tuple[dict[str, Any], Callable[[_Storage], bytes]]:
    """The object in a ``torch.save`` file, and a function that reads one storage's bytes."""
    try:
        if zipfile.is_zipfile(path):
            return _read_zip(path)
        return _read_legacy(path)
    except ModelError:
        raise
    except Exception as error:
        raise ModelError(
            f"{path.name} is not a checkpoint that can be converted ({type(error).__name__})",
            hint="Pull the weights again.",
        ) from error


def _read_zip(path: Path) -> tuple[dict[str, Any], Callable[[_Storage], bytes]]:
    with zipfile.ZipFile(path) as archive:
        root = next(n for n in archive.namelist() if n.endswith("/data.pkl"))[: -len("data.pkl")]
        obj = _Unpickler(io.BytesIO(archive.read(root + "data.pkl"))).load()

    def storage(item: _Storage) -> bytes:
        with zipfile.ZipFile(path) as archive:
            return archive.read(f"{root}data/{item.key}")

    return obj, storage


def _read_legacy(path: Path) -> tuple[dict[str, Any], Callable[[_Storage], bytes]]:
    blocks: dict[str, bytes] = {}
    sizes: dict[str, int] = {}

    class Sized(_Unpickler):
        def persistent_load(self, pid: Any) -> _Storage:
            item = super().persistent_load(pid)
            sizes[item.key] = item.count * item.dtype.itemsize
            return item

    with path.open("rb") as file:
        if Sized(file).load() != _LEGACY_MAGIC:
            raise ModelError(f"{path.name} is no torch checkpoint", hint="Pull the weights again.")
        Sized(file).load()  # protocol version
        Sized(file).load()  # byte order and sizes of the machine that wrote it
        obj = Sized(file).load()
        for key in Sized(file).load():
            file.read(8)  # element count, known already
            blocks[str(key)] = file.read(sizes[str(key)])
    return obj, lambda item: blocks[item.key]


def tensors_of(
    state: Mapping[str, Any], storage: Callable[[_Storage], bytes]
) -> dict[str, NDArray[Any]]:
    """The arrays of a state dict, contiguous, in their published type."""
    out = {}
    for name, tensor in state.items():
        if not isinstance(tensor, _Tensor):
            raise ModelError(f"the checkpoint's entry {name} is no tensor; expected weights only")
        dtype = tensor.storage.dtype
        flat = np.frombuffer(storage(tensor.storage), dtype=dtype)[tensor.offset :]
        strides = tuple(s * dtype.itemsize for s in tensor.stride)
        out[name] = np.ascontiguousarray(
            np.lib.stride_tricks.as_strided(flat, tensor.size, strides, writeable=False)
        ).reshape(tensor.size)
    return out


def write_safetensors(tensors: Mapping[str, NDArray[Any]], path: Path) -> None:
    """Write the safetensors layout, byte for byte the same on every machine.

    The library's writer does not promise that between versions, and the registry pins the
    hash of what is written here.
    """
    header: dict[str, object] = {}
    position = 0
    for name in sorted(tensors):
        array = tensors[name]
        header[name] = {
            "dtype": _SAFETENSORS_NAMES[array.dtype.newbyteorder("<").str],
            "shape": list(array.shape),
            "data_offsets": [position, position + array.nbytes],
        }
        position += array.nbytes
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with path.open("wb") as file:
        file.write(len(text).to_bytes(8, "little"))
        file.write(text)
        for name in sorted(tensors):
            file.write(tensors[name].tobytes())


def plain(value: Any) -> Any:
    """`value` as JSON can hold it: stand-ins become what they were built from or held."""
    if isinstance(value, Mapping):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [plain(v) for v in value]
    if isinstance(value, Inert):
        for held in ("_content", "_val"):  # omegaconf's list or mapping, and its leaf
            if held in value.state:
                return plain(value.state[held])
        if value.state:
            return plain(value.state)
        return plain(value.args[0]) if len(value.args) == 1 else plain(value.args)
    return value if isinstance(value, str | int | float | bool | None) else str(value)


def convert(source: Path, target: Path, state_key: str, keep: tuple[str, ...] = ()) -> str | None:
    """Write the weights under `state_key` of the pickle `source` to `target` as safetensors.

    Parameters
    ----------
    source, target : Path
        The published checkpoint, and the file to write.
    state_key : str
        Key of the state dict in the checkpoint, e.g. ``"state_dict"``; ``"."`` where the
        checkpoint is one itself.
    keep : tuple of str
        Keep only tensors whose names start with one of these; all when empty.

    Returns
    -------
    str or None
        Architecture, hyper-parameters and specifications as JSON, where the checkpoint is
        pyannote's and has them.

    Raises
    ------
    ModelError
        When the pickle names anything beyond tensors and plain configuration, or has no
        such state dict.
    """
    checkpoint, storage = read_checkpoint(source)
    if not isinstance(checkpoint, dict) or (
        state_key != "." and not isinstance(checkpoint.get(state_key), Mapping)
    ):
        raise ModelError(f"{source.name} holds no {state_key!r}", hint="Pull the weights again.")
    state = {
        name: value
        for name, value in (checkpoint if state_key == "." else checkpoint[state_key]).items()
        if not keep or name.startswith(keep)
    }
    write_safetensors(tensors_of(state, storage), target)
    about = checkpoint.get("pyannote.audio")
    if not isinstance(about, Mapping):
        return None
    config = {
        "architecture": plain(about.get("architecture", {})),
        "hyper_parameters": plain(checkpoint.get("hyper_parameters", {})),
        "specifications": plain(about.get("specifications", {})),
    }
    return json.dumps(config, indent=1, sort_keys=True) + "\n"
