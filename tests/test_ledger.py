"""The ledger of strains, how people stand, and what only a person can close."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from session_audio.errors import StoreError
from session_audio.formats import dictionary, tables
from session_audio.report.series.page import SeriesPage
from session_audio.schema import Rating, SessionResult
from session_audio.series import ledger, ledger_files
from session_audio.series.ledger import Closing
from session_audio.series.standing import largest_fall, standings
from session_audio.series.trends import series
from session_audio.settings import ReportSettings
from session_audio.testing import example_series

FORMATS = (Path(__file__).parents[1] / "docs" / "formats.md").read_text(encoding="utf-8")


def test_every_strain_stands_open_with_what_followed_it() -> None:
    found = ledger.ledger(series(example_series()))
    assert [(s.place.session, s.age, s.state) for s in found] == [
        (0, 3, "open"),
        (1, 2, "open"),
        (2, 1, "open"),
    ]
    lost = [  # a link to a repair that leads nowhere is none
        replace(r, flags=tuple(replace(f, repair=99) for f in r.flags)) for r in example_series()
    ]
    assert [s.repair for s in ledger.ledger(series(lost))] == [s.repair for s in found]
    first = found[0]
    assert first.concerning == ("P02",)  # a joke at Maya's cost is about her, not its maker
    assert first.repair is not None and first.repair.session == 3
    assert (first.share_before.value or 0) > 0.15 > (first.share_after.value or 1)
    assert first.rating is not None and first.rating[0] == "GSRS"
    assert found[1].away == 0


@pytest.mark.parametrize(
    ("moment", "state"),
    [("{}", "closed"), ("late", "closed"), ("far", "open"), ("rupture-P02-x", "open")],
)
def test_a_closing_meets_its_strain_by_name_or_by_time(moment: str, state: str) -> None:
    results = example_series()
    flag = next(f for f in results[1].flags if f.kind == "rupture")
    at = {"late": flag.start + 4.0, "far": flag.start + 6.0, "{}": flag.start}.get(moment)
    name = moment if at is None else f"rupture-{flag.participant}-{at:.1f}"
    closings = {results[1].session.id: [Closing(name, "RK", "2026-03-20")]}
    found = ledger.ledger(series(results), closings)
    assert [s.state for s in found if s.place.session == 1] == [state]


def test_what_a_person_rejected_is_not_open() -> None:
    results = [
        replace(r, flags=tuple(replace(f, review="no") for f in r.flags)) for r in example_series()
    ]
    assert {s.state for s in ledger.ledger(series(results))} == {"rejected"}
    assert SeriesPage.of(results, ReportSettings()).open_strains == []


def test_closings_are_kept_beside_other_corrections(tmp_path: Path) -> None:
    path = tmp_path / "review.json"
    assert ledger.closings(tmp_path) == []
    other = {"file": "labels.rttm", "do": "relabel"}
    path.write_text(json.dumps({"operations": [other], "undone": [{"do": "name"}]}))
    ledger.close(tmp_path, Closing("rupture-P02-61.5", "RK", "2026-03-20", "talked about"))
    ledger.close(tmp_path, Closing("rupture-P02-61.5", "LM", "2026-03-27"))
    assert ledger.closings(tmp_path) == [Closing("rupture-P02-61.5", "LM", "2026-03-27")]
    ledger.reopen(tmp_path, "rupture-P02-61.5")
    kept = json.loads(path.read_text())
    assert kept == {"operations": [other], "undone": [{"do": "name"}]}


@pytest.mark.parametrize("text", ["", "[]", '{"operations": 3}', '{"operations": [3]}'])
def test_a_file_that_holds_something_else_is_not_written_over(text: str, tmp_path: Path) -> None:
    path = tmp_path / "review.json"
    path.write_text(text)
    with pytest.raises(StoreError, match="does not hold corrections"):
        ledger.close(tmp_path, Closing("rupture-P02-61.5"))
    assert path.read_text() == text


def test_the_files_hold_ids_and_numbers_as_the_documents_say(tmp_path: Path) -> None:
    results = example_series()
    flag = next(f for f in results[0].flags if f.kind == "rupture")
    closing = Closing(ledger.moment_id(flag), "Ruth", "2026-03-20", "talked about")
    over = series(results)
    strains = ledger.ledger(over, {results[0].session.id: [closing]})
    table, plain = ledger_files.write(over, strains, tmp_path)
    read = tables.read(table, ledger_files.LEDGER)
    assert list(read["state"]) == ["closed", "open", "open"]
    assert list(read["repair_session"].unique()) == [results[3].session.id]
    told = json.loads(plain.read_text())
    assert [tuple(row) for row in told["strains"]] == [ledger_files.LEDGER.names] * 3
    for text in (table.read_text(), plain.read_text()):
        assert not [w for w in ("Ruth", "Maya", "talked", flag.quote) if w in text]
    assert dictionary.as_markdown((ledger_files.LEDGER,)) in FORMATS


# --- how people stand ---------------------------------------------------------------


def rated(values: dict[str, tuple[float | None, ...]]) -> list[SessionResult]:
    """The example's weeks without flags, with these ratings on one instrument."""
    out = []
    for k, result in enumerate(example_series()):
        given = tuple(
            Rating(p.id, "mood", {"now": value})
            for p in result.session.group.participants
            if (value := values.get(p.id, (None,) * 4)[k]) is not None
        )
        out.append(replace(result, session=replace(result.session, ratings=given)))
    return out


@pytest.mark.parametrize(
    ("means", "state"),
    [
        ((8, 5, 4, 4), "fading"),
        ((8, 5, 4, 7.5), "back"),
        ((8, 7.5, 8, 7), ""),  # a fall of one point is told in its row, and is no fading
        ((8, 5, 8, 8), ""),
        ((None, None, None, 3), ""),
    ],
)
def test_fading_and_back_are_against_the_own_ratings(
    means: tuple[float | None, ...], state: str
) -> None:
    found = standings(series(rated({"P03": means})))
    assert next(s.state for s in found if s.person.participant == "P03") == state


def test_the_largest_fall_comes_first_whatever_the_steps() -> None:
    """7.9, 4.8, 3.8 is one fall from 7.9 to 3.8, and comes before many falls of one point."""
    over = series(rated({"P03": (7.9, 4.8, 3.8, 8.4), "P01": (9, 8, 7, 6), "T01": (9, 1, 1, 1)}))
    order = [s.person.participant for s in standings(over)]
    assert order[:2] == ["P03", "P01"]
    assert order[-1] == "T01"
    fall = largest_fall(over, order[0], 3, 1.0)
    assert fall is not None
    assert (fall.path[0], fall.path[fall.lowest]) == ((0, 7.9), (2, 3.8))
    assert (fall.now, round(fall.by, 1)) == (8.4, 4.1)


def test_one_who_missed_the_last_session_is_away_and_then_back() -> None:
    results = example_series()
    two = standings(series(results[:2]))
    assert [s.person.participant for s in two if s.state == "away"] == ["P04"]
    three = standings(series(results[:3]))
    assert [s.why for s in three if s.state == "back" and s.person.participant == "P04"] == [
        ("away",)
    ]


def test_one_whose_talk_fell_with_a_strain_and_rose_with_the_repair_is_back() -> None:
    found = standings(series(example_series()))
    told = [(s.state, s.why) for s in found if s.person.participant == "P02"]
    assert told == [("back", ("share",))]
