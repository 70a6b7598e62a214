"""Whisper that reads no more than there is, and notes which language each chunk may be in."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from faster_whisper import WhisperModel
from numpy.typing import NDArray

SECOND = 100
"""Frames of features a second."""
_AFTER = 2 * SECOND
"""Frames of padding that are read after a chunk's last second (ours, measured: with 1 s and with
3 s more words are wrong over all, with 0.5 s most)."""


class ListeningWhisper(WhisperModel):  # type: ignore[misc, unused-ignore]
    """`WhisperModel` that leaves most of the padding out; `heard` tells languages.

    The encoder's cost grows faster than what it reads, and so does the decoder's reading of it.
    Encoding is also most of what telling a language costs; one step of the decoder is the rest.
    May be used by several threads, each with its own `heard`.
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._last = threading.local()

    @property
    def heard(self) -> Sequence[Mapping[str, float]]:
        """About the chunks that this thread encoded together last.

        A chunk each, the probability of every language; empty where the model knows one only.
        """
        heard: Sequence[Mapping[str, float]] = self._last.heard
        return heard

    def encode(self, features: Any) -> Any:
        """What the encoder makes of `features`."""
        encoded = super().encode(without_padding(features))
        self._last.heard = (
            [
                {token[2:-2]: probability for token, probability in one}
                for one in self.model.detect_language(encoded)
            ]
            if self.model.is_multilingual
            else [{} for _ in range(encoded.shape[0])]
        )
        return encoded


def without_padding(features: NDArray[np.float32]) -> NDArray[np.float32]:
    """`features` up to some seconds after the last whole second that holds any.

    Parameters
    ----------
    features : ndarray, shape (..., frames)
        Padded with zeros at the end; real ones are never all zero.

    Examples
    --------
    >>> chunk = np.pad(np.ones((80, 1234), np.float32), ((0, 0), (0, 3000 - 1234)))
    >>> without_padding(chunk).shape
    (80, 1500)
    """
    filled = np.flatnonzero(features.any(axis=tuple(range(features.ndim - 1))))
    frames = int(filled[-1]) + 1 if len(filled) else 0
    return np.ascontiguousarray(features[..., : -(-frames // SECOND) * SECOND + _AFTER])
