# ruff: noqa: F811 (fixtures are arguments)
"""Weights for a machine without a network, or behind a proxy with a certificate of its own."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from test_weights import bundled, wheels  # noqa: F401 (fixtures)

from session_audio import weights
from session_audio.errors import ModelError
from session_audio.weights import fetch
from session_audio.weights.registry import Registry


@pytest.fixture
def offline(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing may be fetched."""

    def refused(*_: object) -> Path:
        raise AssertionError("fetched")

    monkeypatch.setattr(fetch, "fetch_wheel", refused)
    monkeypatch.setattr(fetch, "fetch_hub_file", refused)


@pytest.mark.parametrize("below", ["", "toyone", "brought/deep"])
def test_wheels_are_taken_from_a_folder(
    bundled: Registry,
    wheels: Path,
    tmp_path: Path,
    offline: None,
    below: str,
) -> None:
    source = tmp_path / "stick" / below
    shutil.copytree(wheels, source)
    (source / "toyone-1.0-py3-none-any.whl").rename(source / "renamed.whl")
    root = tmp_path / "cache"
    found = weights.pull(root=root, registry=bundled, source=tmp_path / "stick")
    assert found == {"toy": "pulled"}
    assert (root / "toy" / "model.bin").read_bytes() == b"first second"


@pytest.mark.parametrize("with_stamp", [True, False])
def test_a_copy_of_another_machines_weights_is_taken(
    bundled: Registry,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    with_stamp: bool,
) -> None:
    weights.pull(root=tmp_path / "there", registry=bundled)
    monkeypatch.setattr(fetch, "fetch_wheel", None)
    if not with_stamp:
        (tmp_path / "there" / "toy" / weights.cache.STAMP).unlink()
    root = tmp_path / "here"
    found = weights.pull(root=root, registry=bundled, source=tmp_path / "there")
    assert found == {"toy": "pulled"}
    assert weights.locate("text", root=root, registry=bundled) == root / "toy"


def test_all_that_the_folder_lacks_is_named_before_anything_is_done(
    bundled: Registry,
    wheels: Path,
    tmp_path: Path,
    offline: None,
) -> None:
    source, root = tmp_path / "stick", tmp_path / "cache"
    source.mkdir()
    with pytest.raises(ModelError, match=r"2 of the registry.*toyone==1.0.*toytwo==1.0"):
        weights.pull(root=root, registry=bundled, source=source)
    for wheel in wheels.glob("*.whl"):
        shutil.copy(wheel, source)
    damaged = bytearray((source / "toytwo-1.0-py3-none-any.whl").read_bytes())
    damaged[40] ^= 1
    (source / "toytwo-1.0-py3-none-any.whl").write_bytes(damaged)
    with pytest.raises(ModelError, match=r"1 of the registry.*toytwo==1.0"):
        weights.pull(root=root, registry=bundled, source=source)
    assert not (root / "toy").exists()


@pytest.mark.parametrize("own", [{}, {"PIP_CERT": "/own.pem"}])
def test_a_proxys_certificate_is_handed_on(
    monkeypatch: pytest.MonkeyPatch, own: dict[str, str]
) -> None:
    for name in ("PIP_CERT", "REQUESTS_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
    for name, value in {"SSL_CERT_FILE": "/proxy.pem", **own}.items():
        monkeypatch.setenv(name, value)
    seen = fetch._trusting()
    assert seen["PIP_CERT"] == own.get("PIP_CERT", "/proxy.pem")
    assert seen["REQUESTS_CA_BUNDLE"] == "/proxy.pem"
    assert "REQUESTS_CA_BUNDLE" not in os.environ


def test_a_certificate_that_is_not_trusted_says_what_to_do() -> None:
    printed = "SSLError(SSLCertVerificationError: certificate verify failed): self-signed"
    assert "SSL_CERT_FILE" in str(fetch._pip_error("toy==1.0", printed))
    assert "SSL_CERT_FILE" in str(fetch._hub_error(fetch.Hub("a/b", "c" * 40), "f", "SSLError"))
