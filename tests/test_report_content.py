"""What the reports say: sentences and numbers, compared with agreed files.

After a wanted change: ``GOLDEN=write pytest tests/test_report_content.py``, then read the
difference.
"""

from __future__ import annotations

import os
import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from report_cases import small, told

from session_audio.report.elements import (
    Arc,
    Bullets,
    Cell,
    Element,
    Facts,
    Figure,
    Highlights,
    Lanes,
    Moments,
    Paragraph,
    Report,
    Table,
    Transcript,
    Weeks,
)
from session_audio.report.member import member_report
from session_audio.report.overview import GroupRow, overview_report
from session_audio.report.page import Page
from session_audio.report.sections import summary
from session_audio.report.sections.error_rates import measured
from session_audio.report.sections.summary import standing_apart
from session_audio.report.series.before import before_report
from session_audio.report.series.content import series_report
from session_audio.report.series.page import SeriesPage
from session_audio.report.session import session_report
from session_audio.report.wording import languages
from session_audio.schema import Estimate, InterruptionPair, SessionSummary
from session_audio.settings import ReportSettings
from session_audio.testing import example_result, example_series

GOLDEN = Path(__file__).parent / "golden"
PLAIN = ReportSettings()


def outline(report: Report) -> str:
    """The words of a report as plain text, a line a sentence or a row."""
    lines = [report.subtitle, report.title, report.notice]
    for e in (*report.head, *report.brief):
        lines += element(e)
    for section in report.sections:
        lines += ["", f"## {section.title}"]
        for e in section.elements:
            lines += element(e)
    return "\n".join(lines) + "\n"


def element(e: Element) -> list[str]:
    """One element as lines."""
    lines: list[str] = []
    match e:
        case Paragraph():
            lines.append(e.text)
        case Bullets():
            lines += [f"# {e.title}", *(f"- {i.lead} {i.text}".replace("  ", " ") for i in e.items)]
        case Facts():
            lines += [f"{f.term}: {f.text} {f.tone}".strip() for f in e.items]
        case Table():
            lines += [f"[{e.caption}]", " | ".join(e.columns)]
            lines += [" | ".join(cell(c) for c in row) for row in e.rows]
        case Figure():
            lines.append(f"({e.caption}: {e.alternative})")
        case Moments():
            for m in e.items:
                lines += [f"{m.number} {m.title} {m.when} {m.people} {m.strength}"]
                lines += [f"  {s.at} {s.who}: {s.text}" for s in m.quote]
                lines += [f"  {t}" for t in (*m.reasons, *m.afterwards)]
                lines += [f"  {m.repair.text}"] if m.repair else []
        case Highlights():
            lines += [f"# {e.title}"]
            lines += [f"{h.when} {h.who} “{h.quote}” {h.kind}, {h.text}" for h in e.items]
            lines += [e.rest.text] if e.rest else []
        case Lanes():
            lines += [f"({e.figure.caption}: {e.figure.alternative})"]
            lines += [f"{r.name} {r.share} {r.interval}".strip() for r in e.rows]
        case Weeks():
            lines += [f"[{e.caption}]", " | ".join(c.text for c in e.columns)]
            for r in e.rows:
                weeks = (
                    f"{w.stands_out} {w.away or w.share} {w.mark} {w.rating} {w.cuts}"
                    for w in r.weeks
                )
                lines.append(" | ".join((f"{r.name} {r.state}", *weeks)))
            lines += [" | ".join((title, *cells)) for title, cells in e.totals]
        case Transcript():
            lines += [e.note]
            lines += [f"{t.clock} {t.who}: {' '.join(w.text for w in t.words)}" for t in e.lines]
        case Arc():
            lines += [f"# {e.title}", e.close, *element(e.numbers)]
            for s in e.steps:
                lines += [f"{s.kind} {s.when} {s.title} “{s.quote}”", *s.text]
    return lines


def cell(c: Cell) -> str:
    """A cell with its mark and where its links lead."""
    text = " ".join([c.text, *(link.href for link in c.links)]).strip()
    return f"{text}{c.mark and ' *' + c.mark}"


def reports() -> dict[str, Report]:
    series = example_series()
    return {
        "report_session": session_report(small(flags=3), PLAIN, sound="sound.m4a"),
        "report_session_de": session_report(
            small(flags=3), replace(PLAIN, language="de", pseudonyms=True)
        ),
        "report_series": series_report(series, PLAIN),
        "report_before": before_report(series, PLAIN),
        "report_before_de": before_report(series[:2], replace(PLAIN, language="de")),
        "report_overview": overview_report(
            [GroupRow(SeriesPage.of(series[:k], PLAIN), "tuesday/out/series.html") for k in (4, 2)],
            PLAIN,
            ["friday"],
        ),
        "report_member": member_report(series[:2], "P02", PLAIN),
    }


@pytest.mark.parametrize("name", sorted(reports()))
def test_says_what_was_agreed(name: str) -> None:
    text = outline(reports()[name])
    path = GOLDEN / f"{name}.txt"
    if os.environ.get("GOLDEN") == "write":
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")


def test_sections_stand_in_the_agreed_order() -> None:
    ids = [s.id for s in session_report(small(), PLAIN).sections]
    order = (
        "moments transcript summary participation interruptions network ratings recording method"
    )
    assert ids == order.split()


def test_a_large_share_needs_its_interval_too() -> None:
    result = small(minutes=30)
    rest = result.measures.members

    def with_first_share(share: Estimate) -> list[str]:
        first = replace(rest[1], speaking_time_share=share)
        others = [replace(m, speaking_time_share=Estimate(0.2, 0.1, 0.3)) for m in rest[2:]]
        measures = replace(result.measures, members=(rest[0], first, *others))
        page = Page(replace(result, measures=measures), PLAIN)
        return [m.participant for m in standing_apart(page)[0]]

    assert with_first_share(Estimate(0.55, 0.45, 0.65)) == ["P01"]
    assert with_first_share(Estimate(0.55, 0.15, 0.95)) == []
    assert with_first_share(Estimate(0.55)) == []


def test_a_member_keeps_a_colour_over_the_sessions_whoever_is_away() -> None:
    result = small(people=4)
    away = result.session.attendance[1]  # the first member of the roster
    members = tuple(m for m in result.measures.members if m.participant != away)
    turns = tuple(t for t in result.turns if t.participant != away)
    fewer = replace(result, turns=turns, measures=replace(result.measures, members=members))
    pages = [Page(x, PLAIN) for x in (result, fewer)]
    kept = [m.participant for m in members]
    whole, less = ([page.colour(who) for who in kept] for page in pages)
    assert whole == less and len({c for c in whole if c >= 0}) == len([c for c in whole if c >= 0])


def test_a_silent_member_is_named_with_their_chat() -> None:
    text = told(session_report(example_result(20, 9), PLAIN))
    assert "Dana was there, was not heard speaking, and wrote 5 chat messages." in text


@pytest.mark.parametrize("minutes", [8, 90])
def test_which_way_answers_run_is_compared_with_a_share(minutes: int) -> None:
    report = session_report(example_result(minutes, 6), PLAIN)
    table = next(
        e
        for s in report.sections
        for e in s.elements
        if isinstance(e, Table) and e.id == "channels"
    )
    for column in (2, 3):
        shares = [float(row[column].text.rstrip("%")) for row in table.rows]
        assert sum(shares) == pytest.approx(100, abs=2)


def test_few_interruptions_get_no_rate() -> None:
    result = small(minutes=8)
    pair = InterruptionPair("P01", "P02", 2, 0, 100.0, Estimate(12.0, 1.0, 40.0), 0.5)
    measures = replace(result.measures, interruption_pairs=(pair,))
    text = told(session_report(replace(result, measures=measures), PLAIN))
    assert "In all, somebody was cut off 2 times: too few for a rate." in text
    assert "12.0" not in text


def test_more_than_chance_is_said_with_its_numbers() -> None:
    result = small(minutes=30)
    pair = InterruptionPair("P01", "P02", 14, 0, 600.0, Estimate(14.0, 8.0, 22.0), 3.2)
    measures = replace(result.measures, interruption_pairs=(pair,))
    text = told(session_report(replace(result, measures=measures), PLAIN))
    assert "Tom cut in on Maya 14 times; from how often each of them takes a turn, 3.2 " in text


def test_page_one_says_who_was_cut_off_and_by_whom() -> None:
    result = small(minutes=30)
    rate = Estimate(2.0, 0.5, 4.0)
    pairs = tuple(
        InterruptionPair(a, b, n, 0, 300.0, rate, 1.0)
        for a, b, n in (("P01", "P02", 3), ("T01", "P02", 1), ("P02", "P03", 1))
    )
    measures = replace(result.measures, interruption_pairs=pairs)
    report = session_report(replace(result, measures=measures), PLAIN)
    text = outline(report)
    assert "- Maya was cut off 4 times, by Tom (3) and Ruth." in text
    assert "- Cut off once: Eli (by Maya)." in text
    glance = next(e for s in report.sections for e in s.elements if isinstance(e, Table))
    maya = next(row for row in glance.rows if row[0].text == "Maya")
    assert [c.text for c in maya[3:6]] == ["1", "4", "Tom (3) and Ruth"]


@pytest.mark.parametrize("language", languages())
def test_what_is_more_begins_as_a_sentence(language: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("session_audio.report.series.before._OPEN", 2)  # one is more
    report = before_report(example_series(), replace(PLAIN, language=language))
    (rest,) = [e.rest for e in report.brief if isinstance(e, Highlights)]
    assert rest is not None and rest.text[:1].isupper(), rest


def test_a_moment_worth_hearing_begins_five_seconds_before() -> None:
    report = session_report(small(flags=3), PLAIN, sound="sound.m4a")
    first = next(e for e in report.brief if isinstance(e, Highlights)).items[0]
    assert (first.when, first.who) == ("1:01", "Eli, concerning Tom")
    assert (first.kind, first.text) == ("Candidate confrontation", "perhaps repaired at 5:46")
    assert first.more.href == "#moment-1"
    assert first.listen is not None
    assert float(first.listen.href.removeprefix("sound.m4a#t=")) == pytest.approx(56.9, abs=0.6)
    silent = session_report(small(flags=3), PLAIN)
    assert next(e for e in silent.brief if isinstance(e, Highlights)).items[0].listen is None


EVEN = dict.fromkeys(("T01", "P01", "P02", "P03", "P04"), 1.0)


def history(count: int) -> list[SessionSummary]:
    out = []
    for k in range(count):
        r = example_result(30, 5, seed=k, silent=(), weights=EVEN, number=1)
        day = r.session.date - timedelta(weeks=count - k)
        out.append(SessionSummary(str(k), day, k, r.measures.members, r.measures.group))
    return out


def test_the_past_is_compared_from_two_sessions_on() -> None:
    now = example_result(30, 5, silent=(), weights=EVEN | {"P02": 0.05}, number=9)
    assert "No earlier session" in told(session_report(now, PLAIN))
    assert "Only one earlier session" in told(session_report(now, PLAIN, history(1)))
    text = told(session_report(now, PLAIN, history(3)))
    assert "Maya’s share of the speaking time was " in text
    assert "after the 3 earlier sessions, " in text
    assert "corrected together" in text


def test_the_report_prints_what_was_decided_on_consent() -> None:
    result = small()
    text = told(session_report(result, PLAIN))
    assert "On record from 4 people present, for analysis, recording and transcription." in text
    assert result.admission is not None
    given = replace(result.admission, purposes=("analysis", "transcription"))
    text = told(session_report(replace(result, admission=given), PLAIN))
    assert "On record from 4 people present, for analysis and transcription." in text
    assert "Not judged here" in told(session_report(replace(result, admission=None), PLAIN))


def test_reviewed_moments_are_ticked() -> None:
    result = small()
    flags = (replace(result.flags[0], review="no"), *result.flags[1:])
    report = session_report(replace(result, flags=flags), PLAIN)
    section = next(s for s in report.sections if s.id == "moments")
    given = next(e for e in section.elements if isinstance(e, Moments))
    assert [box for box, ticked in given.items[0].boxes if ticked] == ["no"]
    assert not any(ticked for _, ticked in given.items[1].boxes)


def test_no_verdicts() -> None:
    text = told(session_report(example_result(40, 9), PLAIN)).casefold()
    for word in ("detected", "dominant", "passive", "difficult", "problem", "diagnosed"):
        assert word not in text


def test_summary_of_a_silent_session_says_so() -> None:
    result = small(silent=("T01", "P01", "P02", "P03"), flags=0)
    first = summary.section(Page(result, PLAIN))[0]
    assert isinstance(first, Bullets)
    assert first.items[0].text == "Nobody was heard speaking."


def test_the_story_of_the_group_can_be_read() -> None:
    text = outline(series_report(example_series(), PLAIN))
    arc = text[text.index("# Concerning Maya") :]
    order = ["Careful, another chapter", "Session 2,", "Session 3,", "I let it pass", "I am sorry"]
    places = [arc.index(part) for part in order]
    assert places == sorted(places)
    assert "was 20% up to Session 1, the first with a candidate strain, and 7% after that." in arc
    assert (
        "From Session 4 on, where repair candidates were found, it was 26%. This difference" in arc
    )
    assert re.search(r"GSRS \| [\d.]+ \| [\d.]+ \*less", arc)
    assert "Share of the talk | 20% (14 to 27) | 6% (2 to 10) *less | 7%" in arc
    assert "Session 2 Maya’s share of the speaking time fell to 6%" in text
    assert "Nora | ● there | ○ away" in text
    summary_line = next(line for line in text.splitlines() if line.startswith("- Maya Session 1"))
    assert "Session 1: share of the talk 20%, confrontation by Eli." in summary_line
    assert "Session 4: share of the talk 26%, repair by Ruth" in summary_line


def test_the_story_can_be_read_when_no_strain_was_found() -> None:
    results = [replace(r, flags=r.flags if k == 3 else ()) for k, r in enumerate(example_series())]
    text = outline(series_report(results, replace(PLAIN, rating_drop=2.0)))
    line = next(line for line in text.splitlines() if line.startswith("- Maya Session 1"))
    assert "Session 2: share of the talk 6%, cut off 2 times, GSRS rating down by 2." in line
    assert "repair by Ruth" in line
    assert "No candidate strain was found. What follows rests on a rating that fell" in text


def test_one_session_makes_a_series_without_comparison() -> None:
    assert "There is one session." in told(series_report(example_series()[:1], PLAIN))


def test_shipped_error_rates_are_those_of_the_documentation() -> None:
    told_there = (Path(__file__).parents[1] / "docs" / "accuracy.md").read_text("utf-8")
    for key, value in measured().items():
        shown = (f"{value:.3f}", f"{value:.2f}") if "f1" in key else (f"{100 * value:g} %",)
        shown = (*shown, f"{value:.3f}", f"{value:g}")
        given = any(text in told_there for text in shown)
        assert given, f"{key}: bring report/sections/error_rates.toml in line with docs/accuracy.md"


def test_the_first_page_tells_the_error_rates() -> None:
    result = replace(small(), error_rates={})
    text = outline(session_report(result, PLAIN))
    assert re.search(r"In tests \d+% of talk and \d+% of words went", text.split("##")[0])
    assert re.search(r"In tests, \d+% of the speaking time was given to the wrong person", text)


def test_a_long_silence_at_the_end_is_told() -> None:
    text = told(session_report(example_result(60, 5, silent=(), silence_from=1200.0), PLAIN))
    assert re.search(r"Nobody was heard in the last 40 min, from (19|20):\d\d on\.", text)
    assert "Nobody was heard in the last" not in told(session_report(small(), PLAIN))


def test_a_rating_that_fell_is_told_beside_the_past() -> None:
    result = small()
    mine = result.session.ratings[0]
    before = replace(mine, items=dict.fromkeys(mine.items, 10.0))
    now = replace(mine, items=dict.fromkeys(mine.items, 4.0))
    day = result.session.date - timedelta(weeks=1)
    measures = result.measures
    past = SessionSummary("1", day, 1, measures.members, measures.group, (before,))
    changed = replace(result, session=replace(result.session, ratings=(now,)))
    text = outline(session_report(changed, PLAIN, [past]))
    assert "- Tom’s mean GSRS rating is 4; it was 10 the time before." in text
    assert "GSRS rating is" not in outline(session_report(changed, PLAIN))


def test_the_head_says_what_can_be_so() -> None:
    """Voices of nobody are not called by name, and nobody speaks in 101% of a session."""
    result = small()
    given = result.quality.identifications
    unknown = (replace(given[0], participant="unattributed", how="unknown"), *given[1:])
    changed = replace(
        result,
        quality=replace(result.quality, identifications=unknown),
        duration=result.measures.group.speech_time - 1.0,
    )
    head = outline(session_report(changed, PLAIN))
    assert "1 voice could not be matched to a person." in head
    assert "Somebody speaks during 100% of it." in head


def test_a_voice_of_nobody_makes_nobody_absent() -> None:
    result = example_result(20, 5, silent=(), absent=("P03",))
    given = result.quality.identifications
    unknown = (*given[:-1], replace(given[-1], how="unknown"))
    changed = replace(result, quality=replace(result.quality, identifications=unknown))
    head = outline(session_report(changed, PLAIN))
    assert "1 voice could not be matched to a person: Nora." in head
    assert "Away, or not told apart: Eli" in head
    every = tuple(replace(i, how="unknown") for i in given)
    nobody = replace(result, quality=replace(result.quality, identifications=every))
    text = outline(series_report([nobody, replace(nobody)], PLAIN))
    assert "nobody can be followed over the weeks" in text
