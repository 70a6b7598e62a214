"""Features from which the model ranks whom a turn answers.

The candidates of a turn are the other speakers who began a turn before it, the most recent
first.  Features tell how recent each is, whether they asked, whether they were answered
already, and which words both turns share.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from session_audio.interval import Interval, exceeds
from session_audio.schema import Turn
from session_audio.turntaking.lexicon import BACKCHANNEL, OPEN_ENDED, plain
from session_audio.turntaking.model.backoff import WordTables

Floats = NDArray[np.float64]
FAR = 30.0
MOST = 5
"""Candidates a turn."""

RESPONSE_FEATURES = (
    "rank_by_start",
    "rank_by_end",
    "candidates",
    "gap_to_turn",
    "gap_to_unit",
    "since_start",
    "since_unit_start",
    "overlaps",
    "their_words",
    "their_duration",
    "their_question",
    "their_last_question",
    "their_complete",
    "their_you",
    "they_followed_me",
    "i_followed_them",
    "i_spoke_since",
    "since_my_last",
    "since_their_backchannel",
    "they_backchanneled_last",
    "their_talk_5",
    "their_talk_15",
    "their_talk_60",
    "shared_words",
    "shared_rare",
    "my_words",
    "my_duration",
    "my_backchannel",
    "my_first_backchannel",
    "my_question",
    "my_flag",
    "they_follow_next",
    "their_next_in",
    "lead_in_gap",
    "lead_in_words",
    "turns_between",
    "their_next_incoming",
    "my_unit_end_gap",
)


@dataclass(frozen=True)
class ResponseRows:
    """One row a candidate: turn `turn[i]` (position in the list) may answer turn `target[i]`."""

    turn: NDArray[np.int64]
    target: NDArray[np.int64]
    rows: Floats


@dataclass(slots=True)
class _Speaker:
    """What is known of one speaker while the turns go by."""

    turn: int = -1
    before: str = ""  # who had the turn before that
    backchannel: float = -math.inf


def response_rows(turns: Sequence[Turn], tables: WordTables, reach: float = FAR) -> ResponseRows:
    """Candidates of every turn (backchannels too), columns as in `RESPONSE_FEATURES`.

    `turns` are in order of start.  Time grows with turns times speakers.
    """
    said = [tuple(plain(word) for word in turn.text.split()) for turn in turns]
    scene = _Scene(turns, said, tables, _rarity(said), _Talk(turns), _next_turns(turns))
    state = scene.state
    order = scene.order
    where, whom, rows = [], [], []
    for i, turn in enumerate(turns):
        me = state.setdefault(turn.participant, _Speaker())
        options = [
            one.turn
            for who, one in state.items()
            if who != turn.participant
            and one.turn >= 0
            and not exceeds(turn.start - turns[one.turn].end, reach)
        ]
        options.sort(key=lambda j: -turns[j].start)
        options = options[:MOST]
        if options:
            mine = _own_features(turn, said[i], tables)
            block = [_row(scene, i, j, rank, options, mine) for rank, j in enumerate(options)]
            where += [i] * len(options)
            whom += options
            rows += _with_leads(block)
        if turn.backchannel:
            me.backchannel = turn.start
        else:
            me.before = turns[order[-1]].participant if order else ""
            me.turn = i
            order.append(i)
    return ResponseRows(
        np.array(where, dtype=np.int64),
        np.array(whom, dtype=np.int64),
        np.array(rows, dtype=float).reshape(-1, len(RESPONSE_FEATURES)),
    )


def _own_features(turn: Turn, said: tuple[str, ...], tables: WordTables) -> tuple[float, ...]:
    return (
        len(said),
        turn.end - turn.start,
        tables.chance_backchannel(said) if said else np.nan,
        tables.chance_backchannel(said[:1]) if said else np.nan,
        tables.chance_question(said) if said else np.nan,
        float(turn.backchannel),
    )


@dataclass(slots=True)
class _Scene:
    """The turns, what is known of all of them, and what was seen so far."""

    turns: Sequence[Turn]
    said: Sequence[tuple[str, ...]]
    tables: WordTables
    rarity: dict[str, float]
    talk: _Talk
    following: Sequence[int]
    state: dict[str, _Speaker] = field(default_factory=dict)
    order: list[int] = field(default_factory=list)
    """Turns so far that are no backchannels."""


def _row(
    scene: _Scene, i: int, j: int, rank: int, options: Sequence[int], mine: tuple[float, ...]
) -> list[float]:
    """Features of turn `i` answering turn `j`, its candidate number `rank`."""
    turns, said, tables, talk = scene.turns, scene.said, scene.tables, scene.talk
    state, rarity, order = scene.state, scene.rarity, scene.order
    turn, theirs = turns[i], turns[j]
    me, they = state[turn.participant], state[theirs.participant]
    start = turn.start
    unit = _unit_before(theirs, start)
    reached = [min(turns[k].end, start) for k in options]
    own = set(said[i]) & rarity.keys()
    shared = own & set(said[j])
    my_last = turns[me.turn] if me.turn >= 0 else None
    following_turn = scene.following[i]
    next_one = turns[following_turn] if following_turn >= 0 else None
    mine_next = next_one is not None and next_one.participant == theirs.participant
    next_units = talk.next_start(theirs.participant, start)
    return [
        rank,
        sum(end > min(theirs.end, start) for end in reached),
        len(options),
        max(start - theirs.end, -FAR),
        max(start - unit.end, -FAR),
        min(start - theirs.start, 2 * FAR),
        min(start - unit.start, 2 * FAR),
        float(unit.end > start),
        len(said[j]),
        theirs.end - theirs.start,
        tables.chance_question(said[j]) if said[j] else np.nan,
        _late_question(said[j], tables),
        tables.chance_complete(said[j]) if said[j] else np.nan,
        sum(word in ("you", "your", "you're") for word in said[j][-15:]),
        float(they.before == turn.participant),
        float(me.before == theirs.participant),
        float(my_last is not None and my_last.start > theirs.start),
        min(start - my_last.end, 2 * FAR) if my_last else 2 * FAR,
        min(start - they.backchannel, 2 * FAR),
        float(they.backchannel > theirs.end),
        talk.between(theirs.participant, start - 5, start),
        talk.between(theirs.participant, start - 15, start),
        talk.between(theirs.participant, start - 60, start),
        len(shared),
        sum(rarity[word] for word in shared),
        *mine,
        float(mine_next),
        min(next_units - start, FAR),
        0.0,
        0.0,
        len(order) - bisect_right(order, j),
        float(next_one.start - start) if next_one is not None and mine_next else np.nan,
        min(turn.end - theirs.end, FAR),
    ]


_GAP = RESPONSE_FEATURES.index("gap_to_unit")
_WORDS = RESPONSE_FEATURES.index("their_words")
_LEAD_GAP = RESPONSE_FEATURES.index("lead_in_gap")
_LEAD_WORDS = RESPONSE_FEATURES.index("lead_in_words")


def _with_leads(block: list[list[float]]) -> list[list[float]]:
    """Set how far each candidate's gap and words lie from the best of the other candidates."""
    for k, row in enumerate(block):
        others = [other for m, other in enumerate(block) if m != k]
        row[_LEAD_GAP] = row[_GAP] - min((o[_GAP] for o in others), default=FAR)
        row[_LEAD_WORDS] = row[_WORDS] - max((o[_WORDS] for o in others), default=0.0)
    return block


def _unit_before(turn: Turn, time: float) -> Interval:
    """The last inter-pausal unit of `turn` that begins before `time`."""
    units = turn.speech
    if not units:
        return Interval(turn.start, turn.end)
    return units[max(0, bisect_right(units, time, key=lambda unit: unit.start) - 1)]


def _late_question(said: tuple[str, ...], tables: WordTables) -> float:
    """Largest chance of a question that begins within the last twelve words."""
    if not said:
        return float("nan")
    tail = said[-12:]
    return max(tables.chance_question(tail[k:]) for k in range(max(1, len(tail) - 2)))


def _rarity(said: Sequence[tuple[str, ...]]) -> dict[str, float]:
    """Inverse turn frequency of content words (four letters or more, no function word)."""
    counts = Counter(
        word
        for words in said
        for word in set(words)
        if len(word) > 3 and word not in OPEN_ENDED and word not in BACKCHANNEL
    )
    n = max(1, len(said))
    return {word: math.log(n / count) for word, count in counts.items() if count < 0.05 * n + 2}


def _next_turns(turns: Sequence[Turn]) -> list[int]:
    """For each turn the next one by another that is no backchannel; -1 for none."""
    out = [-1] * len(turns)
    nearest: list[int] = []  # the next turns of two different speakers, nearest first
    for i in range(len(turns) - 1, -1, -1):
        out[i] = next((j for j in nearest if turns[j].participant != turns[i].participant), -1)
        if not turns[i].backchannel:
            nearest = [i, *(j for j in nearest if turns[j].participant != turns[i].participant)][:2]
    return out


class _Talk:
    """Seconds of talk by speaker within a stretch of time."""

    def __init__(self, turns: Sequence[Turn]) -> None:
        pieces: dict[str, list[Interval]] = {}
        for turn in turns:
            units = turn.speech or (Interval(turn.start, turn.end),)
            pieces.setdefault(turn.participant, []).extend(units)
        self._starts: dict[str, list[float]] = {}
        self._ends: dict[str, list[float]] = {}
        self._sums: dict[str, list[float]] = {}
        for who, own in pieces.items():
            own.sort()
            self._starts[who] = [piece.start for piece in own]
            self._ends[who] = [piece.end for piece in own]
            sums = [0.0]
            for piece in own:
                sums.append(sums[-1] + piece.duration)
            self._sums[who] = sums

    def _until(self, who: str, time: float) -> float:
        k = bisect_right(self._starts[who], time)
        if not k:
            return 0.0
        return self._sums[who][k - 1] + min(time, self._ends[who][k - 1]) - self._starts[who][k - 1]

    def between(self, who: str, start: float, end: float) -> float:
        """Seconds `who` talks in ``[start, end)``."""
        return self._until(who, end) - self._until(who, start)

    def next_start(self, who: str, time: float) -> float:
        """When `who` next begins a unit after `time`; infinite for never."""
        starts = self._starts[who]
        k = bisect_right(starts, time)
        return starts[k] if k < len(starts) else math.inf
