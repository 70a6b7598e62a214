"""What happened around a moment: talk before and after, silences, cuts, answers, topic.

Everything here is measured from turns and interactions; what it is worth as evidence is
decided in `flags`.  Nothing here is a finding about a person.
"""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from session_audio.interval import Interval, exceeds, reaches
from session_audio.metrics.diarization_error import ShareError
from session_audio.schema import Estimate, Interaction, ParticipantId, Turn

JOIN_GAP = 8.0
"""A speaker's own silence in seconds, up to which pieces are read as one turn (ours)."""
JOIN_WORDS = 80
"""Most words of pieces read as one: the longest turn that the classifier was trained on."""
BLOCK = 20.0
"""Seconds in a block of talk, the unit of an interval on a change of share (ours)."""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_LAUGH = re.compile(r"\b(?:laugh\w*|chuckl\w*|giggl\w*|snigger\w*|(?:ha){2,}h?|ha ha)\b", re.I)
_RISK = re.compile(
    r"\b(?:suicid\w*|kill(?:ing|ed)? (?:my|your|him|her|them)sel(?:f|ves)|kill myself"
    r"|end(?:ing)? (?:it all|my (?:own )?life)|take my own life|self[- ]harm\w*"
    r"|(?:cut|cutting|hurt|hurting|harm|harming|burn|burning) myself"
    r"|want(?:ed)? to die|wish i (?:was|were) dead|better off dead|(?:not|n't) want to be alive"
    r"|(?:going to|gonna|will|'ll) (?:kill|stab|shoot|strangle) (?:you|him|her|them|someone)"
    r"|(?:got|have|bought|bring|brought) (?:a|the|my) (?:gun|knife|rope))\b",
    re.I,
)
_WORD = re.compile(r"[^\W\d_]{3,}")
_COMMON = _words(
    """about after again all also and any are because been before being but can could did does
    doing don down each even for from get going gone got had has have having her here hers him his
    how into its just know like look made make maybe mean more most much need never not now off one
    only other our out over own really right said same say see she should some something still such
    sure take tell than that the their them then there these they thing things think this those too
    two under until very want was way well went were what when where which while who why will with
    would yeah yes yet you your okay"""
)
_ASKING = _words(
    """what who whose which when where why how do does did is are was were can could will would"""
)


@dataclass(frozen=True, slots=True)
class Spoken:
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
    def text(self) -> str:
        """What was said."""
        return " ".join(turn.text.strip() for turn in self.turns if turn.text.strip())

    @property
    def words(self) -> int:
        """Number of words."""
        return len(self.text.split())


def spoken(turns: Sequence[Turn]) -> tuple[Spoken, ...]:
    """Turns in order of start, a speaker's own successive ones joined; backchannels left out.

    >>> a, b = ParticipantId("P01"), ParticipantId("P02")
    >>> said = [Turn(0, 0, 2, a, "I mean"), Turn(1, 4, 6, a, "no."), Turn(2, 7, 8, b, "Oh?")]
    >>> [(s.index, s.text) for s in spoken(said)]
    [(0, 'I mean no.'), (2, 'Oh?')]
    """
    out: list[Spoken] = []
    for turn in sorted(turns, key=lambda t: (t.start, t.end, t.index)):
        if turn.backchannel:
            continue
        last = out[-1] if out else None
        if (
            last is not None
            and last.participant == turn.participant
            and not exceeds(turn.start - last.end, JOIN_GAP)
            and last.words + len(turn.text.split()) <= JOIN_WORDS
        ):
            out[-1] = Spoken((*last.turns, turn))
        else:
            out.append(Spoken((turn,)))
    return tuple(out)


def signals_risk(text: str) -> bool:
    """Whether the words signal risk of harm: such text is never scored as a strain.

    A word list, and no safety monitor: it misses most of what a clinician hears.

    >>> signals_risk("Some nights I want to die."), signals_risk("I'd kill for a coffee.")
    (True, False)
    """
    return bool(_RISK.search(text.replace("’", "'")))


def is_question(text: str) -> bool:
    """Whether a question is asked, by its mark, or where there are none, by how it begins.

    >>> is_question("How was that for you?"), is_question("what was it like"), is_question("No.")
    (True, True, False)
    """
    if "?" in text[-80:]:
        return True
    words = text.lower().split()
    marked = any(mark in text for mark in ".!,")
    return not marked and len(words) > 1 and words[0] in _ASKING


def laughs(text: str) -> bool:
    """Whether the text writes laughter down.

    >>> laughs("(laughs) right"), laughs("Ha ha, very good."), laughs("that happened")
    (True, True, False)
    """
    return bool(_LAUGH.search(text))


def topic_moved(before: Sequence[str], after: Sequence[str]) -> bool:
    """Whether what came after shares no content word with what went before.

    Both sides need at least eight content words, else nothing can be said (False).

    >>> topic_moved(["My sister rang on Sunday and cried about our mother's cold empty kitchen."],
    ...     ["Does anybody know whether parking behind the library costs money next Tuesday?"])
    True
    """
    first = {w.lower() for text in before for w in _WORD.findall(text)} - _COMMON
    second = {w.lower() for text in after for w in _WORD.findall(text)} - _COMMON
    return len(first) >= 8 and len(second) >= 8 and not first & second


@dataclass(frozen=True, slots=True)
class Change:
    """One person's talk before a moment and after it.

    Shares are of everybody's talk in the window; `change` is after minus before, with an
    interval over blocks of time.  Latency is the median time from the last speaker's end to
    the person's begin, turn length the median; None where there is nothing to measure.
    """

    share_before: float | None
    share_after: float | None
    change: Estimate
    latency_before: float | None
    latency_after: float | None
    turn_length_before: float | None
    turn_length_after: float | None
    silent_for: float | None
    """Seconds until the person is next heard; to the session's end when never again."""


def change_of(
    who: ParticipantId,
    said: Sequence[Spoken],
    moment: Interval,
    duration: float,
    window: float,
    least: float,
    error: ShareError | None = None,
) -> Change:
    """`who` in the `window` seconds before `moment` and after it.

    Shares are None where everybody together talks less than `least` seconds on a side.
    `error` is the diarizer's of a share; it enters the interval of the change.
    """
    before = Interval(max(0.0, moment.start - window), moment.start)
    after = Interval(moment.end, max(moment.end, min(duration, moment.end + window)))
    first, second = _blocks(who, said, before), _blocks(who, said, after)
    one, two = _share(first, least), _share(second, least)
    change = Estimate(None)
    if one is not None and two is not None:
        half = 1.96 * math.hypot(_error(first, one), _error(second, two))
        if error is not None:
            half = math.hypot(half, error(one, _everybody(first)), error(two, _everybody(second)))
        difference = two - one
        change = Estimate(difference, max(-1.0, difference - half), min(1.0, difference + half))
    own = [s for s in said if s.participant == who]
    later = [s.start for s in own if s.start >= moment.end]
    return Change(
        one,
        two,
        change,
        _latency(who, said, before),
        _latency(who, said, after),
        _length(own, before),
        _length(own, after),
        (min(later) if later else max(duration, moment.end)) - moment.end,
    )


def _blocks(
    who: ParticipantId, said: Sequence[Spoken], window: Interval
) -> list[tuple[float, float]]:
    """(own seconds, everybody's seconds) of talk in each block of the window."""
    count = max(1, round(window.duration / BLOCK)) if window.duration else 0
    size = window.duration / count if count else 0.0
    out = []
    for k in range(count):
        block = Interval(window.start + k * size, window.start + (k + 1) * size)
        talk = [
            (s.participant, block.overlap(Interval(t.start, t.end))) for s in said for t in s.turns
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


def _latency(who: ParticipantId, said: Sequence[Spoken], window: Interval) -> float | None:
    found = [
        now.start - last.end
        for last, now in itertools.pairwise(said)
        if now.participant == who and window.start <= now.start < window.end
    ]
    return median(found) if len(found) >= 2 else None


def _length(own: Sequence[Spoken], window: Interval) -> float | None:
    found = [s.end - s.start for s in own if window.start <= s.start < window.end]
    return median(found) if len(found) >= 2 else None


def lapse_after(said: Sequence[Spoken], position: int) -> float:
    """Seconds of silence of everybody after the turn at `position`; 0 after the last.

    >>> a, b = ParticipantId("P01"), ParticipantId("P02")
    >>> lapse_after(spoken([Turn(0, 0, 2, a, "Fine."), Turn(1, 7.5, 9, b, "Well.")]), 0)
    5.5
    """
    if position + 1 >= len(said):
        return 0.0
    reached = max(s.end for s in said[max(0, position - 5) : position + 1])
    return max(0.0, said[position + 1].start - reached)


def cut_then_silent(
    said: Sequence[Spoken], interactions: Sequence[Interaction], duration: float, least: float
) -> list[tuple[Interaction, float]]:
    """Successful interruptions after which the one cut off was not heard for `least` seconds.

    Counted from the end of the interaction, where the one cut off stopped.
    """
    out = []
    for event in interactions:
        if event.kind != "interruption_successful" or event.holder is None:
            continue
        later = [s.start for s in said if s.participant == event.holder and s.start >= event.end]
        quiet = (min(later) if later else duration) - event.end
        if reaches(quiet, least):
            out.append((event, quiet))
    return out
