"""Maps the local speakers of each chunk to the recording's speakers.

The up to three local speakers of a chunk are mapped together: what each says alone, and how
each two sound where they overlap, must fit, and two of them are hardly ever one person.  So
somebody who talks only under another is told by what the other leaves, and by not being
the third.  Every mapping keeps its probability: what is doubtful counts little.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from session_audio.backends.diarization.likelihood import STEP, SpeakerLikelihood
from session_audio.backends.diarization.local_activity import LocalActivity
from session_audio.backends.diarization.speech_activity import Speech

Floats = NDArray[np.float32]

STEP_WEIGHT = 0.012
"""Weight of one step's likelihood: neighbours share most of their sound (ours, measured)."""
SAME_SPEAKER = -8.0
"""Log prior that two local speakers of a chunk are one person (ours)."""
ACTIVE = 0.5
"""Score from which a local speaker talks."""
MIN_STEPS = 3
"""Steps of activity from which a local speaker is mapped."""


def map_local_speakers(
    local: LocalActivity, speech: Speech, likelihood: SpeakerLikelihood
) -> Floats:
    """Scores of the recording's speakers, from those of local ones, shape (frames, speakers)."""
    talks = speech.any

    def renamed(start: int, scores: Floats) -> Floats:
        here = np.zeros(len(scores), bool)
        here[: max(0, len(talks) - start)] = talks[start : start + len(scores)]
        mapping = mapping_probabilities(scores, here, start // STEP, likelihood)
        return np.minimum(scores @ mapping, 1.0)

    speakers = len(likelihood.gram)
    return local.averaged((renamed(start, x) for _, start, x in local.chunks()), speakers)


def mapping_probabilities(
    scores: Floats, speech: NDArray[np.bool_], first: int, likelihood: SpeakerLikelihood
) -> Floats:
    """Probability that each local speaker of a chunk is each of the recording's.

    Parameters
    ----------
    scores : ndarray, shape (frames, local speakers)
    speech : ndarray, shape (frames,)
        Where anybody talks.
    first : int
        The step of `likelihood` at which the chunk begins.

    Returns
    -------
    ndarray, shape (local speakers, speakers)
        Rows sum to 1, or are zero for who hardly talks.
    """
    speakers = len(likelihood.gram)
    out = np.zeros((scores.shape[1], speakers), np.float32)
    active = (scores[::STEP] > ACTIVE) & speech[::STEP, None]
    active = active[: max(0, len(likelihood.products) - first)]
    count = active.sum(axis=1)
    who = np.flatnonzero(active.sum(axis=0) >= MIN_STEPS)
    if not len(who):
        return out
    # Log probability of every mapping: one axis a local speaker.
    joint = np.zeros((speakers,) * len(who))
    for i, a in enumerate(who):
        alone = np.flatnonzero(active[:, a] & (count == 1))
        single = likelihood.log_likelihood_single(first + alone).sum(axis=0)
        joint += _along(STEP_WEIGHT * single, len(who), i)
        for j, b in enumerate(who[:i]):
            both = np.flatnonzero(active[:, a] & active[:, b] & (count == 2))
            pair = likelihood.log_likelihood_pair(first + both).sum(axis=0)
            pair = STEP_WEIGHT * pair + SAME_SPEAKER * np.eye(speakers)
            joint += _along(pair, len(who), j, i)
    joint = np.exp(joint - joint.max())
    joint /= joint.sum()
    for i, a in enumerate(who):
        out[a] = joint.sum(axis=tuple(j for j in range(len(who)) if j != i))
    return out


def _along(values: Floats, axes: int, *places: int) -> Floats:
    """`values` with its axes at `places` (in order) of an array of so many axes."""
    shape = [1] * axes
    for place, size in zip(places, values.shape, strict=True):
        shape[place] = size
    return values.reshape(shape)
