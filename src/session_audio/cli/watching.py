"""``run --watch``: a batch whenever sessions have arrived, until somebody ends it."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from session_audio.flow.outcomes import Outcome

LOOK = 15.0
"""Seconds between two looks; a session is taken when it was the same at both."""


def with_earlier(before: Sequence[Outcome], now: Sequence[Outcome]) -> list[Outcome]:
    """What became of each session of a watch so far: as it was told last."""
    groups = {str(Path(outcome.folder).resolve().parent) for outcome in now}
    # A series that failed is drawn again with each of its sessions.
    still = [o for o in before if not (o.stage == "series" and o.folder in groups)]
    return list({o.folder: o for o in (*still, *now)}.values())


def watch(
    look: Callable[[], tuple[list[Path], list[Outcome]]],
    batch: Callable[[list[Path], Sequence[Outcome]], object],
    until: datetime | None,
) -> None:
    """Run what arrives, and say what cannot be used, each once.

    Parameters
    ----------
    look : callable
        The sessions that are there, and an outcome for each folder that is none.
    batch : callable
        Runs sessions, and tells of them and of those outcomes.
    until : datetime or None
        When to end; None to go on until Ctrl-C.
    """
    from session_audio.flow.arrivals import Arrivals

    arrivals, told = Arrivals(), set[tuple[str, str]]()
    click.echo("session-audio: watching; Ctrl-C ends it", err=True)
    while until is None or datetime.now() < until:
        sessions, bad = look()
        ready = arrivals.whole(sessions)
        news = [o for o in bad if (o.folder, o.message) not in told]
        told.update((o.folder, o.message) for o in news)
        if ready or news:
            batch(ready, news)
        time.sleep(LOOK)
