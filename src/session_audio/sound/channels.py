"""Which channels of a recording are mixed, and how: by layout, speech over noise, and polarity.

The plain mean serves most recordings.  It does harm where a channel holds no speech (a dead
or humming input, the low-frequency channel and the surrounds of 5.1), and where one is
inverted (a cable wired the wrong way round): there speech cancels.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from session_audio.schema import SIDES_APART, Notice
from session_audio.sound import loudness

_LOW = frozenset({"LFE", "LFE2"})
_HEARD = 6.0
"""dB of speech over noise below which a channel holds none ..."""
_WORSE = 10.0
"""... if another has so many more (ours)."""
_INVERTED = -0.5
"""Correlation with the best channel, in the band of speech, below which one is inverted (ours)."""
_CANCELLED = 0.01
"""Share of the best channel's power below which a mix has cancelled it."""
_APART, _EACH = 10.0, 0.05
"""dB between two channels in nearly all speech, of which each is the louder in at least this
share, from which they hold a person each (ours: 0.99 and 0.35 in telephone calls)."""
_SURE = 20.0
"""dB by which one channel is softer than the other where the other's person talks, from which
they serve as two tracks (ours: 45 and more in telephone calls)."""
_FEW = 8
"""Channels of which every block is looked at; of more, fewer."""

Weights = NDArray[np.float64]


@dataclass
class Seen:
    """What was seen of the channels of a recording, block by block, in the band of speech."""

    count: int
    levels: list[loudness.Levels] = field(default_factory=list)
    products: NDArray[np.float64] | None = None
    """Sum of products of each two channels, shape ``(count, count)``."""
    blocks: int = 0

    def wants(self) -> bool:
        """Whether the next block is to be looked at; one channel never is."""
        self.blocks += 1
        return self.count > 1 and (self.blocks - 1) % max(1, self.count // _FEW) == 0

    def add(self, band: NDArray[np.float32], rate: int) -> None:
        """Look at a block, shape ``(count, n)``, of sound in the band of speech."""
        size = round(loudness.FRAME * rate)
        whole = band[:, : band.shape[1] // size * size].astype(np.float64)
        energy = np.mean(whole.reshape(self.count, -1, size) ** 2, axis=2)
        self.levels.append((10 * np.log10(energy + 1e-30)).astype(np.float32))
        products = whole @ whole.T
        self.products = products if self.products is None else self.products + products


def plain(count: int) -> Weights:
    """The mean of `count` channels."""
    return np.full(count, 1 / count)


def only(channel: int, count: int) -> Weights:
    """One channel of `count`."""
    weights = np.zeros(count)
    weights[channel] = 1.0
    return weights


def choose(seen: Seen, names: Sequence[str]) -> tuple[Weights, list[Notice]]:
    """Weights of the channels, shape ``(count,)``, and what is told of them.

    Parameters
    ----------
    seen : Seen
    names : sequence of str
        What the file's layout calls the channels; may be empty.

    Returns
    -------
    weights : ndarray
        The plain mean where nothing speaks against it.
    notices : list of Notice
        ``channels_left_out:CHANNELS/COUNT``, ``channel_inverted:CHANNELS``,
        ``channels_cancel:CHANNEL``; ``sides_apart:DB`` where two channels hold a person each and
        hardly hear each other, ``person_a_side`` where they do.  Channels are counted from 0.
    """
    count = seen.count
    if count == 1 or seen.products is None or not np.any(np.diag(seen.products)):
        return plain(count), []
    levels = np.concatenate(seen.levels, axis=1)
    heard = [loudness.measure(row) for row in levels]
    over = np.array([-np.inf if speech is None else speech.snr for speech in heard])
    if np.all(np.isinf(over)):
        return plain(count), []
    kept = ~((over < _HEARD) & (over < over.max() - _WORSE))
    kept &= np.array([name not in _LOW for name in (*names, *[""] * count)[:count]])
    if not kept.any():
        kept = np.isfinite(over)
    best = int(np.argmax(np.where(kept, over, -np.inf)))
    power = np.diag(seen.products)
    alike = seen.products[best] / np.sqrt(np.maximum(power * power[best], 1e-30))
    inverted = kept & (alike < _INVERTED)
    weights = np.where(kept, np.where(inverted, -1.0, 1.0), 0.0) / kept.sum()
    notices = []
    if not kept.all():
        notices.append(Notice("channels_left_out", _listed(~kept), str(count)))
    if inverted.any():
        notices.append(Notice("channel_inverted", _listed(inverted)))
    if count == 2 and kept.all() and (apart := _person_a_side(levels)) is not None:
        sure = Notice(SIDES_APART, f"{apart:.0f}")
        notices.append(sure if apart >= _SURE else Notice("person_a_side"))
    if weights @ seen.products @ weights < _CANCELLED * power.max():
        loudest = int(np.argmax(np.where(kept, power, 0)))
        return only(loudest, count), [Notice("channels_cancel", str(loudest))]
    return weights, notices


def _person_a_side(levels: NDArray[np.float32]) -> float | None:
    """How far apart two channels are that hold a person each, of `levels`, shape ``(2, frames)``.

    So it is in a call that was recorded with each side on a channel of its own: they are hardly
    ever loud together.  None where they hold the same people; else by how many dB the other
    channel is softer where a channel's own person talks (the median, of the channel that hears
    more of the other).
    """
    speech = loudness.active(np.asarray(levels.max(axis=0)))
    difference = (levels[0] - levels[1])[speech]
    sides = [side[side > _APART] for side in (difference, -difference)]
    parts = [len(side) / max(1, len(difference)) for side in sides]
    if sum(parts) <= 0.9 or min(parts) <= _EACH:
        return None
    return min(float(np.median(side)) for side in sides)


def _listed(some: NDArray[np.bool_]) -> str:
    return ", ".join(str(i) for i in np.flatnonzero(some))


def mixed(block: NDArray[np.float32], weights: Weights) -> NDArray[np.float32]:
    """Mono of a block, shape ``(channels, n)``; the mean where `weights` do not fit it."""
    if len(block) == 1:
        return np.asarray(block[0])
    if len(block) != len(weights):
        return np.asarray(block.mean(axis=0), dtype=np.float32)
    return np.asarray(weights.astype(np.float32) @ block)
