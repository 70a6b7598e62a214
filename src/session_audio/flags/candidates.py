"""Candidate moments: where the alliance may have strained, and whether it was mended.

`turns_in_context` says what the text classifier is to read; `find_candidates` joins its
scores with what happened around each turn.  A candidate is a place to listen.  It never says
that a rupture was there, and nothing about a person.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from session_audio.flags import evidence
from session_audio.flags.evidence import Spoken
from session_audio.flags.moments import ADDED, Moment, gathered, link, within_budget
from session_audio.flags.prior import Scored, in_session
from session_audio.interval import Interval, reaches
from session_audio.names import NameMatcher
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
    moments = gathered(rows, settings)
    strains = [m for m in moments if m.kind != "repair"]
    repairs = [m for m in moments if m.kind == "repair"]
    link(strains, repairs, settings)
    for moment in strains:
        _look_around(moment, said, session, interactions, duration, settings)
    chosen = within_budget(strains, repairs, duration, len(rows), settings)
    place = {id(moment): k for k, moment in enumerate(chosen)}
    return tuple(_flag(moment, said, session, place.get(id(moment.repair))) for moment in chosen)


def _look_around(
    moment: Moment,
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
        moment.odds += ADDED["repair_followed"] * (moment.repair.score - 1.0)
    else:
        moment.add("no_repair_seen")


def _compare(
    moment: Moment,
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
    matcher = NameMatcher.of(session.present)
    words = (w.strip(".,!?;:").removesuffix("'s") for w in core.said.text.split())
    called = {who for word in words for who in matcher.called(word)}
    named = tuple(
        p.id
        for p in session.present
        if p.id != core.said.participant and p.is_therapist == wanted and p.id in called
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


def _flag(moment: Moment, said: Sequence[Spoken], session: Session, repair: int | None) -> Flag:
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
