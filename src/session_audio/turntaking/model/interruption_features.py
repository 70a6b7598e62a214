"""Features from which the model tells whether a unit's speaker was interrupted there.

One item a candidate: unit `holder` ended while another, whose unit is `incomer`, talked or
within a second of it (`SOON`).  Of several others it is whoever talks most of the three
seconds after the holder's end.  What counts as interrupted is what the model learned: the
label ``%-`` of the MRDA corpus, an utterance left unfinished because another came in
(Shriberg et al. 2004).  Lengths and distances are seconds; distances are at most
`context.FAR`.  The names are those stored in the model's file.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from session_audio.interval import exceeds, reaches
from session_audio.turntaking.context import FAR
from session_audio.turntaking.lexicon import FILLED_PAUSE, OPEN_ENDED, is_fragment
from session_audio.turntaking.model.features import FeatureTable, Floats, Ints, by_unit
from session_audio.turntaking.model.readings import Readings
from session_audio.turntaking.model.wording import interruption_tokens

INTERRUPTION_FEATURES: Mapping[str, str] = {
    "duration": "length of the holder's unit",
    "words": "its words",
    "last_word_seconds": "length of its last word",
    "last_seconds_per_letter": "the same over the word's letters",
    "complete": "probability that the sentence is complete at its end",
    "complete_1": "the same by the last word alone",
    "fragment": "1 where the last word was broken off",
    "open_ended": "1 where a sentence rarely ends in the last word",
    "filled_pause": "1 where the last word is a filled pause",
    "own_after": "silence of the holder's own after the unit",
    "own_next_words": "words of the holder's next unit; 0 without one",
    "own_next_duration": "length of the holder's next unit",
    "own_before": "silence of the holder's own before the unit",
    "own_next_same_start": "1 where the next unit begins with one of its last three words",
    "onset": "from its end to the incomer's start; negative in overlap",
    "incomer_active": "1 where the incomer talks at its end",
    "incomer_words": "words of the incomer's unit",
    "incomer_duration": "length of the incomer's unit",
    "incomer_backchannel": "backchannel probability of the incomer's unit",
    "incomer_incoming": "probability by the incomer's first words that they interrupt",
    "incomer_after_1": "talk of the incomer in the second after the end",
    "incomer_after_3": "talk of the incomer in the 3 s after the end",
    "incomer_before_2": "talk of the incomer in the 2 s before the end",
    "holder_after_1": "talk of the holder in the second after the end",
    "holder_after_3": "talk of the holder in the 3 s after the end",
    "holder_after_10": "talk of the holder in the 10 s after the end",
    "holder_before_5": "talk of the holder in the 5 s before the end",
    "holder_before_30": "talk of the holder in the 30 s before the end",
    "incomer_before_30": "talk of the incomer in the 30 s before the end",
    "others_after_3": "talk of all others in the 3 s after the end",
    "talking_at_end": "others who talk at the end or begin soon after",
    "onset_complete": "probability that the sentence was complete when the incomer began",
    "words_since_onset": "words of the holder after the incomer began",
    "second_onset": "from the end to the second start among those others",
    "silence_after": "from the end to the first start among those others",
    "turn_words": "words of the unit and, within a second, the one before",
    "question": "probability that the unit asks",
    "unwritten": "how much of the unit is in none of its words",
    "unwritten_after": "from the end of its last word to its end",
    "wording": "log-odds of an interruption by the words of both",
    "incomer_unwritten": "how much of the incomer's unit is in none of its words",
    "wordless_share": "share of the session's units that have no words",
    "sound_share": "share of the session's words that recognisers mostly leave out",
}
"""Each feature and what it is; undefined (NaN) where the unit it speaks of is not there."""

WORDLESS = 0.1
"""Seconds up to which a unit without words is nothing that could be interrupted (ours)."""
SOON = 1.0
"""Seconds after the holder's end within which an incomer begins."""
RESUMES = 5.0
"""Seconds within which the holder's next unit may take up what was broken off."""
AT_END = 0.1
"""Seconds before the holder's end up to which another's unit still reaches the end."""
ACTIVE_BONUS = 0.5
"""Seconds of talk that already talking at the end is worth when the incomer is chosen."""


@dataclass(frozen=True)
class InterruptionCandidates:
    """Unit `holder[i]` ended while (or just before) unit `incomer[i]` talked; positions."""

    holder: Ints
    incomer: Ints
    features: FeatureTable


def interruption_candidates(readings: Readings) -> InterruptionCandidates:
    """Candidates for being interrupted, in order of the holder's start."""
    candidates = _candidates(readings)
    holder = np.array([one.holder for one in candidates], dtype=np.int64)
    incomer = np.array([one.incomer for one in candidates], dtype=np.int64)
    columns = {
        **_of_holder(readings, holder),
        **_of_incomer(readings, holder, incomer),
        **_of_talk(readings, holder, incomer),
        **_of_onsets(readings, candidates),
        "wording": wording(readings, holder, incomer),
    }
    return InterruptionCandidates(holder, incomer, FeatureTable.of(INTERRUPTION_FEATURES, columns))


def wording(readings: Readings, holder: Ints, incomer: Ints) -> Floats:
    """Log-odds of each candidate by the words of both."""
    score = readings.tables.wording.score
    return np.array([score(tokens) for tokens in candidate_tokens(readings, holder, incomer)])


def candidate_tokens(readings: Readings, holder: Ints, incomer: Ints) -> list[list[str]]:
    """What `wording` reads of each candidate."""
    c, words = readings.context, readings.words
    tokens = []
    for k, j in zip(holder.tolist(), incomer.tolist(), strict=True):
        timed, following = c.units[k].words, int(c.own_next[k])
        after = c.end[k] - (timed[-1].end if timed else c.start[k])
        soon = following >= 0 and not exceeds(c.start[following] - c.end[k], RESUMES)
        resumed = words[following] if soon else ()
        tokens.append(interruption_tokens(_tail(readings, k), after, resumed, words[j]))
    return tokens


@dataclass(frozen=True, slots=True)
class _Candidate:
    holder: int
    incomer: int
    starts: tuple[float, ...]
    """Of all who talk at the holder's end or begin soon after, in order."""


def _candidates(readings: Readings) -> list[_Candidate]:
    c = readings.context
    at_end = c.others(c.before_end)
    after = readings.talk(c.end, c.end + 3)
    own = [np.flatnonzero(c.who == q) for q in range(len(c.speakers))]
    upcoming = [np.searchsorted(c.start[units], c.end, side="right") for units in own]
    candidates = []
    for k, words in enumerate(readings.words):
        if len(words) <= 3 and readings.p_backchannel[k] > 0.5:
            continue
        if not words and not exceeds(c.end[k] - c.start[k], WORDLESS):
            continue
        options = []  # seconds of talk after the end, unit
        for q, units in enumerate(own):
            if q == c.who[k]:
                continue
            j = int(at_end[k, q])
            if j >= 0 and exceeds(c.end[j], c.end[k] - AT_END):
                options.append((after[k, q] + ACTIVE_BONUS, j))
            elif upcoming[q][k] < len(units):
                j = int(units[upcoming[q][k]])
                if not exceeds(c.start[j], c.end[k] + SOON):
                    options.append((after[k, q], j))
        if options:
            starts = tuple(sorted(float(c.start[j]) for _, j in options))
            candidates.append(_Candidate(k, max(options)[1], starts))
    return candidates


_Columns = dict[str, NDArray[np.generic]]


def _of_holder(readings: Readings, holder: Ints) -> _Columns:
    """The holder's unit, its words, and the holder's units around it."""
    c, tables = readings.context, readings.tables
    words = [readings.words[k] for k in holder]
    last = [unit[-1] if unit else "" for unit in words]
    last_timed = [c.units[k].words[-1] if c.units[k].words else None for k in holder]
    last_seconds = np.array([word.end - word.start if word else np.nan for word in last_timed])
    last_end = np.array([word.end if word else np.nan for word in last_timed])
    tails = [_tail(readings, k) for k in holder.tolist()]
    following = c.own_next[holder]
    return {
        "duration": c.end[holder] - c.start[holder],
        "words": readings.word_count[holder],
        "last_word_seconds": last_seconds,
        "last_seconds_per_letter": last_seconds / np.array([max(1, len(w)) for w in last]),
        "complete": np.array([tables.p_complete(tail) if tail else np.nan for tail in tails]),
        "complete_1": np.array([tables.p_complete((w,)) if w else np.nan for w in last]),
        "fragment": np.array([is_fragment(word) for word in last]),
        "open_ended": np.array([word in OPEN_ENDED for word in last]),
        "filled_pause": np.array([word in FILLED_PAUSE for word in last]),
        "own_after": c.own_after[holder],
        "own_next_words": by_unit(readings.word_count, following, 0.0),
        "own_next_duration": by_unit(c.end - c.start, following),
        "own_before": c.own_before[holder],
        "own_next_same_start": np.array(
            [
                j >= 0 and readings.words[j][:1] != () and readings.words[j][0] in unit[-3:]
                for j, unit in zip(following.tolist(), words, strict=True)
            ]
        ),
        "turn_words": np.array([len(tail) for tail in tails]),
        "question": np.array([tables.p_question(w) if w else np.nan for w in words]),
        "unwritten": readings.unwritten[holder],
        "unwritten_after": np.clip(c.end[holder] - last_end, -1.0, FAR),
        "wordless_share": np.full(len(holder), readings.wordless_share),
        "sound_share": np.full(len(holder), readings.sound_share),
    }


def _tail(readings: Readings, unit: int) -> Sequence[str]:
    """Words of `unit`, after those of the speaker's unit less than a second before."""
    c = readings.context
    previous = c.own_previous[unit]
    if previous < 0 or reaches(c.start[unit] - c.end[previous], 1.0):
        return readings.words[unit]
    return (*readings.words[previous], *readings.words[unit])


def _of_incomer(readings: Readings, holder: Ints, incomer: Ints) -> _Columns:
    """The incomer's unit, and how far the holder was when it began."""
    c, tables = readings.context, readings.tables
    onset = c.start[incomer] - c.end[holder]
    words = [readings.words[j] for j in incomer]
    before_onset = [
        readings.words_until(k, start)
        for k, start in zip(holder.tolist(), c.start[incomer].tolist(), strict=True)
    ]
    return {
        "onset": np.maximum(onset, -FAR),
        "incomer_active": (c.end[incomer] > c.end[holder]) & (onset <= 0),
        "incomer_unwritten": readings.unwritten[incomer],
        "incomer_words": readings.word_count[incomer],
        "incomer_duration": c.end[incomer] - c.start[incomer],
        "incomer_backchannel": readings.p_backchannel[incomer],
        "incomer_incoming": np.array([tables.p_incoming(w) if w else np.nan for w in words]),
        "onset_complete": np.array([tables.p_complete(w) if w else np.nan for w in before_onset]),
        "words_since_onset": readings.word_count[holder]
        - np.array([len(w) for w in before_onset], dtype=float),
    }


def _of_talk(readings: Readings, holder: Ints, incomer: Ints) -> _Columns:
    """Who talks how long before and after the holder's end."""
    c = readings.context
    end, row = c.end[holder], np.arange(len(holder))
    held, came = (row, c.who[holder]), (row, c.who[incomer])

    def before(seconds: float) -> Floats:
        return readings.talk(end - seconds, end)

    def after(seconds: float) -> Floats:
        return readings.talk(end, end + seconds)

    after_1, after_3, before_30 = after(1), after(3), before(30)
    return {
        "incomer_after_1": after_1[came],
        "incomer_after_3": after_3[came],
        "incomer_before_2": before(2)[came],
        "holder_after_1": after_1[held],
        "holder_after_3": after_3[held],
        "holder_after_10": after(10)[held],
        "holder_before_5": before(5)[held],
        "holder_before_30": before_30[held],
        "incomer_before_30": before_30[came],
        "others_after_3": after_3.sum(axis=1) - after_3[held] - after_3[came],
    }


def _of_onsets(readings: Readings, candidates: Sequence[_Candidate]) -> _Columns:
    """When those who talk at the end, or soon after, began."""
    end = readings.context.end
    return {
        "talking_at_end": np.array([len(one.starts) for one in candidates]),
        "second_onset": np.array(
            [
                one.starts[1] - end[one.holder] if len(one.starts) > 1 else np.nan
                for one in candidates
            ]
        ),
        "silence_after": np.array(
            [max(0.0, one.starts[0] - end[one.holder]) for one in candidates]
        ),
    }
