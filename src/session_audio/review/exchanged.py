"""Where two people's labels may be exchanged: by what is said, and by how the voices sound.

Words speak against a label where somebody says their own name to somebody else ("Maya, you were in
the middle of something", told of Maya), where they call themselves by another's name ("I'm Maya."),
and where one person again and again answers what another was asked by name.  Voices do where a
label that a person named, or that came with a track, is more like another member's profile.  Each
is a place to listen, never a finding: people quote each other, and answer for each other.

Conventions: seconds; turns in order of start, their indices as in `Turn`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from session_audio.names import NameMatcher
from session_audio.schema import (
    UNATTRIBUTED,
    Diarization,
    Identification,
    Participant,
    ParticipantId,
    Turn,
)
from session_audio.settings import IdentificationSettings
from session_audio.speakers.profiles import VoiceProfile, similarity
from session_audio.turntaking.lexicon import plain

Why = Literal["own_name", "calls_self", "answers_for"]
SOON = 5.0
"""Seconds after a turn within which the next one answers it (ours)."""
OFTEN = 3
"""How often somebody must answer for another before it is told (ours)."""
MOST = 12
"""Places that are told, so that a name which is also a word does not bury the rest (ours)."""
_ENDS = (",", ".", "?", "!", "…")
_CALLS_SELF = (
    *("i am", "i'm", "my name is", "my name's", "ich bin", "ich heiße", "mein name ist"),
    *("ik ben", "ik heet", "mijn naam is", "soy", "yo soy", "me llamo", "mi nombre es"),
    *("je suis", "moi c'est", "je m'appelle", "eu sou", "sou", "chamo-me", "me chamo"),
)
"""After which somebody says who they are, in the languages of the reports (ours)."""


@dataclass(frozen=True)
class Doubt:
    """Turns whose words, together, speak against their labels."""

    why: Why
    who: ParticipantId
    """Whom the turn is given to; with ``answers_for``, who was asked."""
    other: ParticipantId | None
    """Who it may be instead; None where nobody answered."""
    turns: tuple[int, ...]
    """Indices of the turns to hear, the first one first."""


def by_words(turns: Sequence[Turn], people: Sequence[Participant]) -> tuple[Doubt, ...]:
    """Places where words speak against the labels, in order of time; at most `MOST`.

    Parameters
    ----------
    turns : sequence of Turn
        With words; without, there are none.
    people : sequence of Participant
        Those present; a first name that two share is passed over.
    """
    called = NameMatcher.of(people, form=plain).first_names
    owner = {name: ParticipantId(who[0]) for name, who in called.items() if len(who) == 1}
    said = [t for t in turns if not t.backchannel and t.participant != UNATTRIBUTED]
    doubts = [*_by_names(said, owner), *_by_answers(said, owner)]
    return tuple(sorted(doubts, key=lambda d: d.turns)[:MOST])


def _by_names(turns: Sequence[Turn], owner: Mapping[str, ParticipantId]) -> Iterator[Doubt]:
    """Turns in which somebody says their own name to another, or another's as their own."""
    for k, turn in enumerate(turns):
        after = _answer(turns, k)
        for name, introduced, addressed in _named(turn.text, owner):
            if introduced and owner[name] != turn.participant:
                yield Doubt("calls_self", turn.participant, owner[name], (turn.index,))
                break
            if addressed and not introduced and owner[name] == turn.participant:
                heard = (turn.index,) if after is None else (turn.index, after.index)
                other = None if after is None else after.participant
                yield Doubt("own_name", turn.participant, other, heard)
                break


def _by_answers(turns: Sequence[Turn], owner: Mapping[str, ParticipantId]) -> Iterator[Doubt]:
    """Pairs of whom one answers what the other was asked by name, more often than that one."""
    places: dict[tuple[ParticipantId, ParticipantId], list[int]] = {}
    answered: Counter[ParticipantId] = Counter()
    for k, turn in enumerate(turns):
        asked = {
            owner[name]
            for name, _, addressed in _named(turn.text, owner)
            if addressed and owner[name] != turn.participant
        }
        after = _answer(turns, k)
        if len(asked) != 1 or after is None or not turn.text.rstrip().endswith("?"):
            continue
        (who,) = asked
        answered[who] += after.participant == who
        if after.participant != who:
            places.setdefault((who, after.participant), []).extend((turn.index, after.index))
    for (who, other), heard in places.items():
        if len(heard) // 2 >= OFTEN and len(heard) // 2 > answered[who]:
            yield Doubt("answers_for", who, other, tuple(heard[: 2 * OFTEN]))


def _answer(turns: Sequence[Turn], k: int) -> Turn | None:
    """Who speaks next after turn `k`, soon and not the same person."""
    after = turns[k + 1] if k + 1 < len(turns) else None
    if after is None or after.start > turns[k].end + SOON:
        return None
    return None if after.participant == turns[k].participant else after


def _named(text: str, owner: Mapping[str, ParticipantId]) -> Iterator[tuple[str, bool, bool]]:
    """First names in `text`: whether the speaker calls themselves so, whether it is an address.

    A name is an address at either end of the turn, or where the sentence or its part ends.
    """
    words = text.split()
    forms = [plain(word) for word in words]
    for k, name in enumerate(forms):
        if name not in owner:
            continue
        before = " ".join(forms[max(0, k - 3) : k])
        ends = words[k].endswith(_ENDS) or k == len(words) - 1
        introduced = ends and any(f" {before}".endswith(f" {phrase}") for phrase in _CALLS_SELF)
        yield name, introduced, ends or k == 0


def by_voice(
    diarization: Diarization,
    people: Sequence[Identification],
    profiles: Sequence[VoiceProfile],
    settings: IdentificationSettings,
    model: str | None = None,
) -> dict[str, ParticipantId]:
    """Labels that sound more like another member than like the one they were said to be.

    Only of labels that a person named or that came with a track: the others were matched by voice.

    Parameters
    ----------
    diarization : Diarization
        With the labels' embeddings.
    people : sequence of Identification
    profiles : sequence of VoiceProfile
        Of people present who consent to it.
    settings : IdentificationSettings
        ``similarity`` and ``margin`` hold here too.
    model : str, optional
        Revision of the voice encoder.

    Returns
    -------
    dict of str to ParticipantId
        The other member, by label.
    """
    vectors = {p.participant: v for p in profiles if (v := p.vector(model)) is not None}
    out = {}
    for known in people:
        own = diarization.embeddings.get(known.label)
        if known.how not in ("given", "track") or own is None or known.participant not in vectors:
            continue
        alike = {w: similarity(own, v) for w, v in vectors.items() if len(v) == len(own)}
        nearest = max(alike, key=lambda who: alike[who], default=known.participant)
        margin = alike.get(nearest, 0.0) - alike.get(known.participant, 0.0)
        if margin > settings.margin and alike[nearest] >= settings.similarity:
            out[known.label] = nearest
    return out
