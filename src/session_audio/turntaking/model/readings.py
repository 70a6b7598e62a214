"""Readings of units: their words in plain form, what the back-off tables tell of them, talk time.

Backchannel and interruption features are both made from these.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from session_audio.interval import exceeds
from session_audio.turntaking.context import Context
from session_audio.turntaking.ipu import Ipu
from session_audio.turntaking.lexicon import LISTENING_SOUND, is_fragment, plain
from session_audio.turntaking.model.backoff import WordTables
from session_audio.turntaking.model.features import Floats
from session_audio.turntaking.talk_time import TalkTime

WRITTEN_WHOLE = 0.05
"""Share of units without words up to which the words count as written by hand (ours)."""


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
    unwritten: Floats
    """Seconds of the unit that are in none of its words."""
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
            np.array([_unwritten(unit) for unit in context.units]),
            tuple(TalkTime.of(context.start[units], context.end[units]) for units in own),
        )

    @property
    def wordless_share(self) -> float:
        """Share of the session's units that have no words: large where a recogniser wrote."""
        return float(np.mean(self.word_count == 0))

    @property
    def recognised(self) -> bool:
        """Whether a recogniser seems to have written the words: too much speech has none."""
        return self.wordless_share > WRITTEN_WHOLE

    @property
    def sound_share(self) -> float:
        """Share of the session's words that people write and recognisers leave out.

        Sounds of listening, fillers and broken-off words.
        """
        said = [word for unit in self.words for word in unit]
        return sum(w in LISTENING_SOUND or is_fragment(w) for w in said) / max(1, len(said))

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


def _unwritten(unit: Ipu) -> float:
    written = sum(word.end - word.start for word in unit.words)
    return max(0.0, round(unit.duration - written, 6))
