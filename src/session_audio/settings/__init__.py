"""The settings: every threshold that a user may move, with its unit, range and source.

One frozen dataclass a stage; `Settings` holds them all.  A group may keep a
``settings.toml`` beside its ``group.toml``; what it names replaces the default.  Each value
is checked for its range as it is read, and an unknown name is an error, so a typing mistake
never passes in silence.  ``docs/settings.md`` lists them and is made from these classes.

What is no setting is a constant beside the code that uses it, with its source: what a model
was trained or tuned with (its sampling rate, its windows, the weights of the candidates'
scores), and how things are laid out on a page.  To change one of those is to change the code.

Contents: `kinds` (units and ranges), `recording`, `analysis` and `privacy` (the sections),
`reading` (from a file), `mistakes` (what is said of one), `reference` (the list, for people).
"""

from session_audio.settings.analysis import (
    FlagSettings,
    MetricSettings,
    QualitySettings,
    ReportSettings,
    TurnSettings,
)
from session_audio.settings.mistakes import problems
from session_audio.settings.privacy import ConsentSettings, RetentionSettings
from session_audio.settings.reading import (
    Settings,
    as_dict,
    from_mapping,
    load,
    read_toml,
    toml_text,
)
from session_audio.settings.recording import (
    DiarizationSettings,
    IdentificationSettings,
    MachineSettings,
    SoundSettings,
    TranscriptionSettings,
)

__all__ = [
    "ConsentSettings",
    "DiarizationSettings",
    "FlagSettings",
    "IdentificationSettings",
    "MachineSettings",
    "MetricSettings",
    "QualitySettings",
    "ReportSettings",
    "RetentionSettings",
    "Settings",
    "SoundSettings",
    "TranscriptionSettings",
    "TurnSettings",
    "as_dict",
    "from_mapping",
    "load",
    "problems",
    "read_toml",
    "toml_text",
]
