"""Addresses, dates, and people and organisations told by the words around them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from session_audio.names.ordinary import is_function
from session_audio.redaction.spoken import Place

_ONES = (
    r"(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen"
    r"|sixteen|seventeen|eighteen|nineteen)"
)
_TENS = r"(?:twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety)"
_SAID = rf"(?:{_ONES}|{_TENS}(?:[ -]{_ONES})?|oh|zero|hundred|and)"
_UNITS = rf"(?:flat|number|apartment|unit|apt) ?(?:\d+\w?|{_SAID})?,? "
_HOUSE = rf"(?:{_UNITS})?(?:(?:\d+\w?|{_SAID}(?:[ -]{_SAID}){{0,5}}) )?"
_LARGE = (
    r"(?:Street|St|Road|Rd|Lane|Avenue|Ave|Close|Crescent|Drive|Way|Grove|Gardens|Square|Terrace"
    r"|Place|Court|Hill|House|Row|Mews|Parade|Boulevard|Walk|Rise|Mount|Wharf|Quay|Wynd|Villas?"
    r"|Park|Point|Green|Vale|View|Meadows?|Fields?|Loop|Trail|Circle|Buildings?|Heights|Gate)"
)
_SMALL = r"(?:street|road|lane|avenue|close|crescent|drive|grove|terrace|square|gardens)"
_STREET = re.compile(
    rf"\b(?i:{_HOUSE})(?:[A-Z][\w'’]+ ){{1,3}}{_LARGE}\b"
    r"(?:,? (?:[Ff]lat|[Uu]nit|[Aa]partment|[Aa]pt|[Ss]uite) \w+(?: [A-Z]\b)?)?"
)
_SMALL_STREET = re.compile(
    r"(?:\b(?:on|at|in|off|down|to|of) )"
    rf"(?P<at>(?:(?:\d+\w?|{_SAID}(?:[ -]{_SAID}){{0,3}}) )?(?P<name>[a-z]+) {_SMALL})\b"
)
_FLAT = re.compile(r"\b(?:Flat|Unit|Apartment) \d+\w?,? (?:[A-Z][\w'’]+ ){1,2}" + _LARGE)
_NUMBERED = re.compile(
    r"\b\d{1,4}[A-Z]? (?!(?:January|February|March|April|May|June|July|August|September|October"
    r"|November|December)\b)[A-Z][a-z]+(?: [A-Z][a-z]+){0,2}\b|\b[Nn]umber \d{1,4}[a-z]?\b"
)
_SAID_HOUSE = re.compile(
    rf"\b(?:number |flat )?(?:\d+\w?|{_SAID}(?:[ -]{_SAID}){{0,3}})(?: [a-z])? "
    rf"(?:(?:[a-z]+ ){{1,2}}{_SMALL}|the (?:crescent|green|close|avenue|drive|grove|square))\b"
)
_CODE = re.compile(r"\b[A-Z]{1,2}\d[A-Z\d]? ?\d ?[A-Z]{2}\b")
_BOX = re.compile(r"\bP\.? ?O\.? ?[Bb]ox \d+", re.I)

_MONTH = (
    r"(?:January|February|March|April|May|June|July|August|September|October|November|December"
    r"|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)"
)
_ORDINAL = (
    r"(?:\d{1,2}(?:st|nd|rd|th)?|(?:twenty[- ]|thirty[- ])?(?:first|second|third|fourth|fifth|sixth"
    r"|seventh|eighth|ninth)|tenth|eleventh|twelfth|thirteenth|fourteenth|fifteenth|sixteenth"
    r"|seventeenth|eighteenth|nineteenth|twentieth|thirtieth)"
)
_YEAR = (
    rf"(?:(?:19|20)\d\d|(?:nineteen|twenty)[ -](?:oh[ -])?(?:{_TENS}(?:[ -]{_ONES})?|{_ONES})"
    rf"|two thousand(?: and)?(?: {_ONES}| {_TENS}(?:[ -]{_ONES})?)?|['’]\d\d)"
)
_MEASURE = r"(?:days|weeks|months|years|minutes|hours|per|pounds)"
_SAID_PART = rf"(?:\d{{1,4}}|{_TENS}(?:[ -]{_ONES})?|{_ONES}|double oh|oh {_ONES})"
_FESTIVAL = (
    r"(?:Christmas(?: Eve| Day)?|New Year['’]?s(?: Eve| Day)?|Easter(?: Sunday| Monday)?|Boxing Day"
    r"|Good Friday|Halloween|Hogmanay|Thanksgiving|Bonfire Night|Ash Wednesday|Whit Monday"
    r"|(?:Saint|St\.?) \w+['’]?s Day|(?:Mother|Father|Valentine|April Fool)['’]?s['’]? Day"
    r"|(?:Anzac|Australia|Canada|Labou?r|Independence|Memorial|Remembrance|Veterans) Day)"
)
_DATES = tuple(
    re.compile(pattern, re.I)
    for pattern in (
        rf"\b(?:the )?{_ORDINAL} (?:of )?{_MONTH}\b(?:\.?,? {_YEAR}\b)?",
        rf"\b(?:the )?{_ORDINAL} of the {_ORDINAL}\b(?:,? (?:{_YEAR}|{_TENS}(?:[ -]{_ONES})?)\b)?",
        rf"\b(?:on the night of )?{_MONTH} (?:the )?{_ORDINAL}\b(?:,? {_YEAR}\b)?",
        rf"\b{_MONTH},? (?:of )?{_YEAR}\b",
        r"\b\d{1,2}[/.-]\d{1,2}[/.-](?:\d{4}|\d\d)\b",
        r"\b(?:19|20)\d\d-\d\d-\d\d\b",
        rf"\b(?:the \w+ (?:before|after) )?{_FESTIVAL},? {_YEAR}\b",
        rf"(?<=\bin ){_YEAR}\b",
        rf"(?<=\bin ){_TENS}[ -]{_ONES}\b(?=[.,;?!]|$)",
        r"(?<![\w£$€./-])(?:19[2-9]\d|20[0-4]\d)(?![\w/-])(?!\.\d)",
        rf"(?<=\bsince ){_YEAR}\b",
        rf"(?<=\b(?:in|by) ){_TENS}[ -]{_ONES}\b(?! (?:\w+ )?{_MEASURE})",
        r"(?<=\b(?:in|by) )(?:sixty|seventy|eighty|ninety)\b(?= (?:with|when|and|or)\b)",
        r"(?<![\w'’])['’]\d\d\b(?!s)",
        r"(?:(?<=birth, )|(?<=birth )|(?<=birthday )|(?<=birthday's )|(?<=born )|(?<=born on ))"
        rf"(?:the )?(?:{_SAID_PART}[,/ -]+){{2}}{_SAID_PART}\b",
    )
)

_NAME = r"[A-Z][\w'’-]+(?: [A-Z][\w'’-]+)?"
_TITLED = re.compile(
    r"\b(?:Mr|Mrs|Ms|Miss|Dr|Doctor|Nurse|Sister|Brother|Father|Aunt|Auntie|Uncle|Professor|Coach"
    r"|Captain|Sergeant|Sgt|PC|DC|DS|DI|Judge|Pastor|Reverend|Rabbi|Imam|Big|Little|Old)\.?"
    rf" (?:{_NAME})"
)
_RELATION = (
    r"(?:husband|wife|partner|sister|brother|mother|father|mum|mom|dad|son|daughter|boy|girl|ex|boss"
    r"|manager|friend|mate|boyfriend|girlfriend|cousin|nephew|niece|uncle|aunt|auntie|grandson|nan"
    r"|granddaughter|neighbour|neighbor|solicitor|lawyer|therapist|psychiatrist|doctor|landlord|baby"
    r"|keyworker|little one|in-law|dog|cat|kid|girlfriend)"
)
_RELATED = re.compile(rf"\b(?i:{_RELATION})(?:'s)?,? (?:was |is |called |named )?(?P<who>{_NAME})")
_CALLED = re.compile(
    rf"\b(?:called|named|name was|name is|name's|name were) (?:after )?(?P<who>{_NAME})"
)


def addresses(text: str) -> Iterator[Place]:
    """Streets with their numbers, postcodes and post-office boxes.

    >>> {text[a:b] for text in ["It's 14 Cedar Avenue."] for a, b, _ in addresses(text)}
    {'14 Cedar Avenue'}
    """
    for pattern in (_FLAT, _STREET, _SAID_HOUSE, _CODE, _BOX, _NUMBERED):
        for found in pattern.finditer(text):
            yield found.start(), found.end(), "address"
    for found in _SMALL_STREET.finditer(text):
        if not is_function(found["name"]):
            yield found.start("at"), found.end("at"), "address"


def dates(text: str) -> Iterator[Place]:
    """Days, months with their year, and years; never a weekday alone or a length of time.

    >>> [t[a:b] for t in ["since the second of May, not for two years"] for a, b, _ in dates(t)]
    ['the second of May']
    """
    for pattern in _DATES:
        for found in pattern.finditer(text):
            yield found.start(), found.end(), "date"


def organisations(text: str) -> Iterator[Place]:
    """Houses called after somebody: the Nag's Head.

    >>> [t[a:b] for t in ["We met at the Nag's Head."] for a, b, _ in organisations(t)]
    ["Nag's Head"]
    """
    for found in re.finditer(r"(?<=\bthe )[A-Z]\w+['’]s [A-Z]\w+", text):
        yield found.start(), found.end(), "organisation"


def people(text: str) -> Iterator[Place]:
    """People by a title, a relation, or as somebody called so.

    >>> [t[a:b] for t in ["My husband Leonard saw Dr. Petrakis."] for a, b, _ in people(t)]
    ['Dr. Petrakis', 'Leonard']
    """
    for found in _TITLED.finditer(text):
        yield found.start(), found.end(), "person"
    for pattern in (_RELATED, _CALLED):
        for found in pattern.finditer(text):
            if not is_function(found["who"].split()[0]):
                yield found.start("who"), found.end("who"), "person"
