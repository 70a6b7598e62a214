"""Word lists for rules and features, and how a word is brought to its plain form.

The lists are English.  `are_known` says of which language they and the model are; `basis`
asks it, so that words in another language are left to the rules by timing.  Unless a line
names a source, a list is ours.
"""

from __future__ import annotations

import re


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


def are_known(language: str | None) -> bool:
    """Whether the lists, and the model, are about this language (an ISO 639 code).

    A language that nobody named is taken for English.

    >>> are_known("en"), are_known(None), are_known("de")
    (True, True, False)
    """
    return language is None or language.lower().split("-")[0] in ("en", "eng")


BACKCHANNEL: frozenset[str] = _words(
    """yeah yep yup yes ya mm-hmm mhm mmhm mm-hm mm mmm hmm hm uh-huh uhhuh huh right ok okay
    oh ah aha sure alright wow exactly really good great true cool nice yeah-yeah"""
)
"""Words of which a backchannel is mostly made (after the cue list of Reece et al. 2023† and
the most frequent backchannels of the ICSI meetings)."""

AGREEMENT: frozenset[str] = _words(
    """yeah yes yep right exactly absolutely sure true totally definitely agreed ok okay"""
)
"""Words with which an agreement begins."""

LISTENING_SOUND: frozenset[str] = _words(
    "mm-hmm mmhmm mm hmm mmm hm uh-huh uhhuh huh mhm uh um er erm eh ah"
)
"""Fillers and sounds of listening, which recognisers mostly leave out."""

FILLED_PAUSE: frozenset[str] = _words("uh um er erm eh mm")
"""Sounds that hold the floor in a pause."""

OPEN_ENDED: frozenset[str] = _words(
    """a an the this these those my your his her its our their of to in on at for from with by
    about into than as if when while because cause cuz that which who whose what and or but so
    then is are was were am be been being has have had do does did can could will would shall
    should may might must i'm you're we're they're he's she's it's that's i've we've you've i'll
    we'll you'll i'd not don't doesn't didn't can't isn't i we you he she they it just very really
    like mean kind sort some any every each no more most much many"""
)
"""Words after which an English sentence rarely ends."""

QUESTION_START: frozenset[str] = _words(
    """what who whom whose which when where why how do does did is are was were can could will
    would should have has isn't aren't don't doesn't didn't can't couldn't wouldn't"""
)

NOT_BACKCHANNEL_START: frozenset[str] = _words(
    """i i'm i've i'd i'll you we he she they it it's that's but and so because what why"""
)
"""Words that open content, so that no backchannel begins with them (after Reece et al. 2023†)."""

FUNCTION_WORDS: frozenset[str] = _words(
    """about after again all also and any are because been before being but can could did does
    doing don down each even for from get going gone got had has have having her here hers him his
    how into its just know like look made make maybe mean more most much need never not now off one
    only other our out over own really right said same say see she should some something still such
    sure take tell than that the their them then there these they thing things think this those too
    two under until very want was way well went were what when where which while who why will with
    would yeah yes yet you your okay"""
)
"""Words that say nothing of the topic: function words, and what everybody says of everything."""

LAUGHTER = re.compile(
    r"\b(?:laugh\w*|chuckl\w*|giggl\w*|snigger\w*|(?:ha){2,}h?|ha ha)\b", re.IGNORECASE
)
"""Laughter as transcribers write it."""

RISK = re.compile(
    r"\b(?:suicid\w*|kill(?:ing|ed)? (?:my|your|him|her|them)sel(?:f|ves)|kill myself"
    r"|end(?:ing)? (?:it all|my (?:own )?life)|take my own life|self[- ]harm\w*"
    r"|(?:cut|cutting|hurt|hurting|harm|harming|burn|burning) myself"
    r"|want(?:ed)? to die|wish i (?:was|were) dead|better off dead|(?:not|n't) want to be alive"
    r"|(?:going to|gonna|will|'ll) (?:kill|stab|shoot|strangle) (?:you|him|her|them|someone)"
    r"|(?:got|have|bought|bring|brought) (?:a|the|my) (?:gun|knife|rope))\b",
    re.IGNORECASE,
)
"""Words that signal risk of harm.  No safety monitor: most of what a clinician hears is missed."""

_STRIP = re.compile(r"^[^\w<'-]+|[^\w>'-]+$")


def plain(word: str) -> str:
    """A word in lower case without punctuation around it; a broken-off word keeps its hyphen.

    >>> plain("Okay,"), plain("beca-"), plain("Mm-hmm.")
    ('okay', 'beca-', 'mm-hmm')
    """
    lowered = word.replace("’", "'").replace("—", "-").replace("–", "-").lower()
    return _JOINED.get(stripped := _STRIP.sub("", lowered), stripped)


_JOINED = {
    "o k": "okay",
    "ok": "okay",
    "o.k": "okay",
    "mhm": "mm-hmm",
    "mm-hm": "mm-hmm",
    "mmhmm": "mm-hmm",
    "mhmm": "mm-hmm",
    "uhhuh": "uh-huh",
    "uh-hum": "uh-huh",
}


def is_fragment(word: str) -> bool:
    """Whether a word was broken off, by the hyphen that transcribers write.

    >>> is_fragment("beca-"), is_fragment("mm-hmm")
    (True, False)
    """
    return len(word) > 1 and word.endswith("-")


def seems_unfinished(words: list[str]) -> bool | None:
    """Whether an utterance of these (plain) words was left open; None without words."""
    if not words:
        return None
    last = words[-1]
    return is_fragment(last) or last in OPEN_ENDED
