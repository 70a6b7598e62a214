"""What speech recognition does to text, and other changes that leave a label as it is."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from dataclasses import replace

from session_audio.schema import ContextTurn, TurnInContext


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


FILLERS = _words("uh um er erm hm hmm mm mhm ah eh oh")
SHORT = _words("a an the i it is to of and so that but in on at he she we you was just")
HEARD_AS = {
    "their": "there",
    "there": "their",
    "they're": "there",
    "your": "you're",
    "you're": "your",
    "to": "two",
    "too": "to",
    "two": "to",
    "its": "it's",
    "it's": "its",
    "then": "than",
    "than": "then",
    "were": "where",
    "where": "were",
    "hear": "here",
    "here": "hear",
    "no": "know",
    "know": "no",
    "right": "write",
    "for": "four",
    "by": "buy",
    "one": "won",
    "been": "bin",
    "meant": "meet",
    "quite": "quiet",
    "whole": "hole",
    "through": "threw",
    "wait": "weight",
    "week": "weak",
    "would": "wood",
    "him": "them",
    "can't": "can",
    "could've": "could of",
    "should've": "should of",
    "going to": "gonna",
    "are": "our",
    "our": "are",
    "off": "of",
    "in": "and",
    "and": "in",
    "this": "the",
    "when": "one",
    "him.": "them",
    "ask": "us",
    "said": "set",
    "felt": "fell",
    "feel": "fill",
    "sorry": "sore",
    "mean": "me",
    "think": "thing",
    "thing": "think",
    "want": "won't",
    "won't": "want",
    "had": "have",
    "has": "as",
    "sat": "said",
    "cause": "because",
    "ain't": "and",
}
BEGINS = ("um", "uh", "so", "well", "yeah", "okay", "you know", "I mean")
BETWEEN = ("uh", "um", "you know", "like", "I mean")
_BRACKETS = re.compile(r"[(\[*][^)\]*]{0,60}[)\]*]")
_MARKS = re.compile(r"[^\w\s']+")


def as_recognised(text: str, rng: random.Random, *, plain: bool = True) -> str:
    """`text` as a speech recogniser may write it; `plain` takes case and punctuation away.

    Never empty: where nothing is left, the text comes back in lower case.
    """
    spoken = _BRACKETS.sub(" ", text).replace("’", "'")
    if plain:
        spoken = _MARKS.sub(" ", spoken).lower()
    out: list[str] = []
    for word in spoken.split():
        bare = word.lower().strip(".,!?;:…—-\"'")
        if bare in FILLERS and rng.random() < 0.8:
            continue
        if bare in SHORT and rng.random() < 0.06:
            continue
        if bare in HEARD_AS and rng.random() < 0.06:
            word = HEARD_AS[bare]
        elif len(bare) > 5 and rng.random() < 0.015:
            word = _misheard(bare, rng)
        if rng.random() < 0.008:
            continue
        out.append(word)
    return " ".join(out) or text.lower()


def _misheard(word: str, rng: random.Random) -> str:
    """A word cut in two or without its end, as a recogniser's near miss is."""
    at = rng.randrange(2, len(word) - 1)
    return f"{word[:at]} {word[at:]}" if rng.random() < 0.4 else word[: max(3, at)]


def recognised(turn: TurnInContext, rng: random.Random, *, plain: bool = True) -> TurnInContext:
    """The turn and those before it, as a recogniser may write them."""
    context = all_recognised(turn.context, rng, plain=plain)
    return replace(turn, context=context, text=as_recognised(turn.text, rng, plain=plain))


def all_recognised(
    turns: Sequence[ContextTurn], rng: random.Random, *, plain: bool = True
) -> tuple[ContextTurn, ...]:
    """A conversation, as a recogniser may write it."""
    return tuple(replace(t, text=as_recognised(t.text, rng, plain=plain)) for t in turns)


def as_spoken(text: str, rng: random.Random) -> str:
    """`text` with what people say and writers leave out.

    Words said twice, fillers, fewer articles: what tells written talk from real most
    (``told_apart.py``).
    """
    out: list[str] = []
    for word in text.split():
        bare = word.lower().strip(".,!?")
        if bare == "the" and rng.random() < 0.4:
            continue
        if bare in SHORT and rng.random() < 0.04:
            out.append(word + "-")
        if out and rng.random() < 0.03:
            out.append(rng.choice(BETWEEN) + ",")
        out.append(word)
    said = " ".join(out) or text
    if len(out) > 1 and rng.random() < 0.15:
        begin = rng.choice(BEGINS)
        said = f"{begin[0].upper()}{begin[1:]}, {said}"
    return said


def all_spoken(turns: Sequence[ContextTurn], rng: random.Random) -> tuple[ContextTurn, ...]:
    """A conversation, as its people may have said it."""
    return tuple(replace(turn, text=as_spoken(turn.text, rng)) for turn in turns)


def varied(turn: TurnInContext, rng: random.Random) -> tuple[TurnInContext, bool]:
    """A variant for training, and whether its roles are shown.

    A third is written as a recogniser would (most without punctuation).  Some lose their
    earliest turn of context; a few longer ones lose all of it.  Some roles are hidden: who
    leads must not decide the label.
    """
    if rng.random() < 0.35:
        turn = recognised(turn, rng, plain=rng.random() < 0.75)
    if len(turn.text.split()) >= 5 and rng.random() < 0.06:
        turn = replace(turn, context=())
    elif len(turn.context) > 1 and rng.random() < 0.2:
        turn = replace(turn, context=turn.context[1:])
    return turn, rng.random() >= 0.3
