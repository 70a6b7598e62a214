"""Which words of a turn are surely its speaker's own.

A recogniser hears one voice at a time, and a diarizer's limits are a few tenths of a second off.
So a word at a change of speaker, or said while another talks, may be another's.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby

from session_audio.interval import Interval, union
from session_audio.schema import SessionResult, Turn, Word

LEFT_OUT = "…"


@dataclass(frozen=True)
class OwnWords:
    """What one participant surely said in a session.

    Parameters
    ----------
    result
        The session.
    participant
        Whose words.
    margin
        Seconds before and after another's turn in which a word may be the other's.
    """

    result: SessionResult
    participant: str
    margin: float

    @cached_property
    def words(self) -> Mapping[int, Sequence[Word]]:
        """The words that were given to the participant, by turn: each to the nearest unit."""
        units = sorted(
            (piece.start, piece.end, turn.index)
            for turn in self.result.turns
            if turn.participant == self.participant
            for piece in turn.speech or (Interval(turn.start, turn.end),)
        )
        out: dict[int, list[Word]] = {}
        for word in self.result.words if units else ():
            if word.speaker == self.participant:
                middle = (word.start + word.end) / 2
                k = max(0, bisect_right(units, middle, key=lambda unit: unit[0]) - 1)
                if k + 1 < len(units) and middle - units[k][1] > units[k + 1][0] - middle:
                    k += 1
                out.setdefault(units[k][2], []).append(word)
        return out

    @cached_property
    def others(self) -> tuple[Interval, ...]:
        """When somebody else may be heard: their speech with the margin."""
        pieces = (
            Interval(max(0.0, piece.start - self.margin), piece.end + self.margin)
            for turn in self.result.turns
            if turn.participant != self.participant
            for piece in turn.speech or (Interval(turn.start, turn.end),)
        )
        return tuple(union(pieces))

    def text(self, turn: Turn) -> str:
        """What of `turn` is surely its speaker's, with an ellipsis where words are left out.

        The whole text where the words came with their speakers (a track a person, a transcript
        with names), for then no limit between speakers decided whose they are.  Empty where
        words are not known one by one, or none is sure.
        """
        if not self.result.words_aligned:
            return turn.text
        words = self.words.get(turn.index, ())
        parts = [LEFT_OUT if self._doubtful(word) else word.text for word in words]
        kept: list[str] = []
        for left_out, stretch in groupby(parts, key=lambda part: part == LEFT_OUT):
            kept += [LEFT_OUT] if left_out else stretch
        return "" if kept == [LEFT_OUT] else " ".join(kept)

    def _doubtful(self, word: Word) -> bool:
        k = bisect_right(self.others, word.start, key=lambda piece: piece.end)
        return k < len(self.others) and self.others[k].start < word.end


def own_words(result: SessionResult, participant: str, margin: float) -> Sequence[tuple[Turn, str]]:
    """The turns of `participant` that hold words surely theirs, each with these."""
    own = OwnWords(result, participant, margin)
    texts = [(turn, own.text(turn)) for turn in result.turns if turn.participant == participant]
    return [(turn, text) for turn, text in texts if text.strip()]
