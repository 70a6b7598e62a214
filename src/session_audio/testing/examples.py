"""Made-up results of sessions, for tests of everything that reads a `SessionResult`.

Nobody in them exists.  `example_result` makes one session of any length and size;
`example_series` four weeks of a small group in which something happens.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

from session_audio import metrics
from session_audio.schema import (
    Admission,
    Consent,
    Group,
    Identification,
    Participant,
    ParticipantId,
    Purpose,
    Quality,
    Recording,
    Session,
    SessionResult,
    SoundQuality,
)
from session_audio.settings import MetricSettings, Settings
from session_audio.testing import invented
from session_audio.testing.conversation import speech_of

NAMES = ("Ruth", "Tom", "Maya", "Eli", "Nora", "Sam", "Ines", "Karl", "Dana", "Omar", "Lea", "Juri")
_MAYA_RATES = (7.8, 5.2, 6.5, 7.5)
"""What P02 of `example_series` answers to every item, week by week."""
_QUICK = MetricSettings(resamples=200, shuffles=19)
"""Fewer draws than usual: an example need not be exact to the last digit."""


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
    return Group("tuesday", "Tuesday evening group", Path("tuesday"), roster, ("en",), True)


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
    """One invented session: its turns are made up, its numbers are measured from them.

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
    turns = invented.turns(rng, speakers, talk, until, words)
    interactions = invented.interactions(rng, turns, speakers)
    session = Session(
        id=day.isoformat(),
        folder=Path("tuesday") / day.isoformat(),
        group=group,
        date=day,
        number=number,
        attendance=tuple(present),
        recordings=(Recording(Path("session.flac")),),
        ratings=invented.ratings(rng, group, present) if ratings else (),
        chat=invented.chat(present, silent) if chat else (),
    )
    speech = speech_of(turns)
    measures = metrics.measure(session, turns, interactions, speech, duration, _QUICK)
    spoken, nobodys = measures.group.speech_time, measures.group.unattributed_time
    defaults = Settings()
    return SessionResult(
        session=session,
        duration=duration,
        quality=Quality(
            sound=(SoundQuality(duration, 48_000, 1, -31.5, 0.0, 12.5, (), 21.0),),
            speech_time=spoken,
            overlap_share=measures.group.overlap_share,
            unattributed_share=nobodys / spoken if spoken else 0.0,
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
        flags=invented.flags(turns, group, flags),
        settings={
            "turns": {"ipu_gap": defaults.turns.ipu_gap},
            "metrics": {"lapse": defaults.metrics.lapse},
        },
        models={"segmentation": "pyannet@1", "asr": "whisper-base@1"},
        version="0.1.0",
        has_words=words,
        error_rates={"der": 0.128, "wer": 0.112, "interruption_f1": 0.53},
        admission=Admission(day, ("analysis", "recording", "transcription"), tuple(present)),
    )


def example_series(seed: int = 0) -> tuple[SessionResult, ...]:
    """Four weeks of a therapist and four members.

    Week 1: P03 jokes about P02's long story, others laugh.  Weeks 2 and 3: P02 says
    little and rates the session lower; P04 is away in week 2.  Week 4: T01 names it, P03
    apologises.
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
        ratings = tuple(
            replace(r, items=dict.fromkeys(r.items, _MAYA_RATES[week - 1]))
            if r.participant == "P02"
            else r
            for r in result.session.ratings
        )
        session = replace(result.session, ratings=ratings)
        out.append(replace(result, session=session, flags=invented.story(result, week)))
    return tuple(out)
