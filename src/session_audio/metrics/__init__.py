"""Everything that is measured of a session, from its turns, speech and interactions.

- `participation`: speaking time, shares, Gini, entropy, windows.
- `timing`: silences, floor-transfer offsets, turn freedom.
- `interruption`: who interrupts whom, per opportunity and against the expected.
- `quieting`: who talked much less from some place on.
- `exchanges`: stretches between two alone, and who came in early there.
- `network`: who answers whom, against what talk alone would give.
- `events`: how many of each kind of event, and whether that can be told.
- `resampling`, `intervals`, `diarization_error`, `event_error`: intervals, and what enters them.
- `quality`: how far to trust the numbers.

Times are seconds, shares lie in [0, 1], rates are per ten minutes; undefined is None.
Definitions, ranges, bias and how to read each number: ``docs/metrics.md``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from session_audio.interval import Interval, on_grid, total, union
from session_audio.metrics import interruption, participation, timing
from session_audio.metrics.diarization_error import (
    ShareError,
    SpeechSource,
    error_of,
    speech_source,
)
from session_audio.metrics.event_error import errors_of, event_kinds
from session_audio.metrics.events import SUCCESSFUL, UNSUCCESSFUL, Events
from session_audio.metrics.exchanges import find_exchanges
from session_audio.metrics.network import build_network
from session_audio.metrics.quieting import Quieting, find_quieting
from session_audio.metrics.resampling import TalkBlocks, talk_blocks
from session_audio.schema import (
    UNATTRIBUTED,
    Diarization,
    Estimate,
    GroupMeasures,
    Interaction,
    Measures,
    MemberMeasures,
    Participant,
    ParticipantId,
    Session,
    Silence,
    Turn,
)
from session_audio.settings import MetricSettings
from session_audio.turntaking.cuts import across

__all__ = ["measure", "speech_source"]

_DEFAULTS = MetricSettings()


def measure(
    session: Session,
    turns: Sequence[Turn],
    interactions: Sequence[Interaction],
    speech: Diarization | None,
    duration: float,
    settings: MetricSettings = _DEFAULTS,
    cuts: Sequence[Interval] = (),
    *,
    by_model: bool = False,
) -> Measures:
    """Measure one session.

    Parameters
    ----------
    session : Session
        Its roster and attendance: everybody present is measured, silent or not; whoever of
        the roster speaks without being listed as present too, with ``present=False``.  Its
        recordings tell where the speech comes from (`speech_source`): where it is our
        diarizer on a room, its error enters every interval of a share and what is made of
        shares.
    turns : sequence of Turn
        With `responds_to`; backchannels flagged.
    interactions : sequence of Interaction
    speech : Diarization, optional
        Speaking time is taken from its full segments; without it, from the turns.
    duration : float
        Length of the recording in seconds; at least the end of the last speech is used.
    settings : MetricSettings
    cuts : sequence of Interval
        Where nothing was recorded between parts of the recording: no silence, and no part of
        the session's length.
    by_model : bool
        Whether the trained model told the events: what was measured of it then decides what an
        event counts for, which kinds are told at all, and the intervals of counts and rates.

    Returns
    -------
    Measures
        Undefined numbers are None; `notes` says what could not be computed.
    """
    talk = _talk(turns, speech)
    people = _people(session, talk)
    spoken: dict[str, list[Interval]] = {p.id: talk.get(p.id, []) for p in people}
    judged = [k for k, person in enumerate(people) if person.role != "observer"]
    members = [k for k in judged if not people[k].is_therapist]
    own = _by_participant(turns, people)
    starts = [turn.start for turn in turns if not turn.backchannel]
    blocks = talk_blocks(
        spoken,
        starts,
        resamples=settings.resamples,
        least=settings.least_blocks,
        seed=settings.seed,
    )
    source: SpeechSource = speech_source(session) if speech is None or speech.full else "words"
    error = error_of(source)
    events = Events(interactions, errors_of(source, by_model=by_model))
    shares = participation.shares(blocks, judged, error)
    answers = timing.answers(turns)
    turn_counts: dict[str, int] = {who: len(theirs) for who, theirs in own.items()}
    pairs = interruption.interruption_pairs(
        events, {who: float(total(pieces)) for who, pieces in spoken.items()}, turn_counts
    )
    parts = _Parts(
        people,
        spoken,
        own,
        turns,
        events,
        answers,
        blocks,
        judged,
        shares,
        error,
        find_quieting(
            {people[k].id: spoken[people[k].id] for k in judged},
            own,
            [people[k].id for k in members],
            shuffles=10 * settings.shuffles,
            seed=settings.seed,
        ),
    )
    silences = tuple(
        silence
        for silence in timing.find_silences(talk, settings.least_silence, settings.lapse)
        if not across(silence.start, silence.end, cuts)
    )
    span = _span(talk)
    recorded = max(duration, span.end if span else 0.0) - float(total(cuts))
    length = max(settings.window_least, settings.window_per_person * len(judged))
    active = [people[k] for k in judged]
    return Measures(
        members=_members(parts, set(session.attendance)),
        group=_group(parts, talk, recorded, members, silences),
        windows=participation.windows(
            {person.id: spoken[person.id] for person in active}, span, length, settings.window_steps
        ),
        silences=silences,
        interruption_pairs=pairs,
        network=build_network(
            answers,
            active,
            turn_counts,
            shuffles=settings.shuffles,
            significance=settings.significance,
            seed=settings.seed,
        ),
        rivals=interruption.find_rivals(
            [event for event in interactions if events.told(event.kind)],
            [person.id for person in active],
            turn_counts,
            shuffles=10 * settings.shuffles,
            significance=settings.significance,
            seed=settings.seed,
        ),
        exchanges=find_exchanges(turns, [person.id for person in active]),
        attribute_interruptions=(
            interruption.by_attribute(pairs, people, settings.attribute, settings.least_people)
            if settings.attribute
            else ()
        ),
        notes=_notes(turns, speech, source, blocks, active),
        monologues=_longest(turns, settings.monologues),
        event_kinds=event_kinds(events.errors),
    )


def _talk(turns: Sequence[Turn], speech: Diarization | None) -> dict[str, list[Interval]]:
    """Each speaker's speech, disjoint and in order; from the turns where nothing else is given."""
    pieces: dict[str, list[Interval]] = {}
    if speech is not None and speech.full:
        for segment in speech.full:
            pieces.setdefault(segment.speaker, []).append(
                Interval(on_grid(segment.start), on_grid(segment.end))
            )
    else:
        for turn in turns:
            units = turn.speech or (Interval(turn.start, turn.end),)
            pieces.setdefault(turn.participant, []).extend(units)
    return {who: union(own) for who, own in pieces.items()}


def _people(session: Session, talk: Mapping[str, object]) -> tuple[Participant, ...]:
    present = set(session.attendance)
    return tuple(p for p in session.group.participants if p.id in present or p.id in talk)


def _by_participant(
    turns: Sequence[Turn], people: Sequence[Participant]
) -> dict[ParticipantId, list[Turn]]:
    own: dict[ParticipantId, list[Turn]] = {person.id: [] for person in people}
    for turn in turns:
        if not turn.backchannel and turn.participant in own:
            own[turn.participant].append(turn)
    return own


def _span(talk: Mapping[str, Sequence[Interval]]) -> Interval | None:
    pieces = [piece for own in talk.values() for piece in own]
    if not pieces:
        return None
    return Interval(min(p.start for p in pieces), max(p.end for p in pieces))


@dataclass(frozen=True, slots=True)
class _Parts:
    """What the rows of members and of the group are made from."""

    people: tuple[Participant, ...]
    spoken: Mapping[str, list[Interval]]
    own: Mapping[ParticipantId, list[Turn]]
    turns: Sequence[Turn]
    events: Events
    answers: Sequence[timing.Answer]
    blocks: TalkBlocks
    judged: Sequence[int]
    shares: Mapping[str, Estimate]
    error: ShareError | None
    quieting: Mapping[ParticipantId, Quieting]


def _members(parts: _Parts, present: set[ParticipantId]) -> tuple[MemberMeasures, ...]:
    ranks = participation.ranks(parts.shares)
    changes = participation.last_third_change(parts.blocks, parts.judged, parts.error)
    events, told = parts.events, parts.events.told(SUCCESSFUL)
    waits = interruption.silence_after_cut(events.of(SUCCESSFUL), parts.turns) if told else {}
    answered = {answer.answered.index for answer in parts.answers if answer.answered}
    whole = sum(float(total(pieces)) for pieces in parts.spoken.values())
    has_words = any(turn.word_count is not None for turn in parts.turns)
    words: dict[str, int] = {}
    for turn in parts.turns:
        words[turn.participant] = words.get(turn.participant, 0) + (turn.word_count or 0)
    rows = []
    for person in parts.people:
        who, theirs = person.id, parts.own[person.id]
        seconds = float(total(parts.spoken[who]))
        lengths = [turn.end - turn.start for turn in theirs]
        response, quartiles = timing.quartiles(
            [a.offset for a in parts.answers if a.turn.participant == who and a.offset is not None]
        )
        wait, lost = waits.get(who, (None, 0 if told else None))
        given = events.interval("backchannel", participant=who)
        made, received = (
            events.interval(SUCCESSFUL, participant=who),
            events.interval(SUCCESSFUL, holder=who),
        )
        quieter = parts.quieting.get(who, Quieting())
        rows.append(
            MemberMeasures(
                participant=who,
                role=person.role,
                present=who in present,
                speaking_time=seconds,
                speaking_time_share=parts.shares.get(who, Estimate(None)),
                turn_count=len(theirs),
                words=words.get(who, 0) if has_words else None,
                backchannel_count=events.number("backchannel", participant=who),
                backchannels_received=events.number("backchannel", holder=who),
                median_turn=median(lengths) if lengths else None,
                longest_turn=max(lengths) if lengths else None,
                median_response=response,
                response_iqr=quartiles,
                interruptions_made=events.number(SUCCESSFUL, participant=who),
                interruptions_received=events.number(SUCCESSFUL, holder=who),
                unsuccessful_made=events.number(UNSUCCESSFUL, participant=who),
                unsuccessful_received=events.number(UNSUCCESSFUL, holder=who),
                interruptions_made_rate=events.rate(SUCCESSFUL, whole - seconds, participant=who),
                interruptions_received_rate=events.rate(SUCCESSFUL, seconds, holder=who),
                answered_share=(
                    sum(turn.index in answered for turn in theirs) / len(theirs) if theirs else None
                ),
                last_third_change=changes.get(who, Estimate(None)),
                median_silence_after_cut=wait,
                share_rank=ranks.get(who),
                cuts_without_return=lost,
                backchannel_count_low=given[0],
                backchannel_count_high=given[1],
                interruptions_made_low=made[0],
                interruptions_made_high=made[1],
                interruptions_received_low=received[0],
                interruptions_received_high=received[1],
                quieter_from=quieter.start,
                quieter_share_before=quieter.before,
                quieter_share_after=quieter.after,
                quieter_p=quieter.p_value,
            )
        )
    return tuple(rows)


def _group(
    parts: _Parts,
    talk: Mapping[str, Sequence[Interval]],
    duration: float,
    members: Sequence[int],
    silences: Sequence[Silence],
) -> GroupMeasures:
    talking, doubled = timing.speech_time(talk), timing.overlap_time(talk)
    gini, entropy, equality = participation.balance(parts.blocks, parts.judged, parts.error)
    gini_members, entropy_members, _ = participation.balance(parts.blocks, members, parts.error)
    floor = [turn for turn in parts.turns if not turn.backchannel]
    response, _ = timing.quartiles([a.offset for a in parts.answers if a.offset is not None])
    known = {person.id for person in parts.people}
    unknown = [piece for who, own in talk.items() if who not in known for piece in own]
    return GroupMeasures(
        duration=duration,
        speech_time=talking,
        silence_share=1 - talking / duration if duration > 0 else 1.0,
        overlap_share=doubled / duration if duration > 0 else 0.0,
        turn_count=len(floor),
        gini=gini,
        entropy=entropy,
        participation_equality=equality,
        gini_members=gini_members,
        entropy_members=entropy_members,
        turn_freedom=timing.turn_freedom(parts.turns, len(parts.judged)),
        median_response=response,
        lapse_count=sum(silence.kind == "lapse" for silence in silences),
        longest_silence=max((s.end - s.start for s in silences), default=None),
        interruption_rate=parts.events.rate(SUCCESSFUL, talking),
        unattributed_time=float(total(unknown)),
        same_pair_share=timing.same_pair_share(parts.turns),
    )


def _notes(
    turns: Sequence[Turn],
    speech: Diarization | None,
    source: SpeechSource,
    blocks: TalkBlocks,
    active: Sequence[Participant],
) -> tuple[str, ...]:
    notes = []
    if not any(turn.word_count is not None for turn in turns):
        notes.append("no_words")
    if speech is None or not speech.full:
        notes.append("speech_from_words")
    elif source != "diarizer":
        notes.append(f"speech_error_unknown_{source}")
    if blocks.resampled is None:
        notes.append("too_few_turns_for_intervals")
    if len(active) < 2:
        notes.append("balance_needs_two_people")
    if any(turn.participant == UNATTRIBUTED for turn in turns):
        notes.append("unattributed_speech_left_out_of_shares")
    return tuple(notes)


def _longest(turns: Sequence[Turn], count: int) -> tuple[int, ...]:
    floor = [turn for turn in turns if not turn.backchannel]
    floor.sort(key=lambda turn: (turn.start - turn.end, turn.index))
    return tuple(turn.index for turn in floor[:count])
