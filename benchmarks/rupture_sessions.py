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

from session_audio.flags import find_candidates, turns_in_context
from session_audio.interactions import find_interactions
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
from session_audio.turns import build_turns

CHOSEN_WITH = ("s01", "s02", "s03", "s04", "s05", "s06")
"""Scripted sessions with which thresholds were chosen; the others are the test."""
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
    said = icsi.read(file)
    words = [Word(s, e, w, u.speaker) for u in said for s, e, w in u.words]
    people = sorted({u.speaker for u in said})
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
    """Recall of marked moments in the top five, false alarms in calm sessions, by threshold."""
    everything = [(w, scored(w, classifier)) for w in scripted_sessions()]
    defaults = FlagSettings()
    for title, own in (("chosen with", True), ("test", False)):
        part = [x for x in everything if (x[0].name in CHOSEN_WITH) == own]
        tense = [x for x in part if x[0].moments]
        calm = [x for x in part if not x[0].moments]
        marked = sum(len(w.moments) for w, _ in tense)
        print(f"\nScripted sessions, {title}: {len(tense)} with {marked} marked moments, "
              f"{len(calm)} with none")  # fmt: skip
        print("| threshold | marked moments in the top five | precision of the top five "
              "| candidates in sessions without any | an hour |")  # fmt: skip
        print("|---|---|---|---|---|")
        for threshold in sorted({0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, defaults.threshold}):
            chosen = replace(
                defaults,
                threshold=threshold,
                repair_threshold=max(threshold, defaults.repair_threshold),
            )
            print(moments_row(tense, calm, chosen))


def moments_row(tense: Sequence, calm: Sequence, settings: FlagSettings) -> str:
    """One line of the table by threshold."""
    met = right = told = there = false = 0
    for w, s in tense:
        top = candidates(w, s, settings)[:TOP]
        a, b = hits(w, top)
        met, right, told, there = met + a, right + b, told + len(top), there + len(w.moments)
    for w, s in calm:
        false += len(candidates(w, s, settings))
    hours = sum(w.duration for w, _ in calm) / 3600
    precision = f"{right / told:.2f}" if told else "n/a"
    return (f"| {settings.threshold:.2f} | {met} of {there} ({met / there:.0%}) | {precision} "
            f"| {false} in {hours * 60:.0f} min | {false / hours:.1f} |")  # fmt: skip


def print_meetings(bench: Path, most: int, classifier: TextClassifier) -> None:
    """Candidates an hour on ordinary conversation."""
    sys.path.insert(0, str(bench))
    import icsi

    files = sorted((bench / "structures" / "icsi").glob("*.dadb.gz"))
    step = max(1, len(files) // most)
    total, hours, worst = 0, 0.0, 0.0
    for file in files[::step][:most]:
        one = meeting(file, icsi)
        found = candidates(one, scored(one, classifier), FlagSettings())
        rate = len(found) / one.duration * 3600
        total, hours, worst = total + len(found), hours + one.duration / 3600, max(worst, rate)
        print(f"  {one.name}: {len(found)} in {one.duration / 60:.0f} min", flush=True)
    print(f"ICSI meetings as text: {total} candidates in {hours:.1f} h, "
          f"{total / hours:.2f} an hour; "
          f"most in one meeting {worst:.1f} an hour")  # fmt: skip
