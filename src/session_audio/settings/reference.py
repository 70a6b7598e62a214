"""The list of settings for people, made from the classes: Markdown, a settings file, text."""

from __future__ import annotations

import ast
import inspect
import re
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from functools import cache

from session_audio.errors import SettingsError
from session_audio.settings.reading import Setting, Settings, every_setting

_SOURCE = re.compile(
    r"\s*\(((?:ours\b|Whisper|Silero|codebook|pyannote|ConvoKit|EBU|about two syllables"
    r"|[A-Z][^()]*\d{4})[^()]*)\)"
)
"""A remark in brackets that says where a value comes from."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One setting with what its description says; `source` is empty where none is named."""

    setting: Setting
    meaning: str
    source: str


@dataclass(frozen=True, slots=True)
class Section:
    """The settings of one stage."""

    name: str
    title: str
    entries: tuple[Entry, ...]


@cache
def sections() -> tuple[Section, ...]:
    """Every section with its settings, in the order of their definition."""
    known = list(every_setting())
    out = []
    for field in fields(Settings):
        kind = type(field.default)
        texts = _descriptions(kind)
        entries = tuple(_entry(s, texts[s.name]) for s in known if s.section == field.name)
        title = " ".join(inspect.cleandoc(kind.__doc__ or "").split()).replace("``", "`")
        out.append(Section(field.name, title, entries))
    return tuple(out)


def _descriptions(kind: type) -> dict[str, str]:
    """Name -> the text below a field, of every field of a class."""
    (tree,) = ast.parse(textwrap.dedent(inspect.getsource(kind))).body
    assert isinstance(tree, ast.ClassDef)
    texts = {}
    for field, text in zip(tree.body, tree.body[1:], strict=False):
        if (
            isinstance(field, ast.AnnAssign)
            and isinstance(field.target, ast.Name)
            and isinstance(text, ast.Expr)
            and isinstance(text.value, ast.Constant)
        ):
            texts[field.target.id] = " ".join(str(text.value.value).split())
    return texts


def _entry(setting: Setting, text: str) -> Entry:
    """A description taken apart: what the setting means, and where its value comes from."""
    sources = _SOURCE.findall(text)
    return Entry(setting, _SOURCE.sub("", text).replace("``", "`"), "; ".join(sources))


def markdown() -> str:
    """``docs/settings.md``."""
    lines = [
        "# Settings",
        "",
        "Made from the code by `session-audio settings --format markdown`; do not edit.",
        "",
        "A group may keep a `settings.toml` beside its `group.toml`. What it names replaces the",
        "default, for every session of the group; a file given with `run --settings` replaces it",
        "for one run. Names that do not exist and values outside their range stop the run before",
        "anything is done. `session-audio settings --format toml > settings.toml` writes a file",
        "with every setting, each switched off by a `#`.",
        "",
        "Ranges are those in which the software works, both ends allowed; they are no advice.",
        '"Ours" is a value that we chose; "measured" says that `docs/accuracy.md` has the figures.',
        "What is no setting is a constant in the code: what a model was trained or tuned with.",
    ]
    for section in sections():
        lines += ["", f"## {section.name}", "", section.title, ""]
        lines += ["| name | default | unit | allowed | meaning | source |", "|---" * 6 + "|"]
        for entry in section.entries:
            s = entry.setting
            cells = (
                f"`{s.name}`",
                f"`{_default(s)}`" if _default(s) else "none",
                s.unit,
                s.allowed,
                entry.meaning,
                entry.source,
            )
            lines.append(f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |")
    return "\n".join(lines) + "\n"


def _default(setting: Setting) -> str:
    """The default as a file would write it; nothing where there is none."""
    return "" if setting.default is None else setting.line.split(" = ", 1)[1]


def settings_file() -> str:
    """A ``settings.toml`` with every setting, each switched off, with what it means."""
    lines = [
        "# Settings of this group. Remove the # before a line to change its value.",
        "# What is not said here keeps its default, which is the value shown.",
    ]
    for section in sections():
        lines += ["", *_comment(section.title), f"[{section.name}]"]
        for entry in section.entries:
            s = entry.setting
            source = f" Source: {entry.source}." if entry.source else ""
            lines += ["", *_comment(f"{entry.meaning} Allowed: {s.allowed}.{source}")]
            lines.append(f"#{s.line}")
    return "\n".join(lines) + "\n"


def _comment(text: str) -> list[str]:
    return textwrap.wrap(text, 88, initial_indent="# ", subsequent_indent="# ")


def plain_text(names: Sequence[str] = ()) -> Iterator[str]:
    """Lines for a terminal: every setting in short, or the sections `names` in full.

    Raises
    ------
    SettingsError
        When there is no such section.
    """
    known = [section.name for section in sections()]
    for name in names:
        if name not in known:
            raise SettingsError(f"there is no section {name}; there are {', '.join(known)}")
    for section in sections():
        if names and section.name not in names:
            continue
        yield f"[{section.name}]  {section.title}"
        for entry in section.entries:
            s = entry.setting
            yield f"  {s.name:<22} {_shortened(_default(s)):<12} {_shortened(s.allowed, 40)}"
            if names:
                source = f" ({entry.source})" if entry.source else ""
                yield from textwrap.wrap(
                    entry.meaning + source, 88, initial_indent="      ", subsequent_indent="      "
                )
        yield ""


def _shortened(text: str, most: int = 12) -> str:
    return text if len(text) <= most else f"{text[: most - 3]}..."
