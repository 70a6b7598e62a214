"""Features of inter-pausal units from which the model tells backchannels and cuts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from session_audio.interval import TOLERANCE, exceeds, reaches
from session_audio.turntaking.context import FAR, Context
from session_audio.turntaking.lexicon import (
    BACKCHANNEL,
    FILLED_PAUSE,
    OPEN_ENDED,
    is_fragment,
    plain,
)
from session_audio.turntaking.model.backoff import WordTables

Floats = NDArray[np.float64]

BACKCHANNEL_FEATURES = (
    "duration",
    "words",
    "seconds_per_letter",
    "chance_by_words",
    "chance_of_first_word",
    "cue_share",
    "own_before",
    "own_after",
    "other_before",
    "other_after_start",
    "own_next_words",
    "own_next_chance",
    "own_previous_words",
    "own_previous_chance",
    "talking_at_start",
    "talking_at_end",
    "holder_since",
    "holder_left",
    "holder_words",
    "holder_complete",
    "holder_question",
    "holder_gap",
    "same_holder_after",
    "own_talk_10",
    "own_talk_60",
    "holder_talk_10",
    "holder_talk_60",
    "since_own_long",
    "short_units_near",
    "next_other_chance",
    "next_other_words",
    "own_share",
)

CUT_FEATURES = (
    "duration",
    "words",
    "last_word_seconds",
    "last_seconds_per_letter",
    "complete",
    "complete_1",
    "fragment",
    "open_ended",
    "filled_pause",
    "own_after",
    "own_next_words",
    "own_next_duration",
    "own_before",
    "own_next_same_start",
    "onset",
    "incomer_active",
    "incomer_words",
    "incomer_duration",
    "incomer_backchannel",
    "incomer_incoming",
    "incomer_after_1",
    "incomer_after_3",
    "incomer_before_2",
    "holder_after_1",
    "holder_after_3",
    "holder_after_10",
    "holder_before_5",
    "holder_before_30",
    "incomer_before_30",
    "others_after_3",
    "talking_at_end",
    "onset_complete",
    "words_since_onset",
    "second_onset",
    "silence_after",
    "turn_words",
    "question",
)


@dataclass(frozen=True)
class Readings:
    """What the tables say of every unit's words, and how much each speaker talks."""

    context: Context
    said: tuple[tuple[str, ...], ...]
    backchannel: Floats
    count: Floats
    tables: WordTables
    edges: tuple[Floats, ...]
    sums: tuple[Floats, ...]

    @classmethod
    def of(cls, context: Context, tables: WordTables) -> Readings:
        """Read all units of `context`."""
        said = tuple(tuple(plain(word.text) for word in unit.words) for unit in context.units)
        edges, sums = [], []
        for q in range(len(context.speakers)):
            mine = np.flatnonzero(context.who == q)
            starts, ends = context.start[mine], context.end[mine]
            edges.append(np.column_stack([starts, ends]).ravel())
            done = np.concatenate([[0.0], np.cumsum(ends - starts)])
            sums.append(np.repeat(done, 2)[1:-1])
        return cls(
            context,
            said,
            np.array([tables.chance_backchannel(words) if words else 0.0 for words in said]),
            np.array([float(len(words)) for words in said]),
            tables,
            tuple(edges),
            tuple(sums),
        )

    def talk(self, start: Floats, end: Floats) -> Floats:
        """Seconds that each speaker (column) talks between `start` and `end` (rows)."""
        columns = [
            (np.interp(end, at, done) - np.interp(start, at, done)).round(6)
            for at, done in zip(self.edges, self.sums, strict=True)
        ]
        return np.column_stack(columns) if columns else np.zeros((len(start), 0))

    def words_until(self, unit: int, time: float) -> Sequence[str]:
        """Words of `unit` that begin before `time`."""
        words = self.context.units[unit].words
        if not words or exceeds(time, words[-1].start):
            return self.said[unit]
        return self.said[unit][: sum(exceeds(time, word.start) for word in words)]


def backchannel_rows(readings: Readings) -> Floats:
    """One row a unit, columns as in `BACKCHANNEL_FEATURES`."""
    c, tables = readings.context, readings.tables
    n = len(c.units)
    rows_at = np.arange(n)
    at_start, at_end = c.others(c.before_start), c.others(c.before_end)
    ends_at_start, ends_at_end = c.ends(at_start), c.ends(at_end)
    talking_start = (ends_at_start > c.start[:, None]).sum(axis=1)
    talking_end = (ends_at_end > c.end[:, None]).sum(axis=1)
    # The holder: of the others who talked last, who has talked most of the last ten seconds.
    talk10 = readings.talk(c.start - 10, c.start)
    talk60 = readings.talk(c.start - 60, c.start)
    reach = np.maximum(
        np.where(at_start >= 0, np.minimum(ends_at_start, c.start[:, None]), -1e9), -1e9
    )
    weight = np.where(at_start >= 0, talk10 - 2.0 * (c.start[:, None] - reach), -1e12).round(6)
    holder = weight.argmax(axis=1) if weight.shape[1] else np.zeros(n, dtype=np.int64)
    held = at_start[rows_at, holder] if weight.shape[1] else np.full(n, -1)
    next_other, next_gap = _next_other(c)
    long = readings.count > 3
    since_long = _since_own(c, long)
    whole = readings.talk(np.array([c.start.min()]), np.array([c.end.max()]))[0]
    near = _short_units_near(c, readings)
    rows = np.full((n, len(BACKCHANNEL_FEATURES)), np.nan)
    own_before, own_after = c.own_before, c.own_after
    other_before = c.other_before
    for k in range(n):
        said, duration = readings.said[k], c.end[k] - c.start[k]
        letters = sum(len(word) for word in said)
        j, follows, before, other = held[k], c.own_next[k], c.own_previous[k], next_other[k]
        has = j >= 0
        heard = readings.words_until(j, c.start[k]) if has else ()
        rows[k] = (
            duration,
            len(said),
            duration / letters if letters else np.nan,
            readings.backchannel[k],
            tables.chance_backchannel(said[:1]) if said else np.nan,
            sum(word in BACKCHANNEL for word in said) / len(said) if said else np.nan,
            own_before[k],
            own_after[k],
            other_before[k],
            next_gap[k],
            readings.count[follows] if follows >= 0 else np.nan,
            readings.backchannel[follows] if follows >= 0 else np.nan,
            readings.count[before] if before >= 0 else np.nan,
            readings.backchannel[before] if before >= 0 else np.nan,
            talking_start[k],
            talking_end[k],
            min(c.start[k] - c.start[j], FAR) if has else np.nan,
            min(max(c.end[j] - c.end[k], -FAR), FAR) if has else np.nan,
            len(heard),
            tables.chance_complete(heard) if heard else np.nan,
            tables.chance_question(heard) if heard else np.nan,
            min(max(c.start[k] - c.end[j], -FAR), FAR) if has else np.nan,
            float(other >= 0 and has and c.who[other] == c.who[j]),
            talk10[k, c.who[k]],
            talk60[k, c.who[k]],
            talk10[k, c.who[j]] if has else np.nan,
            talk60[k, c.who[j]] if has else np.nan,
            since_long[k],
            near[k],
            readings.backchannel[other] if other >= 0 else np.nan,
            readings.count[other] if other >= 0 else np.nan,
            whole[c.who[k]] / whole.sum() if whole.sum() else np.nan,
        )
    return rows


def _next_other(c: Context) -> tuple[NDArray[np.int64], Floats]:
    """The first unit of another that begins after each unit's start, and how long after its end."""
    n = len(c.units)
    found, gap = np.full(n, -1, dtype=np.int64), np.full(n, FAR)
    for k in range(n - 2, -1, -1):
        j = k + 1 if c.who[k + 1] != c.who[k] else found[k + 1]
        if j >= 0:
            found[k], gap[k] = j, min(max(c.start[j] - c.end[k], -FAR), FAR)
    return found, gap


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


def _short_units_near(c: Context, readings: Readings) -> Floats:
    """How many others' units that look like backchannels begin within a second."""
    likely = readings.backchannel > 0.4
    times = c.start[likely]
    high = np.searchsorted(times, c.start + 1.0 + TOLERANCE, side="right")
    low = np.searchsorted(times, c.start - 1.0 - TOLERANCE, side="left")
    return np.asarray(high - low - likely, dtype=float)


@dataclass(frozen=True)
class CutRows:
    """Candidates: unit `holder[i]` ended while (or just before) `incomer[i]` talked."""

    holder: NDArray[np.int64]
    incomer: NDArray[np.int64]
    rows: Floats


SOON = 1.0
"""Seconds after the holder's end within which a candidate for cutting in begins."""


def cut_rows(readings: Readings) -> CutRows:
    """Candidates for being cut off, columns as in `CUT_FEATURES`."""
    c = readings.context
    end = c.end
    at_end = c.others(c.before_end)
    before = {seconds: readings.talk(end - seconds, end) for seconds in (2, 5, 30)}
    after = {seconds: readings.talk(end, end + seconds) for seconds in (1, 3, 10)}
    holders, incomers, rows = [], [], []
    starts = [c.start[c.who == q] for q in range(len(c.speakers))]
    indices = [np.flatnonzero(c.who == q) for q in range(len(c.speakers))]
    upcoming = (
        np.column_stack([np.searchsorted(own, end, side="right") for own in starts])
        if starts
        else np.zeros((len(end), 0), dtype=np.int64)
    )
    for k in range(len(c.units)):
        said = readings.said[k]
        if not said or (len(said) <= 3 and readings.backchannel[k] > 0.5):
            continue
        options = []
        for q in range(len(c.speakers)):
            if q == c.who[k]:
                continue
            j = int(at_end[k, q])
            if j >= 0 and exceeds(end[j], end[k] - 0.1):
                options.append((after[3][k, q] + 0.5, j))
            elif upcoming[k, q] < len(starts[q]):
                j = int(indices[q][upcoming[k, q]])
                if not exceeds(c.start[j], end[k] + SOON):
                    options.append((after[3][k, q], j))
        if not options:
            continue
        incomer = max(options)[1]
        holders.append(k)
        incomers.append(incomer)
        rows.append(_cut_row(readings, k, incomer, [j for _, j in options], before, after))
    width = len(CUT_FEATURES)
    return CutRows(
        np.array(holders, dtype=np.int64),
        np.array(incomers, dtype=np.int64),
        np.array(rows, dtype=float).reshape(-1, width),
    )


def _cut_row(
    readings: Readings,
    k: int,
    j: int,
    options: Sequence[int],
    before: dict[int, Floats],
    after: dict[int, Floats],
) -> tuple[float, ...]:
    c, tables = readings.context, readings.tables
    unit, said, spoken = c.units[k], readings.said[k], readings.said[j]
    h, q, end = c.who[k], c.who[j], c.end[k]
    last = unit.words[-1]
    onset = c.start[j] - end
    follows = c.own_next[k]
    heard = readings.words_until(k, c.start[j])
    others = after[3][k].sum() - after[3][k, h] - after[3][k, q]
    next_said = readings.said[follows] if follows >= 0 else ()
    first_after = min((c.start[i] for i in options), default=end + FAR)
    p = c.own_previous[k]
    earlier = readings.said[p] if p >= 0 and not reaches(c.start[k] - c.end[p], 1.0) else ()
    tail = (*earlier, *said)
    return (
        c.end[k] - c.start[k],
        len(said),
        last.end - last.start,
        (last.end - last.start) / max(1, len(said[-1])),
        tables.chance_complete(tail),
        tables.chance_complete(said[-1:]),
        float(is_fragment(said[-1])),
        float(said[-1] in OPEN_ENDED),
        float(said[-1] in FILLED_PAUSE),
        min(c.start[follows] - end, FAR) if follows >= 0 else FAR,
        len(next_said),
        c.end[follows] - c.start[follows] if follows >= 0 else np.nan,
        min(c.start[k] - c.end[p], FAR) if p >= 0 else FAR,
        float(bool(next_said) and next_said[0] in said[-3:]),
        max(onset, -FAR),
        float(c.end[j] > end and onset <= 0),
        len(spoken),
        c.end[j] - c.start[j],
        readings.backchannel[j],
        tables.chance_incoming(spoken) if spoken else np.nan,
        after[1][k, q],
        after[3][k, q],
        before[2][k, q],
        after[1][k, h],
        after[3][k, h],
        after[10][k, h],
        before[5][k, h],
        before[30][k, h],
        before[30][k, q],
        others,
        float(len(options)),
        tables.chance_complete(heard) if heard else np.nan,
        len(said) - len(heard),
        sorted(c.start[i] for i in options)[1] - end if len(options) > 1 else np.nan,
        max(0.0, first_after - end),
        len(tail),
        tables.chance_question(said),
    )
