from pathlib import Path

import pytest

from session_audio import settings
from session_audio.errors import SettingsError


def test_no_file_means_the_defaults() -> None:
    assert settings.load(None) == settings.Settings()


def test_a_file_replaces_what_it_names(tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    path.write_text('[machine]\ndevice = "cpu"\n[quality]\nlittle_speech = 30\n')
    found = settings.load(path)
    assert found.machine.device == "cpu"
    assert found.quality.little_speech == 30
    assert found.quality.much_overlap == settings.QualitySettings().much_overlap


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('[machine]\ndevise = "cpu"', "machine.devise"),
        ("[machines]\n", "machines"),
        ('[quality]\nlittle_speech = "much"', "quality.little_speech"),
        ("[quality", "not valid TOML"),
    ],
)
def test_a_mistake_is_named(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "settings.toml"
    path.write_text(text)
    with pytest.raises(SettingsError) as bad:
        settings.load(path)
    assert message in str(bad.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"settings.toml is not there"):
        settings.load(tmp_path / "settings.toml")


def test_every_setting_says_what_it_is() -> None:
    """A unit and a source cannot be checked by a machine; that something is said can."""
    source = Path(settings.__file__).read_text().splitlines()
    for number, line in enumerate(source):
        if line.startswith("    ") and ": " in line and " = " in line and line[4].islower():
            field = line.strip().split(":")[0]
            if field.isidentifier() and "Settings = " not in line:
                following = source[number + 1].strip()
                assert following.startswith(('"""', "#")), f"{field} has no description"
