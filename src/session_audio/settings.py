"""Every threshold of the software, with its unit and its source.

One frozen dataclass a stage; `Settings` holds them all.  A group may keep a
``settings.toml`` beside its ``group.toml``; what it names replaces the default, and an
unknown name is an error, so a typing mistake never passes in silence.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import ConfigDict, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass

from session_audio.errors import SessionAudioError, SettingsError

_STRICT = ConfigDict(extra="forbid")


@dataclass(frozen=True, config=_STRICT)
class MachineSettings:
    """Where the models run."""

    device: Literal["auto", "cpu", "cuda"] = "auto"
    """``auto`` takes CUDA where there is one."""
    threads: int = 0
    """Threads a model may use; 0 shares the processors between what runs at once."""
    profile: Literal["bundled", "hub"] = "bundled"
    """Which weights of the registry are used."""


@dataclass(frozen=True, config=_STRICT)
class SoundSettings:
    """Ingest: how a recording is brought to a standard."""

    rate: int = 16_000
    """Hz; what every model here was trained on."""


@dataclass(frozen=True, config=_STRICT)
class DiarizationSettings:
    """Diarization: who spoke when."""

    use_attendance: bool = True
    """Whether the attendance list bounds the number of speakers."""


@dataclass(frozen=True, config=_STRICT)
class IdentificationSettings:
    """Identify: which voice is which member."""


@dataclass(frozen=True, config=_STRICT)
class TranscriptionSettings:
    """Transcribe: words with times."""


@dataclass(frozen=True, config=_STRICT)
class TurnSettings:
    """Turns, interactions and responses."""


@dataclass(frozen=True, config=_STRICT)
class MetricSettings:
    """Measures of balance, timing, interruption and the network."""


@dataclass(frozen=True, config=_STRICT)
class FlagSettings:
    """Candidate moments."""


@dataclass(frozen=True, config=_STRICT)
class ReportSettings:
    """What people read."""


@dataclass(frozen=True, config=_STRICT)
class Settings:
    """All settings, a section a stage."""

    machine: MachineSettings = MachineSettings()
    sound: SoundSettings = SoundSettings()
    diarization: DiarizationSettings = DiarizationSettings()
    identification: IdentificationSettings = IdentificationSettings()
    transcription: TranscriptionSettings = TranscriptionSettings()
    turns: TurnSettings = TurnSettings()
    metrics: MetricSettings = MetricSettings()
    flags: FlagSettings = FlagSettings()
    report: ReportSettings = ReportSettings()


_ADAPTER = TypeAdapter(Settings)


def as_dict(settings: object) -> dict[str, Any]:
    """Plain values of one section or of all, for ``provenance.json`` and freshness."""
    dumped: dict[str, Any] = TypeAdapter(type(settings)).dump_python(settings, mode="json")
    return dumped


def from_mapping(values: Mapping[str, Any], *, where: str = "settings") -> Settings:
    """Settings with `values` in place of the defaults.

    Raises
    ------
    SettingsError
        When a name is unknown or a value impossible; each is listed.

    Examples
    --------
    >>> from_mapping({"machine": {"device": "cpu"}}).machine.device
    'cpu'
    >>> from_mapping({"machine": {"devise": "cpu"}})
    Traceback (most recent call last):
        ...
    session_audio.errors.SettingsError: settings: machine.devise: Unexpected keyword argument
    """
    try:
        return _ADAPTER.validate_python(dict(values))
    except ValidationError as error:
        raise SettingsError(f"{where}: {problems(error)}") from None


def load(path: Path | None) -> Settings:
    """Settings from a TOML file; the defaults when `path` is None."""
    if path is None:
        return Settings()
    return from_mapping(read_toml(path, SettingsError), where=path.name)


def read_toml(path: Path, error: type[SessionAudioError]) -> dict[str, Any]:
    """The tables of a TOML file; `error` where it cannot be read."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise error(f"{path.name} is not there") from None
    except UnicodeDecodeError:
        raise error(f"{path.name} is not UTF-8 text", hint="Save it as UTF-8.") from None
    except tomllib.TOMLDecodeError as bad:
        raise error(f"{path.name} is not valid TOML: {bad}") from None


def problems(error: ValidationError) -> str:
    """What is wrong, field by field, without the input (which may be a transcript)."""
    lines = []
    for item in error.errors(include_input=False, include_url=False):
        field = ".".join(str(part) for part in item["loc"])
        lines.append(f"{field}: {item['msg']}" if field else item["msg"])
    return "; ".join(lines)
