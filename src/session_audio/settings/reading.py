"""Settings from a file, checked: names, ranges, and values that only work together."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass as plain_dataclass
from dataclasses import fields
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

from pydantic import TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass
from pydantic.fields import FieldInfo

from session_audio.errors import SessionAudioError, SettingsError
from session_audio.settings.analysis import (
    FlagSettings,
    MetricSettings,
    QualitySettings,
    ReportSettings,
    TurnSettings,
)
from session_audio.settings.kinds import STRICT, Unit
from session_audio.settings.mistakes import advice
from session_audio.settings.privacy import ConsentSettings, RetentionSettings
from session_audio.settings.recording import (
    DiarizationSettings,
    IdentificationSettings,
    MachineSettings,
    SoundSettings,
    TranscriptionSettings,
)

REFERENCE = "`session-audio settings` lists every setting with what it may be."
_WORDING = Path(__file__).parents[1] / "report" / "wording"
_GONE = {
    "sound.rate": "it is no setting any more: the models read 16,000 Hz and nothing else",
}


@dataclass(frozen=True, config=STRICT)
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
    quality: QualitySettings = QualitySettings()
    report: ReportSettings = ReportSettings()
    consent: ConsentSettings = ConsentSettings()
    retention: RetentionSettings = RetentionSettings()


_ADAPTER = TypeAdapter(Settings)


@plain_dataclass(frozen=True, slots=True)
class Setting:
    """What is known of one setting.

    `least` and `most` are the range of a number, both allowed; `choices` the values that a
    word may have.  Each is None where there is no such limit.
    """

    section: str
    name: str
    default: Any
    unit: str
    least: float | None
    most: float | None
    choices: tuple[str, ...] | None
    kind: type

    @property
    def allowed(self) -> str:
        """The values that are allowed, in words."""
        if self.choices is not None:
            return " or ".join(f'"{choice}"' for choice in self.choices)
        if self.least is not None and self.most is not None:
            whole = "a whole number from " if self.kind is int else ""
            shown = "" if self.unit in ("share", "probability", "score") else self.unit
            return f"{whole}{plain(self.least)} to {plain(self.most)} {shown}".rstrip()
        if self.kind is bool:
            return "true or false"
        return self._texts if self.kind is tuple else "a text"

    @property
    def _texts(self) -> str:
        return f"a list of {len(self.default) or 'any number of'} texts"

    @property
    def line(self) -> str:
        """The line of a settings file that says the default."""
        return f"{self.name} = {toml_value('...' if self.default is None else self.default)}"


def plain(number: float) -> str:
    """A number as people write it."""
    return f"{number:,}" if isinstance(number, int) else f"{number:g}"


def toml_value(value: Any) -> str:
    """A value as TOML writes it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return toml_text(value)
    if isinstance(value, tuple | list):
        return f"[{', '.join(toml_value(item) for item in value)}]"
    return f"{value:_}" if isinstance(value, int) else str(float(value))


def toml_text(text: str) -> str:
    """A text as TOML writes it.

    >>> toml_text("Tom Berg")
    '"Tom Berg"'
    """
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def every_setting() -> Iterator[Setting]:
    """All settings, section by section, in the order of their definition."""
    for section in fields(Settings):
        kind: Any = type(section.default)
        settings: dict[str, FieldInfo] = kind.__pydantic_fields__
        for name, info in settings.items():
            yield _setting(section.name, name, info)


def _setting(section: str, name: str, info: FieldInfo) -> Setting:
    """What pydantic knows of one field, in our words."""
    unit = next((item.name for item in info.metadata if isinstance(item, Unit)), "")
    # A unit may bring a range, which `within` narrows.
    least = [item.ge for item in info.metadata if getattr(item, "ge", None) is not None]
    most = [item.le for item in info.metadata if getattr(item, "le", None) is not None]
    choices = get_args(info.annotation) if get_origin(info.annotation) is Literal else None
    kind = type(info.default) if info.default is not None else str
    return Setting(
        section,
        name,
        info.default,
        unit,
        max(least, default=None),
        min(most, default=None),
        choices,
        kind,
    )


def as_dict(settings: object) -> dict[str, Any]:
    """Plain values of one section or of all, for ``provenance.json`` and freshness."""
    return dict(TypeAdapter(type(settings)).dump_python(settings, mode="json"))


def from_mapping(values: Mapping[str, Any], *, where: str = "settings") -> Settings:
    """Settings with `values` in place of the defaults.

    Raises
    ------
    SettingsError
        When a name is unknown, a value is outside its range, or two do not go together; each
        is named, with what is allowed and what to write.

    Examples
    --------
    >>> from_mapping({"machine": {"device": "cpu"}}).machine.device
    'cpu'
    >>> from_mapping({"machine": {"devise": "cpu"}})
    Traceback (most recent call last):
        ...
    session_audio.errors.SettingsError: settings: machine.devise: there is no such setting; \
machine.device is the nearest. `session-audio settings` lists every setting with what it may be.
    """
    try:
        settings = _ADAPTER.validate_python(dict(values))
    except ValidationError as error:
        known = {(s.section, s.name): s for s in every_setting()}
        mistakes = [_mistake(dict(item), known) for item in error.errors(include_url=False)]
        raise SettingsError(
            f"{where}: {'; '.join(dict.fromkeys(mistakes))}", hint=REFERENCE
        ) from None
    if apart := list(_do_not_go_together(settings)):
        raise SettingsError(f"{where}: {'; '.join(apart)}", hint=REFERENCE)
    return settings


def load(path: Path | None) -> Settings:
    """Settings from a TOML file; the defaults when `path` is None."""
    if path is None:
        return Settings()
    return from_mapping(read_toml(path, SettingsError), where=path.name)


def _mistake(item: dict[str, Any], known: Mapping[tuple[str, str], Setting]) -> str:
    """What is wrong with one value, what is allowed, and what to write."""
    path = tuple(str(part) for part in item["loc"])
    name = ".".join(path[:2])
    setting = known.get(path[:2]) if len(path) > 1 else None  # type: ignore[arg-type]
    if item["type"] == "unexpected_keyword_argument":
        return f"{name}: {_unknown(path, known)}"
    if setting is None:
        return f"{name}: expected a section, written [{name}]"
    value = item["input"]
    if isinstance(value, int | float) or (setting.choices and isinstance(value, str)):
        shown = str(value).lower() if isinstance(value, bool) else repr(value).replace("'", '"')
    else:
        shown = "a text" if isinstance(value, str) else "something else"
    example = "" if setting.kind is tuple else f". The default, below [{path[0]}]: {setting.line}"
    return f"{name} is {shown}; it must be {setting.allowed}{example}"


def _unknown(path: tuple[str, ...], known: Mapping[tuple[str, str], Setting]) -> str:
    """What is said of a name that is none: what it was, or what it may have been meant to be."""
    if gone := _GONE.get(".".join(path)):
        return gone
    if len(path) == 1:
        near = get_close_matches(path[0], sorted({section for section, _ in known}), 1)
        near += [f"{section}.{name}" for section, name in known if name == path[0]]
        what = "section"
    else:
        section, name = path
        near = [f"{other}.{own}" for other, own in known if own == name]
        here = [own for other, own in known if other == section]
        near = [f"{section}.{own}" for own in get_close_matches(name, here, 1)] or near
        if not near:
            anywhere = get_close_matches(name, sorted({own for _, own in known}), 1)
            near = [f"{other}.{own}" for other, own in known if own in anywhere]
        what = "setting"
    nearest = f"; {' or '.join(near)} is the nearest" if near else ""
    return f"there is no such {what}{nearest}"


def _do_not_go_together(settings: Settings) -> Iterator[str]:
    """Values that are possible by themselves and not together."""
    turns, metrics, sound = settings.turns, settings.metrics, settings.diarization
    languages = sorted(path.stem for path in _WORDING.glob("*.toml"))
    if settings.report.language not in languages:
        yield f"report.language must be {' or '.join(map(toml_value, languages))}"
    if turns.turn_split < turns.ipu_gap:
        yield (
            f"turns.turn_split ({turns.turn_split:g} s) is below turns.ipu_gap "
            f"({turns.ipu_gap:g} s): a silence cannot both end a turn and lie inside a unit"
        )
    if metrics.lapse < metrics.least_silence:
        yield (
            f"metrics.lapse ({metrics.lapse:g} s) is below metrics.least_silence "
            f"({metrics.least_silence:g} s): a lapse is a silence"
        )
    if 1 / (metrics.shuffles + 1) > metrics.significance:
        yield (
            f"metrics.shuffles ({metrics.shuffles}) cannot reach metrics.significance "
            f"({metrics.significance:g}): at least {_shuffles(metrics.significance)} are needed"
        )
    for window, hop in (("voice_window", "voice_hop"), ("fine_window", "fine_hop")):
        length, step = getattr(sound, window), getattr(sound, hop)
        if step > length:
            yield (
                f"diarization.{hop} ({step:g} s) is longer than diarization.{window} "
                f"({length:g} s): sound between two windows would not be heard"
            )


def _shuffles(significance: float) -> int:
    """The fewest shuffles whose smallest p-value, 1 / (shuffles + 1), is `significance`."""
    return next(n for n in range(1, 1_000_000) if 1 / (n + 1) <= significance)


def read_toml(path: Path, error: type[SessionAudioError]) -> dict[str, Any]:
    """The tables of a TOML file; `error` where it cannot be read."""
    text = ""
    try:
        text = path.read_text(encoding="utf-8-sig")
        return tomllib.loads(text)
    except FileNotFoundError:
        raise error(f"{path.name} is not there") from None
    except UnicodeDecodeError:
        raise error(f"{path.name} is not UTF-8 text", hint="Save it as UTF-8.") from None
    except tomllib.TOMLDecodeError as bad:
        raise error(f"{path.name} is not valid TOML: {bad}", hint=advice(text, str(bad))) from None
    except (ValueError, RecursionError) as bad:  # a number of thousands of digits, deep brackets
        raise error(
            f"{path.name} cannot be read as TOML ({type(bad).__name__})",
            hint="Does it hold a very long number, or brackets in brackets?",
        ) from None
    except OSError as bad:
        why = bad.strerror or type(bad).__name__
        raise error(f"{path.name} cannot be read ({why})") from None
