"""Numbers and addresses of the net, as they are spoken and as a recogniser writes them.

A recogniser writes "07700 900 461" one time and "oh double seven hundred ..." the next, an
e-mail with its signs or with "dot" and "at".  Each finder yields ``(start, end, kind)``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

Place = tuple[int, int, str]

_DIGIT = r"(?:oh|o|zero|nought|naught|one|two|three|four|five|six|seven|eight|nine)"
_TEENS = (
    r"(?:ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen"
    r"|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety)"
)
_UNIT = rf"(?:{_DIGIT}|{_TEENS}|double|treble|triple|hundred|\d+)"
_SPOKEN = re.compile(
    rf"\b(?:plus[ -])?{_UNIT}(?:[ -]{_UNIT}){{5,}}\b"
    rf"|\b(?:oh|o|zero|nought|double|plus)(?:,?[ -]{_UNIT}){{6,}}\b",
    re.I,
)
_WRITTEN = re.compile(
    r"(?<![\w./])\+?(?:\(\d{1,5}\)[ .-]?)?\d{1,5}(?:[ .-]\d{1,6}){1,5}(?!\w)"
    r"|(?<![\w./])\+?\d{9,14}(?!\w)"
)
_LEAST_DIGITS = 7
"""Digits of a telephone number (the shortest local ones)."""

_SIGN = r"(?:dot|underscore|dash|hyphen|point)"
_TOPS = ("com", "org", "net", "uk", "co", "ie", "au", "ca", "edu", "gov", "info", "io")
_EMAIL = re.compile(r"(?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_SPOKEN_EMAIL = re.compile(rf"\b\w+(?: {_SIGN} \w+)* at \w+(?: {_SIGN} \w+)+\b(?!@)", re.I)
_HALF_EMAIL = re.compile(
    rf"\b[\w.-]+(?:,? {_SIGN},? [\w.-]+)*,? at [\w-]+(?: {_SIGN} [\w-]+)*\.[a-z]{{2,}}\b"
    rf"|\b[\w.-]+(?:,? {_SIGN},? [\w.-]+)*,? at (?:[\w-]+ {_SIGN} )+(?:{'|'.join(_TOPS)})\b",
    re.I,
)
_HANDLE = re.compile(r"(?<![\w.@])@\w[\w.]*\w|\bu slash \w+(?: \w+)?", re.I)
_WEB = re.compile(
    r"(?<![\w@.])(?:https?://\S+?|(?:[a-z0-9_-]+\.)+[a-z]{2,}(?:/[\w./~@-]*\w)?)(?=[\s,;:!?]|\.?$|\.\s)",
    re.I,
)
_SPOKEN_WEB = re.compile(
    rf"\b(?:www dot )?\w+(?: {_SIGN} \w+)+(?:,? (?:forward )?slash,? \w+(?: \w+)?)*", re.I
)
_BEFORE = re.compile(r"(\w+)(?<![a-z]{2}),? $|(\w+) $")
_CUES = frozenset(
    {"is", "it", "its", "to", "from", "use", "used", "uses", "at", "on", "me", "in", "try", "up"}
    | {"was", "s", "as", "called", "under", "by", "via", "off", "and", "or", "see"}
)
"""What stands before an address of the net and is no part of it."""
_MOST_BEFORE = 10
_ENDS_NAMES = frozenset(
    {"com", "org", "net", "uk", "co", "io", "edu", "gov", "info", "blog", "de", "eu", "biz"}
    | {"me", "tv", "app", "ac", "us", "ie", "au", "nz", "ca"}
)

_OF_A_RECORD = (
    r"(?:number|no\.|id|i\.d\.|reference|ref|case|file|record|chart|claim|policy|passport"
    r"|licen[cs]e|booking|inmate|prisoner|ticket|membership|account|card|medicare|medicaid"
    r"|insurance|employee|student|patient|customer|nhs|mrn|service)"
)
_FILLER = (
    r"(?:(?:is|was|are|'s|says|said|say|it|out|my|your|the|well|ends|number|id|for|of)\b|[,:])"
)
_CODE = (
    r"(?P<code>(?=[\w/ .-]*\d)[A-Z]{0,6}[-/ ]?\d[\dA-Z]*"
    r"(?:[-/ .]?(?:\d[\dA-Z]*|[A-Z](?![a-z])[\dA-Z]*))*"
    rf"|{_DIGIT}(?:[ -]{_UNIT}){{2,}})"
)
_RECORD = re.compile(
    rf"\b(?i:{_OF_A_RECORD})(?:(?i:'s))?[ ,:]*(?i:(?:{_FILLER}[ ,:]*){{0,5}}){_CODE}"
)
_RECORD_SPOKEN = re.compile(
    rf"\b{_OF_A_RECORD}(?:'s)?[ ,:]*(?:{_FILLER}[ ,:]*){{0,5}}"
    rf"(?P<code>{_DIGIT}(?:[ -]{_UNIT}){{2,}})\b",
    re.I,
)
_LETTERED = (
    r"(?:alpha|bravo|charlie|delta|echo|foxtrot|golf|hotel|india|juliet|kilo|lima|mike|november"
    r"|oscar|papa|quebec|romeo|sierra|tango|uniform|victor|whiskey|x[ -]ray|yankee|zulu|[a-z])"
)
_RECORD_LONG = re.compile(
    rf"\b{_OF_A_RECORD}(?:'s)?(?: (?:(?:[a-z']+ ){{0,4}}(?:is|was|says|said) )?|, )"
    rf"(?P<code>{_UNIT}(?:[ -](?:{_UNIT}|{_LETTERED}\b)){{2,}})\b",
    re.I,
)
_MIXED = re.compile(
    r"(?<![\w@./-])(?=[A-Z0-9/-]*\d)(?=[A-Z0-9/-]*[A-Z])(?:[A-Z]{2,}[-/]?\d{2,}[A-Z0-9/-]*"
    r"|[A-Z]{1,3}\d{4,}[A-Z0-9]*|[A-Z]{2}(?: \d\d){3} [A-Z])(?!\w)"
)


def numbers(text: str) -> Iterator[Place]:
    """Telephone numbers, and numbers of records, cards and cases.

    >>> [kind for _, _, kind in numbers("Ring oh seven seven double oh nine hundred one two three")]
    ['phone']
    >>> list(numbers("I had one, two, three, four glasses in 2019"))
    []
    """
    taken: list[tuple[int, int]] = []
    for pattern in (_RECORD, _RECORD_SPOKEN, _RECORD_LONG):
        for found in pattern.finditer(text):
            code = found["code"].rstrip(" .-/")
            digits = sum(c.isdigit() for c in code)
            start = found.start("code")
            of_a_phone = "number" in found.group().casefold() and _is_phone(code)
            if (digits >= 3 or not digits or _MIXED.match(code)) and not of_a_phone:
                taken.append((start, start + len(code)))
                yield start, start + len(code), "record"
    for found in _MIXED.finditer(text):
        yield found.start(), found.end(), "record"
    for pattern, spoken in ((_WRITTEN, False), (_SPOKEN, True)):
        for found in pattern.finditer(text):
            at = found.span()
            if any(a < at[1] and at[0] < b for a, b in taken):
                continue
            digits = sum(c.isdigit() for c in found.group())
            if (spoken or digits >= _LEAST_DIGITS) and not _is_date(found.group()):
                yield *at, "phone"


def _is_phone(code: str) -> bool:
    """Whether a number after "number" is rather one to ring: it begins with 0 or +, or is long."""
    return bool(re.match(r"(?:\+|0\d|oh|zero|o )", code, re.I)) and len(code) > 9


def _is_date(text: str) -> bool:
    return bool(re.fullmatch(r"(?:\d{4}[-.]\d\d?[-.]\d\d?|\d\d?[-.]\d\d?[-.]\d{4})", text))


def of_the_net(text: str) -> Iterator[Place]:
    """E-mails and web addresses.

    >>> [kind for _, _, kind in of_the_net("write to maya dot q at example dot com")][0]
    'email'
    """
    for pattern in (_EMAIL, _SPOKEN_EMAIL, _HALF_EMAIL):
        for found in pattern.finditer(text):
            spoken = pattern is not _EMAIL
            yield _back(text, found.start()) if spoken else found.start(), found.end(), "email"
    for pattern in (_WEB, _HANDLE):
        for found in pattern.finditer(text):
            yield found.start(), found.end(), "web"
    for found in _SPOKEN_WEB.finditer(text):
        words = found.group().split()
        if "dot" not in [w.casefold() for w in words]:
            continue
        if not {w.casefold() for w in words} & _ENDS_NAMES:
            continue
        yield _back(text, found.start()), found.end(), "web"


def _back(text: str, start: int) -> int:
    """Where an address that was found from `start` on begins: some are several words, spoken."""
    for _ in range(_MOST_BEFORE):
        before = _BEFORE.search(text, 0, start)
        if before is None or (before[1] or before[2]).casefold() in _CUES:
            break
        start = before.start()
    return start
