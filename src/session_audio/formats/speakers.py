"""Who says an utterance: labels in its text, whom each stands for, and those of nobody present.

Messages carry no label: it may be a stranger's name or a telephone number.  `unplaced` gives the
labels themselves, for a person at the screen.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from session_audio.errors import FormatError
from session_audio.formats.timing import clock
from session_audio.formats.utterance import Utterance, places
from session_audio.names.labels import Labels, Placed, looks_like_a_name, plain
from session_audio.schema import Session

_NAMED = re.compile(r"\s*(?:[-–—•>]+\s*)?([^:：<>]{1,60}?)\s*[:：](?:\s+(.*)|$)", re.DOTALL)
_SHOWN = 8


@dataclass(frozen=True, slots=True)
class Unplaced:
    """A label that is nobody's who was present."""

    label: str
    """As the file has it: for the screen, never for a record."""
    count: int
    """How many utterances it has."""
    first: float
    """Start of the first, in seconds."""
    could_be: tuple[str, ...]
    """Ids of those that it may be."""
    away: str | None = None
    """Id of the person that it is, who was not present."""
    what: str = "utterance"
    """What there are `count` of."""

    def told(self) -> str:
        """What is said of it without the label."""
        count = f"{self.count} {self.what}{'' if self.count == 1 else 's'}"
        about = f"{count} from {clock(self.first)}"
        if self.away:
            return f"{about}: {self.away}, who is not in attendance"
        could = " or ".join(self.could_be) or "nobody of the roster"
        return f"{about}: could be {could}" if self.could_be else f"{about}: like {could}"


class Speakers:
    """The speakers of one transcript of `session`, or the writers of its chat.

    `given` is ``[transcript.speakers]``, or the like of another `table` of the manifest, which
    has so many of `what`.
    """

    def __init__(
        self,
        session: Session,
        given: dict[str, str],
        table: str = "transcript",
        what: str = "utterance",
    ) -> None:
        self._table, self._what = table, what
        self._labels = Labels(session.group.participants, given)
        self._here = {str(p) for p in session.attendance}

    def named(self, utterances: Sequence[Utterance]) -> tuple[list[Utterance], list[str]]:
        """Utterances with their labels out of the text, and what is to be told of it.

        A ``Name:`` counts where it is somebody's, where it occurs again, or where it looks
        like a name; else it is part of what was said, by whoever spoke before.
        """
        met = Counter(
            plain(found[1])
            for u in utterances
            if u.may_name
            for line in u.text.split("\n")
            if (found := _NAMED.match(line))
        )
        out, said = list[Utterance](), list[str]()
        before: str | None = None
        for u in utterances:
            if not u.may_name:
                before = u.speaker or before
                out.append(replace(u, text=" ".join(u.text.split())))
                continue
            parts = list(self._parts(u, met, before, said))
            letters = sum(len(text) for _, text in parts) or 1
            at, lasts = u.start, (u.start if u.end is None else u.end) - u.start
            for who, text in parts:
                until = at + lasts * len(text) / letters
                end = None if u.end is None else until
                out.append(replace(u, start=at, end=end, speaker=who, text=text, may_name=False))
                at, before = until, who
        notes = []
        if said:
            notes.append(
                f"{len(said)} lines begin with words and a colon and are read as said, "
                f"by whoever spoke before ({places(said)})"
            )
        return [u for u in out if u.text], notes

    def _parts(
        self, u: Utterance, met: Counter[str], before: str | None, said: list[str]
    ) -> Iterator[tuple[str | None, str]]:
        """(label, text) of one utterance, line by line."""
        who, lines = u.speaker or before, list[str]()
        for line in u.text.split("\n"):
            found = _NAMED.match(line)
            if found is None or not self._counts(found[1], met):
                if found is not None:
                    said.append(u.where)
                lines.append(line)
                continue
            if text := " ".join(" ".join(lines).split()):
                yield who, text
            who, lines = found[1].strip(), [found[2] or ""]
        if text := " ".join(" ".join(lines).split()):
            yield who, text

    def _counts(self, label: str, met: Counter[str]) -> bool:
        placed = self._labels.place(label)
        if not placed.is_name:
            return False
        return bool(placed.who) or met[plain(label)] > 1 or looks_like_a_name(label)

    def unplaced(self, utterances: Sequence[Utterance]) -> list[Unplaced]:
        """Every label that is nobody's who was present, once, in order of appearance."""
        first: dict[str, Utterance] = {}
        counts: Counter[str] = Counter()
        for u in utterances:
            if u.speaker is not None and self._who(u.speaker) is None:
                first.setdefault(plain(u.speaker), u)
                counts[plain(u.speaker)] += 1
        out = []
        for key, u in first.items():
            placed = self._labels.place(str(u.speaker))
            could, away = placed.could_be, placed.who
            out.append(Unplaced(str(u.speaker), counts[key], u.start, could, away, self._what))
        return out

    def _who(self, label: str) -> str | None:
        placed: Placed = self._labels.place(label)
        if not placed.is_name:
            return ""
        return placed.who if placed.who in self._here else None

    def is_of(self, label: str, participant: str) -> bool:
        """Whether `label` is that of `participant`, present or not."""
        return self._labels.place(label).who == participant

    def placed(self, utterances: Sequence[Utterance], name: str) -> list[Utterance]:
        """Utterances with participants as speakers; a label mapped to nothing is nobody's.

        Raises
        ------
        FormatError
            Telling of every label that cannot be placed, without the label.
        """
        if strangers := self.unplaced(utterances):
            shown = "; ".join(
                f"no. {k}, {one.told()}" for k, one in enumerate(strangers[:_SHOWN], start=1)
            )
            more = len(strangers) - _SHOWN
            shown += f"; and {more} more" if more > 0 else ""
            who = "writer" if self._table == "chat" else "speaker"
            several = f"{who} is" if len(strangers) == 1 else f"{who}s are"
            raise FormatError(
                f"{name}: {len(strangers)} {several} nobody who was present ({shown})",
                hint="`session-audio check --labels` shows how they are called, and the lines to "
                f"fill in under [{self._table}.speakers]. Or add the person to attendance.",
            )
        return [
            u if u.speaker is None else replace(u, speaker=self._who(u.speaker) or None)
            for u in utterances
        ]
