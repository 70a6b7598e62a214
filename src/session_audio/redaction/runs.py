"""Numbers said digit by digit, in pieces, with letters between them, or after what names them.

People say a number in pieces: "07700 and then 900, um, six double one".  A run of digits and
letters, with what may stand between them, is taken for a number of a record or a telephone where it
is long, is said digit by digit, mixes letters and digits, or follows a word such as "room".
Amounts, doses, ages, times, years and counting are none.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from session_audio.redaction.spoken import Place

_ONES = dict.fromkeys(
    (
        "oh",
        "zero",
        "nought",
        "naught",
        "one",
        "two",
        "three",
        "four",
        "five",
        "six",
        "seven",
        "eight",
        "nine",
    ),
    1,
)
_TENS = dict.fromkeys(
    (
        "ten",
        "eleven",
        "twelve",
        "thirteen",
        "fourteen",
        "fifteen",
        "sixteen",
        "seventeen",
        "eighteen",
        "nineteen",
        "twenty",
        "thirty",
        "forty",
        "fifty",
        "sixty",
        "seventy",
        "eighty",
        "ninety",
    ),
    2,
)
_TIMES = {"double": 1, "treble": 2, "triple": 2}
_NOUGHTS = frozenset({"oh", "zero", "nought", "naught"})
_VALUE = {word: value for value, word in enumerate([*_ONES][4:] + [*_TENS][:11], 1)}
"""From one to twenty, for those who count."""
_BETWEEN = frozenset({"dash", "slash", "stroke", "hyphen", "um", "uh", "er", "erm", "then", "and"})
"""Words that may stand inside a number, with the signs of `_SIGNS`."""
_SAID = frozenset({"right", "yeah", "no", "sorry", "space"})
"""Words that may, between pieces that are said digit by digit."""
_MOST_BETWEEN = 3
_SIGNS = re.compile(r"[\s,.;:/–—-]*")
_TOKEN = re.compile(r"[A-Za-z]+(?:['’][a-z]+)?|\d+")
_NAMES_IT = frozenset(
    {"room", "ward", "bay", "bed", "locker", "plot", "row", "pin", "badge", "employee", "staff"}
    | {"extension", "ext", "reference", "incident", "membership", "member", "account", "card"}
    | {"policy", "passport", "registration", "reg", "plate", "file", "case", "claim", "zip"}
    | {"postcode", "code", "wristband", "chart", "invoice", "order", "ticket", "cell", "book"}
)
_LEADS = frozenset({"number", "no", "is", "was", "it's", "ends", "end", "in", "ending", "the", "a"})
_AMOUNT = frozenset(
    {"year", "years", "month", "months", "week", "weeks", "day", "days", "hour", "hours", "minute"}
    | {"minutes", "second", "seconds", "pound", "pounds", "quid", "p", "pence", "grand", "dollar"}
    | {"dollars", "bucks", "cents", "euro", "euros", "percent", "per", "milligram", "milligrams"}
    | {"mg", "mils", "ml", "mcg", "micrograms", "grams", "kilos", "kilo", "kg", "stone", "pints"}
    | {
        "miles",
        "mile",
        "km",
        "metres",
        "meters",
        "feet",
        "foot",
        "inches",
        "times",
        "people",
        "kids",
    }
    | {
        "steps",
        "o'clock",
        "am",
        "pm",
        "out",
        "of",
        "degrees",
        "units",
        "tablets",
        "pills",
        "points",
    }
    | {"million", "thousand", "billion", "calories", "words", "pages", "men", "women", "odd", "a"}
)
_MONEY = "£$€"
_LONG = 6
"""Digits from which a run is a number, however it is said."""
_SPELT = 3
"""Single digits, one after the other, that are one."""
_RING = re.compile(
    r"\b(?:call|ring|rings?|text|phone|mobile|number|line|dial|landline|reach)", re.I
)
_A_TELEPHONE = 7
_YEAR = re.compile(r"(?:19|20)\d\d$")


@dataclass(frozen=True, slots=True)
class _Piece:
    """One word or group of a run."""

    start: int
    end: int
    text: str
    kind: str
    """``digits`` (figures), ``word`` (a number as a word), ``times``, ``letter``, ``between``."""
    digits: int = 0


def runs(text: str) -> Iterator[Place]:
    """Numbers that are said in pieces, digit by digit, or with letters.

    Examples
    --------
    >>> [text[a:b] for text in ["it's um 07700 and then 900 and then six double one"]
    ...  for a, b, _ in runs(text)]
    ['07700 and then 900 and then six double one']
    >>> list(runs("I had one, two, three, four glasses, it was ten past seven and I was 42"))
    []
    >>> [kind for _, _, kind in runs("His plate was YK 19 ZRT.")]
    ['record']
    """
    for run in _split(text):
        run = _trimmed(run)
        if run and _is_a_number(text, run):
            start, end = run[0].start, run[-1].end
            digits = sum(p.digits for p in run)
            ringing = digits >= _A_TELEPHONE and _RING.search(text[max(0, start - 40) : start])
            phone = ringing or run[0].text.casefold() in _NOUGHTS or run[0].text.startswith("0")
            yield start, end, "phone" if phone and digits >= _A_TELEPHONE else "record"


def _piece(found: re.Match[str]) -> _Piece | None:
    word = found.group().casefold()
    place = (found.start(), found.end(), found.group())
    if word.isdigit():
        return _Piece(*place, "digits", len(word))
    if word in _ONES or word in _TENS or word == "hundred":
        return _Piece(*place, "word", _ONES.get(word, 2))
    if word in _TIMES:
        return _Piece(*place, "times", _TIMES[word])
    if word in _BETWEEN or word in _SAID:
        return _Piece(*place, "between")
    if found.group().isupper() and len(word) <= 4 and word not in {"a", "i", "ok", "tv", "nhs"}:
        return _Piece(*place, "letter")
    return None


def _split(text: str) -> Iterator[list[_Piece]]:
    """Runs of pieces with nothing else than signs between them."""
    run: list[_Piece] = []
    for found in _TOKEN.finditer(text):
        piece = _piece(found)
        beside = bool(run) and _SIGNS.fullmatch(text, run[-1].end, found.start()) is not None
        held = sum(1 for _ in _last_between(run))
        if (
            piece is None
            or (run and not beside)
            or (piece.kind == "between" and held >= _MOST_BETWEEN)
        ):
            yield run
            run = []
        if piece is not None and (run or piece.kind != "between"):
            run.append(piece)
    yield run


def _last_between(run: Sequence[_Piece]) -> Iterator[_Piece]:
    for piece in reversed(run):
        if piece.kind != "between":
            return
        yield piece


def _trimmed(run: list[_Piece]) -> list[_Piece]:
    while run and run[-1].kind in ("between", "times"):
        run = run[:-1]
    return run


def _is_a_number(text: str, run: Sequence[_Piece]) -> bool:
    numbers = [p for p in run if p.kind in ("digits", "word", "times")]
    digits = sum(p.digits for p in numbers)
    if not digits or _is_amount(text, run):
        return False
    if _is_named(text, run[0].start):
        return True
    letters = sum(len(p.text) for p in run if p.kind == "letter")
    if letters and digits >= 2 and len(run) >= 2:
        return True
    if _counts(numbers) or all(_YEAR.match(p.text) for p in numbers):
        return False
    said = any(p.text.casefold() in _NOUGHTS or p.kind == "times" for p in numbers)
    said = said or any(p.text.startswith("0") and len(p.text) > 1 for p in numbers)
    spelt = _most_single(numbers)
    cardinal = any(p.text.casefold() == "hundred" for p in numbers) and not said
    if cardinal:
        return False
    return (digits >= _LONG and len(numbers) > 1) or spelt >= _SPELT or (said and digits >= 4)


def _is_amount(text: str, run: Sequence[_Piece]) -> bool:
    """Whether money, a measure or a count is told."""
    before = text[: run[0].start].rstrip()
    if before.endswith(tuple(_MONEY)):
        return True
    after = _TOKEN.search(text, run[-1].end)
    beside = after is not None and not text[run[-1].end : after.start()].strip(" -")
    return beside and after is not None and after.group().casefold() in _AMOUNT


def _is_named(text: str, start: int) -> bool:
    """Whether a word before it says what number it is."""
    words = [w.casefold().removesuffix("'s") for w in re.findall(r"[A-Za-z']+", text[:start])[-4:]]
    while words and words[-1] in _LEADS:
        last = words.pop()
        if last in ("ends", "ending", "end"):
            return True
    return bool(words) and words[-1] in _NAMES_IT


def _most_single(numbers: Sequence[_Piece]) -> int:
    """How many single digits follow one another, a double counting for two."""
    most = now = 0
    for piece in numbers:
        single = piece.kind == "times" or piece.digits == 1
        now = now + piece.digits if single else 0
        most = max(most, now)
    return most


def _counts(numbers: Sequence[_Piece]) -> bool:
    """Whether somebody counts: each number is larger than the one before, by the same step."""
    values = [int(p.text) if p.text.isdigit() else _VALUE.get(p.text.casefold()) for p in numbers]
    known = [v for v in values if v is not None]
    steps = {b - a for a, b in itertools.pairwise(known)}
    return len(known) == len(values) > 2 and len(steps) == 1 and min(steps) > 0
