"""How they talked: turns and what happens between them, numbers, candidate moments."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from session_audio import metrics
from session_audio.flags import candidates as flags
from session_audio.flow import artefacts as results
from session_audio.flow.artefacts import (
    FLAGS,
    IDENTIFIED,
    INTERACTIONS,
    LANGUAGE,
    MEASURES,
    SOUND,
    SPEECH,
    TURNS,
)
from session_audio.flow.engines import done_with, engines
from session_audio.flow.run import Run
from session_audio.ports import Progress
from session_audio.resources import models_folder
from session_audio.schema import (
    Flag,
    Interaction,
    Measures,
    Turn,
)
from session_audio.settings import as_dict
from session_audio.turntaking.interactions import find_interactions
from session_audio.turntaking.model import load
from session_audio.turntaking.responses import assign_responses
from session_audio.turntaking.turns import build_turns

INTERACTION_MODEL = models_folder() / "interaction" / "model.json"


def turns(run: Run) -> str:
    """Turns, the overlaps and interruptions between them, and who answers whom.

    Rules stand in where the small interaction model is not there, or there are no words in
    its language.
    """
    with_model = INTERACTION_MODEL.is_file()

    def do(_: Progress) -> Sequence[Path]:
        session, speech, words = results.heard(run), results.speech(run), results.words(run) or None
        people, options = session.present, run.settings.turns
        model = load(INTERACTION_MODEL) if words and with_model else None
        language = results.language(run)
        made = build_turns(words, speech, people, options, model, language)
        found = find_interactions(made, words, speech, options, model, language)
        made = assign_responses(made, found, people, options, model, language)
        return [
            run.store.write(TURNS, made, tuple[Turn, ...]),
            run.store.write(INTERACTIONS, found, tuple[Interaction, ...]),
        ]

    return run.stage(
        "turns",
        do,
        reads=[
            run.path(SPEECH),
            run.path(IDENTIFIED),
            run.store.out / "words.seglst.json",
            run.path(LANGUAGE),
            *([INTERACTION_MODEL] if with_model else []),
        ],
        depends=[as_dict(run.settings.turns), results.people(run)],
    )


def measure(run: Run) -> str:
    """Balance, timing, interruptions and the response network."""

    def do(_: Progress) -> Sequence[Path]:
        measures = metrics.measure(
            results.heard(run),
            results.turns(run),
            results.interactions(run),
            results.speech(run),
            results.duration(run),
            run.settings.metrics,
        )
        return [run.store.write(MEASURES, measures, Measures)]

    return run.stage(
        "measure",
        do,
        reads=[run.path(n) for n in (TURNS, INTERACTIONS, SPEECH, SOUND, IDENTIFIED)],
        depends=[as_dict(run.settings.metrics), results.people(run)],
    )


def flag(run: Run) -> str:
    """Candidate moments, from the words in context and from what happened around them."""

    def do(progress: Progress) -> Sequence[Path]:
        session, made = results.heard(run), results.turns(run)
        asked = flags.turns_in_context(session, made)
        classifier = engines(run.settings).classifier
        scores = classifier().score(asked, progress) if asked else []
        done_with(classifier)
        found = flags.find_candidates(
            session,
            made,
            results.interactions(run),
            scores,
            results.duration(run),
            run.settings.flags,
        )
        return [run.store.write(FLAGS, found, tuple[Flag, ...])]

    return run.stage(
        "flag",
        do,
        reads=[run.path(n) for n in (TURNS, INTERACTIONS, MEASURES, IDENTIFIED, SOUND)],
        depends=[as_dict(run.settings.flags), results.people(run)],
        models=lambda: results.models_of(run, "rupture"),
    )
