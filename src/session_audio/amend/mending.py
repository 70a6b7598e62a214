"""Words as they were said: what a person wrote, set to the times of what was recognised."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from difflib import SequenceMatcher

from session_audio.schema import Word
from session_audio.workspace.review_file import Operation

NEAR = 0.5
"""Seconds by which a word may have moved since it was mended (ours)."""

Change = dict[str, list[list[object]]]
"""Words that were there (start, end, text), and those that stand in their place."""


def changes(words: Sequence[Word], text: str, start: float, end: float) -> list[Change]:
    """What must change so that `words` read `text`.

    Words that stay keep their times; new ones share the time of those that they replace, and
    without any words the stretch from `start` to `end`.

    Examples
    --------
    >>> said = [Word(0.0, 0.4, "it", "P01"), Word(0.4, 1.0, "useless", "P01")]
    >>> changes(said, "it was useless", 0.0, 1.0)
    [{'from': [[0.0, 0.4, 'it']], 'to': [[0.0, 0.16, 'it'], [0.16, 0.4, 'was']]}]
    """
    new = text.split()
    if not words:
        return [{"from": [], "to": _spread(new, start, end)}] if new else []
    out: list[Change] = []
    match = SequenceMatcher(None, [w.text for w in words], new, autojunk=False)
    for how, a, b, c, d in match.get_opcodes():
        if how == "equal":
            continue
        if a == b:  # nothing is replaced: the words share the time of the one before, or after
            a, c = (a - 1, c - 1) if a else (a, c)
            b, d = (b, d) if a < b else (b + 1, d + 1)
        old = words[a:b]
        out.append(
            {
                "from": [[w.start, w.end, w.text] for w in old],
                "to": _spread(new[c:d], old[0].start, old[-1].end),
            }
        )
    return out


def _spread(texts: Sequence[str], start: float, end: float) -> list[list[object]]:
    """`texts` over a stretch, each as long as its letters."""
    letters = sum(len(text) for text in texts)
    out: list[list[object]] = []
    at = start
    for k, text in enumerate(texts):
        last = k == len(texts) - 1
        until = end if last else at + (end - start) * len(text) / letters
        out.append([round(at, 3), round(until, 3), text])
        at = until
    return out


def mended(words: Sequence[Word], o: Operation) -> tuple[Word, ...] | None:
    """`words` after the changes of an operation; None where one of its words is not there."""
    left = list(words)
    for change in o["changes"]:
        gone: list[Word] = []
        for start, _, text in change["from"]:
            near = [w for w in left if w.text == text and abs(w.start - float(start)) <= NEAR]
            found = min(near, key=lambda w: abs(w.start - float(start)), default=None)
            if found is None:
                return None
            left.remove(found)
            gone.append(found)
        like = gone[0] if gone else Word(0.0, 0.0, "", str(o["from"]))
        left += [
            replace(like, start=float(a), end=float(b), text=str(text), probability=None)
            for a, b, text in change["to"]
        ]
    return tuple(sorted(left, key=lambda w: (w.start, w.end)))
