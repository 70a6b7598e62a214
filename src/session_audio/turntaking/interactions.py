"""Interactions: backchannels, overlaps and interruptions, with who came in and who held the floor.

Definitions (sources and bias in ``docs/metrics.md``).  The **incomer** B comes in while the
**holder** A, who has the floor, talks, or in a short silence that A's unfinished sentence left:

- ``interruption_successful``: A stops within the setting ``turns.cut_window`` (1.5 s, ours) with
  the sentence unfinished, and B goes on to hold the floor.
- ``interruption_unsuccessful``: B bids for the floor in the middle of A's talk and stops, while
  A talks on.  Talk of fewer words than ``turns.bid_words`` (2, ours) that is not longer than
  ``turns.bid_longer`` (0.5 s, ours) is no bid: of such talk without words most is listening.
- ``cooperative_overlap``: B's short talk over A's agrees or helps and takes nothing (Murata
  1994†, Goldberg 1990†; by its first word, a proxy of ours).
- ``terminal_overlap``: B comes in where A's turn is about to end anyway (without text, at most
  ``turns.boundary`` before: 0.5 s, ours; about two syllables, after West & Zimmerman 1983†).
- ``dual_start``: both begin within ``turns.dual_start`` (0.3 s, ours) after a silence.
- ``backchannel``: taken from the turns.

Where English words are read and there is a model, who was interrupted comes from the model
(`interruptions`); the rest, and everything else, from the rules here.

Conventions: seconds, half-open ``[start, end)``, in order of start.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from session_audio.interval import exceeds, on_grid, reaches
from session_audio.schema import (
    Diarization,
    Interaction,
    InteractionKind,
    ParticipantId,
    Spoken,
    Turn,
    Word,
)
from session_audio.settings import TurnSettings
from session_audio.turntaking.basis import Basis
from session_audio.turntaking.context import Context
from session_audio.turntaking.interruptions import Interruption, find_interruptions
from session_audio.turntaking.ipu import Ipu, build_ipus
from session_audio.turntaking.lexicon import plain, seems_unfinished
from session_audio.turntaking.lexicons import Lexicon
from session_audio.turntaking.model import InteractionModel

_DEFAULTS = TurnSettings()
WITH_TEXT, WITHOUT_TEXT = 0.4, 0.2
"""Confidence of the rules, with and without text (about their precision on ICSI meetings)."""
LONGEST_SUPPORT = 5
"""Most words of a cooperative overlap (ours)."""


def find_interactions(
    turns: Sequence[Turn],
    words: Sequence[Word] | None,
    speech: Diarization | None,
    settings: TurnSettings = _DEFAULTS,
    model: InteractionModel | None = None,
    language: str | Spoken | None = None,
) -> tuple[Interaction, ...]:
    """All interactions in order of start.

    Parameters
    ----------
    turns : sequence of Turn
        From `turns.build_turns` with the same words, speech, settings and model.
    words : sequence of Word, optional
    speech : Diarization, optional
    settings : TurnSettings
    model : InteractionModel, optional
    language : str or Spoken, optional
        Of the words.  Another than English is told by rules, from its word lists where there are
        any (`lexicons`), else from timing alone.

    Returns
    -------
    tuple of Interaction
        `confidence` in [0, 1]: a probability where the model spoke, a rough figure for rules.
        Halved where limits are less exact than what they decide: an overlap or backchannel too
        short for a diarizer to resolve, or words without times of their own.

    Raises
    ------
    FormatError
        When a word or segment has an impossible time.
    """
    context = Context.of(build_ipus(words, speech, settings.ipu_gap))
    resolution = settings.resolution if speech is not None and speech.full else 0.0
    basis = Basis.of(has_words=bool(words), language=language, model=model)
    begun = {(unit.speaker, unit.start): unit for unit in context.units}
    events = [
        _backchannel(turn, holder, begun.get((turn.participant, turn.start)), resolution)
        for turn, holder in _with_floor(turns)
    ]
    interruptions: tuple[Interruption, ...] = ()
    if basis.model is not None:
        units = context.units
        interruptions = tuple(
            one
            for one in find_interruptions(context, basis.model)
            if all(basis.is_english(units[k], units[k].speaker) for k in (one.holder, one.incomer))
        )
        events += [_interruption(one, context, settings, resolution) for one in interruptions]
    rules = _Rules(context, _starting(turns, context, backchannel=True), settings, basis)
    interrupting = {one.incomer for one in interruptions}
    for k, opens in enumerate(_starting(turns, context, backchannel=False)):
        if opens and k not in interrupting and (event := rules.event(k)) is not None:
            events.append(event)
    return tuple(
        sorted(events, key=lambda event: (event.start, event.end, event.participant, event.kind))
    )


def _starting(turns: Sequence[Turn], context: Context, *, backchannel: bool) -> list[bool]:
    """For each unit, whether a backchannel (or a turn that is none) begins with it."""
    starts = {(turn.participant, turn.start) for turn in turns if turn.backchannel == backchannel}
    return [(unit.speaker, unit.start) in starts for unit in context.units]


def _with_floor(turns: Sequence[Turn]) -> list[tuple[Turn, Turn | None]]:
    """Each backchannel with the turn that was on when it came (the latest begun by another)."""
    pairs: list[tuple[Turn, Turn | None]] = []
    latest: dict[str, Turn] = {}
    for turn in sorted(turns, key=lambda turn: (turn.start, turn.end)):
        if not turn.backchannel:
            latest[turn.participant] = turn
            continue
        others = [held for who, held in latest.items() if who != turn.participant]
        holder = max(others, key=lambda held: (min(held.end, turn.start), held.start), default=None)
        pairs.append((turn, holder))
    return pairs


def _backchannel(
    turn: Turn, holder: Turn | None, unit: Ipu | None, resolution: float
) -> Interaction:
    confidence = turn.backchannel_confidence or 0.0
    if not reaches(turn.end - turn.start, resolution) or (unit and _untimed(unit)):
        confidence /= 2
    return Interaction(
        "backchannel",
        turn.start,
        turn.end,
        turn.participant,
        holder.participant if holder else None,
        confidence,
    )


def _untimed(*units: Ipu) -> bool:
    """Whether words of a unit got their times by sharing out their utterance's."""
    return any(not word.timed for unit in units for word in unit.words)


def _interruption(
    interruption: Interruption, context: Context, settings: TurnSettings, resolution: float
) -> Interaction:
    """The event runs from when B came in (at most the window before A stopped) to A's stop."""
    holder, incomer = context.units[interruption.holder], context.units[interruption.incomer]
    start = max(incomer.start, on_grid(holder.end - settings.cut_window))
    unclear = not reaches(abs(holder.end - incomer.start), resolution)
    confidence = interruption.probability
    return Interaction(
        "interruption_successful",
        start,
        max(holder.end, start),
        ParticipantId(incomer.speaker),
        ParticipantId(holder.speaker),
        confidence / 2 if unclear or _untimed(holder, incomer) else confidence,
    )


@dataclass(frozen=True, slots=True)
class _Entry:
    """B (unit `incomer`) came in on A (unit `holder`)."""

    holder: Ipu
    incomer: Ipu
    resumes: float
    """When A talks again after the holder unit; infinite where never."""
    silence_before: float
    """Seconds in which nobody spoke before the holder unit; 0 or less in overlap."""


@dataclass(frozen=True, slots=True)
class _Rules:
    """What the rules make of a turn that begins with a unit."""

    context: Context
    is_backchannel: Sequence[bool]
    settings: TurnSettings
    basis: Basis

    def event(self, k: int) -> Interaction | None:
        """The event of the turn that unit `k` begins; None where it came in on nobody."""
        entry = self._entry(k)
        kind = self._kind(entry) if entry is not None else None
        if entry is None or kind is None:
            return None
        holder, incomer = entry.holder, entry.incomer
        shared = min(incomer.end, holder.end) - incomer.start
        confidence = WITH_TEXT if self._lists(incomer) and incomer.words else WITHOUT_TEXT
        if not reaches(shared, self.settings.resolution) or _untimed(incomer, holder):
            confidence /= 2
        return Interaction(
            kind,
            incomer.start,
            max(incomer.start, min(incomer.end, holder.end)),
            ParticipantId(incomer.speaker),
            ParticipantId(holder.speaker),
            confidence,
        )

    def _entry(self, k: int) -> _Entry | None:
        """On whom unit `k` came in: of those still talking, or just silent, the last to end."""
        context, unit = self.context, self.context.units[k]
        holder = -1
        for q, j in enumerate(context.before_start[k]):
            if q == context.who[k] or j < 0 or self.is_backchannel[j]:
                continue
            on = exceeds(context.units[j].end, unit.start - self.settings.cut_silence)
            if on and (holder < 0 or context.end[j] > context.end[holder]):
                holder = int(j)
        if holder < 0:
            return None
        following = context.own_next[holder]
        return _Entry(
            context.units[holder],
            unit,
            context.start[following] if following >= 0 else float("inf"),
            _silence_before(holder, context),
        )

    def _kind(self, entry: _Entry) -> InteractionKind | None:
        holder, incomer, settings = entry.holder, entry.incomer, self.settings
        both_english = self._is_english(holder) and self._is_english(incomer)
        by_rule = self.basis.model is None or not both_english
        left = holder.end - incomer.start
        # Which words leave a sentence open is known of English alone.
        words = [plain(word.text) for word in holder.words] if self._is_english(holder) else []
        unfinished = seems_unfinished(words)
        alone = min(incomer.end, entry.resumes) - max(incomer.start, holder.end)
        takes_floor = reaches(alone, settings.floor_hold)
        if left <= 0:  # came in after the holder's last word
            interrupted = by_rule and unfinished is True and takes_floor
            return "interruption_successful" if interrupted else None
        began_together = not exceeds(incomer.start - holder.start, settings.dual_start)
        if began_together and entry.silence_before > 0:
            return "dual_start"
        if incomer.end >= holder.end:  # the holder stopped first
            deep = exceeds(left, settings.boundary) if unfinished is None else unfinished
            if by_rule and deep and takes_floor and not exceeds(left, settings.cut_window):
                return "interruption_successful"
            return "terminal_overlap"
        lists = self._lists(incomer)
        if lists is not None and _supports(incomer, lists):
            return "cooperative_overlap"
        return "interruption_unsuccessful" if self._bids(incomer) else None

    def _bids(self, incomer: Ipu) -> bool:
        """Whether talk inside another's is enough to be a bid for the floor."""
        enough = len(incomer.words) >= self.settings.bid_words and self._lists(incomer) is not None
        return enough or exceeds(incomer.duration, self.settings.bid_longer)

    def _lists(self, unit: Ipu) -> Lexicon | None:
        return self.basis.lexicon(unit, unit.speaker)

    def _is_english(self, unit: Ipu) -> bool:
        return self.basis.is_english(unit, unit.speaker)


def _silence_before(k: int, context: Context) -> float:
    """Seconds in which nobody spoke before unit `k` began; 0 or less in overlap."""
    before = context.before_start[k].copy()
    before[context.who[k]] = context.own_previous[k]
    return float(context.start[k] - context.ends(before).max(initial=-float("inf")))


def _supports(incomer: Ipu, lists: Lexicon) -> bool:
    """Whether words that lie inside another's talk only agree or acknowledge."""
    words = [plain(word.text) for word in incomer.words]
    if not words or len(words) > LONGEST_SUPPORT:
        return False
    return words[0] in lists.agreement or words[0] in lists.backchannel
