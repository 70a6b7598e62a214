"""Made-up results of sessions, for tests of everything that reads a `SessionResult`.

Nobody in them exists.  `example_result` makes one session of any length and size;
`example_series` four weeks of a small group in which something happens.
"""

from __future__ import annotations

import itertools
import math
import random
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import get_args

from session_audio.interval import Interval, overlaps, total, union
from session_audio.schema import (
    Admission,
    Aftermath,
    BalanceWindow,
    Channel,
    ChatMessage,
    Consent,
    Estimate,
    Flag,
    Group,
    GroupMeasures,
    Identification,
    Interaction,
    InteractionKind,
    InterruptionPair,
    Measures,
    MemberMeasures,
    Network,
    Participant,
    ParticipantId,
    Purpose,
    Quality,
    Rating,
    Reason,
    Recording,
    ResponsePair,
    Session,
    SessionResult,
    Silence,
    SoundQuality,
    Turn,
)

NAMES = ("Ruth", "Tom", "Maya", "Eli", "Nora", "Sam", "Ines", "Karl", "Dana", "Omar", "Lea", "Juri")
SAID = (
    "I kept thinking about what we said last week, and it did not let me go.",
    "It was a long Sunday.",
    "When the phone rang I just stood there and let it ring.",
    "Can I say something about that?",
    "I don't know, maybe it is easier at work, because nobody asks.",
    "What was that like for you?",
    "My sister came by, we cooked, and for an hour it was almost as it used to be.",
    "Yes, I know that one. With me it is the evenings.",
    "I wanted to ring you after the group and then I thought, no, better not.",
    "Could we stay with that for a moment?",
)
_KINDS: tuple[InteractionKind, ...] = get_args(InteractionKind)
_KIND_WEIGHTS = (60, 9, 8, 10, 18, 5)


def example_group(people: int, names: Sequence[str] = NAMES) -> Group:
    """A roster of `people`: T01 leads, the others are members P01, P02, ..."""
    given = date(2026, 2, 20)
    purposes: tuple[Purpose, ...] = ("recording", "transcription", "analysis", "voiceprint")
    consent = tuple(Consent(purpose, given) for purpose in purposes)
    roster = tuple(
        Participant(
            ParticipantId("T01" if k == 0 else f"P{k:02d}"),
            names[k] if k < len(names) else f"Guest {k}",
            "therapist" if k == 0 else "member",
            consent=consent,
        )
        for k in range(people)
    )
    return Group("tuesday", "Tuesday evening group", Path("tuesday"), roster, "en", True)


def example_result(
    minutes: float = 90.0,
    people: int = 9,
    *,
    seed: int = 0,
    names: Sequence[str] = NAMES,
    silent: Sequence[str] = ("P08",),
    absent: Sequence[str] = (),
    weights: Mapping[str, float] | None = None,
    flags: int = 6,
    words: bool = True,
    ratings: bool = True,
    chat: bool = True,
    number: int = 3,
    silence_from: float | None = None,
) -> SessionResult:
    """One invented session, its numbers consistent with its turns.

    Parameters
    ----------
    minutes, people
        Length of the recording and size of the roster (the therapist counts).
    seed
        The same seed gives the same session.
    silent, absent
        Ids of those who are there and say nothing, and of those who are away.
    weights
        How much each id talks, relative to the others; 1 where not given.
    silence_from
        Nobody speaks from this second on.
    """
    rng = random.Random(seed)
    group = example_group(people, names)
    present = [p.id for p in group.participants if p.id not in absent]
    duration = minutes * 60.0
    day = date(2026, 3, 2) + timedelta(weeks=number - 1)
    talk = {who: rng.uniform(0.5, 1.6) for who in present} | dict(weights or {})
    speakers = [who for who in present if who not in silent]
    until = duration if silence_from is None else silence_from
    turns = _turns(rng, speakers, talk, until, words)
    interactions = _interactions(rng, turns, speakers)
    session = Session(
        id=day.isoformat(),
        folder=Path("tuesday") / day.isoformat(),
        group=group,
        date=day,
        number=number,
        attendance=tuple(present),
        recordings=(Recording(Path("session.flac")),),
        ratings=_ratings(rng, group, present) if ratings else (),
        chat=_chat(present, silent) if chat else (),
    )
    measures = _measures(session, duration, turns, interactions, words)
    spoken = measures.group.speech_time
    return SessionResult(
        session=session,
        duration=duration,
        quality=Quality(
            sound=(SoundQuality(duration, 48_000, 1, -31.5, 0.0, 12.5, (), 21.0),),
            speech_time=spoken,
            overlap_share=measures.group.overlap_share,
            unattributed_share=0.021 if turns else 0.0,
            mean_word_probability=0.86 if words and turns else None,
            identifications=tuple(
                Identification(f"SPEAKER_{k:02d}", who, 0.81, 0.22, "enrolled")
                for k, who in enumerate(speakers)
            ),
            speakers_found=len(speakers),
            attendance_count=len(present),
        ),
        turns=turns,
        interactions=interactions,
        measures=measures,
        flags=_flags(turns, group, flags),
        settings={"turns.ipu_silence": 0.2, "metrics.lapse": 3.0},
        models={"segmentation": "pyannet@1", "asr": "whisper-base@1"},
        version="0.1.0",
        has_words=words,
        error_rates={"der": 0.128, "wer": 0.112, "interruption_f1": 0.53},
        admission=Admission(day, ("analysis", "recording", "transcription"), tuple(present)),
    )


def example_series(seed: int = 0) -> tuple[SessionResult, ...]:
    """Four weeks of a therapist and four members.

    Week 1: P03 jokes about P02's long story, others laugh.  Weeks 2 and 3: P02 says
    little and is cut off; P04 is away in week 2.  Week 4: T01 names it, P03 apologises.
    """
    out = []
    for week in range(1, 5):
        quiet = week in (2, 3)
        result = example_result(
            40.0,
            5,
            seed=seed + week,
            names=("Ruth", "Tom", "Maya", "Eli", "Nora"),
            silent=(),
            absent=("P04",) if week == 2 else (),
            weights={"T01": 1.0, "P01": 1.2, "P02": 0.22 if quiet else 1.2, "P03": 1.5},
            flags=0,
            chat=False,
            number=week,
        )
        out.append(replace(result, flags=_story(result, week)))
    return tuple(out)


def _turns(
    rng: random.Random,
    speakers: Sequence[ParticipantId],
    talk: Mapping[str, float],
    until: float,
    words: bool,
) -> tuple[Turn, ...]:
    """Turns of about nine seconds, one after another, some a little early."""
    out: list[Turn] = []
    at, last = 1.5, None
    while speakers and at < until - 3:
        choice = [who for who in speakers if who != last] or list(speakers)
        who = rng.choices(choice, [talk.get(w, 1.0) for w in choice])[0]
        end = min(until - 0.5, at + min(95.0, 0.8 + rng.expovariate(1 / 8.0)))
        said = ""
        while words and len(said) < 14 * (end - at) and len(said) < 600:
            said = f"{said} {rng.choice(SAID)}".strip()
        out.append(
            Turn(
                len(out), at, end, who, said, last, 0.8 if last else None,
                len(said.split()) if words else None, (Interval(at, end),),
            )
        )  # fmt: skip
        gap = rng.gauss(0.35, 0.5) if rng.random() > 0.02 else rng.uniform(3.0, 11.0)
        at, last = max(at + 0.5, end + max(-1.2, gap)), who
    return tuple(out)


def _interactions(
    rng: random.Random, turns: Sequence[Turn], speakers: Sequence[ParticipantId]
) -> tuple[Interaction, ...]:
    out = []
    for turn in turns:
        others = [who for who in speakers if who != turn.participant]
        if not others or rng.random() > 0.55:
            continue
        kind = rng.choices(_KINDS, _KIND_WEIGHTS)[0]
        start = rng.uniform(turn.start, turn.end)
        out.append(
            Interaction(
                kind, start, start + rng.uniform(0.3, 1.4), rng.choice(others),
                turn.participant, round(rng.uniform(0.4, 0.95), 2),
            )
        )  # fmt: skip
    return tuple(out)


def _estimate(value: float | None, spread: float) -> Estimate:
    if value is None:
        return Estimate(None)
    return Estimate(value, max(0.0, value - spread), value + spread)


def _rate(count: int, seconds: float) -> Estimate:
    """Per ten minutes; the interval is that of a Poisson count, by normal approximation."""
    if seconds <= 0:
        return Estimate(None)
    return _estimate(count * 600 / seconds, 1.96 * math.sqrt(max(count, 1)) * 600 / seconds)


def _median(values: Sequence[float]) -> float | None:
    return sorted(values)[len(values) // 2] if values else None


def _measures(
    session: Session,
    duration: float,
    turns: Sequence[Turn],
    interactions: Sequence[Interaction],
    words: bool,
) -> Measures:
    present = session.present
    own = {p.id: [t for t in turns if t.participant == p.id] for p in present}
    floor = {who: sum(t.end - t.start for t in own[who]) for who in own}
    everything = sum(floor.values())
    offsets: dict[str, list[float]] = {who: [] for who in own}
    answers: Counter[tuple[ParticipantId, ParticipantId]] = Counter()
    for before, after in itertools.pairwise(turns):
        offsets[after.participant].append(after.start - before.end)
        answers[after.participant, before.participant] += 1
    kinds = Counter((i.kind, i.participant, i.holder) for i in interactions)

    def count(kind: str, who: str | None = None, holder: str | None = None) -> int:
        return sum(
            n
            for (k, a, b), n in kinds.items()
            if k == kind and who in (None, a) and holder in (None, b)
        )

    members = []
    for person in present:
        who, mine = person.id, own[person.id]
        share = floor[who] / everything if everything else None
        spread = 1.96 * math.sqrt(share * (1 - share) / max(8, len(turns) / 3)) if share else 0.0
        delays = sorted(offsets[who])
        made, got = (
            count("interruption_successful", who),
            count("interruption_successful", None, who),
        )
        third = [t for t in mine if t.start > duration * 2 / 3]
        late = sum(t.end - t.start for t in third) / max(1.0, everything / 3)
        members.append(
            MemberMeasures(
                participant=who, role=person.role, present=True, speaking_time=floor[who],
                speaking_time_share=_estimate(share, spread), turn_count=len(mine),
                words=sum(t.word_count or 0 for t in mine) if words else None,
                backchannel_count=count("backchannel", who),
                backchannels_received=count("backchannel", None, who),
                median_turn=_median([t.end - t.start for t in mine]),
                longest_turn=max((t.end - t.start for t in mine), default=None),
                median_response=_median(delays),
                response_iqr=(delays[len(delays) // 4], delays[3 * len(delays) // 4])
                if len(delays) > 3 else None,
                interruptions_made=made, interruptions_received=got,
                unsuccessful_made=count("interruption_unsuccessful", who),
                unsuccessful_received=count("interruption_unsuccessful", None, who),
                interruptions_made_rate=_rate(made, everything - floor[who]),
                interruptions_received_rate=_rate(got, floor[who]),
                answered_share=sum(n for (_, b), n in answers.items() if b == who) / len(mine)
                if mine else None,
                last_third_change=Estimate(late - share, late - share - 0.08, late - share + 0.08)
                if share
                else Estimate(None),
                median_silence_after_cut=21.0 if got else None,
            )
        )  # fmt: skip
    tracks = [[Interval(t.start, t.end) for t in mine] for mine in own.values()]
    spoken = total(union([piece for track in tracks for piece in track]))
    cuts = count("interruption_successful")
    shares = sorted(floor.values())
    uneven = _gini(shares)
    even = _entropy(shares)
    people = [p.id for p in present]
    silences = tuple(
        Silence(
            "lapse" if b.start - a.end >= 3 else "gap", a.end, b.start, a.participant, b.participant
        )
        for a, b in itertools.pairwise(turns)
        if b.start - a.end > 0.18
    )
    longest = [s.end - s.start for s in silences]
    group = GroupMeasures(
        duration=duration, speech_time=spoken, silence_share=1 - spoken / duration,
        overlap_share=total(overlaps(tracks)) / spoken if spoken else 0.0, turn_count=len(turns),
        gini=_estimate(uneven, 0.05), entropy=_estimate(even, 0.03),
        participation_equality=_estimate(even, 0.04), gini_members=_estimate(uneven, 0.06),
        entropy_members=_estimate(even, 0.04), turn_freedom=0.93 if turns else None,
        median_response=_median([d for ds in offsets.values() for d in ds]),
        lapse_count=sum(s.kind == "lapse" for s in silences),
        longest_silence=max(longest, default=None), interruption_rate=_rate(cuts, spoken),
        unattributed_time=0.021 * spoken,
    )  # fmt: skip
    return Measures(
        members=tuple(members),
        group=group,
        windows=_windows(duration, turns, people),
        silences=silences,
        interruption_pairs=tuple(
            InterruptionPair(
                a, b, count("interruption_successful", a, b),
                count("interruption_unsuccessful", a, b), floor[b],
                _rate(count("interruption_successful", a, b), floor[b]),
                cuts * floor[b] / everything / max(1, len(people) - 1) if everything else None,
            )
            for a in people for b in people if a != b
        ),
        network=_network(session, answers, own),
    )  # fmt: skip


def _gini(values: Sequence[float]) -> float | None:
    n, mass = len(values), sum(values)
    if n < 2 or not mass:
        return None
    raw = sum((2 * k - n - 1) * v for k, v in enumerate(sorted(values), 1)) / (n * mass)
    return raw * n / (n - 1)


def _entropy(values: Sequence[float]) -> float | None:
    mass = sum(values)
    if len(values) < 2 or not mass:
        return None
    return -sum(v / mass * math.log(v / mass) for v in values if v) / math.log(len(values))


def _windows(
    duration: float, turns: Sequence[Turn], people: Sequence[ParticipantId]
) -> tuple[BalanceWindow, ...]:
    step = max(60.0, duration / 15)
    out = []
    for k in range(math.ceil(duration / step)):
        frame = Interval(k * step, min(duration, (k + 1) * step))
        time: dict[str, float] = dict.fromkeys(people, 0.0)
        for turn in turns:
            time[turn.participant] += frame.overlap(Interval(turn.start, turn.end))
        mass = sum(time.values())
        shares: dict[str, float] = {w: t / mass for w, t in time.items()} if mass else {}
        out.append(BalanceWindow(frame.start, frame.end, shares, _entropy(list(time.values()))))
    return tuple(out)


def _network(
    session: Session,
    answers: Mapping[tuple[ParticipantId, ParticipantId], int],
    own: Mapping[ParticipantId, Sequence[Turn]],
) -> Network:
    everybody = sum(answers.values())
    sizes = {who: len(turns) for who, turns in own.items()}
    mass = sum(sizes.values())
    leads = {p.id for p in session.present if p.is_therapist}

    def expected(a: ParticipantId, b: ParticipantId) -> float | None:
        left = mass - sizes[a]
        return everybody * sizes[a] / mass * sizes[b] / left if mass and left else None

    pairs = tuple(
        ResponsePair(a, b, answers.get((a, b), 0), expected(a, b), 0.3)
        for a in own
        for b in own
        if a != b
    )
    channels = []
    for name, source, target in (
        ("therapist_to_member", True, False),
        ("member_to_therapist", False, True),
        ("member_to_member", False, False),
    ):
        chosen = [
            p for p in pairs if (p.source in leads) == source and (p.target in leads) == target
        ]
        seen = sum(p.count for p in chosen)
        fair = sum(p.expected or 0.0 for p in chosen)
        channels.append(
            Channel(
                name,  # type: ignore[arg-type]
                seen, seen / everybody if everybody else None,
                fair / everybody if everybody else None,
            )
        )  # fmt: skip
    isolates = tuple(who for who, size in sizes.items() if not size)
    return Network(pairs, 0.71 if everybody else None, 0.24 if everybody else None,
                   isolates, tuple(channels), (), 0.04, 0.46)  # fmt: skip


def _ratings(
    rng: random.Random, group: Group, present: Sequence[ParticipantId]
) -> tuple[Rating, ...]:
    items = ("relationship", "goals", "approach", "overall")
    return tuple(
        Rating(p.id, "GSRS", {item: float(rng.randint(4, 10)) for item in items})
        for p in group.participants
        if p.id in present and not p.is_therapist
    )


def _chat(present: Sequence[ParticipantId], silent: Sequence[str]) -> tuple[ChatMessage, ...]:
    quiet = [who for who in present if who in silent]
    lines = [ChatMessage(300.0 + 400 * k, who, "I am here, I just listen today.")
             for who in quiet for k in range(4)]  # fmt: skip
    return (*lines, ChatMessage(900.0, present[-1], "Back in a moment.")) if present else ()


def _flags(turns: Sequence[Turn], group: Group, count: int) -> tuple[Flag, ...]:
    members = [p.id for p in group.participants if not p.is_therapist]
    spoken = [t for t in turns if t.participant in members]
    out: list[Flag] = []
    for k in range(count if len(spoken) > 2 * count else 0):
        turn = spoken[(k + 1) * len(spoken) // (count + 1)]
        kind = ("confrontation", "withdrawal", "repair")[k % 3]
        other = next((m for m in members if m != turn.participant), members[0])
        out.append(_flag(turn, kind, (other,), turn.text or "", 0.9 - 0.07 * k))
    return _linked(out)


def _linked(flags: Sequence[Flag]) -> tuple[Flag, ...]:
    """Each rupture with the first repair of the ten minutes after it, and the reasons for it."""
    out = list(flags)
    for k, flag in enumerate(flags):
        if flag.kind != "rupture":
            continue
        after = [
            (f.start, j)
            for j, f in enumerate(flags)
            if f.kind == "repair" and flag.start < f.start <= flag.end + 600.0
        ]
        if not after:
            out[k] = replace(flag, reasons=(*flag.reasons, Reason("no_repair_seen")))
            continue
        start, j = min(after)
        seconds = float(f"{max(0.0, start - flag.end):.3g}")
        followed = (*flag.reasons, Reason("repair_followed", seconds))
        out[k] = replace(flag, reasons=followed, repair=j)
        out[j] = replace(out[j], reasons=(*out[j].reasons, Reason("repair_of", seconds)))
    return tuple(out)


def _flag(
    turn: Turn,
    kind: str,
    concerned: tuple[ParticipantId, ...],
    quote: str,
    score: float,
) -> Flag:
    """A candidate at `turn`; `kind` is confrontation, withdrawal or repair."""
    usual = {
        "confrontation": (Reason("confrontation_words", 0.62), Reason("laughter_followed")),
        "withdrawal": (
            Reason("withdrawal_words", 0.48),
            Reason("minimal_answer", 2),
            Reason("lapse", 4.2),
        ),
        "repair": (Reason("repair_words", 0.71),),
    }
    mends = kind == "repair"
    return Flag(
        "repair" if mends else "rupture",
        None if mends else kind,  # type: ignore[arg-type]
        "member", turn.start, turn.end, turn.participant, concerned, (turn.index,), score,
        usual[kind], quote,
        None
        if mends
        else Aftermath(
            concerned[0] if concerned else turn.participant,
            share_before=0.24,
            share_after=0.06,
            share_change=-0.18,
            share_change_low=-0.29,
            share_change_high=-0.07,
            silent_for=48.0,
        ),
    )  # fmt: skip


def _story(result: SessionResult, week: int) -> tuple[Flag, ...]:
    """The candidates of one week of `example_series`."""
    maya, eli = ParticipantId("P02"), ParticipantId("P03")

    def turn(who: str, share: float) -> Turn:
        mine = [t for t in result.turns if t.participant == who]
        return mine[min(len(mine) - 1, int(len(mine) * share))]

    if week == 1:
        joke = "Careful, another chapter is coming, somebody put the kettle on."
        return _linked([_flag(turn(eli, 0.6), "confrontation", (maya,), joke, 0.88)])
    if week in (2, 3):
        quiet = "It's fine. Somebody else go."
        return _linked([_flag(turn(maya, 0.5), "withdrawal", (), quiet, 0.74)])
    named = "I have noticed that you say less since the joke, Maya, and I let it pass."
    sorry = "That was at your cost, and I am sorry. I would like to hear the rest of it."
    return (
        _flag(turn("T01", 0.3), "repair", (maya,), named, 0.91),
        _flag(turn(eli, 0.4), "repair", (maya,), sorry, 0.93),
    )  # fmt: skip
