"""Odd sessions, size, determinism, the files written and the figures."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from report_cases import ODD_NAMES, sessions, small

from session_audio import files
from session_audio.errors import SettingsError, StoreError
from session_audio.report import write_group_report, write_member_report, write_session_report
from session_audio.report.elements import Cell, Link, Table
from session_audio.report.figures.draw import draw
from session_audio.report.naming import clean, isolate
from session_audio.report.output.pdf import parts, pdf
from session_audio.report.output.render import css_string, html
from session_audio.report.session import session_report
from session_audio.report.wording import languages
from session_audio.schema import SessionResult
from session_audio.settings import ReportSettings
from session_audio.testing import example_result, example_series


@pytest.mark.parametrize("name", sorted(sessions()))
def test_odd_sessions_give_sound_reports(name: str, tmp_path: Path) -> None:
    result = sessions()[name]
    wrote = write_session_report(result, tmp_path, settings=ReportSettings())
    wrote += write_group_report([result], tmp_path, ReportSettings(language="de"))
    who = result.session.group.participants[-1].id
    wrote += write_member_report(result, who, tmp_path, ReportSettings(page="letter"))
    names = [path.name for path in wrote]
    member = f"member-{who}"
    assert names == [
        "report.html",
        "report.pdf",
        "series.html",
        "series.pdf",
        "brief.html",
        "brief.pdf",
        f"{member}.html",
        f"{member}.pdf",
    ]
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted(names)
    for path in wrote:
        data = path.read_bytes()
        if path.suffix == ".pdf":
            assert data.startswith(b"%PDF-")
        else:
            assert data.startswith(b"<!DOCTYPE html>")
            assert data.rstrip().endswith(b"</html>")
            assert b"None" not in re.sub(rb"<(style|script)>.*?</\1>", b"", data, flags=re.DOTALL)
            assert b">nan" not in data


def test_ninety_minutes_and_nine_people_stay_small() -> None:
    page = html(session_report(example_result(90, 9), ReportSettings()))
    assert len(page.encode()) < 3_000_000


def test_the_same_result_gives_the_same_files() -> None:
    report = session_report(small(), ReportSettings())
    assert html(report) == html(report)
    assert pdf(report) == pdf(report)


def test_a_row_named_by_a_link_has_its_name_on_paper() -> None:
    report = session_report(small(), ReportSettings())
    section = next(s for s in report.sections if s.printed)

    def printed(name: str) -> bytes:
        rows = ((Cell("", links=(Link("series.html", name),)), Cell("1")),)
        table = Table("groups", "Groups", ("Group", "Open"), rows, text_columns=(1,))
        return pdf(replace(report, sections=(replace(section, elements=(table,)),)))

    assert printed("Ada") != printed("Bob")  # as wide as each other, and nothing else differs


def test_every_figure_has_a_text_alternative_and_a_table() -> None:
    page = html(session_report(small(), ReportSettings()))
    figures = re.findall(r"<svg .*?</svg>", page, re.DOTALL)
    figures = [svg for svg in figures if "aria-hidden" not in svg.split(">")[0]]
    assert len(figures) == 4
    for svg in figures:
        assert re.search(r"<title[^>]*>[^<]{8,}</title><desc[^>]*>[^<]{30,}</desc>", svg)
        assert 'role="img"' in svg
    for table in ("shares-table", "balance-table", "lanes-table", "responses-table", "answers"):
        assert f'<table id="{table}"' in page


def test_tables_have_headings_for_rows_and_columns() -> None:
    page = html(session_report(small(), ReportSettings()))
    for table in re.findall(r"<table.*?</table>", page, re.DOTALL):
        assert "<caption>" in table or 'aria-describedby="lanes-text"' in table
        assert 'scope="col"' in table
        assert table.count('scope="row"') == table.count("<tr") - 1


def test_paper_and_language_are_set() -> None:
    page = html(session_report(small(), ReportSettings(page="letter", language="de")))
    assert "size: letter" in page
    assert '<html lang="de">' in page
    assert "In Kürze" in page


def test_names_from_right_to_left_stand_apart() -> None:
    page = html(session_report(sessions()["odd names"], ReportSettings()))
    assert "<bdi>מאיה כהן</bdi>" in page
    assert isolate("Maya") == "Maya"


def test_empty_and_long_names_are_called_something() -> None:
    page = html(session_report(sessions()["odd names"], ReportSettings()))
    assert ODD_NAMES[2] not in page
    assert f"{ODD_NAMES[2][:27].rstrip()}…" in page
    assert ">P01<" in page
    assert clean("a\u0000b\u202ec") == "abc"


def test_the_running_head_cannot_end_the_style_sheet() -> None:
    assert "<" not in css_string('a"</style><b>')


def test_a_full_disk_is_said_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(path: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(files, "flush", full)
    with pytest.raises(StoreError, match=r"the disk is full; report\.html could not be written"):
        write_session_report(small(), tmp_path / "out", settings=ReportSettings())
    assert list((tmp_path / "out").iterdir()) == []


def test_an_unknown_language_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="no wording for the language 'xx'"):
        write_session_report(small(), tmp_path, settings=ReportSettings(language="xx"))


def test_no_sessions_write_nothing(tmp_path: Path) -> None:
    assert write_group_report([], tmp_path, ReportSettings()) == []
    assert write_member_report((), "P01", tmp_path, ReportSettings()) == []


def test_a_missing_recording_gets_no_link(tmp_path: Path) -> None:
    write_session_report(small(), tmp_path, settings=ReportSettings(), sound=tmp_path / "gone.m4a")
    page = (tmp_path / "report.html").read_text("utf-8")
    assert 'href="gone' not in page and "<audio" not in page


def test_only_known_plots_are_drawn() -> None:
    with pytest.raises(TypeError, match="no figure is drawn from a int"):
        draw("a", "b", "c", 3)


def test_glyphs_of_names_are_not_warned_about(recwarn: pytest.WarningsRecorder) -> None:
    html(session_report(sessions()["odd names"], ReportSettings()))
    assert [w for w in recwarn if "Glyph" in str(w.message)] == []


def test_someone_who_came_once_is_in_the_series(tmp_path: Path) -> None:
    results: list[SessionResult] = list(example_series())
    first = results[0].session
    only = replace(first, attendance=tuple(p for p in first.attendance if p != "P04"))
    results[0] = replace(results[0], session=only)
    write_group_report(results, tmp_path, ReportSettings())
    assert "Nora" in (tmp_path / "series.html").read_text("utf-8")


@pytest.mark.parametrize("language", languages())
def test_ninety_minutes_of_nine_people_print_on_two_sheets(language: str) -> None:
    settings = ReportSettings(language=language, page="letter")  # the shorter paper
    document = pdf(session_report(example_result(90, 9, silent=()), settings))
    assert len(re.findall(rb"/Type\s*/Page\b", document)) == 2


def test_wide_tables_are_parted_on_paper() -> None:
    def table(columns: int, text: str) -> Table:
        names = tuple(f"Session {k}" for k in range(columns))
        return Table("t", "c", ("Person", *names), ((Cell("Tom"), *[Cell(text)] * columns),))

    assert parts(table(4, "22% (13 to 30)")) == [[1, 2, 3, 4]]
    several = parts(table(20, "22% (13 to 30)"))
    assert len(several) > 2
    assert [k for part in several for k in part] == list(range(1, 21))
    assert max(map(len, several)) - min(map(len, several)) <= 1  # none is left over alone
    assert parts(table(11, "3")) == [list(range(1, 12))]


def test_a_year_of_sessions_fits_its_pages(tmp_path: Path) -> None:
    many = [
        example_result(10, 4, seed=n, number=n, silent=(), flags=0, chat=False)
        for n in range(1, 25)
    ]
    wrote = write_group_report(many, tmp_path, ReportSettings())
    assert [path.name for path in wrote] == ["series.html", "series.pdf", "brief.html", "brief.pdf"]
