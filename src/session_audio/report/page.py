"""What every section of a session report is built from, and small helpers they share."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from session_audio.metrics.intervals import poisson_interval
from session_audio.names import NameMatcher
from session_audio.report.elements import (
    Cell,
    Element,
    Fact,
    Link,
    Mark,
    Report,
    Section,
    fact,
)
from session_audio.report.naming import People
from session_audio.report.own_words import OwnWords
from session_audio.report.wording import Wording, load
from session_audio.schema import (
    UNATTRIBUTED,
    MemberMeasures,
    ParticipantId,
    SessionResult,
    SessionSummary,
    Turn,
    Word,
)
from session_audio.series.standing import MUCH
from session_audio.settings import ReportSettings

DASH = "–"
DOUBT = "(?)"
"""Follows a quoted word whose probability is under the setting ``report.unsure_word``."""
COLOURS = 12
"""Colours of the palette in ``style.css``."""
_RUN_UP = 5.0
"""Seconds before a moment at which listening begins, so that one hears what led to it."""


class Worded:
    """What has settings has the words of their language."""

    settings: ReportSettings

    @cached_property
    def say(self) -> Wording:
        """The words."""
        return load(self.settings.language)

    def report(
        self,
        kind: str,
        title: str,
        subtitle: str,
        head: tuple[Element, ...],
        sections: Iterable[tuple[str, tuple[Element, ...]]],
        notice: str,
        screen: Collection[str] = (),
        **more: Any,
    ) -> Report:
        """A report of these parts; section titles stand under `kind` in the wording.

        So does what is in a section, under its id and ``_hint``.  Sections whose ids are in
        `screen` are not printed.
        """
        return Report(
            title=title,
            subtitle=subtitle,
            language=self.say.language,
            running=" · ".join(filter(None, (subtitle, title))),
            head=head,
            sections=tuple(
                Section(
                    id,
                    self.say(f"{kind}.{id}"),
                    parts,
                    self.hint(f"{kind}.{id}_hint"),
                    id not in screen,
                )
                for id, parts in sections
                if parts
            ),
            labels=self.say.part("page"),
            page=self.settings.page,
            notice=notice,
            **more,
        )

    def hint(self, key: str) -> str:
        """A wording that need not be there."""
        return self.say(key) if self.say.has(key) else ""

    def notice(self, fictional: bool) -> str:
        """What stands above a report: what it is not, and how people are called."""
        parts = [self.say("head.notice")]
        if fictional:
            parts.append(self.say("head.fictional"))
        if self.settings.pseudonyms:
            parts.append(self.say("head.pseudonyms"))
        return " ".join(parts)

    def brief_notice(self, fictional: bool) -> str:
        """What stands above the first screen: the notice in a line."""
        parts = [self.say("brief.notice")]
        if fictional:
            parts.append(self.say("brief.fictional"))
        if self.settings.pseudonyms:
            parts.append(self.say("brief.pseudonyms"))
        return " ".join(parts)

    def defined(self, words: Mapping[str, str]) -> dict[str, Any]:
        """What a report needs to tell what a number is where it stands.

        Parameters
        ----------
        words : mapping of str to str
            Keys of the wording, and the keys of the definitions that belong to them.
        """
        return {
            "terms": {self.say(word): key for word, key in words.items()},
            "definitions": {key: self.definition(key) for key in words.values()},
        }

    def definition(self, key: str) -> Fact:
        """A term with its definition; those of a series need its thresholds."""
        if self.say.has(f"definitions.{key}"):
            return fact(self.say(f"definitions.{key}"))
        much = self.say.number(MUCH * self.settings.rating_drop, 1)
        return fact(self.say(f"series_method.{key}", much=much))


@dataclass(frozen=True)
class Page(Worded):
    """One session's result with its words, names and settings."""

    result: SessionResult
    settings: ReportSettings
    history: tuple[SessionSummary, ...] = ()
    sound: str = ""
    """URL of the session's sound as seen from the report's folder; empty when not at hand."""
    every_turn: bool = False
    """Whether the transcript has a line for turns without words too, so that each can be mended."""

    @cached_property
    def who(self) -> People:
        """The names."""
        return people_of([self.result], self.settings, self.say)

    @cached_property
    def words_by_turn(self) -> Mapping[int, Sequence[Word]]:
        """The words of each turn; none of a turn whose text is not made of them."""
        out: dict[int, Sequence[Word]] = {}
        for who in dict.fromkeys(turn.participant for turn in self.result.turns):
            out |= OwnWords(self.result, who, 0.0).words
        texts = {turn.index: turn.text.split() for turn in self.result.turns}
        return {
            k: words
            for k, words in out.items()
            if " ".join(word.text for word in words).split() == texts.get(k)
        }

    def doubted(self, turn: Turn) -> str:
        """A turn's text; words of which the recogniser was unsure are followed by `DOUBT`."""
        words = self.words_by_turn.get(turn.index, ())
        limit = self.settings.unsure_word
        return (
            " ".join(
                f"{w.text} {DOUBT}"
                if w.probability is not None and w.probability < limit
                else w.text
                for w in words
            )
            or turn.text
        )

    @cached_property
    def members(self) -> tuple[MemberMeasures, ...]:
        """Measures of those present, therapists apart, in roster order."""
        return tuple(m for m in self.result.measures.members if m.present and not led(m))

    @cached_property
    def therapists(self) -> tuple[MemberMeasures, ...]:
        """Measures of the therapists present."""
        return tuple(m for m in self.result.measures.members if m.present and led(m))

    @cached_property
    def everybody(self) -> tuple[MemberMeasures, ...]:
        """Members, then therapists."""
        return self.members + self.therapists

    @cached_property
    def unknown(self) -> tuple[str, ...]:
        """Voices that could not be tied to anybody on the attendance list."""
        identifications = self.result.quality.identifications
        return tuple(dict.fromkeys(i.participant for i in identifications if i.how == "unknown"))

    @cached_property
    def equal_share(self) -> float | None:
        """What each member would have of the talk if the members' talk were shared equally.

        The therapists' part is taken off first.  None where no member spoke.
        """
        shares = [m.speaking_time_share.value for m in self.members]
        known = [share for share in shares if share is not None]
        return sum(known) / len(self.members) if sum(known) > 0 else None

    def listen(self, seconds: float) -> Link | None:
        """A link that plays from a little before `seconds`; None without sound."""
        return self.listen_from(heard_from(seconds), seconds)

    def listen_from(self, start: float, at: float | None = None) -> Link | None:
        """A link that plays from `start` on, worded by the time `at`; None without sound."""
        if not self.sound:
            return None
        text = self.say("page.listen", time=self.say.clock(start if at is None else at))
        return into_sound(self.sound, start, text)

    @cached_property
    def lanes(self) -> tuple[str, ...]:
        """Everybody who has a lane: those who lead, members, then whoever else was heard."""
        present = [m.participant for m in self.therapists + self.members]
        return tuple(dict.fromkeys([*present, *(t.participant for t in self.result.turns)]))

    def colour(self, who: str) -> int:
        """Place in the palette; -1 for those who lead and nobody.

        In the order of the roster, so that a member keeps a colour over the sessions, whoever is
        away; then whoever else was heard.
        """
        grey = {m.participant for m in self.therapists} | {UNATTRIBUTED}
        roster = [p.id for p in self.result.session.group.participants if not p.is_therapist]
        first = roster if len(roster) <= COLOURS else []
        coloured = [x for x in dict.fromkeys([*first, *self.lanes]) if x not in grey]
        return coloured.index(who) if who in coloured else -1

    def name(self, who: str) -> Cell:
        """A cell with a person's name."""
        return Cell(self.who(who))


def heard_from(seconds: float) -> float:
    """Where listening to a moment begins."""
    return max(0.0, seconds - _RUN_UP)


def into_sound(sound: str, start: float, text: str) -> Link:
    """A link that plays `sound` from `start` on, in seconds; the page's script knows it by that."""
    return Link(f"{sound}#t={start:.1f}", text)


def led(member: MemberMeasures) -> bool:
    """Whether the role leads the group."""
    return member.role in {"therapist", "co_therapist"}


def silent(member: MemberMeasures) -> bool:
    """Whether a person who was there was never heard."""
    return member.turn_count == 0 and member.speaking_time < 1.0


def people_of(results: Sequence[SessionResult], settings: ReportSettings, say: Wording) -> People:
    """The names of everybody in `results`, from the last roster."""
    group = results[-1].session.group
    known = {p.id for p in group.participants} | {UNATTRIBUTED}
    voices: dict[str, None] = {}
    for result in results:
        for turn in result.turns:
            voices.setdefault(turn.participant)
        for member in result.measures.members:
            voices.setdefault(member.participant)
    others = tuple(who for who in voices if who not in known)
    everybody = {p.id: p for r in results for p in r.session.group.participants}
    names = NameMatcher.of(everybody.values()).in_context(
        (turn.text for result in results for turn in result.turns),
        ((word.text, word.probability) for result in results for word in result.words),
    )
    return People(group, settings.pseudonyms, say.part("people"), others, names=names)


def against_expected(count: int, expected: float | None, few: int) -> Mark:
    """Whether `count` lies outside what `expected` would give in 95 of 100 sessions.

    ``few`` where neither reaches `few`, so that nothing can be said.

    >>> against_expected(12, 4.0, 5), against_expected(5, 4.0, 5), against_expected(2, 1.0, 5)
    ('more', '', 'few')
    """
    if expected is None or max(count, expected) < few:
        return "few"
    low, high = poisson_interval(count)
    if low > expected:
        return "more"
    return "less" if high < expected else ""


def speakers(ids: Sequence[ParticipantId], page: Page) -> str:
    """Names in a row."""
    return page.say.listed(page.who(who) for who in ids)
