"""What the page of a review is told: people, voices, turns, events, moments; as plain values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from session_audio.amend.moments import ids
from session_audio.amend.operations import MOMENTS
from session_audio.amend.voices import Spoken
from session_audio.flow import reviewed
from session_audio.flow.artefacts import FLAGS
from session_audio.flow.session import SessionRun
from session_audio.flow.stages.analysis import looks_for_moments
from session_audio.flow.stages.recording import who_speaks
from session_audio.interval import Interval, crop, total
from session_audio.report.page import Page
from session_audio.report.sections.moments import in_order
from session_audio.review.exchanged import by_voice, by_words
from session_audio.review.voices import voices_of
from session_audio.schema import UNATTRIBUTED, Flag, Interaction, Turn
from session_audio.speakers.profiles import load_profiles

Plain = dict[str, Any]


def model_of(run: SessionRun, page: Page, *, moments: bool = True) -> Plain:
    """What the page shows and changes, as it was computed last.

    Parameters
    ----------
    run : SessionRun
    page : Page
        The session's result with names.
    moments : bool
        Whether candidate moments are told: a trainee marks their own first.
    """
    said, result = who_speaks(run), page.result
    settings = run.settings.identification
    profiles = load_profiles(run.session, run.admitted.admission.on)
    likely = by_voice(said.diarization, said.people, profiles, settings, run.engines.voice_encoder)
    voices = voices_of(said.diarization, said.people, settings, likely)
    operations = reviewed.operations_of(run, MOMENTS)
    moments = moments and looks_for_moments(run)
    names = ids(FLAGS.read(run.store), operations) if moments else []
    labels = label_of_turns(said, result.turns)
    return {
        "session": run.session.id,
        "length": result.duration,
        "people": people_of(run, page),
        "names": {who: page.who.label(who) for who in page.lanes},
        "colours": {who: page.colour(who) for who in page.lanes},
        "voices": [
            {
                "label": v.label,
                "who": v.participant,
                "how": v.how,
                "seconds": round(v.seconds, 1),
                "clearest": [[round(x.start, 2), round(x.end, 2)] for x in v.clearest],
                "warnings": list(v.warnings),
                "like": v.like,
            }
            for v in voices
        ],
        "doubts": [asdict(doubt) for doubt in by_words(result.turns, run.session.present)],
        "turns": [
            {
                "index": turn.index,
                "start": turn.start,
                "end": turn.end,
                "who": turn.participant,
                "voice": label,
                "text": turn.text,
                "listening": turn.backchannel,
            }
            for turn, label in zip(result.turns, labels, strict=True)
        ],
        "events": [as_list(event) for event in result.interactions],
        "moments": [
            moment(name, flag, in_order(result.flags))
            for name, flag in zip(names, result.flags if moments else (), strict=True)
        ],
        "closed": {o["moment"]: o.get("note", "") for o in operations if o["do"] == "close"},
    }


def people_of(run: SessionRun, page: Page) -> list[Plain]:
    """Whom a voice or a turn can be given to: those present, in order of the roster, and nobody."""
    present = [(str(p.id), p.name or str(p.id)) for p in run.session.present]
    everybody = [*present, (UNATTRIBUTED, page.who.label(UNATTRIBUTED))]
    keys = [*(str(k) if k < 10 else "" for k in range(1, len(present) + 1)), "0"]
    return [
        {"id": who, "name": name, "key": key}
        for (who, name), key in zip(everybody, keys, strict=True)
    ]


def label_of_turns(said: Spoken, turns: Sequence[Turn]) -> list[str]:
    """The voice that speaks each turn: of the participant's labels that with most of its time."""
    spans: dict[str, dict[str, list[Interval]]] = {}
    for label in said.labels:
        own = [s.interval for s in said.said_by(label)]
        spans.setdefault(said.person(label), {})[label] = own
    out = []
    for turn in turns:
        own_labels = spans.get(str(turn.participant), {})
        window = Interval(turn.start, max(turn.end, turn.start + 0.01))
        if len(own_labels) < 2:
            out.append(next(iter(own_labels), str(turn.participant)))
        else:
            out.append(max(own_labels, key=lambda x: total(crop(own_labels[x], window))))
    return out


def as_list(event: Interaction) -> list[object]:
    """An event as an operation names it: kind, start, end, who came in, who had the floor."""
    return [event.kind, event.start, event.end, event.participant, event.holder]


def moment(name: str, flag: Flag, numbered: Sequence[Flag]) -> Plain:
    """One candidate moment with what was decided of it."""
    return {
        "id": name,
        "number": numbered.index(flag) + 1,
        "kind": flag.subtype or flag.kind,
        "target": flag.target,
        "start": flag.start,
        "end": flag.end,
        "who": flag.participant,
        "quote": flag.quote,
        "answer": flag.review,
        "note": flag.note,
        "marked": flag.marked,
    }
