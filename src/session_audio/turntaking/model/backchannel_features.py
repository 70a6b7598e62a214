"""Features from which the model tells whether an inter-pausal unit is a backchannel.

One item a unit.  The **holder** is the other speaker who has the floor when the unit begins:
of those who spoke last, whoever talked most of the last ten seconds (ours).  Lengths and
distances are seconds; distances are at most `context.FAR`.  The names are those stored in the
model's file ("chance" there is a probability).
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from session_audio.interval import TOLERANCE
from session_audio.turntaking.context import FAR, Context
from session_audio.turntaking.lexicon import BACKCHANNEL
from session_audio.turntaking.model.features import FeatureTable, Floats, Ints, by_unit
from session_audio.turntaking.model.readings import Readings

BACKCHANNEL_FEATURES: Mapping[str, str] = {
    "duration": "length of the unit",
    "words": "its words",
    "seconds_per_letter": "its length over its letters",
    "chance_by_words": "probability of a backchannel by its words alone",
    "chance_of_first_word": "the same by its first word",
    "cue_share": "share of its words that are cue words",
    "own_before": "silence of the speaker's own before it",
    "own_after": "silence of the speaker's own after it",
    "other_before": "since another spoke; 0 in overlap",
    "other_after_start": "from its end to the next start of another; negative in overlap",
    "own_next_words": "words of the speaker's next unit",
    "own_next_chance": "backchannel probability of the speaker's next unit",
    "own_previous_words": "words of the speaker's last unit",
    "own_previous_chance": "backchannel probability of the speaker's last unit",
    "talking_at_start": "others who talk when it begins",
    "talking_at_end": "others who talk when it ends",
    "holder_since": "since the holder's unit began",
    "holder_left": "from its end to the end of the holder's unit",
    "holder_words": "words of the holder's unit before it begins",
    "holder_complete": "probability that the holder's sentence is complete there",
    "holder_question": "probability that the holder asks",
    "holder_gap": "from the end of the holder's unit to its start",
    "same_holder_after": "1 where the next other speaker is the holder",
    "own_talk_10": "talk of the speaker in the 10 s before",
    "own_talk_60": "talk of the speaker in the 60 s before",
    "holder_talk_10": "talk of the holder in the 10 s before",
    "holder_talk_60": "talk of the holder in the 60 s before",
    "since_own_long": "since the speaker's last unit of more than three words",
    "short_units_near": "others' likely backchannels that begin within a second",
    "next_other_chance": "backchannel probability of the next unit of another",
    "next_other_words": "words of the next unit of another",
    "own_share": "share of the speaker in all talk of the session",
    "unwritten": "how much of the unit is in none of its words",
    "own_next_duration": "length of the speaker's next unit",
    "own_previous_duration": "length of the speaker's last unit",
    "own_after_3": "talk of the speaker in the 3 s after it",
    "holder_after_3": "talk of the holder in the 3 s after it",
    "others_after_3": "talk of all others in the 3 s after it",
    "holder_returns": "from its start to the next start of the holder",
    "wordless_near": "others' short units without words that begin within a second",
    "wordless_share": "share of the session's units that have no words",
    "sound_share": "share of the session's words that recognisers mostly leave out",
}
"""Each feature and what it is; undefined (NaN) where the unit it speaks of is not there."""

LONG = 3
"""A unit of more words than this is long."""
SHORT = 1.0
"""A unit of at most this is short, in seconds."""
LIKELY = 0.4
"""Probability by words alone from which a unit looks like a backchannel."""
NEAR = 1.0
"""Seconds within which others' backchannels are near."""


def backchannel_features(readings: Readings) -> FeatureTable:
    """Features of every unit; there is at least one."""
    return FeatureTable.of(
        BACKCHANNEL_FEATURES,
        {**_of_unit(readings), **_of_speaker(readings), **_of_others(readings)},
    )


_Columns = dict[str, NDArray[np.generic]]


def _of_unit(readings: Readings) -> _Columns:
    """The unit's length and words."""
    c, tables, words = readings.context, readings.tables, readings.words
    duration = c.end - c.start
    letters = np.array([sum(len(word) for word in unit) for unit in words])
    return {
        "duration": duration,
        "words": readings.word_count,
        "seconds_per_letter": np.where(letters > 0, duration / np.maximum(letters, 1), np.nan),
        "chance_by_words": readings.p_backchannel,
        "chance_of_first_word": np.array(
            [tables.p_backchannel(unit[:1]) if unit else np.nan for unit in words]
        ),
        "unwritten": readings.unwritten,
        "wordless_share": np.full(len(words), readings.wordless_share),
        "sound_share": np.full(len(words), readings.sound_share),
        "cue_share": np.array(
            [
                sum(word in BACKCHANNEL for word in unit) / len(unit) if unit else np.nan
                for unit in words
            ]
        ),
    }


def _of_speaker(readings: Readings) -> _Columns:
    """What the unit's speaker said before and after."""
    c = readings.context
    count, likely = readings.word_count, readings.p_backchannel
    whole = readings.talk(np.array([c.start.min()]), np.array([c.end.max()]))[0]
    share = whole / whole.sum() if whole.sum() else np.full(len(whole), np.nan)
    unit = np.arange(len(c.units))
    return {
        "own_before": c.own_before,
        "own_after": c.own_after,
        "own_next_words": by_unit(count, c.own_next),
        "own_next_chance": by_unit(likely, c.own_next),
        "own_previous_words": by_unit(count, c.own_previous),
        "own_previous_chance": by_unit(likely, c.own_previous),
        "own_next_duration": by_unit(c.end - c.start, c.own_next),
        "own_previous_duration": by_unit(c.end - c.start, c.own_previous),
        "own_after_3": readings.talk(c.end, c.end + 3)[unit, c.who],
        "own_talk_10": readings.talk(c.start - 10, c.start)[unit, c.who],
        "own_talk_60": readings.talk(c.start - 60, c.start)[unit, c.who],
        "since_own_long": _since_own(c, count > LONG),
        "own_share": share[c.who],
    }


def _of_others(readings: Readings) -> _Columns:
    """Who else talks, the holder, and who talks next."""
    c, tables = readings.context, readings.tables
    count, likely = readings.word_count, readings.p_backchannel
    at_start, at_end = c.others(c.before_start), c.others(c.before_end)
    holder = _holder(readings)
    has_holder = holder >= 0
    following, gap = _next_other(c)
    words_before = [  # the holder's words before the unit begins
        readings.words_until(j, start) if j >= 0 else ()
        for j, start in zip(holder.tolist(), c.start.tolist(), strict=True)
    ]
    same = (following >= 0) & has_holder & (c.who[following] == c.who[holder])
    talk_10, talk_60 = (readings.talk(c.start - back, c.start) for back in (10, 60))
    unit = np.arange(len(c.units))
    after = readings.talk(c.end, c.end + 3)
    held_after = np.where(has_holder, after[unit, c.who[holder]], 0.0)
    wordless = (count == 0) & (c.end - c.start <= SHORT + TOLERANCE)
    return {
        "other_before": c.other_before,
        "other_after_start": gap,
        "talking_at_start": (c.ends(at_start) > c.start[:, None]).sum(axis=1),
        "talking_at_end": (c.ends(at_end) > c.end[:, None]).sum(axis=1),
        "holder_since": np.minimum(c.start - by_unit(c.start, holder), FAR),
        "holder_left": np.clip(by_unit(c.end, holder) - c.end, -FAR, FAR),
        "holder_words": np.array([len(words) for words in words_before]),
        "holder_complete": np.array([tables.p_complete(w) if w else np.nan for w in words_before]),
        "holder_question": np.array([tables.p_question(w) if w else np.nan for w in words_before]),
        "holder_gap": np.clip(c.start - by_unit(c.end, holder), -FAR, FAR),
        "same_holder_after": same,
        "holder_talk_10": np.where(has_holder, talk_10[unit, c.who[holder]], np.nan),
        "holder_talk_60": np.where(has_holder, talk_60[unit, c.who[holder]], np.nan),
        "holder_after_3": held_after,
        "others_after_3": after.sum(axis=1) - held_after - after[unit, c.who],
        "holder_returns": _holder_returns(readings, holder),
        "short_units_near": _near(c, likely > LIKELY),
        "wordless_near": _near(c, wordless),
        "next_other_chance": by_unit(likely, following),
        "next_other_words": by_unit(count, following),
    }


def _holder(readings: Readings) -> Ints:
    """The holder's unit for each unit; -1 where nobody else has spoken."""
    c = readings.context
    last = c.others(c.before_start)
    start = c.start[:, None]
    talk = readings.talk(c.start - 10, c.start)
    reached = np.maximum(np.where(last >= 0, np.minimum(c.ends(last), start), -1e9), -1e9)
    weight = np.where(last >= 0, talk - 2.0 * (start - reached), -1e12).round(6)
    return np.asarray(last[np.arange(len(last)), weight.argmax(axis=1)])


def _next_other(c: Context) -> tuple[Ints, Floats]:
    """The first unit of another that begins after each unit's start, and how long after its end."""
    n = len(c.units)
    following, gap = np.full(n, -1, dtype=np.int64), np.full(n, FAR)
    for k in range(n - 2, -1, -1):
        j = k + 1 if c.who[k + 1] != c.who[k] else following[k + 1]
        if j >= 0:
            following[k], gap[k] = j, min(max(c.start[j] - c.end[k], -FAR), FAR)
    return following, gap


def _since_own(c: Context, marked: NDArray[np.bool_]) -> Floats:
    """Seconds since the end of the speaker's last marked unit, at most twice `FAR`."""
    out = np.full(len(c.units), 2 * FAR)
    last = np.full(len(c.speakers), -np.inf)
    for k in range(len(c.units)):
        q = c.who[k]
        out[k] = min(c.start[k] - last[q], 2 * FAR)
        if marked[k]:
            last[q] = c.end[k]
    return out


def _holder_returns(readings: Readings, holder: Ints) -> Floats:
    """Seconds from each unit's start to the next start of its holder, at most `FAR`."""
    c = readings.context
    out = np.full(len(c.units), FAR)
    for q, speaker in enumerate(readings.talk_time):
        rows = np.flatnonzero((holder >= 0) & (c.who[holder] == q))
        out[rows] = np.minimum(speaker.next_start(c.start[rows]) - c.start[rows], FAR)
    return out


def _near(c: Context, marked: NDArray[np.bool_]) -> Ints:
    """How many other marked units begin within `NEAR`."""
    times = c.start[marked]
    high = np.searchsorted(times, c.start + NEAR + TOLERANCE, side="right")
    low = np.searchsorted(times, c.start - NEAR - TOLERANCE, side="left")
    return np.asarray(high - low - marked, dtype=np.int64)
