"""Odd sessions that a report must survive, shared by the report's tests."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from session_audio.report.elements import Report
from session_audio.schema import Notice, Reason, SessionResult
from session_audio.testing import example_result

ATTACK = "<script>window.executed=1</script><img src=x onerror=window.executed=1>"
ODD_NAMES = (
    'Ann </style><script>window.executed=1</script>"',
    "",
    "Anastasia-Maximiliane von und zu der Hohenstaufen-Wittelsbach auf Schloss Lichtenfels",
    "מאיה כהן",
    "محمد",
    "山田太郎",
    "$x^2$ & {name} %s \\textbf{b} #panic()",
    "Li\u202ena\u0000",
    "Tom",
)


def small(**more: object) -> SessionResult:
    """A short session of four people."""
    return example_result(**({"minutes": 8, "people": 4, "silent": (), "flags": 2} | more))  # type: ignore[arg-type]


def said_by_attacker() -> SessionResult:
    """A session in which the words, chat, settings and reasons hold markup."""
    result = small(flags=3)
    turns = tuple(replace(turn, text=f"{ATTACK} {turn.text}") for turn in result.turns)
    flags = tuple(
        replace(flag, quote=ATTACK, reasons=(*flag.reasons, Reason(ATTACK), Reason(ATTACK, 1.0)))
        for flag in result.flags
    )
    chat = tuple(replace(line, text=ATTACK) for line in result.session.chat)
    ratings = tuple(
        replace(r, instrument=ATTACK, items={ATTACK: 3.0}) for r in result.session.ratings
    )
    group = replace(result.session.group, name=ATTACK)
    session = replace(result.session, chat=chat, ratings=ratings, group=group)
    return replace(
        result,
        turns=turns,
        flags=flags,
        session=session,
        settings={ATTACK: ATTACK},
        models={ATTACK: ATTACK},
        version=ATTACK,
        quality=replace(result.quality, warnings=(Notice(ATTACK), Notice("little_speech", ATTACK))),
    )


def sessions() -> dict[str, SessionResult]:
    """Every odd session by its name."""
    everybody = ("T01", "P01", "P02", "P03")
    return {
        "one speaker": small(people=2, silent=("T01",)),
        "one person": small(people=1),
        "nobody present": small(people=3, absent=("T01", "P01", "P02")),
        "nobody speaks": small(silent=everybody, flags=0),
        "no words": small(words=False, flags=0),
        "no flags": small(flags=0),
        "forty minutes of silence": example_result(60, 5, silent=(), silence_from=1200.0),
        "no ratings and no chat": small(ratings=False, chat=False),
        "two seconds": example_result(2 / 60, 3, silent=(), flags=0),
        "twelve people": example_result(20, 12, silent=("P09", "P10")),
        "odd names": example_result(12, 9, names=ODD_NAMES, silent=("P08",)),
        "same names": small(names=("Tom", "Tom", "Tom", "Tom")),
        "markup said": said_by_attacker(),
        "unknown voices": unknown_voices(),
        "a flag that points nowhere": pointless(),
    }


def unknown_voices() -> SessionResult:
    """Half of the turns belong to voices that are not in the roster, or to nobody."""
    result = small()
    names = {"P01": "Speaker 1", "P02": "unattributed"}
    turns = tuple(
        replace(t, participant=names.get(t.participant, t.participant)) for t in result.turns
    )
    members = tuple(
        replace(m, participant=names.get(m.participant, m.participant))
        for m in result.measures.members
    )
    return replace(result, turns=turns, measures=replace(result.measures, members=members))


def pointless() -> SessionResult:
    """Candidates whose turns, people and repair are not there."""
    result = small()
    flags = tuple(
        replace(f, turns=(99999,), repair=77, participant="P77", concerned=("P78",), quote="")
        for f in result.flags
    )
    return replace(result, flags=flags)


def texts(value: object) -> Iterator[str]:
    """Every string of a report's content, plots included."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, tuple | list):
        for item in value:
            yield from texts(item)
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from texts(key)
            yield from texts(item)
    elif hasattr(value, "__slots__") or hasattr(value, "__dataclass_fields__"):
        for name in getattr(value, "__dataclass_fields__", {}):
            yield from texts(getattr(value, name))


def told(report: Report) -> str:
    """All the words of a report, in order."""
    return "\n".join(texts(report))
