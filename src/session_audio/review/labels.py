"""What people decided of candidate moments, as examples for training and scoring a classifier.

Each is a turn in its context, as ``flag-turns`` reads it, with the label that a person gave it.
People are codes, and names in what was said are hidden as in a report for elsewhere; stories may
still tell who somebody is.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from session_audio.flow import results
from session_audio.flow.session import SessionRun
from session_audio.report.naming import People
from session_audio.report.page import people_of
from session_audio.report.sections.moments import quote_turns
from session_audio.report.wording import load
from session_audio.schema import MOST_CONTEXT, Flag, SessionResult, Turn

Row = dict[str, Any]


def labels_of(run: SessionRun) -> list[Row]:
    """An example for each moment of which a person said yes or no, in order of time.

    Of a moment that is one, the label is its kind; of one that is none, ``none``.  Those of which
    nobody is sure are left out.
    """
    result = results.result(run)
    settings = run.settings.report
    say = load(settings.language)
    who = people_of([result], replace(settings, pseudonyms=True), say)
    return list(_rows(result, who))


def _rows(result: SessionResult, who: People) -> Iterator[Row]:
    roles = {p.id: p.role for p in result.session.group.participants}
    floor = [t for t in result.turns if t.text.strip() and not t.backchannel]

    def line(turn: Turn) -> Row:
        role = str(roles.get(turn.participant, ""))
        return {"speaker": who.code(turn.participant), "role": role, "text": who.masked(turn.text)}

    for flag in sorted(result.flags, key=lambda f: f.start):
        place = next((k for k, t in enumerate(floor) if t.index in _turns(flag, result)), None)
        if flag.review not in ("yes", "no") or place is None:
            continue
        before = floor[max(0, place - MOST_CONTEXT) : place]
        is_one = flag.review == "yes"
        yield {
            "id": f"{result.session.group.id}/{result.session.id}/{floor[place].index}",
            "context": [line(turn) for turn in before],
            **line(floor[place]),
            "label": (flag.subtype or flag.kind) if is_one else "none",
            "target": flag.target if is_one else "none",
            "marked": flag.marked,
        }


def _turns(flag: Flag, result: SessionResult) -> set[int]:
    return quote_turns(flag, result.turns) or set(flag.turns)
