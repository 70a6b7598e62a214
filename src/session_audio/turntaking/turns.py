"""Turns: a participant's speech until somebody else's turn begins.

A turn is a maximal sequence of one speaker's inter-pausal units with no other speaker's
non-backchannel speech between them (Gravano & Hirschberg 2011†); a silence of the speaker's
own of more than the setting ``turns.turn_split`` (1.5 s, ours) ends it too.  A backchannel
(`backchannels`) neither ends a turn nor is one; it is listed with ``backchannel=True`` so that
no speech is lost.

Conventions: seconds, half-open ``[start, end)``, in order of start; turns of different people
may overlap.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from session_audio.interval import Interval, exceeds
from session_audio.schema import (
    OTHER_LANGUAGE,
    Diarization,
    Participant,
    ParticipantId,
    Spoken,
    Turn,
    Word,
)
from session_audio.settings import TurnSettings
from session_audio.turntaking.backchannels import Judgement, judge_backchannels
from session_audio.turntaking.ipu import Ipu, build_ipus
from session_audio.turntaking.model import InteractionModel

_DEFAULTS = TurnSettings()


def build_turns(
    words: Sequence[Word] | None,
    speech: Diarization | None,
    people: Sequence[Participant] = (),
    settings: TurnSettings = _DEFAULTS,
    model: InteractionModel | None = None,
    language: str | Spoken | None = None,
) -> tuple[Turn, ...]:
    """Turns and backchannels in order of start.

    Parameters
    ----------
    words : sequence of Word, optional
        Words with speakers, in any order, timed or spread over their utterance.
    speech : Diarization, optional
        Who spoke when, by participant.  Either may be missing, not both.
    people : sequence of Participant
        Those present; their names help the model, nothing depends on them.
    settings : TurnSettings
    model : InteractionModel, optional
        Tells backchannels by words and timing; without it, or without words, rules do.
    language : str or Spoken, optional
        Of the words, an ISO 639 code, or which is spoken where; by words backchannels are told
        only in languages that have word lists (`lexicons`).

    Returns
    -------
    tuple of Turn
        `responds_to` is not yet set.  `word_count` is None where there are no words at all.

    Raises
    ------
    FormatError
        When a word or segment has an impossible time.

    Examples
    --------
    >>> words = [Word(0.0, 2.0, "Well", "P01"), Word(2.1, 2.4, "mhm", "P02"),
    ...          Word(2.5, 4.0, "maybe", "P01"), Word(4.2, 6.0, "No", "P02")]
    >>> [(turn.participant, turn.text, turn.backchannel) for turn in build_turns(words, None)]
    [('P01', 'Well maybe', False), ('P02', 'mhm', True), ('P02', 'No', False)]
    """
    units = build_ipus(words, speech, settings.ipu_gap)
    judgements = judge_backchannels(units, settings, model, language)
    return assemble(units, judgements, settings.turn_split, has_words=bool(words))


def assemble(
    units: Sequence[Ipu],
    judgements: Sequence[Judgement],
    split: float,
    *,
    has_words: bool,
) -> tuple[Turn, ...]:
    """Turns from units in order of start and, for each, whether it is a backchannel.

    A silence of the speaker's own of more than `split` seconds ends a turn.
    """
    drafts: list[_Draft] = []
    latest: dict[str, _Draft] = {}
    reached: dict[str, float] = {}  # where each speaker's non-backchannel speech ends so far
    judged = zip(units, judgements, strict=True)
    for _, together in groupby(judged, key=lambda pair: pair[0].start):
        began: list[Ipu] = []  # none of those who begin at once comes before another
        for unit, judgement in together:
            if judgement.backchannel:
                drafts.append(_Draft([unit], judgement))
                continue
            turn = latest.get(unit.speaker)
            if turn is None or _ended(turn, unit, reached, split):
                turn = latest[unit.speaker] = _Draft([unit], judgement)
                drafts.append(turn)
            else:
                turn.units.append(unit)
            began.append(unit)
        for unit in began:
            reached[unit.speaker] = max(unit.end, reached.get(unit.speaker, 0.0))
    drafts.sort(key=lambda draft: (draft.units[0].start, draft.units[0].end))
    return tuple(_turn(index, draft, has_words) for index, draft in enumerate(drafts))


@dataclass(slots=True)
class _Draft:
    units: list[Ipu]
    judgement: Judgement
    """Of its first unit."""


def _ended(turn: _Draft, unit: Ipu, reached: dict[str, float], split: float) -> bool:
    own_end = turn.units[-1].end
    if exceeds(unit.start - own_end, split):
        return True
    return any(end > own_end for who, end in reached.items() if who != unit.speaker)


def _turn(index: int, draft: _Draft, has_words: bool) -> Turn:
    words = [word for unit in draft.units for word in unit.words]
    return Turn(
        index=index,
        start=draft.units[0].start,
        end=max(unit.end for unit in draft.units),
        participant=ParticipantId(draft.units[0].speaker),
        text=" ".join(word.text for word in words),
        word_count=sum(map(_is_word, words)) if has_words else None,
        speech=tuple(Interval(unit.start, unit.end) for unit in draft.units),
        backchannel=draft.judgement.backchannel,
        backchannel_confidence=draft.judgement.confidence,
    )


def with_languages(turns: Sequence[Turn], spoken: Spoken) -> list[Turn]:
    """The turns with `language` set: of those with words, and of what was not transcribed.

    >>> from session_audio.schema import LanguageStretch
    >>> spoken = Spoken("en", (LanguageStretch(0, 9, "en"), LanguageStretch(9, 20, "und")))
    >>> turns = [Turn(0, 0, 4, "P01", "Hello."), Turn(1, 5, 6, "P02"), Turn(2, 10, 19, "P01")]
    >>> [turn.language for turn in with_languages(turns, spoken)]
    ['en', None, 'und']
    """
    languages = [spoken.at((turn.start + turn.end) / 2, turn.participant) for turn in turns]
    return [
        replace(turn, language=language) if turn.text or language == OTHER_LANGUAGE else turn
        for turn, language in zip(turns, languages, strict=True)
    ]


def _is_word(word: Word) -> bool:
    """Whether there is a letter or digit in it: a dash that stands alone is no word."""
    return any(character.isalnum() for character in word.text)
