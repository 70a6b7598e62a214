"""Which voice each local speaker of the segmentation model is, chunk by chunk.

The up to three local speakers of a chunk are named together: what each says alone, and how
each two sound where they overlap, must fit their names, and two of them are hardly ever one
person.  So somebody who is heard only under another is named by what the other leaves, and
by not being the third.  Every naming keeps its probability: what is doubtful counts little.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from session_audio.backends.diarization.likelihood import STEP, VoiceEvidence
from session_audio.backends.diarization.local_activity import LocalActivity
from session_audio.backends.diarization.speech_activity import Speech

Floats = NDArray[np.float32]

NEW = 0.012
"""Weight of one step's evidence: neighbours hear mostly the same sound (ours, measured)."""
TWICE = -8.0
"""Log of how likely two local speakers of a chunk are one person (ours)."""
ACTIVE = 0.5
"""Score from which a local speaker talks."""
LEAST = 3
"""Steps of activity from which a local speaker is named."""


def mapped(local: LocalActivity, speech: Speech, evidence: VoiceEvidence) -> Floats:
    """The local speakers' scores under their voices' names, shape (frames, voices)."""
    talks = speech.any

    def renamed(c: int, start: int, scores: Floats) -> Floats:
        here = np.zeros(len(scores), bool)
        here[: max(0, len(talks) - start)] = talks[start : start + len(scores)]
        names = name_probabilities(scores, here, start // STEP, evidence)
        return np.minimum(scores @ names, 1.0)

    voices = len(evidence.between)
    return local.averaged((renamed(c, s, x) for c, s, x in local.chunks()), voices)


def name_probabilities(
    scores: Floats, speech: NDArray[np.bool_], first: int, evidence: VoiceEvidence
) -> Floats:
    """How likely each local speaker of a chunk is each voice, shape (speakers, voices).

    Parameters
    ----------
    scores : ndarray, shape (frames, speakers)
    speech : ndarray, shape (frames,)
        Where anybody talks.
    first : int
        The step of `evidence` at which the chunk begins.

    Returns
    -------
    ndarray
        Rows sum to 1, or are zero for who hardly talks.
    """
    voices = len(evidence.between)
    out = np.zeros((scores.shape[1], voices), np.float32)
    active = (scores[::STEP] > ACTIVE) & speech[::STEP, None]
    active = active[: max(0, len(evidence.towards) - first)]
    count = active.sum(axis=1)
    who = np.flatnonzero(active.sum(axis=0) >= LEAST)
    if not len(who):
        return out
    # Log probability of every naming: one axis a local speaker.
    chance = np.zeros((voices,) * len(who))
    for i, a in enumerate(who):
        alone = np.flatnonzero(active[:, a] & (count == 1))
        chance += _along(NEW * evidence.one(first + alone).sum(axis=0), len(who), i)
        for j, b in enumerate(who[:i]):
            both = np.flatnonzero(active[:, a] & active[:, b] & (count == 2))
            fit = NEW * evidence.two(first + both).sum(axis=0) + TWICE * np.eye(voices)
            chance += _along(fit, len(who), j, i)
    chance = np.exp(chance - chance.max())
    chance /= chance.sum()
    for i, a in enumerate(who):
        out[a] = chance.sum(axis=tuple(j for j in range(len(who)) if j != i))
    return out


def _along(values: Floats, axes: int, *places: int) -> Floats:
    """`values` with its axes at `places` (in order) of an array of so many axes."""
    shape = [1] * axes
    for place, size in zip(places, values.shape, strict=True):
        shape[place] = size
    return values.reshape(shape)
