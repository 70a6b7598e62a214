"""The tables that are written: each column's name, type, unit, meaning, and when it is empty.

The one place that says so.  `tables` writes and reads by it, and the data dictionary in
``docs/formats.md`` is what `dictionary` makes of it.  How a number is defined is in
``docs/metrics.md``.

``group`` and ``session`` come first in every table, so that tables of many sessions can be
stacked.  Names and order stay as they are: others' scripts rely on them.  A new column goes
to the end.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

Kind = Literal["text", "whole number", "number", "true or false", "date"]

DTYPES: Mapping[Kind, str] = MappingProxyType(
    {
        "text": "str",
        "whole number": "Int64",
        "number": "float64",
        "true or false": "bool",
        "date": "datetime64[s]",
    }
)
"""The pandas type of each kind.  An empty cell is ``NaN``, ``NaT`` or ``<NA>``, never 0."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its type, its unit or range, what it holds, and when a cell is empty."""

    name: str
    kind: Kind
    unit: str
    meaning: str
    empty: str = "never"

    @property
    def dtype(self) -> str:
        """The pandas type in which it is read."""
        return DTYPES[self.kind]


@dataclass(frozen=True, slots=True)
class Table:
    """One table: what a row is, which columns tell rows apart, and its columns in order."""

    name: str
    row: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]

    @property
    def file(self) -> str:
        """The file's name."""
        return f"{self.name}.csv"

    @property
    def names(self) -> tuple[str, ...]:
        """The columns' names, in order."""
        return tuple(column.name for column in self.columns)

    def dated(self) -> Table:
        """The table with ``date`` and ``number`` of the session after ``session``."""
        if "date" in self.names:
            return self
        first, last = self.columns[: len(IDS)], self.columns[len(IDS) :]
        return Table(self.name, self.row, self.key, (*first, *WHEN, *last))


def _text(name: str, meaning: str, empty: str = "never") -> Column:
    return Column(name, "text", "", meaning, empty)


def _id(name: str, meaning: str, empty: str = "never") -> Column:
    return Column(name, "text", "id", meaning, empty)


def _count(name: str, meaning: str, empty: str = "never") -> Column:
    return Column(name, "whole number", "count", meaning, empty)


def _seconds(name: str, meaning: str, empty: str = "never") -> Column:
    return Column(name, "number", "s", meaning, empty)


def _share(name: str, meaning: str, empty: str = "never") -> Column:
    return Column(name, "number", "0 to 1", meaning, empty)


def _estimate(name: str, unit: str, meaning: str, empty: str, no_interval: str) -> list[Column]:
    """A number with the ends of its 95 % interval."""
    either = f"{empty}; {no_interval}" if no_interval else empty
    return [
        Column(name, "number", unit, meaning, empty),
        Column(f"{name}_low", "number", unit, "lower end of its 95 % interval", either),
        Column(f"{name}_high", "number", unit, "upper end of its 95 % interval", either),
    ]


def _likely(name: str, meaning: str) -> Column:
    """A number of events, each for what it counts for."""
    return Column(name, "number", "count", f"likely number of {meaning}", UNTOLD)


def _count_interval(name: str) -> list[Column]:
    """The ends of the 95 % interval of a count."""
    return [
        Column(f"{name}_{end}", "number", "count", f"{which} end of the 95 % interval", UNTOLD)
        for end, which in (("low", "lower"), ("high", "upper"))
    ]


UNTOLD = "it cannot be told from this input (`untold`)"
_FEW = "fewer than five blocks of turns"
_AS_MUCH = "no such place: a therapist or an observer, or never much less than before"
_UNEQUAL = "nobody talks, or fewer than two people"

IDS = (
    _id("group", "the group, as in `group.toml`"),
    _id("session", "the session: the name of its folder; unique within its group"),
)
WHEN = (
    Column("date", "date", "year-month-day", "of the session, as in `session.toml`"),
    Column(
        "number",
        "whole number",
        "",
        "which session of the group, as in `session.toml`",
        "the manifest gives none",
    ),
)
_PARTICIPANT = "a person of the roster, or a voice of this session that was tied to nobody"

MEMBERS = Table(
    "members",
    "one participant of one session",
    ("group", "session", "participant"),
    (
        *IDS,
        _id("participant", _PARTICIPANT),
        _text("role", "`therapist`, `co_therapist`, `member` or `observer`"),
        Column("present", "true or false", "", "whether the attendance list names them"),
        _seconds("speaking_time", "how long they talked"),
        *_estimate(
            "speaking_time_share",
            "0 to 1",
            "their part of everybody's speaking time",
            "nobody talks, or an observer",
            _FEW,
        ),
        _count("turn_count", "their turns, backchannels not counted"),
        _count("words", "words of their turns and backchannels", "no transcript"),
        _likely("backchannel_count", "backchannels they gave"),
        _likely("backchannels_received", "backchannels they got while they had the floor"),
        _seconds("median_turn", "median length of their turns", "no turn"),
        _seconds("longest_turn", "length of their longest turn", "no turn"),
        _seconds(
            "median_response",
            "median of `response_offset` over their turns: + gap, - overlap",
            "no such turn",
        ),
        _likely("interruptions_made", "successful interruptions in which they came in"),
        _likely("interruptions_received", "successful interruptions of their turns"),
        _likely("unsuccessful_made", "unsuccessful interruptions in which they came in"),
        _likely("unsuccessful_received", "unsuccessful interruptions of their turns"),
        *_estimate(
            "interruptions_made_rate",
            "per 10 min",
            "`interruptions_made` by the others' speaking time",
            "nobody else talks, or it cannot be told",
            "",
        ),
        *_estimate(
            "interruptions_received_rate",
            "per 10 min",
            "`interruptions_received` by their own speaking time",
            "they do not talk, or it cannot be told",
            "",
        ),
        _share("answered_share", "share of their turns that somebody's turn answers", "no turn"),
        *_estimate(
            "last_third_change",
            "-1 to 1",
            "their share in the last third minus that in the first two",
            "nobody talks in a part, or an observer",
            _FEW,
        ),
        _seconds(
            "median_silence_after_cut",
            "median time from being cut off to their next turn",
            "never cut off, no further turn after most cuts, or it cannot be told",
        ),
        _count("cuts_without_return", "times they were cut off and had no turn after that", UNTOLD),
        Column(
            "identified",
            "true or false",
            "",
            "false for a voice tied to nobody: its label means nothing in another session",
        ),
        *_count_interval("backchannel_count"),
        *_count_interval("interruptions_made"),
        *_count_interval("interruptions_received"),
        _text(
            "untold",
            "kinds of event that cannot be told from this input, each with why: `kind:precision` "
            "(too few of those told are right), `kind:recall` (too few are found) or "
            "`kind:spread` (too much differs between recordings); spaces between",
            "none",
        ),
        _seconds("quieter_from", "from where on they talked much less than before", _AS_MUCH),
        _share("quieter_share_before", "their share before that place", _AS_MUCH),
        _share("quieter_share_after", "their share after it", _AS_MUCH),
        _share(
            "quieter_p",
            "chance of so clear a place with blocks of the session in another order",
            f"{_AS_MUCH}; fewer than ten blocks of 5 min",
        ),
    ),
)

TURNS = Table(
    "turns",
    "one turn or backchannel, in order of start",
    ("group", "session", "index"),
    (
        *IDS,
        Column("index", "whole number", "index", "place in order of start, from 0"),
        _seconds("start", "from the start of the session"),
        _seconds("end", "from the start of the session"),
        _id("participant", "who talks"),
        _id(
            "responds_to",
            "whom the turn answers",
            "a backchannel, an opening turn, after a long silence or unattributed speech",
        ),
        _text("text", "what was said", "no transcript, or no word within it"),
        Column("backchannel", "true or false", "", "true where it is no turn but a backchannel"),
        Column(
            "responds_to_turn",
            "whole number",
            "index",
            "`index` of the turn that it answers",
            "as `responds_to`; that person's turn was not found",
        ),
        _seconds(
            "response_offset",
            "from the end of what it answers to `start`: + gap, - overlap",
            "as `responds_to_turn`; the turn lies inside the other's talk",
        ),
        _text(
            "language",
            "ISO 639-1 code of the words; `und` where it is none of those that the group names, "
            "and is not transcribed",
            "no words; no language is named or found",
        ),
    ),
)

INTERACTIONS = Table(
    "interactions",
    "one event between two people, in order of start",
    (),
    (
        *IDS,
        _text(
            "kind",
            "`backchannel`, `interruption_successful`, `interruption_unsuccessful`, "
            "`cooperative_overlap`, `terminal_overlap` or `dual_start`",
        ),
        _seconds("start", "from the start of the session"),
        _seconds("end", "from the start of the session"),
        _id("participant", "who came in"),
        _id("holder", "who had the floor", "nobody had"),
        _share("confidence", "how sure the kind is"),
        _share("counts_for", "what it counts for in numbers of such events", UNTOLD),
    ),
)

RESPONSES = Table(
    "responses",
    "one ordered pair of people",
    ("group", "session", "source", "target"),
    (
        *IDS,
        _id("source", "whose turns answer"),
        _id("target", "whom they answer"),
        _count("count", "how often"),
        Column("expected", "number", "count", "what talk alone would give", "no response at all"),
        _seconds(
            "median_offset",
            "median of `response_offset` over these turns: + gap, - overlap",
            "no such turn",
        ),
    ),
)

FLAGS = Table(
    "flags",
    "one candidate moment, highest score first",
    (),
    (
        *IDS,
        _text("kind", "`rupture` or `repair`"),
        _text("subtype", "`withdrawal` or `confrontation`", "a repair"),
        _text("target", "whom it is aimed at: `therapist`, `member`, `group` or `none`"),
        _seconds("start", "from the start of the session"),
        _seconds("end", "from the start of the session"),
        _id("participant", "who talks"),
        _text("turns", "`index` of each turn it spans, spaces between", "no turn"),
        _share("score", "of the candidate"),
        _text("reasons", "why it was proposed: keys, some with `:number`", "no reason"),
        _text("quote", "what was said", "no transcript"),
        _text("review", "what a person decided: `yes`, `no` or `unsure`", "not reviewed"),
        _text("note", "what a person wrote of it", "no note"),
        Column("marked", "true or false", "", "true where a person marked it, not the software"),
    ),
)

SESSIONS = Table(
    "sessions",
    "one session",
    ("group", "session"),
    (
        *IDS,
        *WHEN,
        _count("attendance_count", "people on the attendance list"),
        _seconds("duration", "length of the session"),
        _seconds("speech_time", "time in which anybody talks"),
        _share("silence_share", "part of the time in which nobody talks"),
        _share("overlap_share", "part of the time in which two or more talk"),
        _count("turn_count", "turns of everybody"),
        *_estimate("gini", "0 to 1", "how uneven speaking time is", _UNEQUAL, _FEW),
        *_estimate("entropy", "0 to 1", "how even the shares are", _UNEQUAL, _FEW),
        *_estimate(
            "participation_equality", "0 to 1", "how equal participation is", _UNEQUAL, _FEW
        ),
        *_estimate("gini_members", "0 to 1", "`gini` without therapists", _UNEQUAL, _FEW),
        *_estimate("entropy_members", "0 to 1", "`entropy` without therapists", _UNEQUAL, _FEW),
        _share(
            "turn_freedom",
            "how free the next speaker is of the current one",
            "fewer than three people, or no change of speaker",
        ),
        _seconds("median_response", "median of `response_offset`: + gap, - overlap", "no answer"),
        _count("lapse_count", "silences of 3 s and more (setting `metrics.lapse`)"),
        _seconds("longest_silence", "the longest silence of everybody", "no silence"),
        *_estimate(
            "interruption_rate",
            "per 10 min",
            "likely number of successful interruptions by `speech_time`",
            "nobody talks, or it cannot be told",
            "",
        ),
        _seconds("unattributed_time", "speech of nobody known"),
        _share(
            "same_pair_share",
            "part of the changes of speaker that go straight back",
            "fewer than two changes",
        ),
    ),
)

RATINGS = Table(
    "ratings",
    "one answer to one item of an instrument",
    (),
    (
        *IDS,
        *WHEN,
        _id("participant", "who answered"),
        _text("instrument", "as in `session.toml`"),
        _text("item", "as in `session.toml`"),
        Column("value", "number", "points", "the answer"),
    ),
)

OF_A_SESSION = (MEMBERS, TURNS, INTERACTIONS, RESPONSES, FLAGS)
"""What a session's ``out/`` holds."""
OF_A_GROUP = tuple(t.dated() for t in (SESSIONS, MEMBERS, INTERACTIONS, RESPONSES, RATINGS))
"""What a group's ``out/`` holds.  No table of words: these stay in their session's folder."""
