"""Everything that was said, a line a turn, with the words the recogniser was unsure of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from session_audio.report.elements import Element, Paragraph, Spoken, Transcript, TranscriptLine
from session_audio.report.naming import clean
from session_audio.report.own_words import OwnWords
from session_audio.report.page import Page
from session_audio.schema import OTHER_LANGUAGE, Turn, Word

_LABELS = ("search", "found", "not_found", "follow")


def section(page: Page) -> tuple[Element, ...]:
    """The transcript; a report with codes for elsewhere goes without it."""
    say = page.say
    if page.settings.pseudonyms:
        return (Paragraph(say("transcript.left_out")),)
    if not page.result.has_words and not page.every_turn:
        return (Paragraph(say("transcript.none")),)
    words = words_by_turn(page)
    lines = tuple(
        line(page, turn, words.get(turn.index, ()))
        for turn in page.result.turns
        if turn.text or turn.language == OTHER_LANGUAGE or page.every_turn
    )
    if not lines:
        return (Paragraph(say("transcript.none")),)
    limit = say.percent(page.settings.unsure_word)
    labels = {key: say(f"transcript.{key}") for key in _LABELS}
    labels["title"] = say("sections.transcript")
    return (Transcript(lines, say("transcript.note", limit=limit), labels),)


def words_by_turn(page: Page) -> Mapping[int, Sequence[Word]]:
    """The words of each turn; none of a turn whose text is not made of them."""
    out: dict[int, Sequence[Word]] = {}
    for who in dict.fromkeys(turn.participant for turn in page.result.turns):
        out |= OwnWords(page.result, who, 0.0).words
    texts = {turn.index: turn.text for turn in page.result.turns}
    return {k: words for k, words in out.items() if _same(words, texts.get(k, ""))}


def _same(words: Sequence[Word], text: str) -> bool:
    return " ".join(word.text for word in words).split() == text.split()


def line(page: Page, turn: Turn, words: Sequence[Word]) -> TranscriptLine:
    """One turn; without words of its own, its text as it stands, or that it has none."""
    other = turn.language == OTHER_LANGUAGE
    said = turn.text or (page.say("languages.not_transcribed") if other else "")
    limit = page.settings.unsure_word
    spoken = tuple(
        Spoken(
            clean(word.text),
            word.probability is not None and word.probability < limit,
            max(0, round((word.start - turn.start) * 100)),
        )
        for word in words
    )
    return TranscriptLine(
        turn.start,
        page.say.clock(turn.start),
        page.who(turn.participant),
        page.colour(turn.participant),
        spoken or (Spoken(page.who.printable(said)),),
        page.listen_from(turn.start),
        turn.index,
    )
