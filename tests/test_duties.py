"""``privacy-check`` and ``proof``: each promise is looked at, and a broken one is told."""

from __future__ import annotations

import json
import os
import zipfile
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner
from flow_cases import Fakes, stages

from session_audio import permissions, weights
from session_audio.cli import main
from session_audio.flow import duties
from session_audio.flow.sbom import sbom
from session_audio.weights import FileStatus

pytestmark = pytest.mark.timeout(300)


@pytest.fixture(autouse=True)
def some_weights(monkeypatch: pytest.MonkeyPatch) -> list[FileStatus]:
    """Hashing all that is there takes long, and is tested elsewhere."""
    found = [FileStatus("campplus", "model.safetensors", "ok")]
    monkeypatch.setattr(weights, "verify", lambda: found)
    return found


def withdrawn(session: Path) -> None:
    roster = session.parent / "group.toml"
    text = roster.read_text().replace("analysis = { ", "analysis = { withdrawn = 2026-03-05, ", 1)
    roster.write_text(text)


def tampered(session: Path) -> None:
    log = session.parent / "audit.jsonl"
    log.touch(mode=0o600)
    log.write_text('{"verb": "run", "before": "", "hash": ""}\n')


def voice(session: Path) -> None:
    (session.parent / "voices").mkdir(mode=0o700)
    (session.parent / "voices" / "P02.json").touch(mode=0o600)


def opened(session: Path) -> None:
    (session / "out").mkdir()
    (session / "out").chmod(0o755)


def elsewhere(_: Path) -> None:
    os.environ["PREFECT_API_URL"] = "https://prefect.example.org/api"


def loud(_: Path) -> None:
    os.environ["DO_NOT_TRACK"] = "0"


def decoded(session: Path) -> None:
    permissions.new_folder(session / "out" / "work")
    (session / "out" / "work" / "sound-00.npy").touch(mode=0o600)


def fault(session: Path) -> None:
    permissions.new_folder(session / "out" / "work")
    (session / "out" / "work" / "error.txt").touch(mode=0o600)


@pytest.mark.parametrize(
    ("breaks", "name"),
    [
        (tampered, "audit log"),
        (voice, "voice profiles"),
        pytest.param(
            opened,
            "file modes",
            marks=pytest.mark.skipif(os.name != "posix", reason="Windows has no such modes"),
        ),
        (elsewhere, "connections"),
        (loud, "telemetry"),
        (decoded, "retention"),
        (fault, "left files"),
    ],
)
def test_a_broken_promise_is_told_and_no_other(
    session: Path,
    engines: Fakes,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    breaks: Callable[[Path], None],
    name: str,
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setattr(os, "environ", dict(os.environ))
    os.environ.pop("PREFECT_API_URL", None)
    assert all(c.holds for c in duties.check_all(session.parent, date(2026, 3, 10)))
    breaks(session)
    checks = duties.check_all(session.parent, date(2026, 3, 10))
    assert {c.name for c in checks if not c.holds} == {name}


def test_a_weight_that_is_not_the_registrys_is_told(some_weights: list[FileStatus]) -> None:
    assert duties.known_weights().holds
    some_weights.append(FileStatus("campplus", "model.safetensors", "wrong"))
    assert "campplus/model.safetensors" in duties.known_weights().found


def test_the_table_and_its_proof_hold_ids_alone(
    session: Path, engines: Fakes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))  # nothing of other tests
    stages(session)
    group, to = session.parent, session.parent.parent / "proof.zip"
    done = CliRunner().invoke(main, ["privacy-check", str(group)])
    assert done.exit_code == 1  # the decoded sound is still there
    assert "FAIL  retention" in done.output
    assert CliRunner().invoke(main, ["retain", str(group), "--yes"]).exit_code == 0
    done = CliRunner().invoke(main, ["privacy-check", str(group)])
    assert done.exit_code == 0, done.output
    withdrawn(session)
    done = CliRunner().invoke(main, ["privacy-check", str(group)])
    assert "results of refused ones are still there: 2026-03-03" in done.output
    done = CliRunner().invoke(main, ["proof", str(group), "--to", str(to)])
    assert done.exit_code == 0, done.output
    with zipfile.ZipFile(to) as packed:
        held = {name: packed.read(name).decode() for name in packed.namelist()}
    assert {"checks.txt", "consent.json", "versions.json", "sbom.json", "audit.jsonl"} <= set(held)
    consents = json.loads(held["consent.json"])
    assert {c["participant"] for c in consents} == {"T01", "P01", "P02"}
    assert {c["stands"] for c in consents} == {"true", "false"}
    for told in ("Quillfeather", "Brackenridge", "marmalade", "useless"):
        assert told not in "".join(held.values())
    listed = dict(line.split("  ")[::-1] for line in held["SHA256SUMS"].splitlines())
    assert set(listed) == set(held) - {"SHA256SUMS"}


def test_the_bill_of_materials_names_libraries_and_weights() -> None:
    made = sbom()
    assert (made["bomFormat"], made["specVersion"]) == ("CycloneDX", "1.5")
    named = {c["name"]: c for c in made["components"]}
    assert named["numpy"]["purl"].startswith("pkg:pypi/numpy@")
    assert named["whisper-base"]["type"] == "machine-learning-model"
    references = [c["bom-ref"] for c in made["components"]]
    assert len(references) == len(set(references))
