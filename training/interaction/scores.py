"""Scores of what trees say against the labels, as the bench counts them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from meetings import SETTINGS, Floats, Key, Meeting

Match = Callable[..., int]
"""The bench's count of events that match labels, one to one."""


def backchannel_score(meeting: Meeting, chosen: Floats, match: Match) -> Floats:
    """Hits, events found and events labelled."""
    labelled = [u for u in meeting.gold if u.backchannel]
    units = [meeting.context.units[k] for k in np.flatnonzero(chosen)]
    hits = match(
        units,
        labelled,
        lambda e, u: e.speaker == u.speaker and e.start < u.end and e.end > u.start,
    )
    return np.array([hits, len(units), len(labelled)], dtype=float)


def interruption_score(meeting: Meeting, chosen: Floats, match: Match) -> Floats:
    """As `backchannel_score`, for interruptions."""
    labelled = [u for u in meeting.gold if u.interrupted]
    c, candidates = meeting.context, meeting.features.interruptions
    events = [
        (max(c.start[j], c.end[k] - SETTINGS.cut_window), c.units[k].speaker)
        for k, j in zip(candidates.holder[chosen], candidates.incomer[chosen], strict=True)
    ]
    hits = match(events, labelled, lambda e, u: e[1] == u.speaker and abs(e[0] - u.end) <= 2.0)
    return np.array([hits, len(events), len(labelled)], dtype=float)


def best_thresholds(
    meetings: Sequence[Meeting],
    probabilities: dict[Key, Floats],
    score: Callable[[Meeting, Floats, Match], Floats],
    match: Match,
) -> dict[str, tuple[float, float]]:
    """For each kind of view, the threshold with the highest F1 over all meetings, and that F1."""
    return {
        kind: best_threshold(some, probabilities, score, match)
        for kind, some in by_kind(meetings).items()
    }


def best_threshold(
    meetings: Sequence[Meeting],
    probabilities: dict[Key, Floats],
    score: Callable[[Meeting, Floats, Match], Floats],
    match: Match,
) -> tuple[float, float]:
    """The threshold with the highest F1 over these meetings, and that F1."""
    tried = []
    for limit in np.arange(0.14, 0.7, 0.02):
        hits, predicted, true = sum(
            score(m, probabilities[m.key] >= limit, match) for m in meetings
        )
        tried.append((2 * hits / (predicted + true), round(float(limit), 2)))
    f1, limit = max(tried)
    return limit, float(f1)


def by_kind(meetings: Sequence[Meeting]) -> dict[str, list[Meeting]]:
    """Views of words by hand, and those as recognised."""
    kinds: dict[str, list[Meeting]] = {}
    for m in meetings:
        kinds.setdefault(m.kind, []).append(m)
    return kinds


def response_accuracy(meetings: Sequence[Meeting], probabilities: dict[Key, Floats]) -> float:
    """Share of paired utterances whose turn answers the right person."""
    right = asked = 0
    for meeting in meetings:
        answers, best = meeting.answers, {}
        candidates = answers.candidates
        for i, j, p in zip(
            candidates.turn, candidates.target, probabilities[meeting.key], strict=True
        ):
            if p > best.get(i, (-1.0, ""))[0]:
                best[i] = (p, answers.turns[j].participant)
        right += sum(v[best[i][1]] for i, v in answers.votes.items() if i in best)
        asked += sum(bool(u.answers) for u in meeting.gold)
    return right / asked
