"""Settings of what a clinic has decided about consent, and about how long what is kept."""

from __future__ import annotations

from typing import Literal

from pydantic.dataclasses import dataclass

from session_audio.settings.kinds import STRICT, Days, Switch, within


@dataclass(frozen=True, config=STRICT)
class ConsentSettings:
    """Consent: what is done where somebody present does not consent."""

    missing: Literal["refuse", "mask"] = "refuse"
    """Where somebody present lacks ``transcription`` or ``analysis``, ``refuse`` refuses the
    session and ``mask`` leaves out their words, or all of them.  Without ``recording`` it is
    always refused."""
    masked_speech: Literal["seconds", "nothing"] = "seconds"
    """What is left of the speech of somebody left out whole, and of a voice on nobody's list:
    its seconds, as nobody's, or nothing."""
    each_purpose: Switch = False
    """Whether ``moments``, ``member_report`` and ``leaving`` each need a consent of their own; else
    ``analysis`` covers them for whoever was not asked about them apart."""


@dataclass(frozen=True, config=STRICT)
class RetentionSettings:
    """Retention: days after a session until something is to go; -1 keeps it for good."""

    decoded_sound: Days = within(-1, 36_500, default=0)
    """`session-audio retain` removes the decoded sound in ``out/work`` after this; it is made again
    from the recording where it is needed."""
    recordings: Days = within(-1, 36_500, default=-1)
    """`retain` and `privacy-check` tell of recordings older than this: they are yours to delete."""
    results: Days = within(-1, 36_500, default=-1)
    """They tell of results older than this."""
