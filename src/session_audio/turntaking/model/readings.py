"""Readings of units: their words in plain form, what the back-off tables tell of them, talk time.

Backchannel and interruption features are both made from these.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from session_audio.interval import exceeds
from session_audio.turntaking.context import Context
from session_audio.turntaking.lexicon import plain
from session_audio.turntaking.model.backoff import WordTables
from session_audio.turntaking.model.features import Floats
from session_audio.turntaking.talk_time import TalkTime


@dataclass(frozen=True)
class Readings:
    """Units in context, and for each its words and what the tables tell of them."""

    context: Context
    tables: WordTables
    words: tuple[tuple[str, ...], ...]
    """Plain forms."""
    word_count: Floats
    p_backchannel: Floats
    """Probability by its words alone that the unit is a backchannel; 0 without words."""
    talk_time: tuple[TalkTime, ...]
    """One a speaker, in the order of `Context.speakers`."""

    @classmethod
    def of(cls, context: Context, tables: WordTables) -> Readings:
        """Read all units of `context`."""
        words = tuple(tuple(plain(word.text) for word in unit.words) for unit in context.units)
        own = [np.flatnonzero(context.who == q) for q in range(len(context.speakers))]
        return cls(
            context,
            tables,
            words,
            np.array([float(len(unit)) for unit in words]),
            np.array([tables.p_backchannel(unit) if unit else 0.0 for unit in words]),
            tuple(TalkTime.of(context.start[units], context.end[units]) for units in own),
        )

    def talk(self, start: Floats, end: Floats) -> Floats:
        """Seconds that each speaker (column) talks in each ``[start, end)`` (row)."""
        columns = [speaker.between(start, end).round(6) for speaker in self.talk_time]
        return np.column_stack(columns) if columns else np.zeros((len(start), 0))

    def words_until(self, unit: int, time: float) -> Sequence[str]:
        """Words of `unit` that begin before `time`."""
        timed = self.context.units[unit].words
        if not timed or exceeds(time, timed[-1].start):
            return self.words[unit]
        return self.words[unit][: sum(exceeds(time, word.start) for word in timed)]
