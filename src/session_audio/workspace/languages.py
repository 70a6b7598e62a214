"""What a manifest says of the languages that are spoken."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

_Language = Annotated[str, Field(pattern=r"^[a-z]{2,3}$")]


class Languages(BaseModel):
    """One language, or several among which that of each stretch is found; ISO 639-1 codes."""

    model_config = ConfigDict(extra="forbid", strict=False)

    language: _Language | None = None
    languages: list[_Language] = Field(default=[], min_length=1, max_length=8)

    @model_validator(mode="after")
    def _either(self) -> Self:
        if self.language and self.languages:
            raise ValueError('give language = "en" or languages = ["en", "nl"], not both')
        return self

    @property
    def spoken(self) -> tuple[str, ...]:
        """Each once, in the order given; empty where none is."""
        return tuple(dict.fromkeys([self.language] if self.language else self.languages))
