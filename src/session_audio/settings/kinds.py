"""What a setting may be: its unit and the range in which it works.

A type says the unit (`Seconds`, `Decibels`), and the range where it follows from the unit
(`Share`, `Probability`, `Score`, `Cosine`).  Other ranges are given where a setting is
defined, by `within`; outside of them a stage cannot work, or the value has no meaning.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import ConfigDict, Field, Strict

STRICT = ConfigDict(extra="forbid")


@dataclass(frozen=True, slots=True)
class Unit:
    """The unit of a setting, as it is printed."""

    name: str


def within(least: float, most: float, *, default: float) -> Any:
    """A number from `least` to `most`, both allowed; not a number and infinity are refused."""
    return Field(default=default, ge=least, le=most)


Switch = Annotated[bool, Strict()]
Count = Annotated[int, Strict(), Unit("")]
"""A whole number of things."""
Seconds = Annotated[float, Strict(), Unit("s")]
Days = Annotated[int, Strict(), Unit("days")]
Gigabytes = Annotated[float, Strict(), Unit("GB")]
Hertz = Annotated[float, Strict(), Unit("Hz")]
Decibels = Annotated[float, Strict(), Unit("dB")]
Dbfs = Annotated[float, Strict(), Unit("dBFS")]
Points = Annotated[float, Strict(), Unit("points")]
Rate = Annotated[float, Strict(), Unit("an hour")]
Factor = Annotated[float, Strict(), Unit("")]
"""A number without a unit that may be more than 1."""
LogProbability = Annotated[float, Strict(), Unit("log probability")]
Share = Annotated[float, Strict(), Unit("share"), Field(ge=0, le=1)]
Probability = Annotated[float, Strict(), Unit("probability"), Field(ge=0, le=1)]
ErrorRate = Annotated[float, Strict(), Unit("probability")]
"""A level of significance, which is neither 0 nor 1."""
Score = Annotated[float, Strict(), Unit("score"), Field(ge=0, le=1)]
Cosine = Annotated[float, Strict(), Unit("cosine"), Field(ge=-1, le=1)]
CosineDistance = Annotated[float, Strict(), Unit("cosine"), Field(ge=0, le=2)]
Mapped = Annotated[str, Field(pattern=r"^[^=]+=[a-z]+$")]
"""One label of a model and ours: ``"toxic=confrontation"``."""
