"""Where in the session something is uncertain: how many minutes, and from when to when."""

from __future__ import annotations

from session_audio.interval import Interval, total, union
from session_audio.report.page import Page
from session_audio.schema import STRETCHES

_REACH = 15.0
"""Seconds between two stretches over which they are named as one place."""


def uncertain(page: Page, places: int) -> list[str]:
    """A sentence a kind of doubt: speech that may be lost first, then who spoke.

    Parameters
    ----------
    page : Page
    places : int
        How many places are named at most; the longest are.
    """
    found = []
    for key in STRETCHES:
        if stretches := [
            Interval(float(n.value), float(n.of))
            for n in page.result.quality.warnings
            if n.key == key
        ]:
            found.append(_told(page, key, stretches, places))
    return found


def _told(page: Page, key: str, stretches: list[Interval], places: int) -> str:
    say, joined = page.say, union(stretches, _REACH)
    longest = sorted(joined, key=lambda x: x.start - x.end)[:places]
    named = [f"{say.clock(x.start)}\u2013{say.clock(x.end)}" for x in sorted(longest)]
    if more := len(joined) - len(longest):
        named.append(say("doubt.more", n=more))
    time = say.whole(total(union(stretches)))
    return say(f"doubt.{key}", time=time, places=", ".join(named))
