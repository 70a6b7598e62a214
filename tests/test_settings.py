from pathlib import Path

import pytest
from click.testing import CliRunner

from session_audio import settings
from session_audio.cli import main
from session_audio.errors import SettingsError
from session_audio.settings import reference
from session_audio.settings.reading import Setting, every_setting, toml_value

ROOT = Path(__file__).parents[1]
NUMBERS = [s for s in every_setting() if s.kind in (int, float)]


def test_no_file_means_the_defaults() -> None:
    assert settings.load(None) == settings.Settings()


def test_a_file_replaces_what_it_names(tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    path.write_text('[machine]\ndevice = "cpu"\n[quality]\nlittle_speech = 30\n')
    settings_read = settings.load(path)
    assert settings_read.machine.device == "cpu"
    assert settings_read.quality.little_speech == 30
    assert settings_read.quality.much_overlap == settings.QualitySettings().much_overlap


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            '[machine]\ndevise = "cpu"',
            "machine.devise: there is no such setting; machine.device is the nearest",
        ),
        ("[turns]\nlapse = 3", "turns.lapse: there is no such setting; metrics.lapse or flags."),
        ("[machines]\n", "machines: there is no such section; machine is the nearest"),
        ("[xyz]\n", "xyz: there is no such section. "),
        ("turns = 3", "turns: expected a section, written [turns]"),
        (
            "[sound]\nrate = 32000",
            "sound.rate: it is no setting any more: the models read 16,000 Hz",
        ),
        (
            '[quality]\nlittle_speech = "30"',
            "quality.little_speech is a text; it must be 0 to 7,200 s",
        ),
        ("[turns]\nturn_split = -3", "turns.turn_split is -3; it must be 0.2 to 60 s"),
        ("[turns]\nturn_split = -3", "The default, below [turns]: turn_split = 1.5"),
        ("[turns]\nturn_split = nan", "turns.turn_split is nan; it must be"),
        ("[turns]\nturn_split = inf", "turns.turn_split is inf; it must be"),
        ("[turns]\nturn_split = true", "turns.turn_split is true; it must be"),
        ("[metrics]\nseed = 1.5", "metrics.seed is 1.5; it must be a whole number from 0 to"),
        ('[machine]\ndevice = "gpu"', 'device is "gpu"; it must be "auto" or "cpu" or "cuda"'),
        ('[report]\npseudonyms = "yes"', "report.pseudonyms is a text; it must be true or false"),
        ('[report]\nlanguage = "xx"', 'report.language must be "de" or "en" or "es"'),
        (
            '[flags]\nhypotheses = ["a"]',
            "flags.hypotheses is something else; it must be a list of 4",
        ),
        (
            '[flags]\nclassifier_labels = ["a"]',
            "flags.classifier_labels is a text; it must be a list",
        ),
        (
            "[turns]\nturn_split = 0.3\nipu_gap = 0.5",
            "turns.turn_split (0.3 s) is below turns.ipu_gap",
        ),
        (
            "[metrics]\nlapse = 0.5\nleast_silence = 1",
            "metrics.lapse (0.5 s) is below metrics.least",
        ),
        ("[metrics]\nsignificance = 0.001", "metrics.shuffles (199) cannot reach metrics.signific"),
        ("[metrics]\nsignificance = 0.001", "at least 999 are needed"),
        ("[diarization]\nvoice_hop = 2", "voice_hop (2 s) is longer than diarization.voice_window"),
        ("[quality", "not valid TOML"),
    ],
)
def test_a_mistake_is_named(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "settings.toml"
    path.write_text(text)
    with pytest.raises(SettingsError) as bad:
        settings.load(path)
    assert message in str(bad.value)
    assert str(bad.value).startswith("settings.toml")


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"settings.toml is not there"):
        settings.load(tmp_path / "settings.toml")


def test_every_number_has_a_range_that_holds_its_default() -> None:
    for s in NUMBERS:
        assert s.least is not None and s.most is not None, s
        assert s.least <= s.default <= s.most, s
    assert len(NUMBERS) > 100


@pytest.mark.parametrize("setting", NUMBERS, ids=lambda s: f"{s.section}.{s.name}")
def test_a_value_beyond_its_range_is_refused_by_name(setting: Setting) -> None:
    assert setting.least is not None and setting.most is not None
    step = 1 if setting.kind is int else 1e-6
    for value in (setting.least - step, setting.most + step):
        with pytest.raises(SettingsError) as bad:
            settings.from_mapping({setting.section: {setting.name: value}})
        message = str(bad.value)
        assert (
            f"{setting.section}.{setting.name} is {value!r}; it must be {setting.allowed}"
            in message
        )


# --- the reference ---


def test_every_setting_says_what_it_is() -> None:
    """A unit and a source cannot be checked by a machine; that something is said can."""
    entries = [entry for section in reference.sections() for entry in section.entries]
    assert [e.setting for e in entries] == list(every_setting())
    for entry in entries:
        assert len(entry.meaning) > 10, entry
        assert entry.setting.allowed, entry


def test_the_reference_is_that_of_the_code() -> None:
    kept = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    assert kept == reference.markdown(), (
        "session-audio settings --format markdown > docs/settings.md"
    )


def test_the_settings_file_it_writes_can_be_read(tmp_path: Path) -> None:
    done = CliRunner().invoke(main, ["settings", "--format", "toml"])
    assert done.exit_code == 0, done.output
    assert done.output.isascii()  # whatever a console writes it as
    path = tmp_path / "settings.toml"
    path.write_text(done.output)
    assert settings.load(path) == settings.Settings()
    # With every line switched on it says the same; the one setting without a default aside.
    on = [line.removeprefix("#") for line in done.output.splitlines() if not line.startswith("# ")]
    path.write_text("\n".join(line for line in on if not line.startswith("attribute")))
    assert settings.load(path) == settings.Settings()


def test_settings_are_listed_in_short_and_in_full() -> None:
    short = CliRunner().invoke(main, ["settings"]).output
    assert all(s.name in short for s in every_setting())
    full = CliRunner().invoke(main, ["settings", "turns"]).output
    assert "0.2 to 60 s" in full and "ends a turn" in full and "beam_size" not in full
    wrong = CliRunner().invoke(main, ["settings", "turn"])
    assert wrong.exit_code == 1 and "there is no section turn; there are machine" in wrong.output


def test_a_value_is_written_as_toml_reads_it() -> None:
    import tomllib

    for s in every_setting():
        if s.default is not None:
            default = list(s.default) if isinstance(s.default, tuple) else s.default
            assert tomllib.loads(s.line) == {s.name: default}
    assert toml_value(("a", "b")) == '["a", "b"]'
