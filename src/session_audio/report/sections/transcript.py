"""Everything that was said, a line a turn, with the words the recogniser was unsure of."""

from __future__ import annotations

from collections.abc import Sequence

from session_audio.report.elements import Element, Paragraph, Spoken, Transcript, TranscriptLine
from session_audio.report.naming import clean
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
    words = page.words_by_turn
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
