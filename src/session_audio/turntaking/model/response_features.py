"""Features from which the model ranks whom a turn answers.

One item a candidate: a turn, and one of the other speakers' last turns that began before it
and ended within reach (30 s by default), the most recent `MOST` of them.  "I" is who speaks
the turn, "they" who spoke the candidate.  Features tell how recent each candidate is, whether
it asked, whether it was answered already, which words both turns share, and what comes next.
Lengths and distances are seconds; most distances are at most `context.FAR` or twice that.  The
names are those stored in the model's file.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from session_audio.interval import Interval, exceeds
from session_audio.schema import Turn
from session_audio.turntaking.context import FAR
from session_audio.turntaking.lexicon import BACKCHANNEL, OPEN_ENDED, plain
from session_audio.turntaking.model.backoff import WordTables
from session_audio.turntaking.model.features import FeatureTable, Floats, Ints
from session_audio.turntaking.talk_time import TalkTime

MOST = 5
"""Candidates a turn."""

RESPONSE_FEATURES: Mapping[str, str] = {
    "rank_by_start": "place among the candidates by start, the latest first",
    "rank_by_end": "how many candidates ended later",
    "candidates": "how many there are",
    "gap_to_turn": "from the end of their turn to my start; negative in overlap",
    "gap_to_unit": "from the end of their last unit begun before it to my start",
    "since_start": "since their turn began",
    "since_unit_start": "since that unit began",
    "overlaps": "1 where that unit is still on",
    "their_words": "words of their turn",
    "their_duration": "length of their turn",
    "their_question": "probability that their turn begins with a question",
    "their_last_question": "largest probability of a question near its end",
    "their_complete": "probability that their sentence is complete",
    "their_you": '"you" among their last fifteen words',
    "they_followed_me": "1 where I had the turn before theirs",
    "i_followed_them": "1 where they had the turn before my last",
    "i_spoke_since": "1 where I began a turn after theirs",
    "since_my_last": "since my last turn ended",
    "since_their_backchannel": "since their last backchannel",
    "they_backchanneled_last": "1 where they gave one after their turn",
    "their_talk_5": "their talk in the 5 s before",
    "their_talk_15": "their talk in the 15 s before",
    "their_talk_60": "their talk in the 60 s before",
    "shared_words": "content words that both turns have",
    "shared_rare": "the same, rare ones counting more (inverse turn frequency)",
    "my_words": "words of my turn",
    "my_duration": "length of my turn",
    "my_backchannel": "backchannel probability of my words",
    "my_first_backchannel": "backchannel probability of my first word",
    "my_question": "probability that I begin with a question",
    "my_flag": "1 where mine is a backchannel",
    "they_follow_next": "1 where the next turn of another is theirs",
    "their_next_in": "until they next begin a unit",
    "lead_in_gap": "`gap_to_unit` minus the least of the other candidates",
    "lead_in_words": "`their_words` minus the most of the other candidates",
    "turns_between": "turns between theirs and mine",
    "their_next_incoming": "from my start to their next turn, where it is the next",
    "my_unit_end_gap": "from the end of their turn to the end of mine",
}
"""Each feature and what it is; undefined (NaN) without the words or the turn it speaks of."""


@dataclass(frozen=True)
class ResponseCandidates:
    """Turn `turn[i]` may answer turn `target[i]` (positions in the list of turns)."""

    turn: Ints
    target: Ints
    features: FeatureTable


def response_candidates(
    turns: Sequence[Turn], tables: WordTables, reach: float = FAR
) -> ResponseCandidates:
    """Candidates of every turn (backchannels too), those of one turn together, latest first.

    `turns` are in order of start; `reach` is in seconds.  Time grows with turns times speakers.
    """
    candidates = _candidates(turns, reach)
    readings = _TurnReadings.of(turns, tables)
    mine = np.array([one.turn for one in candidates], dtype=np.int64)
    theirs = np.array([one.target for one in candidates], dtype=np.int64)
    columns = {
        **_of_recency(readings, candidates, mine, theirs),
        **_of_words(readings, mine, theirs),
        **_of_history(readings, candidates, mine, theirs),
        **_of_talk(readings, mine, theirs),
        **_of_next_turn(readings, mine, theirs),
    }
    columns |= _of_leads(candidates, columns["gap_to_unit"], columns["their_words"])
    return ResponseCandidates(mine, theirs, FeatureTable.of(RESPONSE_FEATURES, columns))


@dataclass(frozen=True, slots=True)
class _Candidate:
    """Turn `turn` may answer turn `target`; the rest is what had happened by then."""

    turn: int
    target: int
    rank: int
    later_ends: int
    count: int
    followed_me: bool
    i_followed: bool
    my_last: int
    """My last turn; -1 for none."""
    their_backchannel: float
    """Start of their last backchannel; minus infinity for none."""
    turns_between: int


@dataclass(slots=True)
class _Speaker:
    """What is known of one speaker while the turns go by."""

    turn: int = -1
    before: str = ""  # who had the turn before that
    backchannel: float = -math.inf


def _candidates(turns: Sequence[Turn], reach: float) -> list[_Candidate]:
    speakers: dict[str, _Speaker] = {}
    order: list[int] = []  # turns so far that are no backchannels
    candidates: list[_Candidate] = []
    for i, turn in enumerate(turns):
        me = speakers.setdefault(turn.participant, _Speaker())
        options = [
            one.turn
            for who, one in speakers.items()
            if who != turn.participant
            and one.turn >= 0
            and not exceeds(turn.start - turns[one.turn].end, reach)
        ]
        options.sort(key=lambda j: -turns[j].start)
        options = options[:MOST]
        reached = [min(turns[j].end, turn.start) for j in options]
        for rank, j in enumerate(options):
            they = speakers[turns[j].participant]
            candidates.append(
                _Candidate(
                    i,
                    j,
                    rank,
                    sum(end > reached[rank] for end in reached),
                    len(options),
                    they.before == turn.participant,
                    me.before == turns[j].participant,
                    me.turn,
                    they.backchannel,
                    len(order) - bisect_right(order, j),
                )
            )
        if turn.backchannel:
            me.backchannel = turn.start
        else:
            me.before = turns[order[-1]].participant if order else ""
            me.turn = i
            order.append(i)
    return candidates


@dataclass(frozen=True)
class _TurnReadings:
    """The turns, their words in plain form, and their times as arrays."""

    turns: Sequence[Turn]
    tables: WordTables
    words: Sequence[tuple[str, ...]]
    start: Floats
    end: Floats

    @classmethod
    def of(cls, turns: Sequence[Turn], tables: WordTables) -> _TurnReadings:
        return cls(
            turns,
            tables,
            [tuple(plain(word) for word in turn.text.split()) for turn in turns],
            np.array([turn.start for turn in turns], dtype=float),
            np.array([turn.end for turn in turns], dtype=float),
        )


_Columns = dict[str, NDArray[np.generic]]


def _of_recency(
    readings: _TurnReadings, candidates: Sequence[_Candidate], mine: Ints, theirs: Ints
) -> _Columns:
    """How recent the candidate is, by its turn and by its last unit."""
    start, end = readings.start, readings.end
    units = [
        _unit_before(readings.turns[j], start[i])
        for i, j in zip(mine.tolist(), theirs.tolist(), strict=True)
    ]
    unit_start = np.array([unit.start for unit in units], dtype=float)
    unit_end = np.array([unit.end for unit in units], dtype=float)
    return {
        "rank_by_start": np.array([one.rank for one in candidates]),
        "rank_by_end": np.array([one.later_ends for one in candidates]),
        "candidates": np.array([one.count for one in candidates]),
        "gap_to_turn": np.maximum(start[mine] - end[theirs], -FAR),
        "gap_to_unit": np.maximum(start[mine] - unit_end, -FAR),
        "since_start": np.minimum(start[mine] - start[theirs], 2 * FAR),
        "since_unit_start": np.minimum(start[mine] - unit_start, 2 * FAR),
        "overlaps": unit_end > start[mine],
        "my_unit_end_gap": np.minimum(end[mine] - end[theirs], FAR),
    }


def _unit_before(turn: Turn, time: float) -> Interval:
    """The last inter-pausal unit of `turn` that begins before `time`."""
    units = turn.speech
    if not units:
        return Interval(turn.start, turn.end)
    return units[max(0, bisect_right(units, time, key=lambda unit: unit.start) - 1)]


def _of_words(readings: _TurnReadings, mine: Ints, theirs: Ints) -> _Columns:
    """What both turns say."""
    words, tables = readings.words, readings.tables
    duration = readings.end - readings.start
    count = np.array([len(turn) for turn in words])
    p_question = np.array([tables.p_question(turn) if turn else np.nan for turn in words])
    p_complete = np.array([tables.p_complete(turn) if turn else np.nan for turn in words])
    p_whole = np.array([tables.p_backchannel(turn) if turn else np.nan for turn in words])
    p_first = np.array([tables.p_backchannel(turn[:1]) if turn else np.nan for turn in words])
    you = [sum(word in ("you", "your", "you're") for word in turn[-15:]) for turn in words]
    rarity = _rarity(words)
    content = [set(turn) & rarity.keys() for turn in words]
    shared = [
        sorted(content[i] & content[j]) for i, j in zip(mine.tolist(), theirs.tolist(), strict=True)
    ]
    return {
        "their_words": count[theirs],
        "their_duration": duration[theirs],
        "their_question": p_question[theirs],
        "their_last_question": np.array([_late_question(w, tables) for w in words])[theirs],
        "their_complete": p_complete[theirs],
        "their_you": np.array(you)[theirs],
        "shared_words": np.array([len(both) for both in shared]),
        "shared_rare": np.array([sum(rarity[word] for word in both) for both in shared]),
        "my_words": count[mine],
        "my_duration": duration[mine],
        "my_backchannel": p_whole[mine],
        "my_first_backchannel": p_first[mine],
        "my_question": p_question[mine],
        "my_flag": np.array([turn.backchannel for turn in readings.turns])[mine],
    }


def _late_question(words: tuple[str, ...], tables: WordTables) -> float:
    """Largest probability of a question that begins within the last twelve words."""
    if not words:
        return float("nan")
    tail = words[-12:]
    return max(tables.p_question(tail[k:]) for k in range(max(1, len(tail) - 2)))


def _rarity(words: Sequence[tuple[str, ...]]) -> dict[str, float]:
    """Inverse turn frequency of content words (four letters or more, no function word)."""
    counts = Counter(
        word
        for turn in words
        for word in set(turn)
        if len(word) > 3 and word not in OPEN_ENDED and word not in BACKCHANNEL
    )
    n = max(1, len(words))
    return {word: math.log(n / count) for word, count in counts.items() if count < 0.05 * n + 2}


def _of_history(
    readings: _TurnReadings, candidates: Sequence[_Candidate], mine: Ints, theirs: Ints
) -> _Columns:
    """Who spoke before whom, and who answered already."""
    start, end = readings.start[mine], readings.end
    my_last = np.array([one.my_last for one in candidates], dtype=np.int64)
    spoke = my_last >= 0
    nodded = np.array([one.their_backchannel for one in candidates], dtype=float)
    return {
        "they_followed_me": np.array([one.followed_me for one in candidates]),
        "i_followed_them": np.array([one.i_followed for one in candidates]),
        "i_spoke_since": spoke & (readings.start[my_last] > readings.start[theirs]),
        "since_my_last": np.where(spoke, np.minimum(start - end[my_last], 2 * FAR), 2 * FAR),
        "since_their_backchannel": np.minimum(start - nodded, 2 * FAR),
        "they_backchanneled_last": nodded > end[theirs],
        "turns_between": np.array([one.turns_between for one in candidates]),
    }


def _of_talk(readings: _TurnReadings, mine: Ints, theirs: Ints) -> _Columns:
    """How long they talked before my turn, and when they next begin a unit."""
    units: dict[str, list[Interval]] = {}
    for turn in readings.turns:
        units.setdefault(turn.participant, []).extend(
            turn.speech or (Interval(turn.start, turn.end),)
        )
    start = readings.start[mine]
    who = np.array([readings.turns[j].participant for j in theirs])
    talk = {seconds: np.zeros(len(mine)) for seconds in (5, 15, 60)}
    upcoming = np.zeros(len(mine))
    for speaker, own in units.items():
        own.sort()
        speech = TalkTime.of(
            np.array([unit.start for unit in own]), np.array([unit.end for unit in own])
        )
        rows = np.flatnonzero(who == speaker)
        for seconds, column in talk.items():
            column[rows] = speech.between(start[rows] - seconds, start[rows])
        upcoming[rows] = speech.next_start(start[rows])
    return {
        "their_talk_5": talk[5],
        "their_talk_15": talk[15],
        "their_talk_60": talk[60],
        "their_next_in": np.minimum(upcoming - start, FAR),
    }


def _of_next_turn(readings: _TurnReadings, mine: Ints, theirs: Ints) -> _Columns:
    """Whether the next turn of somebody other than me is theirs."""
    turns = readings.turns
    following = _next_turns(turns)[mine]
    is_theirs = np.array(
        [
            k >= 0 and turns[k].participant == turns[j].participant
            for k, j in zip(following.tolist(), theirs.tolist(), strict=True)
        ],
        dtype=bool,
    )
    wait = readings.start[following] - readings.start[mine]
    return {
        "they_follow_next": is_theirs,
        "their_next_incoming": np.where(is_theirs, wait, np.nan),
    }


def _next_turns(turns: Sequence[Turn]) -> Ints:
    """For each turn the next one by another that is no backchannel; -1 for none."""
    out = np.full(len(turns), -1, dtype=np.int64)
    nearest: list[int] = []  # the next turns of two different speakers, nearest first
    for i in range(len(turns) - 1, -1, -1):
        out[i] = next((j for j in nearest if turns[j].participant != turns[i].participant), -1)
        if not turns[i].backchannel:
            nearest = [i, *(j for j in nearest if turns[j].participant != turns[i].participant)][:2]
    return out


def _of_leads(
    candidates: Sequence[_Candidate], gap: NDArray[np.generic], words: NDArray[np.generic]
) -> _Columns:
    """How far each candidate's gap and words lie from the best of the other candidates."""
    lead_in_gap, lead_in_words = np.zeros(len(candidates)), np.zeros(len(candidates))
    for _, block in groupby(range(len(candidates)), key=lambda k: candidates[k].turn):
        rows = list(block)
        for k in rows:
            others = [m for m in rows if m != k]
            lead_in_gap[k] = gap[k] - min((gap[m] for m in others), default=FAR)
            lead_in_words[k] = words[k] - max((words[m] for m in others), default=0.0)
    return {"lead_in_gap": lead_in_gap, "lead_in_words": lead_in_words}
