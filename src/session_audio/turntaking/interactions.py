"""Interactions: backchannels, overlaps and interruptions, with who came in and who held the floor.

Definitions (sources and bias in ``docs/metrics.md``).  B comes in while A, who has the floor,
talks, or in a short silence that A's unfinished sentence left:

- ``interruption_successful``: A stops within the cut window with the sentence unfinished, and
  B goes on to hold the floor.
- ``interruption_unsuccessful``: B bids for the floor in the middle of A's talk and stops, while
  A talks on.
- ``cooperative_overlap``: B's short talk over A's agrees or helps and takes nothing.
- ``terminal_overlap``: B comes in where A's turn is about to end anyway.
- ``dual_start``: both begin together after a silence.
- ``backchannel``: taken from the turns.

With text and a model, who was cut off comes from the model; the rest, and everything without
text, from these rules.
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
    Turn,
    Word,
)
from session_audio.settings import TurnSettings
from session_audio.turntaking.context import Context
from session_audio.turntaking.interruptions import Cut, find_cuts
from session_audio.turntaking.ipu import Ipu, build_ipus
from session_audio.turntaking.lexicon import (
    AGREEMENT,
    BACKCHANNEL,
    are_known,
    plain,
    seems_unfinished,
)
from session_audio.turntaking.model import InteractionModel

_DEFAULTS = TurnSettings()
"""Confidence of the rules, with and without text (about their precision on ICSI meetings)."""
WITH_TEXT, WITHOUT_TEXT = 0.4, 0.2


def find_interactions(
    turns: Sequence[Turn],
    words: Sequence[Word] | None,
    speech: Diarization | None,
    settings: TurnSettings = _DEFAULTS,
    model: InteractionModel | None = None,
    language: str | None = None,
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
    language : str, optional
        Of the words; in another than English they tell nothing, and timing decides.

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
    units = build_ipus(words, speech, settings.ipu_gap)
    resolution = settings.resolution if speech is not None and speech.full else 0.0
    backchannels = {(turn.participant, turn.start) for turn in turns if turn.backchannel}
    openings = {(turn.participant, turn.start) for turn in turns if not turn.backchannel}
    legible = bool(words) and are_known(language)
    begun = {(unit.speaker, unit.start): unit for unit in units}
    found = [
        _backchannel(turn, holder, begun.get((turn.participant, turn.start)), resolution)
        for turn, holder in _with_floor(turns)
    ]
    is_backchannel = [(unit.speaker, unit.start) in backchannels for unit in units]
    opens = [(unit.speaker, unit.start) in openings for unit in units]
    context = Context.of(units)
    cuts: tuple[Cut, ...] = ()
    if model is not None and legible:
        cuts = find_cuts(context, model)
        found += [_cut(cut, context, settings.cut_window, resolution) for cut in cuts]
    taken = {cut.incomer for cut in cuts}
    for k, opening in enumerate(opens):
        if opening and k not in taken:
            event = _overlap(
                k, context, is_backchannel, settings, legible, by_rule=not (model and legible)
            )
            if event:
                found.append(event)
    return tuple(
        sorted(found, key=lambda event: (event.start, event.end, event.participant, event.kind))
    )


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


def _cut(cut: Cut, context: Context, window: float, resolution: float) -> Interaction:
    """The event runs from when B came in (at most the window before A stopped) to A's stop."""
    holder, incomer = context.units[cut.holder], context.units[cut.incomer]
    start = max(incomer.start, on_grid(holder.end - window))
    unclear = not reaches(abs(holder.end - incomer.start), resolution)
    return Interaction(
        "interruption_successful",
        start,
        max(holder.end, start),
        ParticipantId(incomer.speaker),
        ParticipantId(holder.speaker),
        cut.chance / 2 if unclear or _untimed(holder, incomer) else cut.chance,
    )


@dataclass(frozen=True, slots=True)
class _Meeting:
    """B (unit `incomer`) came in on A (unit `holder`)."""

    holder: Ipu
    incomer: Ipu
    resumes: float
    """When A talks again after the holder unit; infinite where never."""


def _overlap(
    k: int,
    context: Context,
    is_backchannel: Sequence[bool],
    settings: TurnSettings,
    legible: bool,
    *,
    by_rule: bool,
) -> Interaction | None:
    """What the rules make of the turn that unit `k` opens; None when nobody was met."""
    unit = context.units[k]
    holder = -1
    for q, j in enumerate(context.before_start[k]):
        if q == context.who[k] or j < 0 or is_backchannel[j]:
            continue
        met = exceeds(context.units[j].end, unit.start - settings.cut_silence)
        if met and (holder < 0 or context.end[j] > context.end[holder]):
            holder = int(j)
    if holder < 0:
        return None
    following = context.own_next[holder]
    meeting = _Meeting(
        context.units[holder],
        unit,
        context.start[following] if following >= 0 else float("inf"),
    )
    silence = _silence_before(holder, context)
    kind = _kind(meeting, silence, settings, legible, by_rule)
    if kind is None:
        return None
    shared = min(unit.end, meeting.holder.end) - unit.start
    confidence = WITH_TEXT if legible and unit.words else WITHOUT_TEXT
    if not reaches(shared, settings.resolution) or _untimed(unit, meeting.holder):
        confidence /= 2
    return Interaction(
        kind,
        unit.start,
        max(unit.start, min(unit.end, meeting.holder.end)),
        ParticipantId(unit.speaker),
        ParticipantId(meeting.holder.speaker),
        confidence,
    )


def _silence_before(k: int, context: Context) -> float:
    """Seconds in which nobody spoke before unit `k` began; 0 or less in overlap."""
    before = context.before_start[k].copy()
    before[context.who[k]] = context.own_previous[k]
    return float(context.start[k] - context.ends(before).max(initial=-float("inf")))


def _kind(
    meeting: _Meeting, silence_before: float, settings: TurnSettings, legible: bool, by_rule: bool
) -> InteractionKind | None:
    holder, incomer = meeting.holder, meeting.incomer
    left = holder.end - incomer.start
    said = [plain(word.text) for word in holder.words] if legible else []
    unfinished = seems_unfinished(said)
    alone = min(incomer.end, meeting.resumes) - max(incomer.start, holder.end)
    takes_floor = reaches(alone, settings.floor_hold)
    if left <= 0:  # came in after the holder's last word
        cut = by_rule and unfinished is True and takes_floor
        return "interruption_successful" if cut else None
    began_together = not exceeds(incomer.start - holder.start, settings.dual_start)
    if began_together and silence_before > 0:
        return "dual_start"
    if incomer.end >= holder.end:  # the holder stopped first
        deep = exceeds(left, settings.boundary) if unfinished is None else unfinished
        if by_rule and deep and takes_floor and not exceeds(left, settings.cut_window):
            return "interruption_successful"
        return "terminal_overlap"
    if legible and _supports(incomer):
        return "cooperative_overlap"
    return "interruption_unsuccessful"


def _supports(incomer: Ipu) -> bool:
    """Whether words that lie inside another's talk only agree or acknowledge."""
    said = [plain(word.text) for word in incomer.words]
    if not said or len(said) > 5:
        return False
    return said[0] in AGREEMENT or said[0] in BACKCHANNEL
