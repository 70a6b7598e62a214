"""Candidate moments: where the alliance may have strained, and whether it was mended.

`turns_in_context` says what the text classifier is to read; `find_candidates` joins its
scores with what happened around each turn.  A candidate is a place to listen.  It never says
that a rupture was there, and nothing about a person.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from session_audio import flag_evidence as evidence
from session_audio.flag_evidence import Spoken
from session_audio.flag_scores import Scored, in_session, logit
from session_audio.interval import Interval, exceeds, reaches
from session_audio.schema import (
    ContextTurn,
    Flag,
    Interaction,
    Participant,
    ParticipantId,
    Session,
    TargetLabel,
    Turn,
    TurnInContext,
    TurnLabel,
    TurnScores,
)
from session_audio.settings import FlagSettings

REASONS: Mapping[str, str] = {
    "confrontation_words": "the words resemble a move against; the score",
    "withdrawal_words": "the words resemble a move away; the score",
    "repair_words": "the words resemble a move toward; the score",
    "nearby": "so many turns of this moment stand out",
    "minimal_answer": "a direct question was answered in so many words",
    "laughter_followed": "laughter is written in the turns after",
    "lapse": "seconds of silence of everybody after it",
    "topic_moved_on": "the turns after share no content word with those before",
    "cut_off": "the person had just been cut off; seconds until heard again",
    "silent_after": "the person concerned is not heard for so many seconds",
    "quieter_after": "their share of talk after, as a multiple of before",
    "slower_after": "their answers come so many seconds later than before",
    "shorter_after": "their turns after, as a multiple of before",
    "repair_followed": "a repair candidate came so many seconds later",
    "no_repair_seen": "no repair candidate came after it",
    "repair_of": "a strain candidate came so many seconds before",
}
"""Every reason that a `Flag` may carry, as ``key`` or ``key:number``, and what it means."""

NEAR_WEIGHT = 0.5
"""What a further turn of the same moment counts, against the strongest (ours)."""
NEAR_SHARE = 0.3
"""Share of the strongest turn's score from which a turn beside it is part of the moment (ours)."""
LEAST = 0.02
"""Score below which a turn begins no moment (ours)."""

_TURNS_A_MOMENT = 30
"""Turns of a session for each moment that it can be expected to hold (ours; only sessions of
fewer than 75 turns are touched by it)."""

_USUAL_TURNS = 110
"""Turns of a session, backchannels aside, that `session_evidence` is meant for: the median of the
scripted ones.  In longer ones some turn stands out by chance, so more is needed ..."""
_MORE_IN_LONGER = 0.35
"""... by so much for each e-fold of turns (ours; from calm sessions set one after the other)."""

WEAK = 0.15
"""Score below which a moment is told only if it is among the first ..."""
_TURNS_A_WEAK_ONE = 23
"""... one for each so many turns: in a short session five would be more than there is (chosen on
development sessions)."""

# What evidence beside the words adds, in log odds (ours; small, for the words decide).
_ADDED = {
    "minimal_answer": 0.2,
    "lapse": 0.2,
    "cut_off": 0.3,
    "silent_after": 0.2,
    "quieter_after": 0.3,
    "repair_followed": 0.5,
}


@dataclass
class _Moment:
    """Turns that are one moment, and the evidence gathered for it."""

    kind: TurnLabel
    core: Scored
    turns: list[Scored]
    odds: float
    reasons: list[str] = field(default_factory=list)
    aftermath: dict[str, float | str | None] = field(default_factory=dict)
    repair: _Moment | None = None

    @property
    def start(self) -> float:
        return min(t.said.start for t in self.turns)

    @property
    def end(self) -> float:
        return max(t.said.end for t in self.turns)

    @property
    def score(self) -> float:
        return 1.0 / (1.0 + math.exp(-self.odds))

    def add(self, key: str, value: float | None = None) -> None:
        self.reasons.append(key if value is None else f"{key}:{value:.3g}")
        self.odds += _ADDED.get(key, 0.0)


def turns_in_context(session: Session, turns: Sequence[Turn]) -> list[TurnInContext]:
    """What the classifier is to read: each turn with words, and up to three before it.

    Backchannels are left out.  A speaker's own successive turns are read as one, under the
    index of the first.

    Returns
    -------
    list of TurnInContext
        `id` is the turn's index as text.
    """
    people = {p.id: p for p in session.group.participants}
    said = [s for s in evidence.spoken(turns) if s.text]
    lines = [ContextTurn(*_named(s.participant, people), s.text) for s in said]
    return [
        TurnInContext(
            str(one.index), tuple(lines[max(0, k - 3) : k]), line.speaker, line.role, line.text
        )
        for k, (one, line) in enumerate(zip(said, lines, strict=True))
    ]


def _named(who: ParticipantId, people: Mapping[ParticipantId, Participant]) -> tuple[str, str]:
    person = people.get(who)
    return (person.name or person.id, person.role) if person else (str(who), "")


def find_candidates(
    session: Session,
    turns: Sequence[Turn],
    interactions: Sequence[Interaction],
    scores: Sequence[TurnScores],
    duration: float,
    settings: FlagSettings,
) -> tuple[Flag, ...]:
    """Candidate moments, strongest first.

    Parameters
    ----------
    session : Session
    turns : sequence of Turn
    interactions : sequence of Interaction
    scores : sequence of TurnScores
        Of `turns_in_context`; empty where there are no words: then no candidates.
    duration : float
        Seconds of the session.
    settings : FlagSettings

    Returns
    -------
    tuple of Flag
        At most ``max(at_least, per_hour * hours)``; `Flag.repair` indexes this tuple.
    """
    by_id = {score.id: score for score in scores}
    said = evidence.spoken(turns)
    rows = [
        Scored(k, one, by_id[str(one.index)].scores, by_id[str(one.index)].targets)
        for k, one in enumerate(said)
        if str(one.index) in by_id and not evidence.signals_risk(one.text)
    ]
    if not rows:
        return ()
    rows = in_session(rows)
    moments = _gathered(rows, settings)
    strains = [m for m in moments if m.kind != "repair"]
    repairs = [m for m in moments if m.kind == "repair"]
    _link(strains, repairs, settings)
    for moment in strains:
        _look_around(moment, said, session, interactions, duration, settings)
    chosen = _within_budget(strains, repairs, duration, len(rows), settings)
    place = {id(moment): k for k, moment in enumerate(chosen)}
    return tuple(_flag(moment, said, session, place.get(id(moment.repair))) for moment in chosen)


def _gathered(rows: Sequence[Scored], settings: FlagSettings) -> list[_Moment]:
    """Moments about the turns that stand out most; what is near belongs to one moment.

    A strain and the turns that mend it at once are one moment, of the kind of its strongest
    turn.
    """
    moments: list[_Moment] = []
    taken: set[int] = set()
    for row in sorted(rows, key=lambda r: (-r.something, r.position)):
        if row.position in taken or row.something < LEAST:
            continue
        near = [
            other
            for other in rows
            if other.position not in taken
            and abs(other.position - row.position) <= settings.merge_turns
            and not exceeds(_apart(other.said, row.said), settings.merge_seconds)
        ]
        counted = [o for o in near if o is row or o.something >= NEAR_SHARE * row.something]
        taken.update(o.position for o in near)
        rest = [o.something * NEAR_WEIGHT for o in counted if o is not row]
        missed = math.prod([1 - row.something, *(1 - s for s in rest)])
        moment = _Moment(row.movement, row, counted, logit(1 - missed))
        moment.add(f"{moment.kind}_words", row.scores[moment.kind])
        if rest:
            moment.add("nearby", len(counted))
        moments.append(moment)
    return moments


def _apart(one: Spoken, other: Spoken) -> float:
    return max(0.0, max(one.start, other.start) - min(one.end, other.end))


def _link(strains: list[_Moment], repairs: list[_Moment], settings: FlagSettings) -> None:
    """Give each strain the first repair after it, and weigh each by the other."""
    for strain in strains:
        after = [
            r
            for r in repairs
            if strain.core.said.start < r.core.said.start <= strain.end + settings.repair_reach
            and r.score >= settings.threshold / 2
        ]
        first = min(after, key=lambda r: r.core.said.start, default=None)
        if first is None:
            continue
        strain.repair = first
        if strain.score >= settings.threshold / 2:
            first.add("repair_of", max(0.0, first.core.said.start - strain.end))
            first.odds += _ADDED["repair_followed"] * strain.score


def _look_around(
    moment: _Moment,
    said: Sequence[Spoken],
    session: Session,
    interactions: Sequence[Interaction],
    duration: float,
    settings: FlagSettings,
) -> None:
    """Add what happened around a strain: answers, silences, cuts, talk, topic, repair."""
    core = moment.core
    at, here = core.position, core.said
    before = said[at - 1] if at else None
    withdrew = moment.kind == "withdrawal"
    if (
        withdrew
        and before is not None
        and before.participant != here.participant
        and evidence.is_question(before.text)
        and here.words <= settings.minimal_words
    ):
        moment.add("minimal_answer", here.words)
    silence = evidence.lapse_after(said, at)
    if reaches(silence, settings.lapse):
        moment.add("lapse", silence)
    if any(evidence.laughs(s.text) for s in said[at + 1 : at + 3]):
        moment.add("laughter_followed")
    if evidence.topic_moved(
        [s.text for s in said[max(0, at - 3) : at + 1]], [s.text for s in said[at + 1 : at + 5]]
    ):
        moment.add("topic_moved_on")
    cuts = evidence.cut_then_silent(said, interactions, duration, settings.silent_after_cut)
    for event, quiet in cuts:
        if -settings.merge_seconds <= event.start - here.start <= 5.0 and (
            event.holder == here.participant or event.participant == here.participant
        ):
            moment.add("cut_off", quiet)
            break
    _compare(moment, said, session, duration, settings)
    if moment.repair is not None:
        moment.add("repair_followed", max(0.0, moment.repair.core.said.start - moment.end))
        moment.odds += _ADDED["repair_followed"] * (moment.repair.score - 1.0)
    else:
        moment.add("no_repair_seen")


def _compare(
    moment: _Moment,
    said: Sequence[Spoken],
    session: Session,
    duration: float,
    settings: FlagSettings,
) -> None:
    """The talk of the one who withdrew, or whom it was aimed at, before and after."""
    core = moment.core
    aimed = concerned(session, said, core)
    who = core.said.participant if moment.kind == "withdrawal" or not aimed else aimed[0]
    change = evidence.change_of(
        who,
        said,
        Interval(core.said.start, core.said.end),
        duration,
        settings.window,
        settings.least_window,
    )
    share, moved = change.share_before, change.change
    if share and moved.high is not None and moved.high < 0 and change.share_after is not None:
        moment.add("quieter_after", change.share_after / share)
    if change.silent_for is not None and reaches(change.silent_for, 2 * settings.silent_after_cut):
        moment.add("silent_after", change.silent_for)
    if change.latency_before is not None and change.latency_after is not None:
        slower = change.latency_after - change.latency_before
        if reaches(slower, 1.0):
            moment.add("slower_after", slower)
    if change.turn_length_before and change.turn_length_after is not None:
        ratio = change.turn_length_after / change.turn_length_before
        if ratio <= 0.5:
            moment.add("shorter_after", ratio)
    moment.aftermath.update(
        who=str(who),
        share_before=change.share_before,
        share_after=change.share_after,
        share_change=moved.value,
        share_change_low=moved.low,
        share_change_high=moved.high,
        latency_before=change.latency_before,
        latency_after=change.latency_after,
        turn_length_before=change.turn_length_before,
        turn_length_after=change.turn_length_after,
        silent_for=change.silent_for,
    )


def concerned(session: Session, said: Sequence[Spoken], core: Scored) -> tuple[ParticipantId, ...]:
    """Whom the moment concerns besides its speaker, as far as words and order tell.

    For a member or the therapist: those named in the turn, else the last other speaker of
    that role; nobody for the whole group.
    """
    target = whose(core)
    if target == "group":
        return ()
    leads = {p.id: p.is_therapist for p in session.group.participants}
    wanted = target == "therapist"
    words = {w.strip(".,!?;:").removesuffix("'s").lower() for w in core.said.text.split()}
    named = tuple(
        p.id
        for p in session.present
        if p.id != core.said.participant
        and p.is_therapist == wanted
        and p.name
        and p.name.split()[0].lower() in words
    )
    if named:
        return named
    for one in reversed(said[max(0, core.position - 6) : core.position]):
        who = one.participant
        if who != core.said.participant and leads.get(who, False) == wanted and who in leads:
            return (who,)
    return ()


def whose(core: Scored) -> TargetLabel:
    """Whose alliance the turn concerns; never ``none`` for a candidate."""
    names: tuple[TargetLabel, ...] = ("therapist", "member", "group")
    return max(names, key=lambda k: core.targets.get(k, 0.0))


def _within_budget(
    strains: Sequence[_Moment],
    repairs: Sequence[_Moment],
    duration: float,
    turns: int,
    settings: FlagSettings,
) -> list[_Moment]:
    """The strongest candidates above the thresholds, no more than the budget allows.

    A weak candidate counts for something only in a session where others stand out as well:
    three in a whole session, fewer in one of so few `turns` that it cannot hold three, and by
    more in a long one, where some turn stands out by chance.
    """
    kept = [m for m in strains if m.score >= settings.threshold]
    answers = {id(m.repair) for m in kept if m.repair is not None}
    kept += [
        r
        for r in repairs
        if r.score >= (settings.threshold if id(r) in answers else settings.repair_threshold)
    ]
    kept.sort(key=lambda m: (-m.score, m.start))
    others = max(1, min(3, round(turns / _TURNS_A_MOMENT)))
    longer = _MORE_IN_LONGER * math.log(max(1.0, turns / _USUAL_TURNS))
    needed = (settings.session_evidence + longer) * others / 3
    if math.fsum(m.score for m in kept[:others]) < needed:
        kept = [m for m in kept if m.score >= settings.strong]
    first = max(1, turns // _TURNS_A_WEAK_ONE)
    kept = [m for k, m in enumerate(kept) if k < first or m.score >= WEAK]
    allowed = max(settings.at_least, math.floor(settings.per_hour * duration / 3600.0))
    return kept[:allowed]


def _flag(moment: _Moment, said: Sequence[Spoken], session: Session, repair: int | None) -> Flag:
    core = moment.core
    mends = moment.kind == "repair"
    return Flag(
        kind="repair" if mends else "rupture",
        subtype="withdrawal"
        if moment.kind == "withdrawal"
        else "confrontation"
        if moment.kind == "confrontation"
        else None,
        target=whose(core),
        start=moment.start,
        end=moment.end,
        participant=core.said.participant,
        concerned=concerned(session, said, core),
        turns=tuple(sorted(t.index for s in moment.turns for t in s.said.turns)),
        score=moment.score,
        reasons=tuple(moment.reasons),
        quote=core.said.text,
        aftermath=moment.aftermath,
        repair=repair,
    )
