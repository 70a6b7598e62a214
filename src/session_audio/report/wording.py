"""The words of the reports.  Each language is one file: ``wording/en.toml``.

What a language does not word yet is shown in English.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any

from session_audio.errors import SettingsError
from session_audio.schema import Estimate

ENGLISH = "en"
"""The language that words everything."""


@dataclass(frozen=True)
class Wording:
    """Sentences, numbers and dates of one language.

    A key is ``section.name``.  A number that is None is worded as not available.
    """

    language: str
    entries: Mapping[str, Mapping[str, Any]]

    def __call__(self, key: str, **values: object) -> str:
        """The sentence `key` with `values` in its places."""
        section, _, name = key.partition(".")
        return str(self.entries[section][name]).format(**values)

    def has(self, key: str) -> bool:
        """Whether this language words `key`."""
        section, _, name = key.partition(".")
        return name in self.entries.get(section, {})

    def part(self, section: str) -> Mapping[str, str]:
        """All entries of a section."""
        return self.entries[section]

    def count(self, noun: str, number: int) -> str:
        """A number with its noun: ``1 turn``, ``2 turns``; a third entry words one: ``once``."""
        one, many, *single = self.entries["nouns"][noun]
        if number == 1 and single:
            return str(single[0])
        return f"{self.number(number)} {one if number == 1 else many}"

    def number(self, value: float | None, places: int = 0, *, sign: bool = False) -> str:
        """`value` with `places` decimals, a true minus and the language's separators."""
        if value is None:
            return self("number.none")
        text = f"{abs(value):,.{places}f}"
        text = text.replace(",", "\0").replace(".", self("number.point"))
        text = text.replace("\0", self("number.group"))
        if not any(char in "123456789" for char in text):
            return text
        return ("−" if value < 0 else "+" if sign else "") + text

    def percent(self, share: float | None, places: int = 0) -> str:
        """A share of 1 as a percentage; what is above 0 is never shown as 0."""
        if share is None:
            return self("number.none")
        if 0 < abs(share) * 100 < 0.5 * 10**-places:
            return self("number.percent_below", n=self.number(10**-places, places))
        return self("number.percent", n=self.number(share * 100, places))

    def points(self, share: float | None) -> str:
        """A difference of shares in percentage points, with its sign."""
        return self.number(None if share is None else share * 100, 0, sign=True)

    def estimate(self, value: Estimate, kind: str = "percent", places: int = 0) -> str:
        """A value with its 95 % interval; only the value where there is no interval."""
        show = self.percent if kind == "percent" else self.number
        if (
            value.value is None
            or value.low is None
            or value.high is None
            or (value.value == value.low == value.high)
        ):
            return show(value.value, places)
        scale = 100 if kind == "percent" else 1
        low, high = (self.number(v * scale, places) for v in (value.low, value.high))
        return self("number.with_interval", value=show(value.value, places), low=low, high=high)

    def clock(self, seconds: float) -> str:
        """Time from the start of the recording: ``4:05``, ``1:02:09``."""
        whole = int(seconds)
        minutes, rest = divmod(whole, 60)
        hours, minutes = divmod(minutes, 60)
        return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"

    def duration(self, seconds: float | None) -> str:
        """A length of time: ``4.2 s``, ``3 min 20 s``, ``1 h 31 min``."""
        if seconds is None:
            return self("number.none")
        if abs(seconds) < 60:
            return f"{self.number(seconds, 1)} s"
        whole = round(seconds)
        if whole < 600:
            minutes, rest = divmod(whole, 60)
            return f"{minutes} min {rest} s" if rest else f"{minutes} min"
        minutes = round(seconds / 60)
        if minutes < 100:
            return f"{minutes} min"
        return f"{minutes // 60} h {minutes % 60} min"

    def whole(self, seconds: float) -> str:
        """A length of time without decimals: ``4 s``, ``3 min 20 s``."""
        if abs(seconds) < 59.5:
            return f"{self.number(seconds)} s"
        return self.duration(round(seconds))

    def day(self, when: date) -> str:
        """A date as it is written out."""
        months = self.entries["number"]["months"]
        return self("number.date", day=when.day, month=months[when.month - 1], year=when.year)

    def short_day(self, when: date) -> str:
        """Day and month."""
        months = self.entries["number"]["short_months"]
        return self("number.short_date", day=when.day, month=months[when.month - 1])

    def listed(self, items: Iterable[str]) -> str:
        """``a, b and c``."""
        every = list(items)
        if len(every) < 2:
            return "".join(every)
        return f"{', '.join(every[:-1])} {self('number.and')} {every[-1]}"


def languages() -> tuple[str, ...]:
    """The languages there is a wording file for."""
    folder = files("session_audio.report") / "wording"
    return tuple(sorted(f.name[:-5] for f in folder.iterdir() if f.name.endswith(".toml")))


@cache
def load(language: str) -> Wording:
    r"""The wording of `language`.

    Raises
    ------
    SettingsError
        When there is no such file.

    Examples
    --------
    >>> load("en").listed(["Ann", "Bo", "Cy"])
    'Ann, Bo and Cy'
    >>> load("de").percent(0.385, 1)
    '38,5\xa0%'
    """
    if language not in languages():
        raise SettingsError(
            f"no wording for the language {language!r}; there is {', '.join(languages())}",
            hint="Set report.language to one of these.",
        )
    own = written(language)
    return Wording(
        language,
        {section: entries | own.get(section, {}) for section, entries in written(ENGLISH).items()},
    )


@cache
def written(language: str) -> dict[str, dict[str, Any]]:
    """What the file of `language` itself holds, by section."""
    source = files("session_audio.report") / "wording" / f"{language}.toml"
    return tomllib.loads(source.read_text(encoding="utf-8"))
