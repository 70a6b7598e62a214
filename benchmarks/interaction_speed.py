"""Time and memory of the interaction analysis, from words to measures.

    python benchmarks/interaction_speed.py BENCH

Takes an hour of an ICSI meeting of at least seven people and ten thousand words, filled up to
nine people; then the same twice and four times as long, to see that time grows in proportion.
Prints seconds of processor (other work on the machine does not count) and in all.
"""

from __future__ import annotations

import argparse
import resource
import sys
import time
from datetime import date
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "training" / "interaction"))

import itertools

from meetings import bench_module, meeting_files
from views import by_hand

from session_audio import metrics
from session_audio.schema import Group, Participant, ParticipantId, Session, Word
from session_audio.turntaking.interactions import find_interactions
from session_audio.turntaking.model import load
from session_audio.turntaking.responses import assign_responses
from session_audio.turntaking.turns import build_turns

HOUR, PEOPLE, WORDS = 3600.0, 9, 10_000
CROWDED = 7


def one_hour(bench: Path) -> list[Word]:
    """An hour of nine people and at least ten thousand words, from a real meeting."""
    icsi = bench_module(bench, "icsi")
    words: list[Word] = []
    for path in meeting_files(bench):  # one at a time: memory is measured
        gold = icsi.read(path)
        words = [word for word in by_hand(gold)[0] if word.end <= HOUR]
        if len({u.speaker for u in gold}) >= CROWDED and len(words) >= WORDS:
            break
    who = list(dict.fromkeys(word.speaker or "" for word in words))
    spare = [f"spare{k}" for k in range(PEOPLE - len(who))]
    for k, name in enumerate(spare):  # a short turn each, where nobody is missing
        words += [Word(60.0 * k + n, 60.0 * k + n + 0.3, "yes", name) for n in range(5)]
    return sorted(words)


def repeated(words: list[Word], times: int) -> list[Word]:
    """The hour again and again."""
    return [
        Word(word.start + k * HOUR, word.end + k * HOUR, word.text, word.speaker)
        for k in range(times)
        for word in words
    ]


def session_of(words: list[Word]) -> Session:
    """A session with these speakers, the first as therapist."""
    who = list(dict.fromkeys(word.speaker or "" for word in words))
    people = tuple(
        Participant(ParticipantId(one), one, "member" if k else "therapist")
        for k, one in enumerate(who)
    )
    group = Group("bench", "bench", Path(), people)
    return Session("bench", Path(), group, date(2026, 3, 2), 1, tuple(p.id for p in people))


def memory() -> float:
    """Largest memory of this process so far, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    """Print seconds and memory for one, two and four hours."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("bench", type=Path)
    args = parser.parse_args()
    hour = one_hour(args.bench)
    model_file = Path(__file__).parents[1] / "models" / "interaction" / "model.json"
    before = memory()
    print(f"process with libraries and labels read: {before:.0f} MB")
    for times in (1, 2, 4):
        words = repeated(hour, times)
        session = session_of(words)
        began, marks = time.perf_counter(), [time.process_time()]
        model = load(model_file)
        marks.append(time.process_time())
        turns = build_turns(words, None, session.present, model=model)
        marks.append(time.process_time())
        events = find_interactions(turns, words, None, model=model)
        marks.append(time.process_time())
        turns = assign_responses(turns, events, session.present, model=model)
        marks.append(time.process_time())
        metrics.measure(session, turns, events, None, times * HOUR)
        marks.append(time.process_time())
        parts = [b - a for a, b in itertools.pairwise(marks)]
        named = zip(("model", "turns", "interactions", "responses", "measures"), parts, strict=True)
        print(
            f"{times} h, {len(session.present)} people, {len(words)} words, {len(turns)} turns: "
            f"{sum(parts):.2f} s of processor, {time.perf_counter() - began:.2f} s in all ("
            + ", ".join(f"{name} {seconds:.2f}" for name, seconds in named)
            + f"); memory {memory():.0f} MB"
        )


if __name__ == "__main__":
    main()
