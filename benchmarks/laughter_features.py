"""What `laughter.py` tries to hear laughter by: features of a recording, `HZ` rows a second."""

from __future__ import annotations

from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import uniform_filter1d
from scipy.signal import stft

from session_audio import offline, weights
from session_audio.interval import Interval, gaps
from session_audio.schema import Recording
from session_audio.sound.ingest import ingest, load_audio

RATE, HZ = 16_000, 10
"""Samples, and rows, a second."""
KINDS = ("zero", "encoder", "segmentation", "rhythm", "calm", "pasted")
HALVED = ("calm", "pasted")
WIDTH = 0.8
"""Seconds over which frames are put together for a row."""
CHUNK, WINDOW, SHORT = 30, 2, 5
"""Seconds that Whisper is given; for its words, `WINDOW` of sound and silence up to `SHORT`,
since a whole chunk a second of sound would take hours."""
BEGINNINGS = (" (", " [")
LAUGHS = ("laugh", "laughs", "laughing", "laughter", "La", "LA", "Laugh", "chuck")
SPELT = (" Haha", " Ha", " ha", " Hah", " haha", " Hehe", " Heh", "Ha", "ha")
BANDS = ((1, 2.5), (2.5, 4), (4, 5), (5, 6.5), (6.5, 9), (9, 14))
"""Hz at which level and voicing may move; bursts of laughter come four to six times a second."""

Rows = NDArray[np.float32]


class Features:
    """Features by kind and recording, computed when asked for and kept in a folder.

    Parameters
    ----------
    bench : Path
        With ``real`` and ``voices``.
    folder : Path
        Where they are kept.
    also : sequence of Path
        More recordings, known by their stems.
    """

    def __init__(self, bench: Path, folder: Path, also: list[Path]) -> None:
        offline.silence()
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        readers = sorted((bench / "voices").iterdir(), key=lambda p: int(p.name))
        # One utterance of each reader, so that those with ten do not outweigh the rest.
        first = [min(reader.iterdir()) for reader in readers]
        self.readers = [file.stem for file in first]
        files = [*sorted((bench / "real").glob("*.flac")), *sorted((bench / "real").glob("*.mp3"))]
        self.files = {file.stem: file for file in [*files, *first, *also]}

    def calm(self) -> list[str]:
        """Recordings that a model may learn from as holding no laughter."""
        return self.readers[::2]

    def tuning(self, kind: str) -> list[str]:
        """Recordings in which a threshold may give no alarm where it is chosen."""
        return [*self.readers[1::4], "consultation-1:first"] if kind in HALVED else []

    def quiet(self, kind: str) -> dict[str, list[str]]:
        """Recordings kept for counting false alarms, by name."""
        calls = sorted(name for name in self.files if name.startswith("call-"))
        half = ":second" if kind in HALVED else ""
        readers = self.readers[3::4] if half else self.readers[1::2]
        # Asking for words takes an encoding a second of sound, so fewer recordings.
        out = {} if kind == "zero" else {"other readers": readers, "calls": calls}
        return out | {f"consultation{half}": [f"consultation-1{half}"]}

    def of(self, kind: str, name: str) -> Rows:
        """Features of one recording, or of its half (``NAME:first``), shape (rows, features)."""
        name, _, half = name.partition(":")
        kind = "encoder" if kind in HALVED else kind
        kept = self.folder / f"{kind}-{name}.npy"
        if not kept.exists():
            np.save(kept, getattr(self, f"_{kind}")(self._sound(name)).astype(np.float16))
        rows = np.load(kept).astype(np.float32)
        middle = len(rows) // 2
        return {"": rows, "first": rows[:middle], "second": rows[middle:]}[half]

    def pasted(self, name: str, marked: tuple[Interval, ...]) -> tuple[Rows, NDArray[np.bool_]]:
        """Marked sounds of a clip in other surroundings: `encoder` features, and which rows.

        Each is laid eight times, faster or slower by up to a sixth and at another level, over
        readers and the pauses after them; beside each a piece of the clip's other
        sound, so that having been laid there tells nothing.
        """
        kept = self.folder / f"pasted-{name}.npz"
        if not kept.exists():
            draw = np.random.default_rng(int(name.rpartition("-")[2]))
            found = [self._canvas(self._sound(name), marked, draw) for _ in range(8)]
            rows = np.concatenate([r for r, _ in found]).astype(np.float16)
            np.savez(kept, rows=rows, labels=np.concatenate([m for _, m in found]))
        loaded = np.load(kept)
        return loaded["rows"].astype(np.float32), loaded["labels"]

    def _canvas(
        self, sound: Rows, marked: tuple[Interval, ...], draw: np.random.Generator
    ) -> tuple[Rows, NDArray[np.bool_]]:
        """One chunk of another's voice with every marked sound, and as many other pieces, in it."""
        free = gaps(marked, Interval(0.0, len(sound) / RATE))
        pieces = [(m, True) for m in marked]
        for m in marked:
            room = [g for g in free if g.duration > m.duration]
            chosen = room[int(draw.integers(len(room)))]
            start = draw.uniform(chosen.start, chosen.end - m.duration)
            pieces.append((Interval(start, start + m.duration), False))
        ground = self._sound(str(draw.choice(self.readers[::2])))[: (CHUNK - 5) * RATE]
        ground = np.pad(ground, (RATE, CHUNK * RATE))[: CHUNK * RATE]
        ground += draw.normal(0, 1e-3, len(ground)).astype(np.float32)
        is_marked = np.zeros(CHUNK * HZ, bool)
        for slot, chosen_piece in enumerate(draw.permutation(len(pieces))):
            place, label = pieces[chosen_piece]
            cut = sound[round(place.start * RATE) : round(place.end * RATE)]
            size = round(len(cut) * draw.uniform(5 / 6, 7 / 6))
            cut = np.interp(np.linspace(0, len(cut) - 1, size), np.arange(len(cut)), cut)
            at = round((slot + 0.2) * CHUNK / len(pieces) * RATE)
            level = 10 ** (draw.uniform(-8, 4) / 20)
            ground[at : at + size] += (level * np.hanning(size) ** 0.1 * cut).astype(np.float32)
            is_marked[round(at / RATE * HZ) : round((at + size) / RATE * HZ)] = label
        rows = self._encoder(ground)
        return rows, is_marked[: len(rows)]

    def _sound(self, name: str) -> Rows:
        out = self.folder / f"sound-{name}.npy"
        if not out.exists():
            ingest([Recording(self.files[name])], [out])
        audio = load_audio(out)
        return np.asarray(audio.read(0, audio.duration), np.float32)

    @cached_property
    def _whisper(self) -> Any:
        from faster_whisper import WhisperModel

        folder = weights.locate("transcription", "bundled")
        return WhisperModel(str(folder), device="cpu", compute_type="int8", local_files_only=True)

    @cached_property
    def _segmenter(self) -> Any:
        from session_audio.backends.diarization.segmentation import read_segmentation

        return read_segmentation(weights.locate("segmentation", "bundled")).eval()

    def _encoded(self, pieces: list[Rows], seconds: int) -> Any:
        """What the encoder makes of pieces of sound, each with silence up to `seconds`."""
        full = seconds * 100
        mels = []
        for piece in pieces:
            mel = self._whisper.feature_extractor(piece)[..., :full]
            mels.append(np.pad(mel, ((0, 0), (0, full - mel.shape[-1]))))
        return self._whisper.encode(np.stack(mels))

    def _encoder(self, sound: Rows) -> Rows:
        frames = []
        for piece in _pieces(sound, CHUNK):
            state = np.asarray(self._encoded([piece], CHUNK)).reshape(CHUNK * 50, -1)
            frames.append(state[: round(len(piece) / RATE * 50)])
        return _pooled(np.concatenate(frames).astype(np.float32), 50)

    def _segmentation(self, sound: Rows) -> Rows:
        import torch

        states: list[Any] = []
        hook = self._segmenter.lstm.register_forward_hook(lambda *a: states.append(a[2][0][0]))
        frames = []
        for piece in _pieces(sound, 10):
            padded = np.pad(piece, (0, 10 * RATE - len(piece)))
            with torch.inference_mode():
                self._segmenter(torch.from_numpy(padded)[None, None])
            state = states.pop().numpy()
            at = ((np.arange(500) + 0.5) / 500 * len(state)).astype(int)
            frames.append(state[at][: round(len(piece) / RATE * 50)])
        hook.remove()
        return _pooled(np.concatenate(frames), 50)

    def _rhythm(self, sound: Rows) -> Rows:
        frequency, _, spectrum = stft(sound, RATE, nperseg=640, noverlap=480, nfft=2048)
        power = (np.abs(spectrum.T) ** 2 + 1e-12).astype(np.float32)
        edges = np.geomspace(60, 7600, 25)
        bands = [
            np.log(power[:, (frequency >= a) & (frequency < b)].mean(axis=1))
            for a, b in pairwise(edges)
        ]
        flatness = np.log(power).mean(axis=1) - np.log(power.mean(axis=1))
        # Autocorrelation at lags of 70 to 500 Hz: how voiced, and how high.
        correlation = np.fft.irfft(power, axis=1)
        lags = correlation[:, RATE // 500 : RATE // 70] / correlation[:, :1]
        voicing, pitch = lags.max(axis=1), np.log2(lags.argmax(axis=1) + RATE // 500)
        frames = np.column_stack([*bands, flatness, voicing, pitch]).astype(np.float32)
        level = frames[:, : len(bands)].mean(axis=1)
        moves = [_movement(x) for x in (level, frames[:, 8:16].mean(axis=1), voicing)]
        rows = _pooled(frames, 100)
        return np.column_stack([rows, *[m[: len(rows)] for m in moves]])

    def _zero(self, sound: Rows) -> Rows:
        from faster_whisper.tokenizer import Tokenizer

        words = Tokenizer(self._whisper.hf_tokenizer, True, task="transcribe", language="en")
        start = [*words.sot_sequence, words.no_timestamps]
        first = [words.encode(text)[0] for text in LAUGHS]
        spelt = [words.encode(text)[0] for text in SPELT]
        starts = range(max(1, round(len(sound) / RATE) - WINDOW + 1))
        scores: list[float] = []
        for at in range(0, len(starts), 8):
            pieces = [sound[s * RATE : (s + WINDOW) * RATE] for s in starts[at : at + 8]]
            state = self._encoded(pieces, SHORT)
            opening = self._next_word(state, start, len(pieces))
            total = opening[:, spelt].sum(axis=1)
            for text in BEGINNINGS:
                token = words.encode(text)[0]
                then = self._next_word(state, [*start, token], len(pieces))
                total += opening[:, token] * then[:, first].sum(axis=1)
            scores += list(np.log(total + 1e-12))
        # A second's score is that of the window in whose middle it lies.
        rows = np.repeat(np.array(scores), HZ)
        count = round(len(sound) / RATE * HZ)
        return np.pad(rows, (HZ // 2, max(0, count - len(rows))), mode="edge")[:count, None]

    def _next_word(self, state: Any, prompt: list[int], count: int) -> NDArray[np.float64]:
        """Probability of every token after `prompt`, shape (pieces, tokens)."""
        found = self._whisper.model.generate(
            state,
            [prompt] * count,
            beam_size=1,
            max_length=len(prompt) + 1,
            suppress_blank=False,
            suppress_tokens=[],
            return_logits_vocab=True,
        )
        logits = np.stack([np.asarray(one.logits[0][0]).ravel() for one in found])
        raised = np.exp(logits.astype(np.float64) - logits.max(axis=1, keepdims=True))
        return np.asarray(raised / raised.sum(axis=1, keepdims=True))


def _pieces(sound: Rows, seconds: int) -> list[Rows]:
    """`sound` in pieces of `seconds`; what is left under a tenth of a second is dropped."""
    size = seconds * RATE
    found = [sound[at : at + size] for at in range(0, len(sound), size)]
    return [piece for piece in found if len(piece) >= RATE // 10]


def _pooled(frames: Rows, rate: int) -> Rows:
    """Mean and spread of `frames`, `rate` a second, over `WIDTH` around each row."""
    width = round(WIDTH * rate)
    mean = uniform_filter1d(frames, width, axis=0, mode="nearest")
    square = uniform_filter1d(frames**2, width, axis=0, mode="nearest")
    spread = np.sqrt(np.maximum(square - mean**2, 0))
    return np.concatenate([mean, spread], axis=1)[rate // HZ // 2 :: rate // HZ]


def _movement(values: Rows) -> Rows:
    """How strongly `values`, 100 a second, move at each of `BANDS` over 1.28 s about each row."""
    half = 64
    padded = np.pad(values, half, mode="edge")
    windows = np.lib.stride_tricks.sliding_window_view(padded, 2 * half)[5::10]
    windows = (windows - windows.mean(axis=1, keepdims=True)) * np.hanning(2 * half)
    strength = np.abs(np.fft.rfft(windows, 256))
    frequency = np.fft.rfftfreq(256, 0.01)
    out = [strength[:, (frequency >= a) & (frequency < b)].mean(axis=1) for a, b in BANDS]
    return np.log(np.column_stack(out) + 1e-3).astype(np.float32)
