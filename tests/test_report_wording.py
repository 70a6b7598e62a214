"""Every language says everything, with the same places to fill."""

from __future__ import annotations

import re
import string
from pathlib import Path

import pytest

from session_audio.cli import main
from session_audio.flags.moments import REASONS
from session_audio.report.wording import languages, load, written
from session_audio.schema import Estimate

SOURCE = Path(__file__).parents[1] / "src"


def places(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def keys(language: str) -> set[str]:
    entries = written(language).items()
    return {f"{section}.{name}" for section, own in entries for name in own}


@pytest.mark.parametrize("language", languages())
def test_nothing_but_what_english_words_and_with_the_same_places(language: str) -> None:
    english, other = written("en"), written(language)
    assert list(other) == list(english)
    assert keys(language) <= keys("en")
    for section, entries in other.items():
        for name, text in entries.items():
            expected = english[section][name]
            if isinstance(expected, str):
                assert places(text) == places(expected), f"{section}.{name}"
            else:
                assert len(text) == len(expected), f"{section}.{name}"


@pytest.mark.parametrize("language", languages())
def test_everything_is_worded(language: str) -> None:
    assert sorted(keys("en") - keys(language)) == []


def test_what_a_language_lacks_is_in_english(monkeypatch: pytest.MonkeyPatch) -> None:
    less = {name: own for name, own in written("de").items() if name != "brief"}
    monkeypatch.setattr(
        "session_audio.report.wording.written", {"en": written("en"), "de": less}.__getitem__
    )
    load.cache_clear()
    try:
        say = load("de")
        assert (say("brief.talk"), say("sections.method")) == ("Talk", "Wie es berechnet wurde")
    finally:
        load.cache_clear()


@pytest.mark.parametrize("language", languages())
def test_every_reason_of_a_candidate_is_worded(language: str) -> None:
    say = load(language)
    links = {"repair_followed", "unlisted_repair", "no_repair_seen", "repair_of", "unlisted_strain"}
    assert set(say.part("reasons")) == set(REASONS) - links
    for key in ("repair", "unlisted_repair", "no_repair", "repair_of", "unlisted_strain"):
        assert say.has(f"moments.{key}")


@pytest.mark.parametrize("language", languages())
def test_every_notice_is_worded(language: str) -> None:
    code = "".join(file.read_text(encoding="utf-8") for file in SOURCE.rglob("*.py"))
    keys = set(re.findall(r'Notice\(\s*"(\w+)"', code))
    assert len(keys) > 15
    assert keys <= set(load(language).part("warnings"))


def test_numbers() -> None:
    en, de = load("en"), load("de")
    assert en.number(1234.5, 1) == "1,234.5"
    assert de.number(1234.5, 1) == "1.234,5"
    assert en.number(-0.04, 1) == "0.0"
    assert en.number(-2) == "−2"
    assert en.number(None) == "n/a"
    assert en.percent(0.001) == "<1%"
    assert en.percent(0.0) == "0%"
    assert en.points(-0.18) == "−18"
    assert en.estimate(Estimate(0.2, 0.1, 0.3)) == "20% (10 to 30)"
    assert en.estimate(Estimate(0.2)) == "20%"
    assert en.estimate(Estimate(None)) == "n/a"
    assert en.estimate(Estimate(0.0, 0.0, 0.0)) == "0%"


def test_times() -> None:
    say = load("en")
    assert [say.clock(s) for s in (0, 65.9, 3725)] == ["0:00", "1:05", "1:02:05"]
    assert [say.duration(s) for s in (4.25, 200, 600, 5400, 6060, None)] == [
        "4.2 s",
        "3 min 20 s",
        "10 min",
        "90 min",
        "1 h 41 min",
        "n/a",
    ]
    assert say.count("turn", 1) == "1 turn"
    assert say.count("turn", 2) == "2 turns"


@pytest.mark.parametrize("language", languages())
def test_only_verbs_that_exist_are_named(language: str) -> None:
    for section, entries in load(language).entries.items():
        for name, text in entries.items():
            for verb in re.findall(r"session-audio ([a-z]+)", str(text)):
                by_name = (section, name) == ("page", "made_with")  # "made by session-audio on ..."
                assert verb in main.commands or by_name, f"{section}.{name}"


@pytest.mark.parametrize(
    ("language", "resembles", "listen", "nothing_found"),
    [
        ("en", "resemble examples of", "place to listen", "no finding"),
        ("de", "gleichen", "zum Anhören", "kein Befund"),
    ],
)
def test_a_candidate_is_a_place_to_listen_whose_words_resemble(
    language: str, resembles: str, listen: str, nothing_found: str
) -> None:
    say = load(language)
    defined = say.part("definitions")["candidate"]
    assert listen in defined
    assert resembles in defined
    assert nothing_found in defined
    assert resembles in say("moments.how")
    for kind in ("confrontation", "withdrawal", "repair"):
        assert resembles.split()[0] in say(f"reasons.{kind}_words", value="0.5"), kind


@pytest.mark.parametrize("language", languages())
def test_no_report_claims_to_read_a_feeling_or_to_have_found_something(language: str) -> None:
    claims = r"\b(emotions?|feels|feelings?|anger|angry|sad|detected|diagnosed|proves?|Emotion\w*"
    claims += r"|Gefühl\w*|wütend|traurig|erkannte? Gefühle|beweist)\b"
    entries = load(language).entries
    texts = [t for part in entries.values() for t in part.values() if isinstance(t, str)]
    assert [text for text in texts if re.search(claims, text)] == []
