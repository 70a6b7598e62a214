"""Every number that a session writes, computed once more from its files, on odd sessions too."""

from __future__ import annotations

import itertools
import json
import math
from collections import Counter
from dataclasses import replace
from typing import Any

import networkx as nx
import numpy as np
import pytest
from recompute import Again
from recompute_files import NOBODY, Files, read
from scipy import stats

from session_audio import metrics
from session_audio.formats import outputs
from session_audio.metrics import quality
from session_audio.schema import Identification, ParticipantId, Session, SessionResult, Turn, Word
from session_audio.settings import MetricSettings, QualitySettings
from session_audio.testing import conversation, events, example_result, session_of, speech_of

ORDINARY = " | ".join(
    f"{who} {6 * k}-{6 * k + length}{answers} {'word ' * (k % 4 + 1)}"
    for k in range(60)
    for who, length, answers in [
        (
            ("T01", "P01", "P02", "P03")[(k * k) % 4 if k % 5 else k % 4],
            (5.5, 6.25, 3.0, 4.75, 6.0)[k % 5],
            f" >{('P01', 'T01', 'P03', 'P02')[k % 4]}",
        )
    ]
)
"""Four people for six minutes; some turns overlap, and some are the same person's again."""
AWKWARD = """
X9 0.5-1.5 is this on? | T01 2-9 Welcome. | O1 9.5-11 >T01 I only observe. | unattributed 12-13 eh
| P01 13.2-16,16.9-20 >T01 - It was a long week, and | P02 19.5-27 >P01 Mine was worse.
| P01 19.6-19.9 ~ mm | P01 20.4-21 >P02 I was saying | T02 33-36 >P02 Go on. | P02 36-44 >T02 No.
| P01 40-41 >P02 But | P01 50-53 >P02 Well. | T01 52-58 >P01 Could I | P01 57-63 >T01 No, let me
| P02 58.1-58.6 ~ yeah | T02 58.5-59 >P01 Just | P02 70-90 >P01 A long story. | T01 90-91 >P02 And?
| P02 91-91.5 >T01 - | P01 95-99 >P02 Hm, I see it | T01 98.5-104 >P01 We stop here.
| P05 104.2-108 >T01 I am not on the list. | T02 108.1-110 >P05 Good.
"""
CUTS = """
P02 cuts P01 19.5-21 | T01 cuts P01 52-53 | P01 tries P02 40-41 | T02 tries P01 58.5-59
| P01 cuts T01 57-58 | T01 cuts P02 91-91 | T01 cuts P01 98.5-99 | P01 backs P02 19.6-19.9
| P02 backs P01 58.1-58.6 | P02 tries P01 57-57.5 | P01 tries P02 71-72
"""
"""A cut over which the holder talks on, cuts after which nobody comes back, cuts that fail."""
ROSTER = ("T01", "T02", "P01", "P02", "P03", "P04", "P05", "O1")


def result(
    session: Session, turns: tuple[Turn, ...], written: str = "", duration: float | None = None
) -> SessionResult:
    """What the flow makes of these turns; every turn's words are as probable as another's."""
    found, speech = events(written), speech_of(turns)
    length = max((t.end for t in turns), default=0.0) + 5 if duration is None else duration
    measures = metrics.measure(session, turns, found, speech, length)
    words = [Word(t.start, t.end, w, t.participant, 0.5) for t in turns for w in t.text.split()]
    voices = tuple(
        Identification(f"S{k}", ParticipantId(who), 0.8, 0.3, "enrolled")
        for k, who in enumerate(speech.speakers)
    )
    judged = quality.assess(session, (), words, voices, measures, (), QualitySettings())
    return SessionResult(session, length, judged, turns, found, measures, ())


def rivalry() -> SessionResult:
    """Two who come in on each other, and four who do not."""
    people = ("T01", "P01", "P02", "P03", "P04", "P05")
    turns = conversation(
        " | ".join(
            f"{people[k % 6]} {3 * k}-{3 * k + 2.5} >{people[(k + 5) % 6]} yes" for k in range(90)
        )
    )
    made = [f"P01 cuts P02 {k}-{k + 1}" for k in range(10, 70, 10)]
    made += [f"P02 tries P01 {k}-{k + 1}" for k in range(15, 75, 10)]
    made += ["P03 cuts P04 80-81", "P04 cuts P03 90-91", "T01 cuts P05 100-101"] * 2
    return result(session_of(people), turns, " | ".join(made))


CASES = {
    "ordinary": lambda: result(
        session_of(("T01", "P01", "P02", "P03")),
        conversation(ORDINARY),
        "P01 cuts T01 6-6.25 | P02 tries P03 30-30.5 | T01 backs P01 100-100.5",
    ),
    "awkward": lambda: result(
        session_of(("T01", "T02", "P01", "P02", "P03", "P04", "O1"), ROSTER),
        conversation(AWKWARD),
        CUTS,
    ),
    "a track a person": lambda: result(
        session_of(("T01", "P01", "P02", "P03"), room=False), conversation(ORDINARY)
    ),
    "rivals": rivalry,
    "one speaker": lambda: result(session_of(("P01",)), conversation("P01 1-4 well | P01 9-12 so")),
    "nobody speaks": lambda: result(session_of(("T01", "P01")), (), duration=60.0),
    "half an hour": lambda: example_result(30, 6, seed=4),
}


@pytest.fixture(scope="module", params=sorted(CASES))
def case(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[SessionResult, Files, Again]:
    made: SessionResult = CASES[request.param]()
    if request.param == "half an hour":  # measured anew, with as many draws as the flow takes
        speech = speech_of(made.turns)
        again = metrics.measure(
            made.session, made.turns, made.interactions, speech, made.duration, MetricSettings()
        )
        made = replace(made, measures=again)
    folder = tmp_path_factory.mktemp("out")
    outputs.write_tables(made, speech_of(made.turns), folder)
    files = read(folder)
    return made, files, Again(files, room=bool(made.session.recordings))


def same(name: str, written: Any, own: Any) -> None:
    """Equal up to the three decimals that the files keep."""
    if isinstance(own, dict):
        for key, value in own.items():
            same(f"{name}.{key}", written[key], value)
    elif isinstance(own, float) and written is not None:
        assert float(written) == pytest.approx(own, abs=2.1e-3, rel=1e-3), name
    elif isinstance(own, list) and written is not None:
        assert len(own) == len(written), name
        for k, (a, b) in enumerate(zip(written, own, strict=True)):
            same(f"{name}[{k}]", a, b)
    else:
        assert written == own, name


def test_members(case: tuple[SessionResult, Files, Again]) -> None:
    made, files, again = case
    known = {*made.session.attendance, *files.speech}
    roster = [p.id for p in made.session.group.participants]
    assert [m["participant"] for m in files.facts["measures"]["members"]] == [
        who for who in roster if who in known
    ]
    intervals = again.shares()
    for row, cells in zip(files.facts["measures"]["members"], files.members, strict=True):
        who = row["participant"]
        own = again.member(who)
        share = own.pop("share")
        if not files.speech or not made.has_words or not files.turns:
            own.pop("words")
        same(who, row, own)
        same(who, row["speaking_time_share"]["value"], share)
        if who in intervals:
            same(f"{who}.share", row["speaking_time_share"], intervals[who]["share"])
            same(f"{who}.change", row["last_third_change"], intervals[who]["change"])
        assert row["present"] == (who in made.session.attendance)
        for name, text in cells.items():  # the table says what session.json says
            if name not in row and name.rpartition("_")[0] not in row:
                continue  # whose row it is: `test_outputs` looks at these
            base, _, edge = name.rpartition("_")
            value = row[name] if name in row else row[base][edge]
            value = value["value"] if isinstance(value, dict) else value
            if isinstance(value, bool):
                assert text == str(value).lower(), name
            elif isinstance(value, int | float):
                assert float(text) == pytest.approx(value, abs=1e-3), name
            else:
                assert text == (value or ""), name


def test_ranks(case: tuple[SessionResult, Files, Again]) -> None:
    rows = case[1].facts["measures"]["members"]
    shares = {m["participant"]: m["speaking_time_share"] for m in rows if m["role"] != "observer"}
    for row in rows:
        mine, rank = shares.get(row["participant"]), None
        if mine and mine["low"] is not None:
            others = [s for who, s in shares.items() if who != row["participant"]]
            apart = [
                s["low"] is not None and (s["high"] < mine["low"] or s["low"] > mine["high"])
                for s in others
            ]
            rank = 1 + sum(s["value"] > mine["value"] for s in others) if all(apart) else None
        assert row["share_rank"] == rank


def test_group(case: tuple[SessionResult, Files, Again]) -> None:
    made, files, again = case
    written = dict(files.facts["measures"]["group"])
    own = again.group()
    for name in ("gini", "entropy", "participation_equality", "gini_members", "entropy_members"):
        estimate = written[name]
        same(name, estimate["value"], own.pop(name))
        if estimate["low"] is not None:
            assert 0 <= estimate["low"] <= estimate["value"] <= estimate["high"] <= 1
        written.pop(name)
    same("group", written, own)
    assert set(written) == set(own)
    quality = files.facts["quality"]
    same("quality", quality["speech_time"], own["speech_time"])
    same("quality", quality["overlap_share"], own["overlap_share"])
    nobodys = own["unattributed_time"] / own["speech_time"] if own["speech_time"] else 0.0
    same("quality", quality["unattributed_share"], nobodys)
    assert quality["attendance_count"] == len(made.session.attendance)
    assert files.facts["duration"] == pytest.approx(made.duration, abs=1e-3)
    assert files.facts["interactions"] == len(files.events)


def test_times(case: tuple[SessionResult, Files, Again]) -> None:
    _, files, again = case
    written = files.facts["measures"]
    same("silences", written["silences"], again.silences())
    same("windows", written["windows"], again.windows())
    longest = sorted(again.floor, key=lambda t: (t["start"] - t["end"], t["index"]))[:5]
    assert written["monologues"] == [t["index"] for t in longest]


def test_interruptions_by_pair(case: tuple[SessionResult, Files, Again]) -> None:
    _, files, again = case
    same("pairs", files.facts["measures"]["interruption_pairs"], again.interruption_pairs())


def test_rivals(case: tuple[SessionResult, Files, Again]) -> None:
    """The exact probability of the smaller count, by binomials; Holm's correction by hand."""
    _, files, again = case
    both = {
        (i, j): again.count("interruption_successful", i, j)
        + again.count("interruption_unsuccessful", i, j)
        for i, j in itertools.permutations(again.judged, 2)
    }
    tested = []
    for a, b in itertools.combinations(again.judged, 2):
        least = min(both[a, b], both[b, a])
        if least < 2:
            continue
        p = 1.0
        for incomer, holder in ((a, b), (b, a)):
            received = sum(n for (_, j), n in both.items() if j == holder)
            others = sum(n for w, n in again.taken.items() if w != holder and w in again.judged)
            p *= stats.binom.sf(least - 1, received, again.taken[incomer] / others)
        tested.append((p, a, b))
    kept = []
    for k, (p, a, b) in enumerate(sorted(tested)):
        if p * (len(tested) - k) > 0.05:
            break
        kept.append((a, b, p))
    written = files.facts["measures"]["rivals"]
    assert [tuple(row[:2]) for row in written] == [pair[:2] for pair in kept]
    for row, (_, _, p) in zip(written, kept, strict=True):
        assert row[2] == pytest.approx(p, abs=4 * math.sqrt(p / 1990) + 1e-3)


def test_network(case: tuple[SessionResult, Files, Again]) -> None:
    _, files, again = case
    written, own = files.facts["measures"]["network"], again.network()
    pairs = own.pop("pairs")
    same("network", written, own)
    assert [(p["source"], p["target"]) for p in written["pairs"]] == list(pairs)
    for row, cells in zip(written["pairs"], files.responses, strict=True):
        count, offset = pairs[row["source"], row["target"]]
        assert row["count"] == count == int(cells["count"])
        same("offset", row["median_offset"], offset)
        for name in ("expected", "median_offset"):
            assert (cells[name] == "") == (row[name] is None)
            assert not cells[name] or float(cells[name]) == pytest.approx(row[name], abs=1e-3)


def test_expected_responses_keep_what_each_gives_and_gets(
    case: tuple[SessionResult, Files, Again],
) -> None:
    """The margins are kept, and off the diagonal the odds ratios are 1."""
    _, files, again = case
    seen = again.counts()
    rows = files.facts["measures"]["network"]["pairs"]
    whole = sum(seen.values())
    if not whole:
        assert {row["expected"] for row in rows} <= {None}
        return
    gave, got = Counter[str](), Counter[str]()
    for (a, b), n in seen.items():
        gave[a] += n
        got[b] += n
    if max(gave[w] + got[w] for w in again.judged) >= whole:
        return  # no table with these margins and an empty diagonal: an approximation is told
    fit = {(row["source"], row["target"]): row["expected"] for row in rows}
    for who in again.judged:
        assert sum(x for (a, _), x in fit.items() if a == who) == pytest.approx(gave[who], abs=0.02)
        assert sum(x for (_, b), x in fit.items() if b == who) == pytest.approx(got[who], abs=0.02)
    for a, b, c, d in itertools.permutations(again.judged, 4):  # independent off the diagonal
        x, y = fit[a, c] * fit[b, d], fit[a, d] * fit[b, c]
        assert x == pytest.approx(y, rel=0.05, abs=0.01)


def test_subgroups(case: tuple[SessionResult, Files, Again]) -> None:
    _, files, again = case
    written = files.facts["measures"]["network"]
    graph = nx.Graph()
    for a, b in itertools.combinations(again.judged, 2):
        ties = again.counts()[a, b] + again.counts()[b, a]
        if ties:
            graph.add_edge(a, b, weight=ties)
    if len(graph) < 4:
        assert (written["modularity"], written["modularity_p"]) == (None, None)
        assert written["subgroups"] == []
        return
    groups = nx.community.greedy_modularity_communities(graph, weight="weight")
    total = graph.size(weight="weight")
    modularity = sum(
        graph.subgraph(g).size(weight="weight") / total
        - (sum(graph.degree(w, weight="weight") for w in g) / (2 * total)) ** 2
        for g in groups
    )
    same("modularity", written["modularity"], float(modularity))
    assert 1 / 200 - 1e-3 <= written["modularity_p"] <= 1
    assert bool(written["subgroups"]) == (written["modularity_p"] <= 0.05 and len(groups) > 1)


def test_the_awkward_session_is_awkward() -> None:
    """What the cases are there for is in them, by numbers counted by hand."""
    made = CASES["awkward"]()
    by = {m.participant: m for m in made.measures.members}
    assert set(by) == set(ROSTER)
    assert not by[ParticipantId("P05")].present
    assert by[ParticipantId("O1")].speaking_time_share.value is None
    assert by[ParticipantId("P03")].speaking_time == 0.0
    one = by[ParticipantId("P01")]
    # Cut off at 21 (next turn at 40), 53 (at 57) and 99 (no further turn).
    assert (one.interruptions_received, one.cuts_without_return) == (3, 1)
    assert one.median_silence_after_cut == pytest.approx(19.0)
    assert by[ParticipantId("P02")].words == 8  # a lone dash is no word
    assert made.measures.group.lapse_count == 4
    assert made.measures.group.unattributed_time == pytest.approx(2.0)
    assert json.loads(outputs.session_json(made))["measures"]["rivals"] == []
    assert NOBODY not in by


def test_a_widened_balance_holds_what_each_error_alone_does() -> None:
    """With one share moved by its error, the balance stays within its interval."""
    made = CASES["ordinary"]()
    talk = [m.speaking_time for m in made.measures.members]
    gini = made.measures.group.gini
    share = np.array(talk) / sum(talk)
    for k, own in enumerate(share):
        half = 0.01 + 0.08 * math.sqrt(own * (1 - own))
        moved = np.where(np.arange(len(share)) == k, own + half, share)
        moved[np.arange(len(share)) != k] *= (1 - own - half) / (1 - own)
        pairs = sum(abs(a - b) for a in moved for b in moved)
        value = pairs / (2 * len(moved) * (len(moved) - 1) * moved.mean())
        assert (gini.low or 0) <= value <= (gini.high or 0)
