"""What must not be in a report: names under pseudonyms, others in a member's report, markup."""

from __future__ import annotations

import base64
import hashlib
import re
import zlib
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from report_cases import ATTACK, said_by_attacker, sessions, small, told

from session_audio.errors import ManifestError
from session_audio.report import write_member_report, write_session_report
from session_audio.report.member import member_report
from session_audio.report.naming import People
from session_audio.report.output.render import html
from session_audio.report.series.content import series_report
from session_audio.report.session import session_report
from session_audio.schema import Estimate, Reason, SessionResult
from session_audio.settings import ReportSettings
from session_audio.testing import NAMES, example_group, example_result, example_series

HIDDEN = ReportSettings(pseudonyms=True)
WORDS = {
    "nobody_known": "Nobody known",
    "unknown_voice": "Speaker",
    "someone": "someone",
    "a_name": "name",
}


def naming_everybody(result: SessionResult) -> SessionResult:
    """A session in which every name is said, typed, and used as the group's name."""
    text = "So MAYA, Tom's right, and zoë eli. Ruths coat, Nora!"
    turns = tuple(replace(t, text=text) for t in result.turns)
    flags = tuple(replace(f, quote=text, reasons=(Reason("Tom_said_Maya"),)) for f in result.flags)
    group = replace(result.session.group, name="Ruth's evening group")
    chat = tuple(replace(line, text=text) for line in result.session.chat)
    session = replace(result.session, group=group, chat=chat)
    return replace(
        result, turns=turns, flags=flags, session=session, settings={"path": "/home/Maya/group"}
    )


@pytest.mark.parametrize("language", ["en", "de"])
def test_no_name_is_left_under_pseudonyms(language: str) -> None:
    settings = replace(HIDDEN, language=language)
    for page in (
        html(session_report(naming_everybody(example_result(20, 9)), settings)),
        html(series_report([naming_everybody(r) for r in example_series()], settings)),
        html(member_report([naming_everybody(r) for r in example_series()], "P02", settings)),
    ):
        for name in NAMES[:9]:
            assert not re.search(rf"\b{name}s?\b", page, re.IGNORECASE), name


def test_names_are_masked_as_codes() -> None:
    people = People(example_group(3), True, WORDS)
    assert people.printable("Maya, TOM's here. Mayas coat, tomorrow.") == (
        "[P02], [P01]'s here. [P02] coat, tomorrow."
    )
    assert people("P02") == "P02"


def test_codes_do_not_give_a_name_away() -> None:
    group = example_group(3)
    odd = tuple(replace(p, id=p.name.lower()) for p in group.participants)
    people = People(replace(group, participants=odd), True, WORDS, ("Maya K.",))
    assert people("maya") == "N03"
    assert people("Maya K.") == "Speaker 1"
    assert people("unattributed") == "Nobody known"


def test_shared_and_compound_names() -> None:
    group = example_group(3, ("Ruth", "Zoë van der Berg", "Zoe Klein"))
    people = People(group, True, WORDS)
    assert people.printable("Zoe and Frau Berg, van gone") == "[someone] and Frau [P01], van gone"


@pytest.mark.parametrize("pseudonyms", [True, False])
def test_no_sound_and_no_transcript_under_pseudonyms(tmp_path: Path, pseudonyms: bool) -> None:
    sound = tmp_path / "maya-and-tom.m4a"
    sound.write_bytes(b"")
    settings = ReportSettings(pseudonyms=pseudonyms)
    write_session_report(small(), tmp_path / "out", settings=settings, sound=sound)
    page = (tmp_path / "out" / "report.html").read_text("utf-8")
    assert ("maya-and-tom" in page) is not pseudonyms
    assert ("<audio" in page) is not pseudonyms
    assert ('class="said-all"' in page) is not pseudonyms
    assert ('href="../maya-and-tom.m4a#t=' in page) is not pseudonyms


def test_a_members_report_has_no_sound_and_no_script() -> None:
    page = html(member_report([small()], "P01", ReportSettings()))
    assert not {"audio", "script"} & set(read(page).tags)


# --- a member's own report -------------------------------------------------------


def marked(results: tuple[SessionResult, ...], owner: str) -> list[SessionResult]:
    """Sessions in which everybody says one word that only they say."""
    out = []
    for result in results:
        turns = tuple(
            replace(
                t, text=f"word{t.participant} {(t.participant == owner and 'Tom and Eli') or ''}"
            )
            for t in result.turns
        )
        chat = tuple(replace(line, text=f"chat{line.participant}") for line in result.session.chat)
        out.append(replace(result, turns=turns, session=replace(result.session, chat=chat)))
    return out


def test_a_member_sees_nobody_elses_words_or_names() -> None:
    results = marked((*example_series(), example_result(20, 5, number=9, silent=())), "P02")
    page = html(member_report(results, "P02", ReportSettings()))
    assert "wordP02" in page
    for other in ("T01", "P01", "P03", "P04"):
        assert f"word{other}" not in page
        assert f"chat{other}" not in page
        assert other not in page
    for name in ("Ruth", "Tom", "Eli", "Nora"):
        assert not re.search(rf"\b{name}\b", page), name
    assert "Maya" in page
    assert "candidate moment" not in page.replace("and candidate moments", "")


def test_a_members_report_does_not_move_with_others_numbers() -> None:
    result = example_series()[0]
    before = told(member_report([result], "P02", ReportSettings()))
    others = tuple(
        m
        if m.participant == "P02"
        else replace(m, turn_count=999, speaking_time_share=Estimate(0.111, 0.1, 0.12))
        for m in result.measures.members
    )
    flags = tuple(f for f in result.flags if f.participant == "P02")
    changed = replace(result, measures=replace(result.measures, members=others), flags=flags)
    assert told(member_report([changed], "P02", ReportSettings())) == before


def test_aggregates_need_enough_people() -> None:
    few = told(member_report([small(people=3)], "P01", ReportSettings()))
    enough = told(member_report([small(people=4)], "P01", ReportSettings()))
    assert "too few people" in few
    assert "too few people" not in enough


def test_an_unknown_member_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ManifestError, match="no participant 'P99'"):
        write_member_report(small(), "P99", tmp_path, ReportSettings())
    assert list(tmp_path.iterdir()) == []


# --- markup ----------------------------------------------------------------------


class Reader(HTMLParser):
    """Collects tags, ids and everything an attribute points to."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.ids: list[str] = []
        self.targets: list[str] = []
        self.events: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        for name, value in attrs:
            if name == "id":
                self.ids.append(value or "")
            if name in {"src", "href", "srcset", "data", "action", "poster", "xlink:href"}:
                self.targets.append(value or "")
            if name.startswith("on"):
                self.events.append(name)


def read(page: str) -> Reader:
    reader = Reader()
    reader.feed(page)
    return reader


@pytest.mark.parametrize("name", sorted(sessions()))
def test_nothing_runs_and_nothing_is_fetched(name: str) -> None:
    page = html(session_report(sessions()[name], ReportSettings()))
    tags = read(page)
    (script,) = re.findall(r"<script>(.*?)</script>", page, re.DOTALL)
    known = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert f"script-src 'sha256-{known}'" in page
    assert not {"iframe", "object", "embed", "img", "link", "form"} & set(tags.tags)
    assert tags.events == []
    assert all(target.startswith("#") for target in tags.targets)
    assert len(tags.ids) == len(set(tags.ids))
    assert {t[1:] for t in tags.targets} <= set(tags.ids)
    assert tags.tags.count("style") == 1
    assert "default-src 'none'" in page
    assert not re.search(r"https?://(?!www\.w3\.org/2000/svg)", page)
    assert not re.search(r"url\((?!#)|@import", page)


def test_markup_is_shown_as_it_was_said() -> None:
    page = html(session_report(said_by_attacker(), ReportSettings()))
    assert ATTACK not in page
    assert "&lt;script&gt;window.executed=1&lt;/script&gt;" in page


def test_typst_takes_nothing_for_markup(tmp_path: Path) -> None:
    """A PDF of hostile words is made, and their text stands in it as text."""
    result = small(names=("#panic()", "$x$ *b* _i_ @ref <label>", "`raw`", "[c](d)"))
    write_session_report(result, tmp_path, settings=ReportSettings())
    data = (tmp_path / "report.pdf").read_bytes()
    assert data.startswith(b"%PDF-")
    assert len(data) > 20_000
    streams = re.findall(rb"stream\r?\n(.*?)endstream", data, re.DOTALL)
    assert any(len(zlib.decompressobj().decompress(s)) > 100 for s in streams if s[:1] == b"x")
