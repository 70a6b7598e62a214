"""Which voice is which member.

A label of the diarizer becomes a participant when a person has said so, when the track
was theirs, or when the voice is close enough to their profile and clearly closer than to
anybody else's.  All labels and all profiles are matched together: one person has one
voice, and one voice belongs to one person.  Several labels of one person are joined when
each is close to the profile and they do not talk over each other.  Whoever stays below
the thresholds stays unknown and is shown as such: a stranger is not forced into the
roster.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from session_audio.interval import Interval, intersection, total, union
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
from session_audio.speakers import profiles as voices
from session_audio.speakers.profiles import VoiceProfile


def load_profiles(session: Session, on: date) -> tuple[VoiceProfile, ...]:
    """Profiles of those present who consent, on that day, to being known by voice."""
    return voices.load_profiles(session, on)


def identify(
    found: Diarization,
    session: Session,
    profiles: Sequence[VoiceProfile],
    settings: IdentificationSettings,
    model: str | None = None,
) -> tuple[Identification, ...]:
    """Who each label is, one `Identification` a label, in the order they first speak.

    Parameters
    ----------
    found : Diarization
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
    roster = {str(p.id) for p in session.group.participants}
    tracks = {str(r.participant) for r in session.recordings if r.participant}
    settled: dict[str, Identification] = {}
    for label in found.speakers:
        if label in session.speakers:
            person = ParticipantId(session.speakers[label])
            settled[label] = Identification(label, person, None, None, "given")
        elif label in roster or label == UNATTRIBUTED:
            how = "track" if label in tracks else "given"
            settled[label] = Identification(label, ParticipantId(label), None, None, how)  # type: ignore[arg-type]
    spans = {
        label: union(s.interval for s in found.full if s.speaker == label)
        for label in found.speakers
    }
    open_labels = [x for x in found.speakers if x not in settled and x in found.embeddings]
    taken: dict[str, list[str]] = {}
    for label, known in settled.items():
        taken.setdefault(str(known.participant), []).append(label)
    known_voices = {
        str(p.participant): vector
        for p in profiles
        if (vector := p.vector(model)) is not None
        and all(len(vector) == len(found.embeddings[x]) for x in open_labels)
    }
    settled |= _matched(found, open_labels, known_voices, taken, spans, settings)
    for label in found.speakers:
        if label not in settled:
            heard = total(spans[label])
            who = label if heard >= settings.least_speech else UNATTRIBUTED
            settled[label] = Identification(label, ParticipantId(who), None, None, "unknown")
    return tuple(settled[label] for label in found.speakers)


def outdated(profiles: Sequence[VoiceProfile], model: str) -> int:
    """How many of `profiles` hold no voice of the encoder `model`: they must enrol anew.

    Examples
    --------
    >>> sample = voices.VoiceSample((1.0,), "old", date(2026, 3, 2), 20.0, "enrolment")
    >>> outdated([VoiceProfile(ParticipantId("P01"), (sample,))], "new")
    1
    """
    return sum(bool(p.samples) and p.vector(model) is None for p in profiles)


def _matched(
    found: Diarization,
    labels: Sequence[str],
    known: dict[str, NDArray[np.float64]],
    taken: dict[str, list[str]],
    spans: dict[str, list[Interval]],
    settings: IdentificationSettings,
) -> dict[str, Identification]:
    """Labels that are recognised, and those that were compared and stay unknown."""
    if not labels or not known:
        return {}
    people = sorted(known)
    table = np.array(
        [[voices.similarity(found.embeddings[x], known[p]) for p in people] for x in labels]
    )
    free = [j for j, p in enumerate(people) if p not in taken]
    chosen: dict[int, int] = {}
    if free:
        # Long labels weigh more: a few stray seconds must not take a person's name.
        weight = np.array([min(1.0, total(spans[x]) / settings.sure_speech) for x in labels])
        gain = np.maximum(table[:, free] - settings.similarity, 0.0) * weight[:, None]
        rows, columns = linear_sum_assignment(-gain)
        for row, column in zip(rows, columns, strict=True):
            if gain[row, column] > 0:
                chosen[int(row)] = free[int(column)]
    out: dict[str, Identification] = {}
    for i, label in enumerate(labels):
        j = chosen.get(i, int(np.argmax(table[i])))
        rest = np.delete(table[i], j)
        margin = float(table[i, j] - rest.max()) if len(rest) else None
        close = float(table[i, j])
        heard = total(spans[label])
        sure = (
            close >= settings.similarity
            and (margin is None or margin >= settings.margin)
            and heard >= settings.least_speech
        )
        if sure and i not in chosen:
            # Another label has this name already: joined only if they never compete.
            others = [x for k, x in enumerate(labels) if chosen.get(k) == j]
            others += taken.get(people[j], [])
            both = sum(total(intersection(spans[label], spans[x])) for x in others)
            sure = close >= settings.same_person and both <= settings.joint_overlap * heard
        if sure:
            who = ParticipantId(people[j])
            out[label] = Identification(label, who, close, margin, "enrolled")
        else:
            kept = label if heard >= settings.least_speech else UNATTRIBUTED
            out[label] = Identification(label, ParticipantId(kept), close, margin, "unknown")
    return out


def rename(found: Diarization, who: Sequence[Identification]) -> Diarization:
    """`found` with participants in place of labels; a person's labels are joined."""
    names = {i.label: str(i.participant) for i in who}

    def joined(segments: Sequence[SpeakerSegment]) -> tuple[SpeakerSegment, ...]:
        by: dict[str, list[Interval]] = {}
        for s in segments:
            by.setdefault(names.get(s.speaker, s.speaker), []).append(s.interval)
        return tuple(
            sorted(SpeakerSegment(x.start, x.end, n) for n, xs in by.items() for x in union(xs))
        )

    sums: dict[str, NDArray[np.float64]] = {}
    for label, vector in found.embeddings.items():
        name = names.get(label, label)
        seconds = sum(s.end - s.start for s in found.full if s.speaker == label)
        if name != UNATTRIBUTED:
            part = np.asarray(vector, dtype=float) * max(seconds, 1e-3)
            sums[name] = sums.get(name, np.zeros(len(vector))) + part
    embeddings = {
        name: tuple(float(v) for v in x / max(float(np.linalg.norm(x)), 1e-12))
        for name, x in sums.items()
    }
    return replace(
        found,
        full=joined(found.full),
        exclusive=joined(found.exclusive),
        embeddings=embeddings,
    )


def rename_words(words: Sequence[Word], who: Sequence[Identification]) -> tuple[Word, ...]:
    """`words` with participants in place of labels."""
    names = {i.label: str(i.participant) for i in who}
    return tuple(
        replace(w, speaker=names.get(w.speaker, w.speaker)) if w.speaker else w for w in words
    )


def as_heard(session: Session, who: Sequence[Identification]) -> Session:
    """The session with the people that can be told apart by what is known.

    An unknown voice stands for itself, under its label.  While there is one, a person on
    the attendance list whom nobody recognised may be that voice: they are left out
    rather than called silent.
    """
    known = {str(i.participant) for i in who if i.how != "unknown"}
    roster = {str(p.id) for p in session.group.participants}
    strangers = [
        str(i.participant)
        for i in who
        if i.how == "unknown" and i.participant != UNATTRIBUTED and i.participant not in roster
    ]
    strangers = list(dict.fromkeys(strangers))
    if not strangers:
        return session
    extra = tuple(Participant(ParticipantId(name), name) for name in strangers)
    group = replace(session.group, participants=(*session.group.participants, *extra))
    here = [p for p in session.attendance if str(p) in known]
    return replace(
        session, group=group, attendance=(*here, *(ParticipantId(name) for name in strangers))
    )
