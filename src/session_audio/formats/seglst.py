"""SegLST: segments as a JSON list, the format of CHiME and meeteval.

One object a segment: ``session_id``, ``speaker``, ``start_time``, ``end_time`` (seconds)
and ``words``.  Written here with one word a segment and up to three fields more,
``probability``, ``timed`` and, where several are spoken, ``language``, which other readers ignore.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

from session_audio.errors import FormatError
from session_audio.files import write_text
from session_audio.formats import text as texts
from session_audio.formats.timing import check_length
from session_audio.formats.utterance import Utterance
from session_audio.schema import Word

_CODE = re.compile(r"[a-z]{2,3}")


def write(path: Path, session: str, words: Iterable[Word]) -> None:
    """Write `words`, one a segment, in order of start."""
    rows = []
    for word in sorted(words, key=lambda w: (w.start, w.end)):
        row: dict[str, Any] = {
            "session_id": session,
            "speaker": word.speaker or "",
            "start_time": round(word.start, 3),
            "end_time": round(word.end, 3),
            "words": word.text,
        }
        if word.probability is not None:
            row["probability"] = round(word.probability, 3)
        if not word.timed:
            row["timed"] = False
        if word.language is not None:
            row["language"] = word.language
        rows.append(json.dumps(row, ensure_ascii=False))
    write_text(path, "[\n" + ",\n".join(rows) + "\n]\n")


def read(path: Path) -> tuple[Word, ...]:
    """Segments of `path` as words; a segment of several words shares its time among them.

    The words of such a segment get times in proportion to their length, and
    ``timed=False``.

    Raises
    ------
    FormatError
        When the file is not SegLST; says at which segment and why.
    """
    rows = parse(path)
    if not isinstance(rows, list):
        raise FormatError(f"{path.name} holds no list; SegLST is a JSON list of segments")
    words = [w for u in utterances(rows, path.name) for w in as_words(u)]
    check_length(max((w.end for w in words), default=0.0), path.name)
    return tuple(sorted(words, key=lambda w: (w.start, w.end)))


def parse(path: Path) -> Any:
    """What the JSON in `path` holds.

    Raises
    ------
    FormatError
        When it is none, also where a number is too long or brackets are too deep to be read.
    """
    content = texts.read(path).text
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        raise FormatError(
            f"{path.name} is not JSON", hint="SegLST is a JSON list, one object a segment."
        ) from None


def utterances(rows: list[Any], name: str) -> list[Utterance]:
    """Segments of the file called `name`, in its order.

    Raises
    ------
    FormatError
        At the first that is no segment of SegLST.
    """
    said = [_utterance(row, number, name) for number, row in enumerate(rows, start=1)]
    return [u for u in said if u.text]


def _utterance(row: Any, number: int, name: str) -> Utterance:
    where = f"{name}, segment {number}"
    if not isinstance(row, dict):
        raise FormatError(f"{where}: expected an object")
    try:
        start, end = float(row["start_time"]), float(row["end_time"])
        text, speaker = row["words"], row["speaker"]
        probability = None if row.get("probability") is None else float(row["probability"])
    except KeyError as missing:
        raise FormatError(f"{where}: {missing.args[0]} is missing") from None
    except (TypeError, ValueError, OverflowError):
        raise FormatError(
            f"{where}: start_time and end_time must be seconds, probability a number"
        ) from None
    if not isinstance(text, str) or not isinstance(speaker, str | None):
        raise FormatError(f"{where}: words and speaker must be text")
    if not (math.isfinite(start) and math.isfinite(end) and 0 <= start <= end):
        raise FormatError(
            f"{where}: runs from {start} to {end} s; expected 0 <= start <= end",
            hint="Are the times in seconds from the start of the recording?",
        )
    if probability is not None and not 0 <= probability <= 1:
        raise FormatError(f"{where}: probability {probability:g}; expected 0 to 1")
    tokens = text.split()
    timed = len(tokens) == 1 and bool(row.get("timed", True))
    said, language = " ".join(tokens), row.get("language")
    if language is not None and not (isinstance(language, str) and _CODE.fullmatch(language)):
        raise FormatError(f"{where}: language must be a code such as en")
    return Utterance(
        start,
        end,
        speaker or None,
        said,
        f"segment {number}",
        timed,
        probability,
        language=language,
    )


def as_words(u: Utterance) -> list[Word]:
    """The words of an utterance that has an end; several share its time by their letters."""
    end = u.start if u.end is None else u.end
    tokens = u.text.split()
    if len(tokens) == 1 and (u.is_word or u.probability is not None):
        return [Word(u.start, end, tokens[0], u.speaker, u.probability, u.is_word, u.language)]
    words = spread(tokens, u.start, end, u.speaker)
    return words if u.language is None else [replace(w, language=u.language) for w in words]


def spread(tokens: list[str], start: float, end: float, speaker: str | None) -> list[Word]:
    """Words over ``[start, end)`` in proportion to their letters, marked as not timed.

    >>> [round(w.end, 1) for w in spread(["a", "bbb"], 0.0, 6.0, None)]
    [2.0, 6.0]
    """
    weights = [len(t) + 1 for t in tokens]
    whole = sum(weights) or 1
    words, at = [], start
    for token, weight in zip(tokens, weights, strict=True):
        until = at + (end - start) * weight / whole
        words.append(Word(at, until, token, speaker, None, timed=False))
        at = until
    return words
