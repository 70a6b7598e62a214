"""Candidate moments of alliance rupture and repair (3RS, adapted to groups), with their evidence.

`turns_in_context` makes the text classifier's input; `find_candidates` turns its probabilities and
the evidence around each utterance into ranked candidates (`Flag`).  Times are seconds from the
start of the session; scores lie between 0 and 1.  A candidate is a place to listen: no finding
that a rupture was there, and none about a person.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from session_audio.flags import evidence
from session_audio.flags.evidence import Utterance
from session_audio.flags.moments import (
    Moment,
    group_into_moments,
    link,
    refer,
    repaired,
    within_budget,
)
from session_audio.flags.prior import Scored, adjust_prior
from session_audio.interval import Interval, reaches
from session_audio.metrics.diarization_error import error_of, speech_source
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
from session_audio.turntaking.lexicon import are_known


def turns_in_context(
    session: Session, turns: Sequence[Turn], *, english_only: bool = False
) -> list[TurnInContext]:
    """What the classifier is to read: each turn with words, and up to three before it.

    Backchannels are left out, and with `english_only` what is known to be in another language.
    A speaker's own successive turns are read as one, under the index of the first.

    Returns
    -------
    list of TurnInContext
        `id` is the turn's index as text.
    """
    people = {p.id: p for p in session.group.participants}
    utterances = [
        u
        for u in evidence.utterances_of(turns)
        if u.text and (are_known(u.language) or not english_only)
    ]
    lines = [ContextTurn(*_named(u.participant, people), u.text) for u in utterances]
    return [
        TurnInContext.at(str(utterance.index), lines, k) for k, utterance in enumerate(utterances)
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
    language: str | None = None,
    cuts: Sequence[Interval] = (),
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
    language : str or None
        ISO 639 code of the words of turns that have none of their own, for the evidence by word
        lists; None is taken for English.
    cuts : sequence of Interval
        Where nothing was recorded between parts of the recording: no silence.

    Returns
    -------
    tuple of Flag
        At most ``max(at_least, per_hour * hours)``; `Flag.repair` indexes this tuple.
    """
    by_id = {score.id: score for score in scores}
    utterances = evidence.utterances_of(turns)
    rows = [
        Scored(k, u, by_id[str(u.index)].scores, by_id[str(u.index)].targets)
        for k, u in enumerate(utterances)
        if str(u.index) in by_id and not evidence.signals_risk(u.text, u.language or language)
    ]
    if not rows:
        return ()
    moments = group_into_moments(adjust_prior(rows), settings)
    strains = [m for m in moments if m.kind != "repair"]
    repairs = [m for m in moments if m.kind == "repair"]
    link(strains, repairs, settings)
    for moment in strains:
        _add_evidence(moment, utterances, session, interactions, duration, language, settings, cuts)
        repaired(moment)
    reported = within_budget(strains, repairs, duration, len(rows), settings)

    def fits(strain: Moment, repair: Moment) -> bool:
        return not is_between_others(session, utterances, strain, repair)

    answers = refer(reported, strains, settings, fits)
    place = {id(moment): k for k, moment in enumerate(reported)}
    return tuple(
        _flag(moment, utterances, session, place.get(id(answers.get(id(moment)))))
        for moment in reported
    )


def _add_evidence(
    moment: Moment,
    utterances: Sequence[Utterance],
    session: Session,
    interactions: Sequence[Interaction],
    duration: float,
    language: str | None,
    settings: FlagSettings,
    cuts: Sequence[Interval],
) -> None:
    """Note the evidence around a strain: answer, silence, laughter, topic, interruption, talk."""
    at, here = moment.core.position, moment.core.utterance
    before = utterances[at - 1] if at else None
    if (
        moment.kind == "withdrawal"
        and before is not None
        and before.participant != here.participant
        and evidence.is_question(before.text, before.language or language)
        and here.words <= settings.minimal_words
    ):
        moment.note("minimal_answer", here.words)
    silence = evidence.lapse_after(utterances, at, cuts)
    if reaches(silence, settings.lapse):
        moment.note("lapse", silence)
    if any(evidence.laughs(u.text, u.language or language) for u in utterances[at + 1 : at + 3]):
        moment.note("laughter_followed")
    around = utterances[max(0, at - 3) : at + 5]
    if all(are_known(u.language or language) for u in around) and evidence.topic_moved(
        [u.text for u in utterances[max(0, at - 3) : at + 1]],
        [u.text for u in utterances[at + 1 : at + 5]],
    ):
        moment.note("topic_moved_on")
    for event, quiet in evidence.cut_then_silent(
        utterances, interactions, duration, settings.silent_after_cut, cuts
    ):
        if -settings.merge_seconds <= event.start - here.start <= 5.0 and here.participant in (
            event.holder,
            event.participant,
        ):
            moment.note("cut_off", quiet)
            break
    _compare(moment, utterances, session, duration, settings)


def _compare(
    moment: Moment,
    utterances: Sequence[Utterance],
    session: Session,
    duration: float,
    settings: FlagSettings,
) -> None:
    """Note how the talk of the one who withdrew, or whom it was aimed at, changed."""
    core = moment.core
    aimed = concerned(session, utterances, core)
    who = core.utterance.participant if moment.kind == "withdrawal" or not aimed else aimed[0]
    after = evidence.aftermath_of(
        who,
        utterances,
        Interval(core.utterance.start, core.utterance.end),
        duration,
        settings.window,
        settings.least_window,
        error_of(speech_source(session)),
    )
    if after.share_fell and after.share_before and after.share_after is not None:
        moment.note("quieter_after", after.share_after / after.share_before)
    if after.silent_for is not None and reaches(after.silent_for, 2 * settings.silent_after_cut):
        moment.note("silent_after", after.silent_for)
    if after.latency_before is not None and after.latency_after is not None:
        slower = after.latency_after - after.latency_before
        if reaches(slower, 1.0):
            moment.note("slower_after", slower)
    if after.turn_length_before and after.turn_length_after is not None:
        ratio = after.turn_length_after / after.turn_length_before
        if ratio <= 0.5:
            moment.note("shorter_after", ratio)
    moment.aftermath = after


def concerned(
    session: Session, utterances: Sequence[Utterance], core: Scored
) -> tuple[ParticipantId, ...]:
    """Whom the moment concerns besides its speaker, as far as words and order tell.

    For a member or the therapist: those named in the turn, else the last other speaker of
    that role; nobody for the whole group.
    """
    target = target_of(core)
    if target == "group":
        return ()
    leads = {p.id: p.is_therapist for p in session.group.participants}
    wanted = target == "therapist"
    matcher = NameMatcher.of(session.present)
    words = (w.strip(".,!?;:").removesuffix("'s") for w in core.utterance.text.split())
    called = {who for word in words for who in matcher.called(word)}
    named = tuple(
        p.id
        for p in session.present
        if p.id != core.utterance.participant and p.is_therapist == wanted and p.id in called
    )
    if named:
        return named
    for earlier in reversed(utterances[max(0, core.position - 6) : core.position]):
        who = earlier.participant
        if who != core.utterance.participant and leads.get(who, False) == wanted and who in leads:
            return (who,)
    return ()


def is_between_others(
    session: Session, utterances: Sequence[Utterance], strain: Moment, repair: Moment
) -> bool:
    """Whether a repair concerns people, and none of them is one whom the strain concerned.

    Therapists count for the strain that they are quoted in alone: they mend between others too.
    """
    aimed = concerned(session, utterances, repair.core)
    members = {p.id for p in session.group.participants if not p.is_therapist}
    strained = {*concerned(session, utterances, strain.core)} & members
    strained.add(strain.core.utterance.participant)
    mending = {*aimed, *(t.utterance.participant for t in repair.turns)}
    return bool(aimed) and not strained & mending


def target_of(core: Scored) -> TargetLabel:
    """Whose alliance the turn concerns; never ``none`` for a candidate."""
    names: tuple[TargetLabel, ...] = ("therapist", "member", "group")
    return max(names, key=lambda k: core.targets.get(k, 0.0))


def _flag(
    moment: Moment, utterances: Sequence[Utterance], session: Session, repair: int | None
) -> Flag:
    core = moment.core
    mends = moment.kind == "repair"
    return Flag(
        kind="repair" if mends else "rupture",
        subtype="withdrawal"
        if moment.kind == "withdrawal"
        else "confrontation"
        if moment.kind == "confrontation"
        else None,
        target=target_of(core),
        start=moment.start,
        end=moment.end,
        participant=core.utterance.participant,
        concerned=concerned(session, utterances, core),
        turns=tuple(sorted(t.index for s in moment.turns for t in s.utterance.turns)),
        score=moment.score,
        reasons=tuple(moment.reasons),
        quote=core.utterance.text,
        aftermath=moment.aftermath,
        repair=repair,
    )
