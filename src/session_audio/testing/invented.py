"""What examples of sessions are made of: invented turns, events, ratings and candidates."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import get_args

from session_audio.interval import Interval
from session_audio.schema import (
    UNATTRIBUTED,
    Aftermath,
    ChatMessage,
    Flag,
    Group,
    Interaction,
    InteractionKind,
    ParticipantId,
    Rating,
    Reason,
    SessionResult,
    Turn,
)

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


def turns(
    rng: random.Random,
    speakers: Sequence[ParticipantId],
    talk: Mapping[str, float],
    until: float,
    words: bool,
) -> tuple[Turn, ...]:
    """Turns of about nine seconds, one after another, some a little early.

    One in 25 is short and nobody's in particular; each of the others answers the one before.
    """
    out: list[Turn] = []
    at, last = 1.5, UNATTRIBUTED
    while speakers and at < until - 3:
        choice = [who for who in speakers if who != last] or list(speakers)
        who = rng.choices(choice, [talk.get(w, 1.0) for w in choice])[0]
        end = min(until - 0.5, at + min(95.0, 0.8 + rng.expovariate(1 / 8.0)))
        if len(out) % 25 == 24:
            who, end = UNATTRIBUTED, min(end, at + 3.0)
        text = ""
        while words and len(text) < 14 * (end - at) and len(text) < 600:
            text = f"{text} {rng.choice(SAID)}".strip()
        answers = UNATTRIBUTED not in (who, last) and who != last
        out.append(
            Turn(
                index=len(out),
                start=at,
                end=end,
                participant=who,
                text=text,
                responds_to=last if answers else None,
                response_confidence=0.8 if answers else None,
                word_count=len(text.split()) if words else None,
                speech=(Interval(at, end),),
            )
        )
        gap = rng.gauss(0.35, 0.5) if rng.random() > 0.02 else rng.uniform(3.0, 11.0)
        at, last = max(at + 0.5, end + max(-1.2, gap)), who
    return tuple(out)


def interactions(
    rng: random.Random, turns: Sequence[Turn], speakers: Sequence[ParticipantId]
) -> tuple[Interaction, ...]:
    """Somebody comes in on every second turn; who is cut off stops, so that their turn ends."""
    out = []
    for turn in turns:
        others = [who for who in speakers if who != turn.participant]
        if not others or turn.participant == UNATTRIBUTED or rng.random() > 0.55:
            continue
        kind = rng.choices(_KINDS, _KIND_WEIGHTS)[0]
        start, length = rng.uniform(turn.start, turn.end), rng.uniform(0.3, 1.4)
        if kind == "interruption_successful":
            start = max(turn.start, turn.end - length)
        confidence = round(rng.uniform(0.4, 0.95), 2)
        out.append(
            Interaction(
                kind, start, start + length, rng.choice(others), turn.participant, confidence
            )
        )
    return tuple(out)


def ratings(
    rng: random.Random, group: Group, present: Sequence[ParticipantId]
) -> tuple[Rating, ...]:
    """What each member present answered on four items, 4 to 10."""
    items = ("relationship", "goals", "approach", "overall")
    return tuple(
        Rating(p.id, "GSRS", {item: float(rng.randint(4, 10)) for item in items})
        for p in group.participants
        if p.id in present and not p.is_therapist
    )


def chat(present: Sequence[ParticipantId], silent: Sequence[str]) -> tuple[ChatMessage, ...]:
    """Four lines of everybody silent, and one of the last on the list."""
    text = "I am here, I just listen today."
    quiet = [who for who in present if who in silent]
    lines = [ChatMessage(300.0 + 400 * k, who, text) for who in quiet for k in range(4)]
    return (*lines, ChatMessage(900.0, present[-1], "Back in a moment.")) if present else ()


def flags(turns: Sequence[Turn], group: Group, count: int) -> tuple[Flag, ...]:
    """Candidates at turns of members, evenly spread, of each kind in turn."""
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
    turn: Turn, kind: str, concerned: tuple[ParticipantId, ...], quote: str, score: float
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
    aftermath = Aftermath(
        concerned[0] if concerned else turn.participant,
        share_before=0.24,
        share_after=0.06,
        share_change=-0.18,
        share_change_low=-0.29,
        share_change_high=-0.07,
        silent_for=48.0,
    )
    return Flag(
        "repair" if mends else "rupture",
        None if mends else kind,  # type: ignore[arg-type]
        "member",
        turn.start,
        turn.end,
        turn.participant,
        concerned,
        (turn.index,),
        score,
        usual[kind],
        quote,
        None if mends else aftermath,
    )


def story(result: SessionResult, week: int) -> tuple[Flag, ...]:
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
    )
