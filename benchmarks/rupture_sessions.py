"""Candidate moments in whole sessions: scripted ones with marked moments, and real meetings."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from types import ModuleType

import turns_data

from session_audio.flags.candidates import find_candidates, turns_in_context
from session_audio.ports import TextClassifier
from session_audio.schema import (
    Flag,
    Group,
    Interaction,
    Participant,
    ParticipantId,
    Session,
    Turn,
    TurnScores,
    Word,
)
from session_audio.settings import FlagSettings
from session_audio.turntaking.interactions import find_interactions
from session_audio.turntaking.turns import build_turns

CHOICES = (
    (0.06, 0.0),
    (0.15, 0.0),
    (0.3, 0.0),
    (0.5, 0.0),
    (0.7, 0.0),
    (0.06, 0.8),
    (0.06, 1.0),
    (0.06, 1.15),
    (0.06, 1.3),
    (0.06, 1.6),
    (0.06, 2.0),
    (0.15, 1.15),
    (0.3, 1.15),
)
"""Settings that are compared: threshold, and what a session's three strongest must add up to."""
MEETINGS_CHOSEN_WITH = 8
"""One meeting in so many chose the threshold; the others confirm it."""
WORDS_A_SECOND = 2.6
GAP = 0.4
TOP = 5


@dataclass(frozen=True)
class Whole:
    """A session with its turns and the turns of each marked moment."""

    name: str
    session: Session
    turns: tuple[Turn, ...]
    interactions: tuple[Interaction, ...]
    duration: float
    moments: tuple[frozenset[int], ...] = ()
    calm: bool = False


def session_of(name: str, people: Sequence[tuple[str, str]]) -> Session:
    """A session of these (name, role); the id is the name."""
    everybody = tuple(
        Participant(ParticipantId(who), who, role)  # type: ignore[arg-type]
        for who, role in people
    )
    group = Group("benchmark", "benchmark", Path(), everybody, "en", True)
    return Session(name, Path(), group, date(2026, 1, 1), 1, tuple(p.id for p in everybody))


def scripted(file: Path) -> Whole:
    """A scripted session laid out in time: 2.6 words a second, silences as written."""
    lines = file.read_text(encoding="utf-8").splitlines()
    head, *rows = (json.loads(line) for line in lines)
    at, turns, people = 0.0, [], {}
    moments: dict[int, set[int]] = {}
    for row in rows:
        if "event" in row:
            at += row["seconds"]
            continue
        people[row["speaker"]] = row["role"]
        length = max(0.4, len(row["text"].split()) / WORDS_A_SECOND)
        who = ParticipantId(row["speaker"])
        turns.append(Turn(len(turns), at, at + length, who, row["text"]))
        at += length + GAP
        if "moment" in row:
            moments.setdefault(row["moment"], set()).add(turns[-1].index)
    session = session_of(head["session"], list(people.items()))
    marked = tuple(frozenset(m) for m in moments.values())
    return Whole(head["session"], session, tuple(turns), (), at, marked, head["calm"])


def scripted_sessions() -> list[Whole]:
    """All scripted sessions, in order of name."""
    return [scripted(file) for file in sorted(turns_data.SESSIONS.glob("*.jsonl"))]


def meeting(file: Path, icsi: ModuleType) -> Whole:
    """One ICSI meeting from its words, through the product's own turns and interactions."""
    utterances = icsi.read(file)
    words = [Word(s, e, w, u.speaker) for u in utterances for s, e, w in u.words]
    people = sorted({u.speaker for u in utterances})
    turns = build_turns(words, None)
    events = find_interactions(turns, words, None)
    session = session_of(file.name.split(".")[0], [(who, "member") for who in people])
    return Whole(session.id, session, turns, events, max(w.end for w in words))


def scored(whole: Whole, classifier: TextClassifier) -> list[TurnScores]:
    """Scores of the session's turns."""
    return classifier.score(turns_in_context(whole.session, whole.turns))


def candidates(
    whole: Whole, scores: Sequence[TurnScores], settings: FlagSettings
) -> tuple[Flag, ...]:
    """Its candidate moments."""
    return find_candidates(
        whole.session, whole.turns, whole.interactions, scores, whole.duration, settings
    )


def hits(whole: Whole, flags: Sequence[Flag]) -> tuple[int, int]:
    """(marked moments met by a candidate, candidates that meet a marked moment)."""
    marked = sum(any(moment & set(f.turns) for f in flags) for moment in whole.moments)
    right = sum(any(moment & set(f.turns) for moment in whole.moments) for f in flags)
    return marked, right


def print_moments(classifier: TextClassifier) -> None:
    """Recall of marked moments in the top five, false alarms in calm sessions, by threshold.

    Of the test sessions alone: the classifier is trained on the others
    (``training/rupture/moments.py`` has what they say, each scored by the member that never
    saw it).
    """
    everything = [(w, scored(w, classifier)) for w in scripted_sessions() if is_test(w)]
    early = [x for x in everything if x[0].name < "s17"]
    print_by_threshold("Scripted sessions of the test", everything)
    print_by_threshold("Those that were written first", early)
    print_by_threshold("Those that were written last", [x for x in everything if x not in early])


def is_test(whole: Whole) -> bool:
    """Whether nothing was trained or chosen with the session."""
    return whole.name not in turns_data.DEVELOPMENT_SESSIONS


def print_by_threshold(title: str, part: Sequence[tuple[Whole, Sequence[TurnScores]]]) -> None:
    """A table of `part` at several thresholds."""
    tense = [x for x in part if x[0].moments]
    calm = [x for x in part if not x[0].moments]
    marked = sum(len(w.moments) for w, _ in tense)
    print(f"\n{title}: {len(tense)} with {marked} marked moments, {len(calm)} with none")
    print(
        "| threshold | three strongest | marked moments in the top five | precision of the "
        "top five | candidates in sessions without any | an hour |"
    )
    print("|---|---|---|---|---|---|")
    for choice in choices():
        print(moments_row(tense, calm, settings_of(choice)))


def choices() -> list[tuple[float, float]]:
    """`CHOICES` and the default."""
    defaults = FlagSettings()
    return sorted({*CHOICES, (defaults.threshold, defaults.session_evidence)})


def settings_of(choice: tuple[float, float]) -> FlagSettings:
    """The default settings with another threshold and session evidence."""
    threshold, evidence = choice
    return replace(
        FlagSettings(),
        threshold=threshold,
        repair_threshold=threshold,
        session_evidence=evidence,
    )


def moments_row(tense: Sequence, calm: Sequence, settings: FlagSettings) -> str:
    """One line of the table by threshold."""
    met = right = reported = there = false = 0
    for w, s in tense:
        top = candidates(w, s, settings)[:TOP]
        a, b = hits(w, top)
        met, right = met + a, right + b
        reported, there = reported + len(top), there + len(w.moments)
    for w, s in calm:
        false += len(candidates(w, s, settings))
    hours = sum(w.duration for w, _ in calm) / 3600
    precision = f"{right / reported:.2f}" if reported else "n/a"
    return (
        f"| {settings.threshold:.2f} | {settings.session_evidence:.2f} "
        f"| {met} of {there} ({met / there:.0%}) | {precision} "
        f"| {false} in {hours * 60:.0f} min | {false / hours:.1f} |"
    )


def print_meetings(bench: Path, most: int, classifier: TextClassifier) -> None:
    """Candidates an hour on ordinary conversation, by threshold.

    One meeting in `MEETINGS_CHOSEN_WITH` is told apart: the threshold was chosen with those.
    `most` limits the others, which are then taken evenly over all.
    """
    sys.path.insert(0, str(bench))
    import icsi

    files = sorted((bench / "structures" / "icsi").glob("*.dadb.gz"))
    chosen = files[::MEETINGS_CHOSEN_WITH]
    others = [f for f in files if f not in chosen]
    step = max(1, len(others) // max(1, most))
    for title, part in (("chosen with", chosen), ("the others", others[::step][:most])):
        print_rates(f"ICSI meetings as text, {title}", part, icsi, classifier)


def print_rates(
    title: str, files: Sequence[Path], icsi: ModuleType, classifier: TextClassifier
) -> None:
    """Candidates an hour of some meetings at several thresholds."""
    total = dict.fromkeys(choices(), 0)
    worst = dict.fromkeys(choices(), 0.0)
    hours = 0.0
    for file in files:
        one = meeting(file, icsi)
        hours += one.duration / 3600
        scores = scored(one, classifier)
        for choice in total:
            count = len(candidates(one, scores, settings_of(choice)))
            total[choice] += count
            worst[choice] = max(worst[choice], count / one.duration * 3600)
        print(f"  {one.name}: {len(scores)} turns in {one.duration / 60:.0f} min", flush=True)
    print(f"\n{title}: {len(files)} meetings, {hours:.1f} h")
    print("| threshold | three strongest | candidates | an hour | most in one meeting, an hour |")
    print("|---|---|---|---|---|")
    for choice, count in total.items():
        print(
            f"| {choice[0]:.2f} | {choice[1]:.2f} | {count} | {count / max(hours, 1e-9):.1f} "
            f"| {worst[choice]:.1f} |"
        )
