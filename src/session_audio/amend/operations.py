"""What an operation of a review may hold, and which result it corrects.

An operation is a JSON object: ``do`` says what, ``file`` which of the session's results, ``by``
and ``at`` who and when, ``id`` names it.  What a page sends is checked here before it is kept.
"""

from __future__ import annotations

import json
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from session_audio.errors import FormatError
from session_audio.schema.labels import InteractionKind, TargetLabel
from session_audio.workspace.review_file import Operation

SPEECH, EVENTS, MOMENTS = "speech.json", "interactions.json", "flags.json"
"""The results that are corrected, as their files in ``out/work`` are called."""

LONGEST_NOTE = 2000
LONGEST_TEXT = 20_000

Seconds = Annotated[float, Field(ge=0, le=86_400, allow_inf_nan=False)]
Name = Annotated[str, Field(min_length=1, max_length=200)]
Note = Annotated[str, Field(max_length=LONGEST_NOTE)]
Answer = Literal["", "yes", "no", "unsure"]
Subtype = Literal["withdrawal", "confrontation"]
EventTuple = tuple[InteractionKind, Seconds, Seconds, Name, Name | None]


class _Asked(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, populate_by_name=True)


class NameVoice(_Asked):
    """A voice (a diarizer's label) is a participant, nobody in particular, or another voice."""

    do: Literal["name"]
    voice: Name
    to: Name


class Split(_Asked):
    """From a time on a voice is somebody else; without `to`, a voice of its own."""

    do: Literal["split"]
    voice: Name
    since: Seconds
    to: Annotated[str, Field(max_length=200)] = ""


class Give(_Asked):
    """What one speaker said in a stretch was said by another."""

    do: Literal["give"]
    start: Seconds
    end: Seconds
    speaker: Name = Field(alias="from")
    to: Name


class Noise(_Asked):
    """What was taken for somebody's speech in a stretch is none."""

    do: Literal["noise"]
    start: Seconds
    end: Seconds
    speaker: Name = Field(alias="from")


class Mend(_Asked):
    """What a speaker said in a stretch, as it was said."""

    do: Literal["mend"]
    start: Seconds
    end: Seconds
    speaker: Name = Field(alias="from")
    text: Annotated[str, Field(max_length=LONGEST_TEXT)]


class Event(_Asked):
    """An event (kind, start, end, who came in, who had the floor) is another, or is none."""

    do: Literal["event"]
    found: EventTuple | None = Field(alias="from")
    to: EventTuple | None


class Judge(_Asked):
    """What a person says of a candidate moment; what is left out stays as it is."""

    do: Literal["judge"]
    moment: Name
    answer: Answer | None = None
    start: Seconds | None = None
    end: Seconds | None = None
    target: TargetLabel | None = None
    note: Note | None = None


class Missed(_Asked):
    """A moment that the software did not propose."""

    do: Literal["missed"]
    kind: Literal["rupture", "repair"]
    subtype: Subtype | None = None
    target: TargetLabel = "group"
    start: Seconds
    end: Seconds
    participant: Name
    note: Note = ""


class Close(_Asked):
    """A strain needs no more attention."""

    do: Literal["close"]
    moment: Name
    note: Note = ""


_ANY: TypeAdapter[_Asked] = TypeAdapter(
    Annotated[
        NameVoice | Split | Give | Noise | Mend | Event | Judge | Missed | Close,
        Field(discriminator="do"),
    ]
)
_FILE = {"event": EVENTS, "judge": MOMENTS, "missed": MOMENTS, "close": MOMENTS}
DOES = ("name", "split", "give", "noise", "mend", *_FILE)
"""Everything that a review can do."""


def about(o: Operation) -> set[str]:
    """Whom an event or a moment that an operation decides of is about: ids.

    Examples
    --------
    >>> about({"do": "judge", "moment": "rupture-P01-61.5"})
    {'P01'}
    """
    named = [o.get("participant"), *str(o.get("moment") or "").split("-")[1:-1]]
    for event in (o.get("from"), o.get("to")):
        named += event[3:5] if isinstance(event, list | tuple) else []
    return {str(who) for who in named if who is not None}


def checked(asked: object) -> Operation:
    """What was asked for as an operation, with the file that it corrects.

    Raises
    ------
    FormatError
        Where it is none; what it holds is not told, as that may be words.

    Examples
    --------
    >>> checked({"do": "name", "voice": "S02", "to": "P01"})
    {'file': 'speech.json', 'do': 'name', 'voice': 'S02', 'to': 'P01'}
    """
    try:
        found = _ANY.validate_json(json.dumps(asked))  # JSON knows no tuples: a list may be one
    except ValidationError as error:
        where = sorted({".".join(str(part) for part in e["loc"]) for e in error.errors()})
        raise FormatError(
            f"this is no operation of a review ({', '.join(where[:3])})", stage="review"
        ) from None
    values = found.model_dump(mode="json", by_alias=True, exclude_unset=True)
    start, end = values.get("start"), values.get("end")
    if start is not None and end is not None and end <= start:
        raise FormatError("a stretch ends after it begins", stage="review")
    return {"file": _FILE.get(values["do"], SPEECH), **values}
