"""What was recorded, who was there, on whose consent, and how far to trust it."""

from __future__ import annotations

from datetime import date

from session_audio.report.elements import Element, Fact, Facts, Link, Paragraph, Tone
from session_audio.report.page import Page
from session_audio.report.sections import languages
from session_audio.report.sections.error_rates import rates
from session_audio.schema import STRETCHES, UNATTRIBUTED, Notice, Participant, SoundQuality


def section(page: Page) -> tuple[Element, ...]:
    """A few rows, and what a report is not."""
    say, result = page.say, page.result
    facts = [Fact(say("head.recorded"), recorded(page)), *attendance(page)]
    text, complete = consent(page)
    if missing := taken_out(page):
        text, complete = f"{text} {missing}", False
    facts.append(Fact(say("head.consent"), text, "" if complete else "doubt"))
    facts += languages.facts(page)
    facts += trust(page)
    facts.append(Fact(say("head.sound"), say("head.sound_here" if page.sound else "head.no_sound")))
    notice = f"{page.notice(result.session.group.fictional)} {languages.names(page)}".strip()
    parts: list[Element] = [Facts(tuple(facts)), Paragraph(notice, small=True)]
    if not result.turns:
        parts.append(Paragraph(say("head.nothing")))
    return tuple(parts)


def attendance(page: Page) -> list[Fact]:
    """Who was there and who led, in one row; who was away in another."""
    say, session = page.say, page.result.session
    unknown = page.unknown
    present = [p for p in session.present if p.id not in unknown]
    groups = (
        ("members", [p for p in present if p.role == "member"]),
        ("therapists", [p for p in present if p.is_therapist]),
        ("observers", [p for p in present if p.role == "observer"]),
    )
    there = [
        say(f"head.{key}", names=say.listed(page.who(p.id) for p in people), n=len(people))
        for key, people in groups
        if people
    ]
    away = missing(page)
    if unknown:
        names = say.listed(page.who(who) for who in unknown if who != UNATTRIBUTED)
        key = "head.unknown" if names else "head.unknown_unnamed"
        there.append(say(key, voices=say.count("voice", len(unknown)), names=names))
    facts = [Fact(say("head.present"), " ".join(there) or say("head.nobody"))]
    if away:
        key = "head.away_or_untold" if unknown else "head.away"
        facts.append(Fact(say(key), say.listed(away)))
    return facts


def missing(page: Page) -> list[str]:
    """Names of those who belonged to the group then and are not on the attendance list."""
    session, admission = page.result.session, page.result.admission
    left_out = admission.left_out if admission else ()
    return [
        page.who(p.id)
        for p in session.group.participants
        if expected_on(p, session.date)
        and p.id not in (*session.attendance, *left_out)
        and p.role != "observer"
    ]


def expected_on(person: Participant, day: date) -> bool:
    """Whether a person belonged to the group on `day`."""
    return (person.joined is None or person.joined <= day) and (
        person.left is None or person.left >= day
    )


def recorded(page: Page) -> str:
    """How long, in how many recordings, and in how much of it somebody speaks."""
    say, result = page.say, page.result
    group, recordings = result.measures.group, result.session.recordings
    tracks = {r.participant for r in recordings if r.participant is not None}
    if not recordings:
        kind = say("head.no_recording")
    elif tracks:
        kind = say("head.tracks", tracks=say.count("track", len(tracks)))
    else:
        kind = say("head.room", recordings=say.count("recording", len(recordings)))
    # Words may reach past the end of the sound by a little: never more than the whole.
    duration = min(result.duration, group.duration)  # without what lies between parts
    spoken = min(1.0, group.speech_time / duration) if duration > 0 else None
    return say(
        "head.recorded_text",
        duration=say.duration(duration),
        kind=kind,
        percent=say.percent(spoken),
    )


def consent(page: Page) -> tuple[str, bool]:
    """What `consent.admit` decided: from how many people, for what, and when it was judged."""
    say, admission = page.say, page.result.admission
    if admission is None:
        return say("head.consent_unjudged"), False
    text = say(
        "head.consent_text",
        people=say.count("person_present", len(admission.people)),
        purposes=say.listed(say(f"purposes.{purpose}") for purpose in admission.purposes),
    )
    return f"{text} {say('head.consent_checked', day=say.day(admission.on))}", True


# --- how far to trust ------------------------------------------------------------


def trust(page: Page) -> list[Fact]:
    """The sound, voices and words in a line each, and every warning."""
    say, quality = page.say, page.result.quality
    lines = list(dict.fromkeys(text for sound in quality.sound if (text := level(page, sound))))[:3]
    facts = []
    words, unsure = word_certainty(page)
    text = say(
        "trust.who_text",
        voices=say.count("voice", quality.speakers_found),
        present=say.count("person_present", quality.attendance_count),
    )
    if quality.unattributed_share > 0:
        share = say.percent(quality.unattributed_share)
        text = f"{text} {say('trust.unattributed', share=share)}"
    tone: Tone = "care" if quality.speakers_found != quality.attendance_count or unsure else ""
    if quality.unattributed_share >= page.settings.much_unattributed or not page.result.has_words:
        tone = "doubt"
    link = (Link("#trust", say("trust.link")),)
    known = rates(page.result)
    if {"der", "wer"} <= set(known):
        shown = {key: say.percent(known[key]) for key in ("der", "wer")}
        words = f"{words} {say('trust.errors', **shown)}"
    facts.append(Fact(say("trust.title"), " ".join([*lines, text, words]), tone, link))
    if others := told_apart(page):
        listed = " ".join(warning(page, notice) for notice in others)
        facts.append(Fact(say("trust.warning"), listed, "care"))
    return facts


TAKEN_OUT = ("unlisted_voices", "people_left_out", "words_left_out")
"""Notices of what consent took out of the session."""


def told_apart(page: Page) -> list[Notice]:
    """The warnings but for those of consent and of stretches, which are told by themselves."""
    warnings = page.result.quality.warnings
    return [n for n in warnings if n.key not in (*TAKEN_OUT, *STRETCHES)]


def taken_out(page: Page) -> str:
    """What the report does not hold for want of consent; empty where it holds everything."""
    notices = [n for n in page.result.quality.warnings if n.key in TAKEN_OUT]
    return " ".join(warning(page, notice) for notice in notices)


def level(page: Page, sound: SoundQuality) -> str:
    """One recording's sound, in what bears on trust."""
    say = page.say
    parts = []
    if sound.level_dbfs is None:
        parts.append(say("head.silent_sound"))
    elif sound.snr_db is not None:
        parts.append(say("head.snr", snr=say.number(sound.snr_db)))
    if sound.clipped_share > 0.001:
        parts.append(say("head.clipped", share=say.percent(sound.clipped_share, 1)))
    return " ".join(parts)


def word_certainty(page: Page) -> tuple[str, bool]:
    """How sure the words are, and whether to read them with care."""
    say, probability = page.say, page.result.quality.mean_word_probability
    if not page.result.has_words or not page.result.turns:
        return say("trust.words_none"), True
    if probability is None:
        return say("trust.words_given"), False
    unsure = probability < page.settings.low_word_probability
    return say("trust.words_text", probability=say.percent(probability)), unsure


def warning(page: Page, notice: Notice) -> str:
    """A notice's words; one without an entry is shown as it came, without underscores."""
    value = page.who.printable(notice.value)
    shown = page.say("number.out_of", n=value, all=notice.of) if notice.of else value
    if not page.say.has(f"warnings.{notice.key}"):
        return f"{page.who.printable(notice.key.replace('_', ' '))} {shown}".strip()
    if notice.key == "ended":
        at, end = float(notice.value), float(notice.of)
        return page.say("warnings.ended", at=page.say.clock(at), rest=page.say.duration(end - at))
    who = page.who(notice.value) if notice.value else ""
    return page.say(f"warnings.{notice.key}", value=shown, who=who)


def trusted(page: Page) -> Facts:
    """The numbers behind the head's lines on trust, for the last section."""
    say, quality = page.say, page.result.quality
    margins = [i.margin for i in quality.identifications if i.margin is not None]
    how = {i.how for i in quality.identifications}
    source = "enrolled" if "enrolled" in how else next(iter(sorted(how)), "unknown")
    matched = say(f"trust.how_{source}")
    if margins:
        matched = f"{matched} {say('trust.margin', margin=say.number(min(margins), 2))}"
    facts = [
        Fact(say("trust.who"), matched),
        Fact(say("trust.words"), word_certainty(page)[0]),
        Fact(
            say("trust.overlap"),
            say("trust.overlap_text", overlap=say.percent(quality.overlap_share)),
        ),
    ]
    for sound in quality.sound[:3]:
        text = say(
            "trust.format",
            duration=say.duration(sound.duration),
            rate=say.number(sound.rate / 1000),
            channels=say.count("channel", sound.channels),
        )
        if sound.level_dbfs is not None:
            gain = say.number(sound.gain_db, 0, sign=True)
            level = say("trust.level", level=say.number(sound.level_dbfs), gain=gain)
            text = f"{text} {level}"
        facts.append(Fact(say("head.sound"), text))
    return Facts(tuple(facts), say("trust.details"), id="trust")
