"""Several languages in one session: told by stretch, and kept with the words to the tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from session_audio.backends.transcription.chunks import Chunk, make_chunks
from session_audio.backends.transcription.languages import decide, plan, stretches
from session_audio.errors import FormatError, ManifestError
from session_audio.flow import languages as put_together
from session_audio.formats import seglst
from session_audio.interval import Interval
from session_audio.schema import OTHER_LANGUAGE, LanguageStretch, Spoken, Transcription, Word
from session_audio.settings import TranscriptionSettings
from session_audio.workspace.manifest import load_group, load_session

OPTIONS = TranscriptionSettings()
EN, NL = {"en": 0.95, "nl": 0.03}, {"nl": 0.95, "en": 0.03}
UNSURE = {"en": 0.3, "nl": 0.35, "de": 0.3}
ITALIAN, MAYBE_ITALIAN = {"it": 0.97, "en": 0.01}, {"it": 0.6, "en": 0.2}


@pytest.mark.parametrize(
    ("heard", "seconds", "named", "decided"),
    [
        ([EN, EN, NL, NL], [25, 25, 25, 25], ["en", "nl"], "en en nl nl"),
        ([EN, NL, EN], [25, 3, 25], ["en", "nl"], "en en en"),  # a short one does not flip
        ([EN, UNSURE, EN], [25, 25, 25], ["en", "nl"], "en en en"),
        ([EN, {"nl": 0.999}, EN], [25, 25, 25], ["en", "nl"], "en nl en"),
        ([EN, ITALIAN, ITALIAN, EN], [25] * 4, ["en", "nl"], "en und und en"),
        ([EN, ITALIAN, EN], [25] * 3, ["en"], "en en en"),  # one chunk alone is kept
        ([MAYBE_ITALIAN] * 4, [25] * 4, ["en"], "en en en en"),
        ([{"af": 0.9, "en": 0.05}] * 2, [25] * 2, ["en", "nl"], "nl nl"),  # a close relative
        ([{}] * 3, [25] * 3, ["en"], "en en en"),  # a model of one language
        ([], [], ["en"], ""),
    ],
)
def test_the_language_of_each_chunk_is_told_with_its_neighbours(
    heard: Sequence[Mapping[str, float]], seconds: list[float], named: list[str], decided: str
) -> None:
    assert decide(heard, seconds, named, OPTIONS) == decided.split()


def test_a_change_inside_a_chunk_is_found_and_cut_there() -> None:
    speech = [Interval(i * 5.0, i * 5.0 + 4.0) for i in range(12)]  # Dutch from 40 s on
    cut = lambda some, longest: make_chunks(some, 60.0, longest)  # noqa: E731
    chunks = cut(speech, OPTIONS.chunk)
    asked: list[Chunk] = []

    def hear(chunk: Chunk) -> Mapping[str, float]:
        asked.append(chunk)
        return EN if chunk.pieces[-1].end < 41 else NL

    heard = [EN if c.pieces[0].start < 30 else NL for c in chunks]
    planned = plan(chunks, heard, speech, ["en", "nl"], hear, cut, OPTIONS)
    one, two = stretches(planned)
    assert (one.language, two.language) == ("en", "nl")
    assert one.end == pytest.approx(39.2) and two.start == pytest.approx(39.8)
    covered = [p for c, _ in planned for p in c.pieces]
    assert all(sum(p.start <= s.start and s.end <= p.end for p in covered) == 1 for s in speech)
    assert all(c.duration <= OPTIONS.chunk for c, _ in planned)
    # Where all is in one language nobody listens a second time.
    asked.clear()
    planned = plan(chunks, [EN] * len(chunks), speech, ["en", "nl"], hear, cut, OPTIONS)
    assert (stretches(planned), asked, [c for c, _ in planned]) == ((), [], chunks)


# --- from tracks and from transcripts to what is spoken ---


def transcription(language: str, *parts: tuple[float, float, str]) -> Transcription:
    words = (Word(1.0, 1.4, "x", language=language if parts else None),)
    return Transcription(words, language, tuple(LanguageStretch(*part) for part in parts))


def test_tracks_in_different_languages_each_keep_their_own() -> None:
    tracks = [
        ("P01", 0.0, 60.0, transcription("en")),
        ("P02", 10.0, 50.0, transcription("nl", (0.0, 20.0, "en"), (21.0, 50.0, "nl"))),
    ]
    spoken = put_together.of_tracks(tracks)
    assert [spoken.at(35, who) for who in ("P01", "P02")] == ["en", "nl"]
    assert spoken.at(25, "P02") == "en"
    (word,) = put_together.with_own([Word(40, 41, "ja", "P02")], spoken)
    assert word.language == "nl"
    assert put_together.of_tracks([("P01", 0.0, 60.0, transcription("en"))] * 2) == Spoken("en")


def test_a_transcript_made_elsewhere_is_told_by_its_frequent_words() -> None:
    english = "i think that we should go back to what you said about it and not wait"
    dutch = "ik denk dat we het niet weten maar dat is ook wel een goed idee voor jou"
    said = english.split() * 6 + dutch.split() * 6
    words = [Word(i * 0.5, i * 0.5 + 0.4, text, "P01") for i, text in enumerate(said)]
    told, spoken = put_together.of_transcript(words, ["en", "nl"])
    assert spoken.languages == ("en", "nl")
    wrong = sum(
        w.language != ("en" if i < len(english.split()) * 6 else "nl") for i, w in enumerate(told)
    )
    assert wrong <= put_together.WINDOW
    assert put_together.of_transcript(words, ["nl"]) == (words, Spoken("nl"))


def test_the_language_of_words_is_written_and_read_back(tmp_path: Path) -> None:
    words = (Word(0, 1, "well", language="en"), Word(1, 2, "nou", language="nl"), Word(2, 3, "x"))
    seglst.write(tmp_path / "w.json", "s", words)
    assert seglst.read(tmp_path / "w.json") == words
    text = (tmp_path / "w.json").read_text().replace('"nl"', '"Dutch!"')
    (tmp_path / "w.json").write_text(text)
    with pytest.raises(FormatError, match="segment 2: language must be a code"):
        seglst.read(tmp_path / "w.json")


# --- what the manifests say ---

GROUP = """id = "tuesday"
{}
[[participant]]
id = "P01"
"""
SESSION = 'date = 2026-03-03\nattendance = ["P01"]\ntranscript = {{ file = "t.vtt" }}\n{}\n'


@pytest.mark.parametrize(
    ("group", "session", "spoken"),
    [
        ("", "", ()),
        ('language = "nl"', "", ("nl",)),
        ('languages = ["en", "nl", "en"]', "", ("en", "nl")),
        ('languages = ["en", "nl"]', 'languages = ["de", "en"]', ("de", "en")),
        ('language = "en"', 'language = "de"', ("de",)),
    ],
)
def test_the_group_or_the_session_names_what_is_spoken(
    tmp_path: Path, group: str, session: str, spoken: tuple[str, ...]
) -> None:
    (tmp_path / "s1").mkdir()
    (tmp_path / "group.toml").write_text(GROUP.format(group))
    (tmp_path / "s1" / "session.toml").write_text(SESSION.format(session))
    (tmp_path / "s1" / "t.vtt").write_text("WEBVTT\n")
    assert load_session(tmp_path / "s1").languages == spoken


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ('language = "en"\nlanguages = ["nl"]', "not both"),
        ("languages = []", "languages"),
        ('languages = ["English"]', "languages"),
    ],
)
def test_languages_that_cannot_be_are_refused(tmp_path: Path, wrong: str, told: str) -> None:
    (tmp_path / "group.toml").write_text(GROUP.format(wrong))
    with pytest.raises(ManifestError, match=told):
        load_group(tmp_path)


def test_what_an_earlier_version_wrote_of_the_language_is_read() -> None:
    from pydantic import TypeAdapter

    from session_audio.schema.language import StoredSpoken

    adapter: TypeAdapter[Spoken] = TypeAdapter(StoredSpoken)
    assert adapter.validate_json('"de"') == Spoken("de")
    assert adapter.validate_json("null") == Spoken()
    mixed = Spoken("en", (LanguageStretch(0.0, 9.0, OTHER_LANGUAGE, "P01"),))
    assert adapter.validate_json(adapter.dump_json(mixed)) == mixed
