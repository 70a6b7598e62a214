"""Which speaker label is which participant.

A label of the diarizer becomes a participant when a person has said so, when the track
was theirs, or when its voice embedding is close enough to their profile and clearly closer
than to anybody else's.  All labels and all profiles are matched together (optimal
assignment): a profile goes to one label, and a label to one participant.  Several labels of
one participant are joined when each is close to the profile and they do not talk over each
other.  Whoever stays below the thresholds stays unknown and is shown as such: a stranger is
not forced into the roster.

Conventions: similarity is the cosine of two embeddings, in [-1, 1]; the thresholds are in
`settings.IdentificationSettings` and are ours.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from session_audio.errors import FormatError
from session_audio.interval import Interval, intersection, total, union
from session_audio.names import NameMatcher
from session_audio.schema import (
    UNATTRIBUTED,
    Diarization,
    Identification,
    Participant,
    ParticipantId,
    Session,
    SpeakerSegment,
    Word,
)
from session_audio.settings import IdentificationSettings
from session_audio.speakers.profiles import VoiceProfile, similarity


def identify(
    diarization: Diarization,
    session: Session,
    profiles: Sequence[VoiceProfile],
    settings: IdentificationSettings,
    model: str | None = None,
) -> tuple[Identification, ...]:
    """Who each label is, one `Identification` a label, in the order they first speak.

    Parameters
    ----------
    diarization : Diarization
        Labels with their embeddings.
    session : Session
        Its `speakers` say what a person has said; its tracks carry participant ids.
    profiles : sequence of VoiceProfile
        Of people present only.
    settings : IdentificationSettings
        Thresholds on cosine similarity.
    model : str, optional
        Revision of the voice encoder; profiles made with another are passed over
        (`outdated` counts them).

    Returns
    -------
    tuple of Identification
        ``how`` is ``"given"``, ``"track"``, ``"enrolled"`` or ``"unknown"``.  An unknown
        label keeps its name as its participant id, or is ``unattributed`` where it has
        too little speech to be a person.
    """
    identified = given_labels(diarization, session)
    spans = {
        label: union(s.interval for s in diarization.full if s.speaker == label)
        for label in diarization.speakers
    }
    open_labels = [
        x for x in diarization.speakers if x not in identified and x in diarization.embeddings
    ]
    vectors = {
        str(p.participant): vector
        for p in profiles
        if (vector := p.vector(model)) is not None
        and all(len(vector) == len(diarization.embeddings[x]) for x in open_labels)
    }
    identified |= _matched(diarization, open_labels, vectors, identified, spans, settings)
    for label in diarization.speakers:
        if label not in identified:
            identified[label] = _unknown(label, total(spans[label]), settings)
    return tuple(identified[label] for label in diarization.speakers)


def given_labels(diarization: Diarization, session: Session) -> dict[str, Identification]:
    """Labels that a person named, and those that are participant ids already.

    Raises
    ------
    FormatError
        When a label is somebody of the roster who was not present: their consent is not judged.
    """
    roster = {str(p.id) for p in session.group.participants}
    tracks = {str(r.participant) for r in session.recordings if r.participant}
    given: dict[str, Identification] = {}
    for label in diarization.speakers:
        if label in session.speakers:
            person = ParticipantId(session.speakers[label])
            given[label] = Identification(label, person, None, None, "given")
        elif label in roster or label == UNATTRIBUTED:
            how: Literal["track", "given"] = "track" if label in tracks else "given"
            given[label] = Identification(label, ParticipantId(label), None, None, how)
    here = {*session.attendance, UNATTRIBUTED}
    if away := sorted({str(x.participant) for x in given.values()} - here):
        raise FormatError(
            f"the diarization names {', '.join(away)}, who is not in attendance",
            session=session.id,
            hint="Add them to attendance, or say under [speakers] whose voice it is.",
        )
    return given


def without_names(diarization: Diarization, session: Session) -> Diarization:
    """A diarization made elsewhere with ids for labels that are somebody's name.

    A label is a name when it is the whole one, or the first one of one participant only; what
    ``[speakers]`` says of such a label goes before.
    """
    people = [
        Identification(label, ParticipantId(session.speakers.get(label, who)), None, None, "given")
        for label, who in names_among(diarization.speakers, session).items()
    ]
    return rename(diarization, people) if people else diarization


def by_participant(diarization: Diarization, session: Session) -> Diarization:
    """A diarization made elsewhere with participants for the labels that are known to be theirs.

    Raises
    ------
    FormatError
        As `given_labels`.
    """
    named = without_names(diarization, session)
    return rename(named, list(given_labels(named, session).values()))


def names_among(labels: Iterable[str], session: Session) -> dict[str, str]:
    """Those of `labels` that are a participant's name, and whose."""
    matcher = NameMatcher.of(session.group.participants)
    ids = {str(p.id) for p in session.group.participants}
    out: dict[str, str] = {}
    for label in labels:
        words = label.replace("_", " ")
        first = matcher.called(words)
        who = matcher.whole(words) or (first[0] if len(first) == 1 else None)
        if who is not None and label not in ids:
            out[label] = who
    return out


def _unknown(
    label: str,
    seconds: float,
    settings: IdentificationSettings,
    close: float | None = None,
    margin: float | None = None,
) -> Identification:
    """An unknown speaker under the label, or nobody where the label has too little speech."""
    who = label if seconds >= settings.least_speech else UNATTRIBUTED
    return Identification(label, ParticipantId(who), close, margin, "unknown")


def outdated(profiles: Sequence[VoiceProfile], model: str) -> int:
    """How many of `profiles` hold no sample of the encoder `model`: they must enrol anew.

    Examples
    --------
    >>> from datetime import date
    >>> from session_audio.speakers.profiles import VoiceSample
    >>> sample = VoiceSample((1.0,), "old", date(2026, 3, 2), 20.0, "enrolment")
    >>> outdated([VoiceProfile(ParticipantId("P01"), (sample,))], "new")
    1
    """
    return sum(bool(p.samples) and p.vector(model) is None for p in profiles)


def _matched(
    diarization: Diarization,
    labels: Sequence[str],
    vectors: Mapping[str, NDArray[np.float64]],
    given: Mapping[str, Identification],
    spans: Mapping[str, list[Interval]],
    settings: IdentificationSettings,
) -> dict[str, Identification]:
    """Labels that are recognised, and those that were compared and stay unknown."""
    if not labels or not vectors:
        return {}
    taken: dict[str, list[str]] = {}
    for label, known in given.items():
        taken.setdefault(str(known.participant), []).append(label)
    people = sorted(vectors)
    table = np.array(
        [[similarity(diarization.embeddings[x], vectors[p]) for p in people] for x in labels]
    )
    seconds = [total(spans[label]) for label in labels]
    free = [j for j, p in enumerate(people) if p not in taken]
    chosen = _assigned(table, free, seconds, settings)
    out: dict[str, Identification] = {}
    for i, label in enumerate(labels):
        match = _best(table[i], chosen.get(i))
        sure = (
            match.similarity >= settings.similarity
            and (match.margin is None or match.margin >= settings.margin)
            and seconds[i] >= settings.least_speech
        )
        if sure and i not in chosen:
            # Another label has this name already: joined only if they never compete.
            others = [x for k, x in enumerate(labels) if chosen.get(k) == match.person]
            others += taken.get(people[match.person], [])
            both = sum(total(intersection(spans[label], spans[x])) for x in others)
            sure = (
                match.similarity >= settings.same_person
                and both <= settings.joint_overlap * seconds[i]
            )
        if sure:
            who = ParticipantId(people[match.person])
            out[label] = Identification(label, who, match.similarity, match.margin, "enrolled")
        else:
            out[label] = _unknown(label, seconds[i], settings, match.similarity, match.margin)
    return out


def _assigned(
    table: NDArray[np.float64],
    free: Sequence[int],
    seconds: Sequence[float],
    settings: IdentificationSettings,
) -> dict[int, int]:
    """Row (label) to column (profile) of `table`: the best assignment above the threshold."""
    if not free:
        return {}
    # Long labels weigh more: a few stray seconds must not take a person's name.
    weight = np.array([min(1.0, length / settings.sure_speech) for length in seconds])
    gain = np.maximum(table[:, free] - settings.similarity, 0.0) * weight[:, None]
    rows, columns = linear_sum_assignment(-gain)
    return {
        int(row): free[int(column)]
        for row, column in zip(rows, columns, strict=True)
        if gain[row, column] > 0
    }


@dataclass(frozen=True, slots=True)
class _Match:
    """A profile (column) that a label is compared with; `margin` None without another."""

    person: int
    similarity: float
    margin: float | None


def _best(row: NDArray[np.float64], chosen: int | None) -> _Match:
    """The profile that was chosen for a label, or else the closest."""
    person = int(np.argmax(row)) if chosen is None else chosen
    rest = np.delete(row, person)
    margin = float(row[person] - rest.max()) if len(rest) else None
    return _Match(person, float(row[person]), margin)


def rename(diarization: Diarization, who: Sequence[Identification]) -> Diarization:
    """`diarization` with participants in place of labels; a person's labels are joined."""
    names = {i.label: str(i.participant) for i in who}

    def joined(segments: Sequence[SpeakerSegment]) -> tuple[SpeakerSegment, ...]:
        by: dict[str, list[Interval]] = {}
        for s in segments:
            by.setdefault(names.get(s.speaker, s.speaker), []).append(s.interval)
        return tuple(
            sorted(SpeakerSegment(x.start, x.end, n) for n, xs in by.items() for x in union(xs))
        )

    sums: dict[str, NDArray[np.float64]] = {}
    for label, vector in diarization.embeddings.items():
        name = names.get(label, label)
        seconds = sum(s.end - s.start for s in diarization.full if s.speaker == label)
        if name != UNATTRIBUTED:
            part = np.asarray(vector, dtype=float) * max(seconds, 1e-3)
            sums[name] = sums.get(name, np.zeros(len(vector))) + part
    embeddings = {
        name: tuple(float(v) for v in x / max(float(np.linalg.norm(x)), 1e-12))
        for name, x in sums.items()
    }
    return replace(
        diarization,
        full=joined(diarization.full),
        exclusive=joined(diarization.exclusive),
        embeddings=embeddings,
    )


def rename_words(words: Sequence[Word], who: Sequence[Identification]) -> tuple[Word, ...]:
    """`words` with participants in place of labels."""
    names = {i.label: str(i.participant) for i in who}
    return tuple(
        replace(w, speaker=names.get(w.speaker, w.speaker)) if w.speaker else w for w in words
    )


def as_identified(
    session: Session,
    who: Sequence[Identification],
    left_out: Collection[str] = (),
    *,
    withheld: bool = False,
) -> Session:
    """The session with the people that can be told apart by what is known.

    An unknown speaker stands for themselves, under their label.  While there is one, a person
    on the attendance list whom nobody recognised may be that speaker: they are left out
    rather than called silent.

    Parameters
    ----------
    session : Session
    who : sequence of Identification
    left_out : collection of str
        Ids of people present of whom nothing is to be said.
    withheld : bool
        Whether an unknown speaker is withheld, and so not in `who`.
    """
    known = {str(i.participant) for i in who if i.how != "unknown"}
    roster = {str(p.id) for p in session.group.participants}
    strangers = [
        str(i.participant)
        for i in who
        if i.how == "unknown" and i.participant != UNATTRIBUTED and i.participant not in roster
    ]
    strangers = list(dict.fromkeys(strangers))
    attendance = tuple(p for p in session.attendance if str(p) not in left_out)
    if withheld:
        attendance = tuple(p for p in attendance if str(p) in known)
    if not strangers:
        changed = attendance != session.attendance
        return replace(session, attendance=attendance) if changed else session
    extra = tuple(Participant(ParticipantId(name), name) for name in strangers)
    group = replace(session.group, participants=(*session.group.participants, *extra))
    here = [p for p in attendance if str(p) in known]
    return replace(
        session, group=group, attendance=(*here, *(ParticipantId(name) for name in strangers))
    )
