"""What tells who somebody is, is replaced by its kind (figures: benchmarks/redaction.py)."""

from __future__ import annotations

import csv
import importlib.util
from pathlib import Path

import pytest
from click.testing import CliRunner
from flow_cases import Fakes, stages

from session_audio.cli import main
from session_audio.names import NameMatcher
from session_audio.redaction import Redactor, runs
from session_audio.workspace import review_file

BENCHMARK = Path(__file__).parents[1] / "benchmarks" / "redaction.py"


@pytest.fixture(scope="module")
def benchmark():  # type: ignore[no-untyped-def]
    spec = importlib.util.spec_from_file_location("redaction_benchmark", BENCHMARK)
    assert spec is not None and spec.loader is not None
    import sys

    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


ROSTER = NameMatcher((("P01", "Maya Quillfeather"), ("P02", "Tom Brackenridge")))


@pytest.mark.parametrize(
    ("said", "wanted"),
    [
        ("I told Maya so.", "I told [P01] so."),
        ("I told Maia so.", "I told [P01?] so."),
        ("My husband Leonard left.", "My husband [person] left."),
        ("Ring me on 07700 900 461, please.", "Ring me on [phone], please."),
        ("It is oh seven seven double oh nine hundred one.", "It is [phone]."),
        ("I had one, two, three, four of them.", "I had one, two, three, four of them."),
        ("Write to maya dot q at example dot com.", "Write to [email]."),
        ("Case number one seven four nine, they said.", "Case number [record], they said."),
        ("We live at 14 Cedar Avenue.", "We live at [address]."),
        ("It was on the fourteenth of February.", "It was on [date]."),
        ("It was on Monday, for five years.", "It was on Monday, for five years."),
        ("See www.example.org/about for it.", "See [web] for it."),
    ],
)
def test_what_identifies_is_replaced_by_its_kind(said: str, wanted: str) -> None:
    ((made,),) = ([r.text for r in Redactor(ROSTER).redact([said])],)
    assert made == wanted


def test_what_a_model_reads_does_not_go_before_what_a_pattern_tells() -> None:
    def reader(texts: list[str]) -> list[list[tuple[int, int, str]]]:
        return [[(0, len(text), "person")] for text in texts]

    (made,) = Redactor(ROSTER, reader).redact(["Maya at 14 Cedar Avenue"])
    assert made.text == "[P01][person][address]"
    assert made.counts == {"roster": 1, "person": 1, "address": 1}


def test_the_set_holds_at_least_300_items_of_ten_types(benchmark) -> None:  # type: ignore[no-untyped-def]
    items = benchmark.read_items()
    kinds = [kind for item in items for _, _, kind in item.spans]
    assert len(kinds) >= 300
    assert len(set(kinds)) == 10
    assert min(kinds.count(kind) for kind in set(kinds)) >= 30


@pytest.mark.models
@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("it's um 07700 and then 900 and then six double one", True),
        ("oh two oh. Seven nine. Four six. Oh nine. Four one.", True),
        ("a grey car, YK 19 ZRT", True),
        ("I'm in room 214 at the hostel", True),
        ("the card ends double 4 7 3 1", True),
        ("it's M 60 double 9 Z D", True),
        ("one, two, three, four", False),
        ("10, 20, 30, 40 steps", False),
        ("I'm on two hundred and fifty milligrams", False),
        ("he owes me 300 200 quid", False),
        ("it was 7 30, or ten past eight", False),
        ("seven out of ten, or four", False),
        ("he's there 24 7 for me, fifty fifty", False),
        ("in 2019 2020 I was away", False),
        ("I was nineteen and she was forty five", False),
    ],
)
def test_numbers_in_pieces_and_what_only_looks_like_one(text: str, wanted: bool) -> None:
    assert bool(list(runs.runs(text))) is wanted


def test_recall_and_precision_reach_the_goals(benchmark) -> None:  # type: ignore[no-untyped-def]
    pytest.importorskip("spacy")
    from session_audio.backends.load import load_names
    from session_audio.errors import ModelError

    try:
        reader = load_names()
    except ModelError as missing:
        pytest.skip(str(missing))
    made = benchmark.score(benchmark.read_items(), reader)
    assert made.recall("roster") >= 0.99
    assert made.recall("person") >= 0.90
    assert made.recall("place") >= 0.85
    assert made.recall("phone", "record") >= 0.95
    assert made.precision >= 0.9
    unseen = benchmark.score(benchmark.read_items(benchmark.SETS["other_c"]), reader)
    assert unseen.recall("phone", "record") >= 0.95
    assert unseen.recall("place") >= 0.85


# --- the export ----------------------------------------------------------------------


def allow(group: Path, purpose: str) -> None:
    roster = group / "group.toml"
    given = "analysis = { given = 2026-02-01 }"
    roster.write_text(roster.read_text().replace(given, f"{given}\n{purpose}"))


def test_an_export_holds_no_name_no_date_and_no_id_of_the_clinic(
    session: Path, engines: Fakes
) -> None:
    group, to = session.parent, session.parent.parent / "study"
    marked = {"do": "missed", "moment": "rupture-P01-4.0", "kind": "rupture", "participant": "P01"}
    noted = {"start": 4.0, "end": 6.0, "note": "as Maya Quillfeather said of Tom Brackenridge"}
    review_file.save(session, [{"file": "flags.json", "id": "a1", **marked, **noted}])
    stages(session)
    words = [str(x) for x in ("export", group, "--to", to, "--without-model")]
    done = CliRunner().invoke(main, words)
    assert done.exit_code == 3
    assert "P01: research not given" in done.output
    assert not to.exists()
    allow(group, "research = { given = 2026-02-01 }")
    done = CliRunner().invoke(main, words)
    assert done.exit_code == 0, done.output
    assert "This is not anonymous" in done.output
    with (to / "turns.csv").open(newline="") as file:
        turns = list(csv.DictReader(file))
    assert {(t["group"], t["session"], t["day"]) for t in turns} == {("G01", "S01", "0")}
    assert {t["participant"] for t in turns} == {"T01", "P01", "P02"}
    assert any("marmalade" in t["text"] for t in turns)
    assert "said of" in (to / "flags.csv").read_text()
    every = "".join(path.read_text() for path in to.iterdir())
    for told in ("2026", "tuesday", "Quillfeather", "Brackenridge"):
        assert told not in every
    assert "42 CFR Part 2" in (to / "READ-FIRST.txt").read_text()
    assert '"verb": "export"' in (group / "audit.jsonl").read_text()
