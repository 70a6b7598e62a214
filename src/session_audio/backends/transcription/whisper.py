"""Whisper that notes which language each chunk may be in, from what it encodes anyway."""

from __future__ import annotations

from typing import Any

from faster_whisper import WhisperModel


class ListeningWhisper(WhisperModel):  # type: ignore[misc, unused-ignore]
    """`WhisperModel`, whose `heard` is about the chunks that were encoded together last.

    Encoding is most of what telling a language costs; one step of the decoder is the rest.
    """

    heard: list[dict[str, float]]
    """A chunk each, the probability of every language; empty where the model knows one only."""

    def encode(self, features: Any) -> Any:
        """What the encoder makes of `features`."""
        encoded = super().encode(features)
        self.heard = (
            [
                {token[2:-2]: probability for token, probability in one}
                for one in self.model.detect_language(encoded)
            ]
            if self.model.is_multilingual
            else [{} for _ in range(encoded.shape[0])]
        )
        return encoded
