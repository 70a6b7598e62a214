"""Word lists by language: backchannels and questions, each with invented lines."""

from __future__ import annotations

import pytest

from session_audio.flags.evidence import is_question
from session_audio.resources import models_folder
from session_audio.schema import LanguageStretch, Spoken, Word
from session_audio.turntaking import lexicons
from session_audio.turntaking.interactions import find_interactions
from session_audio.turntaking.model import load
from session_audio.turntaking.turns import build_turns

LINES = {
    # what somebody tells, how others listen, what is an answer, an agreement, two questions
    "de": (
        "Ich war gestern bei meiner Mutter und sie",
        ["Mhm.", "Ja, genau.", "Ach so.", "Stimmt."],
        ["Nein, gar nicht.", "Ich auch."],
        "Ja, das kenne ich",
        ["warum bist du gegangen", "hast du sie gefragt"],
    ),
    "nl": (
        "Ik was gisteren bij mijn moeder en zij",
        ["Hm.", "Ja, precies.", "Oh ja.", "Inderdaad."],
        ["Nee, helemaal niet.", "Ik ook."],
        "Ja, dat ken ik",
        ["waarom ben je weggegaan", "heb je het gevraagd"],
    ),
    "es": (
        "Ayer estuve con mi madre y ella",
        ["Ajá.", "Sí, claro.", "Vale, vale.", "Exacto."],
        ["No, para nada.", "Yo también."],
        "Sí, eso lo conozco",
        ["cómo te fue con ella", "por qué te fuiste"],
    ),
    "fr": (
        "Hier j'étais chez ma mère et elle",
        ["Mh.", "Oui, voilà.", "D'accord.", "Ah ouais."],
        ["Non, pas du tout.", "Moi, je pars."],
        "Oui, je connais ça",
        ["pourquoi tu es partie", "est-ce que tu as demandé"],
    ),
    "pt": (
        "Ontem estive com a minha mãe e ela",
        ["Uhum.", "Pois é.", "Sim, claro.", "Certo."],
        ["Não, de jeito nenhum.", "Eu também."],
        "Sim, eu conheço isso",
        ["como foi com ela", "o que é que disseste"],
    ),
}
EACH = pytest.mark.parametrize("language", sorted(LINES))


def say(who: str, start: float, end: float, text: str) -> list[Word]:
    tokens = text.split()
    step = (end - start) / len(tokens)
    return [
        Word(start + i * step, start + (i + 0.95) * step, token, who)
        for i, token in enumerate(tokens)
    ]


def test_there_are_lists_for_these_languages() -> None:
    assert set(lexicons.languages()) == {*LINES, "en"}


@EACH
def test_listening_is_told_from_answering_by_words(language: str) -> None:
    told, listening, answers, _, _ = LINES[language]
    for texts, expected in ((listening, True), (answers, False)):
        for text in texts:
            words = say("P01", 0, 4, told) + say("P02", 4.1, 4.6, text)
            words += say("P01", 4.7, 8, told)
            short = [
                t for t in build_turns(words, None, language=language) if t.participant == "P02"
            ]
            assert [t.backchannel for t in short] == [expected], text


@EACH
def test_agreement_over_anothers_talk_is_support(language: str) -> None:
    told, _, _, agreement, _ = LINES[language]
    words = say("P01", 0, 6, f"{told} {told}") + say("P02", 2, 3.4, agreement)
    turns = build_turns(words, None, language=language)
    kinds = [e.kind for e in find_interactions(turns, words, None, language=language)]
    assert kinds == ["cooperative_overlap"]


@EACH
def test_questions_are_told_without_a_mark(language: str) -> None:
    told, _, _, _, questions = LINES[language]
    assert all(is_question(q, language) for q in questions)
    assert not is_question(told, language)


@EACH
def test_a_text_is_told_by_its_frequent_words(language: str) -> None:
    told, _, answers, agreement, questions = LINES[language]
    text = " ".join([told, *answers, agreement, *questions])
    assert lexicons.written_in(text.split(), ["en", *LINES]) == language


def test_each_unit_of_a_mixed_session_is_told_from_its_own_language() -> None:
    """The model reads the English half as it does alone; the Dutch half goes by its word lists."""
    model = load(models_folder() / "interaction" / "model.json")
    english = say("P01", 0, 5, "I told them everything that I know yest-")
    english += say("P02", 4.4, 9, "What did they say about it all")
    dutch = say("P01", 100, 104, LINES["nl"][0]) + say("P02", 104.1, 104.6, "Ja, precies.")
    dutch += say("P01", 104.7, 108, LINES["nl"][0])
    spoken = Spoken("nl", (LanguageStretch(0, 9, "en"), LanguageStretch(100, 108, "nl")))
    both = english + dutch

    def told(words: list[Word], language: Spoken | str) -> list[tuple[str, float]]:
        turns = build_turns(words, None, model=model, language=language)
        events = find_interactions(turns, words, None, model=model, language=language)
        return [(e.kind, round(e.start, 3)) for e in events]

    assert told(both, spoken) == told(english, "en") + told(dutch, "nl")
    assert told(dutch, "nl") == [("backchannel", 104.1)]
    assert ("interruption_successful", 4.4) in told(english, "en")
