"""Words that the recogniser writes where nobody speaks: there should be none.

    python benchmarks/invented_words.py [--minutes 60]

Makes, from a fixed seed, so many minutes each of white noise, of brown noise as of a fan, of rain
(single drops over a hiss), of chords that change as music does, and of hum, and prints how many
words come of each, and how many of those repeat the three before (a loop).
"""

from __future__ import annotations

import argparse
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from session_audio.backends.load import load_transcriber
from session_audio.schema import Audio
from session_audio.settings import Settings

RATE = 16_000
Sound = NDArray[np.float64]
LEVEL = 0.05
"""Root mean square of each sound."""


def white(size: int, draw: np.random.Generator) -> Sound:
    """Every frequency alike."""
    return draw.standard_normal(size)


def brown(size: int, draw: np.random.Generator) -> Sound:
    """Falling with frequency, as a fan or a road."""
    spectrum = np.fft.rfft(draw.standard_normal(size))
    return np.fft.irfft(spectrum / np.maximum(np.fft.rfftfreq(size, 1 / RATE), 40), size)


def rain(size: int, draw: np.random.Generator) -> Sound:
    """Forty drops a second, each a click that dies away, over a hiss."""
    drops = np.zeros(size)
    drops[draw.integers(0, size, 40 * size // RATE)] = draw.exponential(6.0, 40 * size // RATE)
    decay = np.exp(-np.arange(400) / 60) * draw.standard_normal(400)
    return np.convolve(drops, decay)[:size] + 0.3 * draw.standard_normal(size)


def music(size: int, draw: np.random.Generator) -> Sound:
    """A chord of three voices with overtones, another every half second."""
    note, out = RATE // 2, np.zeros(size)
    time, shape = np.arange(note) / RATE, np.hanning(note)
    for start in range(0, size - note, note):
        for step in draw.choice(24, 3, replace=False):
            pitch = 130.8 * 2 ** (step / 12)
            overtones = (np.sin(2 * np.pi * k * pitch * time) / k for k in range(1, 6))
            out[start : start + note] += shape * sum(overtones)
    return out


def hum(size: int, draw: np.random.Generator) -> Sound:
    """A mains hum with its overtones and a little noise."""
    time = np.arange(size) / RATE
    tones = sum(np.sin(2 * np.pi * 50 * k * time) / k for k in (1, 2, 3, 5))
    return np.asarray(tones + 0.05 * draw.standard_normal(size))


SOUNDS: tuple[Callable[[int, np.random.Generator], Sound], ...] = (white, brown, rain, music, hum)


def main() -> None:
    """Make, recognise, count."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--minutes", type=float, default=60.0)
    minutes = parser.parse_args().minutes
    transcriber, size = load_transcriber(Settings(), 2), round(60 * minutes * RATE)
    for make in SOUNDS:
        sound = make(size, np.random.default_rng(0))
        sound *= LEVEL / np.sqrt(np.mean(sound**2))
        words = transcriber.transcribe(Audio(sound.astype(np.float32), RATE), "en").words
        said = [word.text.lower() for word in words]
        loops = sum(said[k - 3 : k] == said[k : k + 3] for k in range(3, len(said) - 2))
        print(
            f"{make.__name__:6s} {minutes:g} min: {len(said)} words, {loops} in loops", flush=True
        )


if __name__ == "__main__":
    main()
