"""What ``check`` looks at in a session's recordings: all of them, whatever one is like."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

from session_audio.errors import AudioError, SessionAudioError
from session_audio.flow import needs
from session_audio.flow.session import SessionRun, open_run
from session_audio.flow.stages import first_stale
from session_audio.schema import SIDES_APART, Recording, Session
from session_audio.sound import media, process, room, waiting
from session_audio.sound.clock import cuts_between
from session_audio.sound.process import Limits


def look_at(run: SessionRun) -> tuple[float | None, list[str]]:
    """Look at the recordings of a session; nothing is decoded.

    Returns
    -------
    length : float or None
        Seconds that they claim; None where they claim nothing.
    facts : list of str
        What they are, and what is unusual about them.

    Raises
    ------
    AudioError
        Naming every recording that cannot be used, or breaks off.
    """
    session = run.session
    claims = _claims(run)
    lasts = _length(session, claims)
    room.check(lasts, run.store.work)
    facts = _sound(session, lasts)
    facts += needs.told(lasts, run.store.work)
    facts += [fact for recording, claim in claims for fact in _told(recording, claim)]
    return lasts, facts + _sides(run, claims)


def length(run: SessionRun) -> float | None:
    """Seconds that the recordings of a session claim; None where they claim nothing.

    Raises
    ------
    AudioError
        As `look_at`.
    """
    return _length(run.session, _claims(run)) if run.session.recordings else None


def claimed_length(run: SessionRun) -> float | None:
    """Seconds that the recordings of a session claim; None where they claim nothing.

    Raises
    ------
    AudioError
        When one cannot be opened.
    """
    limits = Limits.of(run.settings.machine)
    recordings = run.session.recordings
    return _length(run.session, [(each, media.look(each, limits)) for each in recordings])


def _claims(run: SessionRun) -> list[tuple[Recording, media.Claim]]:
    """What each recording claims to hold.

    Raises
    ------
    AudioError
        Naming every recording that cannot be used, or breaks off.
    """
    claims: list[tuple[Recording, media.Claim]] = []
    wrong: list[AudioError] = []
    for recording in run.session.recordings:
        try:
            waiting.settle(recording.file)
            claim = media.look(recording, Limits.of(run.settings.machine))
            if claim.is_cut or not claim.is_whole:
                there = f"{claim.readable or 0.0:.1f} s"
                there += f" of {claim.duration:.1f} s" if claim.is_cut else ""
                raise AudioError(
                    f"{recording.file.name} breaks off: {there} are there",
                    hint="Copy it again from where it was recorded. If that is all there is, a "
                    "run uses it and says so.",
                )
            claims.append((recording, claim))
        except AudioError as error:
            wrong.append(error)
    if not wrong:
        return claims
    *others, last = dict.fromkeys(str(error) for error in wrong)
    if not others:
        raise wrong[0]
    raise AudioError(" ".join([*(f"{text.rstrip('.')}." for text in others), last]))


def _length(session: Session, claims: list[tuple[Recording, media.Claim]]) -> float | None:
    """Seconds that the recordings claim; None where they claim nothing."""
    known = dict(claims)
    ends = []
    for parts, offset in zip(session.sounds, session.offsets, strict=True):
        durations = [d for part in parts if (d := known[part].duration) is not None]
        if len(durations) == len(parts):
            cuts = cuts_between(parts, durations)
            between = sum(cut.duration for cut in cuts)
            ends.append(offset + sum(durations) + between)
    return max(ends, default=None)


def _told(recording: Recording, claim: media.Claim) -> list[str]:
    """What is unusual about a recording, and what a run makes of it."""
    name, facts = recording.file.name, []
    count = len(claim.streams) + len(claim.undecodable)
    if count > 1 and recording.stream is None:
        which = "the fullest is used" if len(claim.streams) > 1 else f"{claim.streams[0]} is used"
        facts.append(f"{name} has {count} streams of sound: {which} (`stream` chooses)")
    if claim.joined > 1:
        facts.append(f"{name} is {claim.joined} recordings joined: all are read")
    return facts


def _sides(run: SessionRun, claims: list[tuple[Recording, media.Claim]]) -> list[str]:
    """Whether the one recording of everybody holds a person a channel, by its first minutes."""
    if len(claims) != 1:
        return []
    recording, claim = claims[0]
    named = recording.participant is not None or recording.channel is not None
    if named or recording.is_part or claim.channels != 2:
        return []
    from session_audio.sound import sides  # needs NumPy: only for two channels

    name = recording.file.name
    limits = Limits.of(run.settings.machine)
    told = process.run(sides.look, media.absolute(recording), name=name, limits=limits)
    if told is None:
        return []
    fact = f"{name} holds a person on each of its two channels"
    if told.key != SIDES_APART:
        return [f"{fact}, who are heard on the other's too: they are mixed"]
    if not run.settings.sound.sides_as_tracks:
        return [f"{fact}: they are mixed, as sides_as_tracks is off"]
    return [f"{fact}: each is used as a track (`sides_as_tracks`); S01 is channel 0, S02 channel 1"]


def _sound(session: Session, length: float | None) -> list[str]:
    if not session.recordings:
        return []
    tracks = sum(parts[0].participant is not None for parts in session.sounds)
    what = f"{tracks} tracks" if tracks else "one recording"
    if not tracks and len(session.recordings) > 1:
        what = f"one recording in {len(session.recordings)} parts"
    return [what if length is None else f"{what} of {length / 60:.1f} min"]


def needed_by(folders: Sequence[str]) -> list[str]:
    """What the sessions in `folders` need that are long and not yet decoded; a line each.

    A session that cannot be opened or looked at says so itself when it is run.
    """
    lines = []
    for folder in folders:
        with suppress(SessionAudioError):
            run = open_run(folder)
            if first_stale(run) == "ingest" and (needed := needs.told(length(run), run.store.work)):
                lines.append(f"{run.session.id} {', '.join(needed)}")
    return lines
