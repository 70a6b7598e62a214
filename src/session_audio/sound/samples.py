"""The sound that ingest wrote, read a piece at a time."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from session_audio import files
from session_audio.errors import AudioError
from session_audio.schema import Audio

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MODEL_RATE = 16_000
"""Hz of the sound that every stage reads: what every model here was trained on."""


class SampleFile:
    """The samples in a NumPy file, a slice at a time.

    Not a memory map: each page that was ever read would count as memory of the process, once
    a map, which for two hours is 230 MB for the diarizer and again for the recogniser.
    """

    def __init__(self, path: Path) -> None:
        from numpy.lib import format as form  # here: a look at what is fresh starts without NumPy

        with files.opened(path) as file:
            form.read_magic(file)
            shape, _, self.dtype = form.read_array_header_1_0(file)
            self._path, self._start = path, file.tell()
            whole = file.seek(0, 2) - self._start
        if len(shape) != 1 or whole != shape[0] * self.dtype.itemsize:
            raise ValueError("not one channel, or cut short")
        self._count = int(shape[0])

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, some: slice, /) -> NDArray[np.generic]:
        import numpy as np

        first, last, _ = some.indices(self._count)
        samples = np.empty(max(0, last - first), self.dtype)
        with files.opened(self._path) as file:
            file.seek(self._start + first * self.dtype.itemsize)
            read = file.readinto(cast(Any, samples.view(np.uint8)))
        return samples[: read // self.dtype.itemsize]

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[np.generic]:
        import numpy as np

        return np.asarray(self[:], dtype=dtype)


def load_audio(path: Path) -> Audio:
    """The sound that `ingest` wrote; read piece by piece, as it is asked for.

    Raises
    ------
    AudioError
        When it is not there or damaged.
    """
    try:
        samples = SampleFile(path)
    except (OSError, ValueError, EOFError) as error:
        raise AudioError(
            f"{path.name} cannot be read ({type(error).__name__})", hint="Run the session again."
        ) from error
    return Audio(samples, MODEL_RATE)
