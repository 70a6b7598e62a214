"""A spreadsheet runs nothing that somebody said: an apostrophe before what looks like a formula.

Every table is written by `guarded` and read by `unguarded`.  A formula begins with ``=``,
``+``, ``-`` or ``@`` (or their full-width forms); where a spreadsheet parts cells at
semicolons or tabs, as a German one does, or does not see that a text goes on over a line's
end, it may begin within the text too.
"""

from __future__ import annotations

import re

_BEGINS = "=+\\-@\uff1d\uff0b\uff0d\uff20"
_INSIDE = rf"(?<=[;\t\r\n])%s(?=[ \"']*[{_BEGINS}])"
_AT_START = rf"\A%s(?=[ \"']*[{_BEGINS}\t\r\n])"
# Apostrophes that are there already are passed over, so that one more can be taken off again.
_RUN = re.compile("|".join(place % "" for place in (_AT_START, _INSIDE)))
_GUARDED = re.compile("|".join(place % "'" for place in (_AT_START, _INSIDE)))


def guarded(text: str) -> str:
    """`text` such that no spreadsheet runs it.

    Examples
    --------
    >>> guarded("-2+3 was what I said"), guarded("yes"), guarded("'tis")
    ("'-2+3 was what I said", 'yes', "'tis")
    >>> guarded("well;=1+1")
    "well;'=1+1"
    """
    return _RUN.sub("'", text)


def unguarded(text: str) -> str:
    """The inverse of `guarded`.

    Examples
    --------
    >>> unguarded("'-2+3 was what I said"), unguarded("'tis"), unguarded("well;'=1+1")
    ('-2+3 was what I said', "'tis", 'well;=1+1')
    """
    return _GUARDED.sub("", text)
