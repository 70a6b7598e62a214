"""How they talked: turns and what happens between them, numbers, candidate moments."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from session_audio import metrics
from session_audio.amend.operations import EVENTS
from session_audio.flags import candidates
from session_audio.flow import results, reviewed
from session_audio.flow.artefacts import (
    FLAGS,
    INTERACTION_MODEL,
    INTERACTIONS,
    LANGUAGE,
    MEASURES,
    SPEECH,
    TURNS,
    WORDS,
)
from session_audio.flow.engines import done_with
from session_audio.flow.session import SessionRun
from session_audio.ports import Progress
from session_audio.schema import Diarization, Interaction, Participant, Turn, Word
from session_audio.turntaking.basis import Basis
from session_audio.turntaking.cuts import stretches
from session_audio.turntaking.interactions import find_interactions
from session_audio.turntaking.model import InteractionModel, load
from session_audio.turntaking.responses import assign_responses
from session_audio.turntaking.turns import build_turns, with_languages
from session_audio.workspace import consent


def turns(run: SessionRun, _: Progress) -> None:
    """Turns, the overlaps and interruptions between them, and who answers whom."""
    speech, words = SPEECH.read(run.store), WORDS.read(run.store)
    made, between = conversation(run, words, speech, results.session_as_identified(run).present)
    events, said_by = reviewed.between(run, between, made)
    TURNS.write(run.store, said_by)
    INTERACTIONS.write(run.store, events)


def conversation(
    run: SessionRun,
    words: Sequence[Word],
    speech: Diarization,
    people: Sequence[Participant],
) -> tuple[list[Turn], list[Interaction]]:
    """Turns and what happens between them, as found.

    Rules stand in where the small interaction model is not there, and for what is said in another
    language than its own.
    """
    options, language = run.settings.turns, LANGUAGE.read(run.store)
    model = _model(run) if words else None
    made: list[Turn] = []
    between: list[Interaction] = []
    for said, spoken in stretches(words or None, speech, results.cuts(run)):
        own: Sequence[Turn] = build_turns(said, spoken, people, options, model, language)
        events = find_interactions(own, said, spoken, options, model, language)
        own = assign_responses(own, events, people, options, model, language)
        own = with_languages(own, language)
        made += [replace(turn, index=len(made) + i) for i, turn in enumerate(own)]
        between += events
    return made, between


def talked(run: SessionRun) -> object:
    """The roster, and what people have said of the events."""
    return [*roster(run), *reviewed.key(run, EVENTS)]


def _model(run: SessionRun) -> InteractionModel | None:
    trained = INTERACTION_MODEL.paths(run)
    return load(trained[0]) if trained else None


def measure(run: SessionRun, _: Progress) -> None:
    """Balance, timing, interruptions and the response network."""
    measures = metrics.measure(
        results.session_as_identified(run),
        TURNS.read(run.store),
        INTERACTIONS.read(run.store),
        SPEECH.read(run.store),
        results.duration(run),
        run.settings.metrics,
        cuts=results.cuts(run),
        by_model=Basis.of(
            has_words=bool(WORDS.read(run.store)),
            language=LANGUAGE.read(run.store),
            model=_model(run),
        ).model_is_for_all(),
    )
    MEASURES.write(run.store, measures)


def measured_from(run: SessionRun) -> object:
    """The roster, and where the speech came from: whose error the intervals hold."""
    return [roster(run), metrics.speech_source(run.session)]


def flag(run: SessionRun, progress: Progress) -> None:
    """Candidate moments, from the words in context and from what happened around them."""
    if not looks_for_moments(run):
        FLAGS.write(run.store, ())
        return
    session, made = results.session_as_identified(run), TURNS.read(run.store)
    english_only = run.settings.flags.reads_english_only
    asked = candidates.turns_in_context(session, made, english_only=english_only)
    classifier = run.engines.classifier
    scores = classifier().score(asked, progress) if asked else []
    done_with(classifier)
    flags = candidates.find_candidates(
        session,
        made,
        INTERACTIONS.read(run.store),
        scores,
        results.duration(run),
        run.settings.flags,
        LANGUAGE.read(run.store).main,
        results.cuts(run),
    )
    FLAGS.write(run.store, flags)


def looks_for_moments(run: SessionRun) -> bool:
    """Whether consent lets candidate moments be looked for."""
    return consent.MOMENTS not in run.admitted.admission.off


def flagged_from(run: SessionRun) -> object:
    """What the measures depend on, and whether moments are looked for at all."""
    facts = measured_from(run)
    return facts if looks_for_moments(run) else [facts, "moments are off"]


def roster(run: SessionRun) -> list[object]:
    """What of the roster the analysis depends on: ids and roles; names, as some are addressed."""
    return [[str(p.id), p.role, sorted(p.attributes.items()), p.name] for p in run.session.present]
