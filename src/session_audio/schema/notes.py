"""Keys with a number, for a report to word: reasons of a candidate, notices of doubtful data.

In code they are values; in files they are text, ``key`` or ``key:value``, as `str` makes it and
`parse` reads it.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Self

from pydantic_core import core_schema

from session_audio.interval import Interval


class _Text(ABC):
    """What is stored as `str` makes it."""

    __slots__ = ()

    @classmethod
    @abstractmethod
    def parse(cls, text: str) -> Self:
        """What `str` wrote."""

    @classmethod
    def _read(cls, value: object) -> Self:
        return value if isinstance(value, cls) else cls.parse(str(value))

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: Any) -> core_schema.CoreSchema:
        return core_schema.no_info_plain_validator_function(
            cls._read, serialization=core_schema.to_string_ser_schema()
        )


@dataclass(frozen=True, slots=True)
class Reason(_Text):
    """Why a moment is a candidate: a key of `flags.moments.REASONS`, and its number if it has one.

    Written as ``key`` or ``key:number``, the number with three figures.

    >>> str(Reason("lapse", 4.2)), Reason.parse("laughter_followed")
    ('lapse:4.2', Reason(key='laughter_followed', value=None))
    """

    key: str
    value: float | None = None

    def __str__(self) -> str:
        """As it is written in ``flags.csv`` and ``session.json``."""
        return self.key if self.value is None else f"{self.key}:{self.value:.3g}"

    @classmethod
    def parse(cls, text: str) -> Reason:
        """What was written.

        Raises
        ------
        ValueError
            Where what follows the key is no number.
        """
        key, _, value = text.partition(":")
        return cls(key, float(value) if value else None)


@dataclass(frozen=True, slots=True)
class Notice(_Text):
    """Why numbers deserve less trust: a key of the wording's ``warnings``, and what it is about.

    Written as ``key``, ``key:value`` or ``key:value/of``.

    >>> str(Notice("more_voices", "4", "3")), Notice.parse("silent")
    ('more_voices:4/3', Notice(key='silent', value='', of=''))
    >>> Notice.parse("truncated:10.0:12.0")
    Notice(key='truncated', value='10.0', of='12.0')
    """

    key: str
    value: str = ""
    """A number, rounded as it is to be shown, or the id of a participant; empty without."""
    of: str = ""
    """What `value` is out of, where it is a part of something."""

    def __str__(self) -> str:
        """As it is written in ``session.json``."""
        about = f"{self.value}/{self.of}" if self.of else self.value
        return f"{self.key}:{about}" if about else self.key

    @classmethod
    def parse(cls, text: str) -> Notice:
        """What was written; a colon before `of` is read too."""
        key, _, about = text.partition(":")
        value, _, of = about.replace(":", "/").partition("/")
        return cls(key, value, of)


STRETCHES = ("wordless_at", "faint_at", "noisy_at", "crowded_at")
"""Keys of notices about a stretch: `value` and `of` are the seconds at which it begins and ends."""


def of_stretches(key: str, stretches: Iterable[Interval]) -> list[Notice]:
    """A notice a stretch, to the second.

    >>> [str(x) for x in of_stretches("noisy_at", [Interval(60.2, 118.7)])]
    ['noisy_at:60/119']
    """
    return [Notice(key, f"{x.start:.0f}", f"{x.end:.0f}") for x in stretches]
