"""The numbers of a session.  Undefined is ``None``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple

from session_audio.schema.labels import InteractionKind, ParticipantId, Role


@dataclass(frozen=True, slots=True)
class Silence:
    """A silence of everybody: pause (same speaker goes on), gap (another does), lapse (long)."""

    kind: Literal["pause", "gap", "lapse"]
    start: float
    end: float
    before: ParticipantId | None
    after: ParticipantId | None


@dataclass(frozen=True, slots=True)
class Estimate:
    """A number with its 95 % interval.  Any part may be None where it is undefined."""

    value: float | None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class ResponsePair:
    """How often `source`'s turns answered `target`.

    `expected` is the count that keeps how often each answers and is answered.
    """

    source: ParticipantId
    target: ParticipantId
    count: int
    expected: float | None
    median_offset: float | None


@dataclass(frozen=True, slots=True)
class InterruptionPair:
    """`participant` cut in on `holder`; `opportunity` is the holder's floor time in seconds.

    Both counts are likely numbers, as in `MemberMeasures`; None where the kind cannot be told.
    """

    participant: ParticipantId
    holder: ParticipantId
    successful: float | None
    unsuccessful: float | None
    opportunity: float
    rate: Estimate
    """Successful interruptions per ten minutes of the holder's floor time."""
    expected: float | None = None


@dataclass(frozen=True, slots=True)
class MemberMeasures:
    """One present participant's numbers.  A silent one has zeros, and None for ratios.

    Backchannels and interruptions are likely numbers (`metrics.events`); None where they cannot
    be told (`Measures.untold`).
    """

    participant: ParticipantId
    role: Role
    present: bool
    speaking_time: float
    speaking_time_share: Estimate
    turn_count: int
    words: int | None
    backchannel_count: float | None
    backchannels_received: float | None
    median_turn: float | None
    longest_turn: float | None
    median_response: float | None
    response_iqr: tuple[float, float] | None
    interruptions_made: float | None
    interruptions_received: float | None
    unsuccessful_made: float | None
    unsuccessful_received: float | None
    interruptions_made_rate: Estimate
    """Per ten minutes of the others' floor time."""
    interruptions_received_rate: Estimate
    """Per ten minutes of the member's own floor time."""
    answered_share: float | None
    """Share of the member's turns that somebody's turn answers: the last turn that the member
    began before a turn with `responds_to` the member counts as answered."""
    last_third_change: Estimate
    """Share in the last third minus share in the first two (percentage points / 100)."""
    median_silence_after_cut: float | None
    """Seconds from the member's stop when cut off to their next turn, median; None where they
    were not cut off, or most often had no further turn."""
    share_rank: int | None = None
    """Rank by share among those present; None where its interval meets another's."""
    cuts_without_return: int | None = 0
    """Times the member was cut off and had no turn after that."""
    backchannel_count_low: float | None = None
    """The six last: 95 % intervals of how many there were, for chance and for what the model
    mistakes (`metrics.event_error`)."""
    backchannel_count_high: float | None = None
    interruptions_made_low: float | None = None
    interruptions_made_high: float | None = None
    interruptions_received_low: float | None = None
    interruptions_received_high: float | None = None
    quieter_from: float | None = None
    """Seconds from which on they talked much less than before; the four are None where there is
    no such place (`metrics.quieting`)."""
    quieter_share_before: float | None = None
    """Their part of everybody's talk before that place, in [0, 1], and after."""
    quieter_share_after: float | None = None
    quieter_p: float | None = None
    """Chance of so clear a place with blocks of the session in another order; None where the
    session is too short to tell."""


@dataclass(frozen=True, slots=True)
class BalanceWindow:
    """Speaking-time shares within one window of the session."""

    start: float
    end: float
    shares: Mapping[str, float]
    entropy: float | None


@dataclass(frozen=True, slots=True)
class GroupMeasures:
    """Numbers of the whole session."""

    duration: float
    speech_time: float
    silence_share: float
    overlap_share: float
    turn_count: int
    gini: Estimate
    entropy: Estimate
    participation_equality: Estimate
    gini_members: Estimate
    entropy_members: Estimate
    turn_freedom: float | None
    median_response: float | None
    lapse_count: int
    longest_silence: float | None
    interruption_rate: Estimate
    """Successful interruptions per ten minutes of speech."""
    unattributed_time: float
    same_pair_share: float | None = None
    """Share of floor changes, from the second on, that go straight back (A, B, A)."""


@dataclass(frozen=True, slots=True)
class Channel:
    """How much of the response network runs one way: e.g. member to therapist."""

    name: Literal["therapist_to_member", "member_to_therapist", "member_to_member"]
    count: int
    share: float | None
    """Of all responses, in [0, 1]."""
    expected: float | None
    """The count expected if each answered the others by their number of turns."""
    expected_share: float | None = None
    """The same of all responses, in [0, 1]: what `share` compares with."""


@dataclass(frozen=True, slots=True)
class Network:
    """The response network and what can be said of it."""

    pairs: tuple[ResponsePair, ...]
    reciprocity: float | None
    centralisation: float | None
    isolates: tuple[ParticipantId, ...]
    channels: tuple[Channel, ...]
    subgroups: tuple[tuple[ParticipantId, ...], ...]
    """Reported only where modularity beats turn-shuffled sessions; else empty."""
    modularity: float | None = None
    modularity_p: float | None = None


class Rivals(NamedTuple):
    """Two who cut in on each other more often than their turns lead one to expect.

    A named tuple, so that it stands as a list of three in ``session.json``, as it always did.
    """

    first: ParticipantId
    second: ParticipantId
    p_value: float
    """Of one pair, before Holm's correction."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """Two people who hold the floor alone for five turns or more in a row, and who came in early.

    A start is early where it is well before the other is done (`metrics.exchanges`).
    """

    first: ParticipantId
    second: ParticipantId
    changes: int
    """How often one took the floor from the other in such stretches."""
    first_early: int
    """How often `first` came in early there ..."""
    second_early: int
    """... and how often `second`."""
    all_changes: int
    """How often anybody took the floor from anybody in the session ..."""
    all_early: int
    """... and how often early."""
    starts: tuple[float, ...]
    """Seconds at which the two came in early, in order."""
    p_value: float
    """Chance of so many early starts among these changes, were each change as likely to be one;
    of one pair, before any correction."""

    @property
    def early(self) -> int:
        """How often either came in early on the other."""
        return self.first_early + self.second_early


class AttributeInterruptions(NamedTuple):
    """Successful interruptions from people with one value of an attribute to those of another.

    A named tuple for the reason that `Rivals` is one.
    """

    attribute: str
    incomer: str
    holder: str
    successful: float
    expected: float | None
    """By the number of turns (see `InterruptionPair.expected`)."""


Doubt = Literal["precision", "recall", "spread"]
"""Why a kind of event cannot be told: too few of those listed are right, too few are found, or
too much differs from meeting to meeting."""


@dataclass(frozen=True, slots=True)
class EventKind:
    """How well one kind of event is told from input such as this session's, as measured."""

    kind: InteractionKind
    precision: float
    """Share of those told that are right, in [0, 1]."""
    recall: float
    """Share of those there were that are told, in [0, 1]."""
    sure: float
    """The confidence from which on an event counts as one; a less sure one counts for its own."""
    doubt: Doubt | None
    """Why the kind cannot be told, so that its numbers are None; None where it can."""


@dataclass(frozen=True, slots=True)
class Measures:
    """Everything that the measure stage computes from turns, speech and interactions."""

    members: tuple[MemberMeasures, ...]
    group: GroupMeasures
    windows: tuple[BalanceWindow, ...]
    silences: tuple[Silence, ...]
    interruption_pairs: tuple[InterruptionPair, ...]
    network: Network
    rivals: tuple[Rivals, ...] = ()
    """Pairs with more reciprocal interruptions than expected; empty where none has."""
    exchanges: tuple[Exchange, ...] = ()
    """Pairs with stretches of talk between the two alone, the least likely first."""
    attribute_interruptions: tuple[AttributeInterruptions, ...] = ()
    """Off by default; see `metrics.attribute`."""
    notes: tuple[str, ...] = ()
    """Keys of what could not be computed and why (worded in the report)."""
    monologues: tuple[int, ...] = ()
    """Indices of the longest turns, longest first."""
    event_kinds: tuple[EventKind, ...] = ()
    """The kinds of event that were measured; each event of another kind counts as one."""

    @property
    def untold(self) -> tuple[EventKind, ...]:
        """The kinds of event that cannot be told from this input."""
        return tuple(one for one in self.event_kinds if one.doubt is not None)
