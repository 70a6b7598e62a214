"""The machine that a run is on: left usable, and told where it may not be enough."""

from __future__ import annotations

from contextlib import suppress

import psutil

LITTLE_MEMORY = 2e9
"""Bytes free below which a run is likely to slow everything down (docs/performance.md)."""
_NICE = 10


def step_back() -> None:
    """Give this process, and those that it starts, a low priority.

    What somebody does at the same computer comes first; where nobody does, a run takes
    as long as before.
    """
    with suppress(psutil.Error, OSError):
        here = psutil.Process()
        if psutil.WINDOWS:
            here.nice(psutil.BELOW_NORMAL_PRIORITY_CLASS)
        elif here.nice() < _NICE:
            here.nice(_NICE)


def doubts() -> list[str]:
    """What may go wrong on this machine now, in a sentence each; empty where nothing is seen."""
    said = []
    free = psutil.virtual_memory().available
    if free < LITTLE_MEMORY:
        said.append(
            f"Only {free / 1e9:.1f} GB of memory are free, and a run takes about 2: it will be "
            "slow, and other programs too. Close what is not needed."
        )
    with suppress(AttributeError, NotImplementedError, OSError):  # no battery, or no way to ask
        battery = psutil.sensors_battery()
        if battery is not None and battery.power_plugged is False:
            said.append(
                f"This computer runs on its battery ({battery.percent:.0f} %). If it ends, what "
                "was done is kept, and the same command goes on from there."
            )
    return said
