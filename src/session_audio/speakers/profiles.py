"""Voice profiles: what a group keeps so that a participant is known by voice.

A profile holds embeddings (vectors of numbers, unit length), never sound.  There is one file a
participant, ``voices/PARTICIPANT.json`` in the group's folder, and only for participants
who consented to ``voiceprint``.  Whoever withdraws that consent is no longer compared,
and the file can be deleted at any time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydantic import TypeAdapter, ValidationError

from session_audio import permissions
from session_audio.errors import ConsentError, FormatError
from session_audio.files import read_bytes, write_text
from session_audio.schema import Group, Participant, ParticipantId, Session
from session_audio.workspace.consent import WITHDRAWN, lacking

FOLDER = "voices"
KEEP = 8
"""Samples kept a participant; the oldest go first, as voices and microphones change."""


@dataclass(frozen=True)
class VoiceSample:
    """One embedding of one person's voice."""

    vector: tuple[float, ...]
    """Unit length."""
    model: str
    """Revision of the encoder: vectors of different models cannot be compared."""
    made: date
    seconds: float
    """Seconds of speech it was made from."""
    source: str
    """``"enrolment"``, or ``"session 2026-03-02"``."""


@dataclass(frozen=True)
class VoiceProfile:
    """The voice samples of one participant."""

    participant: ParticipantId
    samples: tuple[VoiceSample, ...]

    def vector(self, model: str | None = None) -> NDArray[np.float64] | None:
        """Mean of the samples, weighted by seconds of speech, unit length.

        Parameters
        ----------
        model : str, optional
            Only samples of this encoder count; without it, those of the newest sample's.

        Returns
        -------
        ndarray, shape (d,), or None
            None where there is no sample of that model.
        """
        model = model if model is not None else self.samples[-1].model if self.samples else ""
        chosen = [s for s in self.samples if s.model == model]
        if not chosen:
            return None
        weights = [min(s.seconds, 60.0) for s in chosen]
        mean = np.average(np.array([s.vector for s in chosen], dtype=float), 0, weights)
        norm = float(np.linalg.norm(mean))
        return mean / norm if norm > 0 else None


_ADAPTER = TypeAdapter(VoiceProfile)


def path_of(group: Group, participant: str) -> Path:
    """Where the profile of `participant` is kept."""
    return group.folder / FOLDER / f"{participant}.json"


def read(path: Path) -> VoiceProfile:
    """The profile in `path`.

    Raises
    ------
    FormatError
        When it cannot be read.
    """
    try:
        return _ADAPTER.validate_json(read_bytes(path))
    except (ValidationError, OSError):
        raise FormatError(
            f"{FOLDER}/{path.name} is not a voice profile",
            hint="Delete it and enrol the participant again.",
        ) from None


def add(group: Group, participant: str, sample: VoiceSample, on: date) -> Path:
    """Keep `sample` as one of the participant's; returns the file.

    Raises
    ------
    ConsentError
        When the participant has not consented to a voiceprint.
    """
    person = may_enrol(group, participant, on)
    path = path_of(group, participant)
    before = read(path).samples if path.exists() else ()
    # A session gives one sample: a corrected mapping replaces what it gave before.
    kept = [s for s in before if s.source != sample.source or sample.source == "enrolment"]
    profile = VoiceProfile(person.id, (*kept, sample)[-KEEP:])
    write_text(path, _ADAPTER.dump_json(profile, indent=1).decode() + "\n")
    permissions.restrict(path.parent)  # earlier versions left it open to others
    return path


def may_enrol(group: Group, participant: str, on: date) -> Participant:
    """The participant, if a voice embedding of theirs may be kept.

    Raises
    ------
    ConsentError
        When they have not consented to ``voiceprint``, or are not on the roster.
    """
    try:
        person = group.participant(participant)
    except KeyError:
        raise ConsentError(
            f"{participant} is not on the roster of {group.id}; nothing was kept",
            stage="enroll",
            hint="Name a participant of group.toml.",
        ) from None
    why = lacking(person, "voiceprint", on, on)
    if why is not None:
        raise ConsentError(
            f"consent to a voiceprint of {participant}: {why}; nothing was kept",
            stage="enroll",
            hint=_what_to_do(why, participant in without_consent(group, on), participant),
        )
    return person


def _what_to_do(why: str, is_kept: bool, participant: str) -> str | None:
    """Somebody who withdrew is never asked again by this software."""
    if is_kept:
        return f"Delete {FOLDER}/{participant}.json to forget the voice that is kept."
    return None if why.startswith(WITHDRAWN) else "Record the consent in group.toml first."


def without_consent(group: Group, on: date) -> list[str]:
    """Ids of those whose voice is kept though their consent to a voiceprint does not stand.

    An id that the roster no longer has is among them.
    """
    stands = {str(p.id) for p in group.participants if lacking(p, "voiceprint", on, on) is None}
    kept = sorted(path.stem for path in (group.folder / FOLDER).glob("*.json"))
    return [who for who in kept if who not in stands]


def load_profiles(session: Session, on: date) -> tuple[VoiceProfile, ...]:
    """Profiles of the people present who consent, today, to being known by voice."""
    return tuple(
        read(path)
        for person in session.present
        if lacking(person, "voiceprint", on, on) is None
        and (path := path_of(session.group, person.id)).exists()
    )


def similarity(a: Sequence[float], b: Sequence[float] | NDArray[np.float64]) -> float:
    """Cosine of two vectors, in [-1, 1].

    >>> similarity([1.0, 0.0], [1.0, 0.0])
    1.0
    """
    x, y = np.asarray(a, dtype=float), np.asarray(b, dtype=float)
    return float(x @ y / max(np.linalg.norm(x) * np.linalg.norm(y), 1e-12))
