"""Evidence around a moment: talk before and after, lapses, questions, laughter, interruptions.

Measured from utterances (`Utterance`) and interactions.  Times are seconds from the start of the
session; shares are of everybody's talk in a window.  Rules by word lists are English and say
nothing of another language (`lexicon.are_known`), but for questions (`lexicons`).  What a
measurement is worth as evidence is decided in `flags.candidates` and `flags.moments`.  Nothing
here is a finding about a person.
"""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from session_audio.interval import Interval, crop, exceeds, reaches, total
from session_audio.metrics.diarization_error import ShareError
from session_audio.schema import Aftermath, Interaction, ParticipantId, Turn
from session_audio.turntaking import lexicon, lexicons
from session_audio.turntaking.cuts import across

JOIN_GAP = 8.0
"""A speaker's own silence in seconds, up to which pieces are read as one turn (ours)."""
JOIN_WORDS = 80
"""Most words of pieces read as one: the longest turn that the classifier was trained on."""
BLOCK = 20.0
"""Seconds in a block of talk, the unit of an interval on a change of share (ours)."""


_WORD = re.compile(r"[^\W\d_]{3,}")


@dataclass(frozen=True, slots=True)
class Utterance:
    """One or more turns of one person that are read as one."""

    turns: tuple[Turn, ...]

    @property
    def index(self) -> int:
        """Index of its first turn; its id for the classifier."""
        return self.turns[0].index

    @property
    def participant(self) -> ParticipantId:
        """Who spoke."""
        return self.turns[0].participant

    @property
    def start(self) -> float:
        """Seconds."""
        return self.turns[0].start

    @property
    def end(self) -> float:
        """Seconds; the latest end of its turns."""
        return max(turn.end for turn in self.turns)

    @property
    def words_start(self) -> float:
        """Seconds at which its first turn with words begins; `start` where none has words."""
        return next((turn.start for turn in self.turns if turn.text.strip()), self.start)

    @property
    def text(self) -> str:
        """Its words, from `words_start` on."""
        return " ".join(turn.text.strip() for turn in self.turns if turn.text.strip())

    @property
    def words(self) -> int:
        """Number of words."""
        return len(self.text.split())

    @property
    def language(self) -> str | None:
        """ISO 639-1 code of its words, where it is known."""
        return next((turn.language for turn in self.turns if turn.language), None)


def utterances_of(turns: Sequence[Turn]) -> tuple[Utterance, ...]:
    """Turns in order of start, a speaker's own successive ones joined; backchannels left out.

    What is said in two languages is never one.

    >>> a, b = ParticipantId("P01"), ParticipantId("P02")
    >>> turns = [Turn(0, 0, 2, a, "I mean"), Turn(1, 4, 6, a, "no."), Turn(2, 7, 8, b, "Oh?")]
    >>> [(u.index, u.text) for u in utterances_of(turns)]
    [(0, 'I mean no.'), (2, 'Oh?')]
    """
    out: list[Utterance] = []
    for turn in sorted(turns, key=lambda t: (t.start, t.end, t.index)):
        if turn.backchannel:
            continue
        last = out[-1] if out else None
        if (
            last is not None
            and last.participant == turn.participant
            and not exceeds(turn.start - last.end, JOIN_GAP)
            and last.words + len(turn.text.split()) <= JOIN_WORDS
            and (turn.language is None or last.language in (None, turn.language))
        ):
            out[-1] = Utterance((*last.turns, turn))
        else:
            out.append(Utterance((turn,)))
    return tuple(out)


def signals_risk(text: str, language: str | None = None) -> bool:
    """Whether the words signal risk of harm: such text is never scored as a strain.

    A word list, and no safety monitor: it misses most of what a clinician hears.  False in
    another language than English.

    >>> signals_risk("Some nights I want to die."), signals_risk("I'd kill for a coffee.")
    (True, False)
    """
    return lexicon.are_known(language) and bool(lexicon.RISK.search(text.replace("’", "'")))


def is_question(text: str, language: str | None = None) -> bool:
    """Whether a question is asked, by its mark, or where there are none, by how it begins.

    In a language without word lists (`lexicons`) the mark alone decides.

    >>> is_question("How was that for you?"), is_question("what was it like"), is_question("No.")
    (True, True, False)
    >>> is_question("was war das", "de"), is_question("hur var det", "sv")
    (True, False)
    """
    if "?" in text[-80:]:
        return True
    words, lists = text.split(), lexicons.of(language)
    if lists is None or any(mark in text for mark in ".!,"):
        return False
    first = [lexicon.plain(word) for word in words[:2]]
    return len(first) > 1 and not lists.question.isdisjoint({first[0], "_".join(first)})


def laughs(text: str, language: str | None = None) -> bool:
    """Whether the text writes laughter down; False in another language than English.

    >>> laughs("(laughs) right"), laughs("Ha ha, very good."), laughs("that happened")
    (True, True, False)
    """
    return lexicon.are_known(language) and bool(lexicon.LAUGHTER.search(text))


def topic_moved(before: Sequence[str], after: Sequence[str], language: str | None = None) -> bool:
    """Whether what came after shares no content word with what went before.

    Both sides need at least eight content words, else nothing can be said (False); nor can
    it in another language than English.

    >>> topic_moved(["My sister rang on Sunday and cried about our mother's cold empty kitchen."],
    ...     ["Does anybody know whether parking behind the library costs money next Tuesday?"])
    True
    """
    if not lexicon.are_known(language):
        return False
    first = {w.lower() for text in before for w in _WORD.findall(text)} - lexicon.FUNCTION_WORDS
    second = {w.lower() for text in after for w in _WORD.findall(text)} - lexicon.FUNCTION_WORDS
    return len(first) >= 8 and len(second) >= 8 and not first & second


def aftermath_of(
    who: ParticipantId,
    utterances: Sequence[Utterance],
    moment: Interval,
    duration: float,
    window: float,
    least: float,
    error: ShareError | None = None,
) -> Aftermath:
    """`who` in the `window` seconds before `moment` and after it.

    Shares are None where everybody together talks less than `least` seconds on a side;
    medians with fewer than two values.  The interval of the change is that of a ratio over
    blocks of time (Cochran 1977, 6.4); `error`, the diarizer's of a share, enters it.
    """
    before = Interval(max(0.0, moment.start - window), moment.start)
    after = Interval(moment.end, max(moment.end, min(duration, moment.end + window)))
    blocks_before = _blocks(who, utterances, before)
    blocks_after = _blocks(who, utterances, after)
    share_before, share_after = _share(blocks_before, least), _share(blocks_after, least)
    change = low = high = None
    if share_before is not None and share_after is not None:
        half = 1.96 * math.hypot(
            _error(blocks_before, share_before), _error(blocks_after, share_after)
        )
        if error is not None:
            half = math.hypot(
                half,
                error(share_before, _everybody(blocks_before)),
                error(share_after, _everybody(blocks_after)),
            )
        change = share_after - share_before
        low, high = max(-1.0, change - half), min(1.0, change + half)
    own = [u for u in utterances if u.participant == who]
    later = [u.start for u in own if u.start >= moment.end]
    return Aftermath(
        who=who,
        share_before=share_before,
        share_after=share_after,
        share_change=change,
        share_change_low=low,
        share_change_high=high,
        latency_before=_latency(who, utterances, before),
        latency_after=_latency(who, utterances, after),
        turn_length_before=_length(own, before),
        turn_length_after=_length(own, after),
        silent_for=(min(later) if later else max(duration, moment.end)) - moment.end,
    )


def _blocks(
    who: ParticipantId, utterances: Sequence[Utterance], window: Interval
) -> list[tuple[float, float]]:
    """(own seconds, everybody's seconds) of talk in each block of the window."""
    count = max(1, round(window.duration / BLOCK)) if window.duration else 0
    size = window.duration / count if count else 0.0
    out = []
    for k in range(count):
        block = Interval(window.start + k * size, window.start + (k + 1) * size)
        talk = [
            (t.participant, block.overlap(Interval(t.start, t.end)))
            for u in utterances
            for t in u.turns
        ]
        own = math.fsum(time for p, time in talk if p == who)
        out.append((own, math.fsum(time for _, time in talk)))
    return out


def _everybody(blocks: Sequence[tuple[float, float]]) -> float:
    return math.fsum(every for _, every in blocks)


def _share(blocks: Sequence[tuple[float, float]], least: float) -> float | None:
    total = _everybody(blocks)
    return (
        math.fsum(own for own, _ in blocks) / total if reaches(total, least) and total > 0 else None
    )


def _error(blocks: Sequence[tuple[float, float]], share: float) -> float:
    """Standard error of a ratio over blocks (linearised; Cochran 1977, 6.4)."""
    n, total = len(blocks), _everybody(blocks)
    if n < 2 or not total:
        return 1.0
    squares = math.fsum((own - share * every) ** 2 for own, every in blocks)
    return math.sqrt(n / (n - 1) * squares) / total


def _latency(who: ParticipantId, utterances: Sequence[Utterance], window: Interval) -> float | None:
    latencies = [
        now.start - last.end
        for last, now in itertools.pairwise(utterances)
        if now.participant == who and window.start <= now.start < window.end
    ]
    return median(latencies) if len(latencies) >= 2 else None


def _length(own: Sequence[Utterance], window: Interval) -> float | None:
    lengths = [u.end - u.start for u in own if window.start <= u.start < window.end]
    return median(lengths) if len(lengths) >= 2 else None


def lapse_after(
    utterances: Sequence[Utterance], position: int, cuts: Sequence[Interval] = ()
) -> float:
    """Seconds of silence of everybody after the turn at `position`; 0 after the last.

    0 too where the recording was cut (`cuts`) before the next.

    >>> a, b = ParticipantId("P01"), ParticipantId("P02")
    >>> lapse_after(utterances_of([Turn(0, 0, 2, a, "Fine."), Turn(1, 7.5, 9, b, "Well.")]), 0)
    5.5
    """
    if position + 1 >= len(utterances):
        return 0.0
    reached = max(u.end for u in utterances[max(0, position - 5) : position + 1])
    after = utterances[position + 1].start
    return 0.0 if across(reached, after, cuts) else max(0.0, after - reached)


def cut_then_silent(
    utterances: Sequence[Utterance],
    interactions: Sequence[Interaction],
    duration: float,
    least: float,
    cuts: Sequence[Interval] = (),
) -> list[tuple[Interaction, float]]:
    """Successful interruptions after which the one cut off was not heard for `least` seconds.

    Counted from the end of the interaction, where the one cut off stopped.
    """
    out = []
    for event in interactions:
        if event.kind != "interruption_successful" or event.holder is None:
            continue
        own = [u.start for u in utterances if u.participant == event.holder]
        later = [start for start in own if start >= event.end]
        until = max(event.end, min(later) if later else duration)
        quiet = until - event.end - total(crop(cuts, Interval(event.end, until)))
        if reaches(quiet, least):
            out.append((event, quiet))
    return out
