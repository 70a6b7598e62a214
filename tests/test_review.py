"""A review of a session: decided, undone, saved; who is answered, and what is recomputed."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from flow_cases import Fakes, rows
from review_cases import SECRET, open_desk, run_here, save, session_that_ran  # noqa: F401 (fixtures)
from starlette.testclient import TestClient

from session_audio.cli import main
from session_audio.cli.research import read_turns
from session_audio.errors import ConsentError, SessionAudioError
from session_audio.flow.context import current
from session_audio.flow.session import open_run
from session_audio.review import recompute
from session_audio.review.app import app_of
from session_audio.review.desk import Desk
from session_audio.review.learning import LearningDesk
from session_audio.review.security import HEADER, Gate
from session_audio.scoring.moment_score import score_moments
from session_audio.workspace import audit

pytestmark = pytest.mark.timeout(600)


def table(session: Path, name: str) -> list[dict[str, str]]:
    return rows(session / "out" / f"{name}.csv")


def turn(desk: Desk, k: int) -> dict[str, Any]:
    found: dict[str, Any] = desk.state()["turns"][k]
    return found


def stretch(t: dict[str, Any]) -> dict[str, Any]:
    return {"start": t["start"], "end": t["end"], "from": t["who"]}


def test_a_turn_is_given_undone_and_given_again(desk: Desk, engines: Fakes) -> None:
    before, read = table(desk.folder, "turns"), engines.classifier.calls
    t = turn(desk, 1)
    desk.do({"do": "give", **stretch(t), "to": "P02"})
    assert table(desk.folder, "turns") == before  # nothing is computed before it is saved
    save(desk)
    after = table(desk.folder, "turns")
    assert [r["participant"] for r in after[:2]] == ["T01", "P02"]
    assert after[1]["text"] == before[1]["text"]
    assert engines.classifier.calls == read + 1
    assert engines.calls == (1, 1)
    desk.undo()
    save(desk)
    assert table(desk.folder, "turns") == before
    desk.redo()
    save(desk)
    assert table(desk.folder, "turns") == after
    (kept,) = json.loads((desk.folder / "review.json").read_text())["operations"]
    assert (kept["do"], kept["by"], kept["fits"]) == ("give", "RA", True)
    assert kept["at"] and kept["id"]


def test_what_was_undone_is_not_built_upon(desk: Desk) -> None:
    t = turn(desk, 1)
    desk.do({"do": "give", **stretch(t), "to": "P02"})
    desk.do({"do": "mend", **stretch(t), "from": "P02", "text": "quite useless"})
    desk.undo()
    desk.undo()
    kept = desk.do({"do": "mend", **stretch(t), "text": t["text"] + " indeed"})["operations"][-1]
    assert [w[2] for c in kept["changes"] for w in c["from"]] == t["text"].split()[-1:]


def test_words_and_voices_and_what_is_no_speech(desk: Desk) -> None:
    t = turn(desk, 1)
    desk.do({"do": "mend", **stretch(t), "text": t["text"].replace("useless", "useful indeed")})
    desk.do({"do": "name", "voice": "S03", "to": "P01"})
    first = turn(desk, 0)
    desk.do({"do": "noise", **stretch(first)})
    save(desk)
    after = table(desk.folder, "turns")
    assert "useful indeed" in after[0]["text"]
    assert {r["participant"] for r in after} == {"T01", "P01"}
    assert after[0]["start"] != str(first["start"])
    words = (desk.folder / "out" / "words.seglst.json").read_text()
    assert "useful" in words and "marmalade" not in words


def test_a_moment_is_judged_without_the_classifier(desk: Desk, engines: Fakes) -> None:
    (m,) = desk.state()["moments"]
    read = engines.classifier.calls
    desk.do({"do": "judge", "moment": m["id"], "answer": "no", "note": "a joke"})
    desk.do({"do": "missed", "kind": "repair", "start": 19.0, "end": 21.0, "participant": "T01"})
    desk.do({"do": "close", "moment": m["id"]})
    save(desk)
    assert engines.classifier.calls == read
    flags = {r["kind"]: r for r in table(desk.folder, "flags")}
    assert (flags["rupture"]["review"], flags["rupture"]["note"]) == ("no", "a joke")
    assert flags["repair"]["marked"] in ("true", "True")
    page = (desk.folder / "out" / "report.html").read_text()
    assert "Marked by a person" in page and "a joke" in page
    assert 'class="highlights"' in page  # the marked one
    assert m["id"] in desk.state()["closed"]


def test_an_event_is_taken_away_and_added(desk: Desk) -> None:
    t = turn(desk, 3)
    made = ["interruption_successful", t["start"], t["start"] + 0.5, t["who"], "T01"]
    desk.do({"do": "event", "from": None, "to": made})
    save(desk)
    assert made in desk.state()["events"]
    desk.do({"do": "event", "from": made, "to": None})
    save(desk)
    assert made not in desk.state()["events"]


@pytest.mark.parametrize(
    "asked",
    [
        {"do": "name", "voice": "S02", "to": "P09"},
        {"do": "name", "voice": "S77", "to": "P01"},
        {"do": "give", "start": 100.0, "end": 101.0, "from": "P01", "to": "P02"},
        {"do": "missed", "kind": "repair", "start": 1.0, "end": 2.0, "participant": "P77"},
        {"do": "event", "from": None, "to": ["dual_start", 1.0, 2.0, "P77", None]},
        {"do": "rm"},
    ],
)
def test_what_does_not_fit_is_refused_and_nothing_is_kept(desk: Desk, asked: object) -> None:
    with pytest.raises(SessionAudioError):
        desk.do(asked)
    assert desk.journal.operations() == []
    assert not (desk.folder / "review.json").exists()


def test_a_review_survives_a_new_run_and_what_was_corrected_in_files(
    desk: Desk,
    engines: Fakes,
) -> None:
    t = turn(desk, 1)
    desk.do({"do": "give", **stretch(t), "to": "P02"})
    save(desk)
    path = desk.folder / "out" / "work" / "transcript.seglst.json"
    path.write_text(path.read_text().replace("marmalade", "jam"))
    desk.save()
    desk.wait()
    operations = json.loads((desk.folder / "review.json").read_text())["operations"]
    assert [o["do"] for o in operations] == ["give", "word"]
    after = table(desk.folder, "turns")
    assert after[1]["participant"] == "P02"
    assert "jam" in after[0]["text"]
    desk.undo()
    operations = json.loads((desk.folder / "review.json").read_text())["operations"]
    assert [o["do"] for o in operations] == ["word"]  # a file's correction is not undone here


def test_a_voice_that_was_named_is_remembered_where_consent_covers_it(desk: Desk) -> None:
    with pytest.raises(SessionAudioError, match="nobody has said"):
        desk.keep_voice({"voice": "S77"})
    with pytest.raises(ConsentError):
        desk.keep_voice({"voice": "S03"})  # P02 gave none to a voiceprint


def test_opening_and_saving_stand_in_the_log(desk: Desk) -> None:
    save(desk)
    group = desk.folder.parent
    lines = [json.loads(line) for line in (group / "audit.jsonl").read_text().splitlines()]
    assert [(row["verb"], row["did"]) for row in lines] == [
        ("review", "opened"),
        ("review", "saved"),
    ]
    assert audit.verify(group).broken is None


def test_a_session_that_was_not_run_is_not_reviewed(session: Path, engines: Fakes) -> None:
    with pytest.raises(SessionAudioError, match="was not run yet"):
        recompute.may_review(open_run(session))


def test_consent_is_judged_at_each_save(desk: Desk) -> None:
    roster = desk.folder.parent / "group.toml"
    roster.write_text(roster.read_text().replace("expires = 2036-02-01", "expires = 2026-03-10"))
    desk.save()
    desk.wait()
    told = desk.progress()
    assert told["state"] == "failed" and "T01" in told["error"]
    with pytest.raises(ConsentError):
        desk.page()


def test_where_moments_are_off_none_are_judged_or_marked(desk: Desk) -> None:
    roster = desk.folder.parent / "group.toml"
    no = "moments = { given = 2026-02-01, withdrawn = 2026-02-02 }\n"
    roster.write_text(roster.read_text() + no)
    marked = {"do": "missed", "kind": "repair", "start": 1.0, "end": 2.0, "participant": "T01"}
    with pytest.raises(ConsentError, match="candidate moments"):
        desk.do(marked)
    desk.journal.add({**marked, "file": "flags.json"})  # decided before consent was taken back
    save(desk)
    assert desk.state()["moments"] == []
    with pytest.raises(ConsentError, match="candidate moments"):
        LearningDesk(desk.folder, current(), "anna", SECRET).open(lambda _: None)


# --- who is answered


@pytest.fixture
def gate() -> Gate:
    return Gate(5000, secret=SECRET)


@pytest.fixture
def browser(desk: Desk, gate: Gate) -> TestClient:
    """A browser that has opened the link."""
    app = app_of(desk, gate, lambda: None)
    client = TestClient(app, base_url=f"http://{gate.host}", raise_server_exceptions=False)
    assert client.get(gate.link).status_code == 200
    return client


def write(gate: Gate) -> dict[str, str]:
    return {
        "origin": f"http://{gate.host}",
        HEADER: gate.secret,
        "content-type": "application/json",
    }


def test_the_link_opens_the_page_once(browser: TestClient, gate: Gate) -> None:
    page = browser.get(gate.base)
    assert page.status_code == 200 and SECRET in page.text
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy and "frame-ancestors 'none'" in policy
    assert page.headers["cache-control"] == "no-store"
    other = TestClient(browser.app, base_url=f"http://{gate.host}")
    assert other.get(gate.base).status_code == 403
    assert not gate.opens("") and not gate.opens("é")


def test_sound_and_state_are_served_and_nothing_else(browser: TestClient, gate: Gate) -> None:
    part = browser.get(f"{gate.base}sound.m4a", headers={"range": "bytes=0-9"})
    assert (part.status_code, len(part.content)) == (206, 10)
    assert browser.get(f"{gate.base}state").json()["session"] == "2026-03-03"
    for path in (
        "session.toml",
        "report.html",
        "out/work/labels.rttm",
        "..%2f..%2fgroup.toml",
        "%2e%2e/group.toml",
        "//etc/passwd",
        "sound.m4a/../session.toml",
    ):
        answer = browser.get(f"{gate.base}{path}")
        assert answer.status_code in (403, 404), path
        assert "Quillfeather" not in answer.text
    assert browser.get(f"http://{gate.host}/").status_code == 404


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({}, 200),
        ({"origin": "http://evil.example"}, 403),
        ({"origin": "http://127.0.0.1:5001"}, 403),
        ({"origin": "null"}, 403),
        ({"origin": None}, 403),
        ({HEADER: "guess"}, 403),
        ({HEADER: None}, 403),
        ({"content-type": "text/plain"}, 403),
        ({"host": "evil.example"}, 403),
        ({"host": "localhost:5000"}, 403),
        ({"sec-fetch-site": "cross-site"}, 403),
        ({"sec-fetch-site": "same-site"}, 403),
        ({"cookie": "review=guess"}, 403),
    ],
)
def test_only_the_page_itself_changes_something(
    browser: TestClient, gate: Gate, change: dict[str, str | None], status: int
) -> None:
    headers = {k: v for k, v in {**write(gate), **change}.items() if v is not None}
    if "cookie" in change:
        browser.cookies.clear()
    assert browser.post(f"{gate.base}undo", json={}, headers=headers).status_code == status


@pytest.mark.parametrize(
    ("body", "status"),
    [(b"[", 400), (b"[" * 100_000, 400), (b'{"do": 1}', 409), (b" " * 2_000_000, 413)],
)
def test_what_cannot_be_read_is_told(
    browser: TestClient, gate: Gate, body: bytes, status: int
) -> None:
    answer = browser.post(f"{gate.base}do", content=body, headers=write(gate))
    assert answer.status_code == status and answer.json()["error"]


def test_a_fault_is_told_without_its_words(
    browser: TestClient,
    gate: Gate,
    desk: Desk,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(*_: object) -> None:
        raise ValueError("marmalade")

    monkeypatch.setattr(desk.journal.__class__, "undo", fail)
    answer = browser.post(f"{gate.base}undo", json={}, headers=write(gate))
    assert answer.status_code == 500 and "marmalade" not in answer.text
    assert "marmalade" in (desk.folder / "out" / "work" / "error.txt").read_text()


def test_decisions_of_an_earlier_review_are_computed_when_it_is_opened(ran: Path) -> None:
    with open_run(ran).store.locked():
        first = Desk(ran, current(), "RA", SECRET)
        first.open(lambda _: None)
        first.do({"do": "give", **stretch(turn(first, 1)), "to": "P02"})
        again = Desk(ran, current(), "RA", SECRET)
        again.open(lambda _: None)
    assert turn(again, 1)["who"] == "P02"
    run_here(ran)
    assert table(ran, "turns")[1]["participant"] == "P02"


# --- how it ends


@pytest.mark.parametrize(
    ("how", "code"), [(None, 0), (signal.SIGINT, 0), (signal.SIGTERM, 128 + signal.SIGTERM)]
)
def test_a_review_ends_when_nobody_uses_it_and_when_it_is_stopped(
    ran: Path, monkeypatch: pytest.MonkeyPatch, how: int | None, code: int
) -> None:
    links: list[str] = []

    def opened(link: str) -> None:
        links.append(link)
        if how is not None:
            os.kill(os.getpid(), how)

    monkeypatch.setattr("webbrowser.open", opened)
    idle = "0.05" if how is None else "10"
    done = CliRunner().invoke(main, ["review", str(ran), "--open", "--idle", idle])
    assert done.exit_code == code, done.output
    assert links[0].startswith("http://127.0.0.1:") and links[0] in done.output
    assert ("0 decisions are kept" in done.output) is (code == 0)
    with open_run(ran).store.locked():  # the session is free again
        pass


def test_a_run_and_a_review_are_not_at_work_at_once(ran: Path) -> None:
    with open_run(ran).store.locked():
        done = CliRunner().invoke(main, ["review", str(ran)])
    assert done.exit_code == 1 and "at work on this session" in done.output


# --- what is handed on


def test_what_was_decided_is_handed_on_without_names(desk: Desk, tmp_path: Path) -> None:
    (m,) = desk.state()["moments"]
    desk.do({"do": "mend", **stretch(turn(desk, 1)), "text": "Tom it was useless to be honest"})
    desk.do({"do": "judge", "moment": m["id"], "answer": "yes"})
    desk.do({"do": "missed", "kind": "repair", "start": 19.0, "end": 21.0, "participant": "T01"})
    save(desk)
    file = tmp_path / "labels.jsonl"
    done = CliRunner().invoke(main, ["labels", str(desk.folder.parent), "--to", str(file)])
    assert "research" in done.output and file.read_text() == ""  # nobody has consented to that
    roster = desk.folder.parent / "group.toml"
    research = "[participant.consent]\nresearch = { given = 2026-01-01 }"
    roster.write_text(roster.read_text().replace("[participant.consent]", research))
    done = CliRunner().invoke(main, ["labels", str(desk.folder.parent), "--to", str(file)])
    assert done.exit_code == 0, done.output
    first, second = [json.loads(line) for line in file.read_text().splitlines()]
    assert (first["label"], first["speaker"], first["role"]) == ("confrontation", "P01", "member")
    assert first["text"].startswith("[P02] it was useless") and len(first["context"]) == 1
    assert (second["label"], second["marked"], len(second["context"])) == ("repair", True, 3)
    assert [t.text for _, t in read_turns(file.read_text().splitlines(), "x")] == [
        first["text"],
        second["text"],
    ]
    told = CliRunner().invoke(main, ["score", "--json", str(desk.folder)])
    pooled = json.loads(told.stdout[told.stdout.index("{") :])["pooled"]
    assert pooled["moments_first_five_precision"] == 1.0
    assert (pooled["moments_judged"], pooled["moments_missed"]) == (1, 1)


@pytest.mark.parametrize(
    ("answers", "precision"),
    [("yyynn", 0.6), ("yyynnnnnn", 0.6), ("uuu", None), ("ynu", 0.5), ("", None)],
)
def test_precision_among_the_first_five(
    tmp_path: Path, answers: str, precision: float | None
) -> None:
    names = {"y": "yes", "n": "no", "u": "unsure"}
    lines = [f"{1 - k / 100},{names[a]},false" for k, a in enumerate(answers)]
    (tmp_path / "flags.csv").write_text("\n".join(["score,review,marked", *lines, ""]))
    score = score_moments(tmp_path / "flags.csv")
    assert (score.precision if score else None) == precision
    assert score_moments(tmp_path / "missing.csv") is None
