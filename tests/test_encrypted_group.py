"""A group that is encrypted at rest: nothing lies in the clear, and every verb works on it."""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from flow_cases import Fakes
from review_cases import run_here
from starlette.testclient import TestClient

from session_audio import files
from session_audio.cli import main
from session_audio.encryption import covered, keys, sealed
from session_audio.flow.context import current
from session_audio.flow.encrypt import in_clear
from session_audio.flow.session import open_run
from session_audio.flow.stages import first_stale
from session_audio.resources import user_folder
from session_audio.review.app import app_of as review_app
from session_audio.review.desk import Desk
from session_audio.review.security import Gate
from session_audio.review.viewing import app_of, shelf_of

pytestmark = pytest.mark.timeout(900)

SAID = ("marmalade", "useless", "%PDF", "<html", "NUMPY", "ftypM4A", '"stage"', "speaker_time")
"""Words that were said, and what a PDF, a page, decoded sound, ``sound.m4a``, a stage's record and
a table hold."""
NAMES = ("Quillfeather", "Brackenridge")
MANIFESTS = ("group.toml", "session.toml")


def typed(*words: object, ok: int = 0) -> Result:
    done = CliRunner().invoke(main, [str(word) for word in words])
    assert done.exit_code == ok, done.output
    return done


def held(path: Path) -> list[str]:
    """What `path` holds in the clear of what was said and of who said it."""
    try:
        content = path.read_bytes()
    except OSError:  # it was renamed meanwhile
        return []
    wanted = SAID if path.name in MANIFESTS else (*SAID, *NAMES)
    return [f"{path.name}: {word}" for word in wanted if word.encode() in content]


def in_the_open(*folders: Path) -> list[str]:
    return [
        found
        for folder in folders
        for path in folder.rglob("*")
        if path.is_file() and not path.is_symlink() and path.suffix != ".flac"
        for found in held(path)
    ]


@pytest.fixture(autouse=True)
def own_places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Folders of its own for state and temporary files, and no key in this process."""
    (tmp_path / "temp").mkdir()
    monkeypatch.setenv("TMPDIR", str(tmp_path / "temp"))
    monkeypatch.setattr("tempfile.tempdir", None)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setattr(covered, "_KEYS", {})


@pytest.fixture
def key(tmp_path: Path) -> Path:
    return tmp_path / "elsewhere" / "tuesday.key"


class Watch:
    """Searches every byte of some folders again and again, and each file before it has its name."""

    def __init__(self, *folders: Path) -> None:
        self.folders, self.found, self.looks = folders, set[str](), 0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)

    def __enter__(self) -> Watch:
        self._thread.start()
        return self

    def _look(self) -> None:
        while not self._over.is_set():
            self.found.update(in_the_open(*self.folders))
            for link in Path("/proc/self/fd").iterdir():  # files that have no name any more
                target = str(link.readlink()) if link.is_symlink() else ""
                if target.startswith(tuple(map(str, self.folders))):
                    self.found.update(held(link))
            self.looks += 1
            time.sleep(0.05)

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()


def test_what_was_made_is_encrypted_kept_and_made_again_in_no_clear_place(
    session: Path, engines: Fakes, key: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    group, out = session.parent, session / "out"
    run_here(session)
    assert {found.split(": ")[1] for found in in_the_open(group)} == {*SAID, *NAMES}
    before = {p: p.read_bytes() for p in out.rglob("*") if p.is_file() and p.name != "lock"}
    done = typed("encrypt", group, "--key-file", key)
    assert re.search(r"A new key was made \(\w{8}\)", done.output)
    assert f"{len(before)} files were written" in done.output
    assert in_the_open(group, tmp_path / "state", tmp_path / "temp") == []
    assert key.read_text().splitlines()[-1] not in (group / "encryption.json").read_text()
    # Nothing of it is made again: what is in the files is what was in them.
    assert {p: files.read_bytes(p) for p in before} == before
    assert first_stale(open_run(session)) is None
    assert "0 files were written" in typed("encrypt", group).output
    # It is made again, from the recording on: in no moment anything lies open.
    for stage in ("ingest", "diarize", "listening", "measure"):
        open_run(session).store.forget_stage(stage)
    (group / "settings.toml").write_text("[diarization]\nshortest_pause = 0.4\n")
    seen: set[str] = set()
    put = files.put
    monkeypatch.setattr(files, "put", lambda a, b: (seen.update(held(a)), put(a, b)))
    with Watch(group, tmp_path / "state", tmp_path / "temp") as watch:
        run_here(session)
    assert (watch.found, seen) == (set(), set())
    assert watch.looks > 3
    assert engines.calls == (2, 2) or engines.calls[0] == 2
    assert in_clear(group) == []
    assert all(files.is_encrypted(p) for p in before if p.exists())
    # And back.
    typed("decrypt", group)
    assert in_the_open(group)
    assert not (group / "encryption.json").exists()
    assert first_stale(open_run(session)) is None


@pytest.fixture
def encrypted(session: Path, engines: Fakes, key: Path) -> Path:
    """A session that was run in a group that was encrypted before, its recording too."""
    typed("encrypt", session.parent, "--key-file", key, "--recordings")
    assert files.is_encrypted(session / "session.flac")
    run_here(session)
    typed("trend", session.parent)
    return session


def test_every_verb_works_on_it(encrypted: Path, tmp_path: Path, key: Path) -> None:
    group, away = encrypted.parent, tmp_path / "away"
    roster = (group / "group.toml").read_text()
    given = "analysis = { given = 2026-02-01 }"
    (group / "group.toml").write_text(roster.replace(given, f"{given}\nresearch{given[8:]}"))
    assert in_the_open(group, tmp_path / "state", tmp_path / "temp") == []
    assert "marmalade" not in typed("check", group).output
    typed("report", encrypted)
    typed("report", encrypted, "--to", away)
    assert b"useless" in (away / "report-tuesday-2026-03-03.html").read_bytes()
    typed("export", group, "--to", away, "--without-model")
    assert (away / "turns.csv").read_text().startswith("group,session,")
    typed("brief", group)
    typed("close", encrypted)
    typed("corrections", encrypted)
    typed("audit", group)
    checks = typed("privacy-check", group, ok=1).output
    assert "results and recordings, by the key" in checks
    assert "FAIL  encryption" not in checks
    typed("proof", group, "--to", away / "proof.zip")
    assert "useless" not in typed("overview", group.parent, ok=1).output
    typed("retain", group, "--yes")
    typed("decrypt", encrypted / "out" / "report.pdf", "--to", away / "print.pdf")
    assert (away / "print.pdf").read_bytes().startswith(b"%PDF")
    typed("decrypt", encrypted / "out" / "report.pdf", "--to", group / "print.pdf", ok=1)
    assert in_the_open(group, tmp_path / "state", tmp_path / "temp") == []
    # Its key changes at once, and nothing is written but the note.
    report = encrypted / "out" / "report.html"
    before, first = report.read_bytes(), covered.of(group)
    typed("encrypt", group, "--rotate", "--key-file", tmp_path / "new.key")
    assert report.read_bytes() == before
    key.unlink()
    covered.forget_keys()
    assert b"useless" in files.read_bytes(report)
    # Or with every file.
    typed("encrypt", group, "--rotate", "--anew", "--key-file", tmp_path / "newer.key")
    after = covered.of(group)
    assert first is not None and after is not None
    assert len(after.files) == 1 and after.files[0].id != first.files[0].id
    covered.forget_keys()
    assert b"useless" in files.read_bytes(report)
    assert files.is_encrypted(encrypted / "session.flac")
    assert first_stale(open_run(encrypted)) is None
    # One is taken out of it.
    typed("forget", group, "P02", "--silence", "--yes")
    assert not report.exists()
    assert files.is_encrypted(encrypted / "session.flac")
    run_here(encrypted)
    assert b"Brackenridge" not in files.read_bytes(report)


def test_it_is_reviewed_and_viewed_and_a_player_may_jump(encrypted: Path) -> None:
    group, sound = encrypted.parent, encrypted / "out" / "sound.m4a"
    whole = files.read_bytes(sound)
    with open_run(encrypted).store.locked():
        gate = Gate(4711)
        desk = Desk(encrypted, current(), "RA", gate.secret)
        desk.open(lambda _: None)
        client = TestClient(review_app(desk, gate, lambda: None), base_url="http://127.0.0.1:4711")
        assert b"useless" in client.get(gate.link).content
        client.cookies.set("review", gate.cookie)
        assert client.get(f"/{gate.path}/sound.m4a").content == whole
        turn = desk.state()["turns"][1]
        asked = {"do": "give", "start": turn["start"], "end": turn["end"], "from": turn["who"]}
        desk.do({**asked, "to": "P02"})
    assert sealed.is_sealed((encrypted / "review.json").read_bytes())
    gate = Gate(4712)
    app = app_of(shelf_of(group, current()), gate, lambda: None)
    client = TestClient(app, base_url="http://127.0.0.1:4712")
    assert client.get(f"/{gate.path}/out/series.html").status_code == 403
    client.get(gate.link, follow_redirects=False)
    client.cookies.set("review", gate.cookie)
    page = client.get(f"/{gate.path}/")
    assert page.url.path.endswith("/out/series.html")
    assert page.content == files.read_bytes(group / "out" / "series.html")
    link = re.search(r'href="\.\./(2026-03-03/out/report\.html)', page.text)
    assert link is not None
    base = f"/{gate.path}/2026-03-03/out"
    assert b"useless" in client.get(f"{base}/report.html").content
    for asked_for, expected, status in (
        ("bytes=0-9", whole[:10], 206),
        ("bytes=100-", whole[100:], 206),
        ("bytes=-7", whole[-7:], 206),
        ("bytes=5-1000000000", whole[5:], 206),
        ("bytes=1000000000-", b"", 416),
        ("bytes=9-3", b"", 416),
        ("furlongs=1-2", whole, 200),
    ):
        got = client.get(f"{base}/sound.m4a", headers={"range": asked_for})
        assert (got.status_code, got.content) == (status, expected), asked_for
    for hidden in ("group.toml", "2026-03-03/session.flac", "2026-03-03/out/work/turns.json"):
        assert client.get(f"/{gate.path}/{hidden}").status_code == 404
    assert client.get(f"/{gate.path}/..%2f..%2felsewhere%2ftuesday.key").status_code == 404


def test_wrong_and_missing_keys_and_damage_are_told(
    session: Path, engines: Fakes, key: Path, tmp_path: Path
) -> None:
    group = session.parent
    empty = tmp_path / "new"
    files.write_text(empty / "group.toml", (group / "group.toml").read_text())
    assert "0 files were" in typed("encrypt", empty, "--key-file", tmp_path / "new.key").output
    assert "no key is named" in typed("encrypt", group, ok=1).output
    beside = typed("encrypt", group, "--key-file", group / "a.key", ok=1)
    assert "the key would lie beside what it encrypts" in beside.output
    typed("encrypt", group, "--rotate", "--key-file", key, ok=1)
    typed("encrypt", group, "--rotate", ok=2)
    typed("encrypt", group, "--key-file", key, "--keyring", "x", ok=2)
    assert not (group / "encryption.json").exists()
    typed("encrypt", group, "--key-file", key)
    run_here(session)
    other = typed("encrypt", group, "--key-file", tmp_path / "other.key", ok=1)
    assert "Add --rotate to change the group's key" in other.output
    state = {p: p.read_bytes() for p in group.rglob("*") if p.is_file()}
    aside = key.rename(tmp_path / "aside")
    covered.forget_keys()
    told = typed("check", group, ok=1).output
    assert "the key tuesday.key is not there. Name where it is: session-audio encrypt" in told
    assert {p: p.read_bytes() for p in group.rglob("*") if p.is_file()} == state
    typed("encrypt", group, "--key-file", aside)  # it was moved
    typed("check", group)
    # Damage: what a run made is made again, and what a person decided is not thrown away.
    turns = session / "out" / "work" / "turns.json"
    turns.write_bytes(turns.read_bytes()[:-3])
    assert first_stale(open_run(session)) == "turns"
    run_here(session)
    assert first_stale(open_run(session)) is None
    review = session / "review.json"
    files.write_text(review, '{"operations": []}')
    review.write_bytes(review.read_bytes()[:-3])
    told = typed("close", session, "rupture-P02-1.0", ok=1).output
    assert "review.json is encrypted, and was changed or cut short" in told


def test_who_is_stopped_while_encrypting_begins_again_there(
    session: Path, engines: Fakes, key: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    group, count = session.parent, [0]
    run_here(session)
    rewrite = files.rewrite

    def stopped(path: Path, by: tuple[bytes, bytes] | None) -> None:
        count[0] += 1
        if count[0] == 10:
            raise KeyboardInterrupt
        rewrite(path, by)

    monkeypatch.setattr(files, "rewrite", stopped)
    assert CliRunner().invoke(main, ["encrypt", str(group), "--key-file", str(key)]).exit_code
    assert in_clear(group)
    assert first_stale(open_run(session)) is None  # both kinds are read
    typed("encrypt", group)
    assert in_clear(group) == []
    assert not list(group.rglob("*.part"))
    facts = json.loads((group / "encryption.json").read_text())
    assert sorted(facts) == ["brought", "files", "master", "version"]


@pytest.fixture
def prefect_searched(tmp_path: Path) -> Iterator[None]:
    yield
    assert in_the_open(user_folder("state"), tmp_path / "temp") == []


def test_a_run_with_prefect_leaves_nothing_in_the_clear(
    session: Path, engines: Fakes, key: Path, prefect_searched: None
) -> None:
    group = session.parent
    typed("encrypt", group, "--key-file", key)
    typed("run", group)
    assert in_the_open(group) == []
    assert typed("run", group).output.count("2026-03-03")
    assert keys.sources()
