"""What a series tells is heard from its page, from five seconds before, where there is sound."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from review_cases import session_that_ran  # noqa: F401 (a fixture)

from session_audio.flow.context import current
from session_audio.flow.rewrite import write_again
from session_audio.flow.stages import reporting
from session_audio.report import write_group_report
from session_audio.report.elements import Arc, Facts, Highlights, Table
from session_audio.report.series.before import before_report
from session_audio.report.series.content import series_report
from session_audio.settings import ReportSettings
from session_audio.testing import example_series

SETTINGS = ReportSettings()
SERIES = example_series()
SOUNDS = {r.session.id: f"../{r.session.id}/out/sound.m4a" for r in SERIES}


def hrefs(text: str) -> list[str]:
    return re.findall(r'href="([^"]*#t=[^"]*)"', text)


def expected(k: int, kind: str = "rupture") -> str:
    flag = max((f for f in SERIES[k].flags if f.kind == kind), key=lambda f: f.score)
    return f"{SOUNDS[SERIES[k].session.id]}#t={max(0.0, flag.start - 5):.1f}"


def test_each_moment_told_plays_its_own_sessions_sound_from_five_seconds_before() -> None:
    report = series_report(SERIES, SETTINGS, sounds=SOUNDS)
    told = next(e for e in report.brief if isinstance(e, Highlights))
    facts = next(e for e in report.brief if isinstance(e, Facts))
    heard = [h.listen.href for h in told.items if h.listen]
    assert heard == [expected(k, "rupture" if k < 3 else "repair") for k in range(4)]
    fall = [link.href for link in facts.items[0].links if "#t=" in link.href]
    assert fall and set(fall) <= {expected(k) for k in range(3)}
    (ledger,) = [e for s in report.sections for e in s.elements if isinstance(e, Table)][:1]
    assert [row[0].links[1].href for row in ledger.rows] == [expected(k) for k in range(3)]
    steps = [s for x in report.sections for e in x.elements if isinstance(e, Arc) for s in e.steps]
    assert steps and all(s.listen and s.listen.href.split("#")[0] in SOUNDS.values() for s in steps)


def test_the_brief_before_the_next_session_is_heard_too() -> None:
    report = before_report(SERIES, SETTINGS, sounds=SOUNDS)
    (open_ones,) = [e for e in report.brief if isinstance(e, Highlights)]
    assert {h.listen.href for h in open_ones.items if h.listen} == {expected(k) for k in range(3)}
    last = next(e for e in report.brief if isinstance(e, Facts) and e.id == "lead")
    assert expected(3, "repair") in [link.href for fact in last.items for link in fact.links]
    assert report.several_sounds


@pytest.mark.parametrize(
    ("kept", "pseudonyms", "links", "says"),
    [
        (SERIES, False, True, ""),
        (SERIES[1:], False, True, "Without a copy of the sound: Session 1."),
        ([], False, False, "No sound lies beside this page."),
        (SERIES, True, False, "No sound lies beside this page."),
    ],
    ids=["all", "but one", "none", "pseudonyms"],
)
def test_without_a_copy_of_the_sound_the_page_says_so(
    tmp_path: Path, kept: list[object], pseudonyms: bool, links: bool, says: str
) -> None:
    sounds = {}
    for result in SERIES:
        path = sounds[result.session.id] = tmp_path / result.session.id / "out" / "sound.m4a"
        if result in kept:
            path.parent.mkdir(parents=True)
            path.touch()
    settings = replace(SETTINGS, pseudonyms=pseudonyms)
    wrote = write_group_report(SERIES, tmp_path / "out", settings, sounds=sounds)
    series, brief = (p.read_text("utf-8") for p in wrote if p.suffix == ".html")
    for text in (series, brief):
        assert bool(hrefs(text)) is links is ("<audio" in text)
    assert says in series
    assert ("Without a copy" in series) is ("Without" in says)
    assert all((tmp_path / "out" / href.split("#")[0]).is_file() for href in hrefs(series))


def test_a_groups_page_plays_what_its_sessions_keep(ran: Path) -> None:
    group, sound = ran.parent, ran / "out" / "sound.m4a"
    page = group / "out" / "series.html"
    reporting.series(group, current())
    assert f"../{ran.name}/out/sound.m4a#t=0.0" in hrefs(page.read_text("utf-8"))
    elsewhere = write_again(group, to=group / "elsewhere", pseudonyms=False).paths[0]
    assert hrefs(elsewhere.read_text("utf-8")) == []
    sound.unlink()
    reporting.series(group, current())  # drawn anew: there is nothing to play any more
    assert hrefs(page.read_text("utf-8")) == []
