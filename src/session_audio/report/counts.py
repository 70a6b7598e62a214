"""Likely numbers of events, as a report shows them: whole, or that they cannot be told."""

from __future__ import annotations

from session_audio.report.elements import Cell
from session_audio.report.page import Page
from session_audio.report.wording import Wording
from session_audio.schema import InteractionKind, Measures


def whole(number: float | None) -> int:
    """A likely number to the nearest whole; 0 where it cannot be told.

    >>> whole(0.4), whole(0.5), whole(2.5), whole(None)
    (0, 1, 3, 0)
    """
    return int((number or 0.0) + 0.5)


def likely(say: Wording, number: float | None) -> str:
    """A likely number in words: ``3``, ``< 1`` where there may be one, or that it is not told."""
    if number is None:
        return say("number.untold")
    return say("number.under_one") if 0 < number < 0.5 else say.number(whole(number))


def likely_cell(page: Page, number: float | None) -> Cell:
    """The same as a cell."""
    return Cell(likely(page.say, number), mark="none" if number is None else "")


def is_told(measures: Measures, kind: InteractionKind) -> bool:
    """Whether a kind of event could be told from this recording."""
    return kind not in {one.kind for one in measures.untold}
