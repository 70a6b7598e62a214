"""How well a model tells what was written for this project from real talk.

    python training/rupture/told_apart.py BENCH

Stretches of ten turns of each kind of written talk against stretches of real talk (BENCH holds
it): logistic regression, cross-validated by conversation.  "Form" sees lengths, fillers, restarts
and the commonest words; "words" sees every word and pair of words, so it also sees the subject.
An area of 0.5 means that they cannot be told apart, 1 that they always can.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
import talk_data
import turns_data
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import GroupKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

STRETCH = 10
"""Turns judged together."""
COMMON = """
i you it the a and to of that is was in so but like just know mean yeah no okay well um uh oh
right mm because have do not don't it's i'm that's what how if they he she we me my your
"""
MEASURES = (
    *(f"words a turn, {share} %" for share in (10, 25, 50, 75, 90)),
    "turns of up to three words",
    "words said twice",
    *COMMON.split(),
)
"""Names of the numbers of `form`; those of common words are shares of all words."""
WORD = re.compile(r"[a-z]+(?:'[a-z]+)?")
Talk = tuple[str, Sequence[str]]
"""A conversation's name and its turns."""


def stretches(talks: Sequence[Talk]) -> tuple[list[list[str]], list[str]]:
    """Runs of ten turns in lower case without marks, as transcribers differ; and whose they are."""
    texts, names = [], []
    for name, turns in talks:
        plain = [" ".join(WORD.findall(t.lower().replace("’", "'"))) for t in turns]
        for at in range(0, len(plain) - STRETCH + 1, STRETCH):
            texts.append(plain[at : at + STRETCH])
            names.append(name)
    return texts, names


def form(turns: Sequence[str]) -> list[float]:
    """Lengths, repeated words, and how often each common word comes."""
    words = [turn.split() for turn in turns]
    lengths = [len(w) for w in words]
    every = [word for turn in words for word in turn]
    total = max(1, len(every))
    again = sum(a == b for a, b in pairwise(every))
    shape = [*np.percentile(lengths, [10, 25, 50, 75, 90]), float(np.mean(np.array(lengths) < 4))]
    return [*map(float, shape), again / total, *(every.count(w) / total for w in COMMON.split())]


def areas(written: Sequence[Talk], real: Sequence[Talk]) -> tuple[float, float, int, int]:
    """Area by form, by words, and the numbers of stretches."""
    first, whose = stretches(written)
    second, theirs = stretches(real)
    texts, groups = [*first, *second], [*whose, *theirs]
    wanted = np.array([1] * len(first) + [0] * len(second))
    shape = np.array([form(turns) for turns in texts])
    joined = [" / ".join(turns) for turns in texts]
    by_form, by_words = np.zeros(len(wanted)), np.zeros(len(wanted))
    for train, test in GroupKFold(5).split(shape, wanted, groups):
        model = make_pipeline(
            StandardScaler(), LogisticRegression(C=0.1, max_iter=2000, class_weight="balanced")
        ).fit(shape[train], wanted[train])
        by_form[test] = model.decision_function(shape[test])
        words = TfidfVectorizer(ngram_range=(1, 2), min_df=3, sublinear_tf=True)
        seen = words.fit_transform([joined[k] for k in train])
        model = LogisticRegression(C=3, max_iter=2000, class_weight="balanced")
        model.fit(seen, wanted[train])
        by_words[test] = model.decision_function(words.transform([joined[k] for k in test]))
    return (
        float(roc_auc_score(wanted, by_form)),
        float(roc_auc_score(wanted, by_words)),
        len(first),
        len(second),
    )


def differences(written: Sequence[Talk], real: Sequence[Talk], most: int = 12) -> list[str]:
    """The measures of form in which the two differ most, in standard deviations, a line each."""
    first, second = (np.array([form(t) for t in stretches(talks)[0]]) for talks in (written, real))
    spread = np.sqrt((first.var(axis=0) + second.var(axis=0)) / 2)
    apart = (first.mean(axis=0) - second.mean(axis=0)) / np.maximum(spread, 1e-9)
    return [
        f"  {MEASURES[k]}: written {first[:, k].mean():.3f}, real {second[:, k].mean():.3f} "
        f"({apart[k]:+.2f})"
        for k in np.argsort(-abs(apart))[:most]
    ]


def main() -> None:
    """Print a table, and what gives the written counselling away."""
    bench = Path(sys.argv[1])
    written = texts_of(talk_data.written())
    pairs = [w for w in written if w[0].startswith(("w1", "w2", "w3", "w4", "w5", "w6"))]
    groups = [w for w in written if w[0].startswith(("ra", "rb", "rc", "w7", "w8"))]
    scripts = [
        (name, [i.turn.text for i in turns_data.session_items([name])])
        for name in turns_data.DEVELOPMENT_SESSIONS
    ]
    doctors = texts_of(talk_data.consultations(bench))
    meetings = texts_of(talk_data.meetings(bench))
    path = bench / "real_talk" / "counselling" / "conversations.jsonl"
    talks = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    counselling = [(t["conversation"], [u["text"] for u in t["turns"]]) for t in talks]
    rows = [
        ("counselling of two, written as real talk", pairs, "real counselling", counselling),
        ("counselling of two, written as real talk", pairs, "consultations", doctors),
        ("groups, written as real talk", groups, "meetings", meetings),
        ("scripted sessions, written for their moments", scripts, "meetings", meetings),
        # What two kinds of real talk are told apart by is the mark to measure the others with.
        ("real consultations", doctors, "real counselling", counselling),
        ("real meetings", meetings, "consultations", doctors),
    ]
    print("| what | against | by form | by words | stretches |\n|---|---|---|---|---|")
    for what, ours, against, theirs in rows:
        shape, words, n, m = areas(ours, theirs)
        print(f"| {what} | {against} | {shape:.3f} | {words:.3f} | {n}, {m} |", flush=True)
    print("\nCounselling of two, written against real:")
    print("\n".join(differences(pairs, counselling)))


def texts_of(talks: Sequence[talk_data.Conversation]) -> list[Talk]:
    """The name and the turns' words of each conversation."""
    return [(talk.name, [coded.turn.text for coded in talk.turns]) for talk in talks]


if __name__ == "__main__":
    main()
